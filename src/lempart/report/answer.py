"""The answer of a result in two sentences, then why: no claim beyond what was evaluated and checked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from lempart.report.rows import PartitionRow
from lempart.report.wording import count_of, large, listed, market, money, number, partition, percent

_TIES_NAMED = 2
_PARTS_NAMED = 3
_NAMES = {"line": "line overloads", "voltage": "voltage violations"}


def result_answer(
    data: Mapping[str, Any], rows: Sequence[PartitionRow], optimal: Sequence[int], stable: Sequence[int]
) -> tuple[str, str]:
    """Return which partition is the answer and what it costs, then how it stands to the cheapest."""
    players, currency = data["players"], data["currency"]
    if not stable:
        known = "is known yet: the search was stopped" if data["stopped"] else "exists"
        cheapest = (
            "." if not optimal else f", {_named(rows[optimal[0]], players, currency)}, {_held(rows[optimal[0]])}."
        )
        return f"No stable partition {known}.", f"The cheapest that was evaluated{cheapest}" if optimal else _nothing(
            rows
        )
    best = rows[stable[0]]
    kind = (
        "The cheapest partition that nobody wants to leave is"
        if data["proven"]
        else "The best stable partition so far is"
    )
    first = f"{kind} {_named(best, players, currency)}{_ties(rows, stable, players)}."
    if stable[0] in optimal:
        return first, f"It is also the cheapest of all {_looked_at(data)}."
    first_of_all = rows[optimal[0]]
    assert best.total is not None
    assert first_of_all.total is not None
    dearer = money(best.total - first_of_all.total, currency)
    return (
        first,
        f"It costs {dearer} more than the cheapest, {partition(first_of_all.blocks, players)}, "
        f"which {_held(first_of_all)}.",
    )


def result_why(
    data: Mapping[str, Any], rows: Sequence[PartitionRow], optimal: Sequence[int], stable: Sequence[int]
) -> tuple[str, ...]:
    """Return the reasons: against everyone alone, against the cheapest, and what is proven."""
    players, currency = data["players"], data["currency"]
    shown = [*stable[:1], *optimal[:1]]
    found = []
    if shown:
        found.append(_against_alone(rows[shown[0]], rows, currency))
    if optimal and optimal[0] not in stable and rows[optimal[0]].stable is False:
        found.append(_falls_apart(rows[optimal[0]], players, currency))
    found.append(_proof(data, rows))
    return tuple(text for text in found if text)


def _named(row: PartitionRow, players: Sequence[str], currency: str) -> str:
    total = "not viable" if row.total is None else f"at {money(row.total, currency)}"
    return f"{partition(row.blocks, players)} {total}"


def _held(row: PartitionRow) -> str:
    return {True: "is stable", False: "doesn't hold together", None: "wasn't checked for stability"}[row.stable]


def _ties(rows: Sequence[PartitionRow], stable: Sequence[int], players: Sequence[str]) -> str:
    others = [partition(rows[index].blocks, players) for index in stable[1:]]
    if not others:
        return ""
    more = len(others) - _TIES_NAMED
    named = others[:_TIES_NAMED] + ([f"{more} more"] if more > 0 else [])
    return f", at the same cost as {listed(named)}"


def _looked_at(data: Mapping[str, Any]) -> str:
    known, everything = count_of(data["evaluated"], "partition"), count_of(data["partition_count"], "partition")
    if data["proven"] or data["evaluated"] == data["partition_count"]:
        return "there are" if data["partition_count"] == 1 else f"{everything} there are"
    return f"{known} evaluated"


def _nothing(rows: Sequence[PartitionRow]) -> str:
    return "None of the evaluated partitions is viable." if rows else "No partition was evaluated."


def _against_alone(best: PartitionRow, rows: Sequence[PartitionRow], currency: str) -> str:
    alone = next((row for row in rows if all(len(block) == 1 for block in row.blocks)), None)
    if alone is None or alone.total is None or best.total is None or best.parts is None or alone.parts is None:
        return ""
    if alone.blocks == best.blocks:
        return "Everyone on their own is the answer itself: no market saves more than it costs and holds together."
    saved = alone.total - best.total
    changes = sorted(
        ((best.parts[name] - alone.parts[name], name) for name in best.parts), key=lambda pair: -abs(pair[0])
    )
    told = [f"{_NAMES.get(name, name)} {_signed(by)}" for by, name in changes[:_PARTS_NAMED] if abs(by) >= 0.005]
    share = f" ({percent(saved / alone.total)})" if alone.total > 0 else ""
    less = f"{money(saved, currency)}{share} less" if saved >= 0 else f"{money(-saved, currency)} more"
    return f"It costs {less} than everyone on their own" + (f": {listed(told)}." if told else ".")


def _signed(value: float) -> str:
    return ("+" if value > 0 else "") + number(value)


def _falls_apart(row: PartitionRow, players: Sequence[str], currency: str) -> str:
    own = max((own for own in row.markets if own.stable is False), key=lambda own: own.shortfall or 0.0)
    text = f"{partition(row.blocks, players)} is cheaper but falls apart: "
    if own.shortfall is not None:
        text += (
            f"whatever the bills in {market(own.members, players)}, at least {money(own.shortfall, currency)} "
            "of its cost would be paid by someone who is better off leaving"
        )
    if own.leavers and own.leavers[0].gain is not None:
        gain = money(own.leavers[0].gain, currency)
        text += f". With the fairest bills {market(own.leavers[0].members, players)} still gains {gain} by leaving"
    return text + "."


def _proof(data: Mapping[str, Any], rows: Sequence[PartitionRow]) -> str:
    checked = sum(row.stable is not None for row in rows)
    costed = f"{count_of(data['evaluated'], 'partition')} of {large(data['partition_count'])} costed"
    if data.get("coalition_count") is not None:  # coalitions were costed, which says what every partition costs
        costed = f"{large(data['coalitions_costed'])} of {count_of(data['coalition_count'], 'coalition')} costed, "
        costed += f"of which {count_of(data['partition_count'], 'partition')} can be made"
    elif data["evaluated"] == data["partition_count"]:
        costed = f"all {count_of(data['evaluated'], 'partition')} costed"
    state = "This is proven" if data["proven"] else f"This is not proven ({data['stopped']})"
    return f"{state}: {costed}, the stability of {checked:,} checked, from the cheapest on."
