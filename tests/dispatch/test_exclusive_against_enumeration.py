"""Dispatches in which no battery charges and discharges at once, against all patterns of directions, one by one.

The slow twin (support/paper_model.py) solves Eq 4, or Eq 9e, for every choice of charging or discharging of every
battery with losses at every step, and takes the cheapest.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from lempart.case import Case, Curtailment
from lempart.cost import CostsWithExternalities, CostsWithoutExternalities, costs_of
from lempart.dispatch import Dispatch, dispatch
from lempart.errors import InfeasibleError
from support.burning import burning_case
from support.paper_model import Answer, alone, ex_ante

TIE_BREAK = 0.5
"""Large, and in both problems, so that the dispatch is unique and can be compared too."""

CASES = int(os.environ.get("LEMPART_CASES", "0"))
"""How many more cases of each kind than the one in which something burns; 25 were run."""

STEP_MW = 1e-3
KINDS: dict[str, tuple[dict[str, Any], tuple[int, ...]]] = {
    "tax": ({}, (0,)),
    "tax cones": ({"reactive": True, "square": 2.0}, (0,)),
    "vehicle": ({"vehicles": True}, (0,)),
    "tight lines": ({"tight": 1.1}, (1,)),
    "elastic": ({"reactive": True, "tight": 0.3, "band": (0.993, 1.005), "limits": "elastic"}, (0,)),
}


def _seeds(chosen: Sequence[int]) -> Sequence[int]:
    return sorted({*chosen, *range(CASES)})


def _agree(found: Dispatch, answers: Sequence[Answer], who: Sequence[int] | slice = slice(None)) -> None:
    best = answers[0]
    assert not found.burning
    assert found.gap == 0.0
    assert found.solution.cost == pytest.approx(best.cost, rel=1e-6, abs=1e-6)
    tied = [a for a in answers if a.cost < best.cost + 1e-5]
    if all(np.allclose(a.flexible[who], best.flexible[who], atol=1e-5) for a in tied):
        assert found.flexible_mva == pytest.approx(best.flexible[who], abs=5e-4)


@pytest.mark.parametrize(("fields", "seeds"), KINDS.values(), ids=KINDS)
def test_cheapest_of_all_directions_with_externalities(fields: dict[str, Any], seeds: tuple[int, ...]) -> None:
    """Eq 4: the optimum over all directions, to 1e-6, and its dispatch.

    Burning is told without the option exactly where the optimum without it is cheaper.
    """
    burnt = 0
    for seed in _seeds(seeds):
        case = burning_case(seed, tie_break=TIE_BREAK, **fields)
        costs = costs_of(case)
        assert isinstance(costs, CostsWithExternalities)
        family = costs.prepared.family
        partition = family.sample(np.random.default_rng(seed))
        slow = ex_ante(case, [family.prosumers(mask) for mask in partition], TIE_BREAK)
        answers, convex = slow.solve_exclusive(), slow.solve()
        problem = costs.problem(partition)
        if not np.isfinite(answers[0].cost):
            with pytest.raises(InfeasibleError):
                dispatch(problem)
            with pytest.raises(InfeasibleError):
                costs.dispatched(partition)
            continue
        _agree(dispatch(problem), answers)
        _agree(costs.dispatched(partition)[0].solved, answers)  # with limits written down only where they matter
        free = dispatch(replace(problem, exclusive=None))
        assert free.solution.cost == pytest.approx(convex.cost, rel=1e-6, abs=1e-6)
        assert bool(free.burning) == (answers[0].cost - convex.cost > 1e-5 * (1.0 + abs(convex.cost)))
        burnt += bool(free.burning)
    assert burnt >= 1, "no battery burns in any of these cases"


def _with_surplus(seed: int) -> Case:
    """Return a case without externalities in which everyone has too much; some may curtail it, at a price."""
    case = burning_case(seed, owners=1 + seed % 2, tie_break=TIE_BREAK, externalities=False)
    surplus = np.abs(case.scenario.forecast.real) * 0.4
    people = tuple(
        replace(one, flexibility=(*one.flexibility, Curtailment(surplus[m], 30.0)))
        for m, one in enumerate(case.prosumers)
    )
    return replace(
        case,
        scenario=replace(case.scenario, forecast=surplus.astype(complex)),
        prosumers=people if seed % 3 else case.prosumers,
    )


def test_cheapest_of_all_directions_without_externalities() -> None:
    """Eq 9e: cost and dispatch of every coalition on its own, and which are viable only by burning."""
    burnt = lost = 0
    for seed in _seeds((0, 2)):
        case = _with_surplus(seed)
        costs = costs_of(case)
        assert isinstance(costs, CostsWithoutExternalities)
        family = costs.prepared.family
        for mask in family.subcoalitions(family.everyone):
            members = family.prosumers(mask)
            slow, problem = alone(case, members, TIE_BREAK), costs.coalition_problem(family.subgraph(mask))
            answers, convex = slow.solve_exclusive(), slow.solve()
            if not np.isfinite(answers[0].cost):
                with pytest.raises(InfeasibleError):
                    dispatch(problem)
                lost += np.isfinite(convex.cost)
                continue
            found = dispatch(problem)
            _agree(found, answers, list(members))
            burnt += found.convex is not None
    assert burnt >= 1
    assert lost >= 1


def test_prices_are_minus_the_derivative_of_the_cheapest_cost() -> None:
    """Where the cheapest directions stay the same, prices are those of the enumerated optimum, by differences.

    The prices of the convex dispatch, which burns, are others.
    """
    compared = unlike = 0
    for seed in (0, 1):
        case = burning_case(seed, owners=1, tie_break=TIE_BREAK)
        costs = costs_of(case)
        assert isinstance(costs, CostsWithExternalities)
        family, grid = costs.prepared.family, costs.prepared.grid
        partition = family.sample(np.random.default_rng(seed))
        found = dispatch(costs.problem(partition))
        if found.convex is None:
            continue
        coalitions = [family.prosumers(mask) for mask in partition]
        for node in grid.tree.leaf.tolist():
            twin = ex_ante(case, coalitions, TIE_BREAK, [grid.names[node]])
            for step in range(case.horizon.steps):
                power = np.eye(case.horizon.steps)[step] * STEP_MW + 0j
                ends = [twin.solve_exclusive(grid.names[node], sign * power)[0].cost for sign in (-1.0, 0.0, 1.0)]
                slopes = [(a - b) / STEP_MW / case.horizon.step_hours for a, b in pairwise(ends)]
                if abs(slopes[0] - slopes[1]) > 0.1:
                    continue  # a kink: there is no derivative
                price = found.nodal_prices[node, step].real
                assert price == pytest.approx(float(np.mean(slopes)), abs=0.06)
                compared += 1
                unlike += abs(found.convex.nodal_prices[node, step].real - price) > 1.0
    assert compared >= 6
    assert unlike >= 1
