"""Searches that are stopped: what was found is kept, and no more is claimed than is known."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest

from lempart.game import Inertia, TablePartitionGame, partition_verdict
from lempart.partition import Family, Partition
from lempart.search import (
    BoundedSearch,
    Ending,
    Evaluated,
    Exhaustive,
    LocalSearch,
    SearchMethod,
    SearchResult,
    Verifier,
    after_seconds,
    never,
    search_result,
)
from support.trees import chain, star

FAMILY = Family.singletons(star(4))  # 15 partitions
ALONE = Partition.of([1, 2, 4, 8])


def _game(*, together: float = 30.0) -> TablePartitionGame:
    """Return a game where 10 per player is paid, but all four together pay ``together``."""
    return TablePartitionGame(
        {p: {mask: together if mask == 15 else 10.0 * mask.bit_count() for mask in p} for p in FAMILY.enumerate()}
    )


@dataclass
class Interrupting:
    """A game that raises ``KeyboardInterrupt`` at the calls that are named."""

    game: TablePartitionGame
    totals: tuple[int, ...] = ()
    worths: tuple[int, ...] = ()
    asked: dict[str, int] = field(default_factory=lambda: {"total": 0, "worth": 0})

    def _count(self, what: str, at: tuple[int, ...]) -> None:
        self.asked[what] += 1
        if self.asked[what] in at:
            raise KeyboardInterrupt

    def total(self, partition: Partition) -> float:
        self._count("total", self.totals)
        return self.game.total(partition)

    def coalition_cost(self, mask: int, partition: Partition) -> float:
        self._count("worth", self.worths)
        return self.game.coalition_cost(mask, partition)


def _search(game: Interrupting, stop: Callable[[], str] = never, **options: bool) -> SearchResult:
    return Exhaustive(**options).search(FAMILY, game, Inertia(game, FAMILY), stop=stop)


def test_no_time_at_all_still_gives_something() -> None:
    """After 0 s one partition is costed and its stability known; nothing is called proven or a bound."""
    found = _search(Interrupting(_game()), after_seconds(0.0))
    assert len(found.evaluated) == 1
    assert not found.proven
    assert found.lower_bound is None
    assert found.stopped == "the 0 s allowed have passed"
    assert found.optimal == found.evaluated
    assert found.evaluated[0].stable is not None
    assert found.partition_count == 15


def test_a_long_time_changes_nothing() -> None:
    """A rule that never fires gives the same result as no rule."""
    assert _search(Interrupting(_game()), after_seconds(1e6)) == _search(Interrupting(_game()))


@pytest.mark.parametrize("at", [2, 7, 15])
def test_interrupted_while_costing(at: int) -> None:
    """What was costed before the interruption is kept, with the stability of the best; the answer isn't proven."""
    found = _search(Interrupting(_game(), totals=(at,)))
    assert len(found.evaluated) == at - 1
    assert (found.proven, found.stopped, found.lower_bound) == (False, "interrupted", None)
    assert found.optimal_stable
    assert found.optimal_stable[0].stable


def test_interrupted_before_anything() -> None:
    """Interrupted in the first evaluation: an empty result that says so, not an error."""
    found = _search(Interrupting(_game(), totals=(1,)))
    assert (found.evaluated, found.optimal, found.optimal_stable) == ((), (), ())
    assert (found.proven, found.stopped) == (False, "interrupted")
    assert found.price_of_stability is None


def test_interrupted_twice() -> None:
    """A second interruption, while the best so far is checked, ends it at once and loses nothing."""
    found = _search(Interrupting(_game(), totals=(7,), worths=(1,)))
    assert len(found.evaluated) == 6
    assert found.optimal_stable == ()
    assert all(item.stable is None for item in found.evaluated)
    assert found.optimal
    assert (found.proven, found.stopped) == (False, "interrupted")


