"""The text of a MATPOWER case file, split into statements.

Only the little of MATLAB that case files use: comments, continuation lines, strings, brackets. Nothing is executed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from lempart.io.networks.matpower.arithmetic import NotFollowedError

MAX_STATEMENTS = 10_000
"""The most that a file may hold; a matrix is one of them."""

_PIECE = re.compile(r"%[^\n]*|\.\.\.[^\n]*(?:\n|$)|[\[({]|[\])}]|[;,\n]+|['\"]|(?:[^%.;,\n'\"\[\](){}]|\.(?!\.\.))+")
_STRING = {"'": re.compile(r"'(?:[^'\n]|'')*'?"), '"': re.compile(r'"(?:[^"\n]|"")*"?')}


@dataclass(frozen=True)
class Statement:
    """A statement without comments; line breaks in brackets became ``;``.

    Attributes
    ----------
    line
        The line of the file that it begins on.
    """

    text: str
    line: int


def statements(text: str) -> list[Statement]:
    """Return the statements of the file's main function.

    Raises
    ------
    NotFollowedError
        If there are too many, or a block comment isn't closed.
    """
    found: list[Statement] = []
    functions = 0
    for statement in _split(_without_block_comments(text.replace("\r\n", "\n").replace("\r", "\n"))):
        functions += statement.text.startswith("function")
        if functions > 1:
            break
        if statement.text not in ("end", "return"):
            found.append(statement)
        if len(found) > MAX_STATEMENTS:
            raise NotFollowedError(f"it holds more than {MAX_STATEMENTS:,} statements")
    return found


def _without_block_comments(text: str) -> str:
    """Return the text with empty lines where ``%{`` to ``%}``, each alone on a line, stand; they may be nested."""
    if "%{" not in text:
        return text
    kept = []
    depth = 0
    for line in text.split("\n"):
        sign = line.strip(" \t")
        depth += sign == "%{"
        kept.append("" if depth else line)
        depth -= sign == "%}" and depth > 0
    if depth:
        raise NotFollowedError("a block comment, %{, is not closed")
    return "\n".join(kept)


def _split(text: str) -> Iterator[Statement]:
    """Yield statements: they end at a line break, ``;`` or ``,`` outside brackets and strings."""
    current: list[str] = []
    depth = place = 0
    line = start = 1
    while place < len(text):
        found = _PIECE.match(text, place)
        piece = found[0] if found else text[place]
        if piece in _STRING and not (piece == "'" and _transposes(current)):
            string = _STRING[piece].match(text, place)
            piece = string[0] if string else piece
        place += len(piece)
        depth += (piece in "[({") - (piece in "])}")
        if not current:
            start = line
        if piece[0] in ";,\n" and depth <= 0:
            yield from _complete(current, start)
            depth = 0
        elif piece[0] in ";,\n":
            # Inside a matrix a line break ends a row.
            current.append("," if set(piece) == {","} else ";")
        elif piece.startswith("..."):
            current.append(" ")
        elif not piece.startswith("%"):
            current.append(piece)
        line += piece.count("\n")
    yield from _complete(current, start)


def _complete(current: list[str], line: int) -> Iterator[Statement]:
    whole = "".join(current)
    current.clear()
    text = whole.strip()
    if text:
        yield Statement(text, line)


def _transposes(before: list[str]) -> bool:
    """Whether a quote after these pieces transposes (``A'``) instead of opening a string."""
    last = before[-1][-1:] if before else ""
    return last.isalnum() or (last != "" and last in "_)]}'.")


def rows(text: str) -> list[list[str]]:
    """Return the entries of the matrix written between the brackets of ``text``, row by row."""
    found = (row.replace(",", " ").split() for row in text.strip()[1:-1].split(";"))
    return [row for row in found if row]


def strings(text: str) -> list[str]:
    """Return the quoted strings of a cell array."""
    return [found.replace("''", "'") for found in re.findall(r"'((?:[^']|'')*)'", text)]
