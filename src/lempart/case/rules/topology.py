"""Rules on how the lines connect: one tree with the PCC as its root."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping

from lempart.case.records import CaseFields
from lempart.case.rules.lines import line_name
from lempart.case.rules.rule import rule
from lempart.case.where import indexed, quoted
from lempart.case.wording import listed, nearest
from lempart.errors import Problem
from lempart.text import some_of

_ENDS = ("grid.lines.from", "grid.lines.to")


def buses(case: CaseFields) -> list[str]:
    """Return the buses in the order in which lines name them."""
    return list(dict.fromkeys(end for line in case.grid.lines for end in (line.from_node, line.to_node)))


@rule(*_ENDS)
def ends_differ(case: CaseFields) -> Iterator[Problem]:
    """Require that a line leads from one bus to another."""
    for index, line in enumerate(case.grid.lines):
        if line.from_node == line.to_node:
            message = f"the line begins and ends at {quoted(line.from_node)}"
            yield Problem(indexed("grid.lines", index), message, "Correct one end, or remove the line.")


@rule(*_ENDS)
def lines_are_not_parallel(case: CaseFields) -> Iterator[Problem]:
    """Require that two buses are joined by one line only."""
    first: dict[frozenset[str], int] = {}
    for index, line in enumerate(case.grid.lines):
        ends = frozenset((line.from_node, line.to_node))
        if len(ends) == 2 and ends in first:
            message = f"the line {line_name(line)} runs parallel to {indexed('grid.lines', first[ends])}"
            remedy = "Remove it if it is the same one, or merge both into one of equal impedance and rating."
            yield Problem(indexed("grid.lines", index), message, remedy)
        first.setdefault(ends, index)


@rule(*_ENDS)
def grid_is_radial(case: CaseFields) -> Iterator[Problem]:
    """Require that no lines form a loop."""
    part_of: dict[str, str] = {}
    tree: dict[str, dict[str, None]] = {}
    for index, line in enumerate(case.grid.lines):
        a, b = line.from_node, line.to_node
        if a == b or b in tree.get(a, ()):
            continue
        one, other = _part(part_of, a), _part(part_of, b)
        if one != other:
            part_of[one] = other
            tree.setdefault(a, {})[b] = None
            tree.setdefault(b, {})[a] = None
            continue
        loop = _shown([*_path(tree, a, b), a])
        message = f"the grid is not radial: {line_name(line)} closes the loop {loop}"
        yield Problem(indexed("grid.lines", index), message, "Open the loop: leave out one of its lines.")


def _part(part_of: dict[str, str], bus: str) -> str:
    """Return the bus that stands for the connected part ``bus`` is in (union-find, paths halved on the way)."""
    while (above := part_of.setdefault(bus, bus)) != bus:
        part_of[bus] = bus = part_of[above]
    return bus


def _shown(loop: list[str]) -> str:
    parts = [quoted(bus) for bus in loop]
    if len(parts) > 14:
        parts = [*parts[:7], f"... {len(parts) - 12} more buses ...", *parts[-5:]]
    return " - ".join(parts)


def _path(tree: Mapping[str, Iterable[str]], start: str, end: str) -> list[str]:
    """Return the buses from ``start`` to ``end`` in a forest that connects them."""
    before = {start: start}
    queue = deque([start])
    while end not in before:
        bus = queue.popleft()
        for other in tree[bus]:
            if other not in before:
                before[other] = bus
                queue.append(other)
    path = [end]
    while path[-1] != start:
        path.append(before[path[-1]])
    return path[::-1]


@rule("grid.pcc", *_ENDS)
def pcc_is_a_bus(case: CaseFields) -> Iterator[Problem]:
    """Require that the PCC is an end of some line."""
    known = buses(case)
    if known and case.grid.pcc not in known:
        message = f"no line begins or ends at {quoted(case.grid.pcc)}"
        yield Problem("grid.pcc", message, nearest(case.grid.pcc, known))


@rule("grid.pcc", *_ENDS)
def buses_are_connected(case: CaseFields) -> Iterator[Problem]:
    """Require that every bus is connected to the PCC."""
    islands = _islands(case)
    cut_off = [island for island in islands if case.grid.pcc not in island]
    if len(cut_off) == len(islands):
        return
    for island in cut_off[:10]:
        count = f"{len(island)} {'bus is' if len(island) == 1 else 'buses are'}"
        message = f"{count} not connected to the PCC {quoted(case.grid.pcc)}: {listed(island)}"
        yield Problem("grid.lines", message, "Add the line that is missing, or remove these.")
    if len(cut_off) > 10:
        rest = some_of([quoted(island[0]) for island in cut_off[10:]])
        message = f"{len(cut_off) - 10} more parts are not connected to the PCC, those of {rest}"
        yield Problem("grid.lines", message, "Add the lines that are missing, or remove these.")


def _islands(case: CaseFields) -> list[list[str]]:
    """Return the connected parts of the grid."""
    beside: dict[str, list[str]] = {bus: [] for bus in buses(case)}
    for line in case.grid.lines:
        beside[line.from_node].append(line.to_node)
        beside[line.to_node].append(line.from_node)
    islands, seen = [], set[str]()
    for start in beside:
        if start in seen:
            continue
        island = [start]
        seen.add(start)
        for bus in island:
            new = [other for other in dict.fromkeys(beside[bus]) if other not in seen]
            island += new
            seen.update(new)
        islands.append(island)
    return islands
