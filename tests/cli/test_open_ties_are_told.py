"""An answer that can't tell the dispatch of least norm from others as cheap says so: JSON, ``cost`` and ``solve``."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from lempart.conic import ConicSolution
from support.command_line import Lempart

TOLD = "no solver was precise enough to tell the one of least norm"


@pytest.fixture
def vague(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no second step succeed."""
    step = sys.modules["lempart.conic.solve"]

    def unresolved(solution: ConicSolution, *_: object) -> ConicSolution:
        return replace(solution, resolved=False)

    monkeypatch.setattr(step, "with_least_norm", unresolved)


@pytest.mark.parametrize("case", ["example-2", "ieee33-branches"])
@pytest.mark.usefixtures("vague")
def test_an_open_tie_is_told(case: str, lempart: Lempart, tmp_path: Path) -> None:
    """With externalities (example-2) and without, in every partition's entry and in a sentence."""
    result = tmp_path / "result.json"
    solved = lempart("solve", case, "--json", result)
    assert TOLD in " ".join((solved.out + solved.err).split())
    assert all(entry["tie_open"] for entry in json.loads(result.read_text())["partitions"])


@pytest.mark.usefixtures("vague")
def test_cost_tells_it_too(lempart: Lempart, tmp_path: Path) -> None:
    """One partition, in words and in JSON."""
    told = tmp_path / "cost.json"
    done = lempart("cost", "example-2", "--partition", "P1|P2,P3", "--json", told)
    assert TOLD in " ".join((done.out + done.err).split())
    assert json.loads(told.read_text())["tie_open"]


def test_where_it_is_told_apart_nothing_is_said(lempart: Lempart, tmp_path: Path) -> None:
    """The key is absent, and so is the sentence."""
    result = tmp_path / "result.json"
    solved = lempart("solve", "example-2", "--json", result)
    assert TOLD not in " ".join((solved.out + solved.err).split())
    assert not any("tie_open" in entry for entry in json.loads(result.read_text())["partitions"])
