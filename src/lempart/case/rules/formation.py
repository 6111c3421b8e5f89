"""Rules on rules: which markets may form, and what of the prosumers that needs to be known."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lempart.case.market_rules import PRESETS
from lempart.case.records import CaseFields, Prosumer
from lempart.case.rules.rule import rule, warning
from lempart.case.rules.walk import at_prosumer
from lempart.case.where import quoted
from lempart.case.wording import Names
from lempart.errors import Problem
from lempart.text import some_of


@rule()
def preset_is_known(case: CaseFields) -> Iterator[Problem]:
    """Require a preset that there is."""
    name = case.rules.preset
    if name is not None and name not in PRESETS:
        yield Problem("rules.preset", f"there is no preset {quoted(name)}", Names(PRESETS).remedy(name))


@rule()
def rules_leave_something(case: CaseFields) -> Iterator[Problem]:
    """Require limits that are none below zero, and that two members can keep."""
    rules = case.rules
    for name, value in rules.given.items():
        if not isinstance(value, tuple) and value < 0:
            yield Problem(f"rules.{name}", f"negative ({value:g})", "Give a number >= 0, or leave it out.")
    if rules.min_production_share is not None and rules.min_production_share > 1:
        hint = f"Write {rules.min_production_share / 100:g} for {rules.min_production_share:g} %."
        yield Problem("rules.min_production_share", f"{rules.min_production_share:g} is more than 1", hint)
    least, most = rules.min_members, rules.max_members
    if most is not None and most < 2:
        message = f"{most}, so that no market may form"
        yield Problem("rules.max_members", message, "Give 2 or more, or leave it out.")
    elif least is not None and most is not None and least > most:
        message = f"{least} is more than max_members ({most}), so that no market may form"
        yield Problem("rules.min_members", message, "Exchange them, or correct one.")


@rule("prosumers")
def areas_are_known(case: CaseFields) -> Iterator[Problem]:
    """Require everyone's area where all members must share it; a preset's that nobody has is taken to be one."""
    players = _players(case)
    known = list(dict.fromkeys(level for one in case.prosumers for level, _ in one.areas))
    preset = case.rules.from_preset
    for level in case.rules.same:
        without = [one for one in players if level not in dict(one.areas)]
        if not without:
            continue
        if level not in known and preset is not None and level in preset.keys.get("same", ()):
            message = f"no prosumer has a column area_{level}: all are taken to share it"
            yield warning("rules.same", message, f"Add area_{level} if they don't.")
        elif level not in known:
            remedy = Names(known).remedy(level) if known else f"Add a column area_{level} to the prosumers."
            yield Problem("rules.same", f"no prosumer has a column area_{level}", remedy)
        else:
            yield _missing(f"area_{level}", without, "rules.same needs everyone's")


@rule("prosumers")
def capacities_are_known(case: CaseFields) -> Iterator[Problem]:
    """Require generation and connections where rules count them, and none below zero."""
    rules, players = case.rules, _players(case)
    needs: dict[str, list[str]] = {"generation_kw": [], "connection_kw": []}
    for name in ("min_producers", "min_production_share", "max_plant_kw"):
        if getattr(rules, name) is not None:
            needs["generation_kw"].append(name)
    if rules.min_production_share is not None:
        needs["connection_kw"].append("min_production_share")
    for column, asked in needs.items():
        without = [one for one in players if getattr(one, column) is None]
        if asked and without:
            yield _missing(column, without, f"rules.{asked[0]} needs everyone's")
        for one in case.prosumers:
            value = getattr(one, column)
            if value is not None and value < 0:
                yield Problem(f"{at_prosumer(one)}.{column}", f"negative ({value:g})", "Give it in kW, >= 0.")


@rule("prosumers", "grid.nodes", "grid.coordinates")
def places_are_known(case: CaseFields) -> Iterator[Problem]:
    """Require the places of everyone's bus, in a unit, where distances count."""
    if case.rules.max_distance_m is None:
        return
    if case.grid.coordinates == "schematic":
        message = "distances can't be measured on a drawing"
        remedy = 'Give the buses\' places, coordinates = "wgs84" or "metres", or leave rules.max_distance_m out.'
        yield Problem("grid.coordinates", message, remedy)
    placed = {node.name for node in case.grid.nodes}
    without = list(dict.fromkeys(one.node for one in _players(case) if one.node not in placed))
    if without:
        message = f"rules.max_distance_m needs the places of all buses with players: {some_of(without, 5)} have none"
        yield Problem("grid.nodes", message, "Add their x and y, or leave rules.max_distance_m out.")


@rule("prosumers")
def somebody_is_eligible(case: CaseFields) -> Iterator[Problem]:
    """Warn where nobody may join anything."""
    if _players(case) and not any(one.eligible for one in _players(case)):
        message = "nobody is eligible, so that no market may form"
        yield warning("prosumers.eligible", message, "Set eligible = true where a prosumer may join a market.")


def _players(case: CaseFields) -> list[Prosumer]:
    return [one for one in case.prosumers if one.player]


def _missing(column: str, without: Sequence[Prosumer], why: str) -> Problem:
    names = some_of([quoted(one.name) for one in without], 5)
    return Problem(
        f"prosumers.{column}", f"{why}: {names} {'has' if len(without) == 1 else 'have'} none", "Fill it in."
    )
