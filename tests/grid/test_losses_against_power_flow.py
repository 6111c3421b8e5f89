"""Flows, voltages and losses by one sweep against the exact AC power flow, on drawn feeders at small voltage drops."""

from __future__ import annotations

import os

import numpy as np
import pytest

from lempart.grid import RadialGrid, carried_flows, line_flows, loss_weights, radial_grid
from support.feeders import random_feeder

pytest.importorskip("power_grid_model")

from lempart.ac import ac_power_flow

CASES = int(os.environ.get("LEMPART_CASES", "20"))


@pytest.mark.parametrize("drop", [0.01, 0.04])
def test_one_sweep(drop: float) -> None:
    """Losses ``w |S|^2`` to 3 times the largest voltage deviation, loadings to 4e-3 of the largest at 4 % drop."""
    for seed in range(CASES):
        case = random_feeder(seed, prosumers=6, reactive=seed % 2 == 0, band=None)
        grid, injected = radial_grid(case), case.scenario.forecast
        injected = injected * _factor(grid, injected, drop)
        exact, found = ac_power_flow(grid, injected), carried_flows(grid, injected)
        assert exact.converged.all()
        largest = np.abs(exact.voltage_pu) ** 2 - 1.0
        deviation = np.abs(largest).max()
        losses = (grid.r_pu[:, None] * np.abs(line_flows(grid, injected)) ** 2).sum()
        assert abs(losses / exact.loss_mva.real.sum() - 1.0) < 3.0 * deviation
        loading = np.maximum(np.abs(found.sent_mva), np.abs(found.received_mva))
        assert loading == pytest.approx(exact.loading_mva, abs=4e-3 * float(exact.loading_mva.max()))
        assert found.deviations == pytest.approx(largest, abs=0.5 * deviation**2)


def test_all_that_is_left_is_the_voltage() -> None:
    """The sweep written anew: at 1 p.u. it is ours, and at voltages that stand it is AC, whatever they drop by.

    At a drop of 4 % what lines carry is off by 3e-3 of the largest, at the voltages of a first sweep by 1e-4.
    """
    for seed in range(CASES):
        case = random_feeder(seed, prosumers=6, reactive=seed % 2 == 0, band=None)
        grid, injected = radial_grid(case), case.scenario.forecast
        injected = injected * _factor(grid, injected, 0.04)
        exact, found = ac_power_flow(grid, injected), carried_flows(grid, injected)
        squared = np.ones((grid.node_count, case.horizon.steps))
        sweeps = []
        for _ in range(20):
            sweeps.append(_swept(grid, injected, squared))
            squared = 1.0 + sweeps[-1][2]
        ours = (found.sent_mva[1:], found.received_mva[1:], found.deviations[1:])
        for mine, theirs in zip(ours, sweeps[0], strict=True):
            assert mine == pytest.approx(theirs[1:], abs=1e-12)
        assert sweeps[-1][0][1:] == pytest.approx(exact.sent_mva[1:], abs=1e-9)
        assert sweeps[-1][1][1:] == pytest.approx(exact.received_mva[1:], abs=1e-9)
        assert sweeps[-1][2] == pytest.approx(np.abs(exact.voltage_pu) ** 2 - 1.0, abs=1e-9)
        largest = float(exact.loading_mva.max())
        off = [np.abs(np.abs(sent) - np.abs(exact.sent_mva))[1:].max() / largest for sent, _, _ in sweeps[:2]]
        assert off[0] < 4e-3
        assert off[1] < 1e-4


def _swept(grid: RadialGrid, injected: np.ndarray, squared: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return power sent and received, and ``|v|^2 - 1``, where lines lose ``z |S|^2 / |v|^2``: DistFlow."""
    parent, z = grid.tree.parent.tolist(), grid.r_pu + 1j * grid.x_pu
    shape = grid.node_count, injected.shape[1]
    sent, received, rise = np.zeros(shape, complex), np.zeros(shape, complex), np.zeros(shape)
    home = {int(leaf): m for m, leaf in enumerate(grid.tree.leaf)}
    for n in reversed(range(grid.node_count)):
        children = [m for m in range(1, grid.node_count) if parent[m] == n]
        sent[n] = (injected[home[n]] if n in home else 0.0) + sum(received[m] for m in children)
        received[n] = sent[n] - z[n] * np.abs(sent[n]) ** 2 / squared[n]
    for n in range(1, grid.node_count):
        current = np.abs(sent[n]) ** 2 / squared[n]
        rise[n] = rise[parent[n]] + 2.0 * (np.conj(z[n]) * sent[n]).real - np.abs(z[n]) ** 2 * current
    return sent, received, rise


def _factor(grid: object, injected: np.ndarray, drop: float) -> float:
    """Return by what injections are to be multiplied so that voltages move by about ``drop``."""
    once = carried_flows(grid, 1e-3 * injected).deviations  # type: ignore[arg-type]
    return 1e-3 * 2.0 * drop / float(np.abs(once).max())


def test_by_hand() -> None:
    """Two lines in a row, 1 MW in at the end: 0.03 MW lost on the first, 0.02 x 0.97^2 on the second."""
    from support.cases import case, line, prosumer

    given = case([line("root", "1", 0.02), line("1", "2", 0.03)], [prosumer("A", "2")], {"A": [1.0]})
    grid = radial_grid(given)
    found = carried_flows(grid, given.scenario.forecast)
    assert found.sent_mva[:, 0] == pytest.approx([0.97 - 0.02 * 0.97**2, 0.97, 1.0])
    assert found.received_mva[:, 0] == pytest.approx([0.97 - 0.02 * 0.97**2, 0.97 - 0.02 * 0.97**2, 0.97])
    first = 2 * 0.02 * 0.97 - 0.02**2 * 0.97**2
    assert found.deviations[:, 0] == pytest.approx([0.0, first, first + 2 * 0.03 - 0.03**2])
    weights = loss_weights(grid, np.array([100.0 + 5.0j, -3.0]))
    assert weights == pytest.approx(np.array([[0.0, 0.0], [2.0, 0.0], [3.0, 0.0]]))


def test_draws_are_swept_alike() -> None:
    """A leading axis of draws gives what each draw gives."""
    case = random_feeder(3, prosumers=5, reactive=True)
    grid, injected = radial_grid(case), case.scenario.forecast
    many = carried_flows(grid, np.array([injected, 2.0 * injected]))
    for draw, factor in enumerate((1.0, 2.0)):
        one = carried_flows(grid, factor * injected)
        for name in ("sent_mva", "received_mva", "deviations"):
            assert np.array_equal(getattr(many, name)[draw], getattr(one, name))
