"""Rows of the human output; the commands print them, tests read them."""

from __future__ import annotations

from collections.abc import Sequence

from lempart.cli.cores import leavers_told, shortfall_told
from lempart.cli.tables import COALITION_COLUMNS, PARTITION_COLUMNS
from lempart.cost import CoalitionCost, PartitionCost, PartitionOutline, outline_of
from lempart.display import amount, short_braces, stability_word
from lempart.result import Solution
from lempart.search import Evaluated

_PAYERS = 50
"""Payers of one coalition that are listed; the result's JSON has all."""

_BILLS = 200
"""Payers that are listed in all; of the coalitions after that the sums."""

_LONG = 240
"""A partition whose names take more characters is told by how it differs from the cheapest."""

PRICE_NOTE = "* depends on which of several optimal nodal prices is taken; those closest to the market's are."


def partition_rows(solution: Solution, limit: int) -> list[list[str]]:
    """Return the best partitions: rank, partition, core, mark, total and parts.

    The marks say no more than is known: a search that was stopped hasn't found an optimum.
    """
    search = solution.search
    cheapest = "cheapest so far" if search.lower_bound is None else "optimal"
    answer = "optimal stable" if search.proven else "best stable so far"
    best = {item.partition for item in solution.search.optimal}
    stable = {item.partition for item in solution.search.optimal_stable}
    rows = []
    for rank, item in enumerate(solution.search.evaluated[:limit], start=1):
        cost = outline_of(solution.costs, item.partition)
        marks = [cheapest] * (item.partition in best) + [answer] * (item.partition in stable)
        amounts = part_cells(cost, PARTITION_COLUMNS)
        total = "not viable" if cost.parts is None else amount(cost.total)
        names = _names(solution, item) if rank == 1 else _names(solution, item, beside=solution.search.evaluated[0])
        rows.append([str(rank), names, stability(item), ", ".join(marks), total, *amounts])
    return rows


def _names(solution: Solution, item: Evaluated, beside: Evaluated | None = None) -> str:
    """Return a partition's coalitions; of a long one only those that partition 1, ``beside``, hasn't."""
    blocks = solution.names(item.partition)
    text = short_braces(blocks)
    if beside is None or len(text) <= _LONG:
        return text
    own = [block for mask, block in zip(item.partition, blocks, strict=True) if mask not in beside.partition]
    return f"as 1, but {short_braces(own)}" if len(own) < len(blocks) else text


def stability(item: Evaluated) -> str:
    """Return a partition's stability in a word or two; ``-`` where it was not needed."""
    if item.verdict is not None and item.verdict.just:
        return "stable, just"
    return stability_word(item.stable, "-")


def leaver_rows(solution: Solution, limit: int) -> list[list[str]]:
    """Return who would leave the unstable partitions that were checked, and for what gain."""
    return [
        [
            short_braces(solution.names(item.partition)),
            short_braces([solution.costs.prepared.names(own.coalition)]),
            leavers_told(solution.costs.prepared.player_names, own),
            shortfall_told(own) if own.viable else "-",
        ]
        for item in solution.search.evaluated[:limit]
        for own in (item.verdict.coalitions if item.verdict else ())
        if own.stable is False
    ]


def coalition_rows(solution_names: Sequence[Sequence[str]], costs: Sequence[CoalitionCost]) -> list[list[str]]:
    """Return one row per coalition: members, total and parts."""
    rows = []
    for names, cost in zip(solution_names, costs, strict=True):
        amounts = part_cells(cost, COALITION_COLUMNS)
        total = "not viable" if cost.parts is None else amount(cost.total)
        rows.append([short_braces([names]) + (" *" if cost.price_dependent else ""), total, *amounts])
    return rows


def part_cells(cost: PartitionCost | PartitionOutline | CoalitionCost, columns: Sequence[str]) -> list[str]:
    """Return the parts of a cost under their columns; empty where there is no such part."""
    parts = {} if cost.parts is None else cost.parts.as_dict()
    return [amount(parts[name]) if name in parts else "" for name in columns]


def part_rows(cost: PartitionCost) -> list[list[str]]:
    """Return the parts of ``Phi``, the total, and what lies beside it."""
    assert cost.parts is not None
    rows = [[name, amount(value)] for name, value in cost.parts.as_dict().items()]
    return [*rows, ["total", amount(cost.total)]]


def bill_rows(solution: Solution) -> list[list[str]]:
    """Return, for the optimal stable partition, a core allocation: coalition (named once), member, amount.

    A star marks coalitions whose cost depends on which of several optimal nodal prices is taken.
    """
    found = solution.search.optimal_stable
    verdict = found[0].verdict if found else None
    if verdict is None:
        return []
    prepared = solution.costs.prepared
    labels = prepared.grid.names if solution.search.players == "edges" else prepared.player_names
    costs = solution.cost(verdict.partition).coalitions
    rows: list[list[str]] = []
    for own, cost in zip(verdict.coalitions, costs, strict=True):
        title = short_braces([prepared.names(own.coalition)]) + (" *" if cost.price_dependent else "")
        payers = list((own.allocation or {}).items())
        if len(rows) + min(len(payers), _PAYERS) > _BILLS and len(payers) > 1:
            rows.append([title, f"{len(payers):,} together", amount(sum(pays for _, pays in payers))])
            continue
        for key, pays in payers[:_PAYERS]:
            rows.append([title, labels[key], amount(pays)])
            title = ""
        if rest := payers[_PAYERS:]:
            rows.append([title, f"and {len(rest):,} more", amount(sum(pays for _, pays in rest))])
    return rows
