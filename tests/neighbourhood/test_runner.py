"""Many tasks on several processes: the same records, whatever happens to the processes."""

from __future__ import annotations

import functools
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from lempart.errors import LempartError
from lempart.study import RecordStore, read_records, run_tasks
from neighbourhood.toy_work import (
    COUNT,
    MODULE,
    STUDY,
    broken_at_5,
    infeasible_at_5,
    interruptions_ignored,
    killed_at_5,
    square,
    tasks,
)

POSIX = pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
KEYS = [key for key, _ in tasks()]


def _expected() -> dict[str, Mapping[str, Any]]:
    return {key: {"key": key, **square(number)} for key, number in tasks()}


def _started(folder: Path, workers: int) -> subprocess.Popen[str]:
    paths = [str(Path(__file__).parents[1]), *filter(None, [os.environ.get("PYTHONPATH")])]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(paths)}
    return subprocess.Popen(
        [sys.executable, "-m", MODULE, str(folder), str(workers)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
        start_new_session=True,
    )


def _wait_for(folder: Path, count: int, process: subprocess.Popen[str], seconds: float = 60.0) -> None:
    deadline = time.monotonic() + seconds
    while len(read_records(folder)) < count:
        assert process.poll() is None, "the study ended too soon to be stopped"
        assert time.monotonic() < deadline, "the study makes no progress"
        time.sleep(0.002)


def _records(folder: Path) -> dict[str, Mapping[str, Any]]:
    found = read_records(folder)
    assert len({record["key"] for record in found}) == len(found), "a task was done twice"
    return {record["key"]: record for record in found}


def test_one_worker_and_two_give_the_same_records(tmp_path: Path) -> None:
    """Whoever computes them: equal records, each once; in one process also in the order of the tasks."""
    for workers in (1, 2):
        with RecordStore(tmp_path / str(workers), STUDY) as store:
            run_tasks(tasks(), square, store, workers=workers)
            assert dict(store.done) == _expected()
        assert _records(tmp_path / str(workers)) == _expected()
    assert [record["key"] for record in read_records(tmp_path / "1")] == KEYS


def test_only_what_is_missing_is_done(tmp_path: Path) -> None:
    """Resumed with more tasks, those stored aren't computed again; progress counts them as done."""
    told: list[tuple[str, int, int]] = []
    called: list[int] = []

    def work(number: int) -> Mapping[str, Any]:
        called.append(number)
        return square(number)

    with RecordStore(tmp_path, STUDY) as store:
        run_tasks(tasks(3), work, store)
    with RecordStore(tmp_path, STUDY, resume=True) as store:
        run_tasks(tasks(5), work, store, progress=lambda *args: told.append(args))
    assert called == [0, 1, 2, 3, 4]
    assert told == [("study", 3, 5), ("study", 4, 5), ("study", 5, 5)]


def test_tasks_with_the_same_key_are_refused(tmp_path: Path) -> None:
    """They would be one record, computed twice."""
    with RecordStore(tmp_path, STUDY) as store, pytest.raises(ValueError, match="same key"):
        run_tasks([*tasks(2), tasks(1)[0]], square, store)


@pytest.mark.parametrize("workers", [1, 2])
def test_a_task_that_fails_is_named(tmp_path: Path, workers: int) -> None:
    """What a user can meet keeps its message, with the task before it; what is finished is stored."""
    with RecordStore(tmp_path, STUDY) as store:
        with pytest.raises(LempartError, match=r"^task/005: no dispatch meets the limits$"):
            run_tasks(tasks(), infeasible_at_5, store, workers=workers)
        assert "task/005" not in store.done
    found = _records(tmp_path)
    assert all(found[key] == _expected()[key] for key in found)
    if workers == 1:
        assert list(found) == KEYS[:5]
    with RecordStore(tmp_path, STUDY, resume=True) as store:
        run_tasks(tasks(), square, store, workers=workers)
    assert _records(tmp_path) == _expected()


@pytest.mark.parametrize("workers", [1, 2])
def test_a_bug_in_a_task_keeps_its_type_and_names_the_task(tmp_path: Path, workers: int) -> None:
    """Its traceback ends with the task's key."""
    with RecordStore(tmp_path, STUDY) as store, pytest.raises(ZeroDivisionError, match="a bug") as told:
        run_tasks(tasks(), broken_at_5, store, workers=workers)
    assert "in the task task/005" in told.value.__notes__


@POSIX
def test_a_worker_that_is_killed(tmp_path: Path) -> None:
    """As by a system out of memory: one clear message; the study goes on where it was."""
    with RecordStore(tmp_path, STUDY) as store, pytest.raises(LempartError, match=r"ended from outside .*--resume"):
        run_tasks(tasks(), killed_at_5, store, workers=2)
    found = _records(tmp_path)
    assert all(found[key] == _expected()[key] for key in found)
    with RecordStore(tmp_path, STUDY, resume=True) as store:
        run_tasks(tasks(), square, store, workers=2)
    assert _records(tmp_path) == _expected()


@POSIX
def test_killed_three_times_and_resumed(tmp_path: Path) -> None:
    """Signal 9 to the main process at random moments, twice with two workers and once with one; then to the end.

    Records that were there stay as they were, none is done twice, and no worker outlives its parent.
    """
    rng = random.Random(11)
    kept: dict[str, Mapping[str, Any]] = {}
    for workers in (2, 1, 2):
        process = _started(tmp_path, workers)
        _wait_for(tmp_path, len(kept) + rng.randint(1, 5), process)
        time.sleep(rng.uniform(0.0, 0.03))
        process.kill()
        process.communicate(timeout=30)  # the workers hold the pipes, so that this returns when the last is gone
        found = _records(tmp_path)
        assert len(kept) < len(found) < COUNT
        assert found.items() >= kept.items()
        kept = found
    process = _started(tmp_path, 2)
    process.communicate(timeout=60)
    assert process.returncode == 0
    assert _records(tmp_path) == _expected()
    assert _records(tmp_path).items() >= kept.items()


@POSIX
@pytest.mark.parametrize("workers", [1, 2])
def test_interrupted_from_the_keyboard(tmp_path: Path, workers: int) -> None:
    """Ctrl-C reaches every process of the terminal: what is finished is kept, and nothing looks like a crash."""
    process = _started(tmp_path, workers)
    _wait_for(tmp_path, 3, process)
    os.killpg(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert (process.returncode, out, err) == (130, "open\n", "")
    found = _records(tmp_path)
    assert 3 <= len(found) < COUNT
    assert all(found[key] == _expected()[key] for key in found)
    with RecordStore(tmp_path, STUDY, resume=True) as store:
        run_tasks(tasks(), square, store)
    assert _records(tmp_path) == _expected()


def test_workers_leave_interruptions_to_their_parent(tmp_path: Path) -> None:
    """One that waits for work would print a traceback of its own; this process keeps its handler."""
    before = signal.getsignal(signal.SIGINT)
    with RecordStore(tmp_path, STUDY) as store:
        run_tasks(tasks(4), interruptions_ignored, store, workers=2)
        assert [record["ignored"] for record in store.done.values()] == [True] * 4
    assert signal.getsignal(signal.SIGINT) is before


def test_memory_does_not_grow_with_the_number_of_tasks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only a few tasks are handed to the workers before the first has come back."""
    import lempart.study.runner as module

    flying: list[int] = []

    def counted(futures: Mapping[Any, str], **options: Any) -> Any:
        flying.append(len(futures))
        return functools.partial(wait, futures, **options)()

    wait = module.wait
    monkeypatch.setattr(module, "wait", counted)
    with RecordStore(tmp_path, STUDY) as store:
        run_tasks(tasks(), square, store, workers=2)
    assert max(flying) == 4
