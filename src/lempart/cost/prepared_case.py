"""A case made ready to be costed: grid, family of partitions, penalty rates."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from functools import cached_property

import numpy as np

from lempart.case import Case
from lempart.case.typical import typical_power
from lempart.case.where import indexed
from lempart.cost.formation import restrictions_of
from lempart.cost.records import CoalitionParts, CoalitionPartsWithLoss, PartitionParts, PartitionPartsWithLoss
from lempart.dispatch import Exclusive, Losses, Tariffs
from lempart.errors import InputError, Problem, UsageError
from lempart.grid import FlowMap, RadialGrid, loss_weights, radial_grid
from lempart.grid.losses import priced_impedance
from lempart.partition import (
    CoalitionLike,
    Family,
    Partition,
    PartitionLike,
    Subgraph,
    canonical_subgraph,
)
from lempart.typing import FloatArray

TIE_BREAK_SHARE = 2e-7
"""The default tie-break: marginal price of a typical power, as a share of the typical price."""

COMPARED = 100
"""Dispatches of each coalition, at most, to say what it is worth that batteries burn energy."""

ALTOGETHER = 2_000
"""The same in all, were there as many coalitions as prosumers; but never fewer than ten each."""


@dataclass(frozen=True, eq=False)
class PreparedCase:
    """A case with what follows from it: its radial grid, its players and the partitions they may form.

    ``exclusive`` says how batteries are kept from charging and discharging at once; None: they aren't.
    """

    case: Case
    grid: RadialGrid
    family: Family
    player_names: tuple[str, ...]
    exclusive: Exclusive | None = None

    @classmethod
    def of(cls, case: Case) -> PreparedCase:
        """Return a valid case made ready.

        Raises
        ------
        InputError
            With every group that can't be a player: its prosumers have more than one boundary node.
        """
        grid = radial_grid(case)
        names, players = _players(case)
        single = case.market.single_boundary or not case.market.externalities
        exclusive = Exclusive() if case.dispatch.battery == "exclusive" else None
        try:
            family = Family(grid.tree, players, single, names, restrictions_of(case, players))
        except InputError as error:
            places = {indexed("players", number): indexed("players", name) for number, name in enumerate(names)}
            raise InputError([replace(told, where=places[told.where]) for told in error.problems]) from None
        return cls(case, grid, family, names, exclusive)

    @cached_property
    def dispatch_grid(self) -> RadialGrid:
        """Return the grid with the limits that hold ex-ante: those of ``grid``, less the case's margins."""
        options = self.case.dispatch
        return self.grid.tightened(options.voltage_margin_pu, options.line_margin)

    @cached_property
    def flow_map(self) -> FlowMap:
        """Return LinDistFlow on the whole grid."""
        return FlowMap.of(self.grid)

    @property
    def compared(self) -> PreparedCase:
        """Return the same with batteries that don't burn energy, as far as that is found with little work."""
        most = max(10, min(COMPARED, ALTOGETHER // len(self.case.prosumers)))
        return replace(self, exclusive=Exclusive(most, proven=False))

    @property
    def has_margins(self) -> bool:
        """Return whether margins tighten the limits of the dispatch."""
        return self.dispatch_grid is not self.grid

    @cached_property
    def regular_territories(self) -> tuple[Subgraph, ...]:
        """Return the canonical subgraphs of the regular customers, each alone."""
        return tuple(canonical_subgraph(self.grid.tree, [m]) for m in self.family.regular)

    def territories(self, partition: Partition) -> tuple[Subgraph, ...]:
        """Return the subgraphs of all coalitions of a partition: the players', then the regular customers'."""
        return (*(self.family.subgraph(coalition) for coalition in partition), *self.regular_territories)

    @cached_property
    def tariffs(self) -> Tariffs:
        """Return prices and penalty rates on the whole grid."""
        return self.tariffs_on(self.grid)

    def tariffs_on(self, grid: RadialGrid) -> Tariffs:
        """Return prices and penalty rates on a grid whose paths start at its own PCC."""
        market = self.case.market
        return Tariffs(
            price=market.price_per_mwh + 1j * market.reactive_price_per_mvarh,
            tax=market.tax_per_mwh,
            line_penalty=np.full(grid.node_count, market.line_penalty_per_mvah),
            voltage_penalty=self._voltage_penalty(grid),
            tax_on=market.tax_on,
        )

    def _voltage_penalty(self, grid: RadialGrid) -> FloatArray:
        """Return ``alpha_n^dv``, shape ``(nodes,)``: ``alpha^dE / (2 R_n)``, 0 where ``R_n`` is 0.

        With an imbalance penalty that varies over the steps its mean is taken.
        """
        rule = self.case.market.voltage_penalty
        if not isinstance(rule, str):
            return np.full(grid.node_count, float(rule))
        resistance = grid.path_resistance_pu if rule == "curtailment" else grid.r_pu
        rate = float(np.mean(self.case.market.imbalance_penalty_per_mwh))
        return np.divide(rate, 2.0 * resistance, out=np.zeros(grid.node_count), where=resistance > 0)

    @property
    def has_losses(self) -> bool:
        """Return whether losses are priced."""
        return self.case.market.losses == "priced"

    @property
    def part_names(self) -> tuple[str, ...]:
        """Return the names of the parts of what a partition costs, in their order; losses where they are priced."""
        parts = PartitionPartsWithLoss if self.has_losses else PartitionParts
        return tuple(field.name.rstrip("_") for field in fields(parts))

    @property
    def coalition_part_names(self) -> tuple[str, ...]:
        """Return the same of what a coalition pays."""
        parts = CoalitionPartsWithLoss if self.has_losses else CoalitionParts
        return tuple(field.name.rstrip("_") for field in fields(parts))

    def losses_on(self, grid: RadialGrid) -> Losses | None:
        """Return what losses cost on a grid, None where there are none."""
        return Losses(loss_weights(grid, self.tariffs.price)) if self.has_losses else None

    @cached_property
    def losses(self) -> Losses | None:
        """Return what losses cost on the whole grid, None where there are none."""
        return self.losses_on(self.grid)

    @cached_property
    def notes(self) -> tuple[Problem, ...]:
        """Return warnings that only the rooted grid shows: losses that don't count, violations that cost nothing."""
        return (*self._losses_not_counted(), *self._free_violations())

    def _losses_not_counted(self) -> tuple[Problem, ...]:
        """Return a warning where the price makes losses worth having: they weigh nothing there."""
        if not self.has_losses:
            return ()
        steps = int((priced_impedance(self.grid, self.tariffs.price) < 0.0).any(axis=0).sum())
        if not steps:
            return ()
        message = (
            f"losses at negative prices are not counted: on some lines at {steps} of {self.case.horizon.steps} steps"
        )
        return (Problem("market.losses", message, "Nothing needs to be done: they weigh 0 there.", "warning"),)

    def _free_violations(self) -> tuple[Problem, ...]:
        free = self.grid.has_band & (self.tariffs.voltage_penalty == 0.0)
        if not isinstance(self.case.market.voltage_penalty, str) or not free.any():
            return ()
        names = ", ".join(self.grid.names[node] for node in np.flatnonzero(free))
        message = f"no resistance lies between the PCC and {names}, so that a voltage violation there costs nothing"
        remedy = "Give the lines a resistance, or the penalty as a number."
        return (Problem("market.voltage_penalty", message, remedy, "warning"),)

    @cached_property
    def tie_break(self) -> float:
        """Return ``rho`` in currency/(MW^2 h): the case's own, or small against its prices and powers."""
        chosen = self.case.dispatch.tie_break_per_mw2h
        return self.usual_tie_break if chosen is None else chosen

    @cached_property
    def usual_tie_break(self) -> float:
        """Return ``rho`` as it is chosen where the case has none of its own."""
        market = self.case.market
        prices = [
            np.abs(market.price_per_mwh).max(),
            market.tax_per_mwh.max(),
            market.imbalance_penalty_per_mwh.max(),
        ]
        peaks = np.abs(self.case.scenario.forecast).max(axis=1)
        power = typical_power(peaks, self.case.prosumers) if np.any(peaks > 0) else 1.0
        return TIE_BREAK_SHARE * (float(max(prices)) or 1.0) / power

    @cached_property
    def _turnovers(self) -> FloatArray:
        """Return what each prosumer turns over at most: its fixed power, in or out, at the highest price and tax.

        Shape ``(prosumers,)``, in currency. Who has next to none counts like the median of those who have some.
        """
        market, scenario = self.case.market, self.case.scenario
        rates = (np.hypot(market.price_per_mwh, market.reactive_price_per_mvarh) + market.tax_per_mwh).max()
        rate = float(rates) or float(market.imbalance_penalty_per_mwh.max()) or 1.0
        power = np.maximum(np.abs(scenario.forecast), np.abs(scenario.realization)).sum(axis=1)
        some = power[power > 0.0]
        typical = float(np.median(some)) if len(some) else self.case.horizon.steps
        turnover: FloatArray = rate * np.maximum(power, typical) * self.case.horizon.step_hours
        return turnover

    def turnover(self, mask: int) -> float:
        """Return what the players of ``mask`` turn over, in currency: tolerances on costs and gains are shares of it.

        No less than a thousandth of everybody's turnover, players or not: a dispatch doesn't resolve less.
        """
        own = self._turnovers[list(self.family.prosumers(mask))].sum()
        return float(max(own, 1e-3 * self._turnovers.sum()))

    def partition_of(self, given: PartitionLike) -> Partition:
        """Return the admissible partition that is given by names: ``"P1,P2|P3"``, lists of names, or as it is.

        Raises
        ------
        UsageError
            A player doesn't exist or is named twice, or the grid doesn't admit the partition.
        """
        partition = self.family.partition_of(given)
        self.family.require(partition, nodes=self.grid.names)
        return partition

    def coalition_of(self, given: CoalitionLike) -> int:
        """Return the mask of a coalition that is given by names, ``"P1,P2"`` or a list; ``UsageError`` as above."""
        return self.family.coalition_of(given)

    def meant(self, coalition: CoalitionLike, partition: PartitionLike) -> tuple[int, Partition]:
        """Return the coalition and the partition it is in; ``UsageError`` where it isn't, or as above."""
        found = self.partition_of(partition)
        mask = coalition if isinstance(coalition, int) else self.coalition_of(coalition)
        if mask not in found:
            raise UsageError(f"{coalition!r:.80} is no coalition of the partition {found}")
        return mask, found

    def names(self, mask: int) -> tuple[str, ...]:
        """Return the names of a coalition's players, in the case's order."""
        return tuple(name for index, name in enumerate(self.player_names) if mask >> index & 1)


def _players(case: Case) -> tuple[tuple[str, ...], tuple[tuple[int, ...], ...]]:
    """Return the players' names and prosumers: groups stand where their first member stands."""
    index = {prosumer.name: m for m, prosumer in enumerate(case.prosumers)}
    group_of = {member: group for group in case.groups for member in group.members}
    found: dict[str, tuple[int, ...]] = {}
    for prosumer in case.prosumers:
        group = group_of.get(prosumer.name)
        if group is None and prosumer.player:
            found[prosumer.name] = (index[prosumer.name],)
        elif group is not None and group.name not in found:
            found[group.name] = tuple(sorted(index[member] for member in group.members))
    return tuple(found), tuple(found.values())
