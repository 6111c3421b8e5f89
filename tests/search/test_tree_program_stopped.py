"""A tree program that is stopped early: it claims no more than it knows."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest

from lempart.game import NoExternalities
from lempart.partition import Family, Partition
from lempart.search import TreeProgram
from support.trees import random_tree


@dataclass(eq=False)
class Counted:
    """A game of random costs that counts how many coalitions it was asked for, and may interrupt."""

    seed: int
    interrupt_at: int = -1
    asked: int = 0

    def cost(self, mask: int) -> float:
        """Return a cost that is drawn from the coalition itself."""
        self.asked += 1
        if self.asked == self.interrupt_at:
            raise KeyboardInterrupt
        return float(np.random.default_rng((self.seed, mask)).uniform(8, 10)) * mask.bit_count() ** 0.95

    def total(self, partition: Partition) -> float:
        """Return the sum."""
        return math.fsum(Counted(self.seed).cost(mask) for mask in partition)


def _stop_at(game: Counted, asked: int) -> Callable[[], str]:
    return lambda: "enough" if game.asked >= asked else ""


@pytest.mark.parametrize("asked", [1, 9, 12, 17, 25])
@pytest.mark.parametrize("by", ["rule", "keyboard"])
def test_stopped(asked: int, by: str) -> None:
    """Whenever it is stopped: not proven, no partition cheaper than the true optimum, a bound that is one."""
    family = Family.singletons(random_tree(np.random.default_rng(4), 4, 9), single_boundary=True)
    true = TreeProgram().search(family, Counted(1), NoExternalities(Counted(1))).optimal[0].total
    game = Counted(1, interrupt_at=asked if by == "keyboard" else -1)
    stop = _stop_at(game, asked) if by == "rule" else (lambda: "")
    found = TreeProgram().search(family, game, NoExternalities(game), stop=stop)
    assert not found.proven
    assert found.stopped == ("enough" if by == "rule" else "interrupted")
    assert found.lower_bound is None or found.lower_bound <= true + 1e-9
    assert all(item.total >= true - 1e-9 for item in found.evaluated)
    assert [item.total for item in found.evaluated] == sorted(item.total for item in found.evaluated)
    if found.evaluated:  # everyone alone is stable, so something stable is known as soon as anything is
        assert found.optimal_stable
        assert found.optimal_stable[0].stable


def test_the_best_so_far_gets_better() -> None:
    """The longer it may take, the better the best partition so far; at the end it is the optimum."""
    family = Family.singletons(random_tree(np.random.default_rng(4), 4, 9), single_boundary=True)
    totals = []
    for asked in (9, 17, 25, 10_000):
        game = Counted(1)
        found = TreeProgram().search(family, game, NoExternalities(game), stop=_stop_at(game, asked))
        totals.append(found.optimal[0].total)
    assert totals == sorted(totals, reverse=True)
    assert totals[0] > totals[-1]
    assert found.proven
