"""The command line in this process, and one solved case that all tests of bills share."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.command_line import Lempart, runner


@pytest.fixture
def lempart(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Lempart:
    """Return a function that runs a command and gives its exit code, output and messages."""
    monkeypatch.delenv("COLUMNS", raising=False)
    return runner(monkeypatch, capsys)


@pytest.fixture
def solved(lempart: Lempart, tmp_path: Path) -> Path:
    """Return the folder of ``lempart solve example-2 --out``."""
    folder = tmp_path / "solved"
    assert lempart("solve", "example-2", "--out", folder).code == 0
    return folder
