"""What a stored result and its bills must hold, key by key: what every reader relies on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, get_args

from lempart.cost import PreparedCase
from lempart.io.stored_json import Fault, flag, listing, mapping, nullable, number, one_of, record, text, whole
from lempart.result.bills_rules import BILL_RULES
from lempart.result.deviations import DeviationName

FORMAT = 1
DEVIATIONS = (*get_args(DeviationName), "none")

_AMOUNT = nullable(number)
_NAMES = listing(text, least=1)
_BLOCKS = listing(_NAMES, least=1)
_PARTS = record(dict.fromkeys(("flexibility", "import", "tax", "line", "voltage", "imbalance"), number))
_BEST = nullable(record({"partition": _BLOCKS, "total": number, "ties": listing(_BLOCKS)}))


def _format(value: Any, where: str) -> Iterator[Fault]:
    if value != FORMAT or isinstance(value, bool):
        yield Fault(where, f"this version reads format {FORMAT}")


def _told_together(value: Any, where: str) -> Iterator[Fault]:
    """Check what a partition costs without burning: the amounts are both known, or the reason why not is."""
    amounts = {"total": _AMOUNT, "lowers_total_by": _AMOUNT}
    faults = list(record({**amounts, "exact": flag, "reason": nullable(text)})(value, where))
    yield from faults
    absent = [] if faults else [value["total"] is None, value["lowers_total_by"] is None, value["reason"] is not None]
    if len(set(absent)) > 1:
        yield Fault(where, "has neither both amounts nor a reason for their absence")


_BURNING = record(
    {
        "energy_mwh": number,
        "storage": listing(record({"prosumer": text, "steps": listing(whole, least=1)}), least=1),
        "without": nullable(_told_together),
    }
)

_COALITION = record(
    {
        "members": _NAMES,
        "cost": _AMOUNT,
        "price_dependent": flag,
        "core_value": _AMOUNT,
        "stable": nullable(flag),
        "allocation": nullable(mapping(number)),
        "blocking": listing(record({"members": _NAMES, "gain": number})),
        "balanced": listing(record({"members": _NAMES, "weight": number, "cost": number})),
        "costs": nullable(mapping(number)),
    },
    {"core_gap": record({"highest": _AMOUNT}), "reason": text, "margin": _AMOUNT, "known_to": number},
)

_PARTITION = record(
    {
        "partition": _BLOCKS,
        "total": _AMOUNT,
        "viable": flag,
        "stable": nullable(flag),
        "network_surplus": number,
        "costs": nullable(_PARTS),
        "coalitions": listing(_COALITION),
    },
    {"reason": text, "burning": nullable(_BURNING)},
)

RESULT = record(
    {
        "format": _format,
        "case": text,
        "version": text,
        "case_hash": text,
        "currency": text,
        "players": _NAMES,
        "method": text,
        "deviation": one_of(DEVIATIONS),
        "proven": flag,
        "stopped": nullable(text),
        "partition_count": whole,
        "evaluated": whole,
        "optimal": _BEST,
        "optimal_stable": _BEST,
        "partitions": listing(_PARTITION),
    },
    {"coalition_count": nullable(whole), "coalitions_costed": nullable(whole), "equal_within": _AMOUNT},
)

_BILL = record(
    {
        "player": text,
        "amount": number,
        "parts": mapping(number),
        "alone": _AMOUNT,
        "best_deviation": nullable(record({"members": _NAMES, "pays": number})),
    }
)

BILLS = record(
    {
        "format": _format,
        "case_hash": text,
        "partitions": listing(
            record(
                {
                    "rule": one_of(BILL_RULES),
                    "partition": _BLOCKS,
                    "markets": listing(
                        record({"members": _NAMES, "bills": listing(_BILL, least=1)}, {"known_to": number})
                    ),
                }
            )
        ),
    },
    {"result_sha256": text},
)


def result_faults(data: Mapping[str, Any], setting: PreparedCase) -> Iterator[Fault]:
    """Yield where a result that has all its keys contradicts itself or its case."""
    players, case = list(setting.player_names), setting.case
    for key, expected in (("players", players), ("case", case.name), ("currency", case.market.currency)):
        if data[key] != expected:
            yield Fault(key, "is not that of the case beside it")
            return
    if data["evaluated"] != len(data["partitions"]):
        yield Fault("evaluated", f"is {data['evaluated']}, but partitions has {len(data['partitions'])}")
    if (data.get("coalition_count") is None) != (data.get("coalitions_costed") is None):
        yield Fault("coalitions_costed", "is known without coalition_count, or the other way round")
    for index, entry in enumerate(data["partitions"]):
        yield from _partition_faults(entry, players, f"partitions[{index}]")
    yield from _best_faults(data)


def _partition_faults(entry: Mapping[str, Any], players: Sequence[str], where: str) -> Iterator[Fault]:
    yield from _cover_faults(entry["partition"], players, f"{where}.partition")
    if [own["members"] for own in entry["coalitions"]] != entry["partition"]:
        yield Fault(f"{where}.coalitions", "are not those of its partition")
    if not entry["viable"] == (entry["total"] is not None) == (entry["costs"] is not None):
        yield Fault(f"{where}.viable", "doesn't fit total and costs, which are null where it is false")
    for index, own in enumerate(entry["coalitions"]):
        members = set(own["members"])
        for key in ("blocking", "balanced"):
            for number_, group in enumerate(own[key]):
                names = group["members"]
                if not set(names) <= members or len(set(names)) < len(names):
                    yield Fault(
                        f"{where}.coalitions[{index}].{key}[{number_}].members", "are no group of the coalition"
                    )


def _best_faults(data: Mapping[str, Any]) -> Iterator[Fault]:
    entries = {_key(entry["partition"]): entry for entry in data["partitions"]}
    if len(entries) < len(data["partitions"]):
        yield Fault("partitions", "holds a partition twice")
    if data["optimal"] is None and data["optimal_stable"] is not None:
        yield Fault("optimal", "is null beside an optimal_stable")
    for name in ("optimal", "optimal_stable"):
        best = data[name]
        told = [] if best is None else [("partition", best["partition"])]
        told += [] if best is None else [(f"ties[{index}]", tie) for index, tie in enumerate(best["ties"])]
        for key, blocks in told:
            yield from _cover_faults(blocks, data["players"], f"{name}.{key}")
            entry = entries.get(_key(blocks))
            if entry is None or entry["total"] is None:
                yield Fault(f"{name}.{key}", "is not among the viable partitions")
            elif name == "optimal_stable" and entry["stable"] is not True:
                yield Fault(f"{name}.{key}", "is not stable among the partitions")


def bills_faults(bills: Mapping[str, Any], players: Sequence[str]) -> Iterator[Fault]:
    """Yield where bills that have all their keys contradict themselves or their result."""
    known, parts = set(players), None
    for index, one in enumerate(bills["partitions"]):
        where = f"partitions[{index}]"
        yield from _cover_faults(one["partition"], players, f"{where}.partition")
        if [market["members"] for market in one["markets"]] != one["partition"]:
            yield Fault(f"{where}.markets", "are not those of its partition")
        for which, market in enumerate(one["markets"]):
            at = f"{where}.markets[{which}].bills"
            if [bill["player"] for bill in market["bills"]] != market["members"]:
                yield Fault(at, "are not those of the market's members")
            for row, bill in enumerate(market["bills"]):
                parts = list(bill["parts"]) if parts is None else parts
                if list(bill["parts"]) != parts:
                    yield Fault(f"{at}[{row}].parts", "have other names than those of the first bill")
                if bill["best_deviation"] is not None and not set(bill["best_deviation"]["members"]) <= known:
                    yield Fault(f"{at}[{row}].best_deviation.members", "are not all players")


def _cover_faults(blocks: Sequence[Sequence[str]], players: Sequence[str], where: str) -> Iterator[Fault]:
    named = [name for block in blocks for name in block]
    if len(named) != len(players) or set(named) != set(players):
        yield Fault(where, "doesn't have every player once")


def _key(blocks: Sequence[Sequence[str]]) -> frozenset[frozenset[str]]:
    return frozenset(frozenset(block) for block in blocks)
