"""Dispatch one forecast for many partitions, eight at a time.

The ex-ante problems of partitions differ in the tax alone: which flows it is due on, and how often. So one program has
the modulus of every flow that any partition is taxed on, and a partition is its linear cost. A modulus that costs
nothing has no upper end, which keeps an interior-point method from one: there it costs next to nothing.

With losses, partitions whose limits they shift go through their passes together: only right-hand sides differ.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TypeAlias

import numpy as np
import scipy.sparse as sp

from lempart.conic import Clarity, ConicProgram, ConicSolution, SolverSettings, of_least_norm
from lempart.dispatch.batch_limits import grid_limits
from lempart.dispatch.batch_sessions import BatchSessions
from lempart.dispatch.exante import MODULUS, ExAnteModel, draft_ex_ante, finished, tax_rates
from lempart.dispatch.forecast_map import ForecastMap, Forecasts
from lempart.dispatch.lazy import steps_at_limits
from lempart.dispatch.losses import with_any_shift
from lempart.dispatch.passes import MAX_PASSES, Settling, matters, shift_of
from lempart.dispatch.problem import DispatchProblem, Exchanges, LossShift
from lempart.dispatch.reading import GivenSlope
from lempart.dispatch.solution import Dispatch, PriceMap
from lempart.dispatch.taxed_flows import FlowBook, TaxedFlows
from lempart.typing import FloatArray, IntArray

UNTAXED = 1e-14
"""What the modulus of a flow costs that isn't taxed, as a share of what it costs where it is."""

NEAR = 4.0
"""Limits of the grid of which partitions leave less than so many times what that varies by are always kept."""


_Chosen: TypeAlias = tuple[Exchanges, IntArray]
"""A partition by its exchanges, and which flows those are."""


class DispatchTogether:
    """Dispatches partitions of one case: bit for bit the same alone or beside others, whatever was dispatched before.

    Parameters
    ----------
    problem
        The problem of any partition. Limits are written down at its ``line_steps`` and ``voltage_steps``; a dispatch
        that reaches one at another is found again with all limits.
    flows
        All flows that partitions may be taxed on.
    typical
        The exchanges of some partitions, that tell which limits matter. Answers depend on them in their last digits.
    """

    def __init__(
        self,
        problem: DispatchProblem,
        flows: FlowBook,
        typical: Sequence[Exchanges],
        solver: SolverSettings | None = None,
    ) -> None:
        known = [flows.known(exchanges) for exchanges in typical]
        self._typical = [own for own in known if own is not None]
        self._problem, self._flows, self._solver = problem, flows, solver or SolverSettings()

    def dispatch(self, partitions: Sequence[Exchanges]) -> list[Dispatch | None]:
        """Return the dispatches of partitions, given by their exchanges.

        None where the batch doesn't reach its accuracy, a battery burns energy that mustn't, or a flow isn't known:
        that one is to be dispatched alone.
        """
        known = ((exchanges, self._flows.known(exchanges)) for exchanges in partitions)
        chosen = {place: (exchanges, own) for place, (exchanges, own) in enumerate(known) if own is not None}
        found: list[Dispatch | None] = [None] * len(partitions)
        if not chosen:
            return found
        solved = self._solved(chosen)
        if self._problem.losses is not None:
            solved = self._in_passes(chosen, solved)
        for place, one in solved.items():
            if one is not None and not (self._problem.exclusive is not None and one.burning):
                found[place] = one
        return found

    def _solved(
        self, chosen: Mapping[int, _Chosen], shifts: Mapping[int, LossShift] | None = None
    ) -> dict[int, Dispatch | None]:
        """Return dispatches with limits as they are, or shifted: at some steps, and at all where that isn't enough."""

        def by(lanes: _Lanes, places: Sequence[int]) -> list[Dispatch | None]:
            shift = None if shifts is None else LossShift.stacked([shifts[place] for place in places])
            return lanes.dispatch([chosen[place] for place in places], shift)

        at_steps = self._at_steps if shifts is None else self._shifted_at_steps
        solved = dict(zip(chosen, by(at_steps, list(chosen)), strict=True))
        beyond = [place for place, one in solved.items() if one is not None and self._reaches_others(one)]
        if beyond:
            everywhere = self._at_all_steps if shifts is None else self._shifted_at_all_steps
            solved.update(zip(beyond, by(everywhere, beyond), strict=True))
        return solved

    def _in_passes(
        self, chosen: Mapping[int, _Chosen], solved: Mapping[int, Dispatch | None]
    ) -> dict[int, Dispatch | None]:
        """Return dispatches whose limits hold with losses, after the first pass; None where shifts don't stand."""
        found, settling = dict(solved), {}
        for place, one in solved.items():
            if one is not None and matters(self._problem.grid, one.ex_ante_flows_mva, came := shift_of(one)):
                settling[place] = Settling.after_first(self._problem, came)
                found[place] = None
        for _ in range(MAX_PASSES - 1):
            if not settling:
                break
            again = {place: chosen[place] for place in settling}
            for place, one in self._solved(again, {place: own.shift for place, own in settling.items()}).items():
                if one is None or settling[place].stands(shift_of(one)):
                    found[place] = one
                    del settling[place]
        return found

    def _reaches_others(self, solved: Dispatch) -> bool:
        """Return whether a dispatch reaches limits at steps at which they aren't written down."""
        line, voltage = steps_at_limits(solved)
        known = self._problem
        return bool(line - set(known.line_steps or ()) or voltage - set(known.voltage_steps or ()))

    @cached_property
    def _at_steps(self) -> _Lanes:
        return _Lanes.of(self._problem, self._flows, self._typical, self._solver)

    @cached_property
    def _at_all_steps(self) -> _Lanes:
        return _Lanes.of(self._everywhere, self._flows, self._typical, self._solver)

    @cached_property
    def _shifted_at_steps(self) -> _Lanes:
        return _Lanes.of(with_any_shift(self._problem), self._flows, self._typical, self._solver)

    @cached_property
    def _shifted_at_all_steps(self) -> _Lanes:
        return _Lanes.of(with_any_shift(self._everywhere), self._flows, self._typical, self._solver)

    @property
    def _everywhere(self) -> DispatchProblem:
        return replace(self._problem, line_steps=None, voltage_steps=None)


