"""The answer of a search in two sentences that claim no more than is known."""

from __future__ import annotations

from collections.abc import Sequence

from lempart.cli.tables import braces, count_of, money
from lempart.result import Solution
from lempart.search import Evaluated, SearchResult

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
        more = " There are more at that cost." if search.more_ties else ""
        text += f" At the same cost: {_list(solution, ties)}.{more}"
    return f"{text} {_beside_the_cheapest(solution, best)}"


def proof(solution: Solution, seconds: float) -> str:
    """Return whether the answer is proven, and what was looked at."""
    search = solution.search
    checked = sum(item.verdict is not None for item in search.evaluated)
    count = search.partition_count
    cores = f"stability of {checked:,} checked, cheapest first; {seconds:.1f} s"
    if search.coalition_count is not None:
        return f"{_tree_proof(search)}, {cores}."
    seen = len(search.evaluated)
    if search.proven and seen < count:
        return f"Proven: {seen:,} of {count_of(count, 'partition')} costed, none of the others is cheaper; {cores}."
    if search.proven:
        costed = "the only partition" if count == 1 else f"all {count_of(count, 'partition')}"
        return f"Proven: {costed} costed, {cores}."
    return f"Not proven ({search.stopped}): {seen:,} of {count:,} partitions costed, {cores}.{_bound(solution)}"


def _bound(solution: Solution) -> str:
    """Return what is known of the partitions that weren't costed."""
    search = solution.search
    if search.gap is None or search.lower_bound is None:
        return ""
    if search.optimum_proven:
        return " No partition costs less than the cheapest of these."
    return f" No partition costs less than {money(search.lower_bound)}: a gap of {100 * search.gap:.2g} %."


def _tree_proof(search: SearchResult) -> str:
    """Return what a search says that costs coalitions, not partitions."""
    coalitions = f"{search.coalitions_costed or 0:,} of {count_of(search.coalition_count or 0, 'coalition')} costed"
    among = f"by the tree program among {count_of(search.partition_count, 'partition')}, {coalitions}"
    return f"Proven {among}" if search.proven else f"Not proven ({search.stopped}): {among}"


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
        return "It is also the cheapest of all." if search.optimum_proven else "It is also the cheapest so far."
    return f"{_cheapest(solution)} {_named(solution, search.optimal[0])}, {_stability(search.optimal[0])}."


def _cheapest(solution: Solution) -> str:
    return "The cheapest," if solution.search.optimum_proven else "The cheapest so far,"


def _stability(item: Evaluated) -> str:
    return {True: "is stable", False: "is not stable", None: "was not checked"}[item.stable]


def _named(solution: Solution, item: Evaluated) -> str:
    return f"{braces(solution.names(item.partition))} at {money(item.total)}"


def _list(solution: Solution, ties: Sequence[Evaluated]) -> str:
    named = "; ".join(braces(solution.names(item.partition)) for item in ties[:_TIES_NAMED])
    more = len(ties) - _TIES_NAMED
    return named + (f"; and {more:,} more" if more > 0 else "")
