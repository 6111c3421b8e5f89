"""Who becomes a prosumer: the loads and generators of a radial part of a network, together or each alone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from lempart.case import Prosumer
from lempart.errors import InputError, Problem
from lempart.io.networks.network import ImportOptions, Injection, warning
from lempart.io.networks.tree import Feeder
from lempart.text import some_of


def prosumers(part: Feeder, options: ImportOptions) -> tuple[list[Prosumer], list[Injection]]:
    """Return prosumers and, in the same order, the sum of what each draws and feeds in."""
    groups: dict[tuple[int, int], list[Injection]] = defaultdict(list)
    first_load = {item.bus: place for place, item in reversed(list(enumerate(part.injections))) if item.load}
    for place, item in enumerate(part.injections):
        if options.prosumers == "bus":
            groups[item.bus, -1].append(item)
        elif item.load:
            groups[item.bus, place].insert(0, item)
        else:
            groups[item.bus, first_load.get(item.bus, place)].append(item)
    sums = []
    people = []
    for (bus, _), items in groups.items():
        node = part.buses[bus].name
        name = node if options.prosumers == "bus" else items[0].name
        forecast, actual = sum(item.forecast for item in items), sum(item.actual for item in items)
        own = tuple(kind for item in items for kind in item.flexibility)
        sums.append(Injection(name, bus, items[0].load, np.asarray(forecast), np.asarray(actual)))
        player = options.players is None or name in options.players
        people.append(Prosumer(name=name, node=node, player=player, flexibility=own))
    return people, sums


def joined(part: Feeder, options: ImportOptions) -> list[Problem]:
    """Return a note on generation that joined one of several loads at its bus: whose it is, the source doesn't say."""
    loads = defaultdict(list)
    for item in part.injections:
        if item.load:
            loads[item.bus].append(item.name)
    shared = [item for item in part.injections if not item.load and len(loads[item.bus]) > 1]
    if options.prosumers == "bus" or not shared:
        return []
    told = some_of([f"{item.name} joined {loads[item.bus][0]}" for item in shared], 8)
    message = f"several loads are at one bus, and generation or storage there joined the first: {told}"
    return [warning("prosumers", message, "Move it in the case, or take one prosumer per bus (prosumers='bus').")]


def require_players(names: Sequence[str], options: ImportOptions) -> None:
    """Raise ``InputError`` where a player is named whom nobody is called."""
    strangers = sorted(set(options.players or ()) - set(names))
    if strangers:
        message = f"no prosumer is called {some_of(strangers, 8)}"
        raise InputError.of("players", message, f"The names are {some_of(list(names), 8)}.")
