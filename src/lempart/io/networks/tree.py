"""From a network as drawn to clean rooted trees: fuse, merge, find loops and islands, orient.

One tree per external grid. Nothing here knows a market or a prosumer; limits pass through as they are.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from lempart.errors import InputError, Problem
from lempart.io.networks.network import Band, Branch, Bus, ExternalGrid, Injection, Network, warning
from lempart.text import some_of

MAX_LOOPS = 5
"""Loops named one by one; a meshed network has hundreds."""


@dataclass(frozen=True)
class Feeder:
    """What one external grid supplies.

    Attributes
    ----------
    root
        Position of the PCC in ``buses``.
    branches
        Each with ``from_bus`` nearer the root, parents before children.
    problems
        Why it isn't radial; empty if it is. Where it isn't, ``branches`` is one spanning tree of many.
    fused
        Positions of buses that became part of another one, each with that one's position.
    """

    name: str
    buses: tuple[Bus, ...]
    root: int
    branches: tuple[Branch, ...]
    injections: tuple[Injection, ...]
    problems: tuple[Problem, ...] = ()
    fused: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True)
class Supply:
    """A network by external grid, with what none of them supplies.

    Attributes
    ----------
    unsupplied
        At most one problem: the buses with customers that no external grid reaches.
    """

    feeders: tuple[Feeder, ...]
    unsupplied: tuple[Problem, ...]
    notes: tuple[Problem, ...]


def supply(network: Network) -> Supply:
    """Return what each external grid of a network supplies, cleaned up.

    Raises
    ------
    InputError
        If there is no external grid.
    """
    network, notes = _fuse(network)
    network = _merge_parallel(network)
    if not network.sources:
        raise InputError.of(network.name, "no external grid in service", "Put one at the point of common coupling.")
    around = _incidence(network)
    owner: dict[int, ExternalGrid] = {}
    found: dict[int, Feeder] = {}
    for source in network.sources:
        if source.bus in owner:
            first = owner[source.bus]
            problems = (*found[first.bus].problems, _two_sources(network, first, source))
            found[first.bus] = replace(found[first.bus], problems=problems)
            continue
        order, loops = _walk(network, around, source.bus)
        owner |= {source.bus: source} | {branch.to_bus: source for branch in order}
        reached = {source.bus, *(branch.to_bus for branch in order)}
        placed = tuple(item for item in network.injections if item.bus in reached)
        found[source.bus] = Feeder(
            source.name, network.buses, source.bus, tuple(order), placed, tuple(loops), network.fused
        )
    unsupplied, idle = _without_supply(network, set(owner))
    return Supply(tuple(found.values()), unsupplied, (*notes, *idle))


def cut(feeder: Feeder, root: int, first: int | None = None) -> Feeder:
    """Return what bus ``root`` feeds; with ``first``, only what it feeds through its neighbour ``first``."""
    kept = {root}
    branches = []
    for branch in feeder.branches:
        wanted = branch.from_bus != root or first is None or branch.to_bus == first
        if branch.from_bus in kept and wanted:
            kept.add(branch.to_bus)
            branches.append(branch)
    # A customer at the root stays where it is fed by the busbar and not through the feeder that was asked for.
    inside = kept if first is None else kept - {root}
    placed = tuple(item for item in feeder.injections if item.bus in inside)
    return replace(feeder, root=root, branches=tuple(branches), injections=placed)


def _fuse(network: Network) -> tuple[Network, list[Problem]]:
    """Join buses connected by closed switches; the first of each cluster gives its name."""
    leader = list(range(len(network.buses)))

    def find(bus: int) -> int:
        while leader[bus] != bus:
            leader[bus] = leader[leader[bus]]
            bus = leader[bus]
        return bus

    for one, other in network.fused:
        low, high = sorted((find(one), find(other)))
        leader[high] = low
    buses = list(network.buses)
    for bus in range(len(buses)):
        if find(bus) != bus:
            band = _intersection(buses[find(bus)].voltage_band_pu, buses[bus].voltage_band_pu)
            place = buses[find(bus)].place or buses[bus].place
            buses[find(bus)] = replace(buses[find(bus)], voltage_band_pu=band, place=place)
    notes = []
    branches = []
    for branch in network.branches:
        moved = replace(branch, from_bus=find(branch.from_bus), to_bus=find(branch.to_bus))
        if moved.from_bus == moved.to_bus:
            notes.append(warning(branch.name, "is bridged by a closed switch, so it was dropped", "None needed."))
        else:
            branches.append(moved)
    fused = replace(
        network,
        buses=tuple(buses),
        branches=tuple(branches),
        injections=tuple(replace(item, bus=find(item.bus)) for item in network.injections),
        sources=_merged_sources([replace(source, bus=find(source.bus)) for source in network.sources]),
        fused=tuple((bus, find(bus)) for bus in range(len(buses)) if find(bus) != bus),
    )
    return fused, notes


def _merged_sources(sources: Sequence[ExternalGrid]) -> tuple[ExternalGrid, ...]:
    """Return one external grid per bus."""
    first: dict[int, ExternalGrid] = {}
    for source in sources:
        first.setdefault(source.bus, source)
    return tuple(first.values())


def _intersection(one: Band | None, other: Band | None) -> Band | None:
    if one is None or other is None:
        return one or other
    return max(one[0], other[0]), min(one[1], other[1])


def _merge_parallel(network: Network) -> Network:
    """Replace branches between the same two buses by one equivalent."""
    between: dict[frozenset[int], list[Branch]] = defaultdict(list)
    for branch in network.branches:
        between[frozenset((branch.from_bus, branch.to_bus))].append(branch)
    return replace(network, branches=tuple(_parallel(group) for group in between.values()))


def _parallel(group: Sequence[Branch]) -> Branch:
    """Return the equivalent of parallel branches.

    ``1/z = sum 1/z_i``, and branch ``i`` carries the share ``z / z_i`` of the current; the first to reach its
    rating limits them all: ``min_i rating_i |z_i| / |z|``. For equal branches that is the sum of the ratings.
    """
    if len(group) == 1:
        return group[0]
    kv = group[0].kv
    z = [complex(branch.r_ohm, branch.x_ohm) * (kv / branch.kv) ** 2 for branch in group]
    name = " + ".join(branch.name for branch in group)
    if any(value == 0 for value in z):
        # They take the whole current; where there are several its division is undefined: equal shares, as if equal.
        ratings = [branch.rating_mva for branch, value in zip(group, z, strict=True) if value == 0]
        known = [rating for rating in ratings if rating is not None]
        joint_rating = len(known) * min(known) if len(known) == len(ratings) else None
        return replace(group[0], name=name, r_ohm=0.0, x_ohm=0.0, rating_mva=joint_rating)
    joint = 1 / sum(1 / value for value in z)
    limits = [abs(value / joint) * (branch.rating_mva or 0.0) for branch, value in zip(group, z, strict=True)]
    rating = None if any(branch.rating_mva is None for branch in group) else min(limits)
    return replace(group[0], name=name, r_ohm=joint.real, x_ohm=joint.imag, rating_mva=rating)


def _incidence(network: Network) -> dict[int, list[int]]:
    around: dict[int, list[int]] = defaultdict(list)
    for position, branch in enumerate(network.branches):
        around[branch.from_bus].append(position)
        around[branch.to_bus].append(position)
    return around


def _walk(network: Network, around: Mapping[int, list[int]], root: int) -> tuple[list[Branch], list[Problem]]:
    """Return the branches reached from ``root``, oriented away from it, and a problem per loop."""
    above: dict[int, Branch] = {}
    used: dict[int, Branch] = {}
    queue = [root]
    for bus in queue:
        for position in around[bus]:
            branch = network.branches[position]
            other = branch.to_bus if branch.from_bus == bus else branch.from_bus
            if position not in used and other != root and other not in above:
                above[other] = used[position] = replace(branch, from_bus=bus, to_bus=other)
                queue.append(other)
    # A branch outside the spanning tree closes exactly one loop with it.
    chords = sorted({position for bus in queue for position in around[bus]} - set(used))
    loops = [_loop(network, above, network.branches[position]) for position in chords[:MAX_LOOPS]]
    if len(chords) > MAX_LOOPS:
        message = f"has {len(chords) - MAX_LOOPS} more loops"
        loops.append(Problem(network.name, message, "A radial grid has none; is this a meshed one?"))
    return list(used.values()), loops


def _path(above: Mapping[int, Branch], bus: int) -> list[Branch]:
    """Return the branches from ``bus`` up to the root."""
    path = []
    while bus in above:
        path.append(above[bus])
        bus = above[bus].from_bus
    return path


def _loop(network: Network, above: Mapping[int, Branch], closing: Branch) -> Problem:
    one, other = _path(above, closing.from_bus), _path(above, closing.to_bus)
    while one and other and one[-1].to_bus == other[-1].to_bus:
        one.pop()
        other.pop()
    lines = [closing.name, *(branch.name for branch in other), *(branch.name for branch in reversed(one))]
    return Problem(
        network.name,
        f"is not radial: {len(lines)} branches form a loop: {' - '.join(lines)}",
        "Open one of them (a switch, or out of service) and import again.",
    )


def _two_sources(network: Network, one: ExternalGrid, other: ExternalGrid) -> Problem:
    return Problem(
        network.name,
        f"is not radial: the external grids {one.name!r} and {other.name!r} feed the same part",
        "Open a line between them, or take one of them out of service.",
    )


def _without_supply(network: Network, supplied: set[int]) -> tuple[tuple[Problem, ...], tuple[Problem, ...]]:
    """Return the problem of customers without supply, and a note on the other buses without."""
    shadow = {bus for bus, _ in network.fused}
    dark = [bus for bus in range(len(network.buses)) if bus not in supplied and bus not in shadow]
    customers = {item.bus for item in network.injections}
    lost = [network.buses[bus].name for bus in dark if bus in customers]
    idle = [network.buses[bus].name for bus in dark if bus not in customers]
    message = f"{len(lost)} buses with loads or generation have no supply: {some_of(lost, 8)}"
    remedy = "Close the switch that feeds them, or take their loads out of service."
    problem = Problem(network.name, message, remedy)
    note = f"{len(idle)} buses without supply and without customers were dropped: {some_of(idle, 8)}"
    remark = warning(network.name, note, "None needed, unless they should be supplied.")
    return (problem,) if lost else (), (remark,) if idle else ()
