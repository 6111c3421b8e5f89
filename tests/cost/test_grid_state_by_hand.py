"""The state of a grid under a partition, against flows and voltages worked out on paper, for both cost models.

        r ── a ──┬── b   P1: forecast -0.020 - 0.004i, realised -0.030 - 0.006i MVA
                 └── c   P2: forecast +0.020 + 0.004i, realised +0.025 + 0.004i MVA

At 0.4 kV and 1 MVA the base impedance is 0.16 ohm: z_a = 0.1 + 0.05i, z_b = 0.2 + 0.1i, z_c = 0.1 p.u.
Power that flows towards the PCC is positive; dv_n = dv_parent + 2 (r P + x Q).
"""

from __future__ import annotations

import numpy as np
import pytest

from lempart.case import Battery, Case, Grid, Horizon, Line, Market, Prosumer, Scenario
from lempart.cost import GridState, costs_of, grid_state
from lempart.partition import Partition

TOGETHER, APART = Partition((0b11,)), Partition((0b01, 0b10))
NAN = complex(np.nan, np.nan)


def two_homes(*, externalities: bool) -> Case:
    one = np.ones(1)
    market = Market(externalities, not externalities, 100 * one, 50 * one, 0 * one, 200 * one, 200.0)
    lines = (("r", "a", 0.016, 0.008), ("a", "b", 0.032, 0.016), ("a", "c", 0.016, 0.0))
    return Case(
        "two homes",
        Horizon(1, 1.0),
        market,
        Grid("r", 0.4, tuple(Line(*ends, rating_mva=0.05) for ends in lines), (0.95, 1.05)),
        tuple(Prosumer(name, bus, True, (Battery(0.1, 1.0, 0.5, 10.0),)) for name, bus in (("P1", "b"), ("P2", "c"))),
        Scenario(np.array([[-0.02 - 0.004j], [0.02 + 0.004j]]), np.array([[-0.03 - 0.006j], [0.025 + 0.004j]])),
    )


def state_of(partition: Partition, *, externalities: bool) -> GridState:
    return grid_state(costs_of(two_homes(externalities=externalities)), partition)


def assert_stage(stage: object, flows: list[complex], deviations: list[float]) -> None:
    """Compare node by node: r, a, b, c."""
    np.testing.assert_allclose(stage.flows_mva[:, 0], flows, atol=1e-7)  # type: ignore[attr-defined]
    np.testing.assert_allclose(stage.deviations[:, 0], deviations, atol=1e-7)  # type: ignore[attr-defined]


def test_coupled_flows_add_up_to_the_pcc() -> None:
    """Together the homes need no battery: what is forecast cancels at a, what happens leaves 0.005 + 0.002i there.

    dv_a = 2 (0.1 x -0.005 + 0.05 x -0.002) = -0.0012, dv_b = dv_a - 0.0132, dv_c = dv_a + 0.005.
    """
    state = state_of(TOGETHER, externalities=True)
    np.testing.assert_allclose(state.flexible_mva, 0.0, atol=1e-7)
    assert_stage(state.expected, [0, 0, -0.02 - 0.004j, 0.02 + 0.004j], [0, 0, -0.0088, 0.004])
    exchange = -0.005 - 0.002j
    assert_stage(state.realized, [exchange, exchange, -0.03 - 0.006j, 0.025 + 0.004j], [0, -0.0012, -0.0144, 0.0038])
    assert state.realized.voltage_pu[2, 0] == pytest.approx(np.sqrt(1 - 0.0144), abs=1e-7)
    loading = state.realized.loading(state.grid)[:, 0]
    assert np.isnan(loading[0])
    np.testing.assert_allclose(loading[1:], [0.1077033, 0.6118823, 0.5063595], atol=1e-6)


def test_coupled_flows_hold_the_flexibility_of_both_stages() -> None:
    """Apart the batteries work; both stages carry the same u, so they differ by the forecast errors alone."""
    state = state_of(APART, externalities=True)
    assert np.abs(state.flexible_mva).min() > 0.01
    np.testing.assert_allclose(
        state.expected.flows_mva[2:] - state.flexible_mva, [[-0.02 - 0.004j], [0.02 + 0.004j]], atol=1e-9
    )
    errors = state.realized.flows_mva - state.expected.flows_mva
    np.testing.assert_allclose(errors[:, 0], [-0.005 - 0.002j, -0.005 - 0.002j, -0.01 - 0.002j, 0.005], atol=1e-9)


def test_a_market_on_its_own_counts_voltages_from_its_boundary() -> None:
    """Without externalities the market of both hangs below a, whose voltage is the reference; r and a are no one's."""
    state = state_of(TOGETHER, externalities=False)
    assert_stage(state.expected, [NAN, NAN, -0.02 - 0.004j, 0.02 + 0.004j], [np.nan, np.nan, -0.0088, 0.004])
    assert_stage(state.realized, [NAN, NAN, -0.03 - 0.006j, 0.025 + 0.004j], [np.nan, np.nan, -0.0132, 0.005])


def test_alone_each_battery_covers_its_own_home() -> None:
    """Strict self-consumption: u = 0.02 and -0.02, what is left is reactive; the errors flow where they arise."""
    state = state_of(APART, externalities=False)
    np.testing.assert_allclose(state.flexible_mva[:, 0], [0.02, -0.02], atol=1e-7)
    assert_stage(state.expected, [NAN, NAN, -0.004j, 0.004j], [np.nan, np.nan, -0.0008, 0.0])
    assert_stage(state.realized, [NAN, NAN, -0.01 - 0.006j, 0.005 + 0.004j], [np.nan, np.nan, -0.0052, 0.001])
