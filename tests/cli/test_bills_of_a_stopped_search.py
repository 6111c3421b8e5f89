"""Bills for a folder once the time is up: those that were made are those of a run with all the time in the world."""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import count
from pathlib import Path

from lempart import Exhaustive, read_case, shipped_case_path, solve
from lempart.bills.to_json import bills_json
from lempart.result import evaluated_bills
from support.command_line import Lempart


def _at(number: int) -> Callable[[], str]:
    """Return a rule that says stop from its so-many-th question on."""
    asked = count()
    return lambda: "enough" if next(asked) >= number else ""


def test_what_was_made_in_time_is_what_comes_first() -> None:
    """Proves that bills are the first of all, whole ones, wherever the time is up; with more time there are more."""
    solution = solve(read_case(shipped_case_path("example-2")), Exhaustive(all_cores=True))
    every = [bills_json(bills) for bills in evaluated_bills(solution)]
    made = [[bills_json(bills) for bills in evaluated_bills(solution, stop=_at(number))] for number in range(40)]
    assert made[0] == []
    assert made[-1] == every
    assert all(found == every[: len(found)] for found in made)
    assert [len(found) for found in made] == sorted(len(found) for found in made)
    assert len({len(found) for found in made}) == len(every) + 1 > 2


def test_a_folder_says_that_bills_are_missing(lempart: Lempart, tmp_path: Path) -> None:
    """Proves that a stopped ``solve --out`` makes no bills it has no time for, and says so."""
    told = lempart("solve", "example-1", "--stop-after", "0", "--out", tmp_path / "out")
    assert told.code == 0
    assert "the time was up: there are bills of no partitions" in told.err
    assert json.loads((tmp_path / "out" / "bills.json").read_text(encoding="utf-8"))["partitions"] == []
    assert json.loads((tmp_path / "out" / "result.json").read_text(encoding="utf-8"))["stopped"]
    assert lempart("solve", "example-1", "--stop-after", "1000", "--out", tmp_path / "out").err == ""
    assert json.loads((tmp_path / "out" / "bills.json").read_text(encoding="utf-8"))["partitions"]
