"""What a study is: a case, axes, draws, a seed, partitions, outputs. Frozen and checked."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Literal, TypeAlias, get_args

from lempart.arguments import check_fields, fits, found
from lempart.case.records import VoltagePenalty
from lempart.errors import InputError, Problem, UsageError
from lempart.prosumption import NeighbourhoodOptions
from lempart.search import METHODS
from lempart.study.spec.axes import CASE_AXES, SCENARIO_AXES, Point, fault_of
from lempart.study.spec.neighbourhood_axes import NEIGHBOURHOOD_AXES, axis_fault, option_problems
from lempart.study.spec.scenario_options import NoiseOn, ScenarioOptions

ProfilesName: TypeAlias = Literal["case", "ieee33-branches", "homes", "none"]
OUTPUTS = ("parts", "coalitions", "margins", "blocking")
"""What is kept unless a study says otherwise."""
ON_REQUEST = ("coalition-parts", "surplus")
"""What is kept where a study asks for it."""
MAX_POINTS, MAX_DRAWS, MAX_BLOCK = 100_000, 100_000_000, 10_000
"""A block is held in memory, and so are the points."""
_READINGS = ("curtailment", "curtailment-branch")


@dataclass(frozen=True, slots=True)
class Axis:
    """One dimension of a study: what varies, and its values in the order they are kept."""

    name: str
    values: tuple[float, ...]

    def __post_init__(self) -> None:
        check_fields(self, nan=True)


@dataclass(frozen=True, slots=True)
class StudySpec:
    """A study, complete but for its case.

    Attributes
    ----------
    name
        What to call it.
    draws
        How many random scenarios there are at every point; all points see the same.
    seed
        With its index it determines a draw.
    block
        How many draws make a chunk, the unit of work and of storage.
    axes
        Every combination of their values is a point; none: one point.
    profiles
        ``"case"``: draws vary the case's own realisation; ``"ieee33-branches"``: they vary the paper's formulas;
        ``"homes"``: each is a neighbourhood of other homes; ``"none"``: the only draw is the case as it is, with its
        own forecast and the tie-break that :func:`lempart.solve` gives it.
    scenarios
        How draws vary; axes of the same name replace its values.
    readings
        Voltage penalties that every dispatch is evaluated under; empty: the case's own.
    partitions
        The partitions to cost, as coalitions of players' names; empty: all.
    search
        The name of a search that finds the optimal and the optimal stable partition of every draw, instead of
        costing the same partitions in all of them.
    neighbourhood
        The neighbourhood that is the case, or None.
    outputs
        What is kept beside totals and stability: ``parts`` of partition costs, costs of ``coalitions``, core
        ``margins``, and who is ``blocking``; on request the parts of coalition costs (``coalition-parts``), and the
        operator's ``surplus``, which makes studies with externalities slower: their draws are solved one by one.
    """

    name: str
    draws: int
    seed: int = 0
    block: int = 50
    axes: tuple[Axis, ...] = ()
    profiles: ProfilesName = "case"
    scenarios: ScenarioOptions = field(default_factory=ScenarioOptions)
    readings: tuple[VoltagePenalty, ...] = ()
    partitions: tuple[tuple[tuple[str, ...], ...], ...] = ()
    outputs: tuple[str, ...] = OUTPUTS
    search: str | None = None
    neighbourhood: NeighbourhoodOptions | None = None

    def __post_init__(self) -> None:
        check_fields(self, but=("profiles", "readings"), nan=True)
        if not fits(self.readings, tuple[str | float, ...], nan=True):
            raise UsageError(f"StudySpec: readings must be a tuple of words or numbers; found {found(self.readings)}")
        problems = list(_problems(self))
        if problems:
            raise InputError(problems)

    @property
    def points(self) -> tuple[Point, ...]:
        """Return every combination of the axes' values, the last axis fastest."""
        names = [axis.name for axis in self.axes]
        products = itertools.product(*(axis.values for axis in self.axes))
        return tuple(dict(zip(names, values, strict=True)) for values in products)

    @property
    def shape(self) -> tuple[int, ...]:
        """Return the number of values of each axis."""
        return tuple(len(axis.values) for axis in self.axes)

    @property
    def blocks(self) -> int:
        """Return the number of chunks of every point."""
        return -(-self.draws // self.block)

    def draws_of(self, block: int) -> tuple[int, int]:
        """Return the first draw of a block, and the first beyond it."""
        return block * self.block, min(self.draws, (block + 1) * self.block)

    def as_dict(self) -> dict[str, Any]:
        """Return the study as plain data, lists for tuples."""
        return {name: _plain(value) for name, value in asdict(self).items()}


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, tuple | list) else value


