"""Coalitions that can't do without exchange: decided even where solvers give up, with amounts by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from lempart.case import Case, Curtailment, HeatPump
from lempart.conic import Verdict
from lempart.cost import CostsWithoutExternalities, costs_of
from lempart.dispatch import DispatchProblem, dispatch
from lempart.dispatch.infeasible import explain_infeasibility
from lempart.errors import InfeasibleError
from support.cases import battery, case, line, prosumer

PUMP = HeatPump(
    power_mw=0.05,
    resistance_k_per_kw=1.0 / np.log(2.0),
    capacity_kwh_per_k=1.0,
    outdoor_c=np.zeros(1),
    cop=np.full(1, 2.0),
    comfort_penalty_per_kh=1e6,
)
"""Holds 20 degC with 9 ln 2 = 6.238 kW."""


def _costs(given: Case) -> CostsWithoutExternalities:
    costs = costs_of(given)
    assert isinstance(costs, CostsWithoutExternalities)
    return costs


def _problem(given: Case) -> DispatchProblem:
    """Return the ex-ante problem of everyone together."""
    costs = _costs(given)
    return costs.coalition_problem(costs.prepared.family.subgraph(costs.prepared.family.everyone))


def _one(power: list[complex], *equipment: object, rating: float | None = None, **fields: object) -> Case:
    people = [prosumer("P1", "n1", *equipment)]  # type: ignore[arg-type]
    return case([line("root", "n1", rating=rating)], people, {"P1": power}, externalities=False, **fields)  # type: ignore[arg-type]


def test_a_home_with_nothing_to_decide() -> None:
    """No flexibility and 1 kW: the program has no variable, and no solver says so. At best 1 kW is missing."""
    costs = _costs(_one([-0.001, 0.0, 0.0]))
    assert costs.cost(1) == float("inf")
    assert "{P1} is not viable: P1 can't balance without the grid" in costs.coalition(1).reason
    assert "at best there is up to 0.001 MW too little (step 1)" in costs.coalition(1).reason
    assert _costs(_one([0.0, 0.0, 0.0])).cost(1) == 0.0


def test_the_least_that_is_left() -> None:
    """A battery of 0.1 MW and 1 MWh: of 0.4 MW too much 0.3 is left at step 1, of 0.25 too little 0.15 at step 3."""
    with pytest.raises(InfeasibleError) as caught:
        dispatch(_problem(_one([0.4, 0.0, -0.25], battery(0.1, 1.0, cost_per_mwh=1e4))))
    assert "up to 0.3 MW too much (step 1), and 0.15 MW too little (step 3)" in str(caught.value)


@pytest.mark.parametrize("strict", [False, True])
def test_reactive_power_counts_only_where_it_has_to_be_zero(strict: bool) -> None:
    """0.2 Mvar cross the boundary free of charge, unless S = 0 is taken literally."""
    problem = _problem(_one([0.1 - 0.2j, 0.0], battery(), strict_reactive=strict))
    if strict:
        with pytest.raises(InfeasibleError, match=r"at best there is up to 0\.2 Mvar too little \(step 1\)"):
            dispatch(problem)
    else:
        assert dispatch(problem).flexible_mva[0, 0].real == pytest.approx(-0.1, abs=1e-6)


def test_a_solver_that_failed_on_what_can_be_done() -> None:
    """A viable coalition stays undecided: that a solver failed on it proves nothing, not even next to a limit."""
    for given in (_one([0.1, -0.1], battery(0.1, 1.0)), _one([0.3, -0.3], battery(0.3), rating=0.3)):
        problem = _problem(given)
        assert explain_infeasibility(problem, Verdict.FAILED) is None
        dispatch(problem)


def test_a_solver_that_failed_on_what_cannot() -> None:
    """Zero exchange or a limit that can't be met is told apart by problems that have an answer, whatever failed."""
    exchange = explain_infeasibility(_problem(_one([0.2], battery(0.1, 1.0))), Verdict.FAILED)
    assert exchange is not None
    assert "0.1 MW too much (every step)" in exchange
    people = [prosumer("P1", "n1", battery(1.0)), prosumer("P2", "n2")]
    lines = [line("root", "n1"), line("root", "n2", rating=0.3)]
    limit = explain_infeasibility(
        _problem(case(lines, people, {"P1": [0.0], "P2": [0.4]}, externalities=False)), Verdict.FAILED
    )
    assert limit is not None
    assert "line root-n2 by 0.1 MVA" in limit
    assert "can't balance" not in limit


@pytest.mark.parametrize(("sun_kw", "missing_kw"), [(6.3, None), (3.0, 9.0 * np.log(2.0) - 3.0)])
def test_comfort_that_has_a_price_is_no_need(sun_kw: float, missing_kw: float | None) -> None:
    """With hard comfort 3 kW of sun leave 3.238 kW missing; where comfort has a price, however high, nothing is."""
    given = _one([sun_kw / 1e3], PUMP, Curtailment(np.array([sun_kw / 1e3]), 1.0))
    for limits in ("hard", "elastic"):
        problem = replace(_problem(given), limits=limits)
        text = explain_infeasibility(problem, Verdict.FAILED)
        if missing_kw is None or limits == "elastic":
            assert text is None
        else:
            assert text is not None
            assert f"{missing_kw / 1e3:.4g} MW too little" in text
