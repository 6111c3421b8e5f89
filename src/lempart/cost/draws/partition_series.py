"""The costs of partitions under coupled power flow at many forecasts and realisations (Eqs 7 and 8)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from lempart._renamed import renamed_arguments
from lempart.case import Scenario
from lempart.case.records import VoltagePenalty
from lempart.conic import SolverSettings
from lempart.cost.draws.blocks import BlocksAtForecasts, BlockSeries
from lempart.cost.draws.layout import PartitionLayout
from lempart.cost.draws.records import PartitionSeriesCosts
from lempart.cost.equations.exchanges import exchanged_mva
from lempart.cost.equations.losses import LossCosts, loss_prices, losses_paid
from lempart.cost.equations.nodal_prices import LossPricing, prices_are_unique
from lempart.cost.equations.settlement import Traded, own_costs
from lempart.cost.prepared_case import PreparedCase
from lempart.cost.problems import whole_grid_problem
from lempart.cost.scenarios import Account, Scenarios
from lempart.cost.with_externalities import CostsWithExternalities
from lempart.dispatch import DispatchBatch
from lempart.dispatch.batch import TYPICAL
from lempart.errors import InfeasibleError, LempartError, SolverError
from lempart.grid import Flows
from lempart.partition import Partition, Subgraph, members
from lempart.typing import BoolArray, ComplexArray, FloatArray, IntArray

PROBED = 16
"""Typical forecasts that tell in how many draws a limit of the grid matters."""

WORTH_A_BATCH = 40
"""So many dispatches of the whole grid one by one take as long as getting a batch ready."""

MAX_WHOLE_GRIDS = 64
"""Batches of the whole grid at most; each takes tens of MB. With more partitions draws with limits go one by one."""

ACCEPTED_IN_SERIES = 1e-9
"""The largest KKT residual of an answer with limits of the grid, a tenth of what other batches accept.

