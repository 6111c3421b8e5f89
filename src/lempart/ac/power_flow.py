"""Exact AC power flow on a radial grid, by power-grid-model: the one door to it."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.metadata import version
from types import ModuleType
from typing import Any

import numpy as np

from lempart.arguments import checks_arguments
from lempart.errors import SolverError
from lempart.grid import RadialGrid
from lempart.optional import needed
from lempart.typing import BoolArray, ComplexArray, FloatArray, IntArray

STIFF_VA = 1e20
"""Short-circuit power of the source: on the 1 MVA base its voltage moves by less than 1e-13 p.u."""

TOLERANCE_PU = 1e-10
ITERATIONS = 50


@dataclass(frozen=True, eq=False)
class AcState:
    """Voltages and flows of the exact power flow; NaN at the steps where none was found.

    Attributes
    ----------
    voltage_pu
        Complex voltage, shape ``(nodes, steps)``; the PCC's is 1.
    sent_mva, received_mva
        Power of edge ``n`` towards the PCC, at ``n`` and at its parent, complex MVA, shape ``(nodes, steps)``;
        their difference is lost. Row 0 of both is what arrives at the PCC.
    failures
        Step (from 0) and reason of each power flow that did not converge.
    """

    voltage_pu: ComplexArray
    sent_mva: ComplexArray
    received_mva: ComplexArray
    failures: tuple[tuple[int, str], ...] = ()

    @property
    def converged(self) -> BoolArray:
        """Return which steps have a solution, shape ``(steps,)``."""
        solved = np.ones(self.voltage_pu.shape[1], dtype=bool)
        solved[[step for step, _ in self.failures]] = False
        return solved

    @property
    def loss_mva(self) -> ComplexArray:
        """Return what each edge loses, complex MVA, shape ``(nodes, steps)``."""
        return self.sent_mva - self.received_mva

    @property
    def loading_mva(self) -> FloatArray:
        """Return the larger apparent power of each edge's two ends, shape ``(nodes, steps)``."""
        loading: FloatArray = np.maximum(np.abs(self.sent_mva), np.abs(self.received_mva))
        return loading


@checks_arguments
def ac_power_flow(grid: RadialGrid, injection_mva: ComplexArray) -> AcState:
    """Return the exact power flow: 1.0 p.u. at the PCC, constant power everywhere else.

    Edges without impedance (service edges) are ideal: their two ends are one bus of the power flow, and what flows
    through them follows from the balance of the end away from the PCC. Shunts are neglected, as in the grid's data.

    Parameters
    ----------
    grid
        The radial grid; in per unit, so that its voltage level does not matter.
    injection_mva
        ``U + u``, complex MVA, shape ``(prosumers, steps)``, positive into the grid.

    Raises
    ------
    InputError
        When power-grid-model is not installed.
    SolverError
        When it refuses the grid. A step that does not converge is no error: it is in ``failures``.
    """
    ideal = (grid.r_pu == 0.0) & (grid.x_pu == 0.0)
    bus = _buses(grid, ideal)
    at_node = np.zeros((grid.node_count, injection_mva.shape[1]), dtype=np.complex128)
    at_node[grid.tree.leaf] = injection_mva
    edges: IntArray = np.flatnonzero(~ideal)
    if len(edges):
        voltage, sent, received, failures = _solve(grid, edges, bus, at_node)
    else:
        voltage = np.ones((1, injection_mva.shape[1]), dtype=np.complex128)
        sent = received = np.zeros((0, injection_mva.shape[1]), dtype=np.complex128)
        failures = ()
    flow_out, flow_in = np.zeros_like(at_node), np.zeros_like(at_node)
    flow_out[edges], flow_in[edges] = sent, received
    arrived = at_node
    for node in range(grid.node_count - 1, -1, -1):
        if ideal[node]:
            flow_out[node] = flow_in[node] = arrived[node]
        if node:
            arrived[grid.tree.parent[node]] += flow_in[node]
    return AcState(voltage[bus], flow_out, flow_in, failures)


def tool_version() -> str:
    """Return the name and version of the power flow."""
    _library()
    return f"power-grid-model {version('power-grid-model')}"


