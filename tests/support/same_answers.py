"""Whether a case written in another way has the same answer: totals, verdicts, optima, or that it has none."""

from __future__ import annotations

from dataclasses import dataclass

from lempart import solve
from lempart.case import Case
from lempart.errors import InfeasibleError
from lempart.search import Exhaustive
from support.rewritten import REWRITINGS

SAME = 1e-5
"""Totals may move by this share of the largest."""

OPEN = "open ties"

Names = frozenset[frozenset[str]]


@dataclass(frozen=True)
class Answer:
    """Total and stability of every partition, and the sets of optimal and of optimal stable ones, by names.

    ``open`` counts the partitions of which it is told that the choice among optimal dispatches stayed open.
    """

    found: dict[Names, tuple[float, bool | None]]
    best: set[Names]
    stable: set[Names]
    open: int

    @property
    def verdicts(self) -> dict[Names, bool | None]:
        """Return which partitions are stable."""
        return {key: held for key, (_, held) in self.found.items()}


def answer(case: Case) -> Answer | None:
    """Return the answer of every partition with its core, or None where no dispatch meets the limits."""
    try:
        solution = solve(case, Exhaustive(all_cores=True))
    except InfeasibleError:
        return None

    def names(partition) -> Names:  # type: ignore[no-untyped-def]
        return frozenset(frozenset(block) for block in solution.names(partition))

    search = solution.search
    return Answer(
        {names(item.partition): (item.total, item.stable) for item in search.evaluated},
        {names(item.partition) for item in search.optimal},
        {names(item.partition) for item in search.optimal_stable},
        sum(solution.costs.partition(item.partition).tie_open for item in search.evaluated),
    )


def differences(case: Case) -> tuple[dict[str, str], float]:
    """Return what differs, by the name of the rewriting, and the largest share by which a total moved.

    Answers that tell of open ties aren't compared: they may differ. The differences then hold how many there are, under
    ``OPEN``.
    """
    first, told, most = answer(case), {}, 0.0
    for name, (rewritten, factor) in REWRITINGS.items():
        again = answer(rewritten(case))
        if first is None or again is None:
            if first is not again:
                told[name] = f"infeasible {'as written' if first is None else 'rewritten'} alone"
            continue
        if first.open or again.open:
            told[OPEN] = f"{max(first.open, again.open)} partitions"
            continue
        if again.found.keys() != first.found.keys():
            told[name] = "other partitions"
            continue
        size = max(abs(total) for total, _ in first.found.values())
        moved = max(abs(again.found[key][0] / factor - first.found[key][0]) for key in first.found) / size
        most = max(most, moved)
        if not moved < SAME:
            told[name] = f"a total moves by {moved:.1e}"
        elif again.verdicts != first.verdicts:
            told[name] = f"other verdicts, totals move by {moved:.1e}"
        elif (again.best, again.stable) != (first.best, first.stable):
            told[name] = f"other optima, totals move by {moved:.1e}"
    return told, most
