"""Where an exchange is exactly zero the optimal duals form a face: which prices are taken, and who is marked."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lempart.conic import DualFace, closest_dual
from lempart.cost import CostsWithExternalities, PartitionCost, costs_of
from lempart.dispatch import dispatch
from lempart.errors import InfeasibleError
from lempart.grid import realized_state
from lempart.partition import Partition
from support.cases import battery, case, line, prosumer
from support.feeders import random_feeder

TAX, BATTERY = 10.0, 15.0
F, ALONE, FAR = 0b0101, 0b0010, 0b1000
"""P1 and P3 on a chain, P2 that hangs between them, P4 at the PCC."""


def _chain(*, realized: float = 1.2, price: float = 0.0) -> tuple[CostsWithExternalities, PartitionCost]:
    """Return the costs of {P1, P3}, {P2}, {P4}: P2's battery takes its whole exchange, 1 then -1 MW."""
    lines = [line("root", "h1"), line("h1", "n1"), line("h1", "h2"), line("h2", "n2"), line("h2", "n3")]
    lines.append(line("root", "n4"))
    people = [
        prosumer("P1", "n1"),
        prosumer("P2", "n2", battery(cost_per_mwh=BATTERY)),
        prosumer("P3", "n3"),
        prosumer("P4", "n4"),
    ]
    forecast = {"P1": [2.0, -2.0], "P2": [1.0, -1.0], "P3": [1.0, -1.0], "P4": [0.5, 0.5]}
    given_case = case(
        lines,
        people,
        forecast,
        realization={"P2": [realized, -realized]},
        tax_per_mwh=TAX,
        price_per_mwh=price,
        tie_break=1e-7,
    )
    costs = costs_of(given_case)
    assert isinstance(costs, CostsWithExternalities)
    return costs, costs.partition(Partition.of([F, ALONE, FAR]))


def _energy(result: PartitionCost, mask: int) -> float:
    parts = result.coalitions[result.partition.coalitions.index(mask)].parts
    assert parts is not None
    return parts.energy


def test_the_price_taken_is_the_projection_of_the_market_price() -> None:
    """The price at h2 may be anything in an interval; of it the end next to lambda_0 is taken.

    In step 1 {P1, P3} exports. A MW injected at h2 passes through its edges: market price 0, less its tax at h1
    (10), less d times its tax at h2 (d in [-1, 1], a kink): [-20, 0]. Seen from P2, whose battery charges at 15,
    its own kink leaves -15 - 10 d': [-25, -5]. The face is [-20, -5] and lambda_0 = 0, so -5; in step 2 all signs
    turn: +5.
    P2 is realised at 1.2 and -1.2, so it exchanges 0.2 and -0.2: it pays 1 + 1, and {P1, P3} is paid that.
    """
    _, result = _chain()
    assert _energy(result, ALONE) == pytest.approx(2.0, abs=1e-5)
    assert _energy(result, F) == pytest.approx(-2.0, abs=1e-5)
    assert _energy(result, FAR) == pytest.approx(0.0, abs=1e-5)
    assert result.network_surplus == pytest.approx(0.0, abs=1e-5)


def test_where_the_market_price_is_optimal_it_is_taken() -> None:
    """With lambda_0 = -12 in step 1 the face is [-32, -12] and [-25, -5] at once; in step 2 all signs turn.

    P2 then pays 12 * 0.2 twice. To 1e-3 only: where the target lies on the face's very end, least squares is flat.
    """
    lines = [line("root", "h1"), line("h1", "n1"), line("h1", "h2"), line("h2", "n2"), line("h2", "n3")]
    people = [prosumer("P1", "n1"), prosumer("P2", "n2", battery(cost_per_mwh=BATTERY)), prosumer("P3", "n3")]
    forecast = {"P1": [2.0, -2.0], "P2": [1.0, -1.0], "P3": [1.0, -1.0]}
    costs = costs_of(
        case(
            lines,
            people,
            forecast,
            realization={"P2": [1.2, -1.2]},
            tax_per_mwh=TAX,
            price_per_mwh=[-12.0, 12.0],
            tie_break=1e-7,
        )
    )
    assert isinstance(costs, CostsWithExternalities)
    result = costs.partition(Partition.of([F, ALONE]))
    assert _energy(result, ALONE) == pytest.approx(2 * 12.0 * 0.2, abs=1e-3)


