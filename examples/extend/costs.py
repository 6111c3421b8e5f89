"""Cost models of your own: anything that says what coalitions cost; searches, cores and bills work on them.

The homes here pay for their peak, not for energy: a tariff that lempart doesn't have. What a coalition pays depends on
the coalition alone, so that ``cost`` is all that the model needs; one with externalities has ``total(partition)`` and
``coalition_cost(coalition, partition)`` instead.
"""

from __future__ import annotations

import numpy as np

from lempart import Case, Partition, read_case, shipped_case_path, solve
from lempart.partition import members


class PeakTariff:
    """Each coalition pays for the largest power that it takes from the grid, and each member for its meter."""

    def __init__(self, case: Case) -> None:
        self.forecast_mw = case.scenario.forecast.real

    def cost(self, coalition: int) -> float:
        """Return 1,000 per MW of the common peak, and 5 for each meter but that of the largest coalition."""
        players = list(members(coalition))
        peak = float(np.max(-self.forecast_mw[players].sum(axis=0), initial=0.0))
        return 1000.0 * peak + 5.0


class CrowdedTariff(PeakTariff):
    """The same with externalities: every coalition pays 20 for each other one."""

    def total(self, partition: Partition) -> float:
        """Return the sum of what coalitions pay."""
        return sum(self.coalition_cost(coalition, partition) for coalition in partition)

    def coalition_cost(self, coalition: int, partition: Partition) -> float:
        """Return what a coalition pays beside the others of its partition."""
        return self.cost(coalition) + 20.0 * (len(partition) - 1)


case = read_case(shipped_case_path("example-1"))
for tariff, largest in ((PeakTariff, 5.0), (CrowdedTariff, 5.0)):
    solution = solve(case, costs=tariff)  # the class makes a model of the case; a model made before will do, too
    best = solution.cost()
    print(f"{tariff.__name__}: {solution.names()} pays {best.total:.2f}, proven: {solution.search.proven}")
    assert solution.search.proven
    assert solution.names() == [["P1", "P2", "P3"]]  # peaks of different hours, carried together
    assert np.isclose(best.total, 1000.0 * max(0.0, *(-case.scenario.forecast.real.sum(axis=0))) + largest)
    for rule in ("nucleolus", "shapley", "least-core", "equal"):
        bills = solution.bills(rule)
        assert np.isclose(bills.total, best.total)
        print(f"  {rule}: " + ", ".join(f"{bill.player} {bill.amount:.2f}" for bill in bills))
    assert solution.bills("nucleolus").in_core

own = solve(case, costs="without-externalities", deviation="inertia")  # or one of lempart's own models, by name
assert own.costs.characteristic is not None
