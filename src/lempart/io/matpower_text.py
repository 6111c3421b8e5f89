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
    """Yield statements: they end at a line break, ``;`` or ``,`` outside brackets and strings."""
    current: list[str] = []
    depth = 0
    for line in text.splitlines():
        signs, goes_on = _code(line)
        for character, quoted in signs:
            depth += 0 if quoted else (character in _OPENING) - (character in _CLOSING)
            if depth == 0 and not quoted and character in ";,":
                yield from _complete(current)
            else:
                current.append(character)
        if goes_on:
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


def _code(line: str) -> tuple[list[tuple[str, bool]], bool]:
    """Return the characters that count, each with whether it is in a string, and whether ``...`` follows."""
    kept: list[tuple[str, bool]] = []
    quoted = False
    place = 0
    while place < len(line):
        character = line[place]
        if not quoted and (character == "%" or line.startswith("...", place)):
            return kept, character == "."
        if quoted and line.startswith("''", place):
            # A doubled quote is one quote of the string.
            kept += [("'", True), ("'", True)]
            place += 2
            continue
        if character == "'" and (quoted or not _is_transpose(kept)):
            quoted = not quoted
            kept.append((character, True))
        else:
            kept.append((character, quoted))
        place += 1
    return kept, False


def _is_transpose(before: list[tuple[str, bool]]) -> bool:
    """Whether a quote after these characters transposes (``A'``) instead of opening a string."""
    return bool(before) and (before[-1][0].isalnum() or before[-1][0] in "_)]}'.")


def rows(text: str) -> list[list[str]]:
    """Return the entries of the matrix written between the brackets of ``text``, row by row."""
    found = (row.replace(",", " ").split() for row in text.strip()[1:-1].split(";"))
    return [row for row in found if row]


def strings(text: str) -> list[str]:
    """Return the quoted strings of a cell array."""
    return [found.replace("''", "'") for found in re.findall(r"'((?:[^']|'')*)'", text)]
