"""The default tie-break moves no reported cost, on feeders of megawatts and of kilowatts alike."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from lempart.case import Case, DispatchOptions
from lempart.cost import costs_of
from lempart.partition import Partition
from support.feeders import random_feeder
from support.reference import reference_case

CASES = {
    "ext1-101": lambda: reference_case("ext1-101"),
    "pq1-102": lambda: reference_case("pq1-102"),
    "self-103": lambda: reference_case("self-103"),
    "star-126": lambda: reference_case("star-126"),
    "linear costs": lambda: random_feeder(1, quadratic=False),
    "every device": lambda: random_feeder(2, devices="every kind", reactive=True),
    "kilowatts": lambda: random_feeder(2, devices="every kind", reactive=True, scale=1e-3),
    "self-sufficient kilowatts": lambda: random_feeder(1, quadratic=False, externalities=False, scale=1e-3),
}


def _totals(case: Case, share: float) -> np.ndarray:
    """Return totals and coalition costs of a few partitions with the default tie-break times ``share``."""
    rho = costs_of(case).prepared.tie_break * share
    costs = costs_of(replace(case, dispatch=DispatchOptions(case.dispatch.limits, rho)))
    rng = np.random.default_rng(0)
    family = costs.prepared.family
    found: list[float] = []
    for partition in [Partition.of([family.everyone]), *(family.sample(rng) for _ in range(4))]:
        result = costs.partition(partition)
        found.append(result.total)
        if not any(cost.price_dependent for cost in result.coalitions):
            found += [cost.total for cost in result.coalitions]
    return np.array(found)


@pytest.mark.parametrize("name", CASES)
def test_a_tenth_of_the_tie_break_moves_no_cost(name: str) -> None:
    """Totals and bills move by less than 1e-5 relative to the largest of them when rho is divided by ten."""
    case = CASES[name]()
    default, tenth = _totals(case, 1.0), _totals(case, 0.1)
    moved = float(np.abs(default - tenth).max() / np.abs(default).max())
    print(f"{name}: {moved:.1e}")
    assert moved < 1e-5


@pytest.mark.parametrize("externalities", [True, False])
def test_a_thousandth_of_the_power_costs_a_thousandth(externalities: bool) -> None:
    """Scaling all powers, energies and ratings by 1e-3 (and impedances by 1e3) scales every cost by 1e-3.

    A tie-break given in absolute terms would weigh a thousand times less on the small feeder.
    """
    for seed in range(3):
        large = random_feeder(seed, quadratic=False, externalities=externalities)
        small = random_feeder(seed, quadratic=False, externalities=externalities, scale=1e-3)
        assert costs_of(small).prepared.tie_break == pytest.approx(1e3 * costs_of(large).prepared.tie_break)
        assert 1e3 * _totals(small, 1.0) == pytest.approx(_totals(large, 1.0), rel=1e-6, abs=1e-4)
