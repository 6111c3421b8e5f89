"""Search every draw of a point of a study for its optimal and its optimal stable partition."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from lempart.case import Case
from lempart.cost import PreparedCase
from lempart.errors import InfeasibleError, SolverError
from lempart.result import Solution
from lempart.search import Ending, search_method
from lempart.solving import solve
from lempart.study.draw.draws import Draws, case_of_point, draws_at
from lempart.study.evaluate.evaluator import Arrays, Notes, Stopped, never, notes_of
from lempart.study.plan.search_plan import SearchPlan
from lempart.study.spec.axes import Point
from lempart.study.spec.spec import StudySpec


@dataclass(frozen=True, eq=False)
class SearchEvaluator:
    """One point of a study, ready to search its draws one after another."""

    plan: SearchPlan
    draws: Draws

    @classmethod
    def of(cls, spec: StudySpec, case: Case, point: Point) -> SearchEvaluator:
        """Return the evaluator of a point."""
        plan = SearchPlan(spec, PreparedCase.of(case_of_point(spec, case, point)))
        return cls(plan, draws_at(spec, case, point))

    def evaluate(self, start: int, stop: int, stopped: Callable[[], bool] = never) -> tuple[Arrays, Notes]:
        """Return the results of draws ``start`` to ``stop - 1``, and what else there is to say of them.

        Raises
        ------
        Stopped
            When ``stopped`` said so.
        SolverError
            When a dispatch isn't solved to the tolerances; the message names the draw.
        """
        plan = self.plan
        arrays = {
            name: _empty((len(plan.readings), stop - start, *(len(plan.labels[dim]) for dim in dims)), dtype)
            for name, (dims, dtype) in plan.variables.items()
        }
        reasons, burning = [], np.zeros(stop - start, dtype=bool)
        for index in range(start, stop):
            for r, reading in enumerate(plan.readings):
                try:
                    drawn = self.draws.case(index)
                    found = self._solution(
                        replace(drawn, market=replace(drawn.market, voltage_penalty=reading)), stopped
                    )
                except InfeasibleError as error:
                    reasons.append(str(error))
                except SolverError as error:
                    raise SolverError(f"draw {index} of seed {plan.spec.seed}: {error}") from error
                else:
                    burning[index - start] |= self._note(arrays, (r, index - start), found)
        return arrays, notes_of(reasons, burning)

    def _solution(self, case: Case, stopped: Callable[[], bool]) -> Solution:
        method = search_method(self.plan.spec.search or "auto")
        found = solve(case, method, stop=lambda: "asked to" if stopped() else "")
        if found.search.ending is Ending.INTERRUPTED:
            raise KeyboardInterrupt
        if stopped():
            raise Stopped
        return found

    def _note(self, arrays: dict[str, NDArray[np.generic]], at: tuple[int, int], found: Solution) -> bool:
        """Write one draw's answers into the arrays; return whether batteries burn energy in them."""
        search = found.search
        arrays["proven"][at] = search.proven
        arrays["lower_bound"][at] = np.nan if search.lower_bound is None else search.lower_bound
        burning = False
        for outcome, best in enumerate((search.optimal, search.optimal_stable)):
            if not best:
                continue
            cost = found.cost(best[0].partition)
            assert cost.parts is not None
            parts = cost.parts.as_dict()
            arrays["total"][(*at, outcome)] = best[0].total
            arrays["parts"][(*at, outcome)] = [parts[name] for name in self.plan.prepared.part_names]
            arrays["market"][(*at, outcome)] = self.plan.markets(best[0].partition)
            arrays["ties"][(*at, outcome)] = len(best) - 1
            burning |= bool(cost.burning)
        return burning


def _empty(shape: tuple[int, ...], dtype: np.dtype[np.generic]) -> NDArray[np.generic]:
    """Return what is kept of draws in which there is no answer: infinite amounts, no partition."""
    nothing = {"f": np.inf, "i": -1, "b": False}[dtype.kind]
    return np.full(shape, nothing, dtype=dtype)
