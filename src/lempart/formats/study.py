"""``study.json``, which says which study a folder is of, and the marker of each of its finished chunks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from lempart.formats.typed import Format

FORMAT = 2


@dataclass(frozen=True, slots=True)
class AxisFile:
    """One axis of a study.

    Attributes
    ----------
    name
        What varies along it.
    values
        Its values, in the order in which they are kept.
    """

    name: str
    values: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class SpecFile:
    """A study, complete but for its case; ``lempart.study.StudySpec`` says more of each key.

    Attributes
    ----------
    name
        What it is called.
    draws
        How many random scenarios there are at every point.
    seed
        Determines the draws.
    block
        How many draws make a chunk.
    axes
        Every combination of their values is a point, the last axis fastest.
    profiles
        What draws vary.
    scenarios
        How much they vary it, by option.
    readings
        The voltage penalties of every dispatch; empty: the case's own.
    partitions
        The partitions that are costed, as coalitions of players; empty: all.
    outputs
        What is kept beside totals and stability.
    search
        The search that finds the best partitions of every draw; null where partitions are costed instead.
    neighbourhood
        The options of the neighbourhood that is the case; null where a case is named.
    """

    name: str
    draws: int
    seed: int
    block: int
    axes: tuple[AxisFile, ...]
    profiles: str
    scenarios: Mapping[str, float | str]
    readings: tuple[str | float, ...]
    partitions: tuple[tuple[tuple[str, ...], ...], ...]
    outputs: tuple[str, ...]
    search: str | None = None
    neighbourhood: Mapping[str, object] | None = None


@dataclass(frozen=True, slots=True)
class StudyFile:
    """What a folder's results are of; results of another study, case, version or engine don't mix with them.

    Attributes
    ----------
    format
        Of the folder.
    version
        The version of lempart that wrote it.
    case_hash
        SHA-256 of the study's case.
    engine
        How draws are solved, which decides their last digits.
    study
        The study.
    layout
        SHA-256 of each file of labels and empty variables.
    checksum
        SHA-256 of the rest of this file.
    """

    format: Annotated[int, Format(FORMAT)]
    version: str
    case_hash: str
    engine: str
    study: SpecFile
    layout: Mapping[str, str]
    checksum: str


@dataclass(frozen=True, slots=True)
class MarkerFile:
    """The marker in ``finished`` of a chunk whose results are on disk.

    Attributes
    ----------
    chunk
        Its point and its block of draws, six digits each.
    not_viable
        Why something was not viable in a draw: the first few reasons.
    files
        SHA-256 of the chunk's file of each variable; null where it holds fill values alone and isn't there.
    checksum
        SHA-256 of the rest of this file.
    burning
        In how many of its draws batteries charge and discharge at once.
    """

    chunk: str
    not_viable: tuple[str, ...]
    files: Mapping[str, str | None]
    checksum: str
    burning: int = 0
