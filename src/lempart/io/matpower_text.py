"""The text of a MATPOWER case file, split into statements.

Only the little of MATLAB that case files use: comments, continuation lines, strings, brackets. Nothing is executed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_OPENING, _CLOSING = "[{(", ")}]"


def statements(text: str) -> list[str]:
    """Return the statements of the file's main function, without comments; line breaks in brackets become ``;``."""
    found = []
    functions = 0
    for statement in _split(_without_block_comments(text)):
        functions += statement.startswith("function")
        if functions > 1:
            break
        if statement not in ("end", "return"):
            found.append(statement)
    return found


def _without_block_comments(text: str) -> str:
    return re.sub(r"^[ \t]*%\{[ \t]*$.*?^[ \t]*%\}[ \t]*$", "", text, flags=re.MULTILINE | re.DOTALL)


def _split(text: str) -> Iterator[str]:
    """Yield statements: they end at a line break, ``;`` or ``,`` outside brackets."""
    current: list[str] = []
    depth = 0
    for line in text.splitlines():
        for character in _code(line):
            depth += (character in _OPENING) - (character in _CLOSING)
            if depth == 0 and character in ";,":
                yield from _complete(current)
            else:
                current.append(character)
        if _continues(line):
            current.append(" ")
        elif depth:
            # Inside a matrix a line break ends a row.
            current.append(";")
        else:
            yield from _complete(current)
    yield from _complete(current)


def _complete(current: list[str]) -> Iterator[str]:
    statement = "".join(current).strip()
    current.clear()
    if statement:
        yield statement


def _continues(line: str) -> bool:
    return "..." in "".join(_uncommented(line))


def _code(line: str) -> list[str]:
    """Return the characters of a line that count: without comment, and without what follows a continuation mark."""
    kept = _uncommented(line)
    mark = "".join(kept).find("...")
    return kept if mark < 0 else kept[:mark]


def _uncommented(line: str) -> list[str]:
    kept: list[str] = []
    quoted = False
    for character in line:
        if character == "%" and not quoted:
            break
        if character == "'" and (quoted or not _is_transpose(kept)):
            quoted = not quoted
        kept.append(character)
    return kept


def _is_transpose(before: list[str]) -> bool:
    """Whether a quote after these characters transposes (``A'``) instead of opening a string."""
    return bool(before) and (before[-1].isalnum() or before[-1] in "_)]}'.")


def rows(text: str) -> list[list[str]]:
    """Return the entries of the matrix written between the brackets of ``text``, row by row."""
    found = (row.replace(",", " ").split() for row in text.strip()[1:-1].split(";"))
    return [row for row in found if row]


def strings(text: str) -> list[str]:
    """Return the quoted strings of a cell array."""
    return [found.replace("''", "'") for found in re.findall(r"'((?:[^']|'')*)'", text)]
