"""Theorem VI.1 and Appendix A.3: the duals of one dispatch give a core allocation, by brute force over everyone."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lempart.case import Case, Convex
from lempart.cost import CostsWithoutExternalities, balancing_allocation, costs_of, edge_allocation, push_down
from lempart.dispatch import Dispatch, dispatch
from lempart.errors import UsageError
from lempart.partition import Partition
from lempart.tree import Tree
from support.cases import battery, case, line, prosumer
from support.feeders import random_feeder

TINY = 2e-5
"""Relative to costs of 100: solver tolerance and the tie-break, which is in the duals but not in the costs."""


@dataclass
class _Allocated:
    costs: CostsWithoutExternalities
    solved: Dispatch
    edges: np.ndarray

    @classmethod
    def of(cls, given_case: Case) -> _Allocated | None:
        costs = costs_of(given_case)
        assert isinstance(costs, CostsWithoutExternalities)
        everyone = costs.prepared.family.everyone
        if costs.coalition(everyone).parts is None:
            return None
        territory = costs.prepared.family.subgraph(everyone)
        assert territory.boundary_nodes == (0,), "edge ids below are those of the whole grid"
        assert len(territory.edges) == costs.prepared.grid.node_count - 1
        solved = dispatch(costs.coalition_problem(territory))
        return cls(costs, solved, edge_allocation(solved))

    @property
    def tolerance(self) -> float:
        return TINY * max(1.0, float(self.solved.flexibility_cost.sum()))

    def dispatch_cost(self, mask: int) -> float:
        """Return the ex-ante part of ``phi_0``."""
        parts = self.costs.coalition(mask).parts
        return float("inf") if parts is None else parts.flexibility

    def rents(self) -> np.ndarray:
        """Return the amounts of edges that lead to no prosumer's leaf."""
        tree = self.costs.prepared.grid.tree
        return np.array([self.edges[n] for n in range(1, tree.node_count) if n not in set(tree.leaf.tolist())])

    def worst_excess(self) -> float:
        """Return the most any admissible sub-coalition's edges pay above its own dispatch cost."""
        family = self.costs.prepared.family
        return max(
            float(self.edges[list(family.subgraph(mask).edges)].sum()) - self.dispatch_cost(mask)
            for mask in family.subcoalitions(family.everyone)
        )

    def worst_prosumer_excess(self, bills: np.ndarray) -> float:
        """Return the same for an allocation over prosumers."""
        family = self.costs.prepared.family
        return max(
            float(bills[list(family.prosumers(mask))].sum()) - self.dispatch_cost(mask)
            for mask in family.subcoalitions(family.everyone)
        )


def _feeder(seed: int, **fields: object) -> Case:
    return random_feeder(seed, prosumers=5, externalities=False, perfect=True, **fields)  # type: ignore[arg-type]


def _check(allocated: _Allocated) -> None:
    total = float(allocated.solved.flexibility_cost.sum())
    assert allocated.edges.sum() == pytest.approx(total, abs=allocated.tolerance)
    assert allocated.worst_excess() <= allocated.tolerance


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from([0.5, 0.7, 1.2]), st.sampled_from([(0.93, 1.06), (0.99, 1.008)]))
def test_edge_allocation_without_reactive_power(seed: int, tight: float, band: tuple[float, float]) -> None:
    """Budget balance, no sub-coalition above its cost, rents <= 0; the same over prosumers after pushing down."""
    allocated = _Allocated.of(_feeder(seed, tight=tight, band=band))
    if allocated is None:
        return
    _check(allocated)
    assert np.all(allocated.rents() <= allocated.tolerance)
    bills = push_down(allocated.costs.prepared.grid.tree, allocated.edges)
    assert bills.sum() == pytest.approx(allocated.edges.sum(), abs=1e-9)
    assert allocated.worst_prosumer_excess(bills) <= allocated.tolerance


def test_limits_bind_and_rents_are_paid() -> None:
    """The property above isn't idle: on such feeders inner lines earn rents and voltage limits cost something."""
    rent = spent = 0.0
    for seed in range(20):
        lines = _Allocated.of(_feeder(seed, tight=0.5, band=None))
        rent = min(rent, 0.0 if lines is None else float(lines.rents().min(initial=0.0)))
        narrow, wide = (_Allocated.of(_feeder(seed, band=band)) for band in ((0.99, 1.008), None))
        if narrow is not None and wide is not None:
            spent = max(spent, narrow.dispatch_cost(0b11111) - wide.dispatch_cost(0b11111))
    assert rent < -0.1
    assert spent > 0.1


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 10_000))
def test_edge_allocation_with_strict_reactive_power(seed: int) -> None:
    """With S = 0 taken literally and everyone able to compensate, budget balance and the core hold with Q too."""
    given_case = _feeder(seed, reactive=True, tight=0.8, strict_reactive=True, band=(0.98, 1.015))
    steps = given_case.horizon.steps
    compensation = Convex(np.zeros(steps), np.zeros(steps), apparent_power_mva=3.0)
    people = tuple(replace(p, flexibility=(*p.flexibility, compensation)) for p in given_case.prosumers)
    allocated = _Allocated.of(replace(given_case, prosumers=people))
    if allocated is not None:
        assert "reactive balance" in allocated.solved.solution.program.row_blocks
        _check(allocated)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000))
def test_edge_allocation_with_given_reactive_power(seed: int) -> None:
    """Over edges it holds for given reactive loads as well: a sub-coalition's lines carry the same Q either way."""
    allocated = _Allocated.of(_feeder(seed, reactive=True, tight=0.8, band=(0.985, 1.012)))
    if allocated is not None:
        _check(allocated)


