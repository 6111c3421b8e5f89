"""Text made safe to show, against Unicode's own tables, JSON's parser and what spreadsheets take for a formula."""

from __future__ import annotations

import json
import sys
import unicodedata

import pytest

from lempart.errors import InputError, LempartError, Problem, SolverError
from lempart.text import MAX_CHARACTERS, as_text_cell, json_text, of_text_cell, shown

UNSEEN = {"Cc", "Cs", "Zl", "Zp"}  # control characters, surrogates, separators of lines and paragraphs
REORDERING = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}
MARKS = {"\u200e", "\u200f", "\u061c"}  # they reorder, too


def _must_go(sign: str) -> bool:
    return unicodedata.category(sign) in UNSEEN or unicodedata.bidirectional(sign) in REORDERING or sign in MARKS


def test_every_character() -> None:
    """Of all 1.1 million, those that can't be seen or reorder are escaped, all letters, digits and signs stay."""
    for start in range(0, sys.maxunicode + 1, 0x1000):
        for sign in map(chr, range(start, start + 0x1000)):
            seen = shown(sign)
            if _must_go(sign):
                assert seen.isascii(), hex(ord(sign))
                assert seen.isprintable(), hex(ord(sign))
                assert seen.startswith("\\"), hex(ord(sign))
            elif unicodedata.category(sign) not in {"Cf", "Cn", "Co"}:
                assert seen == sign, hex(ord(sign))


def test_joiners_stay() -> None:
    """Persian words and families of emoji are written with joiners, which harm nobody."""
    for text in ("می\u200cخواهم", "\U0001f469\u200d\U0001f467", "soft\u00adhyphen", "naïve", "家"):
        assert shown(text) == text


def test_lines() -> None:
    """Ends of lines are a message's own where it says so, and a name's nowhere else."""
    assert shown("a\nb\x1b[0m") == "a\\nb\\x1b[0m"
    assert shown("a\nb\x1b[0m", lines=True) == "a\nb\\x1b[0m"


def test_long_text_is_cut_in_the_middle() -> None:
    """Beginning and end stay, and how much is left out is told."""
    text = "begin" + "x" * 1_000_000 + "end"
    cut = shown(text)
    assert len(cut) < MAX_CHARACTERS + 50
    assert cut.startswith("beginxxx")
    assert cut.endswith("xxxend")
    assert "998,008 characters" in cut
    assert shown("y" * MAX_CHARACTERS) == "y" * MAX_CHARACTERS


def test_errors() -> None:
    """What an error says of a wicked or endless name is safe to print, in Python as on the command line."""
    name = "\x1b[2J\u202e" + "n" * 1_000_000
    for error in (
        SolverError(f"{name}: no answer"),
        InputError([Problem(f'prosumers["{name}"].node', f"{name} is nowhere", f"Known: {name}.")] * 3),
        LempartError(f"first\n  {name}"),
    ):
        lines = str(error).split("\n")
        assert all(line.isprintable() and len(line) < 10_000 for line in lines)
        assert len(lines) == {SolverError: 1, InputError: 3, LempartError: 2}[type(error)]


def test_a_line_end_in_a_name_adds_no_line() -> None:
    """A problem is one line whatever its names are, so that no name can pass for a message."""
    problem = Problem('nodes["a\nlempart: all is well"]', "is b\nc", "Rename it.")
    assert str(problem).count("\n") == 0
    assert str(InputError([problem, problem])).count("\n") == 1


@pytest.mark.parametrize("ascii_only", [False, True])
def test_json_says_the_same(ascii_only: bool) -> None:
    """A document escapes what can't be seen, also beyond the first plane, and is read as what was written."""
    data = {"a\x9b31m": ["\u202e", "\U000e0041", "\udcff", "\x7f", "é 家 \U0001f600", "\u200d"], "n": [1.5, None]}
    text = json_text(data, ascii_only=ascii_only)
    assert json.loads(text) == data
    assert not any(_must_go(sign) for sign in text if sign != "\n")
    assert ("é" in text) is not ascii_only
    with pytest.raises(ValueError, match="JSON"):
        json_text(float("nan"))


@pytest.mark.parametrize(
    "text", ["=1+2", "+1", "-1", "@sum", "\t=1", "\r=1", "'=1", "''@x", "'", "it's", "a=b", "", "1"]
)
def test_cells(text: str) -> None:
    """No text begins as a formula does, and each comes back as it was."""
    cell = as_text_cell(text)
    assert cell[:1] not in {"=", "+", "-", "@", "\t", "\r"}
    assert of_text_cell(cell) == text
    assert (cell == text) is (text in {"'", "it's", "a=b", "", "1"})
