"""What lines lose, against amounts worked out on paper, and against the part of the cost that they make up.

r ── a ──┬── b   P1 injects -0.03 MW, P2 +0.05 MW; z_a = 0.1, z_b = 0.2, z_c = 0.3 p.u. on 1 MVA, two hours
         └── c   at 100 and 50 CHF/MWh. Flows: a 0.02, b -0.03, c 0.05 MVA.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from lempart import costs_of
from lempart.case import Case
from lempart.cost import grid_state, line_losses, with_and_without
from lempart.errors import UsageError
from lempart.partition import Partition
from support.cases import case, line, prosumer
from support.feeders import random_feeder

ALONE, TOGETHER = "P1|P2", "P1,P2"


def two_homes(*, rating: float | None = None) -> Case:
    """Return the feeder above."""
    return case(
        [line("root", "a", 0.1, rating=rating), line("a", "b", 0.2), line("a", "c", 0.3)],
        [prosumer("P1", "b"), prosumer("P2", "c")],
        {"P1": [-0.03, -0.03], "P2": [0.05, 0.05]},
        price_per_mwh=[100.0, 50.0],
        losses="priced",
    )


def test_energy_and_cost_of_each_line() -> None:
    """``r |S|^2`` an hour: a 0.04, b 0.18 and c 0.75 kWh in each of the hours, at 100 and at 50 CHF/MWh."""
    costs = costs_of(two_homes())
    found = line_losses(costs.prepared, grid_state(costs, TOGETHER))
    names = [costs.prepared.grid.names[node] for node in found.lines]
    assert names == ["a", "b", "c"]
    by_hand = np.array([0.04, 0.18, 0.75])
    np.testing.assert_allclose(1e3 * found.energy_mwh[found.lines], 2 * by_hand, atol=1e-9)
    np.testing.assert_allclose(found.cost[found.lines], 0.15 * by_hand, atol=1e-9)
    assert found.total_mwh == pytest.approx(1.94e-3, abs=1e-9)
    parts = costs.partition(TOGETHER).parts
    assert parts is not None
    assert found.total_cost == pytest.approx(parts.as_dict()["loss"], abs=1e-9)


@pytest.mark.parametrize("externalities", [True, False])
@pytest.mark.parametrize("seed", range(3))
def test_lines_make_up_the_part_of_the_cost(seed: int, externalities: bool) -> None:
    """On drawn feeders, for both cost models: what lines cost is ``loss`` of ``Phi``, of the state with and without."""
    costs = costs_of(
        random_feeder(seed, prosumers=4, band=None, losses="priced", externalities=externalities, limits="elastic")
    )
    family = costs.prepared.family
    everyone = Partition.of(1 << player for player in range(family.player_count))
    for partition in {everyone, *(family.sample(np.random.default_rng([seed, k])) for k in range(3))}:
        cost = costs.partition(partition)
        if cost.parts is None:
            continue
        state, without = with_and_without(costs, partition)
        lost = line_losses(costs.prepared, state)
        assert lost.total_cost == pytest.approx(cost.parts.as_dict()["loss"], rel=1e-6, abs=1e-9)
        assert without is None or without.partition == everyone != partition


def test_loadings_are_those_that_limits_hold_for() -> None:
    """Line a sends 0.02 MVA by meters; b's losses of 0.18 kW and c's of 0.75 kW come off: 19.07 kVA of 20 kVA."""
    costs = costs_of(two_homes(rating=0.02))
    state = grid_state(costs, TOGETHER)
    loading = state.realized.loading(costs.prepared.grid)
    assert loading[1, 0] == pytest.approx((0.02 - 0.00018 - 0.00075) / 0.02, abs=1e-9)
    assert state.realized.flows_mva[1, 0] == pytest.approx(0.02, abs=1e-12)
    without = costs_of(replace(two_homes(rating=0.02), market=replace(two_homes().market, losses="none")))
    plain = grid_state(without, TOGETHER).realized.loading(without.prepared.grid)
    assert plain[1, 0] == pytest.approx(1.0, abs=1e-12)


def test_a_case_without_losses_says_how_to_price_them() -> None:
    """Nothing is shown that isn't counted."""
    given = two_homes()
    costs = costs_of(replace(given, market=replace(given.market, losses="none")))
    with pytest.raises(UsageError, match='losses = "priced"'):
        line_losses(costs.prepared, grid_state(costs, TOGETHER))


def test_a_state_of_another_case_is_refused() -> None:
    """Its flows would be weighed with another grid's impedances."""
    one, other = costs_of(two_homes()), costs_of(two_homes())
    with pytest.raises(UsageError, match="belongs to another case"):
        line_losses(one.prepared, grid_state(other, TOGETHER))


def test_everyone_alone_has_nothing_to_be_compared_with() -> None:
    """Without markets is that partition itself."""
    costs = costs_of(two_homes())
    state, without = with_and_without(costs, ALONE)
    assert without is None
    assert len(state.partition) == 2
