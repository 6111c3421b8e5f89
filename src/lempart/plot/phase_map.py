"""Phase diagrams: which partition is optimal over two axes of a study, and where one begins to pay."""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt

from lempart.arguments import checks_arguments
from lempart.errors import UsageError
from lempart.formats.phase import PhaseFile, PhasePenaltyFile
from lempart.plot.answers import record_of
from lempart.plot.colours import COARSE_TO_FINE, coarse_to_fine
from lempart.plot.drawing import Chart, finished, inline
from lempart.plot.names import lookup

SIZE = (520.0, 320.0)
STRIP = 70.0
"""Height of a diagram along one axis."""
WON = ("partition", "mean", "probability", "runner_up", "lead")
"""What a cell shows of its winner."""
UNITS = (("_per_mwh", "/MWh"), ("_per_mvah", "/MVAh"), ("_per_mvarh", "/Mvarh"), ("_mw", "MW"), ("_mwh", "MWh"))


@checks_arguments
def phase(
    source: PhaseFile | Mapping[str, Any], *, penalty: str | None = None, stable: bool | None = None, title: str = ""
) -> Chart:
    """Return which partition is the cheapest over the axes of a study, with crossing points.

    Parameters
    ----------
    source
        The JSON of ``lempart phase --json`` (:func:`lempart.study.phase.phase_json`).
    penalty
        Which voltage penalty, where the study has several; by default the first.
    stable
        Among stable partitions only; by default where the study knows which are stable.
    title
        Its heading; by default one is made of what is shown.

    Returns
    -------
    altair.LayerChart
        A field of cells, one per point, coloured from few large markets (dark) to many small ones (light); ``*``
        marks cells in which another partition is within error. Datasets ``phase-cells`` and ``phase-crossings``.

    Raises
    ------
    UsageError
        When ``source`` is no phase diagram, or has no such penalty.
    """
    told = record_of(PhaseFile, source, "this is no phase diagram; expected the JSON that lempart phase writes")
    readings = {one.voltage_penalty: one for one in told.penalties}
    if penalty is not None and penalty not in readings:
        raise UsageError(f"no voltage penalty {penalty!r}: there are {', '.join(map(str, readings))}")
    reading = readings[penalty] if penalty is not None else told.penalties[0]
    known = all(cell.stability_known for row in reading.cells for cell in row)
    among_stable = known if stable is None else stable
    cells = _cells(told, reading, among_stable)
    names = sorted({cell["partition"] for cell in cells if cell["partition"]}, key=lambda name: (name.count("{"), name))
    letters = {name: _letter(index) for index, name in enumerate(names)}
    cells = [{**cell, "letter": letters.get(cell["partition"], "none") + "*" * cell["uncertain"]} for cell in cells]
    crossings = _crossings(told, reading)
    flat = told.y is None
    chart = alt.layer(
        *_field(told, cells, names, letters),
        *_points(told, crossings),
        data=inline(cells, "phase-cells"),
    )
    heading = title or f"The {'cheapest stable' if among_stable else 'cheapest'} partition"
    return finished(
        chart,
        heading,
        _subtitle(told, reading, cells, crossings),
        _description(told, cells, crossings, heading),
        name="phase",
        width=SIZE[0],
        height=STRIP if flat else SIZE[1],
    )


def axis_title(name: str, currency: str) -> str:
    """Return what an axis of a study is called, with its unit: ``tax, CHF/MWh``."""
    for ending, unit in UNITS:
        if name.endswith(ending):
            money = currency if unit.startswith("/") else ""
            return f"{name.removesuffix(ending).replace('_', ' ')}, {money}{unit}"
    if re.search(r"noise|share|error|factor|scale", name):
        return f"{name.replace('_', ' ')}, share"
    return name.replace("_", " ")


def _bounds(values: Sequence[float]) -> dict[float, tuple[float, float]]:
    """Return the cell around each value: to the middle between neighbours, as far again at the ends."""
    order = sorted(values)
    if len(order) == 1:
        return {order[0]: (order[0] - 0.5, order[0] + 0.5)}
    middles = [(low + high) / 2 for low, high in itertools.pairwise(order)]
    ends = [2 * order[0] - middles[0], *middles, 2 * order[-1] - middles[-1]]
    return {value: (ends[i], ends[i + 1]) for i, value in enumerate(order)}


def _cells(source: PhaseFile, reading: PhasePenaltyFile, among_stable: bool) -> list[dict[str, Any]]:
    across = _bounds(source.x.values)
    up = _bounds(source.y.values) if source.y else {0.0: (-0.5, 0.5)}
    cells = []
    for y, row in zip(source.y.values if source.y else [0.0], reading.cells, strict=True):
        for x, cell in zip(source.x.values, row, strict=True):
            won = cell.optimal_stable if among_stable else cell.optimal
            cells.append(
                {
                    "x": x,
                    "y": y,
                    "x_low": across[x][0],
                    "x_high": across[x][1],
                    "y_low": up[y][0],
                    "y_high": up[y][1],
                    **{key: getattr(won, key, None) for key in WON},
                    "uncertain": bool(getattr(won, "tied_with", ())),
                    "draws": cell.draws,
                }
            )
    return cells


def _crossings(source: PhaseFile, reading: PhasePenaltyFile) -> list[dict[str, Any]]:
    """Return crossing points; an interval that goes beyond the axis ends at its edge."""
    ends = (min(source.x.values), max(source.x.values))
    rows = []
    for pair in reading.crossings:
        y = pair.at.get(source.y.axis, 0.0) if source.y else 0.0
        for one in pair.crossings:
            low, high = one.interval
            rows.append(
                {
                    "value": one.value,
                    "low": ends[0] if low is None else low,
                    "high": ends[1] if high is None else high,
                    "y": y,
                    "pair": f"{pair.first} and {pair.second}",
                    "found": one.found,
                }
            )
    return rows


