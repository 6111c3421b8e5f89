"""Theorem VI.1: with perfect forecasts and no externalities the grand coalition is optimal and stable."""

from __future__ import annotations

import numpy as np

from lempart.arguments import Count, Many, checks_arguments
from lempart.case import Battery, Case, Grid, Horizon, Line, Market, Prosumer, Scenario
from lempart.cost import CostsWithoutExternalities, PreparedCase, edge_allocation, push_down
from lempart.dispatch import dispatch
from lempart.game import core_verdict
from lempart.partition import members
from lempart.reproduce.comparison import Comparison, Row

TREES = 12
_COLUMNS = (
    "dearer than best",
    "budget gap",
    "worst over a deviation",
    "edge rent",
    "core shortfall",
)
_NOTE = (
    "Each row is a random feeder with perfect forecasts, single boundaries and strict self-consumption. "
    "'dearer than best': the grand coalition's cost less that of the cheapest partition (0 when optimal). "
    "The allocation y_n = L_n of Appendix A.3 is built from the duals of one dispatch: 'budget gap' is "
    "|sum(y) - cost|, 'worst over a deviation' the most any sub-coalition is charged beyond its own cost, after "
    "rents on edges without a prosumer are pushed down to the prosumers below; 'edge rent' is the largest y on such "
    "an edge (never positive). 'core shortfall' is the independent linear program's verdict."
)


@checks_arguments
def theorem_1(trees: Many = TREES, seed: Count = 0) -> tuple[Comparison, ...]:
    """Return, for random feeders, how exactly Theorem VI.1 and its allocation hold.

    Parameters
    ----------
    trees
        How many random trees are drawn, >= 1.
    seed
        Of the draws, >= 0.
    """
    rows = []
    for index, generator in enumerate(np.random.default_rng(seed).spawn(trees), start=1):
        label, residuals = _checked(random_feeder(generator))
        rows.append(Row(f"{index}: {label}", (None,) * len(_COLUMNS), residuals))
    return (Comparison("Theorem VI.1 on random feeders", _COLUMNS, tuple(rows), _NOTE, scientific=True),)


def random_feeder(rng: np.random.Generator, steps: int = 4) -> Case:
    """Return a random feeder of 4 to 7 prosumers with perfect forecasts, batteries, and lines that bind."""
    prosumers = int(rng.integers(4, 8))
    buses = int(rng.integers(2, prosumers))
    lines = [_line(rng, f"b{rng.integers(0, bus)}", f"b{bus}", 0.3) for bus in range(1, buses)]
    people, power = [], rng.uniform(-1.0, 1.0, (prosumers, steps)).astype(np.complex128)
    for m in range(prosumers):
        at = f"b{rng.integers(0, buses)}" if m >= buses else f"b{m}"
        lines.append(_line(rng, at, f"p{m}", float(rng.uniform(0.2, 0.6))))
        battery = Battery(4.0, 20.0, 0.5, cost_per_mwh=float(rng.uniform(8, 30)), quadratic_cost_per_mw2h=2.0)
        people.append(Prosumer(f"P{m}", f"p{m}", flexibility=(battery,)))
    zero = np.zeros(steps)
    return Case(
        name="random feeder",
        horizon=Horizon(steps, 1.0),
        market=Market(False, True, zero, zero, zero, np.full(steps, 300.0), 200.0),
        grid=Grid("b0", 10.0, tuple(lines), (0.95, 1.05)),
        prosumers=tuple(people),
        scenario=Scenario(power, power),
    )


def _line(rng: np.random.Generator, start: str, end: str, rating_mva: float) -> Line:
    r_ohm, x_ohm = rng.uniform(0.1, 1.0, 2)
    return Line(start, end, float(r_ohm), float(x_ohm), rating_mva)


def _checked(case: Case) -> tuple[str, tuple[float, ...]]:
    """Return what the feeder is, and the residuals of the theorem on it."""
    prepared = PreparedCase.of(case)
    costs, family = CostsWithoutExternalities(prepared), prepared.family
    everyone = family.everyone
    best = min(costs.partition(partition).total for partition in family.enumerate())
    solved = dispatch(costs.coalition_problem(family.subgraph(everyone)))
    edges = edge_allocation(solved)
    tree = solved.problem.grid.tree
    inner = np.setdiff1d(np.arange(1, tree.node_count), tree.leaf)
    bill = push_down(tree, edges)
    over = [
        sum(bill[m] for m in members(deviating)) - costs.cost(deviating)
        for deviating in family.subcoalitions(everyone)
        if np.isfinite(costs.cost(deviating))
    ]
    verdict = core_verdict(costs.cost, everyone, family)
    flows = np.abs(solved.ex_ante_flows_mva)
    binding = flows > solved.problem.grid.rating_mva[:, None] * (1.0 - 1e-6)
    label = f"{family.player_count} prosumers, {np.sum(binding[1:])} limits bind, {costs.cost(everyone):.0f} CHF"
    return label, (
        costs.cost(everyone) - best,
        abs(float(edges.sum()) - costs.cost(everyone)),
        max(over),
        float(np.max(edges[inner], initial=-np.inf)) if len(inner) else 0.0,
        verdict.shortfall,
    )
