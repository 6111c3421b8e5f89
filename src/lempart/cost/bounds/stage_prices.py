"""What an injection is worth to the network in both stages: prices at every prosumer that bound all partitions alike.

Take the dispatch that is best, in a weighted sum of both stages, for one partition, the *reference*. Every limit of the
grid has a shadow price in it. Written into the cost at these prices instead of kept as limits, the network falls apart
into a price at each prosumer and a constant, and what is left is a lower bound for *every* partition (weak duality):
with any multipliers ``y`` and ``mu``, none above the penalty rate where a limit has a price::

    rate (|S| - rating)+ >= Re(conj(y) S) - |y| rating          |y| <= rate
    rate (dv - limit)+   >= mu (dv - limit)                     0 <= mu <= rate
    0 >= Re(conj(y) S) - |y| rating,  0 >= mu (dv - limit)      where the limit is hard, at the forecast

Flows and voltages are sums over injections. So are the right hand sides, but for their constants. The lines that carry
the power of a single home are left out: what they cost is that home's own affair, whoever it is with.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from lempart.conic import SolverSettings
from lempart.cost.prepared_case import PreparedCase
from lempart.cost.problems import whole_grid_problem
from lempart.dispatch import Dispatch, DispatchProblem, Tariffs
from lempart.dispatch.both_stages import CAME, BothStages, dispatch_both_stages
from lempart.dispatch.network import line_radius
from lempart.grid import FlowMap, realized_state
from lempart.partition import Partition
from lempart.typing import ComplexArray, FloatArray


@dataclass(frozen=True, eq=False)
class Planned:
    """The ex-ante dispatch of the reference: what prosumers inject by it, and what that costs at the forecast.

    Attributes
    ----------
    injected_mva
        ``U_hat + u``, complex, shape ``(prosumers, steps)``.
    paid
        Flexibility and energy, in currency over the horizon, shape ``(prosumers,)``.
    beyond
        What elastic limits cost, and the tie-break, in currency over the horizon.
    """

    injected_mva: ComplexArray
    paid: FloatArray
    beyond: float

    @classmethod
    def of(cls, solved: Dispatch) -> Planned:
        """Return what a dispatch on the whole grid says, the cheapest of some partition."""
        problem, hours = solved.problem, solved.problem.step_hours
        injected, tariffs = problem.forecast + solved.flexible_mva, problem.tariffs
        paid = solved.flexibility_cost - hours * (tariffs.price.conj() * injected).real.sum(axis=1)
        beyond = problem.tie_break * hours * float((np.abs(solved.flexible_mva) ** 2).sum())
        if problem.limits == "elastic":
            state = realized_state(problem.grid, injected)
            beyond += hours * float((tariffs.line_penalty @ state.line_excess_mva).sum())
            beyond += hours * float((tariffs.voltage_penalty @ state.voltage_excess).sum())
        return cls(injected, paid, beyond)


@dataclass(frozen=True, eq=False)
class StagePrices:
    """What the network makes of prices at each prosumer, and how much the forecast's stage counts.

    Attributes
    ----------
    planned_charge, came_charge
        By how much an injection is worth less than at the PCC, per MWh and Mvarh, in either stage, complex, shape
        ``(prosumers, steps)``; weighted with the stage's share, so that what devices cost counts once.
    constant
        What is left of the limits that were relaxed, in currency over the horizon.
    theta
        How often the forecast's stage counts, the realisation's once; 0 without ``planned``.
    planned
        The plan whose cost at the forecast no partition's dispatch exceeds.
    """

    planned_charge: ComplexArray
    came_charge: ComplexArray
    constant: float
    theta: float = 0.0
    planned: Planned | None = None

    @property
    def came_share(self) -> float:
        """Return the share of the realisation in the sum of both stages."""
        return 1.0 / (1.0 + self.theta)

    @classmethod
    def without_network(cls, prepared: PreparedCase) -> StagePrices:
        """Return the prices at which the grid counts for nothing."""
        none = np.zeros_like(prepared.case.scenario.forecast)
        return cls(none, none, 0.0)

    @classmethod
    def at(
        cls,
        prepared: PreparedCase,
        reference: Partition,
        solver: SolverSettings | None = None,
        *,
        theta: float = 0.0,
        planned: Planned | None = None,
    ) -> StagePrices:
        """Return the prices at which the bound of the reference partition is its best dispatch for both stages.

        ``theta`` and ``planned`` as in the attributes; neither or both.

        Raises
        ------
        InfeasibleError
            When no dispatch meets hard limits.
        SolverError
            When no solver meets the tolerances.
        """
        plan, came = _stages(prepared, reference, theta)
        solved = dispatch_both_stages(plan, came, solver=solver)
        planned_charge, planned_constant = _charges(solved, plan, "")
        came_charge, came_constant = _charges(solved, came, CAME)
        constant = (1.0 + theta) * (planned_constant + came_constant)
        if planned is not None:
            constant -= theta * planned.beyond
        return cls(planned_charge, came_charge, constant, theta, planned)


def _stages(prepared: PreparedCase, reference: Partition, theta: float) -> tuple[DispatchProblem, DispatchProblem]:
    """Return everyone's problem at the forecast and at the realisation, weighted."""
    case, problem = prepared.case, whole_grid_problem(prepared, prepared.territories(reference))
    free = () if theta == 0.0 and problem.limits == "elastic" else None  # what is exceeded at no price limits nothing
    plan = replace(
        problem,
        tariffs=weighted(problem.tariffs, theta / (1.0 + theta)),
        tie_break=0.0,
        comfort=case.dispatch.limits,
        exclusive=None,
        line_steps=free,
        voltage_steps=free,
    )
    came = replace(
        plan,
        grid=prepared.grid,
        forecast=case.scenario.realization,
        tariffs=weighted(problem.tariffs, 1.0 / (1.0 + theta)),
        limits="elastic",
        line_steps=None,
        voltage_steps=None,
    )
    return plan, came


