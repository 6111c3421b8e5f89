"""Who lives at the feeder: houses, load, PV and heat pumps, drawn home by home."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from lempart.arguments import Amount, Count, checks_arguments
from lempart.errors import InputError
from lempart.prosumption.buildings import HOUSE_MIX, Archetype
from lempart.prosumption.forecasts import stream
from lempart.prosumption.tables import DAYS, HOURS_PER_DAY, meters, simbench_shapes, synpro_households
from lempart.typing import FloatArray, frozen_array

LoadSource: TypeAlias = Literal["synpro", "simbench"]

PLAYER_NODES = ("24", "63", "83", "1", "65")
"""The end of the feeder, one meter each: five players that hang one by one on a chain have 34 partitions."""

WEEKS_ROLLED = 4
HOURS_PER_WEEK = 7 * HOURS_PER_DAY
_HOME, _ORDER = 2, 3
"""Which family of random streams a draw is from (0 and 1 are the forecasts')."""


@dataclass(frozen=True)
class PlayerSize:
    """One of the paper's five players (Fig 9): peak load and PV."""

    name: str
    load_kw: float
    pv_kwp: float


PLAYERS = (
    PlayerSize("a", 6.0, 0.8),
    PlayerSize("b", 3.0, 0.8),
    PlayerSize("c", 1.0, 0.0),
    PlayerSize("d", 1.0, 3.0),
    PlayerSize("e", 12.0, 2.8),
)
"""Read from the paper's Fig 9; which of b and c is which can't be told from it."""


@dataclass(frozen=True, eq=False)
class Home:
    """One metered home.

    Attributes
    ----------
    name
        The player's letter, or ``home`` and a number from the busbar outwards.
    load_kw
        Shape ``(8760,)``; electricity without heating.
    pv_kwp
        Installed PV on a south roof; 0 for none.
    """

    name: str
    node: str
    player: bool
    archetype: Archetype
    heat_pump: bool
    pv_kwp: float
    load_kw: FloatArray


@dataclass(frozen=True)
class _Draw:
    """What chance says about one home; each value is drawn whether or not it is used."""

    house: float
    heat_pump: float
    has_pv: float
    pv_kwp: float
    household: int
    weeks: int

    @classmethod
    def of(cls, seed: int, home: int) -> _Draw:
        random = stream(seed, _HOME, home)
        house, heat_pump, has_pv, size = random.random(4)
        household, weeks = random.integers(4), random.integers(-WEEKS_ROLLED, WEEKS_ROLLED + 1)
        return cls(house, heat_pump, has_pv, 2.0 + 4.0 * size, int(household), int(weeks))


def player_order(seed: int) -> tuple[int, ...]:
    """Return which of :data:`PLAYERS` sits at each of :data:`PLAYER_NODES`."""
    return tuple(int(index) for index in stream(seed, _ORDER).permutation(len(PLAYERS)))


@checks_arguments
def homes(
    seed: Count,
    *,
    loads: LoadSource = "synpro",
    electrification: float = 1.0,
    pv_share: float = 0.3,
    pv_scale: Amount = 1.0,
    order: Sequence[int] | None = None,
) -> tuple[Home, ...]:
    """Return the 47 homes of the feeder, from the busbar outwards.

    Parameters
    ----------
    seed
        Of houses, PV, households and the players' order. A home's draws depend on the seed and its place alone, and
        shares are met by rank: a higher share adds to the homes of a lower one.
    loads
        ``"synpro"``: each home has one of four household types; ``"simbench"``: the shape and peak of its meter,
        six small businesses among them. Both are rolled by whole weeks, so that homes of a shape differ.
    electrification, pv_share
        Exact shares of the homes with a heat pump, and of the other homes (not the players) with 2 to 6 kWp.
    pv_scale
        What the PV of every home is multiplied by, >= 0.
    order
        Which of :data:`PLAYERS` sits at each of :data:`PLAYER_NODES`; None draws it.
    """
    sites = meters()
    draws = [_Draw.of(seed, home) for home in range(len(sites))]
    chosen = tuple(player_order(seed) if order is None else order)
    if sorted(chosen) != list(range(len(PLAYERS))):
        text = f"{chosen} doesn't name each of the players 0 to {len(PLAYERS) - 1} once"
        raise InputError.of("order", text, "Give a permutation.")
    sizes = dict(zip(PLAYER_NODES, (PLAYERS[index] for index in chosen), strict=True))
    others = [home for home, site in enumerate(sites) if site.node not in sizes]
    houses = _archetypes([draw.house for draw in draws])
    heated = _share_of(range(len(sites)), [draw.heat_pump for draw in draws], electrification, "electrification")
    sunny = _share_of(others, [draw.has_pv for draw in draws], pv_share, "pv_share")
    found = []
    for home, (site, draw) in enumerate(zip(sites, draws, strict=True)):
        size = sizes.get(site.node)
        load = _load_kw(home, draw, loads)
        kwp = draw.pv_kwp if home in sunny else 0.0
        if size is not None:
            load, kwp = load * size.load_kw / load.max(), size.pv_kwp
        found.append(
            Home(
                name=f"home {home + 1}" if size is None else size.name,
                node=site.node,
                player=size is not None,
                archetype=houses[home],
                heat_pump=home in heated,
                pv_kwp=pv_scale * kwp,
                load_kw=frozen_array(load),
            )
        )
    return tuple(found)


def _share_of(among: Sequence[int], drawn: Sequence[float], share: float, name: str) -> set[int]:
    """Return the ``share`` of the homes ``among`` with the smallest draws."""
    if not 0.0 <= share <= 1.0:
        raise InputError.of(name, f"{share:g} is not from 0 to 1", "Give a share of 1.")
    ranked = sorted(among, key=lambda home: drawn[home])
    return set(ranked[: round(share * len(ranked))])


def _archetypes(drawn: Sequence[float]) -> list[Archetype]:
    """Return each home's archetype; the mix holds as closely as whole homes allow, so that seeds differ in who."""
    rank = np.empty(len(drawn), dtype=int)
    rank[np.argsort(drawn)] = np.arange(len(drawn))
    bounds = np.rint(np.cumsum([share for _, share in HOUSE_MIX]) * len(drawn))
    return [HOUSE_MIX[int(place)][0] for place in np.searchsorted(bounds, rank, side="right")]


def _load_kw(home: int, draw: _Draw, loads: LoadSource) -> FloatArray:
    """Return a home's load over the year, rolled by whole weeks within the season (the year's odd day stays)."""
    if loads == "simbench":
        meter = meters()[home]
        load = simbench_shapes()[meter.shape] * meter.peak_kw
    else:
        load = list(synpro_households().values())[draw.household]
    whole = (DAYS // 7) * HOURS_PER_WEEK
    rolled = np.roll(load[:whole], draw.weeks * HOURS_PER_WEEK)
    return np.concatenate([rolled, load[whole:]])
