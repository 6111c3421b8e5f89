"""Cases from MATPOWER case files (format 2), also those that state ohms and kW and convert them in code."""

from __future__ import annotations

from collections.abc import Iterator
from os import PathLike
from pathlib import Path
from typing import Any, Unpack

import numpy as np

from lempart.arguments import checks_arguments
from lempart.errors import InputError, Problem
from lempart.io.networks.case import cases
from lempart.io.networks.matpower.arithmetic import NotFollowedError
from lempart.io.networks.matpower.checks import require_sound, require_usable
from lempart.io.networks.matpower.text import statements
from lempart.io.networks.matpower.values import BRANCH, BUS, COLUMNS, GEN, Values
from lempart.io.networks.network import (
    Branch,
    Bus,
    ExternalGrid,
    Imported,
    ImportKeywords,
    ImportOptions,
    Injection,
    Network,
    stated_band,
    unique_names,
    warning,
)
from lempart.io.opening import MIB, read_bytes
from lempart.text import some_of
from lempart.typing import FloatArray

WITHOUT_POWER = ("gencost", "areas", "zones", "gentype", "genfuel", "bus_name")
"""Matrices beside the elements."""
REFERENCE, ISOLATED = 3, 4
"""Bus types."""
LARGEST = 32 * MIB
"""Bytes of the largest file that is read; MATPOWER's own largest, of 82,000 buses, has 22 MiB."""
PLACEHOLDER_MVA = 9900.0
"""``RATE_A`` from here on is a way to write "none", like 0."""


@checks_arguments
def from_matpower(path: str | PathLike[str], **options: Unpack[ImportKeywords]) -> list[Imported]:
    """Return a case of one step per reference bus of a MATPOWER case file.

    ``RATE_A`` 0 means "no limit stated" and has to be answered with ``rating_mva``. Left out, as LinDistFlow
    doesn't have them: line charging, tap ratios, phase shifts; generators keep their active and reactive power.
    Costs are not read.

    Parameters
    ----------
    path
        The ``.m`` file.
    **options
        The fields of :class:`~lempart.io.ImportOptions`.

    Raises
    ------
    InputError
        If the file isn't there, isn't format 2, or holds code beyond unit conversions; and as
        :func:`~lempart.io.from_pandapower` does.
    """
    chosen = ImportOptions(**options)
    file = Path(path)
    try:
        text = read_bytes(file, LARGEST).decode(errors="replace")
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise InputError.of(str(file), f"can't be opened: {reason}", "Give a MATPOWER case file.") from error
    return cases(_network(_values(file.name, text), file, chosen), chosen)


def _values(name: str, text: str) -> Values:
    """Return what the file's statements assign; refuse the first that isn't understood."""
    values = Values()
    remedy = "Save the case after running it in MATPOWER (savecase), and import that."
    try:
        found = statements(text)
    except NotFollowedError as error:
        raise InputError.of(name, f"can't be followed: {error}", remedy) from None
    for statement in found:
        try:
            values.follow(statement.text)
        except (NotFollowedError, ArithmeticError) as error:
            short = statement.text if len(statement.text) <= 100 else statement.text[:97] + "..."
            where = f"{name} line {statement.line}"
            raise InputError.of(where, f"can't follow `{short}`: {error}", remedy) from None
    missing = [f"mpc.{key}" for key in ("bus", "branch") if not len(values.matrices.get(key, ()))]
    missing += [] if "mpc.baseMVA" in values.scalars else ["mpc.baseMVA"]
    if missing:
        raise InputError.of(name, f"has no {some_of(missing, 8)}", "Give a MATPOWER case file in format 2.")
    for key, names in (("bus", BUS), ("branch", BRANCH), ("gen", GEN)):
        if not len(values.matrices.get(key, ())):
            values.matrices[key] = np.zeros((0, len(names.split())))
        width = values.matrices[key].shape[1]
        if width < len(names.split()):
            message = f"mpc.{key} has {width} columns instead of at least {len(names.split())}"
            raise InputError.of(name, message, "Give a MATPOWER case file in format 2.")
    return values


def _network(values: Values, file: Path, options: ImportOptions) -> Network:
    bus, branch = values.matrices["bus"], values.matrices["branch"]
    require_usable(file.name, values)
    gen = values.matrices["gen"]
    gen = gen[_column(gen, "GEN_STATUS") > 0] if len(gen) else np.zeros((0, len(GEN.split())))
    live = bus[_column(bus, "BUS_TYPE") != ISOLATED]
    place = {int(number): row for row, number in enumerate(_column(live, "BUS_I"))}
    require_sound(file.name, values, live, len(place))
    _refuse_unsupported(values, live, options)
    named = dict(zip(_column(bus, "BUS_I").astype(int).tolist(), values.bus_names, strict=False))
    names = unique_names([named.get(number, "") for number in place], [f"bus {number}" for number in place])
    sources = [row for row in range(len(live)) if _column(live, "BUS_TYPE")[row] == REFERENCE]
    return Network(
        name=values.name or file.stem,
        buses=tuple(
            Bus(name, float(row[COLUMNS["BASE_KV"] - 1]), _band(row)) for name, row in zip(names, live, strict=True)
        ),
        branches=tuple(_branches(branch, live, place, values.scalars["mpc.baseMVA"])),
        injections=tuple(_injections(live, gen, place, sources)),
        sources=tuple(ExternalGrid(names[row], row) for row in sources),
        notes=tuple(_notes(values, gen, place, sources)),
    )


