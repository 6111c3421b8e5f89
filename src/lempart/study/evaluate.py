"""Compute draws of one point of a study: costs, margins, stability, who blocks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from lempart.case import Case
from lempart.cost import PARTS, CoupledCosts
from lempart.errors import InfeasibleError, SolverError
from lempart.game import Inertia
from lempart.game.core import DEFAULT_TOLERANCE
from lempart.study.axes import Point
from lempart.study.balanced import stable
from lempart.study.coalitions import CoalitionsOfCase
from lempart.study.draws import Draws, case_of_point, draws_at
from lempart.study.frame import PARTITION_PARTS, Frame
from lempart.study.spec import StudySpec
from lempart.typing import BoolArray, FloatArray

Arrays: TypeAlias = Mapping[str, NDArray[np.generic]]
"""A chunk's results by variable, each with penalties first, then draws."""

REASONS_KEPT = 3


class Stopped(Exception):  # noqa: N818  # not an error: somebody asked for it
    """The work was asked to stop between two draws."""


def never() -> bool:
    """Never stop."""
    return False


@dataclass(frozen=True, eq=False)
class _Costs:
    """Costs of some draws: of every entry, of its threats, and of partitions by parts; penalties first, then draws."""

    entries: FloatArray
    threats: Mapping[int, FloatArray]
    parts: FloatArray
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class PointEvaluator:
    """One point of a study, ready to compute its draws one after another.

    Attributes
    ----------
    frame
        The study on the case as it is at this point.
    coalitions
        The costs of coalitions without externalities; points of one case have the same.
    """

    frame: Frame
    draws: Draws
    coalitions: CoalitionsOfCase

    @classmethod
    def of(
        cls, spec: StudySpec, case: Case, point: Point, coalitions: CoalitionsOfCase | None = None
    ) -> PointEvaluator:
        """Return the evaluator of a point; ``coalitions`` are those of another point of the same case."""
        frame = Frame.of(spec, case_of_point(spec, case, point))
        return cls(frame, draws_at(spec, case, point), coalitions or CoalitionsOfCase.of(frame, case, point))

    def evaluate(self, start: int, stop: int, stopped: Callable[[], bool] = never) -> tuple[Arrays, list[str]]:
        """Return the results of draws ``start`` to ``stop - 1``, and the first few reasons why something isn't viable.

        Raises
        ------
        Stopped
            When ``stopped`` said so between two draws or two coalitions.
        SolverError
            When a dispatch isn't solved to the tolerances; the message names the draw.
        """
        if not self.frame.externalities:
            costs = self._without_externalities(start, stop, stopped)
            return self._arrays(costs), list(dict.fromkeys(costs.reasons))[:REASONS_KEPT]
        found = []
        for index in range(start, stop):
            if stopped():
                raise Stopped
            try:
                found.append(self._with_externalities(self.draws.case(index)))
            except SolverError as error:
                raise SolverError(f"draw {index} of seed {self.frame.spec.seed}: {error}") from error
        reasons = dict.fromkeys(reason for costs in found for reason in costs.reasons)
        return self._arrays(_joined(found)), list(reasons)[:REASONS_KEPT]

    def _without_externalities(self, start: int, stop: int, stopped: Callable[[], bool]) -> _Costs:
        """Return the costs of all draws of a chunk, coalition by coalition."""
        frame = self.frame
        scenarios = [self.draws.scenario(index) for index in range(start, stop)]
        forecasts = np.array([scenario.forecast for scenario in scenarios])
        realizations = np.array([scenario.realization for scenario in scenarios])
        found = []
        for series in (*self.coalitions.players, *self.coalitions.regular):
            if stopped():
                raise Stopped
            try:
                found.append(series.costs(forecasts, realizations))
            except SolverError as error:
                raise SolverError(f"draws {start} to {stop - 1} of seed {frame.spec.seed}: {error}") from error
        own = np.stack([costs.parts for costs in found[: len(self.coalitions.players)]], axis=2)
        others = [costs.parts for costs in found[len(self.coalitions.players) :]]
        parts = np.zeros((len(frame.readings), stop - start, len(frame.partitions), len(PARTITION_PARTS)))
        columns = [PARTITION_PARTS.index(n) if n in PARTITION_PARTS else PARTITION_PARTS.index("import") for n in PARTS]
        for p, coalitions in enumerate(frame.coalitions_in):
            for coalition in coalitions:
                parts[:, :, p, columns] += own[:, :, coalition]
            for other in others:
                parts[:, :, p, columns] += other
        totals = own.sum(axis=-1)
        totals = np.where(np.isnan(totals), np.inf, totals)
        threats = {
            index: totals[:, :, [frame.entry_of[mask, None] for mask in frame.collections[entry.mask].masks]]
            for index, entry in enumerate(frame.entries)
        }
        reasons = tuple(reason for costs in found for reason in costs.reasons if reason)
        return _Costs(totals, threats, parts, reasons)

    def _with_externalities(self, drawn: Case) -> _Costs:
        frame, readings = self.frame, self.frame.readings
        entries = np.full((len(readings), 1, len(frame.entries)), np.inf)
        parts = np.full((len(readings), 1, len(frame.partitions), len(PARTITION_PARTS)), np.nan)
        threats = {
            index: np.full((len(readings), 1, len(frame.collections[entry.mask].masks)), np.inf)
            for index, entry in enumerate(frame.entries)
        }
        for r, reading in enumerate(readings):
            here = replace(drawn, market=replace(drawn.market, voltage_penalty=reading))
            costs = CoupledCosts(replace(frame.setting, case=here))
            try:
                for p, partition in enumerate(frame.partitions):
                    found = costs.partition(partition)
                    assert found.parts is not None
                    parts[r, 0, p] = [found.parts.as_dict()[name] for name in PARTITION_PARTS]
            except InfeasibleError as error:
                # The feasible region is the same for all partitions: none is viable in this draw.
                return _Costs(entries, threats, parts, (str(error),))
            deviation = Inertia(costs, frame.setting.family)
            for index, entry in enumerate(frame.entries):
                assert entry.partition is not None
                entries[r, 0, index] = costs.coalition_cost(entry.mask, entry.partition)
                masks = frame.collections[entry.mask].masks
                threats[index][r, 0] = [deviation.worth(m, entry.mask, entry.partition) for m in masks]
        return _Costs(entries, threats, parts)

    def _arrays(self, costs: _Costs) -> Arrays:
        """Return the variables that the study keeps."""
        frame = self.frame
        totals = costs.parts.sum(axis=-1)
        margins = np.zeros(costs.entries.shape)
        blocking = np.zeros((*costs.entries.shape, len(frame.deviators)), dtype=bool)
        for index, entry in enumerate(frame.entries):
            collections = frame.collections[entry.mask]
            columns = [frame.deviators.index(mask) for mask in collections.masks]
            for r in range(len(frame.readings)):
                cost = costs.entries[r, :, index]
                margin, closest = collections.margins(cost, costs.threats[index][r])
                margins[r, :, index] = margin
                empty = ~stable([margin], [cost], DEFAULT_TOLERANCE)
                blocking[r][:, index, columns] = closest & empty[:, None]
        held: BoolArray = np.stack(
            [
                stable(
                    [margins[:, :, c] for c in coalitions],
                    [costs.entries[:, :, c] for c in coalitions],
                    DEFAULT_TOLERANCE,
                )
                for coalitions in frame.coalitions_in
            ],
            axis=-1,
        )
        found: dict[str, NDArray[np.generic]] = {
            "total": np.where(np.isnan(totals), np.inf, totals),
            "stable": held,
            "parts": costs.parts,
            "coalition_cost": costs.entries,
            "core_margin": margins,
            "blocking": blocking,
        }
        return {name: found[name] for name in frame.variables}


def _joined(found: list[_Costs]) -> _Costs:
    """Return the costs of all draws as one."""
    return _Costs(
        entries=np.concatenate([costs.entries for costs in found], axis=1),
        threats={
            index: np.concatenate([costs.threats[index] for costs in found], axis=1) for index in found[0].threats
        },
        parts=np.concatenate([costs.parts for costs in found], axis=1),
    )
