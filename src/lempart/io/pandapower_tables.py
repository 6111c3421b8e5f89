"""A pandapower net's tables, one by one, into the neutral :class:`~lempart.io.network.Network`.

A net is never changed, and pandapower itself isn't needed here: the tables are enough.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from lempart.case.flexibility import Battery
from lempart.errors import InputError, Problem
from lempart.io.network import Band, Branch, Bus, Injection, Network, Source, some, unique_names, warning
from lempart.io.network_places import point_of
from lempart.typing import ComplexArray

PLACEHOLDER_KA = 100.0
"""No conductor of a distribution grid carries this: ``max_i_ka`` from here on (case33bw: 99999) isn't a rating."""

UNSUPPORTED = (
    "trafo3w",
    "impedance",
    "shunt",
    "ward",
    "xward",
    "dcline",
    "motor",
    "svc",
    "ssc",
    "tcsc",
    "vsc",
    "b2b_vsc",
    "bus_dc",
    "line_dc",
    "load_dc",
    "source_dc",
)
"""Tables whose rows carry power and have no counterpart: refused unless the user says to ignore them."""


class Profiles(Protocol):
    """Where the powers of loads and generators come from."""

    @property
    def step_hours(self) -> float:
        """Return the length of a step."""
        ...

    def power(self, table: str, row: Any) -> tuple[ComplexArray, ComplexArray]:
        """Return forecast and realisation of a row, MW and Mvar with the table's own sign, shape ``(steps,)``."""
        ...


@dataclass(frozen=True)
class Snapshot:
    """One step: the powers in the net's own tables."""

    net: Any
    step_hours: float = 1.0

    def power(self, table: str, row: Any) -> tuple[ComplexArray, ComplexArray]:
        """Return the row's ``(p_mw + j q_mvar) x scaling``, forecast and realisation alike."""
        del table
        phases = ["_a", "_b", "_c"] if hasattr(row, "p_a_mw") else [""]
        p = sum(getattr(row, f"p{phase}_mw") for phase in phases)
        q = sum(_number(row, f"q{phase}_mvar", 0.0) for phase in phases)
        values = np.array([complex(p, q) * _number(row, "scaling", 1.0)])
        return values, values


def network_of(net: Any, profiles: Profiles, ignore: Collection[str] = ()) -> Network:
    """Return everything in service in ``net``; ``ignore`` names tables to leave out.

    Raises
    ------
    InputError
        Naming all elements that have no counterpart.
    """
    return _Reader(net, profiles, frozenset(ignore)).network()


class _Reader:
    """The tables of one net, with bus numbers turned into positions."""

    def __init__(self, net: Any, profiles: Profiles, ignore: frozenset[str]) -> None:
        self.net = net
        self.profiles = profiles
        self.ignore = ignore
        self.rows = list(net.bus[net.bus.in_service.astype(bool)].itertuples())
        self.place = {row.Index: place for place, row in enumerate(self.rows)}

    def network(self) -> Network:
        self._refuse_unsupported()
        return Network(
            name=str(getattr(self.net, "name", "") or "imported"),
            buses=tuple(self._buses()),
            branches=(*self._lines(), *self._transformers()),
            injections=tuple(self._injections()),
            sources=tuple(self._sources()),
            fused=tuple(self._fused()),
            step_hours=self.profiles.step_hours,
            notes=tuple(_notes(self)),
        )

    def active(self, table: str, *bus_columns: str) -> list[Any]:
        """Return the rows of a table that are in service, at buses that are."""
        if table in self.ignore or not len(self.net.get(table, ())):
            return []
        rows = self.net[table].itertuples()
        live = [row for row in rows if bool(getattr(row, "in_service", True))]
        return [row for row in live if all(getattr(row, column) in self.place for column in bus_columns)]

    def _refuse_unsupported(self) -> None:
        problems = []
        for table in UNSUPPORTED:
            rows = self.active(table)
            if rows:
                names = some([_label(table, row) for row in rows])
                message = f"{len(rows)} elements have no counterpart in a radial LinDistFlow case: {names}"
                remedy = f"Replace them, or leave them out with ignore_elements=({table!r},)."
                problems.append(Problem(f"net.{table}", message, remedy))
        if problems:
            raise InputError(problems)

    def _buses(self) -> Iterator[Bus]:
        names = unique_names([_name(row) for row in self.rows], [f"bus {row.Index}" for row in self.rows])
        for row, name in zip(self.rows, names, strict=True):
            yield Bus(name, float(row.vn_kv), _band(row), point_of(getattr(row, "geo", None)))

    def _open(self, kind: str) -> set[Any]:
        """Return the elements of a kind (``l`` or ``t``) with an open switch at either end."""
        return {row.element for row in self.active("switch") if row.et == kind and not row.closed}

    def _fused(self) -> Iterator[tuple[int, int]]:
        for row in self.active("switch"):
            if row.et == "b" and row.closed and row.bus in self.place and row.element in self.place:
                yield self.place[row.bus], self.place[row.element]

    def _lines(self) -> Iterator[Branch]:
        cut = self._open("l")
        for row in self.active("line", "from_bus", "to_bus"):
            if row.Index in cut:
                continue
            kv = self.rows[self.place[row.from_bus]].vn_kv
            length = row.length_km / row.parallel
            current = _number(row, "max_i_ka", math.nan)
            rated = 0 < current < PLACEHOLDER_KA
            yield Branch(
                name=_label("line", row),
                from_bus=self.place[row.from_bus],
                to_bus=self.place[row.to_bus],
                r_ohm=row.r_ohm_per_km * length,
                x_ohm=row.x_ohm_per_km * length,
                kv=float(kv),
                rating_mva=math.sqrt(3) * kv * current * _number(row, "df", 1.0) * row.parallel if rated else None,
            )

    def _transformers(self) -> Iterator[Branch]:
        cut = self._open("t")
        for row in self.active("trafo", "hv_bus", "lv_bus"):
            if row.Index in cut:
                continue
            # Short-circuit impedance in ohms at the low-voltage side: vk% of vn_lv^2 / sn.
            base_ohm = row.vn_lv_kv**2 / (row.sn_mva * row.parallel)
            resistance = row.vkr_percent / 100
            yield Branch(
                name=_label("trafo", row),
                from_bus=self.place[row.hv_bus],
                to_bus=self.place[row.lv_bus],
                r_ohm=resistance * base_ohm,
                x_ohm=math.sqrt(max((row.vk_percent / 100) ** 2 - resistance**2, 0.0)) * base_ohm,
                kv=float(row.vn_lv_kv),
                rating_mva=row.sn_mva * _number(row, "df", 1.0) * row.parallel,
            )

    def _sources(self) -> Iterator[Source]:
        rows = [("ext_grid", row) for row in self.active("ext_grid", "bus")]
        rows += [("gen", row) for row in self.active("gen", "bus") if bool(getattr(row, "slack", False))]
        names = unique_names([_name(row) for _, row in rows], [f"{table} {row.Index}" for table, row in rows])
        for (_, row), name in zip(rows, names, strict=True):
            yield Source(name, self.place[row.bus])

    def _injections(self) -> Iterator[Injection]:
        rows: list[tuple[str, Any]] = []
        for table in ("load", "asymmetric_load", "sgen", "asymmetric_sgen", "gen", "storage"):
            rows += [(table, row) for row in self.active(table, "bus") if not bool(getattr(row, "slack", False))]
        names = unique_names([_name(row) for _, row in rows], [f"{table} {row.Index}" for table, row in rows])
        for (table, row), name in zip(rows, names, strict=True):
            forecast, actual = self.profiles.power(table, row)
            sign = -1 if table in ("load", "asymmetric_load", "storage") else 1
            battery = (_battery(row, name),) if table == "storage" else ()
            share = 0 if battery else sign
            place = self.place[row.bus]
            yield Injection(name, place, "load" in table, share * forecast, share * actual, battery)


