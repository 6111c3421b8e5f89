"""The partitions of a result as a lattice: who refines whom, and where each is drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from lempart.display import stability_word
from lempart.formats.result import ResultFile, partition_key
from lempart.plot.answers import chosen_rows, marks_of, viable_rows
from lempart.plot.colours import slot
from lempart.plot.names import market_name, partition_name

Blocks = Sequence[Sequence[str]]


@dataclass(frozen=True, eq=False)
class LatticeData:
    """What the picture of a lattice shows, one dictionary per mark.

    Attributes
    ----------
    nodes
        One per partition: ``id``, ``name``, ``markets`` (how many), ``x`` (places from the middle), ``y`` (rows),
        ``total``, ``stable`` (a word), ``mark``.
    cells
        One per partition and player: ``id``, ``player``, ``index``, ``slot``, ``market``, ``letter`` (of the market
        within its partition), and the node's ``x`` and ``y``.
    links
        One per pair of which the first splits one market of the second: the ends' ``x``, ``y``, ``x2``, ``y2``.
    left_out
        How many viable partitions aren't shown.
    """

    nodes: list[dict[str, Any]]
    cells: list[dict[str, Any]]
    links: list[dict[str, Any]]
    players: tuple[str, ...]
    currency: str
    left_out: int


def lattice_data(result: ResultFile, shown: int, widest: int) -> LatticeData:
    """Return the lattice of the ``shown`` partitions that matter most, at most ``widest`` side by side."""
    rows, marks = chosen_rows(result, shown), marks_of(result)
    keys = [partition_key(entry.partition) for _, entry in rows]
    covers = _covers(keys)
    place = _places([len(key) for key in keys], covers, widest)
    nodes, cells = [], []
    for index, ((total, entry), key) in enumerate(zip(rows, keys, strict=True)):
        x, y = place[index]
        nodes.append(
            {
                "id": index,
                "name": partition_name(entry.partition),
                "markets": len(key),
                "x": x,
                "y": y,
                "total": total,
                "stable": stability_word(entry.stable, "not checked"),
                "mark": marks.get(key, ""),
            }
        )
        cells += [{"id": index, "x": x, "y": y, **cell} for cell in _cells(entry.partition, result.players)]
    links = [
        {"x": place[fine][0], "y": place[fine][1], "x2": place[coarse][0], "y2": place[coarse][1]}
        for fine, coarse in covers
    ]
    left_out = len(viable_rows(result)) - len(rows)
    return LatticeData(nodes, cells, links, result.players, result.currency, left_out)


def _cells(blocks: Blocks, players: Sequence[str]) -> list[dict[str, Any]]:
    of = {name: block for block in blocks for name in block}
    letters: dict[str, str] = {}
    cells = []
    for index, name in enumerate(players):
        first = slot(of[name], players)
        letter = letters.setdefault(first, chr(ord("a") + len(letters) % 26))
        market = market_name([member for member in players if member in of[name]])
        cells.append({"player": name, "index": index, "slot": first, "market": market, "letter": letter})
    return cells


def _covers(keys: Sequence[frozenset[frozenset[str]]]) -> list[tuple[int, int]]:
    """Return (fine, coarse) of partitions that refine each other with none of the shown in between."""

    def refines(fine: frozenset[frozenset[str]], coarse: frozenset[frozenset[str]]) -> bool:
        return len(fine) > len(coarse) and all(any(block <= other for other in coarse) for block in fine)

    above = [{j for j, coarse in enumerate(keys) if refines(fine, coarse)} for fine in keys]
    return [(i, j) for i in range(len(keys)) for j in sorted(above[i]) if not any(j in above[k] for k in above[i])]


def _places(
    sizes: Sequence[int], covers: Sequence[tuple[int, int]], widest: int, sweeps: int = 8
) -> list[tuple[float, int]]:
    """Return places: one level per number of markets, few on top; each near the middle of its neighbours.

    A level that is too wide goes on in the next row.
    """
    near: list[list[int]] = [[] for _ in sizes]
    for fine, coarse in covers:
        near[fine].append(coarse)
        near[coarse].append(fine)
    levels = [[i for i, size in enumerate(sizes) if size == count] for count in sorted(set(sizes))]
    x = [0.0] * len(sizes)
    for level in levels:
        _spread(level, x)
    for _ in range(sweeps):
        for level in (*levels, *reversed(levels)):
            middle = {i: sum(x[j] for j in near[i]) / len(near[i]) if near[i] else x[i] for i in level}
            _spread(sorted(level, key=lambda i: (middle[i], i)), x)
    place: list[tuple[float, int]] = [(0.0, 0)] * len(sizes)
    row = 0
    for level in levels:
        order = sorted(level, key=lambda i: x[i])
        rows = -(-len(order) // widest)
        each = -(-len(order) // rows)
        for start in range(0, len(order), each):
            part = order[start : start + each]
            _spread(part, x)
            for i in part:
                place[i] = (x[i], row)
            row += 1
    return place


def _spread(order: Sequence[int], x: list[float]) -> None:
    """Put a level's partitions side by side around the middle."""
    for rank, i in enumerate(order):
        x[i] = rank - (len(order) - 1) / 2
