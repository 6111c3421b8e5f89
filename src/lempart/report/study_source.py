"""What every study's folder holds: its statistics, its case, its axes and where its numbers come from."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from lempart.case import case_hash
from lempart.cost import PreparedCase
from lempart.display import braces, count_of
from lempart.errors import InputError
from lempart.formats.statistics import PointFile, SearchPointFile, Statistics
from lempart.io import read_case
from lempart.partition import Partition, mask_of, members
from lempart.report.rows import AxisRow, Blocks
from lempart.report.wording import axis_name, axis_value, case_facts
from lempart.study.statistics.statistics_json import STATISTICS, stored_statistics
from lempart.study.store.zarr_store import stored
from lempart.telling.caveats import burning_draws

MAX_PLACES = 1000
"""Of the sliders: all of them in one file, which a mail takes."""
_RESUME = "Run lempart study with --resume, or lempart reproduce table-4 again: what is finished isn't computed twice."


@dataclass(frozen=True, eq=False)
class StudySource:
    """A study's statistics with its case.

    Attributes
    ----------
    data
        What ``statistics.json`` holds.
    """

    data: Statistics
    prepared: PreparedCase

    @classmethod
    def read(cls, folder: Path) -> StudySource:
        """Return what a folder holds.

        Raises
        ------
        InputError
            When the statistics or the copy of the case are missing, don't belong together, or are too many for a page,
            or anything in the folder isn't what was written.
        """
        data = stored_statistics(folder)
        if not data.points:
            raise InputError.of(str(folder / STATISTICS), "it has no finished point", _RESUME)
        stored(folder).require_whole()
        places = sum(len(point.penalties) for point in data.points)
        if places > MAX_PLACES:
            message = f"it has {places:,} points and voltage penalties, and a report takes {MAX_PLACES:,}"
            raise InputError.of(str(folder), message, "Draw it with lempart plot, or study fewer values of its axes.")
        if not (folder / "case").is_dir():
            raise InputError.of(str(folder), "it holds no copy of the study's case", _RESUME)
        case = read_case(folder / "case")
        if case_hash(case) != data.case_hash:
            raise InputError.of(str(folder), "the case in it is not the one that was studied", _RESUME)
        return cls(data, PreparedCase.of(case))

    @cached_property
    def readings(self) -> list[str]:
        """Return the voltage penalties."""
        return [str(told.voltage_penalty) for told in self.data.points[0].penalties]

    @cached_property
    def axes(self) -> tuple[AxisRow, ...]:
        """Return what the sliders move over: the study's axes, then the voltage penalty where there are several.

        A study that was stopped has the points it finished; then they are one axis of their own.
        """
        axes, currency = self.data.study.axes, self.data.currency
        named = [axis_name(axis.name, currency) for axis in axes]
        found = [
            AxisRow(name, tuple(axis_value(axis.name, value) for value in axis.values))
            for name, axis in zip(named, axes, strict=True)
        ]
        if math.prod(len(axis.values) for axis in axes) != len(self.data.points):
            told = [
                [
                    f"{name} {axis_value(axis, value)}"
                    for name, (axis, value) in zip(named, at.point.items(), strict=True)
                ]
                for at in self.data.points
            ]
            found = [AxisRow("Finished points", tuple(map(", ".join, told)))]
        if len(self.readings) > 1:
            found.append(AxisRow(axis_name("voltage_penalty", currency), tuple(self.readings)))
        return tuple(axis for axis in found if len(axis.values) > 1)

    @cached_property
    def number(self) -> Mapping[str, int]:
        """Return each player's number."""
        return {name: index for index, name in enumerate(self.prepared.player_names)}

    def as_partition(self, blocks: Sequence[Sequence[str]]) -> Partition:
        """Return a partition of names as a value."""
        return Partition.of(mask_of(self.number[name] for name in block) for block in blocks)

    def label(self, mask: int) -> str:
        """Return a coalition as the statistics write it."""
        return braces([self.prepared.names(mask)])


def blocks_of(partition: Partition) -> Blocks:
    """Return a partition as a page keeps it."""
    return tuple(members(mask) for mask in partition)


def told_of_draws(points: Sequence[PointFile | SearchPointFile]) -> list[str]:
    """Return a few reasons why something had no cost in some draw, and in how many draws batteries burn energy."""
    reasons = dict.fromkeys(reason for point in points for reason in point.not_viable)
    burning = burning_draws(
        sum(one.burning_draws for one in points), sum(one.draws for one in points), "some partition"
    )
    return [*[f"Not viable in some draw: {reason}" for reason in reasons][:3], *filter(None, [burning])]


def study_facts(source: StudySource) -> tuple[tuple[str, str], ...]:
    """Return where a study's numbers come from: label and value."""
    study, prepared = source.data.study, source.prepared
    draws = sorted({point.draws for point in source.data.points})
    told = f"{draws[0]:,}" if len(draws) == 1 else f"{draws[0]:,} to {draws[-1]:,}"
    return (
        ("Study", study.name),
        ("Case", prepared.case.name),
        ("Draws at each point", told),
        ("Points", count_of(len(source.data.points), "point")),
        ("Seed", str(study.seed)),
        *case_facts(prepared),
        ("Intervals", "95 %: normal for means over the draws, Wilson's for shares of draws"),
    )
