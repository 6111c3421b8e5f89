"""From the folder of ``lempart solve --out`` to a page: no solver runs, everything is read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path

from lempart.cost import PreparedCase
from lempart.display import line_name
from lempart.formats.result import (
    BestFile,
    BlockFile,
    CoalitionFile,
    GridLossesFile,
    LineLossFile,
    PartitionFile,
    ResultFile,
    RulesFile,
)
from lempart.formats.typed import as_mapping
from lempart.partition import Partition, mask_of, members
from lempart.report.deviation import partition_after
from lempart.report.feeder import feeder_rows
from lempart.report.kept_bills import KeptBills
from lempart.report.limit import within
from lempart.report.pictures import missing, result_pictures
from lempart.report.reasons import reasons
from lempart.report.rows import (
    Blocks,
    FiguresRow,
    LeaverRow,
    LineLossRow,
    LossesRow,
    MarketRow,
    Page,
    PartitionRow,
    Scene,
)
from lempart.report.wording import case_facts
from lempart.result import read_result
from lempart.result.stored import RESULT
from lempart.telling.answer import Answer, answer_sentences, caveat_sentences, losses_told, proof_sentence
from lempart.telling.figures import figure_headers, figure_row
from lempart.telling.prices import price_sentences
from lempart.telling.rules import exclusion_sentence


def result_page(folder: Path, *, pictures: bool = True) -> Page:
    """Return the page of a solved case, with pictures or without.

    Raises
    ------
    InputError
        When the folder's result or bills can't be read, or don't belong to each other and to the case in it.
    """
    source = _Result.read(folder)
    data = source.result
    answer = Answer.of_file(data)
    rows = tuple(source.partition(entry) for entry in data.partitions)
    optimal, stable = source.ties(data.optimal), source.ties(data.optimal_stable)
    scene = Scene(
        partitions=rows,
        optimal=optimal,
        optimal_stable=stable,
        answer=answer_sentences(answer),
        why=(
            *reasons(rows, optimal, stable, data.players, data.currency),
            proof_sentence(answer),
            *caveat_sentences(answer),
            *price_sentences(source.prepared.case.market),
            *_excluded(data.rules),
        ),
    )
    best = (*stable, *optimal, None)[0]
    without = missing() if pictures else ""
    scenes, left_out = within((scene,))
    return Page(
        kind="result",
        title=data.case,
        currency=data.currency,
        players=source.prepared.player_names,
        nodes=feeder_rows(source.prepared),
        single_boundary=source.prepared.family.single_boundary,
        deviation=data.deviation,
        axes=(),
        scenes=scenes,
        evaluated=data.evaluated,
        partition_count=data.partition_count,
        facts=_facts(source),
        notes=tuple(filter(None, (left_out, without))),
        bill_parts=source.bills.parts,
        losses=_losses(answer),
        figures=_figures(data),
        pictures=result_pictures(data, source.prepared, None if best is None else source.at(best))
        if pictures and not without
        else (),
    )


@dataclass(frozen=True, eq=False)
class _Result:
    """A result with the case it answers; what the page shows of a partition is looked up here."""

    result: ResultFile
    prepared: PreparedCase
    bills: KeptBills

    @classmethod
    def read(cls, folder: Path) -> _Result:
        stored = read_result(folder / RESULT, bills=True)
        prepared = stored.prepared
        return cls(stored.result, prepared, KeptBills.of_file(stored.bills, prepared.player_names))

    @cached_property
    def number(self) -> Mapping[str, int]:
        """Return each player's number."""
        return {name: index for index, name in enumerate(self.prepared.player_names)}

    @cached_property
    def entry_of(self) -> Mapping[Partition, PartitionFile]:
        """Return what was evaluated, by partition."""
        return {self.as_partition(entry.partition): entry for entry in self.result.partitions}

    def mask(self, names: Sequence[str]) -> int:
        """Return the bitmask of some players."""
        return mask_of(self.number[name] for name in names)

    def as_partition(self, blocks: Sequence[Sequence[str]]) -> Partition:
        """Return a partition of names as a value."""
        return Partition.of(self.mask(block) for block in blocks)

    def ties(self, best: BestFile | None) -> tuple[int, ...]:
        """Return where the best partitions of a kind stand, ties included."""
        if best is None:
            return ()
        wanted = {self.as_partition(blocks) for blocks in (best.partition, *best.ties)}
        return tuple(index for index, found in enumerate(self.entry_of) if found in wanted)

    def at(self, index: int) -> Partition:
        """Return the partition at a place of the result."""
        return self.as_partition(self.result.partitions[index].partition)

    def partition(self, entry: PartitionFile) -> PartitionRow:
        """Return one partition's row."""
        whole = self.as_partition(entry.partition)
        return PartitionRow(
            blocks=_blocks(whole),
            total=entry.total,
            stable=entry.stable,
            parts=None if entry.costs is None else as_mapping(entry.costs),
            markets=tuple(self.market(whole, own) for own in entry.coalitions),
            surplus=entry.network_surplus,
            reason=entry.reason,
        )

    def market(self, whole: Partition, own: CoalitionFile) -> MarketRow:
        """Return one market's row."""
        mask = self.mask(own.members)
        rule, bills = self.bills.of(whole, mask, own)
        return MarketRow(
            members=members(mask),
            cost=own.cost,
            stable=own.stable,
            shortfall=_shortfall(own),
            bills=bills,
            rule=rule,
            leavers=tuple(self.leaver(whole, own, block) for block in own.blocking) or self.proof(whole, own),
            price_dependent=own.price_dependent,
            reason=own.reason,
        )

    def leaver(self, whole: Partition, own: CoalitionFile, block: BlockFile) -> LeaverRow:
        """Return a group that would leave a market, and where it would go."""
        market, leaving = self.mask(own.members), self.mask(block.members)
        after = self.after(whole, market, leaving)
        alone = None if after is None else self._cost_in(after, leaving)
        return LeaverRow(
            members=members(leaving),
            gain=block.gain,
            alone=alone,
            asked=None if alone is None else alone + block.gain,
            after=None if after is None else _blocks(after),
        )

    def proof(self, whole: Partition, own: CoalitionFile) -> tuple[LeaverRow, ...]:
        """Return the groups that together prove a core empty, where it isn't known who gains most."""
        market, rows = self.mask(own.members), []
        for group in own.balanced if own.stable is False else ():
            leaving = self.mask(group.members)
            after = self.after(whole, market, leaving)
            rows.append(LeaverRow(members(leaving), alone=group.cost, after=None if after is None else _blocks(after)))
        return tuple(rows)

    def after(self, whole: Partition, market: int, leaving: int) -> Partition | None:
        """Return the partition that a group's leaving makes; None where the deviation model doesn't fix one."""
        return partition_after(self.prepared, whole, market, leaving, self.result.deviation)

    def _cost_in(self, whole: Partition, mask: int) -> float | None:
        entry = self.entry_of.get(whole)
        if entry is None:
            return None
        return next(own.cost for own in entry.coalitions if self.mask(own.members) == mask)