def _axes(source: PhaseFile, x: str, y: str) -> dict[str, Any]:
    def scale(ends: dict[float, tuple[float, float]]) -> alt.Scale:
        low, high = min(end for end, _ in ends.values()), max(end for _, end in ends.values())
        return alt.Scale(domain=[low, high], nice=False, zero=False)

    currency = source.currency
    title = axis_title(source.x.axis, currency)
    values = sorted(source.x.values)
    across = alt.Axis(values=values, grid=False, format=".6~r", labelOverlap="greedy")
    found: dict[str, Any] = {"x": alt.X(f"{x}:Q", title=title, scale=scale(_bounds(values)), axis=across)}
    if source.y is None:
        return found | {"y": alt.Y(f"{y}:Q", axis=None, scale=alt.Scale(domain=[-0.5, 0.5], nice=False))}
    upward = sorted(source.y.values)
    axis = alt.Axis(values=upward, grid=False, format=".6~r", labelOverlap="greedy")
    title = axis_title(source.y.axis, currency)
    return found | {"y": alt.Y(f"{y}:Q", title=title, scale=scale(_bounds(upward)), axis=axis)}


def _field(source: PhaseFile, cells: list[dict[str, Any]], names: list[str], letters: Mapping[str, str]) -> list[Chart]:
    legend = alt.Legend(
        title="partition", labelExpr=lookup({n: f"{letters[n]}  {n}" for n in names}), orient="bottom", columns=2
    )
    fill = alt.Color("partition:O", scale=alt.Scale(domain=names, range=coarse_to_fine(len(names))), legend=legend)
    tips = [
        alt.Tooltip("partition:N"),
        alt.Tooltip("mean:Q", title=f"mean, {source.currency}", format=",.2f"),
        alt.Tooltip("probability:Q", title="probability of being the cheapest", format=".0%"),
        alt.Tooltip("runner_up:N", title="next"),
        alt.Tooltip("lead:Q", title=f"cheaper than it by, {source.currency}", format=",.2f"),
        alt.Tooltip("draws:Q"),
    ]
    dark = [
        name for name, colour in zip(names, coarse_to_fine(len(names)), strict=True) if colour in COARSE_TO_FINE[:3]
    ]
    on_dark = alt.FieldOneOfPredicate(field="partition", oneOf=dark)
    ink = alt.condition(on_dark, alt.value("#ffffff"), alt.value("#1c1f24"))
    few = len(cells) <= 150
    return [
        alt.Chart(name="phase-cells")
        .mark_rect(style="part")
        .encode(**_axes(source, "x_low", "y_low"), x2="x_high:Q", y2="y_high:Q", color=fill, tooltip=tips)
        .transform_filter("datum.partition != null"),
        *(
            [
                alt.Chart(name="phase-letters")
                .mark_text(fontSize=12, fontWeight="bold", align="left", baseline="top", dx=6, dy=6)
                .encode(**_axes(source, "x_low", "y_high"), text="letter:N", color=ink)
            ]
            if few
            else []
        ),
    ]


def _points(source: PhaseFile, crossings: list[dict[str, Any]]) -> list[Chart]:
    tips = [
        alt.Tooltip("pair:N", title="equal cost"),
        alt.Tooltip("value:Q", title=source.x.axis, format=".4~g"),
        alt.Tooltip("low:Q", title="from (95 %)", format=".4~g"),
        alt.Tooltip("high:Q", title="to (95 %)", format=".4~g"),
    ]
    data = inline(crossings, "phase-crossings")
    return [
        alt.Chart(data, name=f"crossing-intervals{halo}")
        .mark_rule(style=f"crossing{halo}")
        .encode(**_axes(source, "low", "y"), x2="high:Q", tooltip=tips)
        for halo in ("-halo", "")
    ] + [
        alt.Chart(data, name="crossings")
        .mark_point(style="crossing-point", shape="diamond", size=70, filled=True, opacity=1)
        .encode(**_axes(source, "value", "y"), tooltip=tips)
    ]


def _letter(index: int) -> str:
    return chr(ord("A") + index) if index < 26 else f"A{index}"


def _subtitle(
    source: PhaseFile, reading: PhasePenaltyFile, cells: list[dict[str, Any]], crossings: list[dict[str, Any]]
) -> list[str]:
    at = ", ".join(f"{name} = {value:g}" for name, value in source.at.items())
    under = f"voltage penalty {reading.voltage_penalty}" if len(source.penalties) > 1 else ""
    draws = sorted({cell["draws"] for cell in cells})
    many = f"{draws[0]:,} draws" if len(draws) == 1 else f"{draws[0]:,} to {draws[-1]:,} draws"
    first = "; ".join(text for text in (many + " per point", f"at {at}" if at else "", under) if text) + "."
    star = "*: another partition is within error. " if any(cell["uncertain"] for cell in cells) else ""
    diamond = "Diamonds: equal cost, with 95 % intervals." if crossings else ""
    return [first, (star + diamond).strip()]


def _description(source: PhaseFile, cells: list[dict[str, Any]], crossings: list[dict[str, Any]], heading: str) -> str:
    def place(cell: Mapping[str, Any]) -> str:
        up = f", {source.y.axis} {cell['y']:g}" if source.y else ""
        return f"{source.x.axis} {cell['x']:g}{up}: {cell['partition'] or 'none'}"

    told = "; ".join(place(cell) for cell in cells[:60]) + ("; …" if len(cells) > 60 else "")
    where = "; ".join(f"{one['pair']} at {one['value']:.3g}" for one in crossings)
    return f"{heading}. {told}." + (f" Equal cost: {where}." if where else "")
