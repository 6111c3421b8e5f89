"""Eq 8d: nodal prices at boundary nodes, and which optimal duals they are taken from."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
import scipy.sparse as sp

from lempart.conic import SolverSettings
from lempart.cost.equations.exchanges import exchanged_mva
from lempart.cost.equations.price_face import PriceFace, limits_bind
from lempart.cost.equations.settlement import Traded, energy_cost
from lempart.dispatch import Dispatch, Exchanges, Tariffs
from lempart.dispatch.exante import unit
from lempart.grid import RadialGrid
from lempart.grid.sums import times
from lempart.typing import BoolArray, ComplexArray, FloatArray

KINK = 1e-6
"""An ex-ante exchange below this share of the case's typical power counts as zero: it is at the kink of its tax."""

DEPENDS = 1e-5
"""A cost depends on the choice of duals if it differs by more than this, relative to power times a typical price."""


@dataclass(frozen=True, eq=False)
class TaxOnPrices:
    """How the tax on exchanges bears on the prices at their nodes, of one partition."""

    exchanges: Exchanges
    grid: RadialGrid

    @cached_property
    def bearing(self) -> sp.csr_array:
        """Return how often an injection at the node of an exchange (row) is part of an exchange (column).

        An injection is part of an exchange when its row of Eq 2, summed over the node's path to the PCC, is not zero.
        """
        bearing = sp.csr_array(self.grid.paths(self.exchanges.node) @ self.exchanges.matrix.T)
        bearing.eliminate_zeros()
        return bearing

    @cached_property
    def _bears(self) -> BoolArray:
        """Return which exchanges' tax bears on the price at some exchange's node."""
        bears: BoolArray = np.zeros(len(self.exchanges.node), dtype=bool)
        bears[self.bearing.indices] = True
        return bears

    def at_kink(self, planned_mva: ComplexArray, tariffs: Tariffs, typical_power_mw: FloatArray | float) -> BoolArray:
        """Return which ex-ante exchanges are zero, with a tax that bears on the price of some exchange.

        Parameters
        ----------
        planned_mva
            ``S_nb`` ex-ante, shape ``(..., exchanges, steps)``.
        typical_power_mw
            What tells zero from not, shape ``(...)``.
        """
        zero: BoolArray = np.abs(tariffs.taxable(planned_mva)) < KINK * np.asarray(typical_power_mw)[..., None, None]
        if not zero.any():
            return zero
        if not np.any(tariffs.tax):
            return np.zeros_like(zero)
        return zero & self._bears[:, None]

    def without_limits(self, planned_mva: ComplexArray, tariffs: Tariffs) -> ComplexArray:
        """Return ``lambda_nb`` where no limit of the grid binds and nothing is at a kink, as ``planned_mva``.

        Only the tax then makes a price differ from ``lambda_0``: ``lambda_n = lambda_0 - kappa sum of S / |S|`` over
        the exchanges ``S`` that an injection at ``n`` is part of, so that no duals are needed.
        """
        direction = unit(tariffs.taxable(planned_mva))
        if direction.ndim == 2:  # used once, two products are less work than the product of their matrices
            per_edge = np.asarray(self.exchanges.matrix.T @ direction)
            borne = self.grid.over_paths(per_edge)[self.exchanges.node]
        else:
            borne = times(self.bearing, direction)
        prices: ComplexArray = tariffs.price - tariffs.tax * borne
        return prices


@dataclass(frozen=True, eq=False, slots=True)
class LossPricing:
    """How prices at boundary nodes charge losses (Eq 8c).

    Attributes
    ----------
    rule
        ``"average"``: none of them in the price, shares of them are a part of their own; ``"marginal"``: what an
        injection adds to them, at the planned flows.
    planned
        ``l_n`` at the planned flows, complex, shape ``(..., nodes, steps)``.
    """

    rule: Literal["average", "marginal"]
    planned: ComplexArray

    def charged(self, prices: ComplexArray) -> ComplexArray:
        """Return nodal prices with losses charged by the rule, from those of a dispatch, which are marginal."""
        return prices + 2.0 * self.planned if self.rule == "average" else prices


