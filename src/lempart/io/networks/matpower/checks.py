"""Whether a MATPOWER case's matrices can be a network: numbers that can be computed with, buses that exist."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import numpy as np

from lempart.errors import InputError, Problem
from lempart.io.networks.matpower.values import COLUMNS, Values
from lempart.text import some_of
from lempart.typing import FloatArray

LARGEST, SMALLEST = 1e9, 1e-9
"""No quantity of a distribution grid lies beyond, in MATPOWER's units; what does can't be computed with."""
NUMBERED = {"bus": ("BUS_I",), "branch": ("F_BUS", "T_BUS"), "gen": ("GEN_BUS",)}
MEASURED = {
    "bus": ("BUS_TYPE", "PD", "QD", "GS", "BS", "BASE_KV", "VMAX", "VMIN"),
    "branch": ("BR_R", "BR_X", "TAP", "BR_STATUS"),
    "gen": ("PG", "QG", "VG", "GEN_STATUS"),
}
"""Columns that are read, other than ratings, which may be infinite."""


def require_usable(name: str, values: Values) -> None:
    """Refuse bus numbers that aren't whole numbers, and numbers that can't be computed with.

    Raises
    ------
    InputError
        With matrix, row and column of each.
    """
    problems = [*_unnumbered(name, values), *_unmeasured(name, values)]
    base = values.scalars["mpc.baseMVA"]
    if not SMALLEST <= base <= LARGEST:
        problem = "is not above 0" if not base > 0 else f"is {base:g}, which no case has"
        problems.append(Problem(f"{name}: mpc.baseMVA", problem, "State the MVA base."))
    if problems:
        raise InputError(problems)


def require_sound(name: str, values: Values, live: FloatArray, numbered: int) -> None:
    """Refuse bus numbers that repeat or are unknown, and buses without a base voltage.

    Raises
    ------
    InputError
        With the numbers.
    """
    problems = []
    if numbered < len(live):
        twice = [number for number, count in Counter(_column(live, "BUS_I").tolist()).items() if count > 1]
        problems.append(Problem(f"{name}: mpc.bus", f"bus {twice[0]:.0f} occurs twice", "Number each bus once."))
    without = [f"{number:.0f}" for number in _column(live, "BUS_I")[~(_column(live, "BASE_KV") >= SMALLEST)]]
    if without:
        message = f"buses without a base voltage: {some_of(without, 8)}"
        problems.append(Problem(f"{name}: mpc.bus", message, "Fill in BASE_KV: ohms can't be told without it."))
    known = set(_column(values.matrices["bus"], "BUS_I").tolist())
    strange = sorted(set(values.matrices["branch"][:, :2].ravel().tolist()) - known)
    if strange:
        message = f"names buses that don't exist: {some_of([f'{number:.0f}' for number in strange], 8)}"
        problems.append(Problem(f"{name}: mpc.branch", message, "Correct the bus numbers."))
    if problems:
        raise InputError(problems)


def _unnumbered(name: str, values: Values) -> Iterator[Problem]:
    for key, columns in NUMBERED.items():
        for column in columns:
            numbers = _column(values.matrices[key], column)
            strange = numbers[~((np.abs(numbers) <= LARGEST) & (numbers == np.round(numbers)))]
            if strange.size:
                message = f"{strange[0]} is no bus number"
                yield Problem(f"{name}: mpc.{key}", message, "Number buses 1, 2, 3, ...")


def _unmeasured(name: str, values: Values) -> Iterator[Problem]:
    for key, columns in MEASURED.items():
        for column in columns:
            numbers = _column(values.matrices[key], column)
            (rows,) = np.nonzero(~(np.abs(numbers) <= LARGEST))
            if rows.size:
                message = f"{column} is {numbers[rows[0]]:g}, which no case has"
                remedy = f"Write a number up to {LARGEST:g}."
                yield Problem(f"{name}: mpc.{key} row {rows[0] + 1}", message, remedy)


def _column(matrix: FloatArray, name: str) -> FloatArray:
    values: FloatArray = matrix[:, COLUMNS[name] - 1]
    return values
