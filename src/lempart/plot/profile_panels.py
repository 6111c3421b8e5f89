"""Profiles: what players draw and feed in, as forecast and as realised (Figure 7)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt
import numpy as np

from lempart._renamed import renamed_arguments
from lempart.arguments import Many, checks_arguments
from lempart.cost import PreparedCase
from lempart.errors import UsageError
from lempart.plot.drawing import Chart, finished, inline
from lempart.study.draw import branches

PANEL = (230.0, 110.0)
COLUMNS = 3


@renamed_arguments({"setting": "prepared"})
@checks_arguments
def profiles(
    prepared: PreparedCase, players: Sequence[str] | None = None, *, shown: Many = 12, title: str = ""
) -> Chart:
    """Return the net injection of players over time, forecast (dashed) and realised, a panel for each.

    Parameters
    ----------
    prepared
        The case, made ready.
    players
        Whom to show; by default all, or the ``shown`` with the largest peaks.
    shown
        How many of the players are drawn at most.
    title
        Its heading; by default one is made of what is shown.

    Returns
    -------
    altair.FacetChart
        Injections in kW, positive into the grid, over hours, without flexibility; dataset ``profiles``.

    Raises
    ------
    UsageError
        When there is no such player.
    """
    names = prepared.player_names
    unknown = [name for name in players or () if name not in names]
    if unknown:
        raise UsageError(f"no such player: {', '.join(unknown)}. Players are: {', '.join(names)}")
    scenario, hours = prepared.case.scenario, prepared.case.horizon.step_hours
    own = {name: list(prepared.family.players[index]) for index, name in enumerate(names)}
    peak = {name: float(np.abs(scenario.realization[rows].sum(axis=0).real).max()) for name, rows in own.items()}
    biggest = set(sorted(names, key=lambda name: -peak[name])[:shown])
    picked = [name for name in names if name in (players if players is not None else biggest)]
    rows = [
        {"player": name, "slot": name, "stage": stage, "hour": step * hours, "power_kw": 1e3 * float(power)}
        for name in picked
        for stage, given in (("forecast", scenario.forecast), ("realised", scenario.realization))
        for step, power in enumerate(_held(given[own[name]].sum(axis=0).real))
    ]
    chart = _panels(rows, "player", "power_kw", "net injection, kW", picked, list(names))
    left = f" The {len(picked)} of {len(names)} players with the largest peaks." if len(picked) < len(names) else ""
    subtitle = f"Dashed: forecast, solid: realised; positive feeds in.{left if players is None else ''}"
    told = "; ".join(f"{name} up to {1e3 * peak[name]:.3g} kW" for name in picked)
    heading = title or "Profiles, without flexibility"
    return finished(chart, heading, subtitle, f"{heading}: {told}.", name="profiles")


def branch_profiles() -> Chart:
    """Return Figure 7 of the paper: the load and the generation of its three branches, by the formulas read from it.

    Returns
    -------
    altair.FacetChart
        Per unit of a node's peak load, over the hours of a day; dataset ``profiles``.
    """
    names = ("branch 1", "branch 2", "branch 3")
    what = {"branch 1": "night club, wind", "branch 2": "homes, PV", "branch 3": "offices, waste to energy"}
    rows = [
        {"player": what[name], "slot": name, "stage": stage, "hour": hour, "power": float(power)}
        for name in names
        for stage, values in (("forecast", branches.load(name)), ("realised", branches.generation(name)))
        for hour, power in enumerate(_held(values))
    ]
    chart = _panels(rows, "player", "power", "power, p.u. of the peak load", [what[n] for n in names], list(names))
    text = "Load and generation of three branches over a day: night club with wind, homes with PV, offices with waste."
    return finished(chart, "The paper's three branches", "Dashed: load, solid: generation.", text, name="profiles")


def _held(values: Any) -> Any:
    """Return a series with its last value again, for the end of the last step."""
    return np.concatenate([values, values[-1:]])


def _panels(
    rows: list[dict[str, Any]], by: str, field: str, unit: str, order: Sequence[str], players: list[str]
) -> Chart:
    colour = alt.Color("slot:N", scale=alt.Scale(domain=players, range="category"), legend=None)
    base = alt.Chart().encode(
        x=alt.X("hour:Q", title="time, h", scale=alt.Scale(nice=False), axis=alt.Axis(grid=False)),
        y=alt.Y(f"{field}:Q", title=unit),
        color=colour,
    )
    layers = [
        base.mark_line(style=style, interpolate="step-after")
        .transform_filter(alt.datum.stage == stage)
        .properties(name=stage)
        for stage, style in (("forecast", "expected"), ("realised", "realized"))
    ]
    width, height = PANEL
    zero = alt.Chart(name="zero").mark_rule(style="zero").encode(y=alt.datum(0))
    panel = alt.layer(zero, *layers).properties(width=width, height=height)
    facet = alt.Facet(f"{by}:N", title=None, sort=list(order))
    return panel.facet(facet=facet, columns=COLUMNS, data=inline(rows, "profiles"))
