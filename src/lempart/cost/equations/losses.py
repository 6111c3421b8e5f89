"""What losses cost, who pays for them, and what they do to prices: a seventh part of Eqs 7 to 9.

A flow ``S`` over an edge loses ``w |S|^2`` per hour, in currency: ``w`` is the impedance at the price at the PCC.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from lempart.grid import RadialGrid
from lempart.grid.sums import places_back, places_first, summed
from lempart.typing import ComplexArray, FloatArray


@dataclass(frozen=True, eq=False, slots=True)
class LossCosts:
    """What losses cost over the horizon, in currency.

    Attributes
    ----------
    total
        Those of all edges, shape ``(...)``.
    paid
        What each coalition pays beside its energy, shape ``(..., coalitions)``.
    collected_beyond
        What prices collect beyond what losses on edges of nobody cost, shape ``(...)``: 0 by the average rule.
    """

    total: FloatArray
    paid: FloatArray
    collected_beyond: FloatArray


def loss_cost(weight: FloatArray, flows_mva: ComplexArray, step_hours: float) -> FloatArray:
    """Return ``h sum_t w |S_e|^2`` of every edge, in currency over the horizon, shape ``(..., edges)``.

    Parameters
    ----------
    weight
        ``w``, currency per hour and MVA^2, shape ``(edges, steps)``.
    flows_mva
        ``S_e``, or under strict self-consumption its active part, shape ``(..., edges, steps)``.
    """
    cost: FloatArray = summed(weight * (flows_mva.real**2 + flows_mva.imag**2)) * step_hours
    return cost


def loss_prices(grid: RadialGrid, weight: FloatArray, flows_mva: ComplexArray) -> ComplexArray:
    """Return ``l_n``, the sum of ``w_e S_e`` over the path from ``n`` to the PCC, shape ``(..., nodes, steps)``.

    An injection at ``n`` adds ``2 <l_n, .>`` to what losses cost; its average share of what they cost is half of that.
    Complex, per MWh and Mvarh.
    """
    return places_back(grid.over_paths(places_first(weight * flows_mva)))


def average_losses(prices_at_leaves: ComplexArray, injection_mva: ComplexArray, step_hours: float) -> FloatArray:
    """Return ``h sum_t <l_m, U_m + u_m>`` of every prosumer, in currency, shape ``(..., prosumers)``.

    That shares the losses of each edge in proportion to the part of its flow that is a prosumer's own; who lowers a
    flow is credited. Everyone's shares add up to what losses cost.

    Parameters
    ----------
    prices_at_leaves
        ``l_m`` at the prosumers' leaves, shape ``(..., prosumers, steps)``, as :func:`loss_prices` has it.
    injection_mva
        ``U_m + u_m``, complex MVA, of the same shape.
    """
    share: FloatArray = summed((prices_at_leaves.conj() * injection_mva).real) * step_hours
    return share


def collected_beyond(
    weight: FloatArray, planned_mva: ComplexArray, came_mva: ComplexArray, step_hours: float
) -> FloatArray:
    """Return ``h sum w (2 <S_planned, S> - |S|^2)`` of some edges: what marginal prices collect beyond their losses.

    Parameters
    ----------
    weight
        ``w``, shape ``(edges, steps)``.
    planned_mva, came_mva
        Their flows at the forecast and at the realisation, complex MVA, shape ``(..., edges, steps)``.
    """
    collected = 2.0 * (planned_mva.conj() * came_mva).real - np.abs(came_mva) ** 2
    beyond: FloatArray = summed(summed(weight * collected)) * step_hours
    return beyond


def losses_paid(
    rule: Literal["average", "marginal"],
    grid: RadialGrid,
    weight: FloatArray,
    planned_mva: ComplexArray,
    came_mva: ComplexArray,
    edges: Sequence[Sequence[int]],
    members: Sequence[Sequence[int]],
    step_hours: float,
) -> LossCosts:
    """Return what losses cost at the realised flows, and what coalitions pay for them beside prices.

    Parameters
    ----------
    planned_mva, came_mva
        Flows of all edges at the forecast and at the realisation, complex MVA, shape ``(..., nodes, steps)``.
    edges, members
        The edges and prosumers of each coalition.
    """
    of_edges = loss_cost(weight, came_mva, step_hours)
    if rule == "marginal":
        paid = [summed(of_edges[..., list(own)]) for own in edges]
        at = np.setdiff1d(np.arange(grid.node_count), [edge for own in edges for edge in own])
        beyond = collected_beyond(weight[at], planned_mva[..., at, :], came_mva[..., at, :], step_hours)
    else:
        leaf = grid.tree.leaf
        prices = loss_prices(grid, weight, came_mva)[..., leaf, :]
        shares = average_losses(prices, came_mva[..., leaf, :], step_hours)
        paid = [summed(shares[..., list(own)]) for own in members]
        beyond = np.zeros(of_edges.shape[:-1])
    return LossCosts(summed(of_edges), np.moveaxis(np.array(paid), 0, -1), beyond)


def counted_flows(flows_mva: ComplexArray, *, active_only: bool) -> ComplexArray:
    """Return the flows whose losses count: under strict self-consumption of active power the active ones."""
    return flows_mva.real.astype(np.complex128) if active_only else flows_mva
