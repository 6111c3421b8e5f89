"""Lower bounds on what sub-coalitions cost, from the duals of one dispatch (Eq 9; Appendix A.3).

Any nodal prices bound the dispatch costs of every sub-coalition from below, by an amount that adds up over its
prosumers; the prices of a coalition's own dispatch make the bound exact for that coalition. So one dispatch says
something about ``2^n`` of them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from lempart.cost.bounds.price_takers import PriceTakers
from lempart.cost.equations.edge_allocation import (
    balancing_allocation,
    edge_allocation,
    in_closed_form,
    injection_prices,
    push_down,
    voltage_pull,
)
from lempart.cost.equations.losses import counted_flows
from lempart.cost.prepared_case import PreparedCase
from lempart.dispatch import Dispatch
from lempart.errors import SolverError
from lempart.grid import line_flows
from lempart.partition import members
from lempart.typing import ComplexArray, FloatArray, frozen_array

_NO_PRICE = 1e-7
"""Shadow prices that matter less than this, relative to what they are part of, count as zero."""
CLOSE_ENOUGH = 0.02
"""Bounds that come so close to a cost, as a share of what is open of everyone's, needn't come closer."""
_TYPICAL_DEVIATION = 0.1  # p.u. squared voltage


@dataclass(eq=False)
class DualBoundSession:
    """Bounds for the sub-coalitions of one coalition, for one decision about its core; satisfies ``game.Bounds``.

    Called with a sub-coalition it returns an allocation of its dispatch costs and one of its balancing costs, both
    over all players of the coalition, shape ``(players,)`` each and in currency: no sub-coalition's own dispatch
    costs, or balancing costs, are less than what its players are allocated. Violations cost at least nothing.

    None for a sub-coalition that isn't viable, or where no solver finds its bounds. The allocation of dispatch costs
    collects all of the sub-coalition's where :func:`separates` says so. Elsewhere network limits are left out of it: it
    still bounds, less closely.

    Asked for the whole coalition it begins to remember what it returns, and returns None for sub-coalitions whose
    costs, violations aside, that comes close to anyway: within :data:`CLOSE_ENOUGH` of what the coalition's own bounds
    leave open of its cost. Where so much is open, closer bounds on few sub-coalitions spare nobody a dispatch.

    Attributes
    ----------
    prepared
        Of a case without externalities.
    coalition
        The coalition within which the bounds are asked for, a mask of players.
    dispatched
        Gives a coalition's dispatch, None where it is not viable.
    takers
        The case's prosumers as takers of prices.
    cost
        Gives a coalition's cost, violations included.
    ties
        What each prosumer's bound gives way for the tie-break of the dispatch, in currency, shape ``(prosumers,)``:
        the duals are of a problem that has it, costs are without. Left out where the tie-break is small.
    """

    prepared: PreparedCase
    coalition: int
    dispatched: Callable[[int], Dispatch | None]
    takers: PriceTakers
    cost: Callable[[int], float]
    ties: FloatArray
    _returned: _Returned | None = field(default=None, init=False)

    def __call__(self, mask: int) -> tuple[FloatArray, FloatArray] | None:
        """Return the bounds that the dispatch of the sub-coalition ``mask`` gives."""
        try:
            return self._cuts(mask)
        except SolverError:  # bounds spare work; the answer doesn't hang on them
            return None

    def _cuts(self, mask: int) -> tuple[FloatArray, FloatArray] | None:
        solved = self.dispatched(mask)
        if solved is None:
            return None
        balancing = self._balancing(mask)
        if mask == self.coalition:
            cuts = self._dispatching(mask, solved), balancing
            self._returned = _Returned(np.array([cuts]), CLOSE_ENOUGH * (self.cost(mask) - float(np.sum(cuts))))
            return cuts
        if self._returned is not None:
            inside = list(members(mask))
            own = float(solved.flexibility_cost.sum() + balancing[inside].sum())
            if self._returned.comes_close(inside, own):
                return None
        cuts = self._dispatching(mask, solved), balancing
        if self._returned is not None:
            self._returned.cuts = np.concatenate([self._returned.cuts, [cuts]])
        return cuts

    def _dispatching(self, mask: int, solved: Dispatch) -> FloatArray:
        """Return what the dispatch of ``mask`` allocates of dispatch costs."""
        inside = list(self.prepared.family.prosumers(mask))
        per_prosumer = np.zeros(len(self.prepared.case.prosumers))
        others = set(self.prepared.family.prosumers(self.coalition))
        if separates(solved) and (self._at_the_top(mask) or not _pulls(solved)):
            scenario = self.prepared.case.scenario
            per_prosumer[inside] = prosumer_bound(solved, scenario.realization[inside] - scenario.forecast[inside])
            others -= set(inside)
        per_prosumer[sorted(others)] = self._at_price(sorted(others), solved)
        return self._per_player(per_prosumer - self.ties)

    def _at_price(self, chosen: list[int], solved: Dispatch) -> FloatArray:
        """Return what prosumers would pay at best if the price at the boundary node held for them, grid or no grid."""
        price = injection_prices(solved)[0]
        if solved.problem.balance == "active":
            price = price.real.astype(complex)  # reactive power crosses the boundary free of charge
        return self.takers.values(chosen, price)

    def _at_the_top(self, mask: int) -> bool:
        """Return whether a sub-coalition's boundary node is that of the whole coalition."""
        family = self.prepared.family
        return family.subgraph(mask).boundary_nodes == family.subgraph(self.coalition).boundary_nodes

    def _balancing(self, mask: int) -> FloatArray:
        """Return what the errors of ``mask`` allocate of balancing costs."""
        case = self.prepared.case
        mismatch = case.scenario.realization - case.scenario.forecast
        rate, inside = case.market.imbalance_penalty_per_mwh, self.prepared.family.prosumers(mask)
        return self._per_player(balancing_allocation(mismatch, rate, case.horizon.step_hours, of=inside))

    def _per_player(self, per_prosumer: FloatArray) -> FloatArray:
        players = self.prepared.family.players
        return frozen_array([per_prosumer[list(player)].sum() for player in players])