def _battery(row: Any, name: str) -> Battery:
    """Return a storage unit as a battery without running cost; its own schedule is dropped."""
    bounds = [abs(value) for key in ("min_p_mw", "max_p_mw") if (value := _number(row, key, math.nan)) == value]
    power = max(bounds, default=_number(row, "sn_mva", math.nan))
    energy = _number(row, "max_e_mwh", math.nan)
    if not (power > 0 and energy > 0):
        message = "the storage has no power (max_p_mw, min_p_mw or sn_mva) or no capacity (max_e_mwh)"
        raise InputError.of(name, message, "Fill them in, or leave storages out with ignore_elements=('storage',).")
    soc = _number(row, "soc_percent", math.nan)
    return Battery(power, energy, initial_soc=soc / 100 if soc == soc else 0.5)


def _notes(reader: _Reader) -> Iterator[Problem]:
    """Say what a case can't carry, where the net has it."""
    for row in reader.active("ext_grid", "bus"):
        if abs(row.vm_pu - 1) > 1e-9:
            message = f"is held at {row.vm_pu} p.u.; a case has its PCC at 1.0, and voltage bands count from there"
            yield warning(_label("ext_grid", row), message, "Shift the voltage band if that matters.")
    for row in reader.active("trafo", "hv_bus", "lv_bus"):
        if _number(row, "tap_pos", 0.0) != _number(row, "tap_neutral", 0.0):
            message = f"its tap position {row.tap_pos} is taken as neutral"
            yield warning(_label("trafo", row), message, "Shift the voltage band if that matters.")
    if any(_number(row, "max_loading_percent", 100.0) != 100.0 for row in reader.active("line")):
        message = "max_loading_percent was not applied; ratings are thermal"
        yield warning("net.line", message, "Edit the lines of the case if its planning limit is lower.")
    if [row for row in reader.active("gen", "bus") if not bool(getattr(row, "slack", False))]:
        message = "generators keep their active power; their voltage control is not modelled (Q = 0)"
        yield warning("net.gen", message, "Give them an inverter in the case if they may control Q.")
    if reader.active("asymmetric_load") or reader.active("asymmetric_sgen"):
        yield warning("net.asymmetric_load", "the three phases were added up", "None: a case is balanced.")
    if any(_number(row, "z_ohm", 0.0) > 0 for row in reader.active("switch") if row.et == "b"):
        yield warning("net.switch", "closed bus-bus switches were taken as free of impedance", "None needed.")
    if reader.active("storage"):
        message = "storages became batteries without running cost, their own schedules were dropped"
        yield warning("net.storage", message, "Edit their cost_per_mwh in the case.")


def _band(row: Any) -> Band | None:
    low, high = _number(row, "min_vm_pu", math.nan), _number(row, "max_vm_pu", math.nan)
    return (low, high) if low == low and high == high else None


def _name(row: Any) -> str:
    name = getattr(row, "name", None)
    return name if isinstance(name, str) else "" if name is None or name != name else str(name)


def _label(table: str, row: Any) -> str:
    return _name(row).strip() or f"{table} {row.Index}"


def _number(row: Any, field: str, default: float) -> float:
    """Return a column that older or leaner nets lack, or that is empty in this row."""
    try:
        value = float(getattr(row, field, default))
    except TypeError:
        return default
    return default if math.isnan(value) else value
