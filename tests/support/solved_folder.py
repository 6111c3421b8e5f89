"""A folder that the command line wrote."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from support.command_line import started


@pytest.fixture(scope="session")
def example_2(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Solve Example 2 into a folder; not to be changed."""
    folder = tmp_path_factory.mktemp("solved") / "example-2"
    done = started("solve", "example-2", "--all-cores", "--out", str(folder))
    assert done.code == 0, done.err
    return folder


@pytest.fixture
def solved(example_2: Path, tmp_path: Path) -> Path:
    """Return a copy of Example 2's folder."""
    return Path(shutil.copytree(example_2, tmp_path / "solved"))
