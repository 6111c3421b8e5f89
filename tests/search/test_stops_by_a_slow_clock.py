"""How much later than it was told to a search ends: costs that take a second each, by a clock that only they move."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import pytest

from lempart.game import Inertia, Optimistic, TablePartitionGame
from lempart.game.deviation import DissolveIntoSingletons
from lempart.partition import Family, Partition
from lempart.search import BoundedSearch, Exhaustive, LocalSearch, SearchMethod, SearchResult, StopRule, after_seconds
from support.trees import star

FAMILY = Family.singletons(star(6))  # 203 partitions; everyone together has 63 deviations
DISPATCH = 1.0


class Clock:
    """A clock that stands still but where it is moved."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[Clock]:
    """Put a clock in the place of the system's."""
    found = Clock()
    with monkeypatch.context() as patched:
        patched.setattr(time, "monotonic", found)
        yield found


@dataclass
class SlowGame:
    """A game where every partition that isn't known takes a second; a bound on it takes a tenth."""

    clock: Clock
    game: TablePartitionGame
    floor: float = 0.0
    known: set[Partition] = field(default_factory=set)

    def _find(self, partition: Partition) -> None:
        if partition not in self.known:
            self.clock.now += DISPATCH
            self.known.add(partition)

    def total(self, partition: Partition) -> float:
        self._find(partition)
        return self.game.total(partition)

    def coalition_cost(self, mask: int, partition: Partition) -> float:
        self._find(partition)
        return self.game.coalition_cost(mask, partition)

    @property
    def partition_bounds(self) -> SlowGame:
        return self

    def excess(self, coalition: int) -> float:  # noqa: ARG002
        return 0.0

    carried = excess

    def sharp_excess(self, coalition: int) -> float:  # noqa: ARG002
        self.clock.now += 0.1 * DISPATCH
        return 0.0


@dataclass
class TogetherGame(SlowGame):
    """The same, where eight are found together in the time of one."""

    together: int = 8
    asked: list[int] = field(default_factory=list)

    def prepare(self, partitions: Sequence[Partition]) -> None:
        new = [partition for partition in partitions if partition not in self.known]
        self.asked.append(len(new))
        self.clock.now += DISPATCH * -(-len(new) // self.together)
        self.known.update(new)


@dataclass
class PricedGame(TogetherGame):
    """The same, where most of the time goes into the dispatch of all, and the rest into each one's prices."""

    def prepare_until(self, partitions: Sequence[Partition], stop: StopRule) -> None:
        self.clock.now += 0.8 * DISPATCH * -(-len(partitions) // self.together)
        for partition in partitions:
            self.clock.now += 0.2 * DISPATCH
            self.known.add(partition)
            if stop():
                return


def _costs() -> TablePartitionGame:
    """Return costs of which everyone together is cheapest and stable: cores take all their deviations."""
    return TablePartitionGame({p: {m: 10.0 * m.bit_count() ** 0.9 for m in p} for p in FAMILY.enumerate()})


METHODS: list[SearchMethod] = [Exhaustive(), BoundedSearch(), BoundedSearch(warm_up=3), LocalSearch()]
TIMES = [0.0, 1.0, 3.0, 20.0, 60.0, 150.0, 220.0]


@pytest.mark.parametrize(
    ("kind", "belief"),
    [
        (SlowGame, Inertia),
        (SlowGame, DissolveIntoSingletons),
        (TogetherGame, Inertia),
        (TogetherGame, DissolveIntoSingletons),
        (PricedGame, Inertia),
        (TogetherGame, Optimistic),  # of a game that finds nothing ahead one question may take many costs
    ],
)
@pytest.mark.parametrize("method", METHODS)
def test_no_search_overruns(clock: Clock, method: SearchMethod, kind: type[SlowGame], belief: type) -> None:
    """Proves that a search ends within a tenth of its time and one dispatch, wherever the stop finds it."""
    stopped = 0
    for seconds in TIMES:
        game, began = kind(clock, _costs()), clock.now
        found = method.search(FAMILY, game, belief(game, FAMILY), stop=after_seconds(seconds))
        assert clock.now - began <= 1.1 * seconds + DISPATCH + 1e-9, seconds
        assert found.evaluated, "whoever stops a search has something"
        stopped += _claims_no_more_than_is_known(found)
    assert stopped > 2


def _claims_no_more_than_is_known(found: SearchResult) -> bool:
    """Assert that what is open is told as open; return whether anything was cut short."""
    if found.proven:
        return False
    assert found.stopped
    assert all(item.verdict is not None and item.stable for item in found.optimal_stable)
    for item in found.evaluated:
        if item.verdict is not None and item.stable is None:
            assert item.verdict.gap is not None
            assert item.verdict.gap.reason
    return True


@pytest.mark.parametrize("method", METHODS)
def test_together_finds_the_same_in_less_time(clock: Clock, method: SearchMethod) -> None:
    """Proves that what is asked for ahead changes no answer, and is used: less time passes on the clock."""
    results, took = [], []
    for kind in (SlowGame, TogetherGame):
        game, began = kind(clock, _costs()), clock.now
        results.append(method.search(FAMILY, game, Inertia(game, FAMILY)))
        took.append(clock.now - began)
    for name in ("optimal", "optimal_stable", "lower_bound", "proven"):
        assert getattr(results[0], name) == getattr(results[1], name)
    assert took[1] < 0.5 * took[0]
    assert isinstance(game, TogetherGame)
    if isinstance(method, LocalSearch):  # it takes the best step of a group: what is costed counts
        assert len(game.known) == len(results[1].evaluated)
    else:
        assert len(results[1].evaluated) <= 1.25 * len(results[0].evaluated) + 8
