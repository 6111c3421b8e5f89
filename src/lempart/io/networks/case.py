"""From a radial part of a network to a case: limits asked for, prosumers formed, market filled in."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from lempart.case import Case, CaseFields, Grid, Horizon, Line, Market, Prosumer, Scenario, check
from lempart.case.prices import IMPORT_AND_EXPORT, PRICE_AND_TAX
from lempart.errors import InputError, Problem
from lempart.io.networks.network import (
    DEFAULT_MARKET,
    FURTHER_ENTRIES,
    MARKET_SOURCE,
    Band,
    Branch,
    Bus,
    Imported,
    ImportOptions,
    Injection,
    Network,
    warning,
)
from lempart.io.networks.places import likely_coordinates, placed_nodes
from lempart.io.networks.prosumers import joined, prosumers, require_players
from lempart.io.networks.tree import Feeder, cut, supply
from lempart.text import some_of

MANY_PLAYERS = 12
"""Above this many players a note says that exhaustive search takes long (Bell(12) is four million)."""

NO_LIMIT: Band = (0.0, math.inf)


def cases(network: Network, options: ImportOptions) -> list[Imported]:
    """Return a case per external grid of ``network``.

    Raises
    ------
    InputError
        Naming every loop, island with customers, line without rating, bus without voltage band, unknown name.
    """
    filled = _filled(network, options)
    found = supply(filled)
    chosen = [kept for part in found.feeders if (kept := _chosen(part, options)) is not None]
    if not chosen:
        wanted = options.feeder or options.root
        raise InputError.of(network.name, f"no supplied bus is called {wanted!r}", "Use a bus name of the source.")
    cut_out = options.root is not None or options.feeder is not None
    problems = [problem for part in chosen for problem in part.problems]
    problems += [] if cut_out else found.unsupplied
    if problems:
        raise InputError(problems)
    problems = [problem for part in chosen for problem in _missing_limits(part, _name(part, network, options, chosen))]
    if problems:
        raise InputError(problems)
    shared = (*network.notes, *found.notes, *_unused(network, options))
    with_customers = [part for part in chosen if part.injections]
    if not with_customers:
        raise InputError.of(network.name, "has no load or generator in service", "A case needs at least one.")
    # Customers right at an external grid use no grid; where they are all there is, the case's own rules say so.
    served = [part for part in with_customers if part.branches] or with_customers
    shared = (*shared, *(_without_lines(part) for part in with_customers if part not in served))
    people = [prosumers(part, options) for part in served]
    require_players([person.name for persons, _ in people for person in persons], options)
    shared = (*shared, *(note for part in served for note in joined(part, options)))
    return [
        _case(_name(part, network, options, served), part, *who, filled.step_hours, options.market, shared)
        for part, who in zip(served, people, strict=True)
    ]


def _without_lines(part: Feeder) -> Problem:
    names = some_of([item.name for item in part.injections], 8)
    message = f"this external grid feeds no line, so its bus was left out, with its loads and generators: {names}"
    return warning(part.name, message, "None needed, unless a line or switch should be closed.")


def _name(part: Feeder, network: Network, options: ImportOptions, parts: Sequence[Feeder]) -> str:
    """Return the name of a part's case; several are told apart by their external grid."""
    name = options.name or network.name
    return f"{name} {part.name}" if len(parts) > 1 else name


def _filled(network: Network, options: ImportOptions) -> Network:
    """Return the network with the user's limits where the source has none."""
    rating = math.inf if options.rating_mva == "unlimited" else options.rating_mva
    band = NO_LIMIT if options.voltage_band_pu == "unlimited" else options.voltage_band_pu
    return replace(
        network,
        branches=tuple(
            branch if branch.rating_mva is not None else replace(branch, rating_mva=rating)
            for branch in network.branches
        ),
        buses=tuple(
            bus if bus.voltage_band_pu is not None else replace(bus, voltage_band_pu=band) for bus in network.buses
        ),
    )


def _unused(network: Network, options: ImportOptions) -> list[Problem]:
    """Return notes on limits that were given and had nothing to replace."""
    notes = []
    if options.rating_mva is not None and all(branch.rating_mva is not None for branch in network.branches):
        message = f"{options.rating_mva} was not used: every line of the source has its own rating"
        notes.append(warning("rating_mva", message, "Edit the case's lines to change them."))
    if options.voltage_band_pu is not None and all(bus.voltage_band_pu is not None for bus in network.buses):
        message = f"{options.voltage_band_pu} was not used: every bus of the source has its own band"
        notes.append(warning("voltage_band_pu", message, "Edit grid.voltage_band_pu of the case to change it."))
    return notes


def _chosen(part: Feeder, options: ImportOptions) -> Feeder | None:
    """Return what ``root`` and ``feeder`` keep of a part; None where it has no such bus."""
    above = {branch.to_bus: branch.from_bus for branch in part.branches}
    inside = {part.root, *above}
    place = {part.buses[bus].name: leader for bus, leader in part.fused if leader in inside}
    place |= {part.buses[bus].name: bus for bus in inside}
    wanted = [name for name in (options.root, options.feeder) if name is not None]
    if any(name not in place for name in wanted):
        return None
    root = part.root if options.root is None else place[options.root]
    part = cut(part, root)
    if options.feeder is None:
        return part
    first = place[options.feeder]
    if first == root or all(branch.to_bus != first for branch in part.branches):
        message = f"{options.feeder!r} is not fed from {part.buses[root].name!r}"
        raise InputError.of("feeder", message, "Name a bus below the PCC.")
    return cut(part, above[first], first)


