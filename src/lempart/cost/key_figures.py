"""Key figures of homes and markets, as meters see them: what is shared, what comes from outside, peaks, savings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from lempart.arguments import checks_arguments
from lempart.cost.grid_state import flexible_injections
from lempart.cost.model import CostModel
from lempart.partition import Partition, PartitionLike, members
from lempart.typing import FloatArray


@dataclass(frozen=True, slots=True)
class Figures:
    """What the meter of a home, or those of all homes of a market, say over the horizon, in the realisation.

    At every step the homes of a market take ``D`` and give ``G`` at their meters, and share ``z = min(D, G)``; what a
    home takes of that is in proportion to what it takes, what it gives in proportion to what it gives.

    Attributes
    ----------
    taken_mwh, given_mwh
        Energy through the meters, into homes and out of them, >= 0.
    shared_taken_mwh, shared_given_mwh
        What of it comes from homes of the market, and goes to them. Of a market both are its shared energy.
    self_consumption, self_sufficiency
        ``shared_given / given`` and ``shared_taken / taken``; None where nothing is given or taken.
    peak_import_mw, peak_export_mw
        The largest power taken and given: at the meter of a home, and of a market of all homes together.
    load_factor
        The mean of that import over its peak; None where nothing is imported.
    co2_kg
        Of energy that comes from outside the market; None where the case has no ``co2_kg_per_mwh``.
    saving
        In currency against everyone alone, of a home by its bill; None where that isn't known.
    """

    taken_mwh: float
    given_mwh: float
    shared_taken_mwh: float
    shared_given_mwh: float
    self_consumption: float | None
    self_sufficiency: float | None
    peak_import_mw: float
    peak_export_mw: float
    load_factor: float | None
    co2_kg: float | None
    saving: float | None


@dataclass(frozen=True, slots=True)
class MarketFigures:
    """The figures of a market, given by the names of its players."""

    members: tuple[str, ...]
    figures: Figures


@dataclass(frozen=True, slots=True)
class HomeFigures:
    """The figures of a prosumer; ``market`` names the players of its market, None: a regular customer."""

    prosumer: str
    market: tuple[str, ...] | None
    figures: Figures


@dataclass(frozen=True, slots=True)
class KeyFigures:
    """The figures of a partition's markets, and of all homes."""

    partition: Partition
    markets: tuple[MarketFigures, ...]
    homes: tuple[HomeFigures, ...]


@checks_arguments
def key_figures(costs: CostModel, partition: PartitionLike, paid: Mapping[int, float] | None = None) -> KeyFigures:
    """Return the key figures of a partition.

    Parameters
    ----------
    costs
        The case's costs.
    partition
        An admissible partition of its players; names will do: ``"P1,P2|P3"``.
    paid
        What players pay, by their number, in currency, for the savings of homes; None: not known.

    Raises
    ------
    InfeasibleError
        When the partition, or one of its coalitions, can't be dispatched.
    SolverError
        When a dispatch can't be solved to tolerance.

    Examples
    --------
    >>> from lempart import costs_of, read_case, shipped_case_path
    >>> from lempart.cost import key_figures
    >>> found = key_figures(costs_of(read_case(shipped_case_path("example-1"))), "P1,P2|P3")
    >>> [market.members for market in found.markets], len(found.homes)
    ([('P1', 'P2'), ('P3',)], 3)
    """
    prepared = costs.prepared
    meant, family, case = prepared.partition_of(partition), prepared.family, prepared.case
    meters = _Meters.of(case.scenario.realization.real + flexible_injections(costs, meant).real, costs)
    alone = _alone(costs)
    found, homes = costs.partition(meant), dict[int, HomeFigures]()
    markets = []
    for mask, own in zip(meant, found.coalitions, strict=True):
        at, names = list(family.prosumers(mask)), prepared.names(mask)
        before = None if alone is None else sum(alone[player] for player in members(mask))
        markets.append(MarketFigures(names, meters.market(at, None if before is None else before - own.total)))
        saved = _savings(mask, alone, paid, family.players)
        for m, figures in meters.homes(at, saved).items():
            homes[m] = HomeFigures(case.prosumers[m].name, names, figures)
    for m in family.regular:
        homes[m] = HomeFigures(case.prosumers[m].name, None, meters.homes([m], {})[m])
    return KeyFigures(meant, tuple(markets), tuple(homes[m] for m in sorted(homes)))


