"""One dispatch that is paid for at both stages: as it was planned, at the forecast, and as it came, at the realisation.

No dispatch of the model is chosen like that. But whatever was chosen at the forecast costs no less, in any weighted sum
of both stages, than the dispatch that is best for the sum: lower bounds are made of such programs.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from lempart.conic import Affine, SolverSettings, solve
from lempart.dispatch.exante import (
    ExAnteDraft,
    GivenTax,
    draft_ex_ante,
    finished,
    objective_import,
    objective_tax,
    price_scale,
    unit,
)
from lempart.dispatch.network import FlowExpressions, constraint_line_limits, constraint_voltage_limits, step_entries
from lempart.dispatch.problem import DispatchProblem
from lempart.dispatch.solution import Dispatch, read_outcome
from lempart.dispatch.taxed_flows import TaxedFlows
from lempart.grid import line_flows
from lempart.typing import ComplexArray, FloatArray, IntArray

CAME = "realised "
"""Begins the names of rows and variables of the realisation."""


@dataclass(frozen=True, eq=False)
class BothStages:
    """The best dispatch for both stages together.

    Attributes
    ----------
    came
        The problem at the realisation.
    dispatch
        The dispatch; its problem is that at the forecast, its program has both stages.
    came_tax
        How exchanges are taxed at the realisation, as the dispatch's model says it of the forecast.
    """

    came: DispatchProblem
    dispatch: Dispatch
    came_tax: tuple[GivenTax | None, IntArray]

    @property
    def cost(self) -> float:
        """Return what both stages cost together, in currency over the horizon."""
        return self.dispatch.solution.cost

    @property
    def directions(self) -> tuple[ComplexArray, ComplexArray]:
        """Return ``s`` with ``|s| <= 1`` of all exchanges, such that the tax on ``S`` is as good as ``Re(conj(s) S)``.

        Those of the forecast, and those of the realisation; complex, shape ``(exchanges, steps)`` each.
        """
        model = self.dispatch.model
        return (
            self._directions(model.problem, model.given_tax, model.straight_tax, ""),
            self._directions(self.came, *self.came_tax, CAME),
        )

    def dual(self, row: str) -> FloatArray | None:
        """Return the duals of rows, in their order; None where there are no such rows."""
        solution = self.dispatch.solution
        at = solution.program.row_blocks.get(row)
        return None if at is None else solution.z[at]

    def _directions(
        self, problem: DispatchProblem, given: GivenTax | None, straight: IntArray, stage: str
    ) -> ComplexArray:
        count = 0 if problem.exchanges is None else len(problem.exchanges.node)
        found = np.zeros(count * problem.steps, dtype=np.complex128)
        rate = np.tile(problem.tariffs.tax * problem.step_hours, count)
        left = np.full(len(found), bool(np.any(problem.tariffs.tax)))
        if given is not None:
            evaluate = self.dispatch.solution.evaluate
            found[given.entries] = rate[given.entries] * unit(evaluate(given.active) + 1j * evaluate(given.reactive))
            left[given.entries] = False
        export, imported = (self.dual(f"{stage}tax on {way}") for way in ("export", "import"))
        if export is not None and imported is not None:
            found[straight] = export - imported
            left[straight] = False
        cones = self.dual(f"{stage}tax on exchange")
        if cones is not None:
            found[left] = -(cones[:, 1] + 1j * cones[:, 2])
        direction: ComplexArray = np.divide(found, rate, out=np.zeros_like(found), where=rate > 0.0)
        direction /= np.maximum(np.abs(direction), 1.0)
        return direction.reshape(count, problem.steps)


@dataclass(frozen=True, eq=False)
class BothStagesDraft:
    """All of such a program but what injections earn less than tariffs say: it may be solved for many prices.

    Attributes
    ----------
    came
        The problem at the realisation.
    draft
        The program, its problem that at the forecast.
    came_tax
        As in :class:`BothStages`.
    """

    came: DispatchProblem
    draft: ExAnteDraft
    came_tax: tuple[GivenTax | None, IntArray]

    @classmethod
    def of(cls, plan: DispatchProblem, came: DispatchProblem) -> BothStagesDraft:
        """Return the draft of the program of both stages, which are as for :func:`dispatch_both_stages`."""
        draft = draft_ex_ante(plan)
        builder, planned = draft.builder, draft.flows
        builder.cost_scale = max(builder.cost_scale, price_scale(came) * plan.power_scale_mw * plan.step_hours)
        missed = line_flows(plan.grid, came.forecast - plan.forecast)
        active, reactive = (Affine.of_constant(part) for part in (missed.real, missed.imag))
        flows = FlowExpressions(planned.active + active, planned.reactive + reactive, None)
        constraint_line_limits(builder, came, flows, CAME)
        constraint_voltage_limits(builder, came, flows, CAME)
        objective_import(builder, came, flows)
        taxed = None if came.exchanges is None else TaxedFlows.of(came.exchanges)
        return cls(came, draft, objective_tax(builder, came, flows, taxed, stage=CAME))

    def dispatch(self, dearer: ComplexArray | None, solver: SolverSettings | None) -> BothStages:
        """Return the best dispatch where injections earn so much less; raises as :func:`dispatch_both_stages` does."""
        plan, planned, builder = self.draft.problem, self.draft.flows, self.draft.builder.copy()
        if dearer is not None:
            at, price = step_entries(plan.grid.tree.leaf, plan.steps), dearer.ravel() * plan.step_hours
            builder.minimize(planned.active.take(at).scaled(price.real))
            builder.minimize(planned.reactive.take(at).scaled(price.imag))
        model = finished(replace(self.draft, builder=builder), plan)
        return BothStages(self.came, read_outcome(model, solve(model.program, solver), solver), self.came_tax)


def dispatch_both_stages(
    plan: DispatchProblem,
    came: DispatchProblem,
    dearer: ComplexArray | None = None,
    solver: SolverSettings | None = None,
) -> BothStages:
    """Return the dispatch that is best for both stages together.

    Parameters
    ----------
    plan, came
        The same prosumers on the same tree, at the forecast and at the realisation, each with limits, exchanges and
        tariffs of its own: what a stage weighs is in its tariffs. What devices cost is paid once. Limits of ``came``
        are elastic.
    dearer
        What an injection ``U_hat + u`` earns less than the tariffs say, per MWh and Mvarh, complex, shape
        ``(prosumers, steps)``; None: nothing.

    Raises
    ------
    InfeasibleError
        When no dispatch meets the plan's hard limits.
    SolverError
        When no solver meets the tolerances.
    """
    return BothStagesDraft.of(plan, came).dispatch(dearer, solver)
