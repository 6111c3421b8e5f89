"""Losses: what they weigh, and what they make of flows and voltages.

Meters are at the prosumers, so that ``S_n`` is the lossless flow of Eq 1b wherever something is exchanged, taxed or
balanced. What a line carries and what a voltage is follow from one sweep from the leaves to the root, at the PCC's
voltage: explicit, without iterations.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lempart.arguments import checks_arguments
from lempart.grid.radial import RadialGrid
from lempart.grid.sums import places_back, places_first
from lempart.typing import ComplexArray, FloatArray, frozen_array


@checks_arguments
def loss_weights(grid: RadialGrid, price_per_mwh: ComplexArray) -> FloatArray:
    """Return ``w = max(0, Re(lambda_0) r + Im(lambda_0) x)`` of every edge, shape ``(nodes, steps)``.

    What the losses of a flow of 1 MVA cost in an hour, when they are bought at the PCC; per MVA squared. Losses are
    never worth having: where the price makes them so they weigh nothing.

    Parameters
    ----------
    grid
        The grid; service edges have no impedance.
    price_per_mwh
        ``lambda_0`` per MWh and Mvarh, complex, shape ``(steps,)``.
    """
    return frozen_array(np.maximum(priced_impedance(grid, price_per_mwh), 0.0))


def priced_impedance(grid: RadialGrid, price_per_mwh: ComplexArray) -> FloatArray:
    """Return ``Re(lambda_0) r + Im(lambda_0) x`` of every edge, shape ``(nodes, steps)``, whatever its sign."""
    priced: FloatArray = np.outer(grid.r_pu, price_per_mwh.real) + np.outer(grid.x_pu, price_per_mwh.imag)
    return priced


@dataclass(frozen=True, eq=False, slots=True)
class CarriedFlows:
    """What the edges of a grid carry, and its voltages, once losses are taken off.

    Attributes
    ----------
    sent_mva, received_mva
        Power sent towards the PCC at the lower end of every edge, and what of it is received at the upper end; complex
        MVA, shape ``(..., nodes, steps)``. Row 0 is what the PCC passes on.
    deviations
        ``dv_n`` in p.u., shape ``(..., nodes, steps)``.
    """

    sent_mva: ComplexArray
    received_mva: ComplexArray
    deviations: FloatArray

    @property
    def loading_mva(self) -> FloatArray:
        """Return what each edge carries at the end that carries more, shape ``(..., nodes, steps)``."""
        loading: FloatArray = np.maximum(np.abs(self.sent_mva), np.abs(self.received_mva))
        return loading


@checks_arguments
def carried_flows(grid: RadialGrid, injection_mva: ComplexArray) -> CarriedFlows:
    """Return flows and voltages with losses, by one sweep from the leaves to the root and one back.

    At every edge, with ``n`` its lower end, ``m`` the children of ``n`` and ``A`` its parent::

        sent_n = s_n + sum_m received_m        received_n = sent_n - z_n |sent_n|^2
        dv_n = dv_A + 2 Re(conj(z_n) sent_n) - |z_n|^2 |sent_n|^2

    Parameters
    ----------
    grid
        The grid.
    injection_mva
        Complex MVA, positive into the grid, shape ``(..., prosumers, steps)``.
    """
    return carried_walked(grid, injection_mva)


def carried_walked(grid: RadialGrid, injection_mva: ComplexArray) -> CarriedFlows:
    """Return what :func:`carried_flows` does, of draws without a dispatch too, whose injections are NaN."""
    injected = places_first(injection_mva)
    sent = np.zeros((grid.node_count, *injected.shape[1:]), dtype=np.complex128)
    sent[grid.tree.leaf] = injected
    received, deviations = np.zeros_like(sent), np.zeros(sent.shape)
    impedance = grid.r_pu + 1j * grid.x_pu
    parent = grid.tree.parent.tolist()
    for node in range(grid.node_count - 1, 0, -1):
        received[node] = sent[node] - impedance[node] * _square(sent[node])
        sent[parent[node]] += received[node]
    received[0] = sent[0]
    for node in range(1, grid.node_count):
        z, flow = impedance[node], sent[node]
        rise = 2.0 * (z.real * flow.real + z.imag * flow.imag) - abs(z) ** 2 * _square(flow)
        deviations[node] = deviations[parent[node]] + rise
    return CarriedFlows(places_back(sent), places_back(received), places_back(deviations))


def _square(flow: ComplexArray) -> FloatArray:
    square: FloatArray = flow.real**2 + flow.imag**2
    return square