What a limit is exceeded by ex-post, and its price, are known less well than what a dispatch costs.
"""


@renamed_arguments({"setting": "prepared", "settings": "solver"})
class PartitionSeries:
    """Costs partitions with externalities in many draws; problems are built and solvers set up once.

    Where no limit of the grid binds, blocks of prosumers are dispatched apart and shared by all partitions that tax the
    same sums of injections. Draws in which a limit matters are dispatched on the whole grid, together where there are
    enough of them. So are all draws with losses, which couple blocks that share edges. Where prices have to be chosen
    among several, a draw is left to :class:`CostsWithExternalities`.

    A draw's costs depend on its forecast and realisation and on what the series was made of, bit for bit: not on the
    other draws of a call. The tie-break stays that of the case.

    Parameters
    ----------
    prepared
        A case with externalities; its own scenario only sets the scale of the solver's variables.
    readings
        Voltage penalties to evaluate each dispatch under; by default the case's.
    typical
        Forecasts of all prosumers, complex MVA, shape ``(draws, prosumers, steps)``, that tell which limits matter;
        by default multiples of the case's own.
    draws, partitions
        How many draws there will be in all, and how many partitions: whether batches of the whole grid are worth
        getting ready, and fit into memory.

    Raises
    ------
    ValueError
        If the case has no externalities: then coalitions have costs of their own.
    """

    def __init__(
        self,
        prepared: PreparedCase,
        *,
        readings: Sequence[VoltagePenalty] | None = None,
        solver: SolverSettings | None = None,
        typical: ComplexArray | None = None,
        draws: int = 1000,
        partitions: int = 1,
    ) -> None:
        if not prepared.case.market.externalities:
            raise ValueError("without externalities coalitions have costs of their own: use CoalitionSeries")
        case = prepared.case
        fixed = replace(case, dispatch=replace(case.dispatch, tie_break_per_mw2h=prepared.tie_break))
        own = np.array([factor * case.scenario.forecast for factor in TYPICAL])
        self.typical = own if typical is None else np.array(typical, dtype=np.complex128)
        self.draws, self.partitions = draws, partitions
        self.prepared = replace(prepared, case=fixed)
        self.solver = solver
        self.prepared_of = tuple(
            replace(prepared, case=replace(fixed, market=replace(case.market, voltage_penalty=reading)))
            for reading in (readings if readings is not None else (case.market.voltage_penalty,))
        )
        self.plans = BlockSeries(self.prepared, self.typical, solver)
        self._layouts: dict[Partition, PartitionLayout] = {}
        self._whole_grid: dict[Partition, tuple[DispatchBatch, ...]] = {}

    def at(self, forecasts: ComplexArray, realizations: ComplexArray) -> PartitionDraws:
        """Return the draws with these forecasts and realisations, whose partitions can be costed.

        Parameters
        ----------
        forecasts, realizations
            ``U_hat`` and ``U`` of all prosumers, complex MVA, shape ``(draws, prosumers, steps)`` each.
        """
        return PartitionDraws(self, Scenarios(self.prepared, forecasts, realizations))

    def layout(self, partition: Partition) -> PartitionLayout:
        """Return where a partition's coalitions exchange power."""
        if partition not in self._layouts:
            self._layouts[partition] = PartitionLayout(self.prepared, self.prepared.territories(partition))
        return self._layouts[partition]

    def whole_grid(self, partition: Partition) -> tuple[DispatchBatch, ...]:
        """Return what dispatches a partition with all limits; nothing where too few draws need it.

        One for all readings, or with elastic limits one for each.
        """
        if partition not in self._whole_grid:
            hard = self.prepared.case.dispatch.limits == "hard"
            priced = self.prepared_of[: 1 if hard else None]
            fits = len(priced) * self.partitions <= MAX_WHOLE_GRIDS
            worth = fits and self._limited(partition) >= WORTH_A_BATCH
            problems = [whole_grid_problem(one, one.territories(partition)) for one in priced] if worth else []
            self._whole_grid[partition] = tuple(
                DispatchBatch(problem, self.solver, typical=self.typical, accepted=ACCEPTED_IN_SERIES)
                for problem in problems
            )
        return self._whole_grid[partition]

    def _limited(self, partition: Partition) -> float:
        """Return in how many draws a limit of the grid, or losses, can be expected to matter."""
        if self.prepared.has_losses:
            return self.draws
        return self.draws * float(1.0 - self._probe.unlimited(partition).within.mean())

    @cached_property
    def _probe(self) -> PartitionDraws:
        at = np.unique(np.linspace(0, len(self.typical) - 1, PROBED).astype(int))
        return self.at(self.typical[at], self.typical[at])


@dataclass(frozen=True, eq=False)
class WithoutLimits:
    """A dispatch without limits of the grid.

    Attributes
    ----------
    exchanged_mva
        ``S_nb`` ex-ante, shape ``(draws, exchanges, steps)``.
    within, kinks, burning
        In which draws it reaches no limit, in which a kink of the tax matters, and in which batteries burn energy;
        shape ``(draws,)``.
    """

    flexibility_cost: FloatArray
    planned: Flows
    exchanged_mva: ComplexArray
    within: BoolArray
    kinks: BoolArray
    burning: BoolArray


