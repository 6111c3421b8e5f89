"""The pictures of a report: the same charts as everywhere, as specifications that the page draws."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache, partial
from pathlib import Path
from typing import Any

from lempart import plot
from lempart.cost import PreparedCase, costs_of, grid_state, with_and_without
from lempart.errors import InfeasibleError, InputError, SolverError, UsageError
from lempart.formats.result import ResultFile
from lempart.formats.statistics import StatisticsFile
from lempart.partition import Partition
from lempart.report.rows import Picture
from lempart.study import phase_diagram, phase_json, read_totals

MAX_SCENES = 60
"""Of a study: each has a picture of its own, and a report stays small enough for a mail."""
MAX_OF_A_LATTICE = 60

Chart = Callable[[], Any]


@cache
def charts_script() -> str:
    """Return what draws the pictures in a page; nothing in it may end a script element. Made once: it takes seconds."""
    return plot.javascript_bundle().replace("</script", "<\\/script").replace("<!--", "<\\!--")


def missing() -> str:
    """Return why pictures can't be drawn; empty where they can."""
    try:
        plot.costs  # noqa: B018  # raises where the charts' package is missing
        charts_script()
    except InputError as error:
        return "; ".join(f"Pictures are left out: {problem.message}. {problem.remedy}" for problem in error.problems)
    return ""


def result_pictures(data: ResultFile, prepared: PreparedCase, best: Partition | None) -> tuple[Picture, ...]:
    """Return the pictures of a result: costs, what splits into what, and the grid under its answer."""
    charts: list[Chart] = [lambda: plot.costs(data)]
    if 1 < len(data.partitions) <= MAX_OF_A_LATTICE:
        charts.append(lambda: plot.lattice(data))
    return tuple(_drawn([*charts, *_operation(prepared, best)]))


def study_pictures(folder: Path, data: StatisticsFile, readings: int) -> tuple[Picture, ...]:
    """Return the pictures of a study: costs in every scene, and which partition wins over its axes."""
    points = data.points[: MAX_SCENES // readings]
    found: list[Picture] = []
    for number, point in enumerate(points):
        for r in range(readings):
            penalty = str(point.penalties[r].voltage_penalty)
            chart = _costs_at(data, point.point, penalty)
            found.extend(_drawn([chart], number * readings + r))
    return (*found, *_drawn(_phases(folder, data)))


def _operation(prepared: PreparedCase, best: Partition | None) -> list[Chart]:
    """Return the charts of the grid under a partition; none where that can't be dispatched."""
    found: list[Chart] = [lambda: plot.profiles(prepared)]
    if best is None:
        return found
    try:
        costs = costs_of(prepared.case)
        state, without = with_and_without(costs, best) if prepared.has_losses else (grid_state(costs, best), None)
    except (InfeasibleError, SolverError):
        return found
    own = costs.prepared  # the state is one of its grid
    lost: list[Chart] = [lambda: plot.losses(own, state, without)] if prepared.has_losses else []
    return [lambda: plot.voltages(own, state), lambda: plot.loadings(own, state), *lost, *found]


def _costs_at(data: StatisticsFile, point: Mapping[str, float], penalty: str) -> Chart:
    return partial(plot.costs, data, point=point, penalty=penalty)


def _phases(folder: Path, data: StatisticsFile) -> Iterator[Chart]:
    """Yield the phase picture of a study with one or two axes, once for each voltage penalty."""
    axes = data.study.axes
    names = [axis.name for axis in axes if len(axis.values) > 1]
    if not 1 <= len(names) <= 2 or len(data.points) < 2:
        return
    fixed = {axis.name: axis.values[0] for axis in axes if axis.name not in names}
    results = read_totals(folder)
    y = names[1] if len(names) > 1 else None
    diagrams = [phase_diagram(results, names[0], y, fixed, penalty=penalty) for penalty in results.penalties]
    told = phase_json([(diagram, ()) for diagram in diagrams])
    for penalty in results.penalties:
        yield partial(plot.phase, told, penalty=penalty)


def _drawn(charts: Iterable[Chart], scene: int | None = None) -> Iterator[Picture]:
    """Yield the charts that the data allows: a feeder without ratings has no loadings to show."""
    for chart in charts:
        try:
            spec = plot.spec(chart())
        except UsageError:
            continue
        del spec["config"]  # the page has it once, for light and for dark
        yield Picture(str(spec.get("description", "")), spec, scene)
