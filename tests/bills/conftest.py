"""One solved case that all tests of bills share."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.command_line import Lempart


@pytest.fixture
def solved(lempart: Lempart, tmp_path: Path) -> Path:
    """Return the folder of ``lempart solve example-2 --out``."""
    folder = tmp_path / "solved"
    assert lempart("solve", "example-2", "--out", folder).code == 0
    return folder
