"""The exact power flow against pandapower's, on grids built there element by element."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from lempart.ac import PowerFlowComparison, ac_power_flow
from lempart.case import Case
from lempart.cases import shipped_case_path
from lempart.grid import RadialGrid, radial_grid
from lempart.io import read_case
from support.feeders import random_feeder

pp = pytest.importorskip("pandapower")

STEPS = (0, 9, 18)


def _solved(grid: RadialGrid, injection: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, complex]:
    """Return pandapower's voltages, edge flows at both ends (NaN at ideal edges), and what arrives at the PCC.

    Ideal edges are closed bus-to-bus switches there, the source is an external grid.
    """
    net = pp.create_empty_network(sn_mva=1.0)
    for name in grid.names:
        pp.create_bus(net, 1.0, name=name)
    pp.create_ext_grid(net, 0, vm_pu=1.0)
    lines = {}
    for node in range(1, grid.node_count):
        above, r, x = int(grid.tree.parent[node]), grid.r_pu[node], grid.x_pu[node]
        if r == 0.0 and x == 0.0:
            pp.create_switch(net, node, above, et="b")
        else:
            lines[node] = pp.create_line_from_parameters(
                net, node, above, 1.0, r_ohm_per_km=r, x_ohm_per_km=x, c_nf_per_km=0.0, max_i_ka=1.0
            )
    for leaf, power in zip(grid.tree.leaf, injection, strict=True):
        pp.create_sgen(net, int(leaf), p_mw=power.real, q_mvar=power.imag)
    pp.runpp(net, tolerance_mva=1e-11, max_iteration=50, numba=False)
    bus, line, head = net.res_bus, net.res_line, net.res_ext_grid
    voltage = bus.vm_pu.to_numpy() * np.exp(1j * np.deg2rad(bus.va_degree.to_numpy()))
    sent, received = (np.full(grid.node_count, complex(np.nan)) for _ in range(2))
    edges = list(lines)
    rows = [lines[edge] for edge in edges]
    sent[edges] = (line.p_from_mw + 1j * line.q_from_mvar).to_numpy()[rows]
    received[edges] = -(line.p_to_mw + 1j * line.q_to_mvar).to_numpy()[rows]
    return voltage, sent, received, -complex(head.p_mw.iloc[0], head.q_mvar.iloc[0])


def _shared_bus_feeder() -> Case:
    """Return a feeder on which three prosumers share one bus and the PCC has one: all on service edges."""
    case = random_feeder(5, prosumers=6, steps=24, reactive=True)
    people = list(case.prosumers)
    for index in (1, 2):
        people[index] = replace(people[index], node=people[0].node)
    people[3] = replace(people[3], node=case.grid.pcc)
    return replace(case, prosumers=tuple(people))


def _case(name: str) -> Case:
    return _shared_bus_feeder() if name == "shared buses" else read_case(shipped_case_path(name))


@pytest.mark.parametrize(("name", "stress"), [("shared buses", 2.0), ("ieee33-branches", 4.0), ("rural-feeder-5", 6.0)])
def test_voltages_and_flows_agree(name: str, stress: float) -> None:
    """Complex voltages at all nodes and flows at both ends of all edges are pandapower's, under stress.

    The stress factor makes the voltage drop some percent, so that losses and the quadratic terms are felt.
    """
    case = _case(name)
    grid = radial_grid(case)
    injection = case.scenario.forecast[:, STEPS] * stress
    found = ac_power_flow(grid, injection)
    assert found.converged.all()
    assert np.abs(np.abs(found.voltage_pu) - 1.0).max() > 0.01
    for step in range(len(STEPS)):
        voltage, sent, received, head = _solved(grid, injection[:, step])
        assert found.voltage_pu[:, step] == pytest.approx(voltage, abs=1e-8)
        drawn = ~np.isnan(sent)
        assert found.sent_mva[drawn, step] == pytest.approx(sent[drawn], abs=1e-7)
        assert found.received_mva[drawn, step] == pytest.approx(received[drawn], abs=1e-7)
        assert found.sent_mva[0, step] == pytest.approx(head, abs=1e-7)


def test_ieee_33_bus_feeder() -> None:
    """The published feeder at its base load: 0.9131 p.u. and 202.7 kW lost (Baran and Wu, 1989).

    LinDistFlow says 0.9159 p.u., 3.3 % less of a drop, and a flow at the head that is 5.3 % lower.
    """
    import pandapower.networks as networks

    net = networks.case33bw()
    drawn = net.line[net.line.in_service]
    load = dict(zip(net.load.bus, net.load.p_mw + 1j * net.load.q_mvar, strict=True))
    grid, injection = _hung(drawn, load, 12.66)
    found = PowerFlowComparison.at(grid, injection[:, None])
    assert found.ac_voltage_pu.min() == pytest.approx(0.9131, abs=5e-5)
    assert found.loss_mva.real.sum() == pytest.approx(0.2027, abs=5e-5)
    assert found.linear_voltage_pu.min() == pytest.approx(0.9159, abs=5e-5)
    assert found.share_of_drop == pytest.approx(0.033, abs=1e-3)
    assert found.head_flow_error == pytest.approx(-0.053, abs=2e-3)


def _hung(drawn: object, load: dict[int, complex], kv: float) -> tuple[RadialGrid, np.ndarray]:
    """Return the grid of a table of lines, buses numbered from the PCC outwards, loads on service edges."""
    from lempart.tree import Tree

    above = {int(b): (int(a), r / kv**2, x / kv**2) for a, b, r, x in _rows(drawn)}
    buses = len(above) + 1
    leaves = list(range(buses, buses + len(load)))
    nodes = buses + len(load)
    parent = [-1] + [above[n][0] for n in range(1, buses)] + [int(bus) for bus in load]
    r, x = np.zeros(nodes), np.zeros(nodes)
    for node, (_, resistance, reactance) in above.items():
        r[node], x[node] = resistance, reactance
    unlimited = np.full(nodes, np.inf)
    grid = RadialGrid(Tree.of(parent, leaves), tuple(map(str, range(nodes))), r, x, unlimited, -unlimited, unlimited)
    return grid, -np.array(list(load.values()))


def _rows(drawn: object) -> list[tuple[int, int, float, float]]:
    table = drawn
    lengths = table.length_km.to_numpy()
    r, x = table.r_ohm_per_km.to_numpy() * lengths, table.x_ohm_per_km.to_numpy() * lengths
    return list(zip(table.from_bus.to_numpy(), table.to_bus.to_numpy(), r, x, strict=True))
