"""``statistics.json`` of a study: what its draws say, of partitions that are costed in each, or of searched draws."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, TypeAlias

from lempart.formats.study import SpecFile
from lempart.formats.typed import Format, check_of, of_json
from lempart.io.stored_json import Fault

FORMAT = 1

Interval: TypeAlias = tuple[float | None, ...]
"""Two ends; null where one isn't known."""


@dataclass(frozen=True, slots=True)
class ShareFile:
    """In what share of the draws something holds.

    Attributes
    ----------
    share
        The share, from 0 to 1.
    interval
        The 95 % interval of its probability (Wilson).
    """

    share: float
    interval: Interval


@dataclass(frozen=True, slots=True)
class PartitionStatisticsFile:
    """One partition over the draws.

    Attributes
    ----------
    partition
        The partition, as ``{A, B} {C}``.
    mean
        Mean ``Phi``, in currency; null where it isn't viable in every draw.
    standard_error
        Of the mean; null with fewer than two draws.
    interval
        The 95 % interval of the mean.
    parts
        Means of the parts of its cost; null where the study doesn't keep them.
    dearer_than_best
        Mean of ``Phi`` less that of the partition of least mean cost, draw by draw, in currency.
    dearer_standard_error
        Of that difference.
    stable_in_expectation
        Whether it is stable in the game of expected costs; null where that isn't known.
    viable
        In what share of draws it can be dispatched.
    optimal, stable, optimal_stable
        In what share of draws it is the cheapest, stable, the cheapest stable one.
    """

    partition: str
    mean: float | None
    standard_error: float | None
    interval: Interval
    parts: Mapping[str, float | None] | None
    dearer_than_best: float | None
    dearer_standard_error: float | None
    stable_in_expectation: bool | None
    viable: float
    optimal: ShareFile
    stable: ShareFile
    optimal_stable: ShareFile


@dataclass(frozen=True, slots=True)
class AmountFile:
    """A mean over draws.

    Attributes
    ----------
    mean
        In currency; null where it isn't finite in some draw.
    standard_error
        Of the mean; null with fewer than two draws.
    """

    mean: float | None
    standard_error: float | None


@dataclass(frozen=True, slots=True)
class CoalitionStatisticsFile:
    """What a coalition costs on average.

    Attributes
    ----------
    coalition
        The coalition; with externalities with the partition that it is in.
    mean
        Mean ``phi``, in currency; null where it isn't viable in every draw.
    standard_error
        Of the mean; null with fewer than two draws.
    """

    coalition: str
    mean: float | None
    standard_error: float | None


@dataclass(frozen=True, slots=True)
class BlockingFile:
    """How often a group blocks a coalition.

    Attributes
    ----------
    coalition
        The coalition, as above.
    by
        The group that would leave it.
    share
        In what share of draws.
    """

    coalition: str
    by: str
    share: float


@dataclass(frozen=True, slots=True)
class PenaltyFile:
    """What the draws of a point say under one voltage penalty.

    Attributes
    ----------
    voltage_penalty
        The penalty.
    optimal
        The partition of least mean cost; null where none is viable in every draw.
    optimal_stable_in_expectation
        The cheapest of those that are stable in the game of expected costs; null where none is known.
    partitions
        Every partition that is costed.
    coalitions
        What coalitions cost on average; null where the study doesn't keep it.
    blocking
        Who blocks whom in some draw; null where the study doesn't keep it.
    """

    voltage_penalty: str | float
    optimal: str | None
    optimal_stable_in_expectation: str | None
    partitions: tuple[PartitionStatisticsFile, ...]
    coalitions: tuple[CoalitionStatisticsFile, ...] | None
    blocking: tuple[BlockingFile, ...] | None


@dataclass(frozen=True, slots=True)
class PointFile:
    """One point of a study.

    Attributes
    ----------
    point
        Its value on every axis.
    draws
        How many draws it has.
    not_viable
        Why something wasn't viable in a draw: the first few reasons.
    penalties
        What the draws say under each voltage penalty.
    burning_draws
        In how many draws batteries charge and discharge at once in some partition.
    """

    point: Mapping[str, float]
    draws: int
    not_viable: tuple[str, ...]
    penalties: tuple[PenaltyFile, ...]
    burning_draws: int = 0


