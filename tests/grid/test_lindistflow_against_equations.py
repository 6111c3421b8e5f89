"""LinDistFlow against Eqs 1a-1c written as a literal loop over nodes and steps, for any random tree."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from lempart.grid import line_flows, radial_grid, squared_voltage_deviations
from support.cases import case, line, prosumer
from support.feeders import random_feeder


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 9), st.integers(1, 4))
def test_flows_and_voltages(seed: int, prosumers: int, steps: int) -> None:
    """``S_n`` is what is injected below, and each node meets Eq 1a as printed: dv_A = dv_n - 2 Re(conj(z) S)."""
    grid = radial_grid(random_feeder(seed, prosumers=prosumers, steps=steps))
    rng = np.random.default_rng(seed)
    injected = rng.normal(size=(prosumers, steps)) + 1j * rng.normal(size=(prosumers, steps))
    flows = line_flows(grid, injected)
    deviations = squared_voltage_deviations(grid, flows)
    leaf, parent = grid.tree.leaf.tolist(), grid.tree.parent
    for t in range(steps):
        assert deviations[0, t] == 0.0
        for n in range(grid.node_count):
            into = sum(flows[child, t] for child in range(1, grid.node_count) if parent[child] == n)
            own = injected[leaf.index(n), t] if n in leaf else 0.0
            assert abs(flows[n, t] - (own + into)) < 1e-12
            if n:
                z = grid.r_pu[n] + 1j * grid.x_pu[n]
                above = deviations[n, t] - 2 * (np.conj(z) * flows[n, t]).real
                assert abs(deviations[parent[n], t] - above) < 1e-12


def test_the_sign_of_a_voltage() -> None:
    """Feeding 1 MW and 2 Mvar in over 0.1 + 0.2j p.u. makes dv = 2 (0.1 + 0.4) = 1; with z for conj(z) -0.6."""
    grid = radial_grid(case([line("root", "a", 0.1, 0.2)], [prosumer("P", "a")], {"P": [0.0]}))
    flows = line_flows(grid, np.array([[1.0 + 2.0j]]))
    assert np.allclose(squared_voltage_deviations(grid, flows)[:, 0], [0.0, 1.0])