def _alone(costs: CostModel) -> tuple[float, ...] | None:
    """Return what each player pays where everyone is alone; None where that can't be, or nobody knows."""
    family = costs.prepared.family
    if not family.is_partition(family.everyone_alone):
        return None
    found = costs.partition(family.everyone_alone)
    return tuple(own.total for own in found.coalitions) if found.viable else None


def _savings(
    mask: int,
    alone: tuple[float, ...] | None,
    paid: Mapping[int, float] | None,
    players: tuple[tuple[int, ...], ...],
) -> dict[int, float]:
    """Return what prosumers save that are players of their own, by prosumer; where it is known."""
    if alone is None:
        return {}
    bills = {player: alone[player] for player in members(mask)} if not mask & (mask - 1) else (paid or {})
    single = (player for player in members(mask) if player in bills and len(players[player]) == 1)
    return {players[player][0]: alone[player] - bills[player] for player in single}


@dataclass(frozen=True, eq=False)
class _Meters:
    """Net injections at all meters, MW, shape ``(prosumers, steps)``, with what a step and its energy count."""

    net_mw: FloatArray
    hours: float
    co2_kg_per_mwh: FloatArray

    @classmethod
    def of(cls, net_mw: FloatArray, costs: CostModel) -> _Meters:
        case = costs.prepared.case
        return cls(net_mw, case.horizon.step_hours, case.market.co2_kg_per_mwh)

    def market(self, at: list[int], saving: float | None) -> Figures:
        """Return the figures of all of some prosumers together."""
        taken, given, shared = self._shared(at)
        return self._figures((taken.sum(axis=0), given.sum(axis=0)), (shared, shared), saving, together=True)

    def homes(self, at: list[int], saved: Mapping[int, float]) -> dict[int, Figures]:
        """Return the figures of each of some prosumers, who are in one market."""
        taken, given, shared = self._shared(at)
        parts = [
            np.divide(shared, own.sum(axis=0), out=np.zeros_like(shared), where=shared > 0.0) for own in (taken, given)
        ]
        return {
            m: self._figures(
                (taken[row], given[row]), (taken[row] * parts[0], given[row] * parts[1]), saved.get(m), together=False
            )
            for row, m in enumerate(at)
        }

    def _shared(self, at: list[int]) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Return what each takes and gives, and what all share, per step."""
        taken, given = np.maximum(-self.net_mw[at], 0.0), np.maximum(self.net_mw[at], 0.0)
        return taken, given, np.minimum(taken.sum(axis=0), given.sum(axis=0))

    def _figures(
        self,
        through: tuple[FloatArray, FloatArray],
        shared: tuple[FloatArray, FloatArray],
        saving: float | None,
        *,
        together: bool,
    ) -> Figures:
        """Return figures from what is taken and given and what of that is shared; ``together``: peaks are beyond it."""
        taken, given = through
        outside = np.maximum(taken - shared[0], 0.0)
        imported, exported = (outside, np.maximum(given - shared[1], 0.0)) if together else (taken, given)
        energy = [self.hours * float(series.sum()) for series in (taken, given, *shared)]
        peak = float(imported.max(initial=0.0))
        return Figures(
            taken_mwh=energy[0],
            given_mwh=energy[1],
            shared_taken_mwh=energy[2],
            shared_given_mwh=energy[3],
            self_consumption=energy[3] / energy[1] if energy[1] else None,
            self_sufficiency=energy[2] / energy[0] if energy[0] else None,
            peak_import_mw=peak,
            peak_export_mw=float(exported.max(initial=0.0)),
            load_factor=float(imported.mean()) / peak if peak else None,
            co2_kg=self.hours * float(self.co2_kg_per_mwh @ outside) if self.co2_kg_per_mwh.size else None,
            saving=saving,
        )