def traded_at_nodal_prices(
    solved: Dispatch,
    exchanged: ComplexArray,
    taxed: TaxOnPrices,
    typical_power_mw: float,
    solver: SolverSettings | None = None,
    losses: LossPricing | None = None,
) -> Traded:
    """Return what the boundary exchanges of a dispatch cost at nodal prices (Eq 8c, first term).

    At a kink of the tax, an exchange of exactly zero that another boundary node's price depends on, and where limits
    bind that can do each other's work, the duals aren't unique. Coalitions whose cost differs between optimal duals are
    marked, and if there are any, the optimal duals closest to ``lambda_0`` (least squares over all boundary nodes and
    steps) are taken.

    Parameters
    ----------
    exchanged
        ``S_nb`` at the realised flows, shape ``(exchanges, steps)``.
    taxed
        The dispatch's exchanges on its grid.
    typical_power_mw
        Of the case: what is small beside it isn't resolved.
    losses
        How prices charge them; None where they aren't priced.
    """
    exchanges, problem = taxed.exchanges, solved.problem
    face = _face(solved, taxed, typical_power_mw)
    prices, error, dependent = solved.nodal_prices, 0.0, np.zeros(len(exchanges.node), dtype=bool)
    if face is not None:
        moved = np.bincount(exchanges.coalition, np.abs(exchanged).sum(axis=1))
        size = face.scale * np.maximum(moved, typical_power_mw * problem.steps)
        room = face.duals.room((_bills(face, exchanges, exchanged) @ face.matrix).tocsr())
        if np.any(room > 0.0):
            # The room in one direction may be small where there is more in another: the closest may be farther.
            chosen, off = face.closest(solver)
            change = energy_cost((chosen - prices)[exchanges.node], exchanged, 1.0)
            differs = np.maximum(room, np.abs(np.bincount(exchanges.coalition, change)))
            dependent = (differs > DEPENDS * size)[exchanges.coalition]
            prices, error = (chosen, off) if dependent.any() else (prices, 0.0)
    prices = prices if losses is None else losses.charged(prices)
    hours = problem.step_hours
    known_to: FloatArray = error * np.linalg.norm(exchanged, axis=1) * hours
    cost = energy_cost(prices[exchanges.node], exchanged, hours)
    return Traded(exchanges, exchanged, cost, dependent.astype(float), known_to)


def chosen_prices(solved: Dispatch, typical_power_mw: float, solver: SolverSettings | None = None) -> ComplexArray:
    """Return ``lambda_n``, shape ``(nodes, steps)``: where they aren't unique, those closest to ``lambda_0``."""
    own, face = solved.nodal_prices, _face(solved, _taxed(solved), typical_power_mw)
    if face is None:
        return own
    found, _ = face.closest(solver)
    off = np.abs(found[face.nodes] - own[face.nodes]).max(initial=0.0)
    return own if off <= DEPENDS * face.scale else found  # those that are as close have all digits


def prices_are_unique(solved: Dispatch, taxed: TaxOnPrices, typical_power_mw: float) -> bool:
    """Return whether all optimal duals give the boundary nodes the same prices, so that no bill depends on a choice."""
    face = _face(solved, taxed, typical_power_mw)
    if face is None:
        return True
    # What differs at all differs in a direction drawn at random.
    drawn = sp.csr_array(np.random.default_rng(0).standard_normal((1, len(face.offset))))
    return not face.duals.room((drawn @ face.matrix).tocsr()).any()


def _taxed(solved: Dispatch) -> TaxOnPrices:
    assert solved.problem.exchanges is not None
    return TaxOnPrices(solved.problem.exchanges, solved.problem.grid)


def _face(solved: Dispatch, taxed: TaxOnPrices, typical_power_mw: float) -> PriceFace | None:
    """Return the optimal prices of a dispatch, None where it is plain that there are no others than its own."""
    planned = exchanged_mva(taxed.exchanges, solved.ex_ante_flows_mva)
    at_kink = taxed.at_kink(planned, solved.problem.tariffs, typical_power_mw)
    if not at_kink.any() and not limits_bind(solved.solution):
        return None
    return PriceFace.of(solved, at_kink)


def _bills(face: PriceFace, exchanges: Exchanges, exchanged: ComplexArray) -> sp.csr_array:
    """Return what coalitions pay for their exchanges, per hour, from the face's prices."""
    steps, half = exchanged.shape[1], len(face.offset) // 2
    at = (np.searchsorted(face.nodes, exchanges.node)[:, None] * steps + np.arange(steps)).ravel()
    owner = np.tile(np.repeat(exchanges.coalition, steps), 2)
    values = -np.concatenate([exchanged.real.ravel(), exchanged.imag.ravel()])
    shape = int(exchanges.coalition.max(initial=-1)) + 1, 2 * half
    return sp.csr_array((values, (owner, np.concatenate([at, at + half]))), shape=shape)
