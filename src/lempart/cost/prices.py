"""Nodal prices at boundary nodes, and which optimal duals they are taken from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lempart.conic import SolverSettings, closest_dual
from lempart.dispatch import Dispatch, DispatchProblem
from lempart.dispatch.exante import unit
from lempart.typing import BoolArray, ComplexArray, FloatArray, IntArray

KINK = 1e-6
"""An ex-ante exchange below this share of the typical power counts as zero."""

SHIFT = 0.03
"""How far from the solver's prices, as a share of the typical price, another optimal dual is looked for."""


@dataclass(frozen=True, eq=False)
class BoundaryPrices:
    """Prices of the boundary exchanges.

    Attributes
    ----------
    energy_cost
        ``-<lambda_nb, S_nb>`` per hour, shape ``(exchanges, steps)``.
    dependent
        Whether the cost of an exchange's coalition depends on the choice among optimal duals, shape
        ``(exchanges,)``.
    """

    energy_cost: FloatArray
    dependent: BoolArray


def boundary_prices(
    solved: Dispatch, exchanged_mva: ComplexArray, settings: SolverSettings | None = None
) -> BoundaryPrices:
    """Return what the boundary exchanges cost at nodal prices (Eq 8c, first term).

    At a kink of the tax, an exchange of exactly zero that another boundary node's price depends on, the duals
    aren't unique. Then the optimal duals closest to ``lambda_0`` (least squares over all boundary nodes and
    steps) are taken, and a coalition is marked where its cost differs between optimal duals.

    Three are compared. The solver's own lies inside the optimal face (interior-point methods end there), so that
    the one closest to it after a small seeded shift lies in a generic direction from it, and a cost equal at both
    is equal on the whole face. Far targets wouldn't do: different ones are often closest to the same corner.
    """
    exchanges = solved.problem.exchanges
    assert exchanges is not None
    if not _kinks_matter(solved.problem, np.asarray(exchanges.matrix @ solved.ex_ante_flows_mva)):
        cost = _energy_cost(solved.nodal_prices, exchanges.node, exchanged_mva)
        return BoundaryPrices(cost, np.zeros(len(exchanges.node), dtype=bool))
    price, steps = solved.problem.tariffs.price, solved.problem.steps
    nodes = np.unique(exchanges.node)
    price_map = solved.price_map
    rows = price_map.rows_of(nodes)
    matrix, offset = price_map.matrix[rows], price_map.offset[rows]
    target = np.concatenate([np.tile(price.real, len(nodes)), np.tile(price.imag, len(nodes))])
    scale = max(float(np.abs(price).max(initial=0.0)), float(solved.problem.tariffs.tax.max(initial=0.0)), 1e-3)
    inside = (offset + matrix @ solved.solution.z) + SHIFT * scale * np.random.default_rng(0).standard_normal(len(rows))
    energy = [_energy_cost(solved.nodal_prices, exchanges.node, exchanged_mva)]
    for aim in (target, inside):
        z = closest_dual(solved.solution, matrix, aim - offset, scale=scale, settings=settings)
        energy.append(_energy_cost(price_map.prices(z), exchanges.node, exchanged_mva))
    paid = [np.bincount(exchanges.coalition, cost.sum(axis=1)) for cost in energy]
    moved = np.bincount(exchanges.coalition, np.abs(exchanged_mva).sum(axis=1))
    size = scale * np.maximum(moved, solved.problem.power_scale_mw * steps)
    return BoundaryPrices(energy[1], (np.ptp(paid, axis=0) > 1e-5 * size)[exchanges.coalition])


def unlimited_energy_cost(
    problem: DispatchProblem, planned_flows_mva: ComplexArray, exchanged_mva: ComplexArray
) -> FloatArray | None:
    """Return ``-<lambda_nb, S_nb>`` per hour where no limit of the grid binds, or None where kinks matter.

    Only the tax then makes a price differ from ``lambda_0``: ``lambda_n = lambda_0 - kappa sum of S / |S|`` over the
    exchanges ``S`` that an injection at ``n`` is part of, so that no duals are needed but the flows of the dispatch,
    shape ``(nodes, steps)``. Returns shape ``(exchanges, steps)``, as :func:`boundary_prices`.
    """
    exchanges, tariffs = problem.exchanges, problem.tariffs
    assert exchanges is not None
    planned = np.asarray(exchanges.matrix @ planned_flows_mva)
    if _kinks_matter(problem, planned):
        return None
    per_edge = exchanges.matrix.T @ unit(planned)
    prices = tariffs.price - tariffs.tax * np.asarray(problem.grid.path_matrix @ per_edge)
    return _energy_cost(prices, exchanges.node, exchanged_mva)


def _energy_cost(prices: ComplexArray, node: IntArray, exchanged_mva: ComplexArray) -> FloatArray:
    cost: FloatArray = -(prices[node].conj() * exchanged_mva).real
    return cost


def _kinks_matter(problem: DispatchProblem, planned_mva: ComplexArray) -> bool:
    """Return whether some ex-ante exchange is zero at a step and its tax bears on another boundary node's price.

    ``planned_mva`` holds the ex-ante exchanges, shape ``(exchanges, steps)``. The tax of one bears on the price of a
    node when its row of Eq 2, summed over the node's path to the PCC, is not zero.
    """
    exchanges = problem.exchanges
    assert exchanges is not None
    zero = np.flatnonzero((np.abs(planned_mva) < KINK * problem.power_scale_mw).any(axis=1))
    if not len(zero) or not np.any(problem.tariffs.tax):
        return False
    carried = exchanges.matrix[zero] @ problem.grid.path_matrix[np.unique(exchanges.node)].T
    return bool(np.any(np.abs(carried.data) >= 0.5))
