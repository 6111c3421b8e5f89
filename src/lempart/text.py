"""Text that came from a file or a user, made safe to show: one home for what every output does to it."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

MAX_CHARACTERS = 2_000
"""Characters of one message or cell that are shown; of a longer one its beginning and its end."""

_UNSEEN = (
    "\x00-\x1f\x7f-\x9f"  # control characters, C1 included: they move the cursor, ring, begin escape sequences
    "\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff"  # they reorder what is read, or can't be seen
    "\u2028\u2029\ufff9-\ufffb\U000e0000-\U000e007f"  # further line ends, annotations, tags
    "\ud800-\udfff"  # halves of a character, as from file names that aren't UTF-8: they can't be written
)
_NOT_SHOWN = re.compile(f"[{_UNSEEN}]")
_NOT_SHOWN_IN_LINES = re.compile(f"(?!\n)[{_UNSEEN}]")
_FORMULA = re.compile(r"'*[=+\-@\t\r]")


def shown(text: str, *, lines: bool = False, limit: int = MAX_CHARACTERS) -> str:
    r"""Return text as it can be printed: characters that can't be seen as ``\x1b`` or ``\u202e``, and not too long.

    Parameters
    ----------
    lines
        Ends of lines are the writer's own and stay; ``limit`` then holds for each line.
    limit
        Of a longer text the middle is left out, and told.
    """
    if lines:
        return "\n".join(shown(line, limit=limit) for line in text.split("\n"))
    return _NOT_SHOWN.sub(lambda found: found[0].encode("unicode_escape").decode("ascii"), shortened(text, limit))


def shortened(text: str, limit: int) -> str:
    """Return at most about ``limit`` characters of a text: its beginning, how many are left out, and its end."""
    if len(text) <= limit:
        return text
    end = limit // 4
    left_out = len(text) - limit
    return f"{text[: limit - end]} […{left_out:,} characters…] {text[-end:]}"


def some_of(parts: Sequence[str], limit: int = 6, *, by: str = ", ") -> str:
    """Return parts for a sentence: ``a, b and 3 more``, or by ``"; "``, where parts are long, ``a; b; and 3 more``."""
    if by == ", " and len(parts) > limit:
        return f"{', '.join(parts[:limit])} and {len(parts) - limit:,} more"
    return by.join(first_of(parts, limit))


def first_of(parts: Sequence[str], limit: int) -> list[str]:
    """Return the first ``limit`` parts, and how many more there are."""
    left = len(parts) - limit
    return [*parts[:limit], f"and {left:,} more"] if left > 0 else list(parts)


def json_text(data: Any, *, ascii_only: bool = False) -> str:
    """Return data as a JSON document that is safe to print: what can't be seen is escaped, as JSON allows.

    Raises
    ------
    ValueError
        If a number is NaN or infinite, for which JSON has no word.
    """
    text = json.dumps(data, indent=1, ensure_ascii=ascii_only, allow_nan=False) + "\n"
    return _NOT_SHOWN_IN_LINES.sub(_escaped, text)


def json_string(text: str) -> str:
    """Return text in double quotes, as JSON and TOML write it; what can't be seen is escaped."""
    return _NOT_SHOWN.sub(_escaped, json.dumps(text, ensure_ascii=False))


def _escaped(found: re.Match[str]) -> str:
    return json.dumps(found[0])[1:-1]


def as_text_cell(text: str) -> str:
    """Return a cell of a CSV file that spreadsheets take for text and not for a formula: with an apostrophe before it.

    :func:`of_text_cell` takes it away again.
    """
    return f"'{text}" if _FORMULA.match(text) else text


def of_text_cell(cell: str) -> str:
    """Return what a cell written by :func:`as_text_cell` says."""
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell
