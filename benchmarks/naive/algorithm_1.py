"""Algorithm 1 through cvxpy: every dispatch and every core program rebuilt, costs kept so that none is solved twice."""

from __future__ import annotations

from dataclasses import dataclass, field

from benchmarks.naive.core import core_value
from benchmarks.naive.dispatch import NaiveDispatch
from lempart.cost import CostsWithExternalities, PreparedCase
from lempart.cost.equations.exchanges import exchanged_mva
from lempart.cost.equations.settlement import Traded, own_costs
from lempart.cost.scenarios import Scenarios
from lempart.game import Inertia
from lempart.partition import Partition


@dataclass
class NaiveCosts:
    """``Phi`` and ``phi`` of partitions (Eqs 7 and 8) from dispatches in cvxpy; Eqs 5 to 8 are lempart's."""

    prepared: PreparedCase
    _known: dict[Partition, tuple[float, tuple[float, ...]]] = field(default_factory=dict)

    def total(self, partition: Partition) -> float:
        """Return ``Phi``."""
        return self._costs(partition)[0]

    def coalition_cost(self, coalition: int, partition: Partition) -> float:
        """Return ``phi(F; P)``."""
        return self._costs(partition)[1][partition.coalitions.index(coalition)]

    def _costs(self, partition: Partition) -> tuple[float, tuple[float, ...]]:
        if partition not in self._known:
            data = CostsWithExternalities(self.prepared)
            problem = data.problem(partition)
            found = NaiveDispatch(problem).solve()
            scenarios, territories = Scenarios.of(self.prepared), data.territories(partition)
            assert problem.exchanges is not None
            realized = self.prepared.flow_map.at(scenarios.realization + found.flexible_mva)
            exchanged = exchanged_mva(problem.exchanges, realized.flows_mva)
            prices, hours = found.nodal_prices[problem.exchanges.node], problem.step_hours
            traded = Traded.at(prices, problem.exchanges, exchanged, hours)
            members = [territory.prosumers for territory in territories]
            own = own_costs(found.flexibility_cost, members, traded, problem.tariffs, hours)
            settled = scenarios.settle([scenarios.account(territory) for territory in territories], own, realized)
            paid = settled.coalitions.sum(axis=-1)[: len(partition)]
            self._known[partition] = float(settled.parts.sum()), tuple(paid.tolist())
        return self._known[partition]


def algorithm_1(prepared: PreparedCase, most: int | None = None) -> dict[Partition, tuple[float, bool]]:
    """Return every partition's cost and whether it is stable; with ``most`` that many partitions alone."""
    game, family = NaiveCosts(prepared), prepared.family
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
    value = core_value(game.prepared.family, coalition, lambda mask: deviation.worth(mask, coalition, partition))
    return value >= cost - 1e-6 * max(1.0, abs(cost))
