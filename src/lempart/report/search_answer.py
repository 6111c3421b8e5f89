"""The answer at one point of a study that searched every draw: who wins most often, and what the winners cost."""

from __future__ import annotations

from collections.abc import Sequence

from lempart.report.rows import PartitionRow, SearchRow
from lempart.report.wording import count_of, money, number, partition, percent


def search_answer(
    rows: Sequence[PartitionRow], found: SearchRow, stable: Sequence[int], players: Sequence[str], currency: str
) -> tuple[str, str]:
    """Return which partition is the cheapest stable one most often, then what those winners cost and stability adds."""
    if not stable:
        return "No stable partition was found in any draw.", _priced(found, currency)
    best = rows[stable[0]]
    ties = "" if len(stable) == 1 else f", as often as {count_of(len(stable) - 1, 'other')}"
    first = (
        f"Most often the cheapest partition that holds together is {partition(best.blocks, players)}: "
        f"on {_share(best, 'optimal_stable')}{ties}."
    )
    return first, _priced(found, currency)


def search_why(
    rows: Sequence[PartitionRow],
    found: SearchRow,
    optimal: Sequence[int],
    players: Sequence[str],
    draws: int,
) -> tuple[str, ...]:
    """Return how varied the winners are, who is the cheapest most often, and what is proven."""
    winners = sum(bool(row.shares and row.shares["optimal_stable"] > 0) for row in rows)
    told = [
        f"Each of {draws:,} random days was searched on its own: {count_of(winners, 'partition')} won at least one. "
        "This says what would form if everyone knew the day ahead, not what to commit to for all days."
    ]
    if optimal:
        best = rows[optimal[0]]
        told.append(
            f"Whether it holds together or not, {partition(best.blocks, players)} is the cheapest most often: "
            f"on {_share(best, 'optimal')}."
        )
    for outcome, name in ((found.optimal, "viable"), (found.optimal_stable, "stable")):
        if outcome.none > 0:
            told.append(f"On {percent(outcome.none)} of the days no {name} partition was found.")
    if found.optimal_stable.tied > 0:
        told.append(
            f"On {percent(found.optimal_stable.tied)} of the days others cost the same as the winner; "
            "the one found first counts."
        )
    proof = "on every day" if found.proven == 1 else f"on {percent(found.proven)} of the days"
    told.append(f"The answer is proven {proof}.")
    return tuple(told)


def _share(row: PartitionRow, outcome: str) -> str:
    assert row.shares is not None
    assert row.intervals is not None
    low, high = row.intervals[outcome]
    return f"{percent(row.shares[outcome])} of the days (95 %: {100 * low:.0f} to {percent(high)})"


def _priced(found: SearchRow, currency: str) -> str:
    best = found.optimal_stable
    if best.total is None or found.price is None:
        return "What stability costs isn't known: some days have no such partition."
    mean = f"{money(best.total, currency)}{_plus_minus(best.error)}"
    if found.price < 0.005:
        return f"The day's cheapest stable partition costs {mean} on average, no more than the cheapest of all."
    dearer = f"{money(found.price, currency)}{_plus_minus(found.price_error)}"
    return f"The day's cheapest stable partition costs {mean} on average; of that, stability costs {dearer}."


def _plus_minus(error: float | None) -> str:
    return "" if error is None else f" ± {number(error)}"
