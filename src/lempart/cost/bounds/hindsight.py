"""What prosumers would pay at best, had they known what really happens and were there no grid: lower bounds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from lempart.conic import SolverSettings
from lempart.cost.prepared_case import PreparedCase
from lempart.cost.problems import sums_problem, without_grid
from lempart.dispatch import Dispatch, DispatchProblem, dispatch
from lempart.dispatch.reach import reach
from lempart.partition import mask_of
from lempart.typing import ComplexArray, FloatArray


@dataclass(frozen=True, eq=False)
class HindsightCosts:
    """Optimal costs at the realisation under the constraints of flexibility alone."""

    prepared: PreparedCase
    solver: SolverSettings | None = None

    def together(self, prosumers: Sequence[int], *, price: ComplexArray | None = None, taxed: float = 1.0) -> Dispatch:
        """Return the dispatch of a coalition at the realisation, taxed on the modulus of its net injection.

        The price is ``lambda_0`` unless another is given, complex per MWh, shape ``(steps,)``; the tax counts ``taxed``
        times.
        """
        problem = self._problem(prosumers, together=True)
        return dispatch(_priced(problem, price, taxed), self.solver)

    def foreseen(self, prosumer: int, *, price: ComplexArray, taxed: float, rating_mva: float) -> Dispatch:
        """Return the same of one home at its forecast, behind a line of its own with this rating.

        Raises
        ------
        InfeasibleError
            When the forecast doesn't fit through the line.
        """
        problem = self._problem([prosumer], together=True)
        grid = replace(problem.grid, rating_mva=np.array([np.inf, rating_mva]))
        behind = replace(problem, grid=grid, forecast=self.prepared.case.scenario.forecast[[prosumer]])
        return dispatch(_priced(behind, price, taxed), self.solver)

    def cost(self, solved: Dispatch) -> float:
        """Return flexibility, energy and tax of a dispatch that :meth:`together` gave, in currency: ``A'(F)``."""
        net = (solved.problem.forecast + solved.flexible_mva).sum(axis=0)
        tariffs, hours = solved.problem.tariffs, solved.problem.step_hours
        energy = -(tariffs.price.conj() * net).real.sum() * hours
        return float(solved.flexibility_cost.sum() + energy + (tariffs.tax * np.abs(net)).sum() * hours)

    def apart(self, prosumers: Sequence[int], price: ComplexArray) -> FloatArray:
        """Return what each prosumer would pay at a price of its own net injection, shape ``(prosumers,)``.

        ``price`` is complex per MWh, shape ``(steps,)``. Costs in currency over the horizon; nothing is taxed.
        """
        problem = self._problem(prosumers)
        solved = dispatch(replace(problem, tariffs=replace(problem.tariffs, price=price)), self.solver)
        net = problem.forecast + solved.flexible_mva
        costs: FloatArray = solved.flexibility_cost - (price.conj() * net).real.sum(axis=1) * problem.step_hours
        return costs

    def reach(self) -> tuple[ComplexArray, ComplexArray]:
        """Return the least and the most that every prosumer's flexibility can inject, as `lempart.dispatch.reach`."""
        case = self.prepared.case
        least, most = np.zeros((2, len(case.prosumers), case.horizon.steps), dtype=np.complex128)
        owners = [m for m, owner in enumerate(case.prosumers) if owner.flexibility]
        if owners:
            problem = self._problem(owners)
            least[owners], most[owners] = reach(problem.prosumers, problem.device_context, self.solver)
        return least, most

    def _problem(self, prosumers: Sequence[int], *, together: bool = False) -> DispatchProblem:
        """Return the problem of prosumers at the realisation; taxed together, or not at all."""
        prepared = self.prepared
        return replace(
            sums_problem(prepared, prosumers, [mask_of(prosumers)]) if together else without_grid(prepared, prosumers),
            forecast=prepared.case.scenario.realization[list(prosumers)],
            limits="hard",
            tie_break=0.0,
            comfort=prepared.case.dispatch.limits,
            exclusive=None,
        )


def _priced(problem: DispatchProblem, price: ComplexArray | None, taxed: float) -> DispatchProblem:
    """Return a problem with another price, if one is given, and with its tax so many times."""
    tariffs = problem.tariffs
    changed = replace(tariffs, price=tariffs.price if price is None else price, tax=taxed * tariffs.tax)
    return replace(problem, tariffs=changed)
