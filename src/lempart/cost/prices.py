"""Nodal prices at boundary nodes, and which optimal duals they are taken from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from lempart.conic import SolverSettings
from lempart.cost.price_face import PriceFace, limits_bind, zero_exchanges
from lempart.dispatch import Dispatch, DispatchProblem, Exchanges
from lempart.dispatch.exante import unit
from lempart.typing import BoolArray, ComplexArray, FloatArray, IntArray

DEPENDS = 1e-5
"""A cost depends on the choice of duals if it differs by more than this, relative to power times a typical price."""


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
    known_to
        How far off that may be, per hour over all steps, shape ``(exchanges,)``: 0, but where prices had to be chosen
        and no solver found them to full accuracy.
    """

    energy_cost: FloatArray
    dependent: BoolArray
    known_to: FloatArray


def boundary_prices(
    solved: Dispatch, exchanged_mva: ComplexArray, settings: SolverSettings | None = None
) -> BoundaryPrices:
    """Return what the boundary exchanges cost at nodal prices (Eq 8c, first term).

    At a kink of the tax, an exchange of exactly zero that another boundary node's price depends on, and where limits
    bind that can do each other's work, the duals aren't unique. Coalitions whose cost differs between optimal duals are
    marked, and if there are any, the optimal duals closest to ``lambda_0`` (least squares over all boundary nodes and
    steps) are taken.
    """
    exchanges, problem = solved.problem.exchanges, solved.problem
    assert exchanges is not None
    face = _face(solved)
    prices, error, dependent = solved.nodal_prices, 0.0, np.zeros(len(exchanges.node), dtype=bool)
    if face is not None:
        moved = np.bincount(exchanges.coalition, np.abs(exchanged_mva).sum(axis=1))
        size = face.scale * np.maximum(moved, problem.power_scale_mw * problem.steps)
        room = face.duals.room((_bills(face, exchanges, exchanged_mva) @ face.matrix).tocsr())
        if np.any(room > 0.0):
            # The room in one direction may be small where there is more in another: the closest may be farther.
            chosen, off = face.closest(np.unique(exchanges.node), settings)
            moved = _energy_cost(chosen - prices, exchanges.node, exchanged_mva).sum(axis=1)
            differs = np.maximum(room, np.abs(np.bincount(exchanges.coalition, moved)))
            dependent = (differs > DEPENDS * size)[exchanges.coalition]
            prices, error = (chosen, off) if dependent.any() else (prices, 0.0)
    known_to: FloatArray = error * np.linalg.norm(exchanged_mva, axis=1)
    return BoundaryPrices(_energy_cost(prices, exchanges.node, exchanged_mva), dependent, known_to)


def chosen_prices(solved: Dispatch, settings: SolverSettings | None = None) -> ComplexArray:
    """Return ``lambda_n``, shape ``(nodes, steps)``: where they aren't unique, those closest to ``lambda_0``."""
    face = _face(solved)
    if face is None:
        return solved.nodal_prices
    assert solved.problem.exchanges is not None
    return face.closest(np.unique(solved.problem.exchanges.node), settings)[0]


def prices_are_unique(solved: Dispatch) -> bool:
    """Return whether all optimal duals give the boundary nodes the same prices, so that no bill depends on a choice."""
    face, exchanges = _face(solved), solved.problem.exchanges
    if face is None:
        return True
    assert exchanges is not None
    rows = face.rows_of(np.unique(exchanges.node))
    # What differs at all differs in a direction drawn at random.
    drawn = sp.csr_array(np.random.default_rng(0).standard_normal((1, len(rows))))
    return not face.duals.room((drawn @ face.matrix[rows]).tocsr()).any()


def _face(solved: Dispatch) -> PriceFace | None:
    """Return the optimal prices of a dispatch, None where it is plain that there are no others than its own."""
    assert solved.problem.exchanges is not None
    planned = np.asarray(solved.problem.exchanges.matrix @ solved.ex_ante_flows_mva)
    if not zero_exchanges(solved.problem, planned).any() and not limits_bind(solved.solution):
        return None
    return PriceFace.of(solved, planned)


def _bills(face: PriceFace, exchanges: Exchanges, exchanged_mva: ComplexArray) -> sp.csr_array:
    """Return what coalitions pay for their exchanges, per hour, from all nodal prices; of prices' real parts first."""
    steps, half = exchanged_mva.shape[1], len(face.offset) // 2
    at = (exchanges.node[:, None] * steps + np.arange(steps)).ravel()
    owner = np.tile(np.repeat(exchanges.coalition, steps), 2)
    values = -np.concatenate([exchanged_mva.real.ravel(), exchanged_mva.imag.ravel()])
    shape = int(exchanges.coalition.max(initial=-1)) + 1, 2 * half
    return sp.csr_array((values, (owner, np.concatenate([at, at + half]))), shape=shape)


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
    if zero_exchanges(problem, planned).any():
        return None
    per_edge = exchanges.matrix.T @ unit(planned)
    prices = tariffs.price - tariffs.tax * np.asarray(problem.grid.path_matrix @ per_edge)
    return _energy_cost(prices, exchanges.node, exchanged_mva)


def _energy_cost(prices: ComplexArray, node: IntArray, exchanged_mva: ComplexArray) -> FloatArray:
    cost: FloatArray = -(prices[node].conj() * exchanged_mva).real
    return cost
