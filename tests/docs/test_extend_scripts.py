"""What users may add without touching the package: one script for each, and its assertions hold."""

from __future__ import annotations

import re
import runpy
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "examples" / "extend"
SCRIPTS = sorted(FOLDER.glob("*.py"))

pytestmark = pytest.mark.skipif(not FOLDER.exists(), reason="the examples are only in the repository")


@pytest.mark.parametrize("script", SCRIPTS, ids=[path.stem for path in SCRIPTS])
def test_script_runs_and_ends_in_assertions(script: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The script runs as a newcomer would run it, prints something and asserts something."""
    assert re.search(r"^ *assert ", script.read_text(encoding="utf-8"), re.MULTILINE)
    runpy.run_path(str(script), run_name="__main__")
    assert capsys.readouterr().out
