"""What ``lempart phase --json`` writes: which partition wins over one or two axes of a study, and where two cross."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from lempart.formats.typed import Format

FORMAT = 1


@dataclass(frozen=True, slots=True)
class PhaseAxisFile:
    """An axis of the diagram.

    Attributes
    ----------
    axis
        Its name.
    values
        Its values, in the study's order.
    """

    axis: str
    values: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class CellWinnerFile:
    """The partition of least mean cost in a cell.

    Attributes
    ----------
    partition
        The partition, as ``{A, B} {C}``.
    mean
        Its mean ``Phi``, in currency.
    probability
        How likely it is the one of least expected cost; null with fewer than two draws.
    runner_up
        The next in mean cost; null without one.
    lead
        By how much the runner-up is dearer, in currency; null without one.
    lead_standard_error
        Of that paired difference.
    tied_with
        Partitions that are within error of it.
    """

    partition: str
    mean: float | None
    probability: float | None
    runner_up: str | None
    lead: float | None
    lead_standard_error: float | None
    tied_with: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CellFile:
    """One cell of the diagram.

    Attributes
    ----------
    draws
        How many draws it has.
    optimal
        The winner among all partitions; null where none is viable in every draw.
    stability_known
        Whether it is known which partitions are stable in the game of expected costs.
    optimal_stable
        The winner among those; null where there is none, or that isn't known.
    """

    draws: int
    optimal: CellWinnerFile | None
    stability_known: bool
    optimal_stable: CellWinnerFile | None


@dataclass(frozen=True, slots=True)
class CrossingFile:
    """A value at which two partitions cost the same.

    Attributes
    ----------
    value
        The value.
    interval
        Its 95 % interval; an end is null where it lies beyond the axis.
    between
        The values of the study on both sides of it.
    cheaper_below
        The partition that is cheaper below.
    found
        In what share of replicates there is such a crossing; null with fewer than two draws.
    """

    value: float
    interval: tuple[float | None, ...]
    between: tuple[float, ...]
    cheaper_below: str
    found: float | None


@dataclass(frozen=True, slots=True)
class CrossingsFile:
    """The comparison of two partitions along an axis.

    Attributes
    ----------
    first, second
        The partitions.
    axis
        The axis.
    at
        Where the other axes are fixed.
    outcome
        ``crossings``, or without one, which of them is cheaper along the whole axis.
    crossings
        Where they cross, ascending.
    none_found
        In what share of replicates they don't cross; null with fewer than two draws.
    values
        Values of the axis at which both are viable in every draw.
    difference
        Mean cost of the first less that of the second at these values, in currency.
    standard_error
        Of the differences.
    left_out
        The other values.
    """

    first: str
    second: str
    axis: str
    at: Mapping[str, float]
    outcome: str
    crossings: tuple[CrossingFile, ...]
    none_found: float | None
    values: tuple[float, ...]
    difference: tuple[float, ...]
    standard_error: tuple[float | None, ...]
    left_out: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class PhasePenaltyFile:
    """The diagram under one voltage penalty.

    Attributes
    ----------
    voltage_penalty
        The penalty.
    cells
        Rows over the second axis (one without it), in each a cell for every value of the first.
    crossings
        The comparisons that were asked for.
    """

    voltage_penalty: str
    cells: tuple[tuple[CellFile, ...], ...]
    crossings: tuple[CrossingsFile, ...]


@dataclass(frozen=True, slots=True)
class PhaseFile:
    """A phase diagram.

    Attributes
    ----------
    format
        Of this file.
    version
        The version of lempart that wrote it.
    x
        The first axis.
    y
        The second axis; null for a diagram along one.
    at
        Where the other axes of the study are fixed.
    currency
        Of all amounts.
    penalties
        The diagram under each voltage penalty.
    """

    format: Annotated[int, Format(FORMAT)]
    version: str
    x: PhaseAxisFile
    y: PhaseAxisFile | None
    at: Mapping[str, float]
    currency: str
    penalties: tuple[PhasePenaltyFile, ...]