def test_interrupted_while_checking_cores() -> None:
    """All totals are kept, with the verdicts that were reached; the cheapest is still known to be the cheapest.

    The grand coalition takes 15 questions, everyone alone 4: the 20th falls into the third partition.
    """
    found = _search(Interrupting(_game(), worths=(20,)), all_cores=True)
    assert len(found.evaluated) == 15
    assert found.lower_bound == 30.0
    assert found.optimal_stable[0].partition == Partition.of([15])
    assert (found.proven, found.stopped) == (False, "interrupted")
    assert [item.stable is not None for item in found.evaluated] == [True] * 2 + [False] * 13


def test_time_passes_while_checking_cores() -> None:
    """A rule that fires after the costing stops before the first core; nothing is called stable."""
    game = Interrupting(_game())
    found = _search(game, lambda: "enough" if game.asked["total"] == 15 else "")
    assert len(found.evaluated) == 15
    assert found.lower_bound == 30.0
    assert (found.proven, found.stopped, found.optimal_stable) == (False, "enough", ())


def test_what_is_checked_after_the_stop_is_bounded() -> None:
    """At most 16 sub-coalitions are looked at once time is up; a coalition with more is passed over.

    The partition of all five together comes out cheapest but has 31 sub-coalitions, so it stays unchecked and
    the answer so far is one that is known to be stable.
    """
    family = Family.singletons(star(5))
    together = Partition.of([31])
    order = [p for p in family.enumerate() if p != together]
    game = Interrupting(
        TablePartitionGame({p: {m: 1.0 if m == 31 else 10.0 * m.bit_count() for m in p} for p in [together, *order]})
    )

    class TogetherFirst(Family):
        def enumerate(self) -> Iterator[Partition]:
            return iter([together, *order])

    found = Exhaustive().search(
        TogetherFirst(family.tree, family.players, family.single_boundary),
        game,
        Inertia(game, family),
        stop=lambda: "enough" if game.asked["total"] >= 3 else "",
    )
    assert game.asked["worth"] <= 16
    assert found.evaluated[0].partition == together
    assert found.evaluated[0].stable is None
    assert found.optimal[0].partition == together
    assert found.optimal_stable[0].stable


def test_stopped_where_nothing_is_viable_so_far() -> None:
    """Partitions that aren't viable are kept as such and never called optimal."""
    table = TablePartitionGame({p: dict.fromkeys(p, math.inf) for p in FAMILY.enumerate()})
    game = Interrupting(table)
    found = _search(game, lambda: "enough" if game.asked["total"] >= 3 else "")
    assert len(found.evaluated) == 3
    assert (found.optimal, found.optimal_stable, found.proven) == ((), (), False)
    assert game.asked["worth"] == 0


def test_progress_counts_upwards_in_each_phase() -> None:
    """Progress is told after every step, with growing counts up to the total."""
    told: dict[str, list[tuple[int, int]]] = {}
    game = _game(together=100.0)
    Exhaustive(all_cores=True).search(
        FAMILY,
        game,
        Inertia(game, FAMILY),
        progress=lambda phase, done, total: told.setdefault(phase, []).append((done, total)),
    )
    assert list(told) == ["costing partitions", "checking cores"]
    for steps in told.values():
        assert steps == [(done, 15) for done in range(1, 16)]


def test_a_core_that_is_stopped_half_way_is_undecided() -> None:
    """All four together are cheapest and stable. Stopped within their core they count neither way: no proof."""
    worths: list[int] = []

    class Counted(Inertia):
        def worth(self, deviating: int, coalition: int, partition: Partition) -> float:
            worths.append(deviating)
            return super().worth(deviating, coalition, partition)

    def stop() -> str:
        return "enough" if len(worths) > 3 else ""

    game = _game()
    result = Exhaustive().search(FAMILY, game, Counted(game, FAMILY), stop=stop)
    everyone = next(item for item in result.evaluated if item.partition == Partition.of([15]))
    assert everyone.verdict is not None
    assert everyone.stable is None
    assert (result.proven, result.stopped) == (False, "enough")
    assert everyone not in result.optimal_stable


