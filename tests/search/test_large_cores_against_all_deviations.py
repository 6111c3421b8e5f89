"""Verdicts on partitions with too many deviations to price them all: what few of them prove is right."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pytest

from lempart.game import partition_verdict
from lempart.partition import Family, Partition
from lempart.search.verifier import Verifier
from lempart.tree import Tree

PLAYERS = 7
TOGETHER = (1 << PLAYERS) - 1


@dataclass
class Drawn:
    """A deviation model of drawn costs that notes whose costs were asked for."""

    costs: list[float]
    asked: list[int] = field(default_factory=list)

    def worth(self, deviating: int, coalition: int, partition: Partition) -> float:  # noqa: ARG002
        self.asked.append(deviating)
        return self.costs[deviating]


def _star(players: int = PLAYERS) -> Family:
    return Family(Tree.of([-1] + [0] * players, range(1, players + 1)), tuple((m,) for m in range(players)))


def _costs(seed: int) -> list[float]:
    rng = np.random.default_rng(seed)
    return [10.0 * mask.bit_count() ** rng.uniform(0.8, 1.1) for mask in range(TOGETHER + 1)]


def _verdict(costs: list[float], most: int) -> tuple[bool | None, int]:
    family, model, together = _star(), Drawn(costs), Partition.of([TOGETHER])
    verifier = Verifier(family, model, max_deviations=most)
    stable = verifier.verdict(together).stable
    return stable, len(set(model.asked) - {TOGETHER})


@pytest.mark.parametrize("most", [14, 40, 126, 1000])
def test_what_is_decided_is_right(most: int) -> None:
    """Proves a verdict reached with fewer deviations that of all 126, and "undecided" the only other one."""
    decided = 0
    for seed in range(12):
        costs = _costs(seed)
        full = partition_verdict(Partition.of([TOGETHER]), _star(), Drawn(costs)).stable
        stable, priced = _verdict(costs, most)
        assert priced <= most
        assert stable is None or stable == full
        decided += stable is not None
    assert decided >= (12 if most >= 126 else 1)


def test_an_empty_core_is_proven_by_few() -> None:
    """Proves that no more is priced than the proof takes: single players who pay less alone, and complements."""
    costs = [10.0 * mask.bit_count() for mask in range(TOGETHER + 1)]
    costs[TOGETHER] = 80.0
    stable, priced = _verdict(costs, 60)
    assert stable is False
    assert priced == 2 * PLAYERS


def test_what_proved_one_core_empty_is_asked_first_of_the_next() -> None:
    """Proves that a proof is remembered: three pairs who pay less alone break up everyone, then those without one.

    Without it the second verdict would ask single players, and those who leave one behind, before any pair.
    """
    costs = [10.0 * mask.bit_count() for mask in range(1 << 8)]
    for pair in (0b11, 0b1100, 0b110000):
        costs[pair] = 15.0
    model, everyone, seven = Drawn(costs), 0xFF, 0x7F
    verifier = Verifier(_star(8), model, max_deviations=100)
    assert verifier.verdict(Partition.of([everyone])).stable is False
    assert len(set(model.asked)) > 16
    model.asked.clear()
    assert verifier.verdict(Partition.of([seven, everyone ^ seven])).stable is False
    assert len(set(model.asked) - {seven, everyone ^ seven}) <= 5
