"""Problems of all sorts in one file are told together, without follow-up nonsense; only InputError escapes."""

from __future__ import annotations

import copy
import random
import tempfile
from pathlib import Path
from typing import Any

import pytest
from good_case import Document, good, with_tables, write
from hypothesis import given, settings
from hypothesis import strategies as st

from lempart.errors import InputError
from lempart.io import check_case, read_case


def test_every_problem_is_told_at_once(tmp_path: Path) -> None:
    """Parse errors, rule errors and warnings; an unreadable value isn't judged, its neighbours are."""
    document, tables = with_tables(good())
    tables["lines.csv"] = tables["lines.csv"].replace("n1,n2,0.01", "n1,n2,abc").replace("n1,n3,0.01", "n1,n3,-3")
    tables["profiles.csv"] = tables["profiles.csv"].replace("0.1,0.2,-0.05", "0.1,nan,-0.05")
    document["time"]["step_hours"] = 15
    document["market"]["tax_per_mwh"] = "high"
    document["market"]["currncy"] = "EUR"
    document["players"]["branch 1"] = ["P1", "P5"]
    for name, text in tables.items():
        (tmp_path / name).write_text(text)
    told = {(problem.where, problem.severity) for problem in check_case(write(tmp_path, document))}
    assert told == {
        ("lines.csv row 3, column r_ohm", "error"),
        ("lines.csv row 4, column r_ohm", "error"),
        ("profiles.csv row 3, column P2", "error"),
        ("market.tax_per_mwh", "error"),
        ("market.currncy", "error"),
        ('players["branch 1"][1]', "error"),
        ("time.step_hours", "warning"),
    }


def test_nothing_is_said_of_what_depends_on_the_unread(tmp_path: Path) -> None:
    """Without lines, nobody complains about unknown buses, an unknown PCC or missing ratings."""
    document, tables = with_tables(good())
    del tables["lines.csv"]
    for name, text in tables.items():
        (tmp_path / name).write_text(text)
    assert [problem.where for problem in check_case(write(tmp_path, document))] == ["grid.lines"]


WRONG: list[Any] = [
    None, True, 0, -1, 7, 10**30, 0.5, -0.0, float("nan"), float("inf"), "", "x", "lines.csv", "P1", [], [1.0],
    ["x"], [[1.0], [1.0, 2.0]], [[]], [{}], {}, {"a": 1}, {"kind": "battery"}, [{"name": "P1"}], [None],
    [1.0, 2.0, 3.0], "heat_pump", "ev", "shiftable", "inverter", "convex", "curtailment",
]  # fmt: skip


def _places(value: object) -> list[tuple[Any, Any]]:
    """Return every (container, key) inside ``value``."""
    if isinstance(value, dict):
        pairs: list[tuple[Any, Any]] = [(value, key) for key in value]
    elif isinstance(value, list):
        pairs = [(value, index) for index in range(len(value))]
    else:
        return []
    return pairs + [pair for container, key in pairs for pair in _places(container[key])]


def _without_none(value: Any) -> Any:
    """Return what TOML can hold."""
    if isinstance(value, dict):
        return {key: _without_none(item) for key, item in value.items() if item is not None}
    return [_without_none(item) for item in value if item is not None] if isinstance(value, list) else value


def _spoil(document: Document, rng: random.Random) -> None:
    places = _places(document)
    container, key = places[rng.randrange(len(places))]
    what = rng.randrange(3)
    if what == 0:
        del container[key]
    elif what == 1:
        container[key] = copy.deepcopy(WRONG[rng.randrange(len(WRONG))])
    elif isinstance(container, dict):
        container[str(key) + "x"] = container.pop(key)
    else:
        container.append(copy.deepcopy(container[key]))


@settings(max_examples=300, deadline=None)
@given(seed=st.integers(0, 2**32), count=st.integers(1, 6), tabled=st.booleans())
def test_only_input_errors_escape(seed: int, count: int, tabled: bool) -> None:
    """Random deletions, wrong types and renamed keys: a Case or an InputError, and check never raises."""
    rng = random.Random(seed)
    document, tables = with_tables(good()) if tabled else (good(), {})
    for _ in range(count):
        _spoil(document, rng)
    with tempfile.TemporaryDirectory() as folder:
        for name, text in tables.items():
            cut = rng.randrange(len(text)) if rng.random() < 0.3 else len(text)
            (Path(folder) / name).write_text(text[:cut])
        _mixed_lists_stay_lists(document)
        write(Path(folder), _without_none(document))
        told = check_case(folder)
        errors = [problem for problem in told if problem.severity == "error"]
        if errors:
            with pytest.raises(InputError) as caught:
                read_case(folder)
            assert list(caught.value.problems) == errors
        else:
            read_case(folder)
        for problem in told:
            assert problem.where
            assert problem.message[-1] not in ".!?"
            assert problem.remedy[-1] in ".?"


def _mixed_lists_stay_lists(value: object) -> None:
    """Drop the tables from lists of tables and other things, which the writer here can't spell."""
    for container, key in _places(value):
        inner = container[key]
        if isinstance(inner, list) and any(isinstance(item, dict) for item in inner):
            container[key] = [item for item in inner if isinstance(item, dict)]
