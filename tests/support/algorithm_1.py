"""Algorithm 1 of the paper, literally and slowly: every partition, every coalition, an exponential LP."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from scipy.optimize import linprog

from support.brute_force import BruteForce

Coalition = tuple[int, ...]
Blocks = frozenset[Coalition]
Worth = Callable[[Coalition, Coalition, Blocks], float]


@dataclass(frozen=True)
class Answer:
    """What Algorithm 1 returns: total and verdict of every partition, and the sets of best ones."""

    totals: Mapping[Blocks, float]
    stable: Mapping[Blocks, bool]
    optimal: frozenset[Blocks]
    optimal_stable: frozenset[Blocks]
    price_of_stability: float | None


def algorithm_1(rules: BruteForce, total: Callable[[Blocks], float], worth: Worth) -> Answer:
    """Return the answer for the costs ``total(P)`` and ``worth(F', F, P)``."""
    totals = {partition: total(partition) for partition in rules.partitions()}
    viable = [partition for partition, cost in totals.items() if cost < math.inf]
    stable = {partition: _stable(rules, partition, worth) for partition in viable}
    optimal = _cheapest(totals, viable)
    answer = _cheapest(totals, [partition for partition in viable if stable[partition]])
    price = None
    if answer and totals[next(iter(optimal))] > 0:
        price = totals[next(iter(answer))] / totals[next(iter(optimal))]
    return Answer(totals, stable, optimal, answer, price)


def inertia(rules: BruteForce, cost: Callable[[Coalition, Blocks], float]) -> Worth:
    """Return what a leaving group expects where what it leaves falls into components and nobody else moves."""

    def worth(leaving: Coalition, coalition: Coalition, partition: Blocks) -> float:
        left = rules.components(coalition, leaving)
        if left is None:
            return math.inf
        return cost(leaving, (partition - {coalition}) | {leaving} | left)

    return worth


def _stable(rules: BruteForce, partition: Blocks, worth: Worth) -> bool:
    for coalition in partition:
        cost = worth(coalition, coalition, partition)
        if core_value(rules, coalition, partition, worth) < cost - 1e-6 * max(1.0, abs(cost)):
            return False
    return True


def core_value(rules: BruteForce, coalition: Coalition, partition: Blocks, worth: Worth) -> float:
    """Return ``Y``: line 10 of Algorithm 1 with ``max``."""
    rows, limits = [], []
    for group in rules.subcoalitions(coalition):
        price = worth(group, coalition, partition)
        if price < math.inf:
            rows.append([float(player in group) for player in coalition])
            limits.append(price)
    found = linprog(-np.ones(len(coalition)), A_ub=rows, b_ub=limits, bounds=(None, None), method="highs-ds")
    assert found.status == 0, found.message
    return float(-found.fun)


def _cheapest(totals: Mapping[Blocks, float], among: list[Blocks]) -> frozenset[Blocks]:
    least = min((totals[partition] for partition in among), default=math.inf)
    return frozenset(p for p in among if totals[p] - least <= 1e-6 * max(1.0, abs(least)))
