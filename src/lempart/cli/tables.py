"""Rows of the human output; the commands print them, tests read them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from rich.console import Console
from rich.table import Table

from lempart.cost import CoalitionCost, PartitionCost
from lempart.game import CoreVerdict
from lempart.result import Solution
from lempart.search import Evaluated

PARTS = ("flexibility", "import", "tax", "line", "voltage", "imbalance")
COALITION_PARTS = ("flexibility", "energy", "tax", "line", "voltage", "imbalance")


def braces(names: Sequence[Sequence[str]]) -> str:
    """Return a partition as people write it: ``{A, B} {C}``."""
    return " ".join("{" + ", ".join(block) + "}" for block in names)


def money(value: float) -> str:
    """Return an amount with two decimals and thousands separated, never ``-0.00``."""
    return f"{round(value, 2) + 0.0:,.2f}"


def console() -> Console:
    """Return the standard output, at least 100 columns wide where it is not a terminal."""
    made = Console(highlight=False, markup=False)
    return made if made.is_terminal else Console(highlight=False, markup=False, width=max(made.width, 120))


def print_table(
    to: Console,
    title: str,
    headers: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    left: int = 1,
    zeros: bool = False,
) -> None:
    """Print a title and a table: the first ``left`` columns to the left, the amounts after them to the right.

    Columns of amounts that are all zero are left out unless ``zeros``.
    """
    blank = (
        set()
        if zeros
        else {i for i in range(left, len(headers)) if rows and all(row[i] in {"", money(0.0)} for row in rows)}
    )
    made = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for index, header in enumerate(headers):
        if index not in blank:
            side: Literal["left", "right"] = "left" if index < left else "right"
            made.add_column(header, justify=side, overflow="fold", no_wrap=index >= left)
    for row in rows:
        made.add_row(*(cell for index, cell in enumerate(row) if index not in blank))
    to.print(title, style="bold")
    to.print(made)


def partition_rows(solution: Solution, most: int) -> list[list[str]]:
    """Return the best partitions: rank, partition, core, mark, total and parts."""
    best = {item.partition for item in solution.search.optimal}
    stable = {item.partition for item in solution.search.optimal_stable}
    rows = []
    for rank, item in enumerate(solution.search.evaluated[:most], start=1):
        cost = solution.cost(item.partition)
        marks = ["optimal"] * (item.partition in best) + ["optimal stable"] * (item.partition in stable)
        amounts = [""] * len(PARTS) if cost.parts is None else [money(v) for v in cost.parts.as_dict().values()]
        total = "not viable" if cost.parts is None else money(cost.total)
        names = braces(solution.names(item.partition))
        rows.append([str(rank), names, stability(item), ", ".join(marks), total, *amounts])
    return rows


def stability(item: Evaluated) -> str:
    """Return a partition's stability in a word; ``-`` where it was not needed."""
    return {True: "stable", False: "unstable", None: "-"}[item.stable]


def leaver_rows(solution: Solution, most: int) -> list[list[str]]:
    """Return who would leave the unstable partitions that were checked, and for what gain."""
    return [
        [
            braces(solution.names(item.partition)),
            braces([solution.costs.setting.names(own.coalition)]),
            leavers(solution, own),
            "-" if own.core_value is None else money(own.cost - own.core_value),
        ]
        for item in solution.search.evaluated[:most]
        for own in (item.verdict.coalitions if item.verdict else ())
        if not own.stable
    ]


def leavers(solution: Solution, verdict: CoreVerdict, most: int = 4) -> str:
    """Return a coalition's blocking sub-coalitions and their gains."""
    shown = [
        f"{braces([solution.costs.setting.names(block.coalition)])} gains {money(block.gain)}"
        for block in verdict.blocking[:most]
    ]
    more = len(verdict.blocking) - most
    return "; ".join(shown) + (f"; and {more} more" if more > 0 else "")


def coalition_rows(solution_names: Sequence[Sequence[str]], costs: Sequence[CoalitionCost]) -> list[list[str]]:
    """Return one row per coalition: members, total and parts."""
    rows = []
    for names, cost in zip(solution_names, costs, strict=True):
        amounts = (
            [""] * len(COALITION_PARTS) if cost.parts is None else [money(v) for v in cost.parts.as_dict().values()]
        )
        total = "not viable" if cost.parts is None else money(cost.total)
        rows.append([braces([names]) + (" *" if cost.price_dependent else ""), total, *amounts])
    return rows


def part_rows(cost: PartitionCost) -> list[list[str]]:
    """Return the parts of ``Phi``, the total, and what lies beside it."""
    assert cost.parts is not None
    rows = [[name, money(value)] for name, value in cost.parts.as_dict().items()]
    return [*rows, ["total", money(cost.total)]]


def bill_rows(solution: Solution) -> list[list[str]]:
    """Return, for the optimal stable partition, a core allocation: coalition, member, amount."""
    found = solution.search.optimal_stable
    verdict = found[0].verdict if found else None
    if verdict is None:
        return []
    labels = (
        solution.costs.setting.grid.names
        if solution.search.players == "edges"
        else solution.costs.setting.player_names
    )
    rows = []
    for own in verdict.coalitions:
        for key, amount in (own.allocation or {}).items():
            rows.append([braces([solution.costs.setting.names(own.coalition)]), labels[key], money(amount)])
    return rows