def test_exactly_those_whose_cost_depends_on_the_choice_are_marked() -> None:
    """P2 and {P1, P3} meet at the kink and are marked, P4 elsewhere isn't; at exchanges of zero nobody is.

    With perfect forecasts the realised exchange at h2 is zero, and any price times zero is the same.
    """
    costs, result = _chain()
    marks = {mask: cost.price_dependent for mask, cost in zip(result.partition, result.coalitions, strict=True)}
    assert marks == {F: True, ALONE: True, FAR: False}
    _, perfect = _chain(realized=1.0)
    assert not any(cost.price_dependent for cost in perfect.coalitions)
    alone = costs.partition(Partition.of([0b1, 0b10, 0b100, 0b1000]))
    assert not any(cost.price_dependent for cost in alone.coalitions)


def test_total_cost_does_not_depend_on_the_choice() -> None:
    """``Phi`` is the sum of what coalitions pay whatever price is taken: what P2 pays more, {P1, P3} pays less."""
    _, result = _chain()
    assert sum(cost.total for cost in result.coalitions) == pytest.approx(result.total, abs=1e-5)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000))
def test_single_boundaries_never_leave_a_choice(seed: int) -> None:
    """Under Assumption IV.1 no tax is carried across another coalition, so no cost is ever marked."""
    costs = costs_of(random_feeder(seed, single_boundary=True, quadratic=False))
    assert isinstance(costs, CostsWithExternalities)
    partition = costs.prepared.family.sample(np.random.default_rng(seed))
    try:
        result = costs.partition(partition)
    except InfeasibleError:
        return
    assert not any(cost.price_dependent for cost in result.coalitions)


def _energies(costs: CostsWithExternalities, partition: Partition, draws: int, seed: int) -> np.ndarray:
    """Return each coalition's energy cost at random points of the optimal dual face, shape (draws, coalitions)."""
    problem = costs.problem(partition)
    solved = dispatch(problem)
    assert problem.exchanges is not None
    realized = costs.prepared.case.scenario.realization + solved.flexible_mva
    exchanged = problem.exchanges.matrix @ realized_state(problem.grid, realized).flows_mva
    matrix, offset = solved.price_map.at_nodes(np.unique(problem.exchanges.node))
    rng, found = np.random.default_rng(seed), []
    for _ in range(draws):
        aim = rng.normal(50.0, 150.0, len(offset))
        chosen = closest_dual(DualFace.of(solved.solution), matrix, aim - offset, scale=100.0)
        prices = solved.price_map.prices(chosen.point)
        energy = -(prices[problem.exchanges.node].conj() * exchanged).real.sum(axis=1) * problem.step_hours
        found.append(np.bincount(problem.exchanges.coalition, energy))
    return np.array(found)


def test_marks_against_random_points_of_the_dual_face() -> None:
    """On random feeders a coalition is marked exactly if its bill differs somewhere on the optimal dual face."""
    seen = {True: 0, False: 0}
    for seed in range(14):
        costs = costs_of(random_feeder(seed, prosumers=5, quadratic=False, children=2))
        assert isinstance(costs, CostsWithExternalities)
        partition = costs.prepared.family.sample(np.random.default_rng(seed))
        try:
            result = costs.partition(partition)
        except InfeasibleError:
            continue
        spread = np.ptp(_energies(costs, partition, 6, seed), axis=0)
        for cost, width in zip(result.coalitions, spread, strict=True):
            assert cost.price_dependent == (width > 1e-3), (seed, width)
            seen[cost.price_dependent] += 1
    assert min(seen.values()) >= 3, seen