def test_a_congested_line_by_hand() -> None:
    """A line of 0.5 MVA leads to P1 and P2; P1 has 1 MW too much, P3 elsewhere 1 MW too little.

    Storing costs P1 10 and P2 has no battery; P3 can produce at 40. 0.5 MW go to P3, the rest is P1's own: cost
    0.5 * 10 + 0.5 * 40 = 25. Prices are -10 behind the line and 40 at P3, so P1 pays 5 for storing and 10 * 0.5 to
    be rid of the rest (10, as alone), P3 pays 20 + 40 * 0.5 (40, as alone); the line earns (40 + 10) * 0.5 = 25.
    """
    lines = [line("root", "b", rating=0.5), line("b", "n1"), line("b", "n2"), line("root", "n3")]
    people = [
        prosumer("P1", "n1", battery(cost_per_mwh=10.0)),
        prosumer("P2", "n2"),
        prosumer("P3", "n3", battery(cost_per_mwh=40.0)),
    ]
    forecast = {"P1": [1.0], "P2": [0.0], "P3": [-1.0]}
    allocated = _Allocated.of(case(lines, people, forecast, externalities=False, tie_break=1e-7))
    assert allocated is not None
    names = allocated.costs.prepared.grid.names
    paid = dict(zip(names, allocated.edges.tolist(), strict=True))
    assert paid == pytest.approx({"root": 0.0, "b": -25.0, "n1": 10.0, "n2": 0.0, "n3": 40.0}, abs=1e-4)
    bills = push_down(allocated.costs.prepared.grid.tree, allocated.edges)
    assert bills == pytest.approx([-2.5, -12.5, 40.0], abs=1e-4)


def test_pushing_down_shares_equally_among_those_below() -> None:
    """12 on the upper edge is 4 each for the three below, -2 on the lower one -1 each for its two."""
    tree = Tree.of([-1, 0, 1, 2, 2, 1], [3, 4, 5])
    assert push_down(tree, np.array([0.0, 12.0, -2.0, 1.0, 2.0, 3.0])) == pytest.approx([4.0, 5.0, 7.0])


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 7), st.integers(1, 4))
def test_balancing_allocation(seed: int, prosumers: int, steps: int) -> None:
    """``Gamma_b`` is allocated in full, and no subset of prosumers pays more than the modulus of its own error."""
    rng = np.random.default_rng(seed)
    error = rng.normal(size=(prosumers, steps)) + 1j * rng.normal(size=(prosumers, steps))
    rate, hours = rng.uniform(0, 300, steps), 0.25
    bills = balancing_allocation(error, rate, hours)
    assert bills.sum() == pytest.approx(hours * rate @ np.abs(error.sum(axis=0)))
    for mask in range(1, 1 << prosumers):
        subset = [m for m in range(prosumers) if mask >> m & 1]
        assert bills[subset].sum() <= hours * rate @ np.abs(error[subset].sum(axis=0)) + 1e-9


def test_balancing_without_a_common_error_costs_nobody_anything() -> None:
    """Errors that cancel leave no direction and no cost."""
    assert balancing_allocation(np.array([[1.0 + 0j], [-1.0]]), np.array([100.0]), 1.0) == pytest.approx([0.0, 0.0])


def test_a_coalition_without_violations_is_stable() -> None:
    """Both allocations together are in the core of ``phi_0`` where nothing is violated ex-post."""
    checked = 0
    for seed in range(14):
        allocated = _Allocated.of(random_feeder(seed, prosumers=5, externalities=False))
        if allocated is None:
            continue
        costs = allocated.costs
        family, scenario = costs.prepared.family, costs.prepared.case.scenario
        parts = costs.coalition(family.everyone).parts
        assert parts is not None
        if parts.line + parts.voltage > 0.0:
            continue
        rate, hours = costs.prepared.case.market.imbalance_penalty_per_mwh, costs.prepared.case.horizon.step_hours
        bills = push_down(costs.prepared.grid.tree, allocated.edges)
        bills = bills + balancing_allocation(scenario.realization - scenario.forecast, rate, hours)
        assert bills.sum() == pytest.approx(parts.total, abs=allocated.tolerance)
        for mask in family.subcoalitions(family.everyone):
            assert bills[list(family.prosumers(mask))].sum() <= costs.cost(mask) + allocated.tolerance
        checked += 1
    assert checked >= 3


def test_theorem_vi_1() -> None:
    """Perfect forecasts, no externalities: the grand coalition is optimal, and its allocation in the core."""
    for seed in range(5):
        allocated = _Allocated.of(_feeder(seed, tight=1.2))
        assert allocated is not None
        family = allocated.costs.prepared.family
        together = allocated.costs.partition(Partition.of([family.everyone])).total
        for partition in family.enumerate():
            assert together <= allocated.costs.partition(partition).total + allocated.tolerance
        _check(allocated)


@pytest.mark.parametrize("fields", [{"externalities": True}, {"externalities": False, "limits": "elastic"}])
def test_other_dispatches_are_refused(fields: dict[str, object]) -> None:
    """With trade at the PCC or priced excess the amounts would be no core allocation, so none is given."""
    costs = costs_of(random_feeder(0, **fields))  # type: ignore[arg-type]
    family = costs.prepared.family
    whole = family.subgraph(family.everyone)
    problem = (
        costs.coalition_problem(whole)
        if isinstance(costs, CostsWithoutExternalities)
        else costs.problem(Partition.of([family.everyone]))
    )
    with pytest.raises(UsageError, match="strict self-consumption"):
        edge_allocation(dispatch(problem))
