"""An answer that can't tell the dispatch of least norm from others as cheap says so: JSON, ``cost`` and ``solve``."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from lempart.cli.program import group
from lempart.conic import ConicSolution

TOLD = "no solver was precise enough to tell the one of least norm"


@pytest.fixture
def vague(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no second step succeed."""
    step = sys.modules["lempart.conic.solve"]

    def unresolved(solution: ConicSolution, _solve: object) -> ConicSolution:
        return replace(solution, resolved=False)

    monkeypatch.setattr(step, "with_least_norm", unresolved)


@pytest.mark.parametrize("case", ["example-2", "ieee33-branches"])
@pytest.mark.usefixtures("vague")
def test_an_open_tie_is_told(case: str, tmp_path: Path) -> None:
    """With externalities (example-2) and without, in every partition's entry and in a sentence."""
    result = tmp_path / "result.json"
    solved = CliRunner().invoke(group, ["solve", case, "--json", str(result)])
    assert TOLD in " ".join(solved.output.split())
    assert all(entry["tie_open"] for entry in json.loads(result.read_text())["partitions"])


@pytest.mark.usefixtures("vague")
def test_cost_tells_it_too(tmp_path: Path) -> None:
    """One partition, in words and in JSON."""
    told = tmp_path / "cost.json"
    done = CliRunner().invoke(group, ["cost", "example-2", "--partition", "P1|P2,P3", "--json", str(told)])
    assert TOLD in " ".join(done.output.split())
    assert json.loads(told.read_text())["tie_open"]


def test_where_it_is_told_apart_nothing_is_said(tmp_path: Path) -> None:
    """The key is absent, and so is the sentence."""
    result = tmp_path / "result.json"
    solved = CliRunner().invoke(group, ["solve", "example-2", "--json", str(result)])
    assert TOLD not in " ".join(solved.output.split())
    assert not any("tie_open" in entry for entry in json.loads(result.read_text())["partitions"])
