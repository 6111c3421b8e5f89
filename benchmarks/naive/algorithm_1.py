"""Algorithm 1 through cvxpy: every dispatch and every core program rebuilt, costs kept so that none is solved twice."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from benchmarks.naive.core import core_value
from benchmarks.naive.dispatch import NaiveDispatch
from lempart.cost import CoupledCosts, Setting
from lempart.cost.coupled import CoupledStage
from lempart.cost.prices import BoundaryPrices
from lempart.dispatch import realized_state
from lempart.game import Inertia
from lempart.partition import Partition


@dataclass
class NaiveCosts:
    """``Phi`` and ``phi`` of partitions (Eqs 7 and 8) from dispatches in cvxpy; Eqs 5 to 8 are lempart's."""

    setting: Setting
    _known: dict[Partition, tuple[float, tuple[float, ...]]] = field(default_factory=dict)

    def total(self, partition: Partition) -> float:
        """Return ``Phi``."""
        return self._costs(partition)[0]

    def coalition_cost(self, coalition: int, partition: Partition) -> float:
        """Return ``phi(F; P)``."""
        return self._costs(partition)[1][partition.coalitions.index(coalition)]

    def _costs(self, partition: Partition) -> tuple[float, tuple[float, ...]]:
        if partition not in self._known:
            data = CoupledCosts(self.setting)
            problem = data.problem(partition)
            found = NaiveDispatch(problem).solve()
            state = realized_state(self.setting.grid, self.setting.case.scenario.realization + found.flexible_mva)
            stage = CoupledStage(self.setting, data.territories(partition), problem, found, state)
            assert problem.exchanges is not None
            node, exchanged = problem.exchanges.node, stage.exchanged_mva
            paid = -(found.nodal_prices[node].conj() * exchanged).real
            costs, _ = stage.coalition_costs(BoundaryPrices(paid, np.zeros(len(node), dtype=bool), np.zeros(len(node))))
            own = tuple(cost.total for cost in costs[: len(partition)])
            self._known[partition] = stage.partition_parts().total, own
        return self._known[partition]


def algorithm_1(setting: Setting, most: int | None = None) -> dict[Partition, tuple[float, bool]]:
    """Return every partition's cost and whether it is stable; with ``most`` that many partitions alone."""
    game, family = NaiveCosts(setting), setting.family
    deviation = Inertia(game, family)
    found = {}
    for index, partition in enumerate(family.enumerate()):
        if most is not None and index >= most:
            break
        total = game.total(partition)
        found[partition] = total, all(_is_stable(game, deviation, coalition, partition) for coalition in partition)
    return found


def _is_stable(game: NaiveCosts, deviation: Inertia, coalition: int, partition: Partition) -> bool:
    cost = game.coalition_cost(coalition, partition)
    value = core_value(game.setting.family, coalition, lambda mask: deviation.worth(mask, coalition, partition))
    return value >= cost - 1e-6 * max(1.0, abs(cost))
