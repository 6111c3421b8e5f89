"""The scale of a map: a bar as long as a round number of metres."""

from __future__ import annotations

import math
from typing import Any

import altair as alt

from lempart.plot.drawing import Chart, inline
from lempart.plot.places import Box

SHARE = 0.2
"""Of the picture's width, that the bar takes at most."""
UP, TICK = 8.0, 4.0
"""Pixels from the lower edge to the bar, and of its ends."""


def round_metres(most: float) -> float:
    """Return the longest of 1, 2, 5, 10, 20, ... metres that isn't above ``most``."""
    power = 10.0 ** math.floor(math.log10(most))
    return max(step * power for step in (1.0, 2.0, 5.0) if step * power <= most * (1.0 + 1e-9))


def scale_bar(box: Box, metres_per_pixel: float | None, place: dict[str, Any]) -> list[Chart]:
    """Return the bar with its length, at the lower left; nothing where there is no scale."""
    if metres_per_pixel is None:
        return []
    left, _, right, bottom = box
    metres = round_metres(SHARE * (right - left) * metres_per_pixel)
    start, end, y = left + TICK, left + TICK + metres / metres_per_pixel, bottom - UP
    text = f"{metres / 1000:g} km" if metres >= 1000 else f"{metres:g} m"
    lines = [
        {"x": start, "x2": end, "y": y, "y2": y},
        *({"x": at, "x2": at, "y": y - TICK, "y2": y} for at in (start, end)),
    ]
    label = [{"x": end + 6.0, "y": y, "text": text, "metres": metres, "pixels": end - start}]
    bar = alt.Chart(inline(lines, "feeder-scale-bar"), name="scale-bar").mark_rule(style="scale")
    told = alt.Chart(inline(label, "feeder-scale"), name="scale-text").mark_text(
        style="soft-note", align="left", baseline="middle"
    )
    return [bar.encode(**place, x2="x2:Q", y2="y2:Q"), told.encode(**place, text="text:N")]