def _column(matrix: FloatArray, name: str) -> FloatArray:
    values: FloatArray = matrix[:, COLUMNS[name] - 1]
    return values


def _refuse_unsupported(values: Values, live: FloatArray, options: ImportOptions) -> None:
    shunts = [f"bus {row[0]:.0f}" for row in live if row[COLUMNS["GS"] - 1] or row[COLUMNS["BS"] - 1]]
    others = {**values.others, "dcline": len(values.matrices.get("dcline", ()))}
    found = {"shunt": shunts} | {kind: [f"mpc.{kind}"] * count for kind, count in others.items()}
    problems = []
    for kind, names in found.items():
        if names and kind not in (*options.ignore_elements, *WITHOUT_POWER):
            message = f"{len(names)} elements of kind {kind} have no counterpart in a radial LinDistFlow case"
            remedy = f"Replace them, or leave them out with ignore_elements=({kind!r},)."
            problems.append(Problem(values.name, f"{message}: {some_of(list(dict.fromkeys(names)), 8)}", remedy))
    if problems:
        raise InputError(problems)


def _branches(branch: FloatArray, live: FloatArray, place: dict[int, int], base_mva: float) -> Iterator[Branch]:
    kv = _column(live, "BASE_KV")
    for row in branch:
        ends = int(row[0]), int(row[1])
        if not row[COLUMNS["BR_STATUS"] - 1] or any(end not in place for end in ends):
            continue
        level = float(kv[place[ends[1]]])
        base_ohm = level**2 / base_mva
        rating = float(row[COLUMNS["RATE_A"] - 1])
        yield Branch(
            name=f"branch {ends[0]}-{ends[1]}",
            from_bus=place[ends[0]],
            to_bus=place[ends[1]],
            r_ohm=float(row[COLUMNS["BR_R"] - 1]) * base_ohm,
            x_ohm=float(row[COLUMNS["BR_X"] - 1]) * base_ohm,
            kv=level,
            rating_mva=rating if 0 < rating < PLACEHOLDER_MVA else None,
        )


def _injections(live: FloatArray, gen: FloatArray, place: dict[int, int], sources: list[int]) -> Iterator[Injection]:
    for row in live:
        power = complex(row[COLUMNS["PD"] - 1], row[COLUMNS["QD"] - 1])
        if power:
            values = np.array([-power])
            yield Injection(f"load {row[0]:.0f}", place[int(row[0])], True, values, values)
    for number, row in enumerate(gen, start=1):
        if place.get(int(row[0]), -1) in (*sources, -1):
            continue
        values = np.array([complex(row[COLUMNS["PG"] - 1], row[COLUMNS["QG"] - 1])])
        yield Injection(f"gen {number}", place[int(row[0])], False, values, values)


def _notes(values: Values, gen: FloatArray, place: dict[int, int], sources: list[int]) -> Iterator[Problem]:
    branch = values.matrices["branch"]
    taps = branch[(_column(branch, "TAP") != 0) & (_column(branch, "TAP") != 1) & (_column(branch, "BR_STATUS") != 0)]
    if len(taps):
        names = some_of([f"branch {row[0]:.0f}-{row[1]:.0f}" for row in taps], 8)
        message = f"the tap ratios of {names} were taken as nominal"
        yield warning("mpc.branch", message, "Shift the voltage band if that matters.")
    others = [f"{row[0]:.0f}" for row in gen if place.get(int(row[0]), -1) not in (*sources, -1)]
    if others:
        message = f"generators at buses {some_of(others, 8)} keep P and Q; their voltage control is not modelled"
        yield warning("mpc.gen", message, "Give them an inverter in the case if they may control Q.")
    nowhere = [f"{row[0]:.0f}" for row in gen if int(row[0]) not in place]
    if nowhere:
        message = f"generators at buses that are isolated or don't exist were left out: {some_of(nowhere, 8)}"
        yield warning("mpc.gen", message, "Correct their buses, or take them out of service.")
    isolated = [row for row in values.matrices["bus"] if _column(row[None], "BUS_TYPE")[0] == ISOLATED]
    lost = [f"{row[0]:.0f}" for row in isolated if row[COLUMNS["PD"] - 1] or row[COLUMNS["QD"] - 1]]
    if lost:
        yield warning(
            "mpc.bus", f"loads at isolated buses were left out: {some_of(lost, 8)}", "None needed, if that is meant."
        )
    if values.others.get("gencost"):
        message = "mpc.gencost was not read: the file's own costs"
        yield warning("mpc.gencost", message, "Set the price and the costs of flexibility in the case (--market).")
    for row in gen:
        held: Any = row[COLUMNS["VG"] - 1]
        if place.get(int(row[0]), -1) in sources and held != 1:
            message = f"bus {row[0]:.0f} is held at {held} p.u.; a case has its PCC at 1.0, and bands count from there"
            yield warning("mpc.gen", message, "Shift the voltage band if that matters.")


def _band(row: FloatArray) -> tuple[float, float] | None:
    low, high = float(row[COLUMNS["VMIN"] - 1]), float(row[COLUMNS["VMAX"] - 1])
    # Equal bounds mark a bus whose voltage somebody else holds; they aren't limits.
    return stated_band(low, high) if 0 <= low < high else None
