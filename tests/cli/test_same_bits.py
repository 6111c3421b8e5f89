"""A result depends on its case alone: not on the process, on Python's hashes, or on the threads of libraries."""

from __future__ import annotations

from pathlib import Path

import pytest

from lempart import shipped_case_path, write_case
from support.command_line import started
from support.feeders import random_feeder

THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS", "RAYON_NUM_THREADS")


def _elastic(folder: Path) -> Path:
    """Write a random feeder whose limits are elastic and bind."""
    drawn = random_feeder(3, reactive=True, tight=0.5, band=(0.993, 1.005), limits="elastic")
    return write_case(drawn, folder / "elastic")


@pytest.mark.parametrize("name", ["example-2", "rural-feeder-5", "elastic feeder"])
def test_two_processes_with_one_thread_and_with_two(tmp_path: Path, name: str) -> None:
    """The JSON of ``solve`` is the same, byte for byte."""
    case = _elastic(tmp_path) if name == "elastic feeder" else shipped_case_path(name)
    found = [
        started("solve", str(case), "--json", "-", PYTHONHASHSEED=number, **dict.fromkeys(THREADS, number))
        for number in ("1", "2")
    ]
    assert [one.code for one in found] == [0, 0]
    assert len(found[0].out) > 1000
    assert found[0].out == found[1].out
