"""``solve --out`` killed at random moments, and two of them at once: no folder ever holds a mixture."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

KILLS = os.environ.get("LEMPART_TEST_KILLS", "6")
"""In everyday tests; 100 for the long run."""
SCRIPT = Path(__file__).parents[2] / "scripts" / "kill_solve.py"


@pytest.mark.skipif(not hasattr(os, "fork") or not SCRIPT.exists(), reason="needs fork and the repository")
def test_no_kill_mixes_two_results() -> None:
    """SIGKILL and SIGINT on a run into the folder of another case's result: all old or all new, as run alone."""
    done = subprocess.run([sys.executable, SCRIPT, KILLS, "2"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "WRONG" not in done.stdout
    assert "then " in done.stdout
    assert "two at once: then whole" in done.stdout
