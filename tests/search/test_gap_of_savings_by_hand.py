"""How far a search is from the optimum, as a share of what can be saved: worked out by hand."""

from __future__ import annotations

import math

import pytest

from lempart.game import Ending, TablePartitionGame
from lempart.partition import Family, Partition
from lempart.search import Evaluated, search_result
from support.trees import star

FAMILY = Family.singletons(star(3))
ALONE, PAIR, TOGETHER = (Partition.of(masks) for masks in ([1, 2, 4], [3, 4], [7]))


@pytest.mark.parametrize(
    ("costs", "lower_bound", "expected"),
    [
        ({ALONE: 110.0, PAIR: 106.0}, 100.0, 0.6),  # 10 can be saved at most, 4 are
        ({ALONE: 110.0, PAIR: 100.0}, 100.0, 0.0),
        ({ALONE: 110.0, TOGETHER: 120.0}, 100.0, 1.0),  # nothing is known that saves anything
        ({ALONE: 100.0}, 100.0, 0.0),
        ({ALONE: -10.0, PAIR: -15.0}, -20.0, 0.5),
        ({ALONE: 100.0, PAIR: 99.0}, 99.0 + 1e-12, 0.0),  # a solver's last digits beyond the cheapest
        ({PAIR: 106.0}, 100.0, None),  # everyone alone wasn't costed
        ({ALONE: math.inf, PAIR: 106.0}, 100.0, None),
        ({ALONE: 110.0, PAIR: 106.0}, None, None),
    ],
)
def test_what_may_be_missed(costs: dict[Partition, float], lower_bound: float | None, expected: float | None) -> None:
    """Proves the share by hand, its ends, and that it is null where it can't be known."""
    game = TablePartitionGame({ALONE: dict.fromkeys(ALONE, 0.0)})
    evaluated = [Evaluated(partition, total) for partition, total in costs.items()]
    found = search_result(
        "mine", FAMILY, game, evaluated, ending=Ending.STOPPED, reason="enough", lower_bound=lower_bound
    )
    assert found.gap_of_savings == (None if expected is None else pytest.approx(expected, abs=1e-12))
