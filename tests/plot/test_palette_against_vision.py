"""Colours measured: contrast with the background, and distance for people who see fewer colours."""

from __future__ import annotations

from itertools import combinations, pairwise

import numpy as np
import pytest

from lempart.errors import UsageError
from lempart.plot.colours import COARSE_TO_FINE, MARKETS, PART_COLOURS, ThemeName, look
from lempart.plot.themes import INK

OKABE_ITO = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#F0E442", "#000000")
# Machado, Oliveira and Fernandes (2009), severity 1.0, on linear RGB.
VISION = {
    "normal": np.eye(3),
    "protan": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "deutan": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
    "tritan": np.array(
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]
    ),
}
# Ottosson (2020), OKLab.
TO_LMS = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
TO_LAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)


def linear(colour: str) -> np.ndarray:
    srgb = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    return np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)


def luminance(colour: str) -> float:
    return float(linear(colour) @ np.array([0.2126, 0.7152, 0.0722]))


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def distance(one: str, other: str, vision: str) -> float:
    seen = [np.clip(VISION[vision] @ linear(colour), 0, 1) for colour in (one, other)]
    lab = [TO_LAB @ np.cbrt(TO_LMS @ colour) for colour in seen]
    return 100 * float(np.linalg.norm(lab[0] - lab[1]))


def nearest(colours: tuple[str, ...]) -> float:
    return min(distance(a, b, vision) for a, b in combinations(colours, 2) for vision in VISION)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_markets_stand_out_from_the_background(theme: ThemeName) -> None:
    """Each market's colour has the 3:1 contrast that WCAG asks of graphics; texts have its 4.5:1."""
    assert min(contrast(colour, INK[theme]["back"]) for colour in MARKETS[theme]) >= 3.0
    assert min(contrast(INK[theme][ink], INK[theme]["back"]) for ink in ("text", "soft")) >= 4.5


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_markets_stay_apart_for_the_colour_blind(theme: ThemeName) -> None:
    """The nearest two of eight markets are farther apart than Okabe and Ito's nearest, in the worst kind of vision."""
    assert nearest(MARKETS[theme]) > nearest(OKABE_ITO) > 5


def test_parts_of_costs_stay_apart() -> None:
    """Parts that touch in a bar differ for everybody; any two differ by what is seen at a glance."""
    parts = tuple(PART_COLOURS.values())
    assert nearest(parts) > nearest(OKABE_ITO)
    assert min(distance(a, b, v) for a, b in pairwise(parts) for v in VISION) > 8


def test_partitions_get_lighter_in_grey() -> None:
    """From coarse to fine the colours' luminance rises, so that a print in grey shows the order."""
    steps = np.diff([luminance(colour) for colour in COARSE_TO_FINE])
    assert (steps > 0.03).all()


def test_a_markets_look_depends_on_its_members_alone() -> None:
    """In any order of its members; the markets of one partition differ in colour or shape; joining changes nothing."""
    players = [f"P{i}" for i in range(40)]
    assert look(["P3", "P1"], players) == look(["P1", "P3"], players) == look(["P1", "P30"], players)
    looks = {(own.colour, own.shape) for own in (look([name], players) for name in players)}
    assert len(looks) == 40
    with pytest.raises(UsageError, match="nobody"):
        look(["nobody"], players)
