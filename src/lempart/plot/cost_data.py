"""What partitions cost, as the plain data of a picture: from a result, or from the statistics of a study."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lempart.display import amount, stability_word
from lempart.errors import UsageError
from lempart.formats.result import partition_key
from lempart.formats.statistics import (
    PenaltyFile,
    PointFile,
    SearchStatisticsFile,
    StatisticsFile,
    statistics_faults,
    statistics_of,
)
from lempart.formats.typed import as_mapping
from lempart.plot.answers import Result, chosen_rows, marks_of, result_of, viable_rows
from lempart.plot.colours import PART_COLOURS
from lempart.plot.names import partition_name


@dataclass(frozen=True, eq=False)
class CostsData:
    """What the picture of costs shows.

    Attributes
    ----------
    rows
        One dictionary per partition: ``row``, ``name``, ``total``, ``low``, ``high`` (the 95 % interval of a mean;
        None without draws), ``word``, and the end of its bar.
    parts
        One dictionary per partition and part: ``row``, ``name``, ``part``, ``order``, ``amount``.
    draws
        How many draws the means are over; None for a single scenario.
    left_out
        How many partitions aren't shown.
    """

    rows: list[dict[str, Any]]
    parts: list[dict[str, Any]]
    currency: str
    draws: int | None
    left_out: int


def costs_data(
    source: Result | StatisticsFile | SearchStatisticsFile,
    shown: int = 12,
    *,
    point: Mapping[str, float] | None = None,
    penalty: str | None = None,
) -> CostsData:
    """Return what partitions cost; arguments as in :func:`lempart.plot.costs`."""
    if isinstance(source, Mapping) and "points" in source:
        for fault in statistics_faults(source):
            raise UsageError(f"source: these are no statistics of a study: {fault.where} {fault.message}")
        source = statistics_of(source)
    if isinstance(source, StatisticsFile | SearchStatisticsFile):
        return _of_study(source, shown, point, penalty)
    result = result_of(source)
    marks = marks_of(result)
    picked = chosen_rows(result, shown)
    rows, parts = [], []
    for index, (total, entry) in enumerate(picked):
        mark = marks.get(partition_key(entry.partition), "")
        word = mark if "stable" in mark else ", ".join(filter(None, (mark, stability_word(entry.stable))))
        name, costs = partition_name(entry.partition), None if entry.costs is None else as_mapping(entry.costs)
        rows.append(_row(index, name, total, None, word, costs))
        parts += _parts(index, name, costs)
    return CostsData(rows, parts, result.currency, None, len(viable_rows(result)) - len(picked))


def chosen_point(
    statistics: StatisticsFile, point: Mapping[str, float] | None, penalty: str | None
) -> tuple[PointFile, PenaltyFile]:
    """Return a point of a study's statistics, and its part under one voltage penalty.

    Raises
    ------
    UsageError
        When there is no such point or penalty, or more than one to choose from.
    """
    wanted = dict(point or {})
    found = [one for one in statistics.points if wanted.items() <= one.point.items()]
    if len(found) != 1:
        known = "; ".join(", ".join(f"{k} = {v:g}" for k, v in one.point.items()) for one in statistics.points)
        raise UsageError(f"{len(found)} points of the study are at {wanted or 'any value'}: name one of {known}")
    readings = found[0].penalties
    named = [one for one in readings if penalty is None or str(one.voltage_penalty) == penalty]
    if not named or (penalty is None and len(readings) > 1):
        raise UsageError(f"name a voltage penalty: {', '.join(str(one.voltage_penalty) for one in readings)}")
    return found[0], named[0]


def _of_study(
    statistics: StatisticsFile | SearchStatisticsFile,
    shown: int,
    point: Mapping[str, float] | None,
    penalty: str | None,
) -> CostsData:
    if isinstance(statistics, SearchStatisticsFile):
        raise UsageError(
            "the study searched every draw and didn't cost the same partitions: there are no means to draw"
        )
    at, reading = chosen_point(statistics, point, penalty)
    viable = sorted(((p.mean, p) for p in reading.partitions if p.mean is not None), key=lambda pair: pair[0])
    if not viable:
        raise UsageError("no partition is viable in every draw there: none has a mean cost to draw")
    best, stable = reading.optimal, reading.optimal_stable_in_expectation
    matters = [(mean, p) for mean, p in viable[shown:] if p.partition in (best, stable)]
    picked = [*viable[: max(shown - len(matters), 1)], *matters]
    rows, parts = [], []
    for index, (mean, entry) in enumerate(picked):
        name, held = entry.partition, entry.stable_in_expectation
        mark = {(True, True): "optimal and stable", (True, False): "optimal", (False, True): "optimal stable"}.get(
            (name == best, name == stable), ""
        )
        word = mark if "stable" in mark else ", ".join(filter(None, (mark, stability_word(held))))
        rows.append(_row(index, name, mean, entry.interval, word, entry.parts))
        parts += _parts(index, name, entry.parts)
    return CostsData(rows, parts, statistics.currency, at.draws, len(viable) - len(picked))


def _row(
    index: int,
    name: str,
    total: float,
    interval: Sequence[float | None] | None,
    word: str,
    parts: Mapping[str, float | None] | None,
) -> dict[str, Any]:
    low, high = interval if interval is not None else (None, None)
    ends = [total, high or total, sum(max(value or 0.0, 0.0) for value in (parts or {}).values())]
    note = amount(total) if low is None or high is None else f"{amount(total)} ± {amount((high - low) / 2)}"
    return {
        "row": index,
        "name": name,
        "total": total,
        "low": low,
        "high": high,
        "word": word,
        "note": f"{note}  {word}".rstrip(),
        "end": max(ends),
    }


def _parts(index: int, name: str, parts: Mapping[str, float | None] | None) -> list[dict[str, Any]]:
    named = {("energy" if part == "import" else part): value for part, value in (parts or {}).items()}
    return [
        {"row": index, "name": name, "part": part, "order": order, "amount": named[part]}
        for order, part in enumerate(PART_COLOURS)
        if named.get(part)
    ]
