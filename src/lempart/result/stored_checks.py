"""Where a stored result or its bills contradict themselves, each other or their case."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lempart.cost import PreparedCase
from lempart.formats.bills import BillsFile
from lempart.formats.result import PartitionFile, ResultFile, partition_key
from lempart.io.stored_json import Fault


def result_faults(data: ResultFile, prepared: PreparedCase) -> Iterator[Fault]:
    """Yield where a result that has all its keys contradicts itself or its case."""
    players, case = prepared.player_names, prepared.case
    for key, expected in (("players", players), ("case", case.name), ("currency", case.market.currency)):
        if getattr(data, key) != expected:
            yield Fault(key, "is not that of the case beside it")
            return
    if data.evaluated != len(data.partitions):
        yield Fault("evaluated", f"is {data.evaluated}, but partitions has {len(data.partitions)}")
    if (data.coalition_count is None) != (data.coalitions_costed is None):
        yield Fault("coalitions_costed", "is known without coalition_count, or the other way round")
    for index, entry in enumerate(data.partitions):
        yield from _partition_faults(entry, players, f"partitions[{index}]")
    yield from _best_faults(data)


def _partition_faults(entry: PartitionFile, players: Sequence[str], where: str) -> Iterator[Fault]:
    yield from _cover_faults(entry.partition, players, f"{where}.partition")
    if tuple(own.members for own in entry.coalitions) != entry.partition:
        yield Fault(f"{where}.coalitions", "are not those of its partition")
    if not entry.viable == (entry.total is not None) == (entry.costs is not None):
        yield Fault(f"{where}.viable", "doesn't fit total and costs, which are null where it is false")
    without = None if entry.burning is None else entry.burning.without
    if without is not None:
        absent = (without.total is None, without.lowers_total_by is None, without.reason is not None)
        if len(set(absent)) > 1:
            yield Fault(f"{where}.burning.without", "has neither both amounts nor a reason for their absence")
    for index, own in enumerate(entry.coalitions):
        members = set(own.members)
        blocking, balanced = ([group.members for group in groups] for groups in (own.blocking, own.balanced))
        for key, groups in (("blocking", blocking), ("balanced", balanced)):
            for number_, names in enumerate(groups):
                if not set(names) <= members or len(set(names)) < len(names):
                    yield Fault(
                        f"{where}.coalitions[{index}].{key}[{number_}].members", "are no group of the coalition"
                    )


def _best_faults(data: ResultFile) -> Iterator[Fault]:
    entries = {partition_key(entry.partition): entry for entry in data.partitions}
    if len(entries) < len(data.partitions):
        yield Fault("partitions", "holds a partition twice")
    if data.optimal is None and data.optimal_stable is not None:
        yield Fault("optimal", "is null beside an optimal_stable")
    for name, best in (("optimal", data.optimal), ("optimal_stable", data.optimal_stable)):
        told = [] if best is None else [("partition", best.partition)]
        told += [] if best is None else [(f"ties[{index}]", tie) for index, tie in enumerate(best.ties)]
        for key, blocks in told:
            yield from _cover_faults(blocks, data.players, f"{name}.{key}")
            entry = entries.get(partition_key(blocks))
            if entry is None or entry.total is None:
                yield Fault(f"{name}.{key}", "is not among the viable partitions")
            elif name == "optimal_stable" and entry.stable is not True:
                yield Fault(f"{name}.{key}", "is not stable among the partitions")


def bills_faults(bills: BillsFile, players: Sequence[str]) -> Iterator[Fault]:
    """Yield where bills that have all their keys contradict themselves or their result."""
    known, parts = set(players), None
    for index, one in enumerate(bills.partitions):
        where = f"partitions[{index}]"
        yield from _cover_faults(one.partition, players, f"{where}.partition")
        if tuple(market.members for market in one.markets) != one.partition:
            yield Fault(f"{where}.markets", "are not those of its partition")
        for which, market in enumerate(one.markets):
            at = f"{where}.markets[{which}].bills"
            if tuple(bill.player for bill in market.bills) != market.members:
                yield Fault(at, "are not those of the market's members")
            for row, bill in enumerate(market.bills):
                parts = list(bill.parts) if parts is None else parts
                if list(bill.parts) != parts:
                    yield Fault(f"{at}[{row}].parts", "have other names than those of the first bill")
                if bill.best_deviation is not None and not set(bill.best_deviation.members) <= known:
                    yield Fault(f"{at}[{row}].best_deviation.members", "are not all players")


def _cover_faults(blocks: Sequence[Sequence[str]], players: Sequence[str], where: str) -> Iterator[Fault]:
    named = [name for block in blocks for name in block]
    if len(named) != len(players) or set(named) != set(players):
        yield Fault(where, "doesn't have every player once")