def _blocks(partition: Partition) -> Blocks:
    return tuple(members(mask) for mask in partition)


def _excluded(rules: RulesFile | None) -> tuple[str, ...]:
    if rules is None or rules.coalitions is None or rules.allowed is None:
        return ()
    return (exclusion_sentence(rules.coalitions, rules.allowed, rules.excluded or {}),)


def _facts(source: _Result) -> tuple[tuple[str, str], ...]:
    data = source.result
    return (
        ("Case", data.case),
        *case_facts(source.prepared),
        ("Search", f"{data.method}, {'proven' if data.proven else f'not proven: {data.stopped}'}"),
        ("lempart", data.version),
        ("Case hash", data.case_hash),
    )


def _figures(data: ResultFile) -> FiguresRow | None:
    """Return the key figures as texts, markets of two and more first."""
    found = data.key_figures
    if found is None:
        return None
    homes = [((one.prosumer,), asdict(one.figures)) for one in found.homes]
    markets = [(one.members, asdict(one.figures)) for one in found.markets if len(one.members) > 1]
    headers = figure_headers([figures for _, figures in homes], data.currency)
    co2 = len(headers) > len(figure_headers([], data.currency))
    cells = [[tuple(figure_row(name, own, co2=co2)) for name, own in rows] for rows in (markets, homes)]
    return FiguresRow(headers, tuple(cells[0]), tuple(cells[1]))


def _losses(answer: Answer) -> LossesRow | None:
    lost = answer.losses
    if lost is None:
        return None
    lines = [LineLossRow(line_name(one.parent, one.node), *_amounts(one)) for one in lost.lines]
    return LossesRow(losses_told(answer), (*lines, LineLossRow("all lines", *_amounts(lost))))


def _amounts(lost: LineLossFile | GridLossesFile) -> tuple[float | None, ...]:
    return lost.mwh, lost.cost, lost.without_mwh, lost.without_cost


def _shortfall(own: CoalitionFile) -> float | None:
    """Return by how much a market's bills fall short of its cost, at least; None where that isn't known."""
    gap = own.core_gap if own.stable is False else None
    value = own.core_value if gap is None else gap.highest
    return None if value is None or own.cost is None else own.cost - value
