"""Why an answer and not its neighbours: which part of the cost decides, and who would leave what is cheaper."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from lempart.display import amount, gain, listed, money, percent
from lempart.report.rows import PartitionRow
from lempart.report.wording import market, partition

PARTS_NAMED = 3
_NAMES = {"line": "line overloads", "voltage": "voltage violations"}


def reasons(
    rows: Sequence[PartitionRow],
    optimal: Sequence[int],
    stable: Sequence[int],
    players: Sequence[str],
    currency: str,
) -> tuple[str, ...]:
    """Return why the answer: against the cheapest, everyone alone, and one market more or less.

    Parameters
    ----------
    rows
        All partitions that were costed.
    optimal, stable
        Where the cheapest, and the cheapest stable ones, stand in ``rows``.
    """
    best = next((rows[index] for index in (*stable, *optimal)), None)
    if best is None:
        return ()
    cheapest = [rows[index] for index in optimal]
    found = [against_alone(best, rows, currency)]
    if cheapest and best not in cheapest and cheapest[0].stable is False:
        found.append(falls_apart(cheapest[0], players, currency))
    return tuple(filter(None, (*found, *against_neighbours(best, rows, cheapest, players, currency))))


def against_alone(best: PartitionRow, rows: Sequence[PartitionRow], currency: str) -> str:
    """Return what the answer saves against everyone alone, and by which parts; empty where that isn't known."""
    alone = next((row for row in rows if all(len(block) == 1 for block in row.blocks)), None)
    if alone is None or alone.total is None or best.total is None or best.parts is None or alone.parts is None:
        return ""
    if alone.blocks == best.blocks:
        return "Everyone on their own is the answer itself: no market saves more than it costs and holds together."
    saved = alone.total - best.total
    share = f" ({percent(saved / alone.total)})" if alone.total > 0 else ""
    less = f"{money(saved, currency)}{share} less" if saved >= 0 else f"{money(-saved, currency)} more"
    return f"It costs {less} than everyone on their own{_because(best.parts, alone.parts)}."


def falls_apart(row: PartitionRow, players: Sequence[str], currency: str) -> str:
    """Return why a cheaper partition doesn't hold together."""
    name = partition(row.blocks, players)
    broken = [own for own in row.markets if own.stable is False]
    if not broken:
        return f"{name} is cheaper but falls apart."
    own = max(broken, key=lambda own: own.shortfall or 0.0)
    text = f"{name} is cheaper but falls apart: "
    if own.shortfall is not None:
        text += (
            f"whatever the bills in {market(own.members, players)}, at least {gain(own.shortfall)} {currency} "
            "of its cost would be paid by someone who is better off leaving"
        )
    if own.leavers and own.leavers[0].gain is not None:
        gained = f"{gain(own.leavers[0].gain)} {currency}"
        text += f". With the fairest bills {market(own.leavers[0].members, players)} still gains {gained} by leaving"
    return text + "."


def against_neighbours(
    best: PartitionRow,
    rows: Sequence[PartitionRow],
    told: Sequence[PartitionRow],
    players: Sequence[str],
    currency: str,
) -> list[str]:
    """Return why not one market less, and why not one more: against the cheapest partition of each kind.

    Parameters
    ----------
    told
        Partitions that were compared already; everyone alone always is.
    """
    told = [*told, *(row for row in rows if all(len(block) == 1 for block in row.blocks))]
    found = []
    for word, step in (("Joining", _joined(best, rows)), ("Splitting", _joined_by(best, rows))):
        others = [(row, blocks) for row, blocks in step if row.total is not None and row not in told]
        if best.total is None or not others:
            continue
        row, blocks = min(others, key=lambda pair: pair[0].total or 0.0)
        assert row.total is not None
        named = [market(block, players) for block in blocks]
        what = listed(named) + " too" if word == "Joining" else f"{named[0]} into {listed(named[1:])}"
        dearer = row.total - best.total
        because = "" if row.parts is None or best.parts is None else _because(row.parts, best.parts)
        if dearer >= 0:
            found.append(f"{word} {what} would cost {money(dearer, currency)} more{because}.")
        elif row.stable is False:
            found.append(
                f"{word} {what} would cost {money(-dearer, currency)} less. But {_lower(row, players, currency)}"
            )
    return found


def _lower(row: PartitionRow, players: Sequence[str], currency: str) -> str:
    return falls_apart(row, players, currency).replace(" is cheaper but falls apart", " falls apart", 1)


def _joined(best: PartitionRow, rows: Sequence[PartitionRow]) -> list[tuple[PartitionRow, tuple[tuple[int, ...], ...]]]:
    """Return the partitions that join two markets of ``best``, with these two."""
    found = []
    for row in rows:
        gone, new = _changed(best, row)
        if len(gone) == 2 and len(new) == 1:
            found.append((row, tuple(gone)))
    return found


def _joined_by(
    best: PartitionRow, rows: Sequence[PartitionRow]
) -> list[tuple[PartitionRow, tuple[tuple[int, ...], ...]]]:
    """Return the partitions that split a market of ``best`` in two: that market, then the two."""
    found = []
    for row in rows:
        gone, new = _changed(best, row)
        if len(gone) == 1 and len(new) == 2:
            found.append((row, (*gone, *new)))
    return found


def _changed(one: PartitionRow, other: PartitionRow) -> tuple[list[tuple[int, ...]], list[tuple[int, ...]]]:
    """Return the markets that only the first has, and those that only the other has."""
    mine, theirs = set(one.blocks), set(other.blocks)
    return [b for b in one.blocks if b not in theirs], [b for b in other.blocks if b not in mine]


def _because(parts: Mapping[str, float | None], before: Mapping[str, float | None]) -> str:
    """Return the parts of a cost that change most, with a colon before; empty where none does."""
    known = ((name, after, before.get(name)) for name, after in parts.items())
    changes = [(after - earlier, name) for name, after, earlier in known if after is not None and earlier is not None]
    changes.sort(key=lambda pair: -abs(pair[0]))
    told = [f"{_NAMES.get(name, name)} {_signed(by)}" for by, name in changes[:PARTS_NAMED] if abs(by) >= 0.005]
    return f": {listed(told)}" if told else ""


def _signed(value: float) -> str:
    return ("+" if value > 0 else "") + amount(value)
