"""Cases from MATPOWER case files (format 2), also those that state ohms and kW and convert them in code."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from os import PathLike
from pathlib import Path
from typing import Any, Unpack

import numpy as np

from lempart.errors import InputError, Problem
from lempart.io.matpower_text import statements
from lempart.io.matpower_values import BRANCH, BUS, COLUMNS, GEN, NotFollowedError, Values
from lempart.io.network import (
    Branch,
    Bus,
    Imported,
    ImportKeywords,
    ImportOptions,
    Injection,
    Network,
    Source,
    some,
    unique_names,
    warning,
)
from lempart.io.network_case import cases
from lempart.io.opening import LARGEST_TEXT, read_bytes
from lempart.typing import FloatArray

REFERENCE, ISOLATED = 3, 4
"""Bus types."""
PLACEHOLDER_MVA = 9900.0
"""``RATE_A`` from here on is a way to write "none", like 0."""


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
        The fields of :class:`~lempart.io.network.ImportOptions`.

    Raises
    ------
    InputError
        If the file isn't there, isn't format 2, or holds code beyond unit conversions; and as
        :func:`~lempart.io.pandapower.from_pandapower` does.
    """
    chosen = ImportOptions(**options)
    file = Path(path)
    try:
        text = read_bytes(file, LARGEST_TEXT).decode(errors="replace")
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise InputError.of(str(file), f"can't be opened: {reason}", "Give a MATPOWER case file.") from error
    return cases(_network(_values(file.name, text), file, chosen), chosen)


def _values(name: str, text: str) -> Values:
    """Return what the file's statements assign; refuse the first that isn't understood."""
    values = Values()
    for statement in statements(text):
        try:
            values.follow(statement)
        except (NotFollowedError, ArithmeticError) as error:
            short = statement if len(statement) <= 100 else statement[:97] + "..."
            remedy = "Save the case after running it in MATPOWER (savecase), and import that."
            raise InputError.of(name, f"can't follow `{short}`: {error}", remedy) from error
    missing = [f"mpc.{key}" for key in ("bus", "branch") if not len(values.matrices.get(key, ()))]
    missing += [] if "mpc.baseMVA" in values.scalars else ["mpc.baseMVA"]
    if missing:
        raise InputError.of(name, f"has no {some(missing)}", "Give a MATPOWER case file in format 2.")
    for key, names in (("bus", BUS), ("branch", BRANCH), ("gen", GEN)):
        rows, width = values.matrices.setdefault(key, np.zeros((0, len(names.split())))).shape
        if rows and width < len(names.split()):
            message = f"mpc.{key} has {width} columns instead of at least {len(names.split())}"
            raise InputError.of(name, message, "Give a MATPOWER case file in format 2.")
    return values


def _network(values: Values, file: Path, options: ImportOptions) -> Network:
    bus, branch = values.matrices["bus"], values.matrices["branch"]
    _require_numbered(file.name, values)
    gen = values.matrices["gen"]
    gen = gen[_column(gen, "GEN_STATUS") > 0] if len(gen) else np.zeros((0, len(GEN.split())))
    live = bus[_column(bus, "BUS_TYPE") != ISOLATED]
    place = {int(number): row for row, number in enumerate(_column(live, "BUS_I"))}
    _require_sound(file.name, values, live, place)
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
        sources=tuple(Source(names[row], row) for row in sources),
        notes=tuple(_notes(branch, gen, place, sources)),
    )


def _column(matrix: FloatArray, name: str) -> FloatArray:
    values: FloatArray = matrix[:, COLUMNS[name] - 1]
    return values


def _require_numbered(name: str, values: Values) -> None:
    """Refuse bus numbers that aren't whole numbers."""
    for key, ends in (("bus", 1), ("branch", 2), ("gen", 1)):
        numbers = values.matrices[key][:, :ends]
        strange = numbers[~(np.isfinite(numbers) & (numbers == np.round(numbers)))]
        if strange.size:
            raise InputError.of(f"{name}: mpc.{key}", f"{strange[0]} is no bus number", "Number buses 1, 2, 3, ...")


def _require_sound(name: str, values: Values, live: FloatArray, place: dict[int, int]) -> None:
    """Refuse what can't be a network: no base, bus numbers that repeat or are unknown."""
    problems = []
    if len(place) < len(live):
        twice = [number for number, count in Counter(_column(live, "BUS_I").tolist()).items() if count > 1]
        problems.append(Problem(f"{name}: mpc.bus", f"bus {twice[0]:.0f} occurs twice", "Number each bus once."))
    without = [f"{number:.0f}" for number in _column(live, "BUS_I")[~(_column(live, "BASE_KV") > 0)]]
    if without:
        message = f"buses without a base voltage: {some(without)}"
        problems.append(Problem(f"{name}: mpc.bus", message, "Fill in BASE_KV: ohms can't be told without it."))
    if not values.scalars["mpc.baseMVA"] > 0:
        problems.append(Problem(f"{name}: mpc.baseMVA", "is not above 0", "State the MVA base."))
    known = set(_column(values.matrices["bus"], "BUS_I").tolist())
    ends = values.matrices["branch"][:, :2]
    strange = sorted(set(ends.ravel().tolist()) - known)
    if strange:
        message = f"names buses that don't exist: {some([f'{number:.0f}' for number in strange])}"
        problems.append(Problem(f"{name}: mpc.branch", message, "Correct the bus numbers."))
    if problems:
        raise InputError(problems)


def _refuse_unsupported(values: Values, live: FloatArray, options: ImportOptions) -> None:
    shunts = [f"bus {row[0]:.0f}" for row in live if row[COLUMNS["GS"] - 1] or row[COLUMNS["BS"] - 1]]
    found = {"shunt": shunts, "dcline": ["dcline"] * len(values.matrices.get("dcline", ()))}
    problems = []
    for kind, names in found.items():
        if names and kind not in options.ignore_elements:
            message = f"{len(names)} elements of kind {kind} have no counterpart in a radial LinDistFlow case"
            remedy = f"Replace them, or leave them out with ignore_elements=({kind!r},)."
            problems.append(Problem(values.name, f"{message}: {some(names)}", remedy))
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


def _notes(branch: FloatArray, gen: FloatArray, place: dict[int, int], sources: list[int]) -> Iterator[Problem]:
    taps = branch[(_column(branch, "TAP") != 0) & (_column(branch, "TAP") != 1) & (_column(branch, "BR_STATUS") != 0)]
    if len(taps):
        names = some([f"branch {row[0]:.0f}-{row[1]:.0f}" for row in taps])
        message = f"the tap ratios of {names} were taken as nominal"
        yield warning("mpc.branch", message, "Shift the voltage band if that matters.")
    others = [f"{row[0]:.0f}" for row in gen if place.get(int(row[0]), -1) not in (*sources, -1)]
    if others:
        message = f"generators at buses {some(others)} keep P and Q; their voltage control is not modelled"
        yield warning("mpc.gen", message, "Give them an inverter in the case if they may control Q.")
    for row in gen:
        held: Any = row[COLUMNS["VG"] - 1]
        if place.get(int(row[0]), -1) in sources and held != 1:
            message = f"bus {row[0]:.0f} is held at {held} p.u.; a case has its PCC at 1.0, and bands count from there"
            yield warning("mpc.gen", message, "Shift the voltage band if that matters.")


def _band(row: FloatArray) -> tuple[float, float] | None:
    low, high = float(row[COLUMNS["VMIN"] - 1]), float(row[COLUMNS["VMAX"] - 1])
    # Equal bounds mark a bus whose voltage somebody else holds; they aren't limits.
    return (low, high) if 0 <= low < high else None
