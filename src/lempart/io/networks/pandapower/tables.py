"""A pandapower net's tables, one by one, into the neutral :class:`~lempart.io.networks.network.Network`.

A net is never changed, and pandapower itself isn't needed here: the tables are enough.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from lempart.errors import InputError
from lempart.io.networks.network import Branch, Bus, ExternalGrid, Injection, Network, stated_band, unique_names
from lempart.io.networks.pandapower.notes import notes_of
from lempart.io.networks.pandapower.rows import Element, Tables
from lempart.io.networks.pandapower.service import InService
from lempart.io.networks.pandapower.storage import battery_of
from lempart.io.networks.places import point_of
from lempart.typing import ComplexArray

PLACEHOLDER_KA = 100.0
"""No conductor of a distribution grid carries this: ``max_i_ka`` from here on (case33bw: 99999) isn't a rating."""
BY_PHASE = ("asymmetric_load", "asymmetric_sgen")
CUSTOMERS = ("load", "asymmetric_load", "sgen", "asymmetric_sgen", "gen", "storage")
DRAWING = ("load", "asymmetric_load", "storage")
"""Tables whose powers are positive where they draw."""


class PowerProfiles(Protocol):
    """Where the powers of loads and generators come from."""

    @property
    def step_hours(self) -> float:
        """Return the length of a step."""
        ...

    def power(self, row: Element) -> tuple[ComplexArray, ComplexArray]:
        """Return forecast and realisation of a row, MW and Mvar with the table's own sign, shape ``(steps,)``."""
        ...


@dataclass(frozen=True)
class Snapshot:
    """One step: the powers in the net's own tables."""

    step_hours: float = 1.0

    def power(self, row: Element) -> tuple[ComplexArray, ComplexArray]:
        """Return the row's ``(p_mw + j q_mvar) x scaling``, forecast and realisation alike."""
        phases = ["_a", "_b", "_c"] if row.table in BY_PHASE else [""]
        p = sum(row.number(f"p{phase}_mw") for phase in phases)
        q = sum(row.number(f"q{phase}_mvar", 0.0) for phase in phases)
        values = np.array([complex(p, q) * row.number("scaling", 1.0)])
        return values, values


def network_of(tables: Tables, profiles: PowerProfiles, ignore: Collection[str] = ()) -> Network:
    """Return everything in service in a net; ``ignore`` names tables to leave out.

    Raises
    ------
    InputError
        Naming all elements that have no counterpart, or every value that can't be used.
    """
    net = InService(tables, frozenset(ignore))
    net.require_counterparts()
    network = Network(
        name=tables.name.strip() or "imported",
        buses=tuple(_buses(net)),
        branches=(*_lines(net), *_transformers(net)),
        injections=tuple(_injections(net, profiles)),
        sources=tuple(_sources(net)),
        fused=tuple(_fused(net)),
        step_hours=profiles.step_hours,
        notes=tuple(notes_of(net, profiles_read=not isinstance(profiles, Snapshot))),
    )
    if tables.problems:
        raise InputError(list(tables.problems))
    return network


def _kv(row: Element) -> float:
    return row.number("vn_kv", positive=True)


def _buses(net: InService) -> Iterator[Bus]:
    names = unique_names([row.name for row in net.buses], [f"bus {row.index}" for row in net.buses])
    drawn = {row.index: [row.values.get("x"), row.values.get("y")] for row in net.tables.rows("bus_geodata")}
    for row, name in zip(net.buses, names, strict=True):
        band = stated_band(row.number("min_vm_pu", math.nan), row.number("max_vm_pu", math.nan))
        place = point_of(row.values.get("geo")) or point_of({"coordinates": drawn.get(row.index)})
        yield Bus(name, _kv(row), band, place)


def _fused(net: InService) -> Iterator[tuple[int, int]]:
    for row in net.switches("b"):
        ends = [net.place.get(row.reference(column)) for column in ("bus", "element")]
        if row.flag("closed", True) and ends[0] is not None and ends[1] is not None:
            yield ends[0], ends[1]


def _lines(net: InService) -> Iterator[Branch]:
    cut = net.open_at("l")
    for row in net.active("line"):
        if row.index in cut:
            continue
        start, end = net.at(row)
        kv = _kv(net.buses[start])
        parallel = row.number("parallel", 1.0, positive=True)
        length = row.number("length_km") / parallel
        current = row.number("max_i_ka", 0.0, limit=math.inf)
        rated = 0 < current < PLACEHOLDER_KA
        yield Branch(
            name=row.label,
            from_bus=start,
            to_bus=end,
            r_ohm=row.number("r_ohm_per_km") * length,
            x_ohm=row.number("x_ohm_per_km") * length,
            kv=kv,
            rating_mva=math.sqrt(3) * kv * current * row.number("df", 1.0) * parallel if rated else None,
        )


def _transformers(net: InService) -> Iterator[Branch]:
    cut = net.open_at("t")
    for row in net.active("trafo"):
        if row.index in cut:
            continue
        start, end = net.at(row)
        level, rated = row.number("vn_lv_kv", positive=True), row.number("sn_mva", positive=True)
        parallel = row.number("parallel", 1.0, positive=True)
        # Short-circuit impedance in ohms at the low-voltage side: vk% of vn_lv^2 / sn.
        base_ohm = level**2 / (rated * parallel)
        resistance, impedance = row.number("vkr_percent") / 100, row.number("vk_percent") / 100
        yield Branch(
            name=row.label,
            from_bus=start,
            to_bus=end,
            r_ohm=resistance * base_ohm,
            x_ohm=math.sqrt(max(impedance**2 - resistance**2, 0.0)) * base_ohm,
            kv=level,
            rating_mva=rated * row.number("df", 1.0) * parallel,
        )


def _sources(net: InService) -> Iterator[ExternalGrid]:
    rows = [*net.active("ext_grid"), *(row for row in net.active("gen") if row.flag("slack", False))]
    names = unique_names([row.name for row in rows], [f"{row.table} {row.index}" for row in rows])
    for row, name in zip(rows, names, strict=True):
        yield ExternalGrid(name, net.at(row)[0])


def _injections(net: InService, profiles: PowerProfiles) -> Iterator[Injection]:
    rows = [row for table in CUSTOMERS for row in net.active(table) if not row.flag("slack", False)]
    names = unique_names([row.name for row in rows], [f"{row.table} {row.index}" for row in rows])
    for row, name in zip(rows, names, strict=True):
        forecast, actual = profiles.power(row)
        battery = battery_of(row) if row.table == "storage" else None
        # A battery's own schedule is dropped: it is what will be found.
        share = 0 if battery is not None else -1 if row.table in DRAWING else 1
        own = () if battery is None else (battery,)
        yield Injection(name, net.at(row)[0], "load" in row.table, share * forecast, share * actual, own)
