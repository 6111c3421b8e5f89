"""The costs of partitions under coupled power flow at many forecasts and realisations (Eqs 7 and 8)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from lempart.case import Scenario
from lempart.case.records import VoltagePenalty
from lempart.conic import SolverSettings
from lempart.cost.bill_series import BillSeries, Dispatched
from lempart.cost.coupled import CoupledCosts
from lempart.cost.flow_series import Flows, FlowSeries, times
from lempart.cost.plan_series import PlansAtForecasts, PlanSeries
from lempart.cost.series_costs import PartitionSeriesCosts
from lempart.cost.setting import Setting
from lempart.dispatch import DispatchBatch
from lempart.errors import InfeasibleError, LempartError, SolverError
from lempart.partition import Partition, members
from lempart.typing import BoolArray, ComplexArray, FloatArray, IntArray

TYPICAL = (0.5, 0.75, 1.0, 1.25)
"""Multiples of the case's forecast that are typical where nothing better is given."""

PROBED = 16
"""Typical forecasts that tell in how many draws a limit of the grid matters."""

WORTH_A_BATCH = 40
"""So many dispatches of the whole grid one by one take as long as getting a batch ready."""

ACCEPTED = 1e-9
"""The largest KKT residual of an answer with limits of the grid, a tenth of what other batches accept.

What a limit is exceeded by ex-post, and its price, are known less well than what a dispatch costs.
"""


class CoupledSeries:
    """Costs partitions with externalities in many draws; problems are built and solvers set up once.

    Where no limit of the grid binds, blocks of prosumers are dispatched apart and shared by all partitions that tax the
    same sums of injections. Draws in which a limit matters are dispatched on the whole grid, together where there are
    enough of them. At kinks of the tax, where prices have to be chosen, a draw is left to :class:`CoupledCosts`.

    A draw's costs depend on its forecast and realisation and on what the series was made of, bit for bit: not on the
    other draws of a call. The tie-break stays that of the case.

    Parameters
    ----------
    setting
        A case with externalities; its own scenario only sets the scale of the solver's variables.
    readings
        Voltage penalties to evaluate each dispatch under; by default the case's.
    typical
        Forecasts of all prosumers, complex MVA, shape ``(draws, prosumers, steps)``, that tell which limits matter;
        by default multiples of the case's own.
    draws
        How many draws there will be in all: whether a batch is worth getting ready.

    Raises
    ------
    ValueError
        If the case has no externalities: then coalitions have costs of their own.
    """

    def __init__(
        self,
        setting: Setting,
        *,
        readings: Sequence[VoltagePenalty] | None = None,
        settings: SolverSettings | None = None,
        typical: ComplexArray | None = None,
        draws: int = 1000,
    ) -> None:
        if not setting.case.market.externalities:
            raise ValueError("without externalities coalitions have costs of their own: use CoalitionSeries")
        case = setting.case
        fixed = replace(case, dispatch=replace(case.dispatch, tie_break_per_mw2h=setting.tie_break))
        own = np.array([factor * case.scenario.forecast for factor in TYPICAL])
        self.typical = own if typical is None else np.array(typical, dtype=np.complex128)
        self.draws = draws
        self.setting = replace(setting, case=fixed)
        self.settings = settings
        self.settings_of = tuple(
            replace(setting, case=replace(fixed, market=replace(case.market, voltage_penalty=reading)))
            for reading in (readings if readings is not None else (case.market.voltage_penalty,))
        )
        self.flows = FlowSeries(self.setting)
        self.plans = PlanSeries(self.setting, self.typical, settings)
        self.scale_mw = float(np.abs(case.scenario.forecast).max(initial=0.0)) or 1.0
        self._bills: dict[Partition, BillSeries] = {}
        self._whole_grid: dict[Partition, tuple[DispatchBatch, ...]] = {}

    def at(self, forecasts: ComplexArray, realizations: ComplexArray) -> CoupledDraws:
        """Return the draws with these forecasts and realisations, whose partitions can be costed.

        Parameters
        ----------
        forecasts, realizations
            ``U_hat`` and ``U`` of all prosumers, complex MVA, shape ``(draws, prosumers, steps)`` each.
        """
        return CoupledDraws(self, forecasts, realizations)

    def bills(self, partition: Partition) -> BillSeries:
        """Return how a partition is billed."""
        if partition not in self._bills:
            territories = CoupledCosts(self.setting).territories(partition)
            self._bills[partition] = BillSeries(self.setting, self.flows, territories)
        return self._bills[partition]

    def whole_grid(self, partition: Partition) -> tuple[DispatchBatch, ...]:
        """Return what dispatches a partition with all limits; nothing where too few draws need it.

        One for all readings, or with elastic limits one for each.
        """
        if partition not in self._whole_grid:
            limited = 1.0 - self._probe.unlimited(partition).within.mean()
            worth = limited * self.draws >= WORTH_A_BATCH
            hard = self.setting.case.dispatch.limits == "hard"
            priced = self.settings_of[: 1 if hard else None] if worth else ()
            problems = [CoupledCosts(one).problem(partition) for one in priced]
            self._whole_grid[partition] = tuple(
                DispatchBatch(problem, self.settings, typical=self.typical, accepted=ACCEPTED) for problem in problems
            )
        return self._whole_grid[partition]

    @cached_property
    def _probe(self) -> CoupledDraws:
        at = np.unique(np.linspace(0, len(self.typical) - 1, PROBED).astype(int))
        return self.at(self.typical[at], self.typical[at])