def _library() -> ModuleType:
    module: ModuleType = needed("power_grid_model", "ac", "check-ac")
    return module


def _buses(grid: RadialGrid, ideal: BoolArray) -> IntArray:
    """Return the bus of each node, shape ``(nodes,)``: the ends of an ideal edge share one."""
    bus = np.zeros(grid.node_count, dtype=np.int64)
    count = 0
    for node in range(1, grid.node_count):
        if ideal[node]:
            bus[node] = bus[grid.tree.parent[node]]
        else:
            count += 1
            bus[node] = count
    return bus


def _solve(
    grid: RadialGrid, edges: IntArray, bus: IntArray, at_node: ComplexArray
) -> tuple[ComplexArray, ComplexArray, ComplexArray, tuple[tuple[int, str], ...]]:
    """Return bus voltages, what each of ``edges`` sends and delivers, and the steps that failed."""
    library = _library()
    count = int(bus.max()) + 1
    injected = np.zeros((count, at_node.shape[1]), dtype=np.complex128)
    np.add.at(injected, bus, at_node)
    try:
        model = library.PowerGridModel(_network(library, grid, edges, bus, count))
        found = model.calculate_power_flow(
            update_data={"sym_gen": _injections(library, injected, count + len(edges))},
            error_tolerance=TOLERANCE_PU,
            max_iterations=ITERATIONS,
            continue_on_batch_error=True,
            output_component_types=["node", "line"],
        )
    except library.errors.PowerGridError as error:
        raise SolverError(f"power-grid-model refused the grid: {error}") from error
    failures = _failures(model.batch_error)
    node, line = found["node"], found["line"]
    voltage = (node["u_pu"] * np.exp(1j * node["u_angle"])).T
    sent = (line["p_from"] + 1j * line["q_from"]).T / 1e6
    received = -(line["p_to"] + 1j * line["q_to"]).T / 1e6
    for step, _ in failures:
        # The library leaves arbitrary memory in the rows of steps that failed.
        voltage[:, step] = sent[:, step] = received[:, step] = complex(np.nan, np.nan)
    return voltage, sent, received, failures


def _network(library: ModuleType, grid: RadialGrid, edges: IntArray, bus: IntArray, count: int) -> dict[str, Any]:
    """Return the grid as power-grid-model's input: at 1 kV and 1 MVA an ohm is a per unit."""
    node = library.initialize_array("input", "node", count)
    node["id"], node["u_rated"] = np.arange(count), 1e3
    line = library.initialize_array("input", "line", len(edges))
    line["id"] = count + np.arange(len(edges))
    line["from_node"], line["to_node"] = bus[edges], bus[grid.tree.parent[edges]]
    line["from_status"] = line["to_status"] = 1
    line["r1"], line["x1"], line["c1"], line["tan1"] = grid.r_pu[edges], grid.x_pu[edges], 0.0, 0.0
    gen = library.initialize_array("input", "sym_gen", count)
    gen["id"], gen["node"], gen["status"] = count + len(edges) + np.arange(count), np.arange(count), 1
    gen["type"], gen["p_specified"], gen["q_specified"] = library.LoadGenType.const_power, 0.0, 0.0
    source = library.initialize_array("input", "source", 1)
    source["id"], source["node"], source["status"] = 2 * count + len(edges), 0, 1
    source["u_ref"], source["sk"] = 1.0, STIFF_VA
    return {"node": node, "line": line, "sym_gen": gen, "source": source}


def _injections(library: ModuleType, injected_mva: ComplexArray, first_id: int) -> Any:
    count, steps = injected_mva.shape
    update = library.initialize_array("update", "sym_gen", (steps, count))
    update["id"] = first_id + np.arange(count)
    update["p_specified"] = injected_mva.real.T * 1e6
    update["q_specified"] = injected_mva.imag.T * 1e6
    return update


def _failures(error: Any) -> tuple[tuple[int, str], ...]:
    if error is None:
        return ()
    pairs = zip(error.failed_scenarios, error.error_messages, strict=True)
    return tuple((int(step), " ".join(message.split())) for step, message in pairs)
