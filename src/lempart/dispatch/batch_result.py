"""The dispatches of many forecasts: arrays over the draws, and each one in full when it is asked for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import overload

import numpy as np

from lempart.conic import ConicSolution
from lempart.dispatch.forecast_map import ForecastMap, Forecasts
from lempart.dispatch.problem import DispatchProblem, LossShift
from lempart.dispatch.solution import Dispatch
from lempart.errors import InfeasibleError, LempartError
from lempart.typing import BoolArray, ComplexArray, FloatArray, IntArray


@dataclass(frozen=True, slots=True)
class BatchCounts:
    """What became of the draws of a batch.

    Attributes
    ----------
    draws
        How many there were.
    widened
        Solved by the batch with limits at all steps, after limits at a few weren't enough.
    alone
        Solved one by one by a library solver, because the batch didn't reach its accuracy.
    infeasible
        Found by a library solver to have no dispatch.
    failed
        Not solved by any solver.
    """

    draws: int
    widened: int
    alone: int
    infeasible: int
    failed: int

    @property
    def fallback_share(self) -> float:
        """Return the share of the feasible draws that the batch could not solve."""
        feasible = self.draws - self.infeasible
        return (self.alone + self.failed) / feasible if feasible else 0.0


@dataclass(frozen=True, eq=False)
class Part:
    """Draws solved by one model; points and duals in columns."""

    map: ForecastMap
    forecast: ComplexArray
    draws: IntArray
    x: FloatArray
    z: FloatArray
    flexible_mva: ComplexArray
    flexibility_cost: FloatArray
    shift: LossShift | None = None

    @classmethod
    def of(cls, model: ForecastMap, found: Forecasts, draws: IntArray, x: FloatArray, z: FloatArray) -> Part:
        """Return the part with what is read from its points."""
        flexible = model.injections(x, found.parameters)
        cost = model.flexibility_costs(x, found.parameters)
        return cls(model, found.forecast, draws, x, z, flexible, cost, found.shift)

    def chosen(self, kept: BoolArray) -> Part:
        """Return some of the draws."""
        return Part(
            self.map,
            self.forecast[kept],
            self.draws[kept],
            self.x[:, kept],
            self.z[:, kept],
            self.flexible_mva[kept],
            self.flexibility_cost[kept],
            None if self.shift is None else self.shift.of(kept),
        )

    def dispatch(self, column: int) -> Dispatch:
        """Return one draw in full."""
        here = slice(column, column + 1)
        found = self.map.at(self.forecast[here], None if self.shift is None else self.shift.of(here))
        model = self.map.model_at(found, 0)
        program, x = model.program, self.x[:, column]
        slack = program.rhs - program.matrix @ x
        slack[: program.cones.zero] = 0.0
        solution = ConicSolution(program, x, self.z[:, column], slack, program.cost(x), "batch", 0)
        return Dispatch(model, solution, self.flexible_mva[column], self.flexibility_cost[column])

    def burning(self) -> BoolArray:
        """Return in which draws batteries burn energy, shape ``(draws,)``."""
        return self.map.burning(self.x, self.map.at(self.forecast, self.shift).parameters)

    def nodal_prices(self) -> ComplexArray:
        """Return the prices of all draws, shape ``(draws, nodes, steps)``."""
        return self.map.nodal_prices(self.map.at(self.forecast, self.shift), self.z)


@dataclass(frozen=True, eq=False)
class DispatchedBatch(Sequence[Dispatch]):
    """The dispatches of many forecasts, in their order.

    ``batch[i]`` is the dispatch of a draw, made when it is asked for; it raises the draw's error where there is none.

    Attributes
    ----------
    forecasts, flexible_mva
        ``U_hat`` and ``u``, complex MVA, shape ``(draws, prosumers, steps)``; ``u`` NaN where there is no dispatch.
    flexibility_cost
        ``c_m(u_m)`` over the horizon in currency, shape ``(draws, prosumers)``.
    errors
        Why a draw has no dispatch: an :class:`InfeasibleError` or a :class:`SolverError`; None where it has one.
    """

    problem: DispatchProblem
    forecasts: ComplexArray
    flexible_mva: ComplexArray
    flexibility_cost: FloatArray
    errors: list[LempartError | None]
    _parts: list[Part] = field(default_factory=list)
    _place: dict[int, tuple[int, int]] = field(default_factory=dict)
    _alone: dict[int, Dispatch] = field(default_factory=dict)
    _widened: list[int] = field(default_factory=list)

    @classmethod
    def empty(cls, problem: DispatchProblem, forecasts: ComplexArray) -> DispatchedBatch:
        """Return a batch in which nothing is solved yet."""
        return cls(
            problem,
            forecasts,
            np.full(forecasts.shape, np.nan, dtype=np.complex128),
            np.full(forecasts.shape[:2], np.nan),
            [None] * len(forecasts),
        )

    def take(self, part: Part, *, widened: bool = False) -> None:
        """Take over a part, all of whose draws are solved; there may be none."""
        if not len(part.draws):
            return
        self._parts.append(part)
        for column, draw in enumerate(part.draws.tolist()):
            self._place[draw] = (len(self._parts) - 1, column)
        self.flexible_mva[part.draws], self.flexibility_cost[part.draws] = part.flexible_mva, part.flexibility_cost
        if widened:
            self._widened.extend(part.draws.tolist())

    def set_alone(self, draw: int, found: Dispatch | LempartError) -> None:
        """Take over what a library solver found for one draw."""
        if isinstance(found, LempartError):
            self.errors[draw] = found
            return
        self._alone[draw] = found
        self.flexible_mva[draw], self.flexibility_cost[draw] = found.flexible_mva, found.flexibility_cost

    def burning_draws(self) -> list[int]:
        """Return the draws in which batteries burn energy, ascending."""
        together = (draw for part in self._parts for draw in part.draws[part.burning()].tolist())
        left = [draw for draw in together if draw not in self._alone and self.errors[draw] is None]
        return sorted([*left, *(draw for draw, found in self._alone.items() if found.burning)])

    @property
    def counts(self) -> BatchCounts:
        """Return how many draws were solved by whom."""
        infeasible = sum(isinstance(error, InfeasibleError) for error in self.errors)
        failed = sum(error is not None for error in self.errors) - infeasible
        return BatchCounts(len(self), len(self._widened), len(self._alone), infeasible, failed)

    def nodal_prices(self) -> ComplexArray:
        """Return ``lambda_n`` of all draws, shape ``(draws, nodes, steps)``; NaN where there is no dispatch."""
        shape = (len(self), self.problem.grid.node_count, self.problem.steps)
        prices = np.full(shape, np.nan, dtype=np.complex128)
        for part in self._parts:
            prices[part.draws] = part.nodal_prices()
        for draw, dispatched in self._alone.items():
            prices[draw] = dispatched.nodal_prices
        return prices

    def __len__(self) -> int:
        return len(self.forecasts)

    @overload
    def __getitem__(self, index: int) -> Dispatch: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Dispatch]: ...
    def __getitem__(self, index: int | slice) -> Dispatch | Sequence[Dispatch]:
        """Return the dispatch of a draw, or a list of them; raises the draw's error where it has none."""
        if isinstance(index, slice):
            return [self[draw] for draw in range(*index.indices(len(self)))]
        draw = range(len(self))[index]
        error = self.errors[draw]
        if error is not None:
            raise error
        if draw in self._alone:
            return self._alone[draw]
        part, column = self._place[draw]
        return self._parts[part].dispatch(column)

    def __iter__(self) -> Iterator[Dispatch]:
        return (self[draw] for draw in range(len(self)))