def weighted(tariffs: Tariffs, weight: float) -> Tariffs:
    """Return tariffs of which a stage pays but a share."""
    return replace(
        tariffs,
        price=weight * tariffs.price,
        tax=weight * tariffs.tax,
        line_penalty=weight * tariffs.line_penalty,
        voltage_penalty=weight * tariffs.voltage_penalty,
    )


def _charges(solved: BothStages, problem: DispatchProblem, stage: str) -> tuple[ComplexArray, float]:
    """Return the charge at every prosumer, and the constant, of the limits of one stage at its shadow prices."""
    on_lines, constant = _on_lines(solved, problem, stage)
    on_voltages, more = _on_voltages(solved, problem, stage)
    grid, flow_map = problem.grid, FlowMap.of(problem.grid)
    # A flow raises the voltages of all nodes behind it.
    raised = 2.0 * (grid.r_pu + 1j * grid.x_pu)[:, None] * grid.below_edges(on_voltages)
    charge: ComplexArray = flow_map.carried.T @ (on_lines + raised) / problem.step_hours
    return charge, constant + more


def _on_lines(solved: BothStages, problem: DispatchProblem, stage: str) -> tuple[ComplexArray, float]:
    """Return ``y`` of all edges, complex, shape ``(nodes, steps)``, and the constant of their limits."""
    grid, shape = problem.grid, (-1, problem.steps)
    found, rated = np.zeros((grid.node_count, problem.steps), dtype=np.complex128), np.flatnonzero(grid.has_rating)
    # The lines of single homes stay limits: every program that bounds what a home pays has them.
    kept = (grid.tree.prosumers_below != 1)[rated, None]
    above, below = (solved.dual(f"{stage}line limit from {side}") for side in ("above", "below"))
    if above is not None and below is not None:
        flows = solved.dispatch.ex_ante_flows_mva.imag
        radius = line_radius(problem, flows)[0].reshape(shape)
        up, down = (kept * np.maximum(side, 0.0).reshape(shape) for side in (above, below))
        found[rated] = up - down
        return found, -float(((up + down) * radius).sum())
    cones = solved.dual(f"{stage}line limit")
    if cones is None:
        return found, 0.0
    away = -(cones[:, 1] + 1j * cones[:, 2]).reshape(shape) * kept
    if problem.limits == "elastic":
        away = away * _shrink(np.abs(away), problem.tariffs.line_penalty[rated] * problem.step_hours)
    found[rated] = away
    return found, -float((np.abs(away) * grid.rating_mva[rated, None]).sum())


def _on_voltages(solved: BothStages, problem: DispatchProblem, stage: str) -> tuple[FloatArray, float]:
    """Return the upper limits' ``mu`` less the lower ones' of all nodes, ``(nodes, steps)``, and their constant."""
    grid, shape = problem.grid, (-1, problem.steps)
    found, constant = np.zeros((grid.node_count, problem.steps)), 0.0
    for side, limit, sign in (("upper", grid.dv_max, 1.0), ("lower", grid.dv_min, -1.0)):
        dual = solved.dual(f"{stage}voltage {side} limit")
        if dual is None:
            continue
        at = np.flatnonzero(grid.has_band & np.isfinite(limit))
        price = np.maximum(dual, 0.0).reshape(shape)
        if problem.limits == "elastic":
            price = np.minimum(price, problem.tariffs.voltage_penalty[at, None] * problem.step_hours)
        found[at] += sign * price
        constant -= sign * float((price * limit[at, None]).sum())
    return found, constant


def _shrink(size: FloatArray, most: FloatArray) -> FloatArray:
    """Return the factors that bring sizes down to what they may be at most, per row."""
    return np.minimum(1.0, np.divide(most[:, None], size, out=np.ones_like(size), where=size > 0.0))
