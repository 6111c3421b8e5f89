"""A neutral picture of somebody else's network: what every importer hands over, and what the user decides.

An importer fills :class:`Network` from its own tables; :mod:`lempart.io.networks.tree` turns it into clean
rooted trees and :mod:`lempart.io.networks.case` turns a tree into a :class:`~lempart.case.Case`. No importer
guesses a limit.
"""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal, TypeAlias, TypedDict

import numpy as np

from lempart.case import Case
from lempart.case.flexibility import Flexibility
from lempart.errors import InputError, Problem
from lempart.typing import ComplexArray, frozen_array

Band: TypeAlias = tuple[float, float]

DEFAULT_MARKET: Mapping[str, Any] = MappingProxyType(
    {
        "externalities": True,
        "single_boundary": False,
        "tax_per_mwh": 144.1,
        "price_per_mwh": 139.0,
        "reactive_price_per_mvarh": 0.0,
        "imbalance_penalty_per_mwh": 300.0,
        "line_penalty_per_mvah": 300.0,
        "voltage_penalty": "curtailment",
        "currency": "CHF",
    }
)
"""Market of an imported case where the user says nothing: a network file knows no prices.

Lausanne (SiL) 2024, tariff "simple", without VAT: energy 139.0 CHF/MWh, network use 144.1 CHF/MWh (the whole
charge, so that exchange within a market is fully discounted); imbalance and line excess at 300 CHF per MWh and
MVAh, the upper tail of balancing prices; voltage excess at what curtailing it away would cost. Every import
lists in a note which of these it used.
"""

FURTHER_ENTRIES = (
    "strict_reactive",
    "losses",
    "loss_pricing",
    "tax_on",
    "import_price_per_mwh",
    "export_price_per_mwh",
    "co2_kg_per_mwh",
)
"""What a market may say besides: it has defaults of its own, or stands in the place of price and tax."""

FILLER: Band = (0.0, 2.0)
"""What pandapower's ``create_bus`` writes where other buses have a band and this one was given none."""

MARKET_SOURCE = "Lausanne 2024 tariff (energy 139, network 144.1 CHF/MWh), penalties 300 CHF/MWh"
"""What the note on :data:`DEFAULT_MARKET` calls it."""


@dataclass(frozen=True)
class Bus:
    """A bus; ``voltage_band_pu`` None where the source states none, ``(0, inf)`` where the user said unlimited.

    ``place`` is where it stands, ``(x, y)``, in whatever the source gives it in; None where it says nothing.
    """

    name: str
    kv: float
    voltage_band_pu: Band | None = None
    place: tuple[float, float] | None = None


@dataclass(frozen=True)
class Branch:
    """A closed line or transformer between two buses.

    Attributes
    ----------
    from_bus, to_bus
        Positions in :attr:`Network.buses`.
    r_ohm, x_ohm
        Series impedance, referred to the voltage level ``kv``.
    rating_mva
        Thermal rating; None where the source states none or only a placeholder, ``inf`` where the user said
        unlimited.
    """

    name: str
    from_bus: int
    to_bus: int
    r_ohm: float
    x_ohm: float
    kv: float
    rating_mva: float | None


@dataclass(frozen=True)
class Injection:
    """A load or a generator: complex MVA at ``bus``, positive into the grid, shape ``(steps,)`` each.

    ``load`` tells the two apart (generation joins the prosumer of a load at its bus).
    """

    name: str
    bus: int
    load: bool
    forecast: ComplexArray
    actual: ComplexArray
    flexibility: tuple[Flexibility, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "forecast", frozen_array(self.forecast, np.complex128))
        object.__setattr__(self, "actual", frozen_array(self.actual, np.complex128))


@dataclass(frozen=True)
class ExternalGrid:
    """An external grid: a bus held at its voltage by the grid above."""

    name: str
    bus: int


@dataclass(frozen=True)
class Network:
    """Everything in service in somebody else's network.

    Attributes
    ----------
    fused
        Pairs of buses joined without impedance (closed bus-bus switches).
    notes
        What the importer had to leave out or reinterpret, as warnings.
    """

    name: str
    buses: tuple[Bus, ...]
    branches: tuple[Branch, ...]
    injections: tuple[Injection, ...]
    sources: tuple[ExternalGrid, ...]
    fused: tuple[tuple[int, int], ...] = ()
    step_hours: float = 1.0
    notes: tuple[Problem, ...] = ()