def _missing_limits(part: Feeder, name: str) -> list[Problem]:
    """Return what the source doesn't say and the user has to."""
    unrated = [branch.name for branch in part.branches if branch.rating_mva is None]
    unbanded = [
        part.buses[branch.to_bus].name for branch in part.branches if part.buses[branch.to_bus].voltage_band_pu is None
    ]
    problems = []
    if unrated:
        message = f"{len(unrated)} lines have no rating, or a placeholder: {some_of(unrated, 8)}"
        remedy = "Say what to take: rating_mva=NUMBER or rating_mva='unlimited' (--rating-mva)."
        problems.append(Problem(name, message, remedy))
    if unbanded:
        message = f"{len(unbanded)} buses have no voltage band: {some_of(unbanded, 8)}"
        remedy = "Say what to take: voltage_band_pu=(0.95, 1.05) or 'unlimited' (--voltage-band)."
        problems.append(Problem(name, message, remedy))
    return problems


def _case(
    name: str,
    part: Feeder,
    people: Sequence[Prosumer],
    injections: Sequence[Injection],
    step_hours: float,
    entries: Mapping[str, Any],
    notes: Sequence[Problem],
) -> Imported:
    steps = len(injections[0].forecast)
    market, market_note = _market(entries, steps)
    # The record's rules run twice: here for the warnings, which a valid case keeps to itself.
    fields = CaseFields(
        name=name,
        horizon=Horizon(steps, step_hours),
        market=market,
        grid=_grid(part),
        prosumers=tuple(people),
        scenario=Scenario(
            forecast=np.array([item.forecast for item in injections]),
            realization=np.array([item.actual for item in injections]),
        ),
    )
    case = Case(**{key: getattr(fields, key) for key in CaseFields.__dataclass_fields__})
    return Imported(case, (*notes, *market_note, *_many_players(case), *check(case)))


def _grid(part: Feeder) -> Grid:
    """Return the part's grid; all impedances referred to the PCC's voltage level."""
    base_kv = part.buses[part.root].kv
    bands = Counter(_band(part.buses[branch.to_bus]) for branch in part.branches)
    common = None if None in bands or not bands else bands.most_common(1)[0][0]
    nodes = placed_nodes([part.buses[part.root], *(part.buses[branch.to_bus] for branch in part.branches)])
    return Grid(
        pcc=part.buses[part.root].name,
        base_kv=base_kv,
        nodes=nodes,
        coordinates=likely_coordinates(nodes),
        lines=tuple(_line(part, branch, base_kv, common) for branch in part.branches),
        voltage_band_pu=common,
    )


def _band(bus: Bus) -> Band | None:
    return None if bus.voltage_band_pu == NO_LIMIT else bus.voltage_band_pu


def _line(part: Feeder, branch: Branch, base_kv: float, common: Band | None) -> Line:
    scale = (base_kv / branch.kv) ** 2
    band = _band(part.buses[branch.to_bus])
    rating = branch.rating_mva
    return Line(
        from_node=part.buses[branch.from_bus].name,
        to_node=part.buses[branch.to_bus].name,
        r_ohm=branch.r_ohm * scale,
        x_ohm=branch.x_ohm * scale,
        rating_mva=None if rating == math.inf else rating,
        voltage_band_pu=None if band == common else band,
    )


def _market(given: Mapping[str, Any], steps: int) -> tuple[Market, list[Problem]]:
    """Return the market with defaults where the user is silent, and a note that lists them."""
    unknown = sorted(set(given) - set(DEFAULT_MARKET) - set(FURTHER_ENTRIES))
    if unknown:
        raise InputError.of(
            "market",
            f"has no entry {some_of(unknown, 8)}",
            f"The entries are {', '.join((*DEFAULT_MARKET, *FURTHER_ENTRIES))}.",
        )
    instead = PRICE_AND_TAX if any(name in given for name in IMPORT_AND_EXPORT) else ()
    default = {key: value for key, value in DEFAULT_MARKET.items() if key not in instead}
    entries: dict[str, Any] = {**default, **given}
    series = (
        *PRICE_AND_TAX,
        *IMPORT_AND_EXPORT,
        "co2_kg_per_mwh",
        "reactive_price_per_mvarh",
        "imbalance_penalty_per_mwh",
    )
    for key in series:
        if key in entries and np.ndim(entries[key]) == 0:
            entries[key] = np.full(steps, entries[key])
    market = Market(**entries)
    silent = [f"{key} = {value}" for key, value in default.items() if key not in given]
    message = f"taken by default, not from the network ({MARKET_SOURCE}): {', '.join(silent)}"
    return market, [warning("market", message, "Edit [market] of the case.")] if silent else []


def _many_players(case: Case) -> list[Problem]:
    players = sum(person.player for person in case.prosumers)
    if players <= MANY_PLAYERS:
        return []
    message = f"{players} players: an exhaustive search over their partitions takes very long"
    return [warning("prosumers", message, "Name the players (players=...), or use a faster search.")]
