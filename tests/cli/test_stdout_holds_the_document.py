"""Every command that writes a document to standard output, against a parser of that document, in a real process."""

from __future__ import annotations

import csv
import io
import json

import pytest

from support.command_line import started

EVERYONE = ["--partition", "P1|P2,P3"]
COMMANDS = {
    "solve": ["solve", "example-2", "--all-cores"],
    "cost": ["cost", "example-2", *EVERYONE, "--cores"],
    "bill": ["bill", "example-2", *EVERYONE],
    "check-ac": ["check-ac", "example-1", *EVERYONE],
    "reproduce": ["reproduce", "example-2"],
}


@pytest.mark.parametrize("name", COMMANDS)
def test_json(name: str) -> None:
    """It is one JSON document and nothing else; no solver that greets, no message among it."""
    found = started(*COMMANDS[name], "--json", "-")
    assert found.code == 0, found.err
    assert isinstance(json.loads(found.out), dict)
    assert found.out.startswith("{\n")
    assert found.err == ""


def test_csv() -> None:
    """The table of bills has one row per player under one row of names."""
    found = started(*COMMANDS["bill"], "--csv", "-")
    rows = list(csv.reader(io.StringIO(found.out)))
    assert [len(row) for row in rows] == [len(rows[0])] * 4
    assert "player" in rows[0]
    assert found.err == ""