@dataclass(frozen=True, eq=False)
class _Unlimited:
    """A dispatch without limits of the grid.

    Attributes
    ----------
    exchanged_mva
        ``S_nb`` ex-ante, shape ``(exchanges, draws, steps)``.
    within, kinks
        In which draws it keeps all limits, and in which a kink of the tax matters; shape ``(draws,)``.
    """

    flexibility_cost: FloatArray
    planned: Flows
    exchanged_mva: ComplexArray
    within: BoolArray
    kinks: BoolArray


@dataclass(frozen=True, eq=False)
class CoupledDraws:
    """Draws of a series.

    Attributes
    ----------
    forecasts, realizations
        ``U_hat`` and ``U`` of all prosumers, complex MVA, shape ``(draws, prosumers, steps)`` each.
    errors
        Why a draw has no dispatch, once a partition was costed that told: the feasible region is the same for all.
    """

    series: CoupledSeries
    forecasts: ComplexArray
    realizations: ComplexArray
    errors: list[LempartError | None] = field(init=False)
    _single: dict[tuple[int, int], CoupledCosts] = field(default_factory=dict, init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "errors", [None] * len(self.forecasts))

    def costs(self, partition: Partition) -> PartitionSeriesCosts:
        """Return what a partition costs in every draw; a draw that can't be met, or isn't solved, is no error here."""
        series, bills = self.series, self.series.bills(partition)
        found = PartitionSeriesCosts.empty(partition, len(series.settings_of), len(bills.territories), len(self.errors))
        known = np.array([error is None for error in self.errors], dtype=bool)
        free = self.unlimited(partition)
        apart = np.flatnonzero(known & free.within & ~free.kinks)
        self._apart(found, bills, free, apart)
        left = known.copy()
        left[apart] = False
        limited = np.flatnonzero(left & ~free.within)
        if len(limited) and series.whole_grid(partition):
            left[self._on_whole_grid(found, bills, limited)] = False
        for draw in np.flatnonzero(left).tolist():
            self._one_by_one(found, draw)
        return replace(found, errors=tuple(self.errors))

    def unlimited(self, partition: Partition) -> _Unlimited:
        """Return a partition dispatched without limits of the grid."""
        series, bills = self.series, self.series.bills(partition)
        flexible_mva, cost = self._plans.plan(bills.taxed)
        planned = self._planned + self._shifted(flexible_mva)
        exchanged = times(bills.exchanges.matrix, planned.flows_mva)
        kinks = bills.kinks_matter(exchanged, series.scale_mw)
        return _Unlimited(cost, planned, exchanged, series.flows.within(planned), kinks)

    def _apart(self, found: PartitionSeriesCosts, bills: BillSeries, free: _Unlimited, draws: IntArray) -> None:
        """Take over the draws in which no limit binds."""
        prices = bills.unlimited_prices(free.exchanged_mva[:, draws])
        self._bill(found, bills, draws, free.planned.of(draws), free.flexibility_cost[draws], prices)

    def _on_whole_grid(self, found: PartitionSeriesCosts, bills: BillSeries, draws: IntArray) -> IntArray:
        """Take over what a batch with all limits solves, or finds to have no dispatch; return which draws that are."""
        series = self.series
        solved = [batch.solve_many(self.forecasts[draws]) for batch in series.whole_grid(partition=found.partition)]
        clear = np.ones(len(draws), dtype=bool)
        states = []
        for batch in solved:
            planned = self._planned.of(draws) + self._shifted(batch.flexible_mva)
            exchanged = times(bills.exchanges.matrix, planned.flows_mva)
            clear &= ~np.isnan(batch.flexibility_cost).any(axis=1) & ~bills.kinks_matter(exchanged, series.scale_mw)
            states.append((batch, planned))
            for draw, error in zip(draws.tolist(), batch.errors, strict=True):
                if isinstance(error, InfeasibleError):
                    self.errors[draw] = self.errors[draw] or error
        readings = range(len(series.settings_of))
        for index, (batch, planned) in enumerate(states):
            prices = bills.nodal(batch.nodal_prices()[clear])
            chosen = readings if len(states) == 1 else (index,)
            cost = batch.flexibility_cost[clear]
            self._bill(found, bills, draws[clear], planned.of(clear), cost, prices, chosen)
        found.whole_grid[draws[clear]] = True
        failed = np.array([self.errors[draw] is not None for draw in draws.tolist()], dtype=bool)
        settled: IntArray = draws[clear | failed]
        return settled

    def _one_by_one(self, found: PartitionSeriesCosts, draw: int) -> None:
        """Take over what `CoupledCosts` says of one draw."""
        for reading, setting in enumerate(self.series.settings_of):
            if (draw, reading) not in self._single:
                case = replace(setting.case, scenario=Scenario(self.forecasts[draw], self.realizations[draw]))
                self._single[draw, reading] = CoupledCosts(replace(setting, case=case), self.series.settings)
            try:
                found.take_one(reading, draw, self._single[draw, reading].partition(found.partition))
            except (InfeasibleError, SolverError) as error:
                self.errors[draw] = error
                return
        found.alone[draw] = True

    def _bill(
        self,
        found: PartitionSeriesCosts,
        bills: BillSeries,
        draws: IntArray,
        planned: Flows,
        cost: FloatArray,
        prices: ComplexArray,
        readings: Sequence[int] | None = None,
    ) -> None:
        if not len(draws):
            return
        realized = planned + self._missed.of(draws)
        exchanged = times(bills.exchanges.matrix, realized.flows_mva)
        at = Dispatched(cost, realized, exchanged, prices, self._mismatch_mva[draws])
        for reading in range(len(self.series.settings_of)) if readings is None else readings:
            penalty = self.series.settings_of[reading].tariffs.voltage_penalty
            found.take(reading, draws, bills.bills(at, penalty))

    @cached_property
    def _plans(self) -> PlansAtForecasts:
        return self.series.plans.at(self.forecasts)

    @cached_property
    def _mismatch_mva(self) -> ComplexArray:
        return self.realizations - self.forecasts

    @cached_property
    def _planned(self) -> Flows:
        """Return what the forecasts make flow."""
        return self.series.flows.at(self.forecasts, np.arange(self.forecasts.shape[1]))

    @cached_property
    def _missed(self) -> Flows:
        """Return what the errors of the forecasts make flow."""
        return self.series.flows.at(self._mismatch_mva, np.arange(self.forecasts.shape[1]))

    def _shifted(self, flexible_mva: ComplexArray) -> Flows:
        """Return what the dispatch makes flow."""
        flexible = np.array(members(self.series.plans.flexible), dtype=np.int64)
        return self.series.flows.at(flexible_mva[:, flexible], flexible)
