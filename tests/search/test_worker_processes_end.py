"""Processes that a search started: none is left when it ends, is interrupted, or when one of them is killed."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from lempart import read_case, shipped_case_path
from lempart.cost import costs_of
from lempart.cost.routes.shared import SharedWork
from lempart.partition import Partition
from support.slow_dispatches import DEADLY, nothing, slow

TOGETHER, PAIR = Partition.of([3]), Partition.of([3, 4])

INTERRUPTED = """
import signal
from lempart.cost.routes.shared import SharedWork
from support.slow_dispatches import nothing, slow
from lempart.partition import Partition

if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.default_int_handler)
    shared = SharedWork(nothing, None, None, 2)
    shared.each(slow, [Partition.of([3])] * 4)
    print(*(process.pid for process in shared._pool._processes.values()), flush=True)
    try:
        while True:
            shared.each(slow, [Partition.of([3])] * 40)
    finally:
        shared.end()
"""


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_workers_end_with_whoever_started_them(tmp_path: Path, how: signal.Signals) -> None:
    """Proves that Ctrl-C, sent to the whole group as a terminal does, and a kill leave no process and no traceback."""
    script = tmp_path / "interrupted.py"
    script.write_text(INTERRUPTED, encoding="utf-8")
    paths = os.pathsep.join([str(Path(__file__).parents[1]), *sys.path])
    run = subprocess.Popen(
        [sys.executable, str(script)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": paths},
        start_new_session=True,
    )
    assert run.stdout is not None
    workers = [int(pid) for pid in run.stdout.readline().split()]
    assert len(workers) == 2
    time.sleep(0.3)
    if how == signal.SIGINT:
        os.killpg(run.pid, how)
    else:
        run.kill()
    _, told = run.communicate(timeout=30)
    assert told.count("Traceback") == (how == signal.SIGINT)  # the script's own; no worker's
    deadline = time.monotonic() + 10.0
    while any(map(_is_alive, workers)) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not any(map(_is_alive, workers))


def test_a_worker_that_is_killed_is_done_without() -> None:
    """Proves that the search goes on alone, says so, and starts no other process."""
    shared = SharedWork(nothing, read_case(shipped_case_path("example-1")), None, 2)
    assert shared.each(slow, [TOGETHER, TOGETHER]) == [None, None]
    with pytest.warns(RuntimeWarning, match="ended from outside"):
        assert shared.each(slow, [TOGETHER, DEADLY, PAIR]) == [None, None, None]
    assert shared.each(slow, [TOGETHER, PAIR]) == [None, None]
    shared.end()
    assert not multiprocessing.active_children()


def test_an_error_ends_them() -> None:
    """Proves that processes are gone whatever ends the block that they are shared in."""
    costs = costs_of(read_case(shipped_case_path("example-1")))

    def fail() -> None:
        with costs.shared_over(2):  # type: ignore[attr-defined]
            assert costs._shared is not None  # type: ignore[attr-defined]
            costs._shared.make = nothing  # type: ignore[attr-defined]
            costs._shared.each(slow, [TOGETHER, TOGETHER])  # type: ignore[attr-defined]
            assert multiprocessing.active_children()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert not multiprocessing.active_children()