def _problems(spec: StudySpec) -> Iterator[Problem]:
    if not spec.name.strip():
        yield Problem("name", "it is empty", "Give the study a name.")
    for name, most in (("draws", MAX_DRAWS), ("block", MAX_BLOCK)):
        value = getattr(spec, name)
        if not 1 <= value <= most:
            yield Problem(name, f"{value} is out of range", f"It lies between 1 and {most:,}.")
    if spec.seed < 0:
        yield Problem("seed", f"{spec.seed} is negative", "Seeds are whole numbers from 0 on.")
    yield from _axis_problems(spec)
    yield from _scenario_problems(spec)
    if spec.search is not None:
        yield from _search_problems(spec)
    if spec.neighbourhood is not None:
        yield from option_problems(spec.neighbourhood)
    for name in spec.outputs:
        if name not in (*OUTPUTS, *ON_REQUEST):
            yield Problem(
                "outputs", f"there is no output {name!r}", f"There are: {', '.join((*OUTPUTS, *ON_REQUEST))}."
            )
    for reading in spec.readings:
        if isinstance(reading, str) and reading not in _READINGS:
            remedy = f"Use {' or '.join(map(repr, _READINGS))}, or a number."
            yield Problem("voltage_penalties", f"there is no reading {reading!r}", remedy)
        if not isinstance(reading, str) and not 0 <= reading < float("inf"):
            yield Problem("voltage_penalties", f"{reading} is no penalty", "Use a number from 0 on.")
    if len(set(spec.readings)) < len(spec.readings):
        yield Problem("voltage_penalties", "one is listed twice", "List each once.")


def _search_problems(spec: StudySpec) -> Iterator[Problem]:
    if spec.search not in METHODS:
        yield Problem("search", f"there is no search {spec.search!r}", f"There are: {', '.join(METHODS)}.")
    if spec.partitions:
        yield Problem("search", "partitions are listed too", "Leave one of them out.")
    if spec.outputs != OUTPUTS:
        yield Problem("outputs", "a search keeps what it finds, no less and no more", "Leave it out.")


def _known_axes(spec: StudySpec) -> tuple[str, ...]:
    of_scenarios = () if spec.profiles in ("homes", "none") else SCENARIO_AXES
    return (*of_scenarios, *CASE_AXES, *(() if spec.neighbourhood is None else NEIGHBOURHOOD_AXES))


def _axis_problems(spec: StudySpec) -> Iterator[Problem]:
    axes, known, points = spec.axes, _known_axes(spec), 1
    for axis in axes:
        where = f"axes.{axis.name}"
        points *= max(len(axis.values), 1)
        if axis.name not in known:
            yield Problem(where, "there is no such axis", f"There are: {', '.join(known)}.")
        elif [other.name for other in axes].count(axis.name) > 1:
            yield Problem(where, "it is there twice", "Give all its values in one list.")
        if not axis.values:
            yield Problem(where, "it has no values", "Give at least one.")
        if len(set(axis.values)) < len(axis.values):
            yield Problem(where, "a value is listed twice", "List each once.")
        for value in axis.values:
            check = axis_fault if axis.name in NEIGHBOURHOOD_AXES else fault_of
            if fault := check(axis.name, value):
                yield Problem(where, fault, "Correct the value.")
    if points > MAX_POINTS:
        yield Problem("axes", f"they make {points:,} points", f"At most {MAX_POINTS:,} are possible.")


def _scenario_problems(spec: StudySpec) -> Iterator[Problem]:
    if spec.profiles not in get_args(ProfilesName):
        remedy = f"There are: {', '.join(get_args(ProfilesName))}."
        yield Problem("scenarios.profiles", f"there are no profiles {spec.profiles!r}", remedy)
    if spec.profiles == "homes" and spec.neighbourhood is None:
        yield Problem("scenarios.profiles", "only a neighbourhood has homes to draw", "Add a table [neighbourhood].")
    if spec.profiles == "none" and (spec.draws != 1 or spec.scenarios != ScenarioOptions()):
        remedy = 'Write draws = 1 and no options of scenarios, or use profiles = "case".'
        yield Problem("scenarios.profiles", 'with "none" there is one draw, the case as it is', remedy)
    if spec.profiles == "homes" and spec.scenarios != ScenarioOptions():
        remedy = 'Use profiles = "case", or options and axes of the neighbourhood, such as forecast_error_scale.'
        yield Problem("scenarios", "homes are drawn, not variants of their profiles", remedy)
    if spec.scenarios.noise_on not in get_args(NoiseOn):
        remedy = f"It is one of: {', '.join(get_args(NoiseOn))}."
        yield Problem("scenarios.noise_on", f"{spec.scenarios.noise_on!r} is unknown", remedy)
    for option in fields(ScenarioOptions):
        if option.name in SCENARIO_AXES and (fault := fault_of(option.name, getattr(spec.scenarios, option.name))):
            yield Problem(f"scenarios.{option.name}", fault, "Correct the value.")
