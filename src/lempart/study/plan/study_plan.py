"""Which partitions and coalitions a study costs, and how its results are labelled."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np

from lempart._renamed import renamed_arguments
from lempart.case import Case
from lempart.case.records import VoltagePenalty
from lempart.cost import PartitionParts, PreparedCase
from lempart.display import braces
from lempart.errors import InputError, Problem, UsageError
from lempart.game.core.balanced import BalancedCollections
from lempart.partition import Partition
from lempart.study.spec.spec import StudySpec

COST_PARTS = tuple(field.name.rstrip("_") for field in fields(PartitionParts))
MAX_PARTITIONS, MAX_BLOCKING = 10_000, 255
FLAG, AMOUNT = np.dtype(bool), np.dtype(np.float64)

Variables: TypeAlias = Mapping[str, tuple[tuple[str, ...], np.dtype[Any]]]
"""What a study keeps: name, dimensions after axes, penalty and draw, and type."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A coalition whose cost a study keeps: its mask, and with externalities the partition it is in."""

    mask: int
    partition: Partition | None


@renamed_arguments({"setting": "prepared"})
@dataclass(frozen=True, eq=False)
class StudyPlan:
    """A study on its case: what is computed in every draw, and the labels of the results.

    Attributes
    ----------
    prepared
        The case made ready; its tie-break holds in all draws.
    partitions
        Those that are costed.
    entries
        The coalitions whose costs are kept. Without externalities each coalition once, sub-coalitions of those in
        the partitions included, since they are who may leave; with externalities each coalition in each partition.
    """

    spec: StudySpec
    prepared: PreparedCase
    partitions: tuple[Partition, ...]
    entries: tuple[Entry, ...]

    @classmethod
    def of(cls, spec: StudySpec, case: Case) -> StudyPlan:
        """Return the plan of a study.

        Raises
        ------
        InputError
            When the study names partitions that the case doesn't have, or has more partitions than can be listed.
        """
        prepared = PreparedCase.of(case)
        partitions = _partitions(spec, prepared)
        return cls(spec, prepared, partitions, _entries(partitions, prepared))

    @property
    def externalities(self) -> bool:
        """Return whether a coalition's cost depends on the others."""
        return self.prepared.case.market.externalities

    @property
    def readings(self) -> tuple[VoltagePenalty, ...]:
        """Return the voltage penalties that every dispatch is evaluated under."""
        return self.spec.readings or (self.prepared.case.market.voltage_penalty,)

    @cached_property
    def entry_of(self) -> Mapping[tuple[int, Partition | None], int]:
        """Return where a coalition (in a partition) stands among the entries."""
        return {(entry.mask, entry.partition): index for index, entry in enumerate(self.entries)}

    @cached_property
    def coalitions_in(self) -> tuple[tuple[int, ...], ...]:
        """Return, for each partition, where its coalitions stand among the entries."""
        within = (lambda p: p) if self.externalities else (lambda _: None)
        return tuple(tuple(self.entry_of[mask, within(p)] for mask in p) for p in self.partitions)

    @cached_property
    def turnovers(self) -> tuple[float, ...]:
        """Return what each entry's players turn over, in currency: what tolerances are shares of."""
        return tuple(self.prepared.turnover(entry.mask) for entry in self.entries)

    @cached_property
    def turnover(self) -> float:
        """Return what all players turn over, in currency."""
        return self.prepared.turnover(self.prepared.family.everyone)

    @cached_property
    def collections(self) -> Mapping[int, BalancedCollections]:
        """Return, for each coalition, how its sub-coalitions can block it."""
        family = self.prepared.family
        return {mask: BalancedCollections.of(family, mask) for mask in {entry.mask for entry in self.entries}}

    @cached_property
    def threats(self) -> tuple[tuple[int | None, ...], ...]:
        """Return, for each entry, where the costs of its sub-coalitions stand: what they expect when they leave.

        -1 where leaving isn't possible; None where the study doesn't cost the partition that leaving would make.
        """
        found: list[tuple[int | None, ...]] = []
        for entry, row in zip(self.entries, self.after, strict=True):
            masks = self.collections[entry.mask].masks
            if entry.partition is None:
                found.append(tuple(self.entry_of[mask, None] for mask in masks))
                continue
            places = (-1 if p is None else self.entry_of.get((mask, p)) for mask, p in zip(masks, row, strict=True))
            found.append(tuple(places))
        return tuple(found)

    @cached_property
    def after(self) -> tuple[tuple[Partition | None, ...], ...]:
        """Return, for each entry, the partition that each of its sub-coalitions makes by leaving, if nobody else moves.

        None where leaving isn't possible, and without externalities, where the others don't matter.
        """
        components = self.prepared.family.components
        found: list[tuple[Partition | None, ...]] = []
        for entry in self.entries:
            row: list[Partition | None] = []
            for mask in self.collections[entry.mask].masks:
                left = components(entry.mask, mask)
                if entry.partition is None or left is None:
                    row.append(None)
                else:
                    row.append(entry.partition.replace(entry.mask, (mask, *left)))
            found.append(tuple(row))
        return tuple(found)

    @cached_property
    def costed(self) -> tuple[Partition, ...]:
        """Return all partitions whose costs the study needs: its own, then those that leaving makes of them."""
        made = (partition for row in self.after for partition in row if partition is not None)
        return tuple(dict.fromkeys((*self.partitions, *made)))

    @cached_property
    def deviators(self) -> tuple[int, ...]:
        """Return the sub-coalitions that may block some coalition, ascending."""
        return tuple(sorted({mask for found in self.collections.values() for mask in found.masks}))

    def names(self, partition: Partition) -> str:
        """Return a partition as people write it: ``{A, B} {C}``."""
        return " ".join(self.label(mask) for mask in partition)

    def label(self, mask: int) -> str:
        """Return a coalition as people write it."""
        return braces([self.prepared.names(mask)])

    @property
    def labels(self) -> dict[str, list[str]]:
        """Return the text labels of every dimension that isn't an axis or the draws."""
        entries = [
            self.label(e.mask) + ("" if e.partition is None else f" in {self.names(e.partition)}") for e in self.entries
        ]
        return {
            "penalty": [str(reading) for reading in self.readings],
            "partition": [self.names(partition) for partition in self.partitions],
            "part": list(self.prepared.part_names),
            "coalition": entries,
            "coalition_part": list(self.prepared.coalition_part_names),
            "deviator": [self.label(mask) for mask in self.deviators],
        }

    @property
    def variables(self) -> Variables:
        """Return what is kept: name, dimensions after axes, penalty and draw, and type."""
        kept: dict[str, tuple[tuple[str, ...], np.dtype[Any]]] = {
            "total": (("partition",), AMOUNT),
            "stable": (("partition",), FLAG),
        }
        optional: dict[str, Variables] = {
            "parts": {"parts": (("partition", "part"), AMOUNT)},
            "coalitions": {"coalition_cost": (("coalition",), AMOUNT)},
            "margins": {"core_margin": (("coalition",), AMOUNT)},
            "blocking": {"blocking": (("coalition", "deviator"), FLAG)},
            "coalition-parts": {"coalition_parts": (("coalition", "coalition_part"), AMOUNT)},
            "surplus": {"surplus": (("partition",), AMOUNT)},
        }
        for name in self.spec.outputs:
            if name != "blocking" or self.deviators:
                kept |= optional[name]
        return kept


