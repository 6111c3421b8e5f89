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

import ast
import math
import operator
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from lempart.io.matpower_text import rows, strings
from lempart.typing import FloatArray

BUS = "BUS_I BUS_TYPE PD QD GS BS BUS_AREA VM VA BASE_KV ZONE VMAX VMIN"
BRANCH = "F_BUS T_BUS BR_R BR_X BR_B RATE_A RATE_B RATE_C TAP SHIFT BR_STATUS"
GEN = "GEN_BUS PG QG QMAX QMIN VG MBASE GEN_STATUS PMAX PMIN"
COLUMNS = {name: place for names in (BUS, BRANCH, GEN) for place, name in enumerate(names.split(), start=1)}
"""MATPOWER's column numbers, which start at 1."""
MATRICES = ("bus", "branch", "gen", "dcline")

_ELEMENT = r"mpc\.(\w+)\(([^,()]*),([^()]*)\)"
_OPERATORS: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.MatMult: operator.mul,
    ast.FloorDiv: operator.truediv,
    ast.Pow: operator.pow,
}
_FUNCTIONS: dict[str, Callable[[Any], Any]] = {
    "sin": np.sin,
    "cos": np.cos,
    "tan": np.tan,
    "asin": np.arcsin,
    "acos": np.arccos,
    "atan": np.arctan,
    "sqrt": np.sqrt,
    "abs": np.abs,
}


class NotFollowedError(ValueError):
    """A statement that isn't one of the conversions this module knows."""


@dataclass
class Values:
    """What the statements have assigned so far; fields of ``mpc`` are named ``mpc.field``."""

    name: str = ""
    scalars: dict[str, float] = field(default_factory=lambda: {"pi": math.pi})
    matrices: dict[str, FloatArray] = field(default_factory=dict)
    bus_names: list[str] = field(default_factory=list)

    def follow(self, statement: str) -> None:
        """Carry out one statement.

        Raises
        ------
        NotFollowedError
            Saying why it isn't understood.
        """
        if header := re.fullmatch(r"function\s+mpc\s*=\s*(\w+)\s*(\(\s*\))?", statement):
            self.name = header[1]
        elif statement.startswith("function"):
            raise NotFollowedError("the file isn't in case format 2 (function mpc = NAME)")
        elif re.fullmatch(r"define_constants|\[[^\]]*\]\s*=\s*idx_\w+", statement):
            pass  # gives MATPOWER's column numbers their usual names
        elif whole := re.fullmatch(r"(mpc\.)?(\w+)\s*=(?!=)(.*)", statement, re.DOTALL):
            self._assign(whole[1] or "", whole[2], whole[3].strip())
        elif part := re.fullmatch(_ELEMENT + r"\s*=(?!=)(.*)", statement, re.DOTALL):
            self._assign_columns(part[1], part[2], part[3], part[4])
        else:
            raise NotFollowedError("only assignments are followed")

    def _assign(self, owner: str, name: str, value: str) -> None:
        if value.startswith("'"):
            return
        if value.startswith("{"):
            if name == "bus_name":
                self.bus_names = strings(value)
        elif value.startswith("["):
            if owner and name in MATRICES:
                self.matrices[name] = self._matrix_of(rows(value))
        else:
            result = self._value(value)
            if np.ndim(result):
                raise NotFollowedError("the value is no single number")
            self.scalars[owner + name] = float(result)

    def _assign_columns(self, name: str, lines: str, columns: str, value: str) -> None:
        if name not in MATRICES:
            return
        if lines.strip() != ":":
            raise NotFollowedError("only whole columns are followed")
        target = self._matrix(name)
        chosen = self._columns(target, columns)
        result = np.asarray(self._value(value), dtype=float)
        if result.shape not in ((), (len(target),), (len(target), len(chosen))):
            raise NotFollowedError("both sides differ in shape")
        shaped = result[:, None] if result.ndim == 1 else result
        self.matrices[name] = target.copy()
        self.matrices[name][:, chosen] = shaped

    def _matrix_of(self, entries: list[list[str]]) -> FloatArray:
        """Return the matrix of these entries, which may be arithmetic themselves (``135/sqrt(3)``)."""
        width = len(entries[0]) if entries else 0
        for place, row in enumerate(entries, start=1):
            if len(row) != width:
                raise NotFollowedError(f"row {place} has {len(row)} entries instead of {width}")
        return np.array([[self._number(entry) for entry in row] for row in entries]).reshape(len(entries), width)

    def _number(self, entry: str) -> float:
        try:
            return float(entry)
        except ValueError:
            result = self._value(entry)
        if np.ndim(result):
            raise NotFollowedError(f"{entry} is no single number")
        return float(result)

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
            raise NotFollowedError(f"the columns {text.strip()} are unknown") from None
        if not places or not all(1 <= place <= target.shape[1] for place in places):
            raise NotFollowedError(f"the matrix has no columns {text.strip()}")
        return [place - 1 for place in places]

    def _value(self, text: str) -> Any:
        """Return what an arithmetic expression is worth: a number, or columns."""
        parts: dict[str, Any] = {}

        def remember(found: re.Match[str]) -> str:
            parts[f"part_{len(parts)}"] = self._element(found[1], found[2].strip(), found[3])
            return f"part_{len(parts) - 1}"

        # In Python's grammar @ and // bind as MATLAB's elementwise .* and ./ do.
        source = re.sub(_ELEMENT, remember, text)
        for matlab, python in ((".*", "@"), ("./", "//"), (".^", "**"), ("^", "**")):
            source = source.replace(matlab, python)
        try:
            tree = ast.parse(source.strip(), mode="eval").body
        except SyntaxError:
            raise NotFollowedError("it is no plain arithmetic") from None
        return self._node(tree, parts)

    def _element(self, name: str, row: str, columns: str) -> Any:
        values = self._matrix(name)
        chosen = self._columns(values, columns)
        if row == ":":
            return values[:, chosen[0]] if len(chosen) == 1 else values[:, chosen]
        if not row.isdigit() or not 1 <= int(row) <= len(values) or len(chosen) != 1:
            raise NotFollowedError(f"mpc.{name}({row}, {columns.strip()}) isn't understood")
        return values[int(row) - 1, chosen[0]]

    def _node(self, node: ast.expr, parts: dict[str, Any]) -> Any:
        match node:
            case ast.Constant(value=int() | float() as value):
                return float(value)
            case ast.Name(id=name) if name in parts:
                return parts[name]
            case ast.Name(id=name) if name in self.scalars:
                return self.scalars[name]
            case ast.Attribute(value=ast.Name(id="mpc"), attr=name) if f"mpc.{name}" in self.scalars:
                return self.scalars[f"mpc.{name}"]
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return -self._node(operand, parts)
            case ast.UnaryOp(op=ast.UAdd(), operand=operand):
                return self._node(operand, parts)
            case ast.BinOp(left=left, op=op, right=right) if type(op) in _OPERATORS:
                one, other = self._node(left, parts), self._node(right, parts)
                if isinstance(op, ast.Mult | ast.Div | ast.Pow) and np.ndim(other):
                    raise NotFollowedError("matrix algebra isn't followed")
                result = _OPERATORS[type(op)](one, other)
                if isinstance(result, complex):
                    raise NotFollowedError("the result is no real number")
                return result
            case ast.Call(func=ast.Name(id=name), args=[argument], keywords=[]) if name in _FUNCTIONS:
                return _FUNCTIONS[name](self._node(argument, parts))
        raise NotFollowedError(f"{ast.unparse(node)} isn't understood")
