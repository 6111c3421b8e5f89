"""A core allocation in closed form, from the duals of one dispatch (Theorem VI.1, Appendix A.3).

Without externalities and with single boundary nodes, the Lagrangian of the dispatch of a coalition separates over
its edges. What it assigns to them is in the core of the dispatch costs, and pushed down to prosumers it still is.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from lempart.arguments import Positive, checks_arguments
from lempart.cost.equations.losses import counted_flows, loss_cost
from lempart.cost.equations.price_face import limits_bind
from lempart.dispatch import Dispatch
from lempart.dispatch.exante import unit
from lempart.errors import UsageError
from lempart.grid import line_flows
from lempart.tree import Tree
from lempart.typing import ComplexArray, FloatArray, frozen_array


@checks_arguments
def edge_allocation(solved: Dispatch) -> FloatArray:
    """Return ``y_n = L_n(Psi_n, Lambda)`` of every edge, in currency over the horizon (Eqs A.2 and A.3).

    At the optimum, stationarity leaves of ``L_n`` what the edge's limits are worth and, at a leaf, what its
    prosumer pays beyond its flexibility::

        y_n = c_n(u_n) - <lambda_n, U_n + u_n> - mu_n rating_n - eta_n dv_max_n + eta'_n dv_min_n

    with losses less what those of the edge cost, ``h w_n |S_n|^2``;
    with the first two terms at leaves only, ``mu`` the dual of Eq 1d and ``eta``, ``eta'`` those of Eq 1e. Reactive
    flows that are given, not decided, shift the limits: the rating by their share, and ``dv`` by what they add.

    Parameters
    ----------
    solved
        A dispatch under strict self-consumption (Eq 9e, 9f) with hard limits.

    Returns
    -------
    FloatArray
        Shape ``(nodes,)``, entry ``n`` for the edge from node ``n`` to its parent, 0 at the PCC. The entries add up
        to the flexibility cost, and what losses cost at the forecast. Those of edges that lead to no prosumer's leaf
        are rents of congestion and losses, ``<= 0`` where no reactive power flows. Over the edges of any admissible
        sub-coalition they add up to no more than its own dispatch costs, given ``strict_reactive`` or no flexible
        reactive power.

    Raises
    ------
    UsageError
        For a dispatch that trades with the transmission grid, one with elastic limits, or one whose limits bind with
        losses.
    """
    problem = solved.problem
    if problem.balance == "market" or problem.limits != "hard":
        raise UsageError("the edge allocation needs a dispatch under strict self-consumption with hard limits")
    if not in_closed_form(solved):
        raise UsageError("limits bind with losses: there is no edge allocation in closed form")
    leaf, price = problem.grid.tree.leaf, injection_prices(solved) * problem.step_hours
    injected = problem.forecast + solved.flexible_mva
    if solved.model.reactive_is_fixed:
        injected, price = injected.real.astype(complex), price.real.astype(complex)
    shares = -_line_rents(solved) - _voltage_rents(solved)
    shares[leaf] -= (price[leaf].conj() * injected).real
    total = shares.sum(axis=1)
    if problem.losses is not None:
        # Marginal losses collect twice what losses cost; the rest goes back to those below.
        flows = counted_flows(solved.ex_ante_flows_mva, active_only=problem.balance == "active")
        total -= loss_cost(problem.losses.weight, flows, problem.step_hours)
    total[leaf] += solved.flexibility_cost
    return frozen_array(total)


def in_closed_form(solved: Dispatch) -> bool:
    """Return whether the edge allocation holds: with losses only where no limit that they shift binds."""
    losses = solved.problem.losses
    return losses is None or losses.shift is None or not limits_bind(solved.solution)


def injection_prices(solved: Dispatch) -> ComplexArray:
    """Return ``lambda_n`` per MWh and Mvarh, shape ``(nodes, steps)``, without the map of all of them.

    Where reactive power is given its price is read at the PCC alone, and 0 elsewhere.
    """
    solution, hours = solved.solution, solved.problem.step_hours
    price = -solution.sensitivity("active injection") / hours
    if not solved.model.reactive_is_fixed:
        return price - 1j * solution.sensitivity("reactive injection") / hours
    reactive = np.zeros_like(price)
    reactive[0] = -solution.sensitivity("reactive flow")[0] / hours
    return price + 1j * reactive


def _line_rents(solved: Dispatch) -> FloatArray:
    """Return ``mu_n rating_n`` per edge and step, in currency."""
    problem, z, rows = solved.problem, solved.solution.z, solved.solution.program.row_blocks
    rents = np.zeros((problem.grid.node_count, problem.steps))
    rated, limited = np.flatnonzero(problem.grid.has_rating), problem.limited_steps("line")
    at, rating = np.ix_(rated, limited), problem.grid.rating_mva[rated, None]
    if "line limit" in rows:
        rents[at] = z[rows["line limit"]][:, 0].reshape(len(rated), -1) * rating
    elif "line limit from above" in rows:
        shadow = (z[rows["line limit from above"]] + z[rows["line limit from below"]]).reshape(len(rated), -1)
        given = line_flows(problem.grid, problem.forecast).imag[at]
        rents[at] = shadow * np.sqrt(np.maximum(rating**2 - given**2, 0.0))
    return rents


def _voltage_rents(solved: Dispatch) -> FloatArray:
    """Return what the voltage limits are worth per node and step, in currency."""
    problem, grid = solved.problem, solved.problem.grid
    rents, pull = np.zeros((2, grid.node_count, problem.steps))
    for limit, shadow in _voltage_shadows(solved):
        rents += shadow * np.where(np.isfinite(limit), limit, 0.0)[:, None]
        pull += shadow
    if solved.model.reactive_is_fixed:
        # Each edge's given reactive flow moves all voltages below it, and so uses up part of their limits.
        given = line_flows(grid, problem.forecast).imag
        rents -= 2.0 * grid.x_pu[:, None] * given * grid.below_edges(pull)
    return rents


def voltage_pull(solved: Dispatch) -> FloatArray:
    """Return what a rise of all voltages would cost per p.u. squared voltage, in currency, shape ``(steps,)``."""
    pull: FloatArray = np.zeros(solved.problem.steps)
    for _, shadow in _voltage_shadows(solved):
        pull = pull + shadow.sum(axis=0)
    return pull


def _voltage_shadows(solved: Dispatch) -> Iterator[tuple[FloatArray, FloatArray]]:
    """Yield upper and lower limits, shape ``(nodes,)``, and their shadow prices, shape ``(nodes, steps)``."""
    problem, z, rows = solved.problem, solved.solution.z, solved.solution.program.row_blocks
    grid = problem.grid
    banded, limited = np.flatnonzero(grid.has_band), problem.limited_steps("voltage")
    for side, limit, sign in (("upper", grid.dv_max, 1.0), ("lower", grid.dv_min, -1.0)):
        nodes = banded[np.isfinite(limit[banded])]
        if len(nodes) and f"voltage {side} limit" in rows:
            shadow = np.zeros((grid.node_count, problem.steps))
            shadow[np.ix_(nodes, limited)] = sign * z[rows[f"voltage {side} limit"]].reshape(len(nodes), -1)
            yield limit, shadow


@checks_arguments
def push_down(tree: Tree, allocation: FloatArray) -> FloatArray:
    """Return an allocation over prosumers, shape ``(prosumers,)``: each edge's amount shared equally below it.

    Amounts ``<= 0`` on edges without a prosumer of their own may go to anyone below without leaving the core: every
    sub-coalition that has the edge has everyone below it. ``allocation`` has shape ``(nodes,)``.

    Parameters
    ----------
    tree
        The grid's tree: nodes are numbered from the root on.
    allocation
        Shape ``(nodes,)``: what each edge, numbered by its lower node, is to pay, in currency.
    """
    below = np.zeros(tree.node_count)
    below[tree.leaf] = 1.0
    for node in range(tree.node_count - 1, 0, -1):
        below[tree.parent[node]] += below[node]
    share = np.zeros(tree.node_count)
    for node in range(1, tree.node_count):
        own = allocation[node] / below[node] if below[node] else 0.0
        share[node] = share[tree.parent[node]] + own
    return frozen_array(share[tree.leaf])


@checks_arguments
def balancing_allocation(
    mismatch_mva: ComplexArray, rate_per_mwh: FloatArray, step_hours: Positive, *, of: Sequence[int] | None = None
) -> FloatArray:
    """Return a core allocation of ``Gamma_b = sum_t alpha_t |sum_m D_m|`` (Eq 9c), shape ``(prosumers,)``.

    Each prosumer pays for the part of its error ``D_m`` that points the way of everyone's:
    ``alpha_t Re(conj(g_t) D_m)`` with ``g_t`` the unit vector of ``sum_m D_m``. A sub-coalition pays no more than
    the modulus of its own error, by the Cauchy-Schwarz inequality.

    Parameters
    ----------
    mismatch_mva
        ``U - U_hat`` of the coalition's prosumers, complex, shape ``(prosumers, steps)``.
    rate_per_mwh
        ``alpha``, shape ``(steps,)``.
    step_hours
        Length of a step ``h`` in hours, > 0.
    of
        The prosumers whose ``Gamma_b`` is allocated in full; everyone by default. The bills of any group of
        prosumers, these or others, are no more than its own ``Gamma_b``.
    """
    total = (mismatch_mva if of is None else mismatch_mva[list(of)]).sum(axis=0)
    return frozen_array((unit(total).conj() * mismatch_mva).real @ rate_per_mwh * step_hours)