@dataclass(frozen=True, slots=True)
class StatisticsFile:
    """What the draws of a study say that costs the same partitions in each.

    Attributes
    ----------
    format
        Of this file.
    study
        The study.
    currency
        Of all amounts.
    points
        Its points that have draws.
    case_hash
        SHA-256 of the study's case.
    checksum
        SHA-256 of the rest of this file.
    """

    format: Annotated[int, Format(FORMAT)]
    study: SpecFile
    currency: str
    points: tuple[PointFile, ...]
    case_hash: str = ""
    checksum: str = ""


@dataclass(frozen=True, slots=True)
class WinnerFile:
    """A partition that is the answer of some draws.

    Attributes
    ----------
    partition
        Its coalitions as lists of players; null: draws without an answer.
    share
        In what share of the draws it is the answer.
    interval
        The 95 % interval of its probability (Wilson).
    """

    partition: tuple[tuple[str, ...], ...] | None
    share: float
    interval: Interval


@dataclass(frozen=True, slots=True)
class OutcomeFile:
    """The answers of all draws of one kind, the optimal or the optimal stable partitions.

    Attributes
    ----------
    mean
        What they cost on average, in currency; null where some draw has none.
    standard_error
        Of the mean.
    parts
        Means of the parts of their costs.
    tied
        In what share of draws other partitions cost the same.
    winners
        Which partitions they are, most frequent first.
    """

    mean: float | None
    standard_error: float | None
    parts: Mapping[str, float | None]
    tied: float
    winners: tuple[WinnerFile, ...]


@dataclass(frozen=True, slots=True)
class SearchPenaltyFile:
    """What the searched draws of a point say under one voltage penalty.

    Attributes
    ----------
    voltage_penalty
        The penalty.
    proven
        In what share of draws the answer is proven.
    price_of_stability
        What the optimal stable partition costs more than the optimal one, draw by draw.
    optimal, optimal_stable
        The cheapest partitions of the draws, and the cheapest stable ones.
    """

    voltage_penalty: str | float
    proven: float
    price_of_stability: AmountFile
    optimal: OutcomeFile
    optimal_stable: OutcomeFile


@dataclass(frozen=True, slots=True)
class SearchPointFile:
    """One point of a study that searches every draw.

    Attributes
    ----------
    point
        Its value on every axis.
    draws
        How many draws it has.
    not_viable
        Why a draw has no answer: the first few reasons.
    penalties
        What the draws say under each voltage penalty.
    burning_draws
        In how many draws batteries charge and discharge at once in a partition that was found.
    """

    point: Mapping[str, float]
    draws: int
    not_viable: tuple[str, ...]
    penalties: tuple[SearchPenaltyFile, ...]
    burning_draws: int = 0


@dataclass(frozen=True, slots=True)
class SearchStatisticsFile:
    """What the draws of a study say that searches each for its best partitions.

    Attributes
    ----------
    format
        Of this file.
    study
        The study.
    currency
        Of all amounts.
    points
        Its points that have draws.
    case_hash
        SHA-256 of the study's case.
    checksum
        SHA-256 of the rest of this file.
    """

    format: Annotated[int, Format(FORMAT)]
    study: SpecFile
    currency: str
    points: tuple[SearchPointFile, ...]
    case_hash: str = ""
    checksum: str = ""


Statistics: TypeAlias = StatisticsFile | SearchStatisticsFile


def statistics_faults(data: Any) -> Iterator[Fault]:
    """Yield what keeps data from being either kind of statistics."""
    yield from check_of(SearchStatisticsFile if _searched(data) else StatisticsFile)(data, "")


def statistics_of(data: Mapping[str, Any]) -> Statistics:
    """Return the record of statistics that have no fault."""
    return of_json(SearchStatisticsFile, data) if _searched(data) else of_json(StatisticsFile, data)


def _searched(data: Any) -> bool:
    study = data.get("study") if isinstance(data, Mapping) else None
    return isinstance(study, Mapping) and study.get("search") is not None
