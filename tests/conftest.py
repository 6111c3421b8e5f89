"""The ``lempart`` fixture: the command line, run in this process."""

from __future__ import annotations

import pytest

from support.command_line import Lempart, runner


@pytest.fixture
def lempart(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Lempart:
    """Return a function that runs a command and gives its exit code, output and messages."""
    monkeypatch.delenv("COLUMNS", raising=False)
    return runner(monkeypatch, capsys)
