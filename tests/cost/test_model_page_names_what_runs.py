"""docs/model.md maps Eqs 1 to 9 to functions: every one of them is called when shipped cases are solved."""

from __future__ import annotations

import functools
import re
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

import pytest
from test_model_page_names_what_exists import resolved

from lempart import read_case, shipped_case_path, solve

PAGE = Path(__file__).parents[2] / "docs" / "model.md"
AT_A_KINK = Path(__file__).parents[1] / "data" / "found" / "price-at-a-kink.toml"
MAX_FILES = 3


def _rows() -> dict[str, list[str]]:
    """Return the functions that the page names for each equation from 1 to 9."""
    lines = PAGE.read_text(encoding="utf-8").splitlines() if PAGE.exists() else []
    cells = [line.split("|") for line in lines if re.match(r"\| \([1-9]", line)]
    return {row[1].strip(): re.findall(r"`(lempart(?:\.\w+)+)`", row[3]) for row in cells}


def _code(name: str) -> CodeType:
    """Return the code of a function, of a method, or of what computes a property."""
    found: Any = resolved(name)
    if isinstance(found, functools.cached_property):
        found = found.func
    while hasattr(found, "__wrapped__"):  # what checks arguments calls it
        found = found.__wrapped__
    found = getattr(found, "__func__", found)
    code: CodeType = found.__code__
    return code


@contextmanager
def _traced() -> Iterator[set[CodeType]]:
    called: set[CodeType] = set()

    def note(frame: FrameType, event: str, _: object) -> None:
        if event == "call":
            called.add(frame.f_code)

    sys.setprofile(note)
    threading.setprofile(note)
    try:
        yield called
    finally:
        sys.setprofile(None)
        threading.setprofile(None)  # type: ignore[arg-type]


@pytest.mark.skipif(not PAGE.exists(), reason="the page is only in the repository")
def test_solving_calls_every_function_that_the_page_names() -> None:
    """Proves that the equations stand where the page says: no row names a twin that nobody calls.

    One shipped case with externalities, one without; for prices to be chosen among, a case at a kink of the tax.
    """
    given = [read_case(shipped_case_path(name)) for name in ("example-1", "ieee33-branches")]
    with _traced() as called:
        for case in (*given, read_case(AT_A_KINK)):
            solve(case)
    rows = _rows()
    assert len(rows) > 15
    missing = [(row, name) for row, names in rows.items() for name in names if _code(name) not in called]
    assert missing == []


@pytest.mark.parametrize("row", _rows())
def test_an_equation_is_found_in_few_files(row: str) -> None:
    """The functions of one equation stand in three files at most, so that a newcomer finds the way."""
    assert len({_code(name).co_filename for name in _rows()[row]}) <= MAX_FILES
