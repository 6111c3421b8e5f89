"""Statistics of a study as plain data."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from lempart.arguments import checks_arguments
from lempart.atomic import write_text
from lempart.case import Case
from lempart.cost import PreparedCase
from lempart.display import Z_95
from lempart.errors import InputError
from lempart.formats.statistics import FORMAT, Statistics, statistics_faults, statistics_of
from lempart.io.sealed_json import read_sealed, sealed
from lempart.io.stored_json import require
from lempart.study.plan.search_plan import OUTCOMES, SearchPlan
from lempart.study.plan.study_plan import StudyPlan
from lempart.study.spec.spec import StudySpec
from lempart.study.statistics.moments import Moments, wilson
from lempart.study.statistics.search_statistics import SearchStatistics, Winner
from lempart.study.statistics.statistics import PointStatistics
from lempart.study.store.header import HEADER, read_header

STATISTICS = "statistics.json"
P = TypeVar("P", PointStatistics, SearchStatistics)
AGAIN = "Run the study again with --resume, which writes it; what is finished is kept."


@checks_arguments
def statistics_json(spec: StudySpec, case: Case, found: tuple[PointStatistics, ...]) -> dict[str, Any]:
    """Return the statistics as plain data; what is infinite or unknown is null.

    Parameters
    ----------
    spec
        What is studied.
    case
        The case it is a study of.
    found
        Its statistics, from :func:`study_statistics`.
    """
    plan = StudyPlan.of(spec, case)
    labels = plan.labels

    def penalty(at: PointStatistics, r: int) -> dict[str, Any]:
        return {
            "voltage_penalty": plan.readings[r],
            "optimal": _label(labels["partition"], at.optimal_in_expectation(r)),
            "optimal_stable_in_expectation": _label(labels["partition"], at.expected_optimal_stable(r)),
            "partitions": [_partition_json(at, labels, r, p) for p in range(len(plan.partitions))],
            "coalitions": _coalitions_json(at, labels, r),
            "blocking": _blocking_json(at, labels, r),
        }

    return _points_json(spec, case, found, len(plan.readings), penalty)


def _points_json(
    spec: StudySpec, case: Case, found: Sequence[P], penalties: int, penalty: Callable[[P, int], dict[str, Any]]
) -> dict[str, Any]:
    """Return what the statistics of both kinds of studies have in common, around what each says of a penalty."""
    points = [
        {
            "point": dict(at.point),
            "draws": at.draws,
            "not_viable": list(at.not_viable),
            "burning_draws": at.burning,
            "penalties": [penalty(at, r) for r in range(penalties)],
        }
        for at in found
    ]
    return {"format": FORMAT, "study": spec.as_dict(), "currency": case.market.currency, "points": points}


def _partition_json(at: PointStatistics, labels: Mapping[str, list[str]], r: int, p: int) -> dict[str, Any]:
    error = at.totals.standard_error[r, p]
    mean = at.totals.mean[r, p]
    shares = {
        name: {"share": float(values[r, p]), "interval": list(wilson(float(values[r, p]), at.draws))}
        for name, values in (("optimal", at.optimal), ("stable", at.stable), ("optimal_stable", at.optimal_stable))
    }
    parts = None if at.parts is None else dict(zip(labels["part"], map(_number, at.parts[r, p]), strict=True))
    return {
        "partition": labels["partition"][p],
        "mean": _number(mean),
        "standard_error": _number(error),
        "interval": [_number(mean - Z_95 * error), _number(mean + Z_95 * error)],
        "parts": parts,
        "dearer_than_best": _number(at.difference.mean[r, p]),
        "dearer_standard_error": _number(at.difference.standard_error[r, p]),
        "stable_in_expectation": None if at.expected_stable is None else bool(at.expected_stable[r, p]),
        "viable": float(at.viable[r, p]),
        **shares,
    }


def _coalitions_json(at: PointStatistics, labels: Mapping[str, list[str]], r: int) -> list[dict[str, Any]] | None:
    if at.coalitions is None:
        return None
    found = zip(labels["coalition"], at.coalitions.mean[r], at.coalitions.standard_error[r], strict=True)
    return [{"coalition": name, "mean": _number(mean), "standard_error": _number(se)} for name, mean, se in found]


def _blocking_json(at: PointStatistics, labels: Mapping[str, list[str]], r: int) -> list[dict[str, Any]] | None:
    if at.blocking is None:
        return None
    return [
        {"coalition": labels["coalition"][c], "by": labels["deviator"][d], "share": float(at.blocking[r, c, d])}
        for c, d in np.argwhere(at.blocking[r] > 0)
    ]


def _label(labels: list[str], index: int | None) -> str | None:
    return None if index is None else labels[index]


def _number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


@checks_arguments
def search_statistics_json(spec: StudySpec, case: Case, found: tuple[SearchStatistics, ...]) -> dict[str, Any]:
    """Return the statistics as plain data; what is infinite or unknown is null.

    Parameters
    ----------
    spec
        What is studied.
    case
        The case it is a study of.
    found
        Its statistics, from :func:`search_statistics`.
    """
    plan = SearchPlan(spec, PreparedCase.of(case))
    labels = plan.labels["penalty"]

    def penalty(at: SearchStatistics, r: int) -> dict[str, Any]:
        return {
            "voltage_penalty": labels[r],
            "proven": float(at.proven[r]),
            "price_of_stability": _amount(at.stability, r),
            **{name.replace(" ", "_"): _outcome(plan, at, r, o) for o, name in enumerate(OUTCOMES)},
        }

    return _points_json(spec, case, found, len(labels), penalty)


def _outcome(plan: SearchPlan, at: SearchStatistics, r: int, o: int) -> dict[str, Any]:
    return {
        **_amount(at.totals, (r, o)),
        "parts": dict(zip(plan.prepared.part_names, map(_number, at.parts[r, o]), strict=True)),
        "tied": float(at.tied[r, o]),
        "winners": [
            {"partition": _blocks(plan, one), "share": one.share, "interval": list(one.interval)}
            for one in at.winners[r][o]
        ],
    }


def _blocks(plan: SearchPlan, winner: Winner) -> list[list[str]] | None:
    return None if winner.partition is None else [list(plan.prepared.names(mask)) for mask in winner.partition]


def _amount(moments: Moments, at: Any) -> dict[str, float | None]:
    return {"mean": _number(moments.mean[at]), "standard_error": _number(moments.standard_error[at])}


@checks_arguments
def write_statistics(folder: str | Path, data: Mapping[str, Any]) -> None:
    """Write the statistics into the study's folder, whole or not at all, with its case's hash and a checksum.

    Parameters
    ----------
    folder
        The study's folder.
    data
        Plain data, from :func:`statistics_json`.
    """
    folder = Path(folder)
    told = sealed({**data, "case_hash": read_header(folder)["case_hash"]})
    write_text(folder / STATISTICS, json.dumps(told, indent=1, ensure_ascii=False, allow_nan=False) + "\n")


@checks_arguments
def read_statistics(folder: str | Path) -> dict[str, Any]:
    """Return the statistics in a study's folder.

    Raises
    ------
    InputError
        When they are missing, aren't what was written, or belong to another study than ``study.json``.
    """
    folder = Path(folder)
    path = folder / STATISTICS
    data, header = read_sealed(path, AGAIN), read_header(folder)
    for name in ("study", "case_hash"):
        if data.get(name) != header[name]:
            raise InputError.of(str(path), f"its {name} is not that of {HEADER}: it belongs to another study", AGAIN)
    return data


def stored_statistics(folder: Path) -> Statistics:
    """Return the statistics in a study's folder as a record; raises as :func:`read_statistics` does."""
    data = read_statistics(folder)
    require(folder / STATISTICS, statistics_faults(data), AGAIN)
    return statistics_of(data)