@dataclass(frozen=True, eq=False)
class PartitionDraws:
    """Draws of a series.

    Attributes
    ----------
    scenarios
        Their forecasts and realisations.
    errors
        Why a draw has no dispatch, once a partition was costed that told: the feasible region is the same for all.
    """

    series: PartitionSeries
    scenarios: Scenarios
    errors: list[LempartError | None] = field(init=False)
    _single: dict[tuple[int, int], CostsWithExternalities] = field(default_factory=dict, init=False, repr=False)
    _accounts: dict[int, Account] = field(default_factory=dict, init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "errors", [None] * len(self.scenarios.forecast))

    def costs(self, partition: Partition) -> PartitionSeriesCosts:
        """Return what a partition costs in every draw; a draw that can't be met, or isn't solved, is no error here."""
        series, layout = self.series, self.series.layout(partition)
        readings, coalitions = len(series.prepared_of), len(layout.territories)
        losses = series.prepared.has_losses
        found = PartitionSeriesCosts.empty(partition, readings, coalitions, len(self.errors), losses=losses)
        left = np.array([error is None for error in self.errors], dtype=bool)
        within = np.zeros_like(left) if losses else self._apart(found, layout, left)
        limited = np.flatnonzero(left & ~within)
        if len(limited) and series.whole_grid(partition):
            left[self._on_whole_grid(found, layout, limited)] = False
        for draw in np.flatnonzero(left).tolist():
            self._one_by_one(found, draw)
        return replace(found, errors=tuple(self.errors))

    def _apart(self, found: PartitionSeriesCosts, layout: PartitionLayout, left: BoolArray) -> BoolArray:
        """Take over draws in which no limit matters, and note that they aren't left; return in which none does."""
        free = self.unlimited(found.partition)
        apart = np.flatnonzero(left & free.within & ~free.kinks)
        if len(apart):
            prices = layout.taxed.without_limits(free.exchanged_mva[apart], self.series.prepared.tariffs)
            self._settle(found, layout, apart, free.planned.of(apart), free.flexibility_cost[apart], prices)
            found.burning[apart] = free.burning[apart]
            left[apart] = False
        return free.within

    def unlimited(self, partition: Partition) -> WithoutLimits:
        """Return a partition dispatched without limits of the grid."""
        layout, scenarios = self.series.layout(partition), self.scenarios
        flexible_mva, cost, burning = self._plans.plan(layout.taxed_sums)
        planned = scenarios.planned + self._shifted(flexible_mva)
        exchanged = exchanged_mva(layout.exchanges, planned.flows_mva)
        kinks = self._at_kink(layout, exchanged)
        return WithoutLimits(cost, planned, exchanged, scenarios.within(planned), kinks, burning)

    def _at_kink(self, layout: PartitionLayout, planned_mva: ComplexArray, draws: IntArray | None = None) -> BoolArray:
        """Return in which draws some ex-ante exchange is at a kink of its tax; of all draws, or of those given."""
        typical = self.scenarios.typical_power_mw if draws is None else self.scenarios.typical_power_mw[draws]
        at_kink = layout.taxed.at_kink(planned_mva, self.series.prepared.tariffs, typical)
        return np.asarray(at_kink.any(axis=(-2, -1)))

    def _on_whole_grid(self, found: PartitionSeriesCosts, layout: PartitionLayout, draws: IntArray) -> IntArray:
        """Take over what a batch with all limits solves, or finds to have no dispatch; return which draws that are."""
        series, scenarios = self.series, self.scenarios
        solved = [batch.solve_many(scenarios.forecast[draws]) for batch in series.whole_grid(found.partition)]
        clear, states = np.ones(len(draws), dtype=bool), []
        for batch in solved:
            planned = scenarios.planned.of(draws) + self._shifted(batch.flexible_mva)
            exchanged = exchanged_mva(layout.exchanges, planned.flows_mva)
            clear &= ~np.isnan(batch.flexibility_cost).any(axis=1) & ~self._at_kink(layout, exchanged, draws)
            clear[clear] = [
                prices_are_unique(batch[draw], layout.taxed, float(scenarios.typical_power_mw[draws[draw]]))
                for draw in np.flatnonzero(clear).tolist()
            ]
            states.append((batch, planned))
            for draw, error in zip(draws.tolist(), batch.errors, strict=True):
                if isinstance(error, InfeasibleError):
                    self.errors[draw] = self.errors[draw] or error
        readings, at = range(len(series.prepared_of)), np.flatnonzero(clear)
        for index, (batch, planned) in enumerate(states if len(at) else ()):
            prices = self._charged(batch.nodal_prices()[at], planned.of(at))[:, layout.exchanges.node]
            chosen = readings if len(states) == 1 else (index,)
            self._settle(found, layout, draws[at], planned.of(at), batch.flexibility_cost[at], prices, chosen)
            found.burning[np.intersect1d(draws[at], draws[batch.burning_draws()])] = True
        found.whole_grid[draws[clear]] = True
        failed = np.array([self.errors[draw] is not None for draw in draws.tolist()], dtype=bool)
        settled: IntArray = draws[clear | failed]
        return settled

    def _one_by_one(self, found: PartitionSeriesCosts, draw: int) -> None:
        """Take over what `CostsWithExternalities` says of one draw."""
        for reading, prepared in enumerate(self.series.prepared_of):
            if (draw, reading) not in self._single:
                scenario = Scenario(self.scenarios.forecast[draw], self.scenarios.realization[draw])
                drawn = replace(prepared, case=replace(prepared.case, scenario=scenario))
                self._single[draw, reading] = CostsWithExternalities(drawn, self.series.solver)
            try:
                found.take_one(reading, draw, self._single[draw, reading].partition(found.partition))
            except (InfeasibleError, SolverError) as error:
                self.errors[draw] = error
                return
        found.alone[draw] = True

    def _settle(
        self,
        found: PartitionSeriesCosts,
        layout: PartitionLayout,
        draws: IntArray,
        planned: Flows,
        flexibility_cost: FloatArray,
        prices: ComplexArray,
        readings: Sequence[int] | None = None,
    ) -> None:
        """Settle draws that were dispatched, under all readings or those given; prices are those of the exchanges."""
        prepared, scenarios = self.series.prepared, self.scenarios.of_draws(draws)
        realized, hours = planned + scenarios.missed, prepared.case.horizon.step_hours
        exchanged = exchanged_mva(layout.exchanges, realized.flows_mva)
        traded = Traded.at(prices, layout.exchanges, exchanged, hours)
        members_of = [territory.prosumers for territory in layout.territories]
        own = own_costs(flexibility_cost, members_of, traded, prepared.tariffs, hours)
        accounts = [self._account(territory, draws) for territory in layout.territories]
        losses = self._losses(layout, planned, realized)
        for reading in range(len(self.series.prepared_of)) if readings is None else readings:
            penalty = self.series.prepared_of[reading].tariffs.voltage_penalty
            found.take(reading, draws, scenarios.settle(accounts, own, realized, penalty, losses))

    def _charged(self, prices: ComplexArray, planned: Flows) -> ComplexArray:
        """Return what energy is paid at, from nodal prices of some draws: losses may be billed apart from it."""
        prepared = self.series.prepared
        if prepared.losses is None:
            return prices
        of_losses = loss_prices(prepared.grid, prepared.losses.weight, planned.flows_mva)
        return LossPricing(prepared.case.market.loss_pricing, of_losses).charged(prices)

    def _losses(self, layout: PartitionLayout, planned: Flows, realized: Flows) -> LossCosts | None:
        """Return what losses of some draws cost and who pays for them; None where they aren't priced."""
        prepared = self.series.prepared
        if prepared.losses is None:
            return None
        market, hours = prepared.case.market, prepared.case.horizon.step_hours
        edges = [territory.edges for territory in layout.territories]
        members_of = [territory.prosumers for territory in layout.territories]
        flows = planned.flows_mva, realized.flows_mva
        return losses_paid(market.loss_pricing, prepared.grid, prepared.losses.weight, *flows, edges, members_of, hours)

    def _account(self, territory: Subgraph, draws: IntArray) -> Account:
        """Return a coalition's account in some draws."""
        key = territory.edge_mask
        if key not in self._accounts:
            self._accounts[key] = self.scenarios.account(territory)
        known = self._accounts[key]
        if len(draws) == len(self.errors):
            return known
        return replace(known, imbalance_mva=known.imbalance_mva[draws])

    @cached_property
    def _plans(self) -> BlocksAtForecasts:
        return self.series.plans.at(self.scenarios.forecast)

    def _shifted(self, flexible_mva: ComplexArray) -> Flows:
        """Return what the dispatch makes flow."""
        flexible = np.array(members(self.series.plans.flexible), dtype=np.int64)
        return self.series.prepared.flow_map.at(flexible_mva[:, flexible], flexible)