class ImportKeywords(TypedDict, total=False):
    """The keywords every importer takes, see :class:`ImportOptions`."""

    name: str | None
    rating_mva: float | Literal["unlimited"] | None
    voltage_band_pu: Band | Literal["unlimited"] | None
    root: str | None
    feeder: str | None
    prosumers: Literal["element", "bus"]
    players: tuple[str, ...] | None
    market: Mapping[str, Any]
    ignore_elements: tuple[str, ...]


@dataclass(frozen=True)
class ImportOptions:
    """What an importer can't know, so the user says it.

    Attributes
    ----------
    name
        Name of the case; None takes the source's. Several external grids append their own.
    rating_mva
        For every line the source has no rating for: a number, or ``"unlimited"``. None refuses such a source.
    voltage_band_pu
        For every bus the source has no voltage band for: ``(lowest, highest)``, or ``"unlimited"``.
    root
        Name of the bus to take as PCC instead of the external grid's; only what it feeds is kept.
    feeder
        Name of a bus: only what is fed through it is kept, and the bus it is fed from is the PCC.
    prosumers
        ``"element"``: a prosumer per load; generation joins the first load at its bus, and is a prosumer of its own
        where there is none. ``"bus"``: one prosumer per bus.
    players
        Names of the prosumers that may form coalitions; the others are regular customers. None: all are players.
    market
        Entries of the ``[market]`` table that replace those of :data:`DEFAULT_MARKET`.
    ignore_elements
        Kinds of element (table names of the source: ``"shunt"``, ``"ward"``) to leave out although they matter.
    """

    name: str | None = None
    rating_mva: float | Literal["unlimited"] | None = None
    voltage_band_pu: Band | Literal["unlimited"] | None = None
    root: str | None = None
    feeder: str | None = None
    prosumers: Literal["element", "bus"] = "element"
    players: tuple[str, ...] | None = None
    market: Mapping[str, Any] = field(default_factory=dict)
    ignore_elements: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        rating, band = self.rating_mva, self.voltage_band_pu
        if not (rating is None or rating == "unlimited" or (isinstance(rating, int | float) and rating > 0)):
            raise InputError.of("rating_mva", f"{rating!r} is no rating", "Give MVA above 0, or 'unlimited'.")
        if not (band is None or band == "unlimited" or _is_band(band)):
            remedy = "Give (lowest, highest) in p.u. with 1 between them, or 'unlimited'."
            raise InputError.of("voltage_band_pu", f"{band!r} is no voltage band", remedy)
        if self.prosumers not in ("element", "bus"):
            raise InputError.of("prosumers", f"{self.prosumers!r} is unknown", "Use 'element' or 'bus'.")


def _is_band(band: object) -> bool:
    if not isinstance(band, Sequence) or len(band) != 2:
        return False
    low, high = band
    return isinstance(low, int | float) and isinstance(high, int | float) and 0 <= low < 1 < high


@dataclass(frozen=True)
class Imported:
    """A case made from somebody else's network, with notes on everything that was left out or assumed."""

    case: Case
    notes: tuple[Problem, ...]


def warning(where: str, message: str, remedy: str) -> Problem:
    """Return a note of an import: nothing stops, but the user should read it."""
    return Problem(where, message, remedy, "warning")


def unique_names(names: list[str], keys: list[str]) -> list[str]:
    """Return names that differ: an empty one becomes its key, and one that occurs twice gets its key appended.

    A name that the source gave once stays as it is, also where a key would be the same.
    """
    stripped = [name.strip() for name in names]
    count = Counter(stripped)
    taken = {name for name in stripped if count[name] == 1 and name}
    found = []
    for name, key in zip(stripped, keys, strict=True):
        if name and count[name] == 1:
            found.append(name)
            continue
        wanted = f"{name} ({key})" if name else key
        free = wanted
        for number in itertools.count(2):
            if free not in taken:
                break
            free = f"{wanted} #{number}"
        taken.add(free)
        found.append(free)
    return found


def stated_band(low: float, high: float) -> Band | None:
    """Return a band as a source states it; None where it lacks a bound, or has 0 to 2 p.u., which fills empty cells."""
    if math.isnan(low) or math.isnan(high) or (low <= FILLER[0] and high >= FILLER[1]):
        return None
    return low, high
