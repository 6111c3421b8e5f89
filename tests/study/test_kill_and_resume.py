"""A study that was killed at random moments and resumed ends as one that was left alone, bit for bit."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import time
from pathlib import Path

import pytest

from study.small_study import command, contents, run, write_study

KILLS = int(os.environ.get("LEMPART_TEST_KILLS", "3"))
"""Three in everyday tests; set the variable to 20 for the long run."""
DRAWS_PER_KILL = 12


def _markers(folder: Path) -> int:
    finished = folder / "finished"
    return sum(1 for path in finished.iterdir() if not path.name.startswith(".")) if finished.is_dir() else 0


def _wait_for(folder: Path, count: int, process: subprocess.Popen[bytes], seconds: float = 120.0) -> None:
    deadline = time.monotonic() + seconds
    while _markers(folder) < count and process.poll() is None:
        assert time.monotonic() < deadline, "the study makes no progress"
        time.sleep(0.002)


@pytest.mark.skipif(os.name == "nt", reason="kill -9 is POSIX")
def test_killed_and_resumed_is_left_alone_bit_for_bit(tmp_path: Path) -> None:
    """Processes are killed with signal 9 after a random number of chunks and a random wait; nothing is redone.

    A marker that was there before a kill is never rewritten, all numbers are those of a single process that was left
    alone, and workers don't outlive the process that was killed.
    """
    study = write_study(tmp_path, draws=DRAWS_PER_KILL * KILLS, block=1)
    chunks = 2 * DRAWS_PER_KILL * KILLS
    calm, killed = tmp_path / "calm", tmp_path / "killed"
    assert run("study", str(study), "--out", str(calm), "--workers", "1").returncode == 0
    rng = random.Random(7)
    hits = 0
    for _ in range(KILLS):
        before = _markers(killed)
        arguments = ("study", str(study), "--out", str(killed), "--workers", "2", "--resume")
        process = subprocess.Popen(command(*arguments), stderr=subprocess.DEVNULL, start_new_session=True)
        _wait_for(killed, before + rng.randint(1, 10), process)
        time.sleep(rng.uniform(0, 0.05))
        # What isn't in place yet, with a dot before its name, may be gone between listing it and looking at it.
        there = [path for path in (killed / "finished").iterdir() if not path.name.startswith(".")]
        kept = {path.name: path.stat().st_mtime_ns for path in there}
        process.send_signal(signal.SIGKILL)
        process.wait()
        _wait_until_gone(process.pid)
        assert {path.name: path.stat().st_mtime_ns for path in (killed / "finished").iterdir()}.items() >= (
            kept.items()
        )
        hits += before < _markers(killed) < chunks
    assert hits == KILLS, "a kill came too late to test anything"
    done = run("study", str(study), "--out", str(killed), "--resume", "--workers", "1")
    assert done.returncode == 0, done.stderr
    expected, found = contents(calm), contents(killed)
    left_behind = {name for name in found if name not in expected}
    assert all(Path(name).name.startswith(".") or ".partial" in name for name in left_behind), left_behind
    assert {name: found[name] for name in expected} == expected


def _wait_until_gone(group: int, seconds: float = 20.0) -> None:
    """Wait until no process of a group is left."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return
        assert time.monotonic() < deadline, "a worker outlives the process that was killed"
        time.sleep(0.05)


@pytest.mark.skipif(os.name == "nt", reason="signals are POSIX")
def test_an_interruption_ends_cleanly(tmp_path: Path) -> None:
    """Ctrl-C ends with code 130, says how to go on and shows no traceback; resumed, the numbers are the same."""
    study = write_study(tmp_path, draws=50, block=1)
    calm, stopped = tmp_path / "calm", tmp_path / "stopped"
    assert run("study", str(study), "--out", str(calm), "--workers", "1").returncode == 0
    process = subprocess.Popen(
        command("study", str(study), "--out", str(stopped), "--workers", "2"),
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    _wait_for(stopped, 3, process)
    os.killpg(process.pid, signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130
    assert b"--resume" in said
    assert b"Traceback" not in said
    assert 3 <= _markers(stopped) < 100
    assert run("study", str(study), "--out", str(stopped), "--resume", "--workers", "1").returncode == 0
    assert contents(stopped) == contents(calm)


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="finds the workers through /proc")
def test_a_killed_worker_loses_nothing(tmp_path: Path) -> None:
    """When a worker is killed the run says so with code 1 and keeps what is finished; resumed, nothing is amiss."""
    study = write_study(tmp_path, draws=20, block=1)
    calm, hurt = tmp_path / "calm", tmp_path / "hurt"
    assert run("study", str(study), "--out", str(calm), "--workers", "1").returncode == 0
    process = subprocess.Popen(
        command("study", str(study), "--out", str(hurt), "--workers", "2"), stderr=subprocess.PIPE
    )
    _wait_for(hurt, 3, process)
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text(encoding="ascii").split()
    workers = [pid for pid in children if b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes()]
    os.kill(int(workers[0]), signal.SIGKILL)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 1
    assert b"a worker was ended from outside" in said
    assert 3 <= _markers(hurt) < 40
    assert run("study", str(study), "--out", str(hurt), "--resume", "--workers", "1").returncode == 0
    assert contents(hurt) == contents(calm)