def _partitions(spec: StudySpec, prepared: PreparedCase) -> tuple[Partition, ...]:
    if not spec.partitions:
        count = prepared.family.count()
        if count > MAX_PARTITIONS:
            message = f"the case has {count:,} partitions, more than the {MAX_PARTITIONS:,} a study costs"
            raise InputError.of("partitions", message, 'List some: partitions = [[["A", "B"], ["C"]]].')
        return tuple(sorted(prepared.family.enumerate(), key=lambda p: (-len(p), p.coalitions)))
    index = {name: i for i, name in enumerate(prepared.player_names)}
    found, problems = [], []
    for blocks in spec.partitions:
        where = f"partitions {braces(blocks)}"
        named = [name for block in blocks for name in block]
        if sorted(named) != sorted(prepared.player_names):
            remedy = f"Name each player once: {', '.join(prepared.player_names)}."
            problems.append(Problem(where, "it isn't one of the case's players", remedy))
            continue
        partition = Partition.of(sum(1 << index[name] for name in block) for block in blocks)
        try:
            prepared.family.require(partition, players=prepared.player_names, nodes=prepared.grid.names)
        except UsageError as error:
            problems.append(Problem(where, str(error), "Leave it out."))
        found.append(partition)
    if len(set(found)) < len(found):
        problems.append(Problem("partitions", "one is listed twice", "List each once."))
    if problems:
        raise InputError(problems)
    return tuple(found)


def _entries(partitions: tuple[Partition, ...], prepared: PreparedCase) -> tuple[Entry, ...]:
    if prepared.case.market.externalities:
        return tuple(Entry(mask, partition) for partition in partitions for mask in partition)
    wanted = {sub for p in partitions for mask in p for sub in prepared.family.subcoalitions(mask)}
    return tuple(Entry(mask, None) for mask in sorted(wanted, key=lambda m: (m.bit_count(), m)))
