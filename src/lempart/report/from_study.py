"""From the folder of a study to a page: one scene for each point and voltage penalty, as its statistics tell it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from lempart.display import half_width, short_braces
from lempart.formats.statistics import (
    BlockingFile,
    PartitionStatisticsFile,
    PointFile,
    SearchStatisticsFile,
    StatisticsFile,
)
from lempart.partition import Partition, members
from lempart.report.deviation import partition_after
from lempart.report.expected_game import ExpectedGame, ExpectedMarket
from lempart.report.feeder import feeder_rows
from lempart.report.from_search import search_page
from lempart.report.limit import within
from lempart.report.pictures import missing, study_pictures
from lempart.report.reasons import reasons
from lempart.report.rows import BillRow, LeaverRow, MarketRow, Page, PartitionRow, Scene
from lempart.report.study_source import StudySource, blocks_of, study_facts, told_of_draws
from lempart.telling.study import draws_sentence, study_sentences

SHARES = ("optimal", "stable", "optimal_stable")


def study_page(folder: Path, *, pictures: bool = True) -> Page:
    """Return the page of a study, with pictures or without.

    Raises
    ------
    InputError
        When the folder's statistics or its copy of the case are missing.
    """
    source = StudySource.read(folder)
    if isinstance(source.data, SearchStatisticsFile):
        return search_page(source, source.data)
    return _costed_page(folder, _Costed(source, source.data), pictures)


def _costed_page(folder: Path, study: _Costed, pictures: bool) -> Page:
    source, data = study.source, study.data
    scenes = tuple(study.scene(point, r) for point in data.points for r in range(len(source.readings)))
    without = missing() if pictures else ""
    scenes, left_out = within(scenes)
    return Page(
        kind="study",
        title=data.study.name,
        currency=data.currency,
        players=source.prepared.player_names,
        nodes=feeder_rows(source.prepared),
        single_boundary=source.prepared.family.single_boundary,
        deviation=study.deviation,
        axes=source.axes,
        scenes=scenes,
        evaluated=len(study.partitions),
        partition_count=source.prepared.family.count(),
        facts=study_facts(source),
        notes=tuple(filter(None, (left_out, *told_of_draws(data.points), without))),
        pictures=study_pictures(folder, data, len(source.readings)) if pictures and not without else (),
    )


@dataclass(frozen=True, eq=False)
class _Costed:
    """A study that costs the same partitions in every draw."""

    source: StudySource
    data: StatisticsFile

    @property
    def deviation(self) -> str:
        """Return what a group that leaves expects of the others."""
        return "inertia" if self.source.prepared.case.market.externalities else "none"

    @cached_property
    def partitions(self) -> Mapping[str, Partition]:
        """Return the study's partitions by the label that its statistics give them."""
        listed = self.data.study.partitions
        found = map(self.source.as_partition, listed) if listed else self.source.prepared.family.enumerate()
        return {" ".join(map(self.source.label, one)): one for one in found}

    def name(self, label: str) -> str:
        """Return a partition as people write it, by its label."""
        return short_braces(list(map(self.source.prepared.names, self.partitions[label])))

    def scene(self, point: PointFile, r: int) -> Scene:
        """Return what the draws of a point say under one voltage penalty."""
        told = point.penalties[r]
        game = ExpectedGame.of(self.source.prepared, tuple(self.partitions.values()), told.coalitions)
        scene = _Point(self, game, told.blocking)
        rows = tuple(map(scene.row, told.partitions))
        labels = [entry.partition for entry in told.partitions]
        stable = told.optimal_stable_in_expectation
        optimal = () if told.optimal is None else (labels.index(told.optimal),)
        best = () if stable is None else (labels.index(stable),)
        players, currency = self.source.prepared.player_names, self.data.currency
        often = draws_sentence(told, point.draws, self.name)
        return Scene(
            partitions=rows,
            optimal=optimal,
            optimal_stable=best,
            answer=study_sentences(told, currency, self.name),
            why=tuple(filter(None, (often, *reasons(rows, optimal, best, players, currency)))),
            draws=point.draws,
        )


@dataclass(frozen=True, eq=False)
class _Point:
    """One point of a study under one voltage penalty."""

    study: _Costed
    game: ExpectedGame
    blocking: Sequence[BlockingFile] | None

    def row(self, entry: PartitionStatisticsFile) -> PartitionRow:
        """Return one partition's row."""
        whole = self.study.partitions[entry.partition]
        return PartitionRow(
            blocks=blocks_of(whole),
            total=entry.mean,
            stable=entry.stable_in_expectation,
            parts=entry.parts,
            markets=tuple(self.market(whole, mask) for mask in whole),
            error=half_width(entry.standard_error),
            dearer=entry.dearer_than_best,
            dearer_error=half_width(entry.dearer_standard_error),
            shares={name: getattr(entry, name).share for name in SHARES} | {"viable": entry.viable},
            reason="" if entry.mean is not None else "not viable in some draw",
        )

    def market(self, whole: Partition, mask: int) -> MarketRow:
        """Return one market's row: its bills in the game of expected costs, who would leave for good or on some day."""
        found = self.game.market(whole, mask)
        cost, error = (math.inf, None) if found is None else found.cost
        bills = None if found is None or found.pays is None else _bills(members(mask), found)
        return MarketRow(
            members=members(mask),
            cost=cost if math.isfinite(cost) else None,
            stable=None if found is None else found.stable,
            shortfall=None if found is None else found.shortfall,
            bills=bills,
            rule="" if bills is None else "nucleolus",
            leavers=self.leavers(whole, mask, found),
            error=half_width(error),
        )

    def leavers(self, whole: Partition, mask: int, found: ExpectedMarket | None) -> tuple[LeaverRow, ...]:
        """Return who would leave: for good, by their gain, then those who would on some days only."""
        shares = self.shares(whole, mask)
        gains = {} if found is None or found.gains is None else found.gains
        order = [*gains, *sorted(shares.keys() - gains.keys(), key=lambda group: (-shares[group], group))]
        rows = []
        for group in order:
            gain = gains.get(group)
            after = partition_after(self.game.prepared, whole, mask, group, self.study.deviation)
            rows.append(
                LeaverRow(
                    members=members(group),
                    gain=None if gain is None else gain.asked - gain.alone,
                    share=shares.get(group, None if self.blocking is None else 0.0),
                    asked=None if gain is None else gain.asked,
                    alone=None if gain is None else gain.alone,
                    after=None if after is None else blocks_of(after),
                )
            )
        return tuple(rows)

    def shares(self, whole: Partition, mask: int) -> dict[int, float]:
        """Return in what share of draws a group would leave the market, by the group's players."""
        label = self.study.source.label
        name = label(mask)
        if self.study.source.prepared.case.market.externalities:
            name += " in " + " ".join(map(label, whole))
        told = {entry.by: entry.share for entry in self.blocking or () if entry.coalition == name}
        if not told:
            return {}
        groups = {label(group): group for group in self.study.source.prepared.family.subcoalitions(mask)}
        return {groups[by]: share for by, share in told.items()}


def _bills(players: Sequence[int], found: ExpectedMarket) -> tuple[BillRow, ...]:
    assert found.pays is not None
    amounts = zip(players, found.pays, found.alone, strict=True)
    return tuple(BillRow(player, pays, (), alone) for player, pays, alone in amounts)
