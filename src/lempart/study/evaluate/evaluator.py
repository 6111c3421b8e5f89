"""Compute draws of one point of a study: costs, margins, stability, who blocks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from lempart.case import Case
from lempart.cost import CostsWithExternalities, PartitionCost, PartitionSeries
from lempart.errors import InfeasibleError, SolverError
from lempart.game import Inertia
from lempart.game.core import DEFAULT_TOLERANCE
from lempart.game.core.balanced import stable
from lempart.partition import Partition
from lempart.study.draw.draws import Draws, case_of_point, draws_at
from lempart.study.evaluate.coalitions import CoalitionsOfCase
from lempart.study.plan.study_plan import StudyPlan
from lempart.study.spec.axes import Point
from lempart.study.spec.spec import StudySpec
from lempart.typing import BoolArray, FloatArray

Arrays: TypeAlias = Mapping[str, NDArray[np.generic]]
"""A chunk's results by variable, each with penalties first, then draws."""

Notes: TypeAlias = Mapping[str, Any]
"""What a chunk's marker says of its draws: the first few reasons why something isn't viable (``not_viable``), and in
how many of them batteries burn energy in some partition that the study tells of (``burning``)."""

REASONS_KEPT = 3

DRAWS_TOGETHER = 64
"""Draws with externalities whose flows are in memory at once."""


class Stopped(Exception):  # noqa: N818  # not an error: somebody asked for it
    """The work was asked to stop between two draws."""


def notes_of(reasons: Iterable[str], burning: BoolArray) -> Notes:
    """Return the notes of a chunk, of all reasons and of in which draws batteries burn energy."""
    return {"not_viable": list(dict.fromkeys(reasons))[:REASONS_KEPT], "burning": int(burning.sum())}


def never() -> bool:
    """Never stop."""
    return False


@dataclass(frozen=True, eq=False)
class _Costs:
    """CostModel of some draws: of every entry, of its threats, and of partitions by parts; penalties first, then draws.

    ``on_request`` holds the variables that only some studies keep.
    """

    entries: FloatArray
    threats: Mapping[int, FloatArray]
    parts: FloatArray
    burning: BoolArray
    on_request: Mapping[str, FloatArray]
    reasons: tuple[str, ...] = ()

    def take_back(self, draw: int) -> None:
        """Note that nothing is viable in a draw."""
        self.entries[:, draw] = np.inf
        self.parts[:, draw] = np.nan
        self.burning[draw] = False
        for values in self.on_request.values():
            values[:, draw] = np.nan
        for threats in self.threats.values():
            threats[:, draw] = np.inf


