"""Key figures of homes and markets, a part of ``result.json``."""

from __future__ import annotations

from dataclasses import dataclass

from lempart.formats.blocks import Blocks, Names


@dataclass(frozen=True, slots=True)
class FiguresFile:
    """What the meter of a home, or those of all homes of a market, say over the horizon, in the realisation.

    Attributes
    ----------
    taken_mwh, given_mwh
        Energy through the meters, into homes and out of them.
    shared_taken_mwh, shared_given_mwh
        What of it comes from homes of the market, and goes to them.
    self_consumption, self_sufficiency
        What is shared of the energy given, and of the energy taken; null where nothing is.
    peak_import_mw, peak_export_mw
        The largest power taken and given: at the meter of a home, and of a market of all homes together.
    load_factor
        The mean of that import over its peak; null where nothing is imported.
    co2_kg
        Of energy from outside the market; null where the case doesn't say what that emits.
    saving
        In currency against everyone alone; null where that isn't known.
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
class MarketFiguresFile:
    """The key figures of a market.

    Attributes
    ----------
    members
        Its players.
    figures
        Its figures.
    """

    members: Names
    figures: FiguresFile


@dataclass(frozen=True, slots=True)
class HomeFiguresFile:
    """The key figures of a home.

    Attributes
    ----------
    prosumer
        Its name.
    market
        The players of its market; null: a regular customer.
    figures
        Its figures; the saving is by a bill that nobody would leave.
    """

    prosumer: str
    market: Names | None
    figures: FiguresFile


@dataclass(frozen=True, slots=True)
class KeyFiguresFile:
    """The key figures of a partition.

    Attributes
    ----------
    partition
        Its coalitions as lists of players.
    markets, homes
        Of each coalition, and of each prosumer.
    """

    partition: Blocks
    markets: tuple[MarketFiguresFile, ...]
    homes: tuple[HomeFiguresFile, ...]
