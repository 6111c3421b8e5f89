"""Colours, in one place: a market has the same colour in every chart, and parts of costs never look like markets.

A market wears the colour of its first player, in the order in which the players are listed. So a market's colour
depends on its members alone; the markets of one partition differ, since each has another first player; and a market
that takes somebody in keeps its colour. From the ninth player on colours come again, with another shape and dash.

Charts name colours by range (``"category"``: markets, ``"ordinal"``: parts of costs) and marks by style; which colour
that is, the theme says (:mod:`lempart.plot.themes`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from lempart.arguments import checks_arguments
from lempart.errors import UsageError

ThemeName: TypeAlias = Literal["light", "dark"]

# Found by maximising the smallest distance (OKLab) between any two under normal vision and simulated protanopia,
# deuteranopia and tritanopia, at a contrast of at least 3:1 with the background. tests/plot measures both.
MARKETS: dict[ThemeName, tuple[str, ...]] = {
    "light": ("#284ba0", "#8b150c", "#017e65", "#6e3067", "#d57917", "#2b9faa", "#7f6502", "#9780eb"),
    "dark": ("#0f6cb2", "#b94a44", "#11ab7c", "#f381ba", "#daba3b", "#4abafe", "#af8c00", "#907be4"),
}
"""Colours of markets by theme; the same place is about the same hue in both."""

SHAPES = ("circle", "square", "triangle-up", "diamond", "cross", "triangle-down")
"""How markets look whose colours are the same: the shape after every eight players."""

DASHES = ((1, 0), (6, 3), (2, 2), (8, 3, 2, 3), (4, 2), (1, 3))
"""The same for lines."""

PART_COLOURS: dict[str, str] = {
    "flexibility": "#4b8f76",
    "energy": "#a8c4dd",
    "tax": "#aa700a",
    "trade": "#b0b322",
    "line": "#fe9f8c",
    "voltage": "#814467",
    "imbalance": "#9b86c5",
    "settlement": "#f2dde0",
    "loss": "#5050b0",
}
"""Colours of the parts of costs, the same in both themes; a network's ``import`` has the colour of ``energy``."""

COARSE_TO_FINE = ("#443983", "#31688e", "#21918c", "#35b779", "#90d743", "#fde725")
"""Colours of partitions, from few large markets to many small ones: viridis, in grey from dark to light."""


@dataclass(frozen=True, slots=True)
class Look:
    """How a market looks: ``slot`` is the name of its first player."""

    slot: str
    colour: str
    shape: str
    dash: tuple[int, ...]


def slot(members: Sequence[str], players: Sequence[str]) -> str:
    """Return the player whose colour a market wears: the first of its members in the order of ``players``.

    Raises
    ------
    UsageError
        When none of the members is a player.
    """
    own = set(members)
    for name in players:
        if name in own:
            return name
    raise UsageError(f"none of the members {list(members)!r:.80} is among the players {list(players)!r:.80}")


@checks_arguments
def look(members: Sequence[str], players: Sequence[str], theme: ThemeName = "light") -> Look:
    """Return colour, shape and dash of a market.

    Parameters
    ----------
    members
        Names of the market's players, in any order.
    players
        Names of all players, in the case's order.
    theme
        ``"light"`` or ``"dark"``.

    Raises
    ------
    UsageError
        When none of the members is a player.
    """
    first = slot(members, players)
    index = list(players).index(first)
    again, place = divmod(index, len(MARKETS[theme]))
    return Look(first, MARKETS[theme][place], SHAPES[again % len(SHAPES)], DASHES[again % len(DASHES)])


def shapes(players: Sequence[str]) -> list[str]:
    """Return the shape of every slot, in the order of the players."""
    return [SHAPES[index // len(MARKETS["light"]) % len(SHAPES)] for index in range(len(players))]


def dashes(players: Sequence[str]) -> list[list[int]]:
    """Return the dash of every slot, in the order of the players."""
    return [list(DASHES[index // len(MARKETS["light"]) % len(DASHES)]) for index in range(len(players))]


def coarse_to_fine(count: int) -> list[str]:
    """Return the colours of ``count`` partitions, spread over the range; more than six share colours."""
    last = len(COARSE_TO_FINE) - 1
    return [COARSE_TO_FINE[round(index * last / max(count - 1, 1))] for index in range(count)]
