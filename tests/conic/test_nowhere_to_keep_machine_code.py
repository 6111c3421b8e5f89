"""Compiled code where neither the package nor the home can be written: compiled anew, with the same answers."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("numba")

WORK = """
import os, sys, tempfile

class ReadOnly:
    def __init__(self, *args, **kwargs):
        raise PermissionError(13, "Permission denied")

if sys.argv[1] == "read-only":
    tempfile.TemporaryFile = ReadOnly  # how numba finds out whether a folder can be written
from numba import njit
from lempart.conic.batch.lanes import aligned, compiled, load, store

@compiled
def doubled(array):
    for row in range(array.shape[0]):
        store(array, row, load(array, row) + load(array, row))

from lempart.conic.batch.linear import multiply
rows = aligned(3)
rows[:] = [[1.0], [2.0], [3.0]]
doubled(rows)
print(rows[:, 0].tolist(), "cache_path" in dir(multiply._cache) and bool(multiply._cache.cache_path))
"""


@pytest.mark.parametrize("where", ["read-only", "writable"])
def test_it_works_without_a_cache(where: str, tmp_path: Path) -> None:
    """No folder can be written, as in an image's read-only layer run by a user without a home; and as usual."""
    script = tmp_path / "work.py"
    script.write_text(WORK, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, str(script), where],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
        env={**os.environ, "NUMBA_CACHE_DIR": str(tmp_path / "cache")},
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split("]")[0] == "[2.0, 4.0, 6.0"
    assert done.stdout.strip().endswith(str(where == "writable"))
    assert any(tmp_path.rglob("*.nbi")) is (where == "writable")
