"""How one value of a case file becomes a Python value, or a message that says why it can't."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from lempart.case.where import quoted
from lempart.case.wording import suggestion

T = TypeVar("T")


class Cell(str):
    """The text of a table's cell: a CSV file doesn't say which of its values are numbers."""

    __slots__ = ()


class UnreadableError(Exception):
    """A value that can't be read: what is wrong, what to do, and where inside the value (``[4]``)."""

    def __init__(self, message: str, remedy: str, at: str = "") -> None:
        super().__init__(message)
        self.message, self.remedy, self.at = message, remedy, at


@dataclass(frozen=True)
class ValueReader(Generic[T]):
    """How to read a value, the neutral value that stands in for one that can't be read, and what one looks like."""

    convert: Callable[[object], T]
    placeholder: T
    example: str = "..."


def shown(value: object) -> str:
    """Return a value the way a case file spells it, with its kind: ``the text "abc"``."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return f"the text {json.dumps(value if len(value) <= 60 else value[:57] + '...', ensure_ascii=False)}"
    if isinstance(value, list):
        return f"a list of {len(value)}"
    if isinstance(value, Mapping):
        return "a table of keys"
    if isinstance(value, int | float):
        return f"the number {value!r}" if not isinstance(value, int) or abs(value) < 10**18 else "a huge number"
    if isinstance(value, bytes):
        return "binary data"
    return "nothing" if value is None else f"the date or time {value}"


def number(value: object) -> float:
    """Return a float."""
    if isinstance(value, Cell):
        return _number_in_cell(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise UnreadableError(f"expected a number, found {shown(value)}", _number_remedy(value))
    try:
        return float(value)
    except OverflowError:
        raise UnreadableError("the number is too large", "Check its digits.") from None


def _number_in_cell(cell: Cell) -> float:
    try:
        if "_" in cell:
            raise ValueError
        return float(cell)
    except ValueError:
        raise UnreadableError(f"expected a number, found {shown(cell)}", _number_remedy(cell)) from None


def _number_remedy(value: object) -> str:
    if isinstance(value, str):
        try:
            float(value.replace(",", "."))
        except ValueError:
            return "Write a number here."
        return "Write it with a decimal point." if "," in value else "Write it without the quotes."
    if isinstance(value, list):
        return "Write one number here: this can't differ from step to step."
    return "Write a number here."


def whole(value: object) -> int:
    """Return an int."""
    plain = number(value)
    if isinstance(value, int):
        return value
    if isinstance(value, Cell) and math.isfinite(plain) and plain == int(plain):
        return int(plain)
    raise UnreadableError(f"expected a whole number, found {shown(value)}", "Write it without a fraction.")


def text(value: object) -> str:
    """Return a plain string."""
    if isinstance(value, str):
        return str(value)
    plain = isinstance(value, int | float) and not isinstance(value, bool)
    remedy = f'Put it in quotes: "{value}".' if plain else "Write a text in quotes here."
    raise UnreadableError(f"expected a text, found {shown(value)}", remedy)


def flag(value: object) -> bool:
    """Return a bool."""
    if isinstance(value, bool):
        return value
    if isinstance(value, Cell) and value.strip().lower() in ("true", "false"):
        return value.strip().lower() == "true"
    raise UnreadableError(f"expected true or false, found {shown(value)}", "Write true or false, without quotes.")


def choice(*allowed: str) -> Callable[[object], Any]:
    """Return a reader of one of the ``allowed`` words."""

    def convert(value: object) -> str:
        if isinstance(value, str) and value in allowed:
            return str(value)
        listed = " or ".join(quoted(word) for word in allowed)
        near = suggestion(value, allowed) if isinstance(value, str) else None
        hint = f"Did you mean {quoted(near)}?" if near else "Write one of these words, in quotes."
        raise UnreadableError(f"expected {listed}, found {shown(value)}", hint)

    return convert


def items(value: object, what: str) -> list[Any]:
    """Return a list; a cell or a Parquet text may hold one as ``[1, 2]``."""
    if isinstance(value, Cell) and value.lstrip().startswith("["):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            raise UnreadableError(f"{shown(value)} is not a complete list", "Write it as [1.0, 2.0].") from None
    if isinstance(value, list):
        return value
    raise UnreadableError(
        f"expected a list of {what}, found {shown(value)}", "Write it in square brackets: [..., ...]."
    )


def names(value: object) -> tuple[str, ...]:
    """Return a tuple of strings."""
    found = []
    for index, item in enumerate(items(value, "names")):
        try:
            found.append(text(item))
        except UnreadableError as wrong:
            raise UnreadableError(wrong.message, wrong.remedy, f"[{index}]") from None
    return tuple(found)


def band(value: object) -> tuple[float, float]:
    """Return a voltage band ``(lowest, highest)``."""
    ends = items(value, "two numbers")
    if len(ends) != 2:
        message = f"expected two numbers, the lowest and the highest voltage, found {len(ends)}"
        raise UnreadableError(message, "Write it as [0.95, 1.05].")
    return number(ends[0]), number(ends[1])


TEXT = ValueReader(text, "", '"a text"')
NUMBER = ValueReader(number, math.nan, "1.0")
WHOLE = ValueReader(whole, 0, "1")
FLAG = ValueReader(flag, False, "true (or false)")
NAMES: ValueReader[tuple[str, ...]] = ValueReader(names, (), '["a name"]')
BAND: ValueReader[tuple[float, float]] = ValueReader(band, (math.nan, math.nan), "[0.95, 1.05]")
