"""The answer at one point of a study in two sentences, then why; means with their sampling error."""

from __future__ import annotations

from collections.abc import Sequence

from lempart.report.reasons import against_alone, against_neighbours, falls_apart
from lempart.report.rows import PartitionRow
from lempart.report.wording import money, number, partition, percent


def study_answer(
    rows: Sequence[PartitionRow], optimal: Sequence[int], stable: Sequence[int], players: Sequence[str], currency: str
) -> tuple[str, str]:
    """Return which partition to commit to and what it costs on average, then how it stands to the cheapest."""
    if not optimal:
        return "No partition is viable in every draw.", "So none can be committed to, and there are no mean costs."
    cheapest = rows[optimal[0]]
    if not stable:
        told = "wasn't computed" if cheapest.stable is None else "isn't given for any partition that was costed"
        first = f"On average {_named(cheapest, players, currency)} is the cheapest partition."
        return first, f"Stability in the game of expected costs {told}."
    best = rows[stable[0]]
    first = f"On average the cheapest partition that holds together is {_named(best, players, currency)}."
    if stable[0] == optimal[0]:
        return first, _runner_up(rows, optimal[0], players, currency)
    assert best.dearer is not None
    return first, (
        f"It costs {money(best.dearer, currency)}{_plus_minus(best.dearer_error)} more than the cheapest, "
        f"{partition(cheapest.blocks, players)}, which doesn't hold together."
    )


def study_why(
    rows: Sequence[PartitionRow],
    optimal: Sequence[int],
    stable: Sequence[int],
    players: Sequence[str],
    currency: str,
    draws: int,
) -> tuple[str, ...]:
    """Return how sure it is, why not the cheapest, and why not one market more or less: all on average."""
    if not optimal:
        return ()
    best = rows[(*stable, *optimal)[0]]
    found = []
    if best.shares is not None:
        found.append(
            f"Of {draws:,} random days, {partition(best.blocks, players)} is the cheapest on "
            f"{percent(best.shares['optimal'])} and stable on {percent(best.shares['stable'])}."
        )
    if stable and stable[0] != optimal[0]:
        found.append(falls_apart(rows[optimal[0]], players, currency))
    found.append(against_alone(best, rows, currency))
    found.extend(against_neighbours(best, rows, [rows[index] for index in optimal], players, currency))
    return tuple(text for text in found if text)


def _named(row: PartitionRow, players: Sequence[str], currency: str) -> str:
    total = "not viable" if row.total is None else f"at {money(row.total, currency)}{_plus_minus(row.error)}"
    return f"{partition(row.blocks, players)} {total}"


def _plus_minus(error: float | None) -> str:
    return "" if error is None else f" ± {number(error)}"


def _runner_up(rows: Sequence[PartitionRow], best: int, players: Sequence[str], currency: str) -> str:
    others = [
        row for index, row in enumerate(rows) if index != best and row.total is not None and row.dearer is not None
    ]
    if not others:
        return "No other partition was costed in every draw."
    second = min(others, key=lambda row: row.total or 0.0)
    assert second.dearer is not None
    error = second.dearer_error
    clear = error is not None and second.dearer > error
    told = f"{partition(second.blocks, players)} costs {money(second.dearer, currency)}{_plus_minus(error)} more"
    return (
        f"It is also the cheapest of all: {told}."
        if clear
        else (f"It is also the cheapest of all, but {told}: the draws don't tell them apart.")
    )
