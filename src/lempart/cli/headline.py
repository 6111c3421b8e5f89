"""The answer of a search in two sentences that claim no more than is known."""

from __future__ import annotations

from collections.abc import Sequence

from lempart.cli.tables import braces, count_of, money
from lempart.result import Solution
from lempart.search import Evaluated

_TIES_NAMED = 3


def headline(solution: Solution) -> str:
    """Return which partition is the answer, its ties, and how it compares with the cheapest."""
    search = solution.search
    if not search.optimal_stable:
        known = "is known yet" if search.stopped else "exists"
        return f"No stable partition {known}. {_cheapest_without_answer(solution)}"
    best = search.optimal_stable[0]
    title = "Optimal stable partition" if search.proven else "Best stable partition so far"
    text = f"{title}: {_named(solution, best)} {solution.case.market.currency}."
    if ties := search.optimal_stable[1:]:
        text += f" At the same cost: {_list(solution, ties)}."
    return f"{text} {_beside_the_cheapest(solution, best)}"


def proof(solution: Solution, seconds: float) -> str:
    """Return whether the answer is proven, and what was looked at."""
    search = solution.search
    checked = sum(item.verdict is not None for item in search.evaluated)
    count = search.partition_count
    cores = f"stability of {checked:,} checked, cheapest first; {seconds:.1f} s"
    if search.proven:
        costed = "the only partition" if count == 1 else f"all {count_of(count, 'partition')}"
        return f"Proven: {costed} costed, {cores}."
    return f"Not proven ({search.stopped}): {len(search.evaluated):,} of {count:,} partitions costed, {cores}."


def _cheapest_without_answer(solution: Solution) -> str:
    search = solution.search
    if not search.evaluated:
        return "The search was stopped before any partition was costed."
    if not search.optimal:
        return f"None of the {len(search.evaluated):,} costed so far is viable."
    return f"{_cheapest(solution)} {_named(solution, search.optimal[0])}, {_stability(search.optimal[0])}."


def _beside_the_cheapest(solution: Solution, best: Evaluated) -> str:
    search = solution.search
    if best in search.optimal:
        return (
            "It is also the cheapest of all." if search.lower_bound is not None else "It is also the cheapest so far."
        )
    return f"{_cheapest(solution)} {_named(solution, search.optimal[0])}, {_stability(search.optimal[0])}."


def _cheapest(solution: Solution) -> str:
    return "The cheapest," if solution.search.lower_bound is not None else "The cheapest so far,"


def _stability(item: Evaluated) -> str:
    return {True: "is stable", False: "is not stable", None: "was not checked"}[item.stable]


def _named(solution: Solution, item: Evaluated) -> str:
    return f"{braces(solution.names(item.partition))} at {money(item.total)}"


def _list(solution: Solution, ties: Sequence[Evaluated]) -> str:
    named = "; ".join(braces(solution.names(item.partition)) for item in ties[:_TIES_NAMED])
    more = len(ties) - _TIES_NAMED
    return named + (f"; and {more:,} more" if more > 0 else "")