@dataclass
class _Returned:
    """The bounds returned so far, shape ``(bounds, 2, players)``, and how close is close enough, in currency."""

    cuts: FloatArray
    enough: float

    def comes_close(self, inside: list[int], own: float) -> bool:
        """Return whether the players ``inside`` are known to pay little less than their ``own`` costs at least."""
        known = self.cuts[:, :, inside].sum(axis=2).max(axis=0).sum()
        return bool(own - known <= self.enough)


def separates(solved: Dispatch) -> bool:
    """Return whether the Lagrangian of a dispatch separates over edges into bounds on sub-coalitions' costs.

    Limits have to be hard, voltage bands to contain 0, and no reactive power may cross a boundary at a shadow price:
    a sub-coalition, whose boundary may be any inner node, would have a cost more. With losses no limit may bind: a
    sub-coalition's own are shifted by its own flows.
    """
    problem, banded = solved.problem, solved.problem.grid.has_band
    around = np.all(problem.grid.dv_min[banded] <= 0.0) and np.all(problem.grid.dv_max[banded] >= 0.0)
    if problem.limits != "hard" or not around or not in_closed_form(solved):
        return False
    if solved.model.reactive_is_fixed or problem.balance == "complex":
        return True
    prices = injection_prices(solved)
    inner = np.setdiff1d(np.arange(len(prices)), problem.grid.tree.leaf)
    return bool(np.abs(prices[inner].imag).max() <= _NO_PRICE * np.abs(prices).max())


def _pulls(solved: Dispatch) -> bool:
    """Return whether voltage limits bind, so that the voltage at the boundary node is worth something.

    To coalitions that reach further up it isn't given, and what lies above would have its price, too.
    """
    unit = max(solved.model.program.cost_scale, float(solved.flexibility_cost.sum()))
    return float(np.abs(voltage_pull(solved)).sum()) * _TYPICAL_DEVIATION > _NO_PRICE * unit


def prosumer_bound(solved: Dispatch, mismatch_mva: ComplexArray) -> FloatArray:
    """Return the edge allocation of a dispatch, given to prosumers as far as that leaves it a lower bound.

    ``mismatch_mva`` is ``U - U_hat`` of its prosumers, shape ``(prosumers, steps)``: losses are those that come.

    Rents, negative amounts on lines above, are shared by everyone below. A positive amount there, which only given
    reactive power can cause, would be charged to sub-coalitions without the line: it is dropped.
    """
    tree, edges = solved.problem.grid.tree, edge_allocation(solved) + _losses_of_errors(solved, mismatch_mva)
    above = np.ones(tree.node_count, dtype=bool)
    above[tree.leaf] = False
    edges[above] = np.minimum(edges[above], 0.0)
    return push_down(tree, edges)


def _losses_of_errors(solved: Dispatch, mismatch_mva: ComplexArray) -> FloatArray:
    """Return what errors change of the least that losses of each edge come to, in currency, shape ``(nodes,)``.

    With ``D`` the flow of the errors below an edge, the same in every sub-coalition that has the edge, the edge's part
    of the Lagrangian is ``<lambda_n - lambda_A, S> + w |S + D|^2``. It is least at ``-w |S_hat|^2 + 2 w <S_hat, D>``,
    at the prices of a dispatch: of what losses come to, ``w |D|^2`` is left out.
    """
    problem, losses = solved.problem, solved.problem.losses
    if losses is None:
        return np.zeros(problem.grid.node_count)
    only_active = problem.balance == "active"
    planned = counted_flows(solved.ex_ante_flows_mva, active_only=only_active)
    missed = counted_flows(line_flows(problem.grid, mismatch_mva), active_only=only_active)
    changed: FloatArray = 2.0 * problem.step_hours * (losses.weight * (planned.conj() * missed).real).sum(axis=1)
    return changed
