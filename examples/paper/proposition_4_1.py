"""Proposition IV.1: with single boundaries and strict self-consumption a market's cost depends on itself alone."""

from functools import cache

import numpy as np

from lempart import costs_of
from lempart.dispatch import dispatch
from lempart.grid import line_flows, realized_state
from lempart.reproduce.theorem import random_feeder

feeders, compared = 0, 0
for generator in np.random.default_rng(41).spawn(5):
    case = random_feeder(generator)  # perfect forecasts, so that both stages exchange nothing
    costs = costs_of(case)
    prepared, feeders = costs.prepared, feeders + 1

    @cache
    def flexible(coalition, costs=costs):
        """Return what a market's homes do when it lives on its own."""
        return dispatch(costs.coalition_problem(costs.prepared.family.subgraph(coalition))).flexible_mva

    for partition in prepared.family.enumerate():
        cost = costs.partition(partition)
        if not cost.viable:
            continue
        # Put the markets' own dispatches together on the whole grid: each behaves there as it does on its own.
        injection = np.zeros(case.scenario.forecast.shape, dtype=complex)
        for coalition in partition:
            members = list(prepared.family.subgraph(coalition).prosumers)
            injection[members] = case.scenario.forecast[members] + flexible(coalition)
            assert np.abs(injection[members].sum(axis=0)).max() < 1e-7  # strict self-consumption (Eq 9f)
        state = realized_state(prepared.grid, injection)
        for coalition, alone in zip(partition, cost.coalitions, strict=True):
            edges = list(prepared.family.subgraph(coalition).edges)
            excess = state.line_excess_mva[edges].sum() * case.market.line_penalty_per_mvah * case.horizon.step_hours
            assert alone.parts is not None
            assert np.isclose(excess, alone.parts.line, atol=1e-5)
            compared += 1
        assert np.abs(line_flows(prepared.grid, injection)[0]).max() < 1e-6
        assert np.isclose(cost.total, sum(costs.cost(coalition) for coalition in partition))
print(f"{compared} markets on {feeders} random feeders cost the same whatever the others do")
assert compared > 100
