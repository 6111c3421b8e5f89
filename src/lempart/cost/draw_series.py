"""Draws of a series, whose partitions are costed: apart, on the whole grid, or one by one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from lempart.case import Scenario
from lempart.cost.bill_series import BillSeries, Dispatched
from lempart.cost.coupled import CoupledCosts
from lempart.cost.flow_series import Flows, times
from lempart.cost.plan_series import PlansAtForecasts
from lempart.cost.prices import prices_are_unique
from lempart.cost.series_costs import PartitionSeriesCosts
from lempart.errors import InfeasibleError, LempartError, SolverError
from lempart.partition import Partition, members
from lempart.typing import BoolArray, ComplexArray, FloatArray, IntArray

if TYPE_CHECKING:
    from lempart.cost.coupled_series import CoupledSeries


@dataclass(frozen=True, eq=False)
class Unlimited:
    """A dispatch without limits of the grid.

    Attributes
    ----------
    exchanged_mva
        ``S_nb`` ex-ante, shape ``(exchanges, draws, steps)``.
    within, kinks, burning
        In which draws it keeps all limits, in which a kink of the tax matters, and in which batteries burn energy;
        shape ``(draws,)``.
    """

    flexibility_cost: FloatArray
    planned: Flows
    exchanged_mva: ComplexArray
    within: BoolArray
    kinks: BoolArray
    burning: BoolArray


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

    def unlimited(self, partition: Partition) -> Unlimited:
        """Return a partition dispatched without limits of the grid."""
        series, bills = self.series, self.series.bills(partition)
        flexible_mva, cost, burning = self._plans.plan(bills.taxed)
        planned = self._planned + self._shifted(flexible_mva)
        exchanged = times(bills.exchanges.matrix, planned.flows_mva)
        kinks = bills.kinks_matter(exchanged)
        return Unlimited(cost, planned, exchanged, series.flows.within(planned), kinks, burning)

    def _apart(self, found: PartitionSeriesCosts, bills: BillSeries, free: Unlimited, draws: IntArray) -> None:
        """Take over the draws in which no limit binds."""
        prices = bills.unlimited_prices(free.exchanged_mva[:, draws])
        self._bill(found, bills, draws, free.planned.of(draws), free.flexibility_cost[draws], prices)
        found.burning[draws] = free.burning[draws]

    def _on_whole_grid(self, found: PartitionSeriesCosts, bills: BillSeries, draws: IntArray) -> IntArray:
        """Take over what a batch with all limits solves, or finds to have no dispatch; return which draws that are."""
        series = self.series
        solved = [batch.solve_many(self.forecasts[draws]) for batch in series.whole_grid(partition=found.partition)]
        clear = np.ones(len(draws), dtype=bool)
        states = []
        for batch in solved:
            planned = self._planned.of(draws) + self._shifted(batch.flexible_mva)
            exchanged = times(bills.exchanges.matrix, planned.flows_mva)
            clear &= ~np.isnan(batch.flexibility_cost).any(axis=1) & ~bills.kinks_matter(exchanged)
            clear[clear] = [prices_are_unique(batch[draw]) for draw in np.flatnonzero(clear).tolist()]
            states.append((batch, planned))
            for draw, error in zip(draws.tolist(), batch.errors, strict=True):
                if isinstance(error, InfeasibleError):
                    self.errors[draw] = self.errors[draw] or error
        readings = range(len(series.settings_of))
        for index, (batch, planned) in enumerate(states):
            at = np.flatnonzero(clear)
            prices = bills.nodal(batch.nodal_prices()[at])
            chosen = readings if len(states) == 1 else (index,)
            self._bill(found, bills, draws[at], planned.of(at), batch.flexibility_cost[at], prices, chosen)
            found.burning[np.intersect1d(draws[at], draws[batch.burning_draws()])] = True
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
