"""How much of a modulus each prosumer's power makes up (Euler's theorem)."""

from __future__ import annotations

import numpy as np

from lempart.cost.equations.nodal_prices import KINK
from lempart.grid import RadialGrid, RealizedState
from lempart.typing import BoolArray, ComplexArray, FloatArray, IntArray


def worth_of(price: ComplexArray, power_mva: ComplexArray) -> FloatArray:
    """Return ``<price, power>`` summed over the steps, shape ``(prosumers,)``."""
    worth: FloatArray = (price.conj() * power_mva).real.sum(axis=1)
    return worth


def imbalance_shares(mismatch_mva: ComplexArray, rate: FloatArray) -> FloatArray:
    """Return shares of ``sum_t rate_t |sum_m D_m|``, as :func:`~lempart.cost.balancing_allocation` has them.

    Errors that cancel but for rounding point nowhere: nobody pays for their direction.
    """
    total = mismatch_mva.sum(axis=0)
    direction = directions(total, KINK * float(np.abs(mismatch_mva).max(initial=0.0)))
    return worth_of(np.broadcast_to(direction * rate, mismatch_mva.shape), mismatch_mva)


def directions(power_mva: ComplexArray, nothing_mw: float = 0.0) -> ComplexArray:
    """Return unit vectors, 0 where there is no more than ``nothing_mw``."""
    size = np.abs(power_mva)
    return np.divide(power_mva, size, out=np.zeros_like(power_mva), where=size > nothing_mw)


def carried_to_root(grid: RadialGrid) -> FloatArray:
    """Return which edges carry each prosumer's power, shape ``(nodes, prosumers)``."""
    carried: FloatArray = grid.paths(grid.tree.leaf).toarray().T
    return carried


def line_shares(
    grid: RadialGrid, state: RealizedState, cost: FloatArray, which: BoolArray, injection_mva: ComplexArray
) -> FloatArray:
    """Return shares of the cost of overloaded edges: by how much of ``|S_e|`` a prosumer's power makes up."""
    edges: IntArray = np.flatnonzero(which & (cost.sum(axis=1) > 0.0))
    flow, cost = state.flows_mva[edges], cost[edges]
    rate = np.divide(cost, np.abs(flow), out=np.zeros_like(cost), where=cost > 0.0)
    price = grid.paths(grid.tree.leaf)[:, edges] @ (rate * directions(flow))
    return worth_of(np.asarray(price), injection_mva)


def voltage_shares(
    grid: RadialGrid, state: RealizedState, cost: FloatArray, which: BoolArray, injection_mva: ComplexArray
) -> FloatArray:
    """Return shares of the cost of voltages outside their band: by how much of ``dv_n`` a prosumer's power makes up."""
    nodes: IntArray = np.flatnonzero(which & (cost.sum(axis=1) > 0.0))
    deviation, cost = state.deviations[nodes], cost[nodes]
    rate = np.divide(cost, deviation, out=np.zeros_like(cost), where=cost > 0.0)
    impedance = 2.0 * (grid.r_pu + 1j * grid.x_pu)
    at_nodes = np.zeros((grid.node_count, rate.shape[1]))
    at_nodes[nodes] = rate
    price = impedance[:, None] * grid.below_edges(at_nodes)
    return worth_of(np.asarray(grid.paths(grid.tree.leaf) @ price), injection_mva)
