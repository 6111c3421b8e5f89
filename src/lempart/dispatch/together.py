"""Dispatch one forecast for many partitions, eight at a time.

The ex-ante problems of partitions differ in the tax alone: which flows it is due on, and how often. So one program has
the modulus of every flow that any partition is taxed on, and a partition is its linear cost. A modulus that costs
nothing has no upper end, which keeps an interior-point method from one: there it costs next to nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import scipy.sparse as sp

from lempart.conic import Clarity, ConicProgram, ConicSolution, SolverSettings, of_least_norm
from lempart.dispatch.batch_limits import grid_limits
from lempart.dispatch.batch_sessions import BatchSessions
from lempart.dispatch.exante import MODULUS, ExAnteModel, draft_ex_ante, finished, tax_rates
from lempart.dispatch.forecast_map import ForecastMap
from lempart.dispatch.lazy import steps_at_limits
from lempart.dispatch.losses import refuse_losses
from lempart.dispatch.problem import DispatchProblem, Exchanges
from lempart.dispatch.reading import GivenSlope
from lempart.dispatch.solution import Dispatch, PriceMap
from lempart.dispatch.taxed_flows import FlowBook, TaxedFlows
from lempart.typing import FloatArray, IntArray

UNTAXED = 1e-14
"""What the modulus of a flow costs that isn't taxed, as a share of what it costs where it is."""

NEAR = 4.0
"""Limits of the grid of which partitions leave less than so many times what that varies by are always kept."""


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
        refuse_losses(problem)
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
        solved = dict(zip(chosen, self._at_steps.dispatch(list(chosen.values())), strict=True))
        beyond = [place for place, one in solved.items() if one is not None and self._reaches_others(one)]
        if beyond:
            again = self._at_all_steps.dispatch([chosen[place] for place in beyond])
            solved.update(zip(beyond, again, strict=True))
        for place, one in solved.items():
            if one is not None and not (self._problem.exclusive is not None and one.burning):
                found[place] = one
        return found

    def _reaches_others(self, solved: Dispatch) -> bool:
        """Return whether a dispatch reaches limits at steps at which they aren't written down."""
        line, voltage = steps_at_limits(solved)
        known = self._at_steps.model.problem
        return bool(line - set(known.line_steps or ()) or voltage - set(known.voltage_steps or ()))

    @cached_property
    def _at_steps(self) -> _Lanes:
        return _Lanes.of(self._problem, self._flows, self._typical, self._solver)

    @cached_property
    def _at_all_steps(self) -> _Lanes:
        everywhere = replace(self._problem, line_steps=None, voltage_steps=None)
        return _Lanes.of(everywhere, self._flows, self._typical, self._solver)


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

    def dispatch(self, partitions: Sequence[tuple[Exchanges, IntArray]]) -> list[Dispatch | None]:
        """Return the dispatches of partitions, given by their exchanges and which flows those are."""
        program, count = self.model.program, len(partitions)
        rates = self._rates([own for _, own in partitions])
        linear = self._linear(rates)
        found: list[Dispatch | None] = [None] * count
        points = self._points(rates, linear)
        places = list(points)
        if not places:
            return found
        x = np.stack([points[place].x for place in places], axis=1)
        parameters = np.repeat(program.parameters[:, None], len(places), axis=1)
        flexible, cost = self._map.injections(x, parameters), self._map.flexibility_costs(x, parameters)
        for column, place in enumerate(places):
            model = self._model(*partitions[place], points[place].program, rates[:, place])
            solved_one = Dispatch(model, points[place], flexible[column], cost[column])
            vars(solved_one)["price_map"] = self._prices.at(model.program.cost_of_parameters)
            found[place] = solved_one
        return found

    def _points(self, rates: FloatArray, linear: FloatArray) -> dict[int, ConicSolution]:
        """Return the solutions of least norm at tax rates and linear costs, in columns: of those that have one."""
        program, left = self.model.program, np.arange(rates.shape[1])
        points: dict[int, ConicSolution] = {}
        clearest: dict[int, tuple[float, ConicSolution]] = {}
        for session in self._sessions:
            if not len(left):
                break
            rhs = np.repeat(program.rhs[:, None], len(left), axis=1)
            answers = session.solve(rhs, self._never_free(linear[:, left]))
            clear = Clarity.of(program, answers.x, answers.z, answers.s, linear[:, left])
            for column in np.flatnonzero(self._sessions.solved(session, answers) & ~clear.vague).tolist():
                place = int(left[column])
                here = self._program(linear[:, place], rates[:, place])
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
