"""A prepared case's forecast and realisation, or those of many draws: what they mean for every partition alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from lempart.case.typical import typical_power
from lempart.cost.equations.balancing import balancing_cost, imbalance_mva
from lempart.cost.equations.losses import LossCosts
from lempart.cost.equations.settlement import Beyond, Common, DispatchCosts, Settlement, common, settle
from lempart.cost.prepared_case import PreparedCase
from lempart.grid import Flows
from lempart.grid.limits import carried_excess, line_excess, reaches_none, voltage_excess
from lempart.grid.sums import places_back
from lempart.partition import Subgraph
from lempart.typing import BoolArray, ComplexArray, FloatArray, IntArray


@dataclass(frozen=True, eq=False, slots=True)
class Account:
    """What doesn't change about a coalition from partition to partition.

    Attributes
    ----------
    edges, nodes
        The limited edges and nodes that it answers for (Eq 5b), as places among those of the grid.
    imbalance_mva
        ``|sum of U - U_hat|``, shape ``(..., steps)``.
    """

    territory: Subgraph
    edges: IntArray
    nodes: IntArray
    imbalance_mva: FloatArray


@dataclass(frozen=True, eq=False)
class Scenarios:
    """Forecasts and realisations; arrays have no leading axis for one case, and one for draws.

    Attributes
    ----------
    forecast, realization
        ``U_hat`` and ``U`` of all prosumers, complex MVA, shape ``(..., prosumers, steps)``.
    """

    prepared: PreparedCase
    forecast: ComplexArray
    realization: ComplexArray

    @classmethod
    def of(cls, prepared: PreparedCase) -> Scenarios:
        """Return the one scenario of a case."""
        scenario = prepared.case.scenario
        return cls(prepared, scenario.forecast, scenario.realization)

    @cached_property
    def mismatch_mva(self) -> ComplexArray:
        """Return ``U - U_hat``, complex MVA, shape ``(..., prosumers, steps)``."""
        return self.realization - self.forecast

    @cached_property
    def planned(self) -> Flows:
        """Return what the forecasts make flow."""
        return self.prepared.flow_map.at(self.forecast)

    @cached_property
    def missed(self) -> Flows:
        """Return what the errors of the forecasts make flow."""
        return self.prepared.flow_map.at(self.mismatch_mva)

    @cached_property
    def balancing(self) -> FloatArray:
        """Return ``Gamma_b`` per step (Eq 6), in currency, shape ``(..., steps)``: the same for every partition."""
        case = self.prepared.case
        everyones = imbalance_mva(self.mismatch_mva)
        return balancing_cost(case.market.imbalance_penalty_per_mwh, everyones, case.horizon.step_hours)

    @cached_property
    def largest_forecast_mva(self) -> FloatArray:
        """Return the largest modulus of a forecast, 1 where all are 0, shape ``(...)``: tells amounts from rounding."""
        largest = np.abs(self.forecast).max(axis=(-2, -1))
        return np.where(largest > 0.0, largest, 1.0)

    @cached_property
    def typical_power_mw(self) -> FloatArray:
        """Return the typical power of one prosumer, shape ``(...)``: tells what a dispatch resolves from what not."""
        peaks, people = np.abs(self.forecast).max(axis=-1), self.prepared.case.prosumers
        return np.apply_along_axis(typical_power, -1, peaks, people)

    def of_draws(self, draws: IntArray) -> Scenarios:
        """Return some of the draws, ascending."""
        if len(draws) == len(self.forecast):
            return self
        found = Scenarios(self.prepared, self.forecast[draws], self.realization[draws])
        known = {name: getattr(self, name)[draws] for name in ("mismatch_mva", "balancing", "largest_forecast_mva")}
        vars(found).update(known, missed=self.missed.of(draws))  # what is cached needn't be found again
        return found

    def within(self, planned: Flows) -> BoolArray:
        """Return in which draws no limit that holds ex-ante is reached, as well as solvers tell; shape ``(...)``."""
        return reaches_none(self.prepared.dispatch_grid, self.prepared.flow_map, planned)

    def account(self, territory: Subgraph) -> Account:
        """Return a coalition's account."""
        flow_map = self.prepared.flow_map
        edges = flow_map.place_of_edge[list(territory.edges)]
        nodes = flow_map.place_of_node[list(territory.internal_nodes)]
        imbalance = imbalance_mva(self.mismatch_mva, list(territory.prosumers))
        return Account(territory, edges[edges >= 0], nodes[nodes >= 0], imbalance)

    def common(self, accounts: Sequence[Account], realized: Flows, voltage_penalty: FloatArray | None = None) -> Common:
        """Return what violations and wrong forecasts cost, and who pays for them; arguments as for :meth:`settle`."""
        prepared, flow_map = self.prepared, self.prepared.flow_map
        penalty = prepared.tariffs.voltage_penalty if voltage_penalty is None else voltage_penalty
        line, voltage = self._excess(realized)
        beyond = Beyond(
            line_mva=line,
            voltage=voltage,
            line_rate=prepared.tariffs.line_penalty[flow_map.rated],
            voltage_rate=penalty[flow_map.banded],
            edges=[account.edges for account in accounts],
            nodes=[account.nodes for account in accounts],
        )
        imbalances = places_back(np.array([account.imbalance_mva for account in accounts]))
        hours = prepared.case.horizon.step_hours
        return common(beyond, imbalances, self.balancing, self.largest_forecast_mva, hours)

    def _excess(self, realized: Flows) -> tuple[FloatArray, FloatArray]:
        """Return what is beyond the limits of rated edges and of banded nodes (Eq 5a), with losses where there are."""
        grid, rated, banded = self.prepared.grid, self.prepared.flow_map.rated, self.prepared.flow_map.banded
        if self.prepared.has_losses:
            line, voltage, _ = carried_excess(grid, realized.flows_mva[..., grid.tree.leaf, :])
            return line[..., rated, :], voltage[..., banded, :]
        return line_excess(grid, realized.flows_mva, rated), voltage_excess(grid, realized.deviations, banded)

    def settle(
        self,
        accounts: Sequence[Account],
        own: DispatchCosts,
        realized: Flows,
        voltage_penalty: FloatArray | None = None,
        losses: LossCosts | None = None,
    ) -> Settlement:
        """Return what a partition costs and who pays it.

        Parameters
        ----------
        accounts
            Of all coalitions: the players', then the regular customers'.
        own
            What they pay for their own dispatches, in the same order.
        realized
            The realised flows.
        voltage_penalty
            Another reading of ``alpha_n^dv`` of all nodes, which no dispatch within hard limits depends on.
        losses
            What they cost, where they are priced.
        """
        shared = self.common(accounts, realized, voltage_penalty)
        price, hours = self.prepared.tariffs.price, self.prepared.case.horizon.step_hours
        return settle(own, shared, realized.flows_mva[..., 0, :], price, hours, losses)
