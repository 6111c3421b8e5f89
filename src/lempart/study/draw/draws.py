"""The cases of a point of a study: as it is there, and as each draw makes it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Protocol

from lempart.case import Case, Scenario
from lempart.cost import PreparedCase
from lempart.prosumption import neighbourhood_case
from lempart.study.draw.homes import HomeDraws, with_tie_break
from lempart.study.draw.scenarios import BranchProfiles, CaseProfiles, Profiles, ScenarioSource
from lempart.study.spec.axes import Point, case_at, options_at
from lempart.study.spec.neighbourhood_axes import neighbourhood_at
from lempart.study.spec.spec import StudySpec


class Draws(Protocol):
    """The draws of a point."""

    def case(self, index: int) -> Case:
        """Return the case of a draw; it depends on the study's seed and the index alone."""

    def scenario(self, index: int) -> Scenario:
        """Return the forecast and realisation of a draw: those of its case."""


@dataclass(frozen=True, slots=True)
class ScenarioDraws:
    """Draws that differ in forecast and realisation alone."""

    here: Case
    scenarios: ScenarioSource

    def case(self, index: int) -> Case:
        """Return the case of a draw."""
        return replace(self.here, scenario=self.scenario(index))

    def scenario(self, index: int) -> Scenario:
        """Return the forecast and realisation of a draw, without the case around them."""
        return Scenario(*self.scenarios.draw(index))


@dataclass(frozen=True, slots=True)
class NoDraws:
    """A single draw: the case as it is, with its own forecast and realisation."""

    here: Case

    def case(self, index: int) -> Case:  # noqa: ARG002  # there is only one
        """Return the case."""
        return self.here

    def scenario(self, index: int) -> Scenario:  # noqa: ARG002  # as above
        """Return its forecast and realisation."""
        return self.here.scenario


def case_of_point(spec: StudySpec, case: Case, point: Point) -> Case:
    """Return a study's case as it is at a point.

    The tie-break is that of ``case`` at all points and in all draws, however large their powers and prices are; only
    where there are no draws each point has its own.
    """
    here = case if spec.neighbourhood is None else neighbourhood_case(neighbourhood_at(spec.neighbourhood, point))
    if spec.profiles != "none":
        here = with_tie_break(here, PreparedCase.of(case).tie_break)
    return case_at(here, point)


def draws_at(spec: StudySpec, case: Case, point: Point) -> Draws:
    """Return the draws of a point of a study on ``case``."""
    if spec.profiles == "homes":
        assert spec.neighbourhood is not None
        return HomeDraws(spec.neighbourhood, point, spec.seed, PreparedCase.of(case).tie_break)
    here = case_of_point(spec, case, point)
    if spec.profiles == "none":
        return NoDraws(here)
    return ScenarioDraws(here, scenarios_at(spec, here, point))


def scenarios_at(spec: StudySpec, here: Case, point: Point) -> ScenarioSource:
    """Return how forecasts and realisations vary at a point whose case is ``here``."""
    profiles: Profiles = CaseProfiles(here.scenario.realization, here.horizon.step_hours)
    if spec.profiles == "ieee33-branches":
        profiles = BranchProfiles.of(here)
    return ScenarioSource(profiles, options_at(spec.scenarios, point), spec.seed)
