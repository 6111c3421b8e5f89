"""The values a MATPOWER case file ends with, its unit conversions included.

Distribution cases state ohms and kW and convert them in code after the matrices::

    Vbase = mpc.bus(1, BASE_KV) * 1e3;
    Sbase = mpc.baseMVA * 1e6;
    mpc.branch(:, [BR_R BR_X]) = mpc.branch(:, [BR_R BR_X]) / (Vbase^2 / Sbase);
    mpc.bus(:, [PD, QD]) = mpc.bus(:, [PD, QD]) / 1e3;

Reading the matrices alone would be wrong by orders of magnitude, so that code is followed: assignments of
arithmetic to scalars and to whole columns. A statement beyond that is refused, not skipped.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from lempart.io.networks.matpower.arithmetic import FUNCTIONS, NotFollowedError, number_of, value_of
from lempart.io.networks.matpower.text import rows, strings
from lempart.typing import FloatArray

BUS = "BUS_I BUS_TYPE PD QD GS BS BUS_AREA VM VA BASE_KV ZONE VMAX VMIN"
BRANCH = "F_BUS T_BUS BR_R BR_X BR_B RATE_A RATE_B RATE_C TAP SHIFT BR_STATUS"
GEN = "GEN_BUS PG QG QMAX QMIN VG MBASE GEN_STATUS PMAX PMIN"
COLUMNS = {name: place for names in (BUS, BRANCH, GEN) for place, name in enumerate(names.split(), start=1)}
"""MATPOWER's column numbers, which start at 1."""
MATRICES = ("bus", "branch", "gen", "dcline")

_ELEMENT = r"mpc\.(\w+)\(([^,()]*),([^()]*)\)"
_NUMBER = re.compile(r"([+-]?)(\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?)", re.ASCII)
_SPECIAL = {"Inf": math.inf, "inf": math.inf, "-Inf": -math.inf, "-inf": -math.inf, "NaN": math.nan, "nan": math.nan}
_INDICES = {"idx_bus": 4, "idx_brch": 0, "idx_gen": 0}
"""MATPOWER's functions that give columns their names, and how many other names come first."""


