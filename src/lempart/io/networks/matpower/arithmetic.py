"""Arithmetic as MATLAB means it: numbers, names, columns of a matrix, ``+ - * / ^`` and their elementwise kin.

Nothing is executed. What MATLAB reads differently from other languages is read as MATLAB does: ``2^3^2`` is 64 (from
the left), ``-2^2`` is -4, ``3./x`` divides element by element.
"""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable
from typing import Any

import numpy as np

MAX_TOKENS, DEEPEST = 1000, 50
"""Signs of an expression and brackets within brackets; conversions of units need ten and three."""

_TOKEN = re.compile(
    r"(?P<element>mpc\.\w+\([^,()]*,[^()]*\))"
    r"|(?P<number>(?:\d+(?:\.(?![*/^])\d*)?|\.\d+)(?:[eE][+-]?\d+)?)"
    r"|(?P<name>(?:mpc\.)?[A-Za-z]\w*)"
    r"|(?P<sign>\.[*/^]|[-+*/^()])",
    re.ASCII,
)
_BINARY: dict[str, Callable[[Any, Any], Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "^": operator.pow,
}
FUNCTIONS: dict[str, Callable[[Any], Any]] = {
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
    """A statement that isn't one of those that are known here."""


def value_of(text: str, named: Callable[[str], Any]) -> Any:
    """Return what an expression is worth: a number, or columns of shape ``(rows, columns)``.

    Parameters
    ----------
    text
        The expression.
    named
        Gives the value of a name, or of an element such as ``mpc.bus(:, PD)``; raises ``NotFollowedError`` for others.

    Raises
    ------
    NotFollowedError
        If it is no plain arithmetic, or too long or too deep.
    ArithmeticError
        If it has no finite value.
    """
    with np.errstate(divide="raise", over="raise", invalid="raise"):
        return _Expression(_tokens(text), named).value()


def number_of(text: str) -> float:
    """Return the number that a literal without a sign spells; ``OverflowError`` where it is too large."""
    value = float(text)
    if math.isinf(value):
        raise OverflowError(f"{text if len(text) <= 20 else text[:17] + '...'} is too large")
    return value


def _tokens(text: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    place = 0
    stripped = text.rstrip()
    while place < len(stripped):
        if stripped[place] in " \t;\n":
            place += 1
            continue
        token = _TOKEN.match(stripped, place)
        if token is None or token.lastgroup is None:
            rest = stripped[place : place + 20]
            raise NotFollowedError(f"it is no plain arithmetic, `{rest}` isn't understood")
        if len(found) == MAX_TOKENS:
            raise NotFollowedError(f"it has more than {MAX_TOKENS:,} signs")
        found.append((token.lastgroup, token[0]))
        place = token.end()
    return found


class _Expression:
    """A reader of tokens, one level of MATLAB's precedence per method."""

    def __init__(self, tokens: list[tuple[str, str]], named: Callable[[str], Any]) -> None:
        self.tokens = tokens
        self.named = named
        self.place = 0
        self.depth = 0

    def value(self) -> Any:
        found = self._sum()
        if self.place < len(self.tokens):
            raise NotFollowedError(f"`{self.tokens[self.place][1]}` isn't understood there")
        return found

    def _takes(self, *signs: str) -> str | None:
        """Step over one of these signs, and return it; None where something else stands."""
        if self.place < len(self.tokens) and self.tokens[self.place][1] in signs:
            self.place += 1
            return self.tokens[self.place - 1][1]
        return None

    def _sum(self) -> Any:
        found = self._product()
        while sign := self._takes("+", "-"):
            found = _apply(sign, found, self._product())
        return found

    def _product(self) -> Any:
        found = self._signed()
        while sign := self._takes("*", "/", ".*", "./"):
            found = _apply(sign, found, self._signed())
        return found

    def _signed(self) -> Any:
        minus = False
        while sign := self._takes("+", "-"):
            minus ^= sign == "-"
        found = self._power()
        return -found if minus else found

    def _power(self) -> Any:
        found = self._single()
        signed = False
        while sign := self._takes("^", ".^"):
            if signed:
                # MATLAB reads 2^-1^2 "from second from the right to left".
                raise NotFollowedError("a power of a power with a sign needs brackets")
            minus = self._takes("+", "-")
            signed = minus is not None
            exponent = self._single()
            found = _apply(sign, found, -exponent if minus == "-" else exponent)
        return found

    def _single(self) -> Any:
        if self._takes("("):
            self.depth += 1
            if self.depth > DEEPEST:
                raise NotFollowedError("its brackets are nested too deeply")
            found = self._sum()
            if not self._takes(")"):
                raise NotFollowedError("a bracket is not closed")
            self.depth -= 1
            return found
        if self.place == len(self.tokens):
            raise NotFollowedError("it is no plain arithmetic, it ends early")
        kind, text = self.tokens[self.place]
        self.place += 1
        if kind == "number":
            return number_of(text)
        if kind == "sign":
            raise NotFollowedError(f"it is no plain arithmetic, `{text}` isn't understood there")
        if text in FUNCTIONS and self.place < len(self.tokens) and self.tokens[self.place][1] == "(":
            return _plain(FUNCTIONS[text](self._single()))
        return self.named(text)


def _apply(sign: str, one: Any, other: Any) -> Any:
    matrices = [side for side in (one, other) if np.ndim(side)]
    algebra = (sign == "*" and len(matrices) == 2) or (sign == "/" and np.ndim(other)) or (sign == "^" and matrices)
    if algebra:
        raise NotFollowedError("matrix algebra isn't followed")
    if len(matrices) == 2 and len(one) != len(other):
        raise NotFollowedError("both sides differ in shape")
    try:
        found = _BINARY[sign[-1]](one, other)
    except OverflowError:
        raise OverflowError("the result is too large") from None
    if isinstance(found, complex):
        raise NotFollowedError("the result is no real number")
    return _plain(found)


def _plain(value: Any) -> Any:
    """Return a number as a float, whose errors Python raises."""
    return value if np.ndim(value) else float(value)
