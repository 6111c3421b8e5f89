"""docs/model.md maps every equation to a function: each of them must exist."""

from __future__ import annotations

import importlib
import re
from pathlib import Path
from typing import Any

import pytest

PAGE = Path(__file__).parents[2] / "docs" / "model.md"
TEXT = PAGE.read_text(encoding="utf-8") if PAGE.exists() else ""
NAMES = sorted(set(re.findall(r"`(lempart(?:\.\w+)+)`", TEXT)))
EQUATIONS = [
    "(1a)", "(1b)", "(1c)", "(1d)", "(1e)", "(1f)", "(2)", "(3)", "(4)", "(5a)", "(5b)", "(5c)", "(6)", "(7)",
    "(8a)", "(8c)", "(8d)", "(8e)", "(9a)", "(9d)", "(9e)", "(9f)", "II.1", "V.1", "V.2", "Algorithm 1",
    "(A.1)", "(A.2)", "(A.3)", "(A.4)", "(A.5)",
]  # fmt: skip


def resolved(dotted: str) -> Any:
    """Return what a dotted name stands for: the longest importable module, then attributes."""
    parts = dotted.split(".")
    for cut in range(len(parts), 0, -1):
        try:
            found: Any = importlib.import_module(".".join(parts[:cut]))
        except ModuleNotFoundError:
            continue
        for name in parts[cut:]:
            found = getattr(found, name)
        return found
    raise ModuleNotFoundError(dotted)


@pytest.mark.parametrize("name", NAMES)
def test_every_function_named_exists(name: str) -> None:
    """A function that is renamed or moved takes its line in the table along."""
    assert resolved(name).__doc__


def test_the_page_names_enough() -> None:
    """The pattern above finds the table: without it the test would pass on an empty page."""
    assert len(NAMES) > 30


@pytest.mark.parametrize("equation", EQUATIONS)
def test_every_equation_has_a_line(equation: str) -> None:
    """No equation of the paper is left out of the table's first column."""
    first_cells = [line.split("|")[1] for line in TEXT.splitlines() if line.startswith("| ")]
    assert any(equation in cell for cell in first_cells)
