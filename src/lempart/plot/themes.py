"""Light and dark: everything that depends on the background, as a Vega-Lite configuration."""

from __future__ import annotations

from typing import Any

from lempart.arguments import checks_arguments
from lempart.plot.colours import MARKETS, PART_COLOURS, ThemeName

FONT = "Liberation Sans, Arial, Helvetica, sans-serif"
"""Comes with the renderer, and has the widths of Arial, so that a picture is laid out the same everywhere."""

INK: dict[ThemeName, dict[str, str]] = {
    "light": {"back": "#ffffff", "text": "#1c1f24", "soft": "#5b6169", "grid": "#e3e6ea", "idle": "#9aa1aa"},
    "dark": {"back": "#16191f", "text": "#e8eaed", "soft": "#a9b0ba", "grid": "#31363f", "idle": "#6c747f"},
}
ALARM: dict[ThemeName, str] = {"light": "#c8102e", "dark": "#ff6b6b"}
"""Violations and limits; they also have a shape of their own, so that nothing depends on the colour."""


@checks_arguments
def theme(name: ThemeName = "light") -> dict[str, Any]:
    """Return the ``config`` of a Vega-Lite specification for a light or dark background."""
    ink, alarm = INK[name], ALARM[name]
    return {
        "background": ink["back"],
        "font": FONT,
        "view": {"stroke": None},
        "title": {
            "anchor": "start",
            "color": ink["text"],
            "fontSize": 15,
            "fontWeight": 600,
            "subtitleColor": ink["soft"],
            "subtitleFontSize": 12,
            "subtitlePadding": 5,
            "offset": 14,
            "frame": "bounds",
        },
        "axis": {
            "labelColor": ink["text"],
            "titleColor": ink["soft"],
            "titleFontWeight": "normal",
            "titleFontSize": 12,
            "labelFontSize": 11,
            "domainColor": ink["idle"],
            "tickColor": ink["idle"],
            "gridColor": ink["grid"],
            "titlePadding": 8,
            "labelLimit": 420,
            "labelFlush": False,
        },
        "legend": {
            "labelColor": ink["text"],
            "titleColor": ink["soft"],
            "titleFontWeight": "normal",
            "labelFontSize": 11,
            "titleFontSize": 12,
            "symbolSize": 90,
            "labelLimit": 260,
            "titleLimit": 420,
            "symbolBaseStrokeColor": ink["text"],
            "symbolBaseFillColor": ink["idle"],
        },
        "header": {
            "labelColor": ink["text"],
            "labelFontSize": 12,
            "labelFontWeight": 600,
            "titleColor": ink["soft"],
        },
        "range": {
            "category": list(MARKETS[name]),
            "ordinal": list(PART_COLOURS.values()),
            "heatmap": {"scheme": "blues" if name == "light" else "darkblue"},
        },
        "style": _styles(ink, alarm),
    }


def _styles(ink: dict[str, str], alarm: str) -> dict[str, dict[str, Any]]:
    """Return the marks that charts name by what they show."""
    return {
        "note": {"color": ink["text"], "fontSize": 11},
        "soft-note": {"color": ink["soft"], "fontSize": 11},
        "total": {"color": ink["text"], "stroke": ink["back"], "strokeWidth": 0.8},
        "interval": {"color": ink["text"], "strokeWidth": 1.5},
        "part": {"stroke": ink["soft"], "strokeWidth": 0.6},
        "market": {"stroke": ink["back"], "strokeWidth": 1.2},
        "regular": {"color": ink["back"], "stroke": ink["idle"], "strokeWidth": 1.2},
        "junction": {"color": ink["idle"]},
        "member": {},
        "external": {"color": ink["idle"]},
        "pcc": {"color": ink["text"]},
        "halo": {"color": ink["back"]},
        "violation": {"color": alarm, "strokeWidth": 2},
        "violation-note": {"color": alarm, "fontSize": 11},
        "limit": {"color": alarm, "strokeDash": [5, 3], "strokeWidth": 1.2},
        "zero": {"color": ink["soft"], "strokeWidth": 1},
        "expected": {"color": ink["text"], "strokeDash": [4, 3], "strokeWidth": 1.3},
        "realized": {"color": ink["text"], "strokeWidth": 1.8},
        "realised-range": {"color": ink["idle"], "opacity": 0.3},
        "alone": {"color": ink["text"], "fill": ink["back"], "strokeWidth": 1.5, "opacity": 1},
        "crossing": {"color": "#ffffff", "strokeWidth": 1.6},
        "crossing-halo": {"color": "#1c1f24", "strokeWidth": 3.6},
        "crossing-point": {"color": "#ffffff", "stroke": "#1c1f24", "strokeWidth": 1.2},
        "scale": {"color": ink["soft"], "strokeWidth": 1.2},
        "link": {"color": ink["idle"], "strokeWidth": 0.8, "opacity": 0.55},
        "on-market": {"color": "#ffffff" if ink["back"] == "#ffffff" else "#16191f", "fontWeight": "bold"},
        "ground": {
            "color": ink["back"],
            "stroke": ink["back"],
            "strokeWidth": 5,
            "strokeJoin": "round",
            "fontSize": 11,
        },
        "frame": {"color": ink["soft"], "strokeWidth": 1.2, "opacity": 1},
        "frame-dashed": {"color": ink["soft"], "strokeWidth": 1.2, "strokeDash": [3, 3], "opacity": 1},
        "frame-thick": {"color": ink["text"], "strokeWidth": 3, "opacity": 1},
        "frame-thick-dashed": {"color": ink["text"], "strokeWidth": 3, "strokeDash": [5, 3], "opacity": 1},
        "frame-none": {"color": "transparent"},
    }
