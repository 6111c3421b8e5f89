"""``lempart reproduce``: a day, a small study, and the calls that make no sense."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from lempart.cli import reproduce_table_5 as module
from lempart.errors import InfeasibleError
from lempart.study import neighbourhood_plan, read_records
from support.command_line import Lempart

DAYS = (195, 196)
QUICK = ("--variation", "no heat pumps")


@pytest.fixture(autouse=True)
def two_days(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make every study one of two summer days."""
    monkeypatch.setitem(module.SPANS, "fortnights", lambda: DAYS)


def _study(lempart: Lempart, folder: Path, *more: str) -> Any:
    return lempart(
        "reproduce", "table-5", "--study", "fortnights", "--seeds", "1", *QUICK, "--workers", "1", "--out", folder,
        *more,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--study", "fortnights"], "name it with --out"),
        (["--study", "fortnights", "--out", "x", "--day", "3"], "leave out --day and --seed"),
        (["--study", "fortnights", "--out", "x", "--seed", "3"], "leave out --day and --seed"),
        (["--study", "week", "--out", "x"], "'week' is not one of"),
        (["--all-variations"], "several variations need --study"),
        (["--variation", "kappa 0", "--variation", "headline"], "several variations need --study"),
        (["--variation", "kappa 1"], "'kappa 1' is not one of"),
        (["--day", "1"], "1 is not in the range 2<=x<=365"),
        (["--seed", "-1"], "-1 is not in the range"),
        (["--resume"], "nothing to --resume"),
    ],
)
def test_calls_that_make_no_sense(
    lempart: Lempart, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], told: str
) -> None:
    """Code 2 and the reason, before anything is computed or written."""
    monkeypatch.chdir(tmp_path)
    found = lempart("reproduce", "table-5", *arguments)
    assert (found.code, found.out) == (2, "")
    assert told in found.err
    assert list(tmp_path.iterdir()) == []


def test_a_place_that_cannot_be_written_is_told_first(lempart: Lempart, tmp_path: Path) -> None:
    """Not after the work: the folder of the JSON isn't there."""
    found = lempart("reproduce", "table-5", "--json", tmp_path / "no" / "out.json")
    assert (found.code, found.out) == (1, "")
    assert "there is no folder" in found.err


def test_one_day(lempart: Lempart, tmp_path: Path) -> None:
    """Table V beside the paper's numbers, all 34 partitions with verdicts, no claim of equality; the JSON agrees."""
    found = lempart("reproduce", "table-5", "--day", "196", *QUICK, "--json", tmp_path / "out.json")
    assert (found.code, found.err) == (0, "")
    assert found.out.startswith("Table V: day 196, seed 0")
    assert "Largest deviation from the paper" not in found.out
    assert found.out.count(": stable") + found.out.count(" leaves for ") == 34
    tables = json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))["tables"]
    assert [row["paper"] for row in tables[0]["rows"]] == [[94, 659, None], [57, 582, None], [149, 713, None]]
    costs = [row["ours"][0] for row in tables[1]["rows"]]
    assert len(costs) == 34
    assert costs == sorted(costs)
    alone, stable, grand = (row["ours"][1] for row in tables[0]["rows"])
    assert stable <= alone
    assert {alone, stable, grand} <= set(costs)


def test_a_study_is_kept_and_resumed(lempart: Lempart, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Records and tables in the folder; resumed, nothing is computed again and the tables are the same."""
    folder = tmp_path / "study"
    found = _study(lempart, folder)
    assert (found.code, found.err) == (0, "")
    assert found.out.startswith("Every day (no heat pumps): who wins, who holds")
    assert [record["key"] for record in read_records(folder)] == ["no heat pumps/195/0", "no heat pumps/196/0"]
    tables = (folder / "table-5.json").read_bytes()
    assert json.loads(tables)["tables"][0]["rows"][-1]["ours"][0] == 2

    def never(_: object) -> Any:
        raise AssertionError("computed again")

    monkeypatch.setattr(neighbourhood_plan, "evaluate_day", never)
    refused = _study(lempart, folder)
    assert (refused.code, refused.out) == (1, "")
    assert "it holds records already" in refused.err
    other = _study(lempart, folder, "--resume", "--variation", "kappa 0")
    assert other.code == 1
    assert "it belongs to another study" in other.err
    again = _study(lempart, folder, "--resume")
    assert (again.code, again.out) == (0, found.out)
    assert (folder / "table-5.json").read_bytes() == tables
    twice = _study(lempart, folder, "--resume", *QUICK)
    assert twice.out == found.out


def test_a_study_that_was_interrupted_goes_on(
    lempart: Lempart, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ctrl-C in the second day: code 130, the first is kept and not done again; then a day that fails is named."""
    computed: list[int] = []
    result: dict[str, Any] = {}

    def fake(options: Any) -> dict[str, Any]:
        day = options.first_hour // 24 + 1
        computed.append(day)
        outcome = result.get(str(day))
        if isinstance(outcome, BaseException):
            raise outcome
        partitions = [
            {"partition": name, "network": 2.0, "neighbourhood": 1.0, "surplus": 0.0, "internal": 0.0, "stable": True}
            for name in ("a|b|c|d|e", "a,b,c,d,e")
        ]
        winners = ["a|b|c|d|e"]
        return {
            "day": day, "seed": options.seed, "infeasible": "", "optimal": winners, "optimal_stable": winners,
            "partitions": partitions,
        }  # fmt: skip

    monkeypatch.setattr(neighbourhood_plan, "evaluate_day", fake)
    result["196"] = KeyboardInterrupt()
    stopped = _study(lempart, tmp_path / "study")
    assert (stopped.code, stopped.out, stopped.err.strip()) == (130, "", "lempart: interrupted")
    result["196"] = InfeasibleError("too cold")
    failed = _study(lempart, tmp_path / "study", "--resume")
    assert (failed.code, failed.out, failed.err) == (1, "", "lempart: no heat pumps/196/0: too cold\n")
    del result["196"]
    done = _study(lempart, tmp_path / "study", "--resume")
    assert done.code == 0
    assert computed == [195, 196, 196, 196]


def test_a_day_with_priced_limits_says_so(lempart: Lempart, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where hard limits can't be met, the table names the reason."""
    work = module.work

    def told(task: Any) -> dict[str, Any]:
        return {**work(task), "infeasible": "no dispatch meets the limits at the forecast: line a-b."}

    monkeypatch.setattr(module, "work", told)
    found = lempart("reproduce", "table-5", "--day", "196", *QUICK)
    assert "Limits are priced (elastic), since with hard ones no dispatch meets the limits" in found.out


def test_theorem_1(lempart: Lempart) -> None:
    """Twelve feeders; residuals in powers of ten, no paper column to compare with."""
    found = lempart("reproduce", "theorem-1", "--json", "-")
    (table,) = json.loads(found.out)["tables"]
    assert len(table["rows"]) == 12
    assert all(value is None for row in table["rows"] for value in row["paper"])
    printed = lempart("reproduce", "theorem-1").out
    assert "Theorem VI.1 on random feeders" in printed
    assert "Largest deviation" not in printed
    assert "e-0" in printed or "e-1" in printed
