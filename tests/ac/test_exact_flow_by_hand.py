"""The exact power flow where it can be solved on paper, and laws that hold on every grid."""

from __future__ import annotations

import numpy as np
import pytest

from lempart.ac import ac_power_flow
from lempart.grid import RadialGrid, radial_grid
from lempart.tree import Tree
from support.cases import case, line, prosumer
from support.feeders import random_feeder


def _two_buses(r: float, x: float) -> RadialGrid:
    unlimited = np.full(2, np.inf)
    z = np.array([0.0, 1.0])
    return RadialGrid(Tree.of([-1, 0], [1]), ("root", "a"), r * z, x * z, unlimited, -unlimited, unlimited)


def _squared_voltage(r: float, x: float, power: complex) -> float:
    """Return ``|V|^2`` at the end of one line: ``w^2 - (1 + 2(rp + xq)) w + |z|^2 |S|^2 = 0``, upper root."""
    b = 1.0 + 2.0 * (r * power.real + x * power.imag)
    c = (r * r + x * x) * abs(power) ** 2
    return (b + np.sqrt(b * b - 4.0 * c)) / 2.0


@pytest.mark.parametrize(("r", "x"), [(0.05, 0.03), (0.0, 0.08), (0.06, 0.0), (0.05, -0.02)])
@pytest.mark.parametrize("power", [-1.0, -0.5 - 0.3j, 0.8, 1.2 - 0.6j, -2.0 + 1.0j])
def test_two_buses_solve_the_quadratic(power: complex, r: float, x: float) -> None:
    """One line: the voltage is the root of a quadratic, the loss is ``z |S|^2 / |V|^2``.

    LinDistFlow would give ``|V|^2 = 1 + 2(rp + xq)`` and no loss.
    """
    found = ac_power_flow(_two_buses(r, x), np.array([[power]]))
    squared = _squared_voltage(r, x, power)
    assert abs(found.voltage_pu[1, 0]) ** 2 == pytest.approx(squared, abs=1e-10)
    assert found.voltage_pu[0, 0] == pytest.approx(1.0, abs=1e-12)
    lost = complex(r, x) * abs(power) ** 2 / squared
    assert found.sent_mva[1, 0] == pytest.approx(power, abs=1e-9)
    assert found.received_mva[1, 0] == pytest.approx(power - lost, abs=1e-9)
    assert found.sent_mva[0, 0] == pytest.approx(power - lost, abs=1e-9)
    assert found.loading_mva[1, 0] == pytest.approx(max(abs(power), abs(power - lost)), abs=1e-9)


def test_a_load_beyond_the_nose_has_no_solution() -> None:
    """A purely resistive line of r p.u. carries at most 1/(4r) to its end: 5 MW here. Beyond, no number is given.

    The steps before and after keep theirs.
    """
    found = ac_power_flow(_two_buses(0.05, 0.0), np.array([[-4.99, -5.01, -1.0, -80.0]], dtype=complex))
    assert found.converged.tolist() == [True, False, True, False]
    assert [step for step, _ in found.failures] == [1, 3]
    assert all("converge" in reason for _, reason in found.failures)
    for values in (found.voltage_pu, found.sent_mva, found.received_mva, found.loss_mva):
        assert np.isnan(values[1, [1, 3]]).all()
        assert np.isfinite(values[:, [0, 2]]).all()
    assert abs(found.voltage_pu[1, 0]) ** 2 == pytest.approx(_squared_voltage(0.05, 0.0, -4.99), abs=1e-8)


def test_a_grid_without_impedance_has_nothing_to_solve() -> None:
    """Ideal edges only: every voltage is 1, flows are sums of injections, nothing is lost."""
    lines = [line("root", "hub"), line("hub", "a"), line("hub", "b")]
    people = [prosumer("A", "a"), prosumer("B", "b")]
    given = case(lines, people, {"A": [1.0], "B": [-0.4 + 0.1j]})
    found = ac_power_flow(radial_grid(given), given.scenario.forecast)
    assert np.all(found.voltage_pu == 1.0)
    assert found.sent_mva[:, 0] == pytest.approx([0.6 + 0.1j, 0.6 + 0.1j, 1.0, -0.4 + 0.1j])
    assert np.all(found.loss_mva == 0.0)


def test_an_ideal_edge_is_no_small_impedance() -> None:
    """The two ends of an ideal edge have one voltage, exactly, and it loses exactly nothing."""
    lines = [line("root", "a", r=0.05), line("a", "b"), line("b", "c", r=0.02, x=0.01)]
    people = [prosumer("A", "a"), prosumer("C", "c")]
    given = case(lines, people, {"A": [0.5], "C": [-1.0 - 0.2j]})
    grid = radial_grid(given)
    found = ac_power_flow(grid, given.scenario.forecast)
    a, b = grid.names.index("a"), grid.names.index("b")
    assert found.voltage_pu[a, 0] == found.voltage_pu[b, 0]
    assert found.sent_mva[b, 0] == found.received_mva[b, 0]
    assert found.voltage_pu[a, 0] != found.voltage_pu[0, 0]


@pytest.mark.parametrize("seed", range(6))
def test_energy_is_conserved(seed: int) -> None:
    """What arrives at the PCC is the sum of injections less losses; each loss is ``z |I|^2``; buses balance."""
    given = random_feeder(seed, prosumers=6, steps=4, reactive=True)
    grid, injection = radial_grid(given), given.scenario.forecast * 2.0
    found = ac_power_flow(grid, injection)
    assert found.converged.all()
    assert found.sent_mva[0] == pytest.approx(injection.sum(axis=0) - found.loss_mva.sum(axis=0), abs=1e-8)
    current = np.abs(found.sent_mva) / np.abs(found.voltage_pu)
    z = grid.r_pu + 1j * grid.x_pu
    assert found.loss_mva[1:] == pytest.approx((z[:, None] * current**2)[1:], abs=1e-8)
    for node in range(grid.node_count):
        arriving = found.received_mva[list(grid.tree.children[node])].sum(axis=0)
        own = injection[grid.tree.leaf == node].sum(axis=0)
        assert found.sent_mva[node] == pytest.approx(arriving + own, abs=1e-8)
    assert found.loss_mva.real.max() > 1e-4
