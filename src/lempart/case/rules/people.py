"""Rules on prosumers and on groups of them."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

from lempart.case.records import CaseFields
from lempart.case.rules.rule import duplicates, rule, warning
from lempart.case.rules.topology import buses
from lempart.case.rules.walk import at_prosumer
from lempart.case.where import indexed, quoted
from lempart.case.wording import Names, listed
from lempart.errors import Problem


@rule("prosumers")
def there_are_prosumers(case: CaseFields) -> Iterator[Problem]:
    """Require a prosumer."""
    if not case.prosumers:
        yield Problem("prosumers", "there is no prosumer", "Add at least one [[prosumers]].")


@rule("prosumers.player", "prosumers")
def there_are_players(case: CaseFields) -> Iterator[Problem]:
    """Require someone who is free to form a market."""
    if case.prosumers and not any(prosumer.player for prosumer in case.prosumers):
        message = "no prosumer is a player, so that there is nothing to partition"
        yield Problem("prosumers", message, "Set player = true where a prosumer may join a market.")


@rule()
def prosumer_names_are_unique(case: CaseFields) -> Iterator[Problem]:
    """Require that a name means one prosumer."""
    names = [prosumer.name for prosumer in case.prosumers]
    for index, first in duplicates(names):
        message = f"{quoted(names[index])} is also the name of {indexed('prosumers', first)}"
        yield Problem(f"{indexed('prosumers', index)}.name", message, "Give each prosumer a name of its own.")


@rule()
def names_are_readable(case: CaseFields) -> Iterator[Problem]:
    """Require names that aren't empty and hold nothing that can't be seen or written."""
    for where, name in _names(case):
        if not name.strip():
            yield Problem(where, "an empty name", "Give it a name.")
        elif any(unicodedata.category(sign) in ("Cc", "Cs") for sign in name):
            yield Problem(where, f"{quoted(name)} holds a control character", "Use letters, digits and signs.")
        elif name != name.strip():
            yield warning(where, f"{quoted(name)} begins or ends with a blank", "Remove it unless it is meant.")


def _names(case: CaseFields) -> Iterator[tuple[str, str]]:
    """Return every name in the case with its place."""
    yield "name", case.name
    yield "market.currency", case.market.currency
    yield "grid.pcc", case.grid.pcc
    for index, line in enumerate(case.grid.lines):
        yield f"{indexed('grid.lines', index)}.from", line.from_node
        yield f"{indexed('grid.lines', index)}.to", line.to_node
    for index, prosumer in enumerate(case.prosumers):
        yield f"{indexed('prosumers', index)}.name", prosumer.name
    for group in case.groups:
        yield indexed("players", group.name), group.name


@rule("grid.lines.from", "grid.lines.to")
def prosumers_are_at_buses(case: CaseFields) -> Iterator[Problem]:
    """Require that a prosumer's node is a bus. Several may share one: each gets a service edge of its own."""
    known = dict.fromkeys([*buses(case), case.grid.pcc])
    if not case.grid.lines:
        return
    names = Names(known)
    for prosumer in case.prosumers:
        if prosumer.node not in known:
            message = f"there is no bus {quoted(prosumer.node)} in the grid"
            yield Problem(f"{at_prosumer(prosumer)}.node", message, names.remedy(prosumer.node))


@rule("prosumers")
def members_are_players(case: CaseFields) -> Iterator[Problem]:
    """Require that a group's members are prosumers, and players."""
    player = {prosumer.name: prosumer.player for prosumer in case.prosumers}
    names = Names(player)
    for group in case.groups:
        for index, member in enumerate(group.members):
            place = indexed(indexed("players", group.name), index)
            if member not in player:
                message = f"there is no prosumer {quoted(member)}"
                yield Problem(place, message, names.remedy(member))
            elif not player[member]:
                message = f"{quoted(member)} is a regular customer (player = false), free to join nothing"
                yield Problem(place, message, "Remove it from the group, or make it a player.")


@rule()
def groups_have_members(case: CaseFields) -> Iterator[Problem]:
    """Require that a group isn't empty."""
    for group in case.groups:
        if not group.members:
            yield Problem(indexed("players", group.name), "a group without members", "Name some, or remove it.")


@rule()
def groups_are_disjoint(case: CaseFields) -> Iterator[Problem]:
    """Require that a prosumer moves with one group, and is named in it once."""
    group_of: dict[str, str] = {}
    for group in case.groups:
        for index, member in enumerate(group.members):
            if member in group_of:
                other = "this group" if group_of[member] == group.name else f"the group {quoted(group_of[member])}"
                message = f"{quoted(member)} is already in {other}"
                place = indexed(indexed("players", group.name), index)
                yield Problem(place, message, "Name each prosumer in one group, once.")
            group_of.setdefault(member, group.name)


@rule()
def group_names_are_unique(case: CaseFields) -> Iterator[Problem]:
    """Require that a name means one player: a group, or a prosumer."""
    names = [group.name for group in case.groups]
    prosumers = {prosumer.name for prosumer in case.prosumers}
    for index, _ in duplicates(names):
        message = f"two groups are called {quoted(names[index])}"
        yield Problem(indexed("players", names[index]), message, "Rename one of them.")
    clashing = [name for name in dict.fromkeys(names) if name in prosumers]
    for name in clashing:
        message = f"{listed([name])} is also the name of a prosumer"
        yield Problem(indexed("players", name), message, "Rename the group.")
