"""``lempart check-ac``: from a result folder or a case to an answer, with an exit code that scripts can trust."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from lempart.ac import ac_json, check_ac
from lempart.case import Case
from lempart.cost import costs_of
from lempart.io import read_case, write_case
from lempart.partition import Partition
from support.cases import battery, case, line, prosumer
from support.command_line import Lempart


def _case(load_mw: float = -1.2) -> Case:
    """Return two homes below one line on which the exact voltage is lower than LinDistFlow's 0.95."""
    people = [prosumer("A, old", "a", battery(cost_per_mwh=200.0)), prosumer("B", "b")]
    lines = [line("root", "hub", r=0.05, rating=1.3), line("hub", "a"), line("hub", "b")]
    forecast = {"A, old": [load_mw, -0.1], "B": [0.1, -0.2]}
    return case(lines, people, forecast, band=(0.95, 1.05), price_per_mwh=100.0, tax_per_mwh=30.0, tie_break=1e-7)


@pytest.fixture
def solved(tmp_path: Path, lempart: Lempart) -> Path:
    """Return a folder that ``lempart solve --out`` wrote."""
    given = write_case(_case(), tmp_path / "given")
    assert lempart("solve", given, "--out", tmp_path / "result").code == 0
    return tmp_path / "result"


def test_a_result_is_checked_at_its_optimal_stable_partition(solved: Path, lempart: Lempart) -> None:
    """The answer comes first, and ``ac.json`` beside the result is what the library says of that partition."""
    run = lempart("check-ac", solved)
    assert run.code == 0
    told = run.out
    assert told.startswith("LinDistFlow is off by at most ")
    assert "voltage_margin_pu = " in told
    assert "Missed by the linear model" in told
    stable = json.loads((solved / "result.json").read_text())["optimal_stable"]["partition"]
    data = json.loads((solved / "ac.json").read_text())
    assert data["partition"] == stable
    partition = Partition.of([3]) if len(stable) == 1 else Partition.of([1, 2])
    assert data == json.loads(json.dumps(ac_json(check_ac(costs_of(read_case(solved / "case")), partition))))
    assert data["forecast"]["missed"]["voltage_count"] > 0
    assert data["suggested"]["voltage_margin_pu"] > 0
    assert data["forecast"]["voltage"]["largest_error_pu"] < 0


def test_the_suggested_margins_can_be_pasted(solved: Path, lempart: Lempart) -> None:
    """Written into the case under [dispatch], they leave the exact flow no violation to find at the forecast."""
    assert lempart("check-ac", solved).code == 0
    before = json.loads((solved / "ac.json").read_text())
    assert before["forecast"]["missed"]["voltage_count"] > 0
    suggested = before["suggested"]
    text = (solved / "case" / "case.toml").read_text()
    keys = "\n".join(f"{key} = {value}" for key, value in suggested.items())
    assert text.count("[dispatch]") == 1
    given = solved.parent / "tight.toml"
    given.write_text(text.replace("[dispatch]", f"[dispatch]\n{keys}"))
    assert lempart("solve", given, "--out", solved.parent / "tight").code == 0
    assert lempart("check-ac", solved.parent / "tight").code == 0
    data = json.loads((solved.parent / "tight" / "ac.json").read_text())
    assert data["dispatch"]["voltage_margin_pu"] == suggested["voltage_margin_pu"]
    assert data["forecast"]["missed"] == {"voltage_count": 0, "line_count": 0, "voltage": [], "line": []}


def test_json_alone_on_standard_output(solved: Path, lempart: Lempart) -> None:
    """With ``--json -`` nothing but JSON is printed; the result's own file is named as well as its folder."""
    run = lempart("check-ac", solved / "result.json", "--json", "-")
    assert run.code == 0
    assert json.loads(run.out)["case"] == "test"


@pytest.mark.parametrize("shipped", [True, False])
def test_a_case_needs_a_partition(tmp_path: Path, lempart: Lempart, shipped: bool) -> None:
    """A case, by path or shipped name, is checked at the partition that is named; nothing is written to it."""
    given: object = "example-1" if shipped else write_case(_case(), tmp_path / "given")
    run = lempart("check-ac", given)
    assert run.code == 2
    assert "--partition" in run.err
    text = "P1,P2|P3" if shipped else '[["A, old", "B"]]'
    out = tmp_path / "check.json"
    assert lempart("check-ac", given, "--partition", text, "--json", out).code == 0
    expected = [["P1", "P2"], ["P3"]] if shipped else [["A, old", "B"]]
    assert json.loads(out.read_text())["partition"] == expected
    assert not list(tmp_path.rglob("ac.json"))


def test_a_grid_without_impedance_is_said_to_be_exact(lempart: Lempart) -> None:
    """The paper's example has ideal lines: there is nothing to be wrong about, and the answer says why."""
    run = lempart("check-ac", "example-1", "--partition", "P1")
    assert run.code == 0
    assert run.out.startswith("No line has an impedance: LinDistFlow is exact.")


def test_a_load_beyond_the_nose_is_said_first(tmp_path: Path, lempart: Lempart) -> None:
    """6 MW can't be carried over a line of 0.05 p.u.: the first sentence says so, and the steps."""
    home = prosumer("A", "a")
    given = write_case(case([line("root", "a", r=0.05)], [home], {"A": [-1.0, -6.0]}), tmp_path / "given")
    run = lempart("check-ac", given, "--partition", "A")
    assert run.code == 0
    first = run.out.splitlines()[0]
    assert "No AC power flow" in first
    assert "step 2" in first


def test_a_changed_case_is_refused(solved: Path, lempart: Lempart) -> None:
    """A partition is optimal for the case that was solved; another one in its place is an error, not an answer."""
    write_case(_case(load_mw=-1.1), solved / "case")
    run = lempart("check-ac", solved)
    assert run.code == 1
    assert "not the one that was solved" in run.err
    assert not (solved / "ac.json").exists()


@pytest.mark.parametrize(("content", "code"), [("not JSON", 1), ("[]", 1), ('{"case_hash": "x"}', 1)])
def test_a_spoilt_result_is_refused(solved: Path, lempart: Lempart, content: str, code: int) -> None:
    """A result.json that can't be read, or is no result, is wrong input."""
    (solved / "result.json").write_text(content)
    assert lempart("check-ac", solved).code == code


def test_no_stable_partition_asks_for_one(solved: Path, lempart: Lempart) -> None:
    """A result without a stable partition has no partition to replay by default."""
    path = solved / "result.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "optimal_stable": None}))
    run = lempart("check-ac", solved)
    assert run.code == 2
    assert "no stable partition" in run.err
    assert lempart("check-ac", solved, "--partition", "B").code == 0


def test_without_the_extra_its_name_is_told(solved: Path, lempart: Lempart, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without power-grid-model the message names the extra that brings it."""
    monkeypatch.setitem(sys.modules, "power_grid_model", None)
    run = lempart("check-ac", solved)
    assert run.code == 1
    assert "lempart[ac]" in run.err