@dataclass(eq=False)
class _Lanes:
    """A model in which every flow is taxed once, and what of it depends on how often each is.

    Attributes
    ----------
    typical
        Which flows typical partitions are taxed on.
    columns, entries
        The variables that are moduli, and which flow and step each is of.
    """

    model: ExAnteModel
    taxed: TaxedFlows
    typical: Sequence[IntArray]
    solver: SolverSettings
    columns: IntArray
    entries: IntArray

    @classmethod
    def of(
        cls, problem: DispatchProblem, flows: FlowBook, typical: Sequence[IntArray], solver: SolverSettings
    ) -> _Lanes:
        """Return the lanes of a problem."""
        taxed = flows.flows()
        model = finished(draft_ex_ante(problem), replace(problem, exchanges=None), taxed=taxed)
        blocks = model.program.variable_blocks
        every = np.arange(len(taxed.times) * problem.steps)
        given = every[:0] if model.given_tax is None else model.given_tax.entries
        turning = np.setdiff1d(every, np.concatenate([given, model.straight_tax]))
        kinds = ((MODULUS, turning), (f"{MODULUS} of active power", model.straight_tax))
        there = [(blocks[name], entries) for name, entries in kinds if name in blocks]
        none = [every[:0]]
        columns, entries = (np.concatenate(none + [pair[part] for pair in there]) for part in (0, 1))
        return cls(model, taxed, typical, solver, columns, entries)

    def dispatch(self, partitions: Sequence[_Chosen], shift: LossShift | None = None) -> list[Dispatch | None]:
        """Return the dispatches of partitions; with a shift of limits for each where the model has one."""
        program, count = self.model.program, len(partitions)
        rates = self._rates([own for _, own in partitions])
        linear, data = self._linear(rates), self._data(count, shift)
        found: list[Dispatch | None] = [None] * count
        points = self._points(rates, linear, data)
        places = list(points)
        if not places:
            return found
        x = np.stack([points[place].x for place in places], axis=1)
        parameters = np.repeat(program.parameters[:, None], len(places), axis=1)
        flexible, cost = self._map.injections(x, parameters), self._map.flexibility_costs(x, parameters)
        for column, place in enumerate(places):
            model = self._model(*partitions[place], points[place].program, rates[:, place])
            if data is not None:
                model = _shifted(model, data, place)
            solved_one = Dispatch(model, points[place], flexible[column], cost[column])
            if not model.line_radius_slope.size or data is None:
                vars(solved_one)["price_map"] = self._prices.at(model.program.cost_of_parameters)
            found[place] = solved_one
        return found

    def _data(self, count: int, shift: LossShift | None) -> Forecasts | None:
        """Return parameters and right-hand sides of so many partitions; None where they are the model's."""
        if shift is None:
            return None
        return self._map.at(np.repeat(self.model.problem.forecast[None], count, axis=0), shift)

    def _points(self, rates: FloatArray, linear: FloatArray, data: Forecasts | None) -> dict[int, ConicSolution]:
        """Return the solutions of least norm at tax rates and linear costs, in columns: of those that have one."""
        program, left = self.model.program, np.arange(rates.shape[1])
        every = np.repeat(program.rhs[:, None], rates.shape[1], axis=1) if data is None else data.rhs
        points: dict[int, ConicSolution] = {}
        clearest: dict[int, tuple[float, ConicSolution]] = {}
        for session in self._sessions:
            if not len(left):
                break
            answers = session.solve(every[:, left], self._never_free(linear[:, left]))
            clear = Clarity.of(program, answers.x, answers.z, answers.s, linear[:, left])
            for column in np.flatnonzero(self._sessions.solved(session, answers) & ~clear.vague).tolist():
                place = int(left[column])
                here = self._program(linear[:, place], rates[:, place])
                if data is not None:
                    here = replace(here, rhs=data.rhs[:, place].copy(), parameters=data.parameters[:, place].copy())
                x, z, s = (part[:, column].copy() for part in (answers.x, answers.z, answers.s))
                point = ConicSolution(here, x, z, s, here.cost(x), "batch", int(answers.iterations[column]))
                if clear.nearly_resolved[column]:
                    points[place] = point
                elif place not in clearest or clear.residual[column] < clearest[place][0]:
                    clearest[place] = clear.residual[column], point
            left = np.setdiff1d(left, list(points))
        for place in left.tolist():
            if place in clearest and (best := of_least_norm(clearest[place][1])).resolved:
                points[place] = best
        return points

    def _rates(self, taxed: Sequence[IntArray]) -> FloatArray:
        """Return the tax rates of partitions, given by the flows that each is taxed on, in columns."""
        return np.array([tax_rates(self.model.problem, self.taxed.taxing(own)) for own in taxed]).T

    def _linear(self, rates: FloatArray) -> FloatArray:
        """Return linear costs at tax rates, both in columns."""
        linear = np.repeat(self.model.program.linear[:, None], rates.shape[1], axis=1)
        linear[self.columns] = rates[self.entries]
        return linear

    def _never_free(self, linear: FloatArray) -> FloatArray:
        """Return linear costs in which every modulus costs something."""
        linear = linear.copy()
        linear[self.columns] = np.maximum(linear[self.columns], self._least)
        return linear

    @cached_property
    def _least(self) -> float:
        once = self.model.program.linear[self.columns]
        return UNTAXED * float(once.max(initial=0.0))

    def _program(self, linear: FloatArray, rates: FloatArray) -> ConicProgram:
        """Return the program of one partition."""
        program, tax = self.model.program, self.model.given_tax
        cost, constant = program.cost_of_parameters, program.constant
        if tax is not None:
            change = self._given_slopes @ (rates[tax.entries] - tax.rate)
            cost, constant = cost + change, constant + float(change @ program.parameters)
        return replace(program, linear=linear, cost_of_parameters=cost, constant=constant)

    def _model(self, exchanges: Exchanges, own: IntArray, program: ConicProgram, rates: FloatArray) -> ExAnteModel:
        """Return the model of one partition."""
        tax = self.model.given_tax
        return replace(
            self.model,
            problem=replace(self.model.problem, exchanges=exchanges),
            program=program,
            taxed=self.taxed.taxing(own),
            given_tax=None if tax is None else replace(tax, rate=rates[tax.entries]),
        )

    @cached_property
    def _given_slopes(self) -> sp.csr_array:
        """Return the derivative of ``|S|`` of each given flow by the parameters, shape ``(parameters, given)``."""
        assert self.model.given_tax is not None
        return GivenSlope.of(self.model.given_tax, self.model.program).directions(self.model.program.parameters)

    @cached_property
    def _map(self) -> ForecastMap:
        return ForecastMap(self.model)

    @cached_property
    def _prices(self) -> PriceMap:
        return PriceMap.of(self.model)

    @cached_property
    def _sessions(self) -> BatchSessions:
        program = self.model.program
        rates = self._rates(self.typical)
        rhs = np.repeat(program.rhs[:, None], len(self.typical), axis=1)
        linear = self._never_free(self._linear(rates))
        none = np.zeros(len(program.rhs), dtype=bool)
        return BatchSessions(program, rhs, linear, none, grid_limits(program), NEAR, self.solver)


def _shifted(model: ExAnteModel, data: Forecasts, place: int) -> ExAnteModel:
    """Return a model with the shift of one of several partitions; its program has it already."""
    problem = model.problem
    assert problem.losses is not None
    assert data.shift is not None
    losses = replace(problem.losses, shift=data.shift.of(place))
    return replace(model, problem=replace(problem, losses=losses), line_radius_slope=data.slopes[place])