@dataclass
class Values:
    """What the statements have assigned so far; fields of ``mpc`` are named ``mpc.field``.

    Attributes
    ----------
    others
        Rows of the matrices of ``mpc`` that aren't read.
    """

    name: str = ""
    scalars: dict[str, float] = field(default_factory=lambda: {"pi": math.pi})
    matrices: dict[str, FloatArray] = field(default_factory=dict)
    bus_names: list[str] = field(default_factory=list)
    others: dict[str, int] = field(default_factory=dict)

    def follow(self, statement: str) -> None:
        """Carry out one statement.

        Raises
        ------
        NotFollowedError
            Saying why it isn't understood.
        ArithmeticError
            If a value isn't finite.
        """
        if header := re.fullmatch(r"function\s+mpc\s*=\s*(\w+)\s*(\(\s*\))?", statement):
            self.name = header[1]
        elif statement.startswith("function"):
            raise NotFollowedError("the file isn't in case format 2 (function mpc = NAME)")
        elif statement == "define_constants":
            pass  # gives MATPOWER's column numbers their usual names
        elif names := re.fullmatch(r"\[([^\[\]]*)\]\s*=\s*(idx_\w+)", statement):
            _require_usual_names(names[1], names[2])
        elif whole := re.fullmatch(r"(mpc\.)?(\w+)\s*=(?!=)(.*)", statement, re.DOTALL):
            self._assign(whole[1] or "", whole[2], whole[3].strip())
        elif part := re.fullmatch(_ELEMENT + r"\s*=(?!=)(.*)", statement, re.DOTALL):
            self._assign_columns(part[1], part[2], part[3], part[4])
        else:
            raise NotFollowedError("only assignments are followed")

    def _assign(self, owner: str, name: str, value: str) -> None:
        matrix = owner and name in MATRICES
        if value.startswith(("'", '"')) and not matrix:
            if owner and name == "version" and value.strip("'\"") != "2":
                raise NotFollowedError("only case format 2 is read")
        elif value.startswith("{") and not matrix:
            if name == "bus_name":
                self.bus_names = strings(value)
        elif value.startswith("["):
            entries = rows(value)
            if matrix:
                self.matrices[name] = self._matrix_of(entries)
            elif owner:
                self.others[name] = len(entries)
        elif matrix:
            raise NotFollowedError(f"mpc.{name} is no matrix in square brackets")
        elif not owner and (name in COLUMNS or name in FUNCTIONS):
            raise NotFollowedError(f"{name} has a meaning of its own in these files")
        else:
            self.scalars[owner + name] = self._number(value)

    def _assign_columns(self, name: str, lines: str, columns: str, value: str) -> None:
        if lines.strip() != ":":
            raise NotFollowedError("only whole columns are followed")
        if name not in MATRICES:
            return
        target = self._matrix(name)
        chosen = self._columns(target, columns)
        result = np.asarray(value_of(value, self._named), dtype=float)
        if result.size != 1 and result.shape != (len(target), len(chosen)):
            raise NotFollowedError("both sides differ in shape")
        target[:, chosen] = result

    def _matrix_of(self, entries: list[list[str]]) -> FloatArray:
        """Return the matrix of these entries, which may be arithmetic themselves (``135/sqrt(3)``)."""
        width = len(entries[0]) if entries else 0
        for place, row in enumerate(entries, start=1):
            if len(row) != width:
                raise NotFollowedError(f"row {place} has {len(row)} entries instead of {width}")
        return np.array([[self._entry(entry) for entry in row] for row in entries]).reshape(len(entries), width)

    def _entry(self, text: str) -> float:
        if literal := _NUMBER.fullmatch(text):
            return -number_of(literal[2]) if literal[1] == "-" else number_of(literal[2])
        return _SPECIAL[text] if text in _SPECIAL else self._number(text)

    def _number(self, text: str) -> float:
        result = value_of(text, self._named)
        if np.size(result) != 1:
            raise NotFollowedError("the value is no single number")
        return float(np.asarray(result).item())

    def _matrix(self, name: str) -> FloatArray:
        if name not in self.matrices:
            raise NotFollowedError(f"there is no mpc.{name} yet")
        return self.matrices[name]

    def _columns(self, target: FloatArray, text: str) -> list[int]:
        """Return column positions (from 0) of ``PD``, ``[PD, QD]`` or ``[3, 4]``."""
        names = text.strip().strip("[]").replace(",", " ").split()
        try:
            places = [COLUMNS[name] if name in COLUMNS else int(name) for name in names]
        except ValueError:
            raise NotFollowedError(f"the columns {text.strip()[:60]} are unknown") from None
        if not places or not all(1 <= place <= target.shape[1] for place in places):
            raise NotFollowedError(f"the matrix has no columns {text.strip()[:60]}")
        return [place - 1 for place in places]

    def _named(self, name: str) -> Any:
        """Return what a name, or an element such as ``mpc.bus(:, PD)``, is worth."""
        if name in self.scalars:
            return self.scalars[name]
        element = re.fullmatch(_ELEMENT, name)
        if element is None:
            raise NotFollowedError(f"{name} isn't understood")
        return self._element(element[1], element[2].strip(), element[3])

    def _element(self, name: str, row: str, columns: str) -> Any:
        values = self._matrix(name)
        chosen = self._columns(values, columns)
        if row == ":":
            return values[:, chosen]
        if not re.fullmatch(r"[0-9]{1,9}", row) or not 1 <= int(row) <= len(values) or len(chosen) != 1:
            raise NotFollowedError(f"mpc.{name}({row}, {columns.strip()}) isn't understood")
        return float(values[int(row) - 1, chosen[0]])


def _require_usual_names(names: str, function: str) -> None:
    """Refuse names of columns that stand for others than usual, as they are read as usual."""
    listed = names.replace(",", " ").replace(";", " ").split()
    before = _INDICES.get(function)
    for place, name in enumerate(listed, start=1):
        if name in COLUMNS and (before is None or place - before != COLUMNS[name]):
            raise NotFollowedError(f"{name} is not the column of that name")