@dataclass(frozen=True, eq=False)
class PointEvaluator:
    """One point of a study, ready to compute its draws one after another.

    Attributes
    ----------
    plan
        The study on the case as it is at this point.
    coalitions
        The costs of coalitions without externalities; points of one case have the same.
    """

    plan: StudyPlan
    draws: Draws
    coalitions: CoalitionsOfCase

    @classmethod
    def of(
        cls, spec: StudySpec, case: Case, point: Point, coalitions: CoalitionsOfCase | None = None
    ) -> PointEvaluator:
        """Return the evaluator of a point; ``coalitions`` are those of another point of the same case."""
        plan = StudyPlan.of(spec, case_of_point(spec, case, point))
        return cls(plan, draws_at(spec, case, point), coalitions or CoalitionsOfCase.of(plan, case, point))

    def evaluate(self, start: int, stop: int, stopped: Callable[[], bool] = never) -> tuple[Arrays, Notes]:
        """Return the results of draws ``start`` to ``stop - 1``, and what else there is to say of them.

        Raises
        ------
        Stopped
            When ``stopped`` said so between two draws or two coalitions.
        SolverError
            When a dispatch isn't solved to the tolerances; the message names the draw.
        """
        if not self.plan.externalities:
            costs = self._without_externalities(start, stop, stopped)
        elif self.coalitions.partitions is not None:
            slices = [(first, min(first + DRAWS_TOGETHER, stop)) for first in range(start, stop, DRAWS_TOGETHER)]
            costs = _joined([self._together(self.coalitions.partitions, *part, stopped) for part in slices])
        else:
            costs = _joined([self._alone(index, stopped) for index in range(start, stop)])
        return self._arrays(costs), notes_of(costs.reasons, costs.burning)

    def _without_externalities(self, start: int, stop: int, stopped: Callable[[], bool]) -> _Costs:
        """Return the costs of all draws of a chunk, coalition by coalition."""
        plan = self.plan
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
                raise SolverError(f"draws {start} to {stop - 1} of seed {plan.spec.seed}: {error}") from error
        own = np.stack([costs.parts for costs in found[: len(self.coalitions.players)]], axis=2)
        others = [costs.parts for costs in found[len(self.coalitions.players) :]]
        names = plan.prepared.part_names
        parts = np.zeros((len(plan.readings), stop - start, len(plan.partitions), len(names)))
        columns = [names.index(n if n in names else "import") for n in plan.prepared.coalition_part_names]
        burning = np.zeros(stop - start, dtype=bool)
        for p, coalitions in enumerate(plan.coalitions_in):
            for coalition in coalitions:
                parts[:, :, p, columns] += own[:, :, coalition]
            for other in others:
                parts[:, :, p, columns] += other
            viable = np.isfinite(parts[:, :, p]).all(axis=(0, 2))
            burns = [found[index].burning for index in (*coalitions, *range(len(plan.entries), len(found)))]
            burning |= viable & np.any(burns, axis=0)
        totals = own.sum(axis=-1)
        totals = np.where(np.isnan(totals), np.inf, totals)
        threats = {
            index: totals[:, :, [plan.entry_of[mask, None] for mask in plan.collections[entry.mask].masks]]
            for index, entry in enumerate(plan.entries)
        }
        reasons = tuple(reason for costs in found for reason in costs.reasons if reason)
        nothing = np.zeros((len(plan.readings), stop - start, len(plan.partitions)))
        return _Costs(totals, threats, parts, burning, {"coalition_parts": own, "surplus": nothing}, reasons)

    def _together(self, series: PartitionSeries, start: int, stop: int, stopped: Callable[[], bool]) -> _Costs:
        """Return the costs of draws with externalities, partition by partition."""
        plan, found = self.plan, self._nothing(stop - start)
        scenarios = [self.draws.scenario(index) for index in range(start, stop)]
        draws = series.at(
            np.array([scenario.forecast for scenario in scenarios]),
            np.array([scenario.realization for scenario in scenarios]),
        )
        totals: dict[Partition, FloatArray] = {}
        for partition in plan.costed:
            if stopped():
                raise Stopped
            costs = draws.costs(partition)
            totals[partition] = costs.coalition_totals
            if partition in self._place:
                found.parts[:, :, self._place[partition]] = costs.parts
                found.burning[:] |= costs.burning
        for index, (entry, row) in enumerate(zip(plan.entries, plan.after, strict=True)):
            assert entry.partition is not None
            found.entries[:, :, index] = totals[entry.partition][:, :, entry.partition.coalitions.index(entry.mask)]
            for column, (mask, after) in enumerate(zip(plan.collections[entry.mask].masks, row, strict=True)):
                if after is not None:
                    found.threats[index][:, :, column] = totals[after][:, :, after.coalitions.index(mask)]
        for draw, error in enumerate(draws.errors):
            if isinstance(error, SolverError):
                raise SolverError(f"draw {start + draw} of seed {plan.spec.seed}: {error}") from error
            if error is not None:  # the feasible region is the same for all partitions: none is viable in this draw
                found.take_back(draw)
        return replace(found, reasons=tuple(str(error) for error in draws.errors if error is not None))

    @cached_property
    def _place(self) -> Mapping[Partition, int]:
        return {partition: place for place, partition in enumerate(self.plan.partitions)}

    def _nothing(self, draws: int) -> _Costs:
        """Return the costs of draws in which nothing is viable."""
        plan, readings = self.plan, len(self.plan.readings)
        return _Costs(
            entries=np.full((readings, draws, len(plan.entries)), np.inf),
            threats={
                index: np.full((readings, draws, len(plan.collections[entry.mask].masks)), np.inf)
                for index, entry in enumerate(plan.entries)
            },
            parts=np.full((readings, draws, len(plan.partitions), len(plan.prepared.part_names)), np.nan),
            burning=np.zeros(draws, dtype=bool),
            on_request={
                "coalition_parts": np.full(
                    (readings, draws, len(plan.entries), len(plan.prepared.coalition_part_names)), np.nan
                ),
                "surplus": np.full((readings, draws, len(plan.partitions)), np.nan),
            },
        )

    def _alone(self, index: int, stopped: Callable[[], bool]) -> _Costs:
        """Return the costs of one draw with externalities."""
        if stopped():
            raise Stopped
        try:
            return self._with_externalities(self.draws.case(index))
        except SolverError as error:
            raise SolverError(f"draw {index} of seed {self.plan.spec.seed}: {error}") from error

    def _with_externalities(self, drawn: Case) -> _Costs:
        plan, found = self.plan, self._nothing(1)
        for r, reading in enumerate(plan.readings):
            here = replace(drawn, market=replace(drawn.market, voltage_penalty=reading))
            costs = CostsWithExternalities(replace(plan.prepared, case=here))
            deviation = Inertia(costs, plan.prepared.family)
            costs.prepare([*plan.partitions, *self._reactions(deviation)])
            try:
                for p, partition in enumerate(plan.partitions):
                    self._note(found, (r, p), costs.partition(partition))
            except InfeasibleError as error:  # as above: none is viable
                found.take_back(0)
                return replace(found, reasons=(str(error),))
            for index, entry in enumerate(plan.entries):
                assert entry.partition is not None
                found.entries[r, 0, index] = costs.coalition_cost(entry.mask, entry.partition)
                masks = plan.collections[entry.mask].masks
                found.threats[index][r, 0] = [deviation.worth(m, entry.mask, entry.partition) for m in masks]
        return found

    def _reactions(self, deviation: Inertia) -> Iterator[Partition]:
        """Yield the partitions that groups end up in who leave a coalition whose core is asked for."""
        for entry in self.plan.entries:
            assert entry.partition is not None
            for mask in self.plan.collections[entry.mask].masks:
                yield from deviation.partitions(mask, entry.mask, entry.partition)

    def _note(self, found: _Costs, at: tuple[int, int], cost: PartitionCost) -> None:
        """Write what one partition costs by one penalty, in a single draw; all its coalitions are viable."""
        reading, place = at
        assert cost.parts is not None
        found.parts[reading, 0, place] = list(cost.parts.as_dict().values())
        found.burning[0] |= bool(cost.burning)
        found.on_request["surplus"][reading, 0, place] = cost.network_surplus
        for entry, own in zip(self.plan.coalitions_in[place], cost.coalitions, strict=True):
            assert own.parts is not None
            found.on_request["coalition_parts"][reading, 0, entry] = list(own.parts.as_dict().values())

    def _arrays(self, costs: _Costs) -> Arrays:
        """Return the variables that the study keeps."""
        plan = self.plan
        totals = costs.parts.sum(axis=-1)
        margins = np.zeros(costs.entries.shape)
        blocking = np.zeros((*costs.entries.shape, len(plan.deviators)), dtype=bool)
        for index, entry in enumerate(plan.entries):
            collections = plan.collections[entry.mask]
            columns = [plan.deviators.index(mask) for mask in collections.masks]
            for r in range(len(plan.readings)):
                cost = costs.entries[r, :, index]
                margin, closest = collections.margins(cost, costs.threats[index][r])
                margins[r, :, index] = margin
                empty = ~stable([margin], [plan.turnovers[index]], DEFAULT_TOLERANCE)
                blocking[r][:, index, columns] = closest & empty[:, None]
        held: BoolArray = np.stack(
            [
                stable(
                    [margins[:, :, c] for c in coalitions],
                    [plan.turnovers[c] for c in coalitions],
                    DEFAULT_TOLERANCE,
                )
                for coalitions in plan.coalitions_in
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
            **costs.on_request,
        }
        return {name: found[name] for name in plan.variables}


def _joined(found: list[_Costs]) -> _Costs:
    """Return the costs of all draws as one."""
    return _Costs(
        entries=np.concatenate([costs.entries for costs in found], axis=1),
        threats={
            index: np.concatenate([costs.threats[index] for costs in found], axis=1) for index in found[0].threats
        },
        parts=np.concatenate([costs.parts for costs in found], axis=1),
        burning=np.concatenate([costs.burning for costs in found]),
        on_request={
            name: np.concatenate([costs.on_request[name] for costs in found], axis=1) for name in found[0].on_request
        },
        reasons=tuple(reason for costs in found for reason in costs.reasons),
    )
