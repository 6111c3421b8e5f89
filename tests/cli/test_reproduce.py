"""``lempart reproduce``: a day, a small study, and the calls that make no sense."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from lempart.cli import reproduce_table_5 as module
from lempart.reproduce.table_5 import SolvedDay, options_of, solve_day, stored_days
from lempart.study.evaluate.evaluator import PointEvaluator
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
    """Days and tables in the folder; resumed, nothing is computed again and the tables are the same."""
    folder = tmp_path / "study"
    found = _study(lempart, folder)
    assert (found.code, found.err) == (0, "")
    assert found.out.startswith("Every day (no heat pumps): who wins, who holds")
    days = stored_days(folder, ["no heat pumps"], [0])
    assert [(day.variation, day.day, day.seed) for day in days] == [("no heat pumps", day, 0) for day in DAYS]
    tables = (folder / "table-5.json").read_bytes()
    assert json.loads(tables)["tables"][0]["rows"][-1]["ours"][0] == 2

    def never(*_: object) -> Any:
        raise AssertionError("computed again")

    monkeypatch.setattr(PointEvaluator, "evaluate", never)
    refused = _study(lempart, folder)
    assert (refused.code, refused.out) == (1, "")
    assert "it holds 2 finished chunks" in refused.err
    again = _study(lempart, folder, "--resume")
    assert (again.code, again.out) == (0, found.out)
    assert (folder / "table-5.json").read_bytes() == tables
    twice = _study(lempart, folder, "--resume", *QUICK)
    assert twice.out == found.out


def test_a_study_that_was_interrupted_goes_on(
    lempart: Lempart, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ctrl-C in the second day: code 130, the first is kept and not done again; the tables are of both."""
    usual, computed = PointEvaluator.evaluate, []

    def interrupted(evaluator: PointEvaluator, *arguments: Any) -> Any:
        computed.append(evaluator.plan.prepared.case.name)
        if len(computed) == 2:
            raise KeyboardInterrupt
        return usual(evaluator, *arguments)

    monkeypatch.setattr(PointEvaluator, "evaluate", interrupted)
    stopped = _study(lempart, tmp_path / "study")
    assert (stopped.code, stopped.out, stopped.err.strip()) == (130, "", "lempart: interrupted")
    done = _study(lempart, tmp_path / "study", "--resume")
    assert done.code == 0
    assert computed == ["neighbourhood-195-0", "neighbourhood-196-0", "neighbourhood-196-0"]


def test_records_of_an_earlier_version_are_not_mixed_with_studies(lempart: Lempart, tmp_path: Path) -> None:
    """Its folder is refused, whatever else it holds, and left as it was."""
    (tmp_path / "records.jsonl").write_text("{}\n", encoding="utf-8")
    found = _study(lempart, tmp_path, "--resume")
    assert (found.code, found.out) == (1, "")
    assert "records.jsonl of an earlier version" in found.err
    assert [path.name for path in tmp_path.iterdir()] == ["records.jsonl"]


def test_a_day_with_priced_limits_says_so(lempart: Lempart, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where hard limits can't be met, the table names the reason."""
    solve_day = module.solve_day

    def told(*arguments: Any, **options: Any) -> SolvedDay:
        return replace(
            solve_day(*arguments, **options), infeasible="no dispatch meets the limits at the forecast: line a-b."
        )

    monkeypatch.setattr(module, "solve_day", told)
    found = lempart("reproduce", "table-5", "--day", "196", *QUICK)
    assert "Limits are priced (elastic), since with hard ones no dispatch meets the limits" in found.out


def test_losses_of_many_days(lempart: Lempart, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One summer day with losses and without, in one folder: every partition is dearer; titles say which is which."""
    monkeypatch.setitem(module.SPANS, "fortnights", lambda: DAYS[1:])
    plain, lossy = _study(lempart, tmp_path), _study(lempart, tmp_path, "--losses")
    assert (plain.code, lossy.code, lossy.err) == (0, 0, "")
    assert "Every day (no heat pumps): who wins" in plain.out
    assert "Every day (no heat pumps, losses priced): who wins" in lossy.out
    (before,), (after,) = (stored_days(tmp_path, ["no heat pumps"], [0], losses=losses) for losses in (False, True))
    costs = {item.partition: item.network for item in before.evaluations}
    assert len(costs) == 34
    dearer = [item.network - costs[item.partition] for item in after.evaluations]
    assert 0.05 < min(dearer) <= max(dearer) < 2.0
    single = solve_day(options_of("no heat pumps", DAYS[1], 0, losses=True)).day
    assert {i.partition: i.network for i in single.evaluations} == pytest.approx(
        {i.partition: i.network for i in after.evaluations}, rel=1e-6
    )


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
