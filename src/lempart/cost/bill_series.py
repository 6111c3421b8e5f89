"""What one partition costs in many draws, and who pays it (Eqs 7 and 8): the twin in arrays of ``CoupledStage``.

Arrays have the draws behind what is added up by a sparse matrix, and steps last, so that the bits of a draw don't
depend on how many draws there are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import scipy.sparse as sp

from lempart.cost.clusters import ClusterFinder
from lempart.cost.flow_series import Flows, FlowSeries, summed, times
from lempart.cost.price_face import KINK
from lempart.cost.setting import Setting
from lempart.dispatch import Exchanges
from lempart.dispatch.exante import unit
from lempart.partition import Subgraph
from lempart.typing import BoolArray, ComplexArray, FloatArray, IntArray


@dataclass(frozen=True, eq=False)
class Bills:
    """The costs of a partition in some draws, in currency over the horizon.

    Attributes
    ----------
    parts
        The parts of ``Phi`` (Eq 7), in the order of `PartitionParts`, shape ``(draws, parts)``.
    coalitions
        The parts of every ``phi`` (Eq 8), in the order of `CoalitionParts`, shape ``(draws, coalitions, parts)``.
    transit_tax
        As `CoalitionCost.transit_tax`, shape ``(draws, coalitions)``.
    unrecovered
        What Eq 8e can't charge, shape ``(draws,)``.
    """

    parts: FloatArray
    coalitions: FloatArray
    transit_tax: FloatArray
    unrecovered: FloatArray


@dataclass(frozen=True, eq=False)
class Dispatched:
    """Some draws of one partition, dispatched and realised.

    Attributes
    ----------
    flexibility_cost
        In currency over the horizon, shape ``(draws, prosumers)``.
    exchanged_mva, prices
        ``S_nb`` at the realised flows and ``lambda_nb``, shape ``(exchanges, draws, steps)``.
    mismatch_mva
        ``U - U_hat``, shape ``(draws, prosumers, steps)``.
    """

    flexibility_cost: FloatArray
    realized: Flows
    exchanged_mva: ComplexArray
    prices: ComplexArray
    mismatch_mva: ComplexArray


@dataclass(frozen=True, eq=False)
class BillSeries:
    """Where the coalitions of one partition exchange power and what they answer for, as matrices.

    Attributes
    ----------
    territories
        The subgraphs of all coalitions: the players', then the regular customers'.
    """

    setting: Setting
    flows: FlowSeries
    territories: Sequence[Subgraph]

    @cached_property
    def exchanges(self) -> Exchanges:
        """Return the boundary exchanges of all coalitions (Eq 2)."""
        return Exchanges.of(self.territories, self.setting.grid)

    @cached_property
    def taxed(self) -> tuple[int, ...]:
        """Return the mask of the prosumers whose injections each exchange adds up, sign aside; in no given order."""
        finder = ClusterFinder(self.setting.grid)
        return tuple(who for own in self.territories for _, who in finder.span(own.edge_mask).exchanges)

    def kinks_matter(self, planned_mva: ComplexArray) -> BoolArray:
        """Return in which draws some ex-ante exchange is zero at a step and its tax bears on another's price.

        ``planned_mva`` has shape ``(exchanges, draws, steps)``; below ``KINK`` of the largest forecast it is zero.
        """
        if not np.any(self.setting.tariffs.tax):
            return np.zeros(planned_mva.shape[1], dtype=bool)
        zero = (np.abs(planned_mva[self._bears]) < KINK * self.setting.largest_forecast_mva).any(axis=2)
        return np.asarray(zero.any(axis=0))

    def unlimited_prices(self, planned_mva: ComplexArray) -> ComplexArray:
        """Return ``lambda_nb`` where no limit of the grid binds and no kink matters.

        Shape ``(exchanges, draws, steps)``: ``lambda_0`` less the tax, in their direction, of all exchanges that an
        injection at the node is part of.
        """
        planned = planned_mva[self._bears]
        tariffs = self.setting.tariffs
        prices: ComplexArray = tariffs.price - tariffs.tax * times(self._bearing[:, self._bears], unit(planned))
        return prices

    def nodal(self, prices: ComplexArray) -> ComplexArray:
        """Return ``lambda_nb`` of prices of all nodes, shape ``(draws, nodes, steps)``, as :meth:`unlimited_prices`."""
        return np.ascontiguousarray(prices[:, self.exchanges.node].transpose(1, 0, 2))

    def bills(self, at: Dispatched, voltage_penalty: FloatArray) -> Bills:
        """Return the costs with ``alpha_n^dv`` of all nodes, which no dispatch within hard limits depends on."""
        hours, tariffs = self.setting.case.horizon.step_hours, self.setting.tariffs
        line, edges, outer_edges = self._violations(
            self.flows.line_excess(at.realized) * hours, tariffs.line_penalty[self.flows.rated], self._edges
        )
        voltage, nodes, outer_nodes = self._violations(
            self.flows.voltage_excess(at.realized) * hours, voltage_penalty[self.flows.banded], self._nodes
        )
        tax_rate = tariffs.tax * hours
        tax = self._of_coalitions @ summed(np.abs(at.exchanged_mva) * tax_rate)
        net = summed(np.abs(times(self._of_coalitions, at.exchanged_mva)) * tax_rate)
        energy = self._of_coalitions @ summed(-(at.prices.conj() * at.exchanged_mva).real) * hours
        flexibility = self._prosumers @ np.ascontiguousarray(at.flexibility_cost.T)
        balancing = self._balancing(at.mismatch_mva)
        paid, unrecovered = self._imbalance(at.mismatch_mva, balancing + outer_edges + outer_nodes)
        at_pcc = summed((tariffs.price.conj() * at.realized.flows_mva[0]).real)
        every = [summed(at.flexibility_cost), -at_pcc * hours, _total(tax), line, voltage, summed(balancing)]
        own = np.stack([flexibility, energy, tax, edges, nodes, paid], axis=-1)
        return Bills(np.stack(every, axis=-1), own.transpose(1, 0, 2), (tax - net).T, unrecovered)

    def _violations(
        self, excess: FloatArray, rate: FloatArray, inside: sp.csr_array
    ) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Return what violations cost in all, each coalition for its own, and per step for what is nobody's own.

        Shapes ``(draws,)``, ``(coalitions, draws)``, ``(draws, steps)``.
        """
        per_place = rate[:, None] * summed(excess)
        nobodys = sp.csr_array((rate * (inside.sum(axis=0) == 0))[None])
        return _total(per_place), inside @ per_place, times(nobodys, excess)[0]

    def _balancing(self, mismatch_mva: ComplexArray) -> FloatArray:
        """Return ``Gamma_b`` per step (Eq 6), shape ``(draws, steps)``."""
        case = self.setting.case
        everyone = sp.csr_array(np.ones((1, mismatch_mva.shape[1])))
        missing = np.abs(times(everyone, mismatch_mva.transpose(1, 0, 2))[0])
        cost: FloatArray = case.market.imbalance_penalty_per_mwh * missing * case.horizon.step_hours
        return cost

    def _imbalance(self, mismatch_mva: ComplexArray, shared: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return the coalitions' shares of a cost per step (Eq 8e), and what of it can't be charged.

        Shapes ``(coalitions, draws)`` and ``(draws,)``.
        """
        size = np.abs(times(self._prosumers, mismatch_mva.transpose(1, 0, 2)))
        total = times(sp.csr_array(np.ones((1, len(size)))), size)[0]
        charged = total > 1e-12 * self.setting.largest_forecast_mva
        rate = np.divide(shared, total, out=np.zeros_like(shared), where=charged)
        return summed(size * rate), summed(np.where(charged, 0.0, shared))

    @cached_property
    def _bearing(self) -> sp.csr_array:
        """Return how often an injection at the node of an exchange (row) is part of an exchange (column)."""
        grid, exchanges = self.setting.grid, self.exchanges
        bearing = sp.csr_array(grid.path_matrix[exchanges.node] @ exchanges.matrix.T)
        bearing.eliminate_zeros()
        return bearing

    @cached_property
    def _bears(self) -> IntArray:
        """Return the exchanges whose tax bears on the price at some exchange's node."""
        return np.flatnonzero(abs(self._bearing).max(axis=0).toarray().ravel() >= 0.5)

    @cached_property
    def _of_coalitions(self) -> sp.csr_array:
        """Return 1 where an exchange is a coalition's, shape ``(coalitions, exchanges)``."""
        owner = self.exchanges.coalition
        shape = len(self.territories), len(owner)
        return sp.csr_array((np.ones(len(owner)), (owner, np.arange(len(owner)))), shape=shape)

    @cached_property
    def _prosumers(self) -> sp.csr_array:
        """Return 1 where a prosumer is in a coalition, shape ``(coalitions, prosumers)``."""
        return self._holds([t.prosumers for t in self.territories], np.arange(len(self.setting.case.prosumers)))

    @cached_property
    def _edges(self) -> sp.csr_array:
        """Return 1 where a rated edge is a coalition's, shape ``(coalitions, rated edges)``."""
        return self._holds([t.edges for t in self.territories], self.flows.rated)

    @cached_property
    def _nodes(self) -> sp.csr_array:
        """Return 1 where a banded node is within a coalition (Eq 5b), shape ``(coalitions, banded nodes)``."""
        return self._holds([t.internal_nodes for t in self.territories], self.flows.banded)

    @staticmethod
    def _holds(chosen: Sequence[Sequence[int]], among: np.ndarray) -> sp.csr_array:
        place = {item: column for column, item in enumerate(among.tolist())}
        cells = [(row, place[item]) for row, items in enumerate(chosen) for item in items if item in place]
        at = np.array(cells, dtype=np.int64).reshape(-1, 2)
        return sp.csr_array((np.ones(len(at)), (at[:, 0], at[:, 1])), shape=(len(chosen), len(among)))


def _total(values: FloatArray) -> FloatArray:
    """Return sums over the first axis of shape ``(places, draws)``, each over contiguous numbers."""
    return summed(values.T)