@dataclass
class Bounded(Interrupting):
    """The same with lower bounds: a floor that says little, and no excess."""

    floor: float = 0.0

    @property
    def partition_bounds(self) -> Bounded:
        return self

    def excess(self, coalition: int) -> float:  # noqa: ARG002
        return 0.0

    sharp_excess = carried = excess


@pytest.mark.parametrize("method", [Exhaustive(), BoundedSearch(warm_up=3), LocalSearch()])
def test_an_interruption_within_a_core_is_told_as_one(method: SearchMethod) -> None:
    """Ctrl-C while deviations are priced, with a stop rule: not too many deviations, nor a local search's own end."""
    game = Bounded(_game(), worths=(3,))
    found = method.search(FAMILY, game, Inertia(game, FAMILY), stop=after_seconds(1e6))
    assert found.ending is Ending.INTERRUPTED
    assert (found.proven, found.stopped) == (False, "interrupted")
    assert found.optimal
    assert game.asked["worth"] == 3


def test_how_a_search_ends_is_no_text() -> None:
    """Each way to end has its name: finished, stopped by the rule, too many deviations, nothing proven."""

    def ending(method: SearchMethod, stop: Callable[[], str] = never) -> Ending:
        game = Bounded(_game())
        return method.search(FAMILY, game, Inertia(game, FAMILY), stop=stop).ending

    assert ending(Exhaustive()) is Ending.FINISHED
    assert ending(BoundedSearch()) is Ending.FINISHED
    assert ending(Exhaustive(), after_seconds(0.0)) is Ending.STOPPED
    assert ending(BoundedSearch(max_deviations=2)) is Ending.LIMIT_REACHED
    assert ending(LocalSearch()) is Ending.UNPROVEN


def test_local_search_lists_each_partition_once() -> None:
    """Two groups that overlap on a chain can't be apart: the only partition is drawn again and again."""
    family = Family(chain((1, 1, 1, 1)), ((0, 2), (1, 3)))
    game = TablePartitionGame({partition: dict.fromkeys(partition, 1.0) for partition in family.enumerate()})
    found = LocalSearch().search(family, game, Inertia(game, family))
    assert [item.partition for item in found.evaluated] == [Partition.of([0b11])]
    assert len(found.optimal) == 1


def test_a_result_of_ones_own() -> None:
    """What a search of one's own hands over in any order is sorted; ties, the answer and the proof follow from it."""
    game = _game()
    model = Inertia(game, FAMILY)
    pairs = Partition.of([0b0011, 0b1100])
    evaluated = [Evaluated(p, game.total(p), partition_verdict(p, FAMILY, model)) for p in (ALONE, pairs)]
    found = search_result(
        "mine", FAMILY, game, evaluated, ending=Ending.UNPROVEN, reason="two were looked at", lower_bound=30.0
    )
    assert [item.partition for item in found.evaluated] == [item.partition for item in found.optimal] == [ALONE, pairs]
    assert found.optimal_stable == found.optimal
    assert (found.method, found.proven, found.stopped) == ("mine", False, "two were looked at")
    assert found.gap == pytest.approx(0.25)
    assert found.partition_count == 15
    nothing = search_result("mine", FAMILY, game, [Evaluated(ALONE, math.inf)], lower_bound=30.0)
    assert (nothing.optimal, nothing.lower_bound, nothing.equal_within) == ((), None, None)


def test_patience_and_second_thoughts() -> None:
    """A core takes 14 deviations: with fewer it stays undecided, and is looked at again when there is more patience."""
    game = _game()
    everyone = Partition.of([15])
    verifier = Verifier(FAMILY, Inertia(game, FAMILY), max_deviations=13)
    assert verifier.verdict(everyone).stable is None
    assert verifier.decided(everyone).stable is True
    assert verifier.verdict(everyone).stable is True
