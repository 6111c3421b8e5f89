"""How the human output looks: sentences and tables, on a wide or a narrow screen."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Literal

from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from lempart.display import amount
from lempart.errors import Problem
from lempart.text import shown

PARTITION_COLUMNS = ("flexibility", "import", "tax", "line", "voltage", "imbalance", "loss")
COALITION_COLUMNS = ("flexibility", "energy", "tax", "line", "voltage", "imbalance", "loss")

_PIPE_WIDTH = 120  # columns where the output goes to a file or another program
_GAP = 2
_SHORT = 16  # texts up to this width are never wrapped
_MIN_TEXT_WIDTH = 22  # what a longer text is given at least, or else the table becomes a list


def console() -> Console:
    """Return the standard output: as wide as the terminal, or as ``COLUMNS`` says, or 120 columns."""
    made = Console(highlight=False, markup=False, emoji=False)
    if made.is_terminal or os.environ.get("COLUMNS", "").isdigit():
        return made
    return Console(highlight=False, markup=False, emoji=False, width=_PIPE_WIDTH)


def say(to: Console, text: str, style: str | None = None, *, wrap: bool | None = None) -> None:
    """Print a sentence: wrapped on a terminal, one line elsewhere, so that it can be searched for."""
    wrapped = to.is_terminal if wrap is None else wrap
    to.print(shown(text, lines=True), style=style, soft_wrap=not wrapped)


def say_problem(to: Console, problem: Problem, style: str) -> None:
    """Print a problem in one line, its severity in a colour."""
    to.print(Text.assemble((problem.severity, style), " ", str(problem)), soft_wrap=True)


def print_table(
    to: Console,
    title: str,
    headers: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    left: int = 1,
    zeros: bool = False,
    lead: str = "",
) -> None:
    """Print a title, perhaps a ``lead`` in words, and a table: ``left`` columns to the left, others to the right.

    Columns of amounts that are all zero are left out unless ``zeros``. Where the screen is too narrow for the
    columns, each row is printed as a few lines instead: no column and no digit is ever cut off.
    """
    kept = [
        index
        for index in range(len(headers))
        if index < left or zeros or not rows or any(row[index] not in {"", amount(0.0)} for row in rows)
    ]
    names = [shown(headers[index]) for index in kept]
    cells = [[shown(row[index]) for index in kept] for row in rows]
    say(to, title, "bold")
    if lead:
        say(to, lead)
    if _needed(names, cells, left) <= to.width:
        _print_columns(to, names, cells, left)
    else:
        _print_list(to, names, cells, left)


def _needed(names: Sequence[str], cells: Sequence[Sequence[str]], left: int) -> int:
    """Return the width below which the table would have to cut something."""
    widths = _widths(names, cells)
    least = [width if width <= _SHORT or index >= left else _MIN_TEXT_WIDTH for index, width in enumerate(widths)]
    return sum(least) + _GAP * len(least)


def _widths(names: Sequence[str], cells: Sequence[Sequence[str]]) -> list[int]:
    return [
        max(cell_len(name), *(cell_len(row[index]) for row in cells)) if cells else cell_len(name)
        for index, name in enumerate(names)
    ]


def _print_columns(to: Console, names: Sequence[str], cells: Sequence[Sequence[str]], left: int) -> None:
    made = Table(box=None, pad_edge=False, padding=(0, _GAP, 0, 0))
    for index, (name, width) in enumerate(zip(names, _widths(names, cells), strict=True)):
        side: Literal["left", "right"] = "left" if index < left else "right"
        made.add_column(name, justify=side, overflow="fold", no_wrap=index >= left or width <= _SHORT)
    for row in cells:
        made.add_row(*row)
    with to.capture() as capture:
        to.print(made)
    for line in capture.get().splitlines():
        to.file.write(line.rstrip() + "\n")


def _print_list(to: Console, names: Sequence[str], cells: Sequence[Sequence[str]], left: int) -> None:
    for row in cells:
        to.print("  ".join(cell for cell in row[:left] if cell), overflow="fold")
        line = ""
        for name, cell in zip(names[left:], row[left:], strict=True):
            pair = f"{name} {cell}".strip() if cell else ""
            if line and cell_len(f"    {line}, {pair}") > to.width:
                to.print(f"    {line},", soft_wrap=True)
                line = ""
            line = f"{line}, {pair}" if line and pair else line or pair
        if line:
            to.print(f"    {line}", soft_wrap=True)
