"""Coalitions and partitions of a case, ready to be costed in many draws of all points that share the case."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from lempart.case import Case
from lempart.cost import CoalitionSeries, PartitionSeries
from lempart.partition import Subgraph
from lempart.study.draw.draws import draws_at
from lempart.study.plan.study_plan import StudyPlan
from lempart.study.spec.axes import CASE_AXES, Point
from lempart.study.spec.spec import ON_REQUEST, StudySpec
from lempart.typing import ComplexArray

TYPICAL_DRAWS = 128
"""How many draws, over all points of a case, tell which limits matter; draws to which others matter take longer."""

TYPICAL_WITH_EXTERNALITIES = 32
"""The same with externalities, whose problems are many and small, so that getting them ready counts."""

POINTS_KEPT = 8
"""Points of a study that a worker keeps ready."""

MAX_TOGETHER = 512
"""Partitions, over all cases that a worker keeps ready, whose problems fit into memory: about one of 4 MB for each."""

FEW_DRAWS = 16
"""So many draws one by one take about as long as getting the problems of all partitions ready."""


def case_axes(spec: StudySpec, point: Point) -> tuple[tuple[str, float], ...]:
    """Return what of a point its case depends on: two points that agree in it have the same case."""
    return tuple(item for item in point.items() if spec.neighbourhood is not None or item[0] in CASE_AXES)


@dataclass(frozen=True, eq=False)
class CoalitionsOfCase:
    """The series of all coalitions or of all partitions, built when they are first asked for.

    Which limits matter is learned from draws of all points of the case, so that a draw's costs depend on the study
    alone: not on the points computed before, nor on where.
    """

    plan: StudyPlan
    case: Case
    points: tuple[Point, ...]

    @classmethod
    def of(cls, plan: StudyPlan, case: Case, point: Point) -> CoalitionsOfCase:
        """Return those of the points of a study, on ``case``, that share the case of one."""
        own = case_axes(plan.spec, point)
        return cls(plan, case, tuple(each for each in plan.spec.points if case_axes(plan.spec, each) == own))

    @cached_property
    def players(self) -> tuple[CoalitionSeries, ...]:
        """Return the coalitions of players, in the order of the plan's entries."""
        return tuple(self._series(entry.mask) for entry in self.plan.entries)

    @cached_property
    def regular(self) -> tuple[CoalitionSeries, ...]:
        """Return the regular customers."""
        return tuple(self._series(territory) for territory in self.plan.prepared.regular_territories)

    @cached_property
    def partitions(self) -> PartitionSeries | None:
        """Return what costs partitions with externalities; None where draws have to be, or better are, costed singly.

        So it is where every draw is another case, where there are few, where there are too many partitions, and where
        more than totals of coalitions is kept.
        """
        plan, spec = self.plan, self.plan.spec
        cases = len({case_axes(spec, point) for point in spec.points})
        # Of more cases than are kept ready each is made ready again for every block.
        count = spec.draws * len(self.points) if cases <= POINTS_KEPT else min(spec.draws, spec.block)
        partitions = len(plan.costed) * min(cases, POINTS_KEPT)
        if (
            spec.profiles == "homes"
            or {*spec.outputs} & {*ON_REQUEST}
            or count < FEW_DRAWS
            or partitions > MAX_TOGETHER
        ):
            return None
        typical = self._typical(TYPICAL_WITH_EXTERNALITIES)
        return PartitionSeries(
            plan.prepared, readings=plan.readings, typical=typical, draws=count, partitions=partitions
        )

    def _typical(self, chosen: int) -> ComplexArray:
        """Return the forecasts of so many draws, spread over all points."""
        spec, count = self.plan.spec, len(self.points)
        draws = [draws_at(spec, self.case, point) for point in self.points]
        return np.array([draws[i * count // chosen].scenario(i).forecast for i in range(chosen)])

    @cached_property
    def _typical_of_coalitions(self) -> ComplexArray:
        return self._typical(TYPICAL_DRAWS)

    def _series(self, coalition: int | Subgraph) -> CoalitionSeries:
        plan = self.plan
        return CoalitionSeries(plan.prepared, coalition, readings=plan.readings, typical=self._typical_of_coalitions)
