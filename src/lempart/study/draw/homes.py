"""Draws of homes: other neighbourhoods of the same day and shares."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from lempart.case import Case, Scenario
from lempart.prosumption import NeighbourhoodOptions, neighbourhood_case
from lempart.prosumption.houses import player_order
from lempart.study.spec.axes import Point, case_at
from lempart.study.spec.neighbourhood_axes import neighbourhood_at

_HOMES = 2
"""Which family of random streams a draw of homes is from (0 and 1 are those of scenarios)."""


@dataclass(frozen=True, slots=True)
class HomeDraws:
    """Draws of homes: each is another neighbourhood of the same day and shares.

    A draw's houses, heat pumps, PV and households depend on the study's seed and the draw's index alone, and shares are
    met by rank: a home with a heat pump at 20 % has one at 50 %, too. The players' order along the feeder is that of
    the options in all draws, so that a partition means the same in each.
    """

    options: NeighbourhoodOptions
    point: Point
    seed: int
    tie_break: float

    def case(self, index: int) -> Case:
        """Return the case of a draw."""
        state = np.random.SeedSequence(self.seed, spawn_key=(_HOMES, index)).generate_state(1, np.uint64)
        chosen = self.options.order or player_order(self.options.seed)
        drawn = replace(neighbourhood_at(self.options, self.point), seed=int(state[0]), order=chosen)
        return with_tie_break(case_at(neighbourhood_case(drawn), self.point), self.tie_break)

    def scenario(self, index: int) -> Scenario:
        """Return the forecast and realisation of a draw."""
        return self.case(index).scenario


def with_tie_break(case: Case, tie_break: float) -> Case:
    """Return the case with its tie-break stated."""
    return replace(case, dispatch=replace(case.dispatch, tie_break_per_mw2h=tie_break))
