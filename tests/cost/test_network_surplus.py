"""``sum(phi) - Phi``: zero where no limit binds, else the congestion rent; and what Eq 8e can't recover."""

from __future__ import annotations

import numpy as np
import pytest

from lempart.cost import CostsWithExternalities, PartitionCost, costs_of
from lempart.dispatch import Dispatch, dispatch
from lempart.errors import InfeasibleError
from lempart.grid import realized_state
from lempart.partition import Partition
from lempart.typing import ComplexArray
from support.cases import case, line, prosumer
from support.feeders import random_feeder
from support.reference import NAMES, reference_case


def _paid(result: PartitionCost) -> float:
    return sum(cost.total for cost in (*result.coalitions, *result.regular))


def _realized_flows(costs: CostsWithExternalities, solved: Dispatch) -> ComplexArray:
    injected = costs.prepared.case.scenario.realization + solved.flexible_mva
    return realized_state(costs.prepared.grid, injected).flows_mva


def _sampled(costs: CostsWithExternalities, seed: int, most: int) -> list[Partition]:
    rng = np.random.default_rng(seed)
    return list({costs.prepared.family.sample(rng) for _ in range(most)})


@pytest.mark.parametrize("reactive", [False, True])
@pytest.mark.parametrize("seed", range(4))
def test_nothing_is_left_over_where_no_limit_binds(seed: int, *, reactive: bool) -> None:
    """Without network limits the coalitions pay exactly ``Phi``: nodal prices recover import revenue and tax.

    Realisations differ from forecasts, so that the flows priced are not those that made the prices.
    """
    feeder = random_feeder(seed, prosumers=5, band=None, tight=50.0, reactive=reactive, devices="every kind")
    costs = costs_of(feeder)
    assert isinstance(costs, CostsWithExternalities)
    for partition in _sampled(costs, seed, 5):
        result = costs.partition(partition)
        assert _paid(result) == pytest.approx(result.total, abs=1e-5 * max(1.0, abs(result.total)))
        assert result.network_surplus == pytest.approx(0.0, abs=1e-5 * max(1.0, abs(result.total)))
        assert result.unrecovered == 0.0


@pytest.mark.parametrize("seed", range(6))
def test_surplus_against_the_duals_of_external_line_limits(seed: int) -> None:
    """Where lines bind the surplus is their shadow price times what flows, over external edges alone.

    Read from the duals of the line rows, not from nodal prices; active power only, no voltage limits.
    """
    costs = costs_of(random_feeder(seed, prosumers=5, band=None, tight=0.6, tax_per_mwh=5.0))
    assert isinstance(costs, CostsWithExternalities)
    rents = []
    for partition in _sampled(costs, seed, 6):
        problem = costs.problem(partition)
        try:
            solved = dispatch(problem)
        except InfeasibleError:
            pytest.skip("no dispatch meets the limits")
        result = costs.partition(partition)
        if any(cost.price_dependent for cost in result.coalitions):
            continue
        rows, z = solved.solution.program.row_blocks, solved.solution.z
        shadow = z[rows["line limit from above"]] - z[rows["line limit from below"]]
        rated = np.flatnonzero(problem.grid.has_rating)
        flows = _realized_flows(costs, solved)
        owned = {edge for territory in costs.territories(partition) for edge in territory.edges}
        external = np.array([edge not in owned for edge in rated])
        rent = float((shadow.reshape(len(rated), -1) * flows[rated].real)[external].sum())
        assert result.network_surplus == pytest.approx(rent, abs=1e-4 * max(1.0, abs(result.total)))
        rents.append(rent)
    assert rents


def test_some_surplus_is_not_zero() -> None:
    """The test above compares more than zeros: in its feeders external lines do bind."""
    rents = []
    for seed in range(6):
        costs = costs_of(random_feeder(seed, prosumers=5, band=None, tight=0.6, tax_per_mwh=5.0))
        assert isinstance(costs, CostsWithExternalities)
        for partition in _sampled(costs, seed, 6):
            try:
                rents.append(costs.partition(partition).network_surplus)
            except InfeasibleError:
                break
    assert sum(abs(rent) > 0.1 for rent in rents) >= 3


@pytest.mark.parametrize("name", [name for name in NAMES if name.startswith(("ext1-", "pq1-"))])
def test_surplus_against_price_differences_on_external_edges(name: str) -> None:
    """With voltages and reactive power too: the sum over external edges of <lambda_parent - lambda_n, S_n>."""
    costs = costs_of(reference_case(name))
    assert isinstance(costs, CostsWithExternalities)
    tree = costs.prepared.grid.tree
    for partition in _sampled(costs, 0, 6):
        problem = costs.problem(partition)
        solved = dispatch(problem)
        flows = _realized_flows(costs, solved)
        owned = {edge for territory in costs.territories(partition) for edge in territory.edges}
        rent = 0.0
        for edge in set(range(1, tree.node_count)) - owned:
            step_up = solved.nodal_prices[tree.parent[edge]] - solved.nodal_prices[edge]
            rent += float((step_up.conj() * flows[edge]).real.sum()) * problem.step_hours
        result = costs.partition(partition)
        assert result.network_surplus == pytest.approx(rent, abs=1e-5 * max(1.0, abs(result.total)))


def test_a_shared_violation_without_any_imbalance_is_unrecovered() -> None:
    """Eq 8e divides by imbalances: with none at that step nobody can be charged, and it is reported.

    P1 (at h1) and P2 (at h2, behind 0.05 p.u.) are one coalition, P3 hangs at h2. P2 comes out 0.5 MW higher and P1
    0.5 lower, so no coalition has an imbalance, but dv at h2 rises from 0.10 to 0.15 over the limit of 0.12. Three
    nodes exceed it by 0.03, at 1000 each 30 CHF/h: n2 is P2's own, n3 is P3's own, h2 belongs to no one.
    """
    lines = [line("root", "h1"), line("h1", "n1"), line("h1", "h2", r=0.05), line("h2", "n2"), line("h2", "n3")]
    people = [prosumer("P1", "n1"), prosumer("P2", "n2"), prosumer("P3", "n3")]
    given = case(
        lines,
        people,
        {"P1": [1.0, 1.0], "P2": [1.0, 1.0], "P3": [0.0, 0.0]},
        realization={"P1": [0.5, 1.0], "P2": [1.5, 1.0]},
        band=(0.9, float(np.sqrt(1.12))),
        step_hours=0.5,
        voltage_penalty=1000.0,
        imbalance_penalty_per_mwh=300.0,
    )
    costs = costs_of(given)
    assert isinstance(costs, CostsWithExternalities)
    result = costs.partition(Partition.of([0b011, 0b100]))
    assert result.parts is not None
    assert result.parts.voltage == pytest.approx(45.0, abs=1e-6)
    assert [cost.total for cost in result.coalitions] == pytest.approx([15.0, 15.0], abs=1e-6)
    assert result.unrecovered == pytest.approx(15.0, abs=1e-6)
    assert result.network_surplus == pytest.approx(0.0, abs=1e-6)
    charged = costs.partition(Partition.of([0b001, 0b010, 0b100]))
    assert charged.unrecovered == 0.0
    assert _paid(charged) == pytest.approx(charged.total, abs=1e-6)
