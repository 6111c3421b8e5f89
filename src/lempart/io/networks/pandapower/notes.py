"""What a pandapower net says and a case can't carry: one note each, with the elements' names."""

from __future__ import annotations

from collections.abc import Iterator

from lempart.errors import Problem
from lempart.io.networks.network import warning
from lempart.io.networks.pandapower.rows import Element
from lempart.io.networks.pandapower.service import InService
from lempart.io.networks.pandapower.storage import storage_notes
from lempart.text import some_of

SAME_RATIO = 1e-6
"""Relative difference up to which a transformer's ratio is that of its buses."""


def notes_of(net: InService, *, profiles_read: bool) -> Iterator[Problem]:
    """Yield notes on everything in service that was left out or taken for something else."""
    yield from net.left_out()
    for row in net.active("ext_grid"):
        held = row.number("vm_pu", 1.0)
        if abs(held - 1) > 1e-9:
            message = f"is held at {held:g} p.u.; a case has its PCC at 1.0, and voltage bands count from there"
            yield warning(row.label, message, "Shift the voltage band if that matters.")
    for row in net.active("trafo"):
        yield from _transformer(net, row)
    for table in ("line", "trafo"):
        limited = [row.label for row in net.active(table) if row.number("max_loading_percent", 100.0) != 100.0]
        if limited:
            message = f"max_loading_percent was not applied, ratings are thermal: {some_of(limited, 8)}"
            yield warning(f"net.{table}", message, "Edit the lines of the case if the planning limit is lower.")
    if any(not row.flag("slack", False) for row in net.active("gen")):
        message = "generators keep their active power; their voltage control is not modelled (Q = 0)"
        yield warning("net.gen", message, "Give them an inverter in the case if they may control Q.")
    if net.active("asymmetric_load") or net.active("asymmetric_sgen"):
        yield warning("net.asymmetric_load", "the three phases were added up", "None: a case is balanced.")
    if any(row.number("z_ohm", 0.0) > 0 for row in net.switches("b")):
        yield warning("net.switch", "closed bus-bus switches were taken as free of impedance", "None needed.")
    for row in net.active("storage"):
        yield from storage_notes(row)
    yield from _flexible(net)
    yield from _costs(net)
    yield from _series(net, profiles_read)


def _transformer(net: InService, row: Element) -> Iterator[Problem]:
    remedy = "Shift the voltage band if that matters."
    if row.number("tap_pos", 0.0) != row.number("tap_neutral", 0.0):
        yield warning(row.label, f"its tap position {row.number('tap_pos', 0.0):g} is taken as neutral", remedy)
    high, low = (net.buses[place].number("vn_kv", positive=True) for place in net.at(row))
    own = row.number("vn_hv_kv", high, positive=True), row.number("vn_lv_kv", low, positive=True)
    ratio = (own[1] / own[0]) / (low / high)
    if abs(ratio - 1) > SAME_RATIO:
        message = (
            f"its ratio {own[0]:g}/{own[1]:g} kV differs from {high:g}/{low:g} kV of its buses and is taken as theirs: "
            f"voltages below it are {abs(ratio - 1):.2%} too {'high' if ratio < 1 else 'low'}"
        )
        yield warning(row.label, message, remedy)


def _flexible(net: InService) -> Iterator[Problem]:
    for table in ("sgen", "gen", "load"):
        rows = [row for row in net.active(table) if row.flag("controllable", False) and not row.flag("slack", False)]
        names = [f"{row.label}{_range(row)}" for row in rows if table != "load" or _range(row)]
        if names:
            message = f"controllable elements keep their power, as their limits were not read: {some_of(names, 8)}"
            remedy = "Give their prosumers flexibility in the case: curtailment for generation, convex for loads."
            yield warning(f"net.{table}", message, remedy)


def _range(row: Element) -> str:
    if not (row.has("min_p_mw") and row.has("max_p_mw")):
        return ""
    return f" ({row.number('min_p_mw'):g} to {row.number('max_p_mw'):g} MW)"


def _costs(net: InService) -> Iterator[Problem]:
    found = []
    for table in ("poly_cost", "pwl_cost"):
        for row in net.tables.rows(table):
            of = f"{row.values.get('et')} {row.values.get('element')}"
            price = f" {row.number('cp1_eur_per_mw', 0.0):g} EUR/MWh" if table == "poly_cost" else " in pieces"
            found.append(of + price)
    if found:
        message = f"the net's own costs were not read: {some_of(found, 8)}"
        yield warning("net.poly_cost", message, "Set the price and the costs of flexibility in the case (--market).")


def _series(net: InService, profiles_read: bool) -> Iterator[Problem]:
    steps = 0 if profiles_read else net.tables.profile_steps()
    if steps:
        message = f"{steps} steps of profiles are in the net and were not read; the case has the powers of its tables"
        yield warning("net.profiles", message, "Write them into the case's profiles, or import SimBench with --start.")
    controllers = net.live("controller")
    if controllers:
        message = f"{len(controllers)} controllers were not read, nor the time series they apply"
        yield warning("net.controller", message, "Write what they would set into the case.")
