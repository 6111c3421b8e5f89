"""Partitions in order of bounds that rise on the way: worked out by hand."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from lempart.partition import Partition
from lempart.search import second_looks
from lempart.search.second_looks import BoundedPartition, looked_at_again

PARTITIONS = [Partition.of([1 << number]) for number in range(6)]
LISTED = [BoundedPartition(partition, float(number)) for number, partition in enumerate(PARTITIONS)]


@dataclass
class Raised:
    """Bounds that, near the first partition, know four of the last to cost 9, and near any other nothing."""

    floor: float = -100.0
    asked: list[Partition] = field(default_factory=list)

    def near(self, partition: Partition) -> Raised | None:
        self.asked.append(partition)
        return self if partition == PARTITIONS[0] else None

    def sharp_excess(self, coalition: int) -> float:
        return 109.0 if coalition in (2, 4, 8, 16) else 0.0


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have bounds looked at again after two partitions."""
    monkeypatch.setattr(second_looks, "LOOK_EVERY", 2)


def test_order_and_bounds() -> None:
    """Each comes once, in order of the better bound; what a look says of others is kept; lookers tire."""
    bounds = Raised()
    found = [
        (PARTITIONS.index(item.partition), item.bound) for item in looked_at_again(LISTED, bounds) if item.partition
    ]
    assert found == [(0, 0.0), (5, 5.0), (1, 9.0), (2, 9.0), (3, 9.0), (4, 9.0)]
    assert bounds.asked == [PARTITIONS[0], PARTITIONS[1]]  # the last look is two partitions from the end: in vain


def test_a_stop_ends_the_looks() -> None:
    """Nothing is looked at again once told to stop, and every partition keeps the bound that it had."""
    bounds = Raised()
    assert list(looked_at_again(LISTED, bounds, lambda: "enough")) == LISTED
    assert not bounds.asked
    asked = iter(range(100))
    assert list(looked_at_again(LISTED, bounds, lambda: "enough" if next(asked) else "")) == LISTED
    assert bounds.asked == [PARTITIONS[0]]


def test_what_is_not_known_is_passed_on() -> None:
    """A bound on all partitions that aren't listed comes first: the caller can stop."""
    listed = [*LISTED[:2], BoundedPartition(None, 0.5)]
    assert next(iter(looked_at_again(listed, Raised()))) == BoundedPartition(None, 0.5)
