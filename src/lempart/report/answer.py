"""The answer of a result in two sentences, then why: no claim beyond what was evaluated and checked."""

from __future__ import annotations

from collections.abc import Sequence

from lempart.formats.result import ResultFile
from lempart.report.reasons import against_alone, against_neighbours, falls_apart
from lempart.report.rows import PartitionRow
from lempart.report.wording import count_of, large, listed, money, partition

_TIES_NAMED = 2


def result_answer(
    data: ResultFile, rows: Sequence[PartitionRow], optimal: Sequence[int], stable: Sequence[int]
) -> tuple[str, str]:
    """Return which partition is the answer and what it costs, then how it stands to the cheapest."""
    players, currency = data.players, data.currency
    if not stable:
        known = "is known yet: the search was stopped" if data.stopped else "exists"
        cheapest = (
            "." if not optimal else f", {_named(rows[optimal[0]], players, currency)}, {_held(rows[optimal[0]])}."
        )
        return f"No stable partition {known}.", f"The cheapest that was evaluated{cheapest}" if optimal else _nothing(
            rows
        )
    best = rows[stable[0]]
    kind = (
        "The cheapest partition that nobody wants to leave is" if data.proven else "The best stable partition so far is"
    )
    first = f"{kind} {_named(best, players, currency)}{_ties(rows, stable, players)}."
    if stable[0] in optimal:
        return first, f"It is also the cheapest of all {_looked_at(data)}."
    first_of_all = rows[optimal[0]]
    assert best.total is not None
    assert first_of_all.total is not None
    dearer = money(best.total - first_of_all.total, currency)
    return (
        first,
        f"It costs {dearer} more than the cheapest, {partition(first_of_all.blocks, players)}, "
        f"which {_held(first_of_all)}.",
    )


def result_why(
    data: ResultFile, rows: Sequence[PartitionRow], optimal: Sequence[int], stable: Sequence[int]
) -> tuple[str, ...]:
    """Return the reasons: against everyone alone, against the cheapest, and what is proven."""
    players, currency = data.players, data.currency
    shown = [*stable[:1], *optimal[:1]]
    found = []
    if shown:
        found.append(against_alone(rows[shown[0]], rows, currency))
    if optimal and optimal[0] not in stable and rows[optimal[0]].stable is False:
        found.append(falls_apart(rows[optimal[0]], players, currency))
    if shown and (best := rows[shown[0]]).total is not None:
        found.extend(against_neighbours(best, rows, [rows[index] for index in optimal], players, currency))
    found.append(_proof(data, rows))
    return tuple(text for text in found if text)


def _named(row: PartitionRow, players: Sequence[str], currency: str) -> str:
    total = "not viable" if row.total is None else f"at {money(row.total, currency)}"
    return f"{partition(row.blocks, players)} {total}"


def _held(row: PartitionRow) -> str:
    return {True: "is stable", False: "doesn't hold together", None: "wasn't checked for stability"}[row.stable]


def _ties(rows: Sequence[PartitionRow], stable: Sequence[int], players: Sequence[str]) -> str:
    others = [partition(rows[index].blocks, players) for index in stable[1:]]
    if not others:
        return ""
    more = len(others) - _TIES_NAMED
    named = others[:_TIES_NAMED] + ([f"{more} more"] if more > 0 else [])
    return f", at the same cost as {listed(named)}"


def _looked_at(data: ResultFile) -> str:
    known, everything = count_of(data.evaluated, "partition"), count_of(data.partition_count, "partition")
    if data.proven or data.evaluated == data.partition_count:
        return "there are" if data.partition_count == 1 else f"{everything} there are"
    return f"{known} evaluated"


def _nothing(rows: Sequence[PartitionRow]) -> str:
    return "None of the evaluated partitions is viable." if rows else "No partition was evaluated."


def _proof(data: ResultFile, rows: Sequence[PartitionRow]) -> str:
    checked = sum(row.stable is not None for row in rows)
    state = "This is proven" if data.proven else f"This is not proven ({data.stopped})"
    if checked == data.evaluated == data.partition_count:
        return f"{state}: all {count_of(checked, 'partition')} were costed and checked for stability."
    costed = f"{count_of(data.evaluated, 'partition')} of {large(data.partition_count)} costed"
    if (
        data.coalition_count is not None and data.coalitions_costed is not None
    ):  # coalitions were costed, which says what every partition costs
        costed = f"{large(data.coalitions_costed)} of {count_of(data.coalition_count, 'coalition')} costed, "
        costed += f"of which {count_of(data.partition_count, 'partition')} can be made"
    elif data.evaluated == data.partition_count:
        costed = f"all {count_of(data.evaluated, 'partition')} costed"
    return f"{state}: {costed}, the stability of {checked:,} checked, from the cheapest on."
