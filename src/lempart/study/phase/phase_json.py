"""Phase diagrams and crossings as plain data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from lempart._version import __version__
from lempart.arguments import checks_arguments
from lempart.errors import UsageError
from lempart.study.phase.crossings import Crossings
from lempart.study.phase.diagram import PhaseDiagram, Winners


@checks_arguments
def phase_json(found: Sequence[tuple[PhaseDiagram, Sequence[Crossings]]]) -> dict[str, Any]:
    """Return diagrams over the same axes, one for each voltage penalty, with their crossings.

    Cells are rows over y, then x. What is unknown is null; so is the end of an interval that lies beyond the axis.
    """
    if not found:
        raise UsageError("found is empty: there is nothing to write without a diagram")
    first = found[0][0]
    return {
        "format": 1,
        "version": __version__,
        "x": {"axis": first.x.name, "values": list(first.x.values)},
        "y": None if first.y is None else {"axis": first.y.name, "values": list(first.y.values)},
        "at": dict(first.at),
        "currency": first.currency,
        "penalties": [
            {
                "voltage_penalty": diagram.penalty,
                "cells": [[_cell(diagram, j, i) for i in range(n)] for j, n in _rows(diagram)],
                "crossings": [_crossings(one) for one in pairs],
            }
            for diagram, pairs in found
        ],
    }


def _rows(diagram: PhaseDiagram) -> list[tuple[int, int]]:
    rows, columns = diagram.draws.shape
    return [(j, columns) for j in range(rows)]


def _cell(diagram: PhaseDiagram, j: int, i: int) -> dict[str, Any]:
    known = bool(diagram.stability_known[j, i])
    return {
        "draws": int(diagram.draws[j, i]),
        "optimal": _winner(diagram.optimal, diagram.partitions, j, i),
        "stability_known": known,
        "optimal_stable": _winner(diagram.optimal_stable, diagram.partitions, j, i) if known else None,
    }


def _winner(winners: Winners, labels: Sequence[str], j: int, i: int) -> dict[str, Any] | None:
    best, next_one = int(winners.partition[j, i]), int(winners.runner_up[j, i])
    if best < 0:
        return None
    return {
        "partition": labels[best],
        "mean": _number(winners.mean[j, i]),
        "probability": _number(winners.probability[j, i]),
        "runner_up": None if next_one < 0 else labels[next_one],
        "lead": _number(winners.lead[j, i]),
        "lead_standard_error": _number(winners.lead_error[j, i]),
        "tied_with": [labels[int(p)] for p in np.flatnonzero(winners.tied[j, i])],
    }


def _crossings(found: Crossings) -> dict[str, Any]:
    return {
        "first": found.first,
        "second": found.second,
        "axis": found.axis,
        "at": dict(found.at),
        "outcome": found.outcome,
        "crossings": [
            {
                "value": one.value,
                "interval": [_number(one.low), _number(one.high)],
                "between": list(one.between),
                "cheaper_below": found.first if one.cheaper_below else found.second,
                "found": _number(one.found),
            }
            for one in found.crossings
        ],
        "none_found": _number(found.none_found),
        "values": found.values.tolist(),
        "difference": found.difference.tolist(),
        "standard_error": [_number(value) for value in found.standard_error],
        "left_out": list(found.left_out),
    }


def _number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
