"""What a study keeps that searches every draw for its optimal and its optimal stable partition."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from lempart.arguments import checks_arguments
from lempart.case import Case
from lempart.case.records import VoltagePenalty
from lempart.cost import PreparedCase
from lempart.display import braces
from lempart.partition import Partition
from lempart.study.plan.study_plan import AMOUNT, FLAG, StudyPlan, Variables
from lempart.study.spec.spec import StudySpec
from lempart.typing import IntArray

OUTCOMES = ("optimal", "optimal stable")
PLACE = np.dtype(np.int16)


class StoredPlan(Protocol):
    """What a store asks of a study: the labels and types of what it keeps."""

    @property
    def prepared(self) -> PreparedCase:
        """Return the case made ready."""

    @property
    def readings(self) -> tuple[VoltagePenalty, ...]:
        """Return the voltage penalties."""

    @property
    def labels(self) -> dict[str, list[str]]:
        """Return the labels of every dimension that isn't an axis or the draws."""

    @property
    def variables(self) -> Variables:
        """Return what is kept: name, dimensions after axes, penalty and draw, and type."""


@dataclass(frozen=True, eq=False)
class SearchPlan:
    """A search study on its case: the labels of its results.

    A partition is kept as the market of each player: players of one market have the same number, markets are numbered
    in the order of their first players, and -1 says that there is no such partition.
    """

    spec: StudySpec
    prepared: PreparedCase

    @property
    def readings(self) -> tuple[VoltagePenalty, ...]:
        """Return the voltage penalties under which each draw is searched."""
        return self.spec.readings or (self.prepared.case.market.voltage_penalty,)

    @property
    def labels(self) -> dict[str, list[str]]:
        """Return the labels of every dimension that isn't an axis or the draws."""
        return {
            "penalty": [str(reading) for reading in self.readings],
            "outcome": list(OUTCOMES),
            "part": list(self.prepared.part_names),
            "player": list(self.prepared.player_names),
        }

    @property
    def variables(self) -> Variables:
        """Return what is kept: name, dimensions after axes, penalty and draw, and type."""
        return {
            "total": (("outcome",), AMOUNT),
            "parts": (("outcome", "part"), AMOUNT),
            "market": (("outcome", "player"), PLACE),
            "ties": (("outcome",), PLACE),
            "lower_bound": ((), AMOUNT),
            "proven": ((), FLAG),
        }

    def markets(self, partition: Partition) -> IntArray:
        """Return each player's market, shape ``(players,)``."""
        numbers: dict[int, int] = {}
        blocks = [next(b for b in partition if b >> player & 1) for player in range(len(self.prepared.player_names))]
        return np.array([numbers.setdefault(block, len(numbers)) for block in blocks], dtype=np.int64)

    def partition(self, markets: tuple[int, ...]) -> Partition | None:
        """Return the partition of such numbers; None where they say that there is none."""
        if -1 in markets:
            return None
        return Partition.of(sum(1 << p for p, m in enumerate(markets) if m == one) for one in sorted(set(markets)))

    def names(self, partition: Partition | None) -> str:
        """Return a partition as people write it: ``{A, B} {C}``; ``none`` for None."""
        if partition is None:
            return "none"
        return braces(map(self.prepared.names, partition))


@checks_arguments
def plan_of(spec: StudySpec, case: Case) -> StudyPlan | SearchPlan:
    """Return the plan of a study; raises as :meth:`StudyPlan.of` does.

    Parameters
    ----------
    spec
        What is studied.
    case
        The case it is a study of.
    """
    if spec.search is None:
        return StudyPlan.of(spec, case)
    return SearchPlan(spec, PreparedCase.of(case))
