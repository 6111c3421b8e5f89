"""The command line as users start it: speed, signals, pipes and streams of a real process."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

from support.command_line import COMMAND, env, started, toml_case

POSIX = pytest.mark.skipif(sys.platform == "win32", reason="signals and pipes of POSIX")


def test_help_is_quick() -> None:
    """``lempart --help`` takes less than 0.7 s from a cold start, best of five."""
    seconds = []
    for _ in range(5):
        began = time.perf_counter()
        assert started("--help").code == 0
        seconds.append(time.perf_counter() - began)
    assert min(seconds) < 0.7, seconds


def test_streams_and_codes() -> None:
    """Results on one stream, messages on the other, the codes as seen by a shell."""
    good = started("solve", "example-1")
    assert (good.code, good.err) == (0, "")
    assert good.out.startswith("Optimal stable partition: {P1} {P2} {P3} at 234.00 CHF.")
    for arguments, code in ((["solve", "nowhere"], 1), (["solve"], 2)):
        bad = started(*arguments)
        assert (bad.code, bad.out) == (code, "")
        assert bad.err
        assert "Traceback" not in bad.err


def test_two_processes_write_the_same_result() -> None:
    """Bit for bit, whatever the seed of Python's hashes."""
    one = started("solve", "example-2", "--json", "-", PYTHONHASHSEED="1")
    two = started("solve", "example-2", "--json", "-", PYTHONHASHSEED="2")
    assert one.out == two.out
    assert json.loads(one.out)["optimal_stable"]["total"] == pytest.approx(241.0, abs=1e-4)


def _long_case(folder: Path) -> Path:
    """Write a case with 28,657 partitions, far more than are costed in the seconds a test takes."""
    return toml_case(folder, prosumers=tuple(f"P{i}" for i in range(12)), chain=True)


INTERRUPTED_AT_THE_20TH = """
import os, signal
from lempart.cli import main
from lempart.cost import CostsWithExternalities

total, calls = CostsWithExternalities.total, []

def counted(self, partition):
    calls.append(partition)
    if len(calls) == 20:
        os.kill(os.getpid(), signal.SIGINT)
    return total(self, partition)

signal.signal(signal.SIGINT, signal.default_int_handler)  # background jobs of a shell inherit that it is ignored
CostsWithExternalities.total = counted
main()
"""


@POSIX
@pytest.mark.parametrize("output", ["table", "json"])
def test_interrupted_in_the_middle(tmp_path: Path, output: str) -> None:
    """Ctrl-C: the best so far is printed and written, the code is 130, and nothing looks like a crash."""
    path = tmp_path / "out.json"
    options = ["--search", "exhaustive", "--json", *([str(path)] if output == "table" else ["-"])]
    run = subprocess.run(
        [sys.executable, "-c", INTERRUPTED_AT_THE_20TH, "solve", str(_long_case(tmp_path)), *options],
        capture_output=True,
        text=True,
        env=env({}),
        timeout=60,
        check=False,
    )
    assert run.returncode == 130
    assert run.stderr.strip() == "lempart: interrupted"
    if output == "table":
        assert "Not proven (interrupted): 19 of 28,657 partitions costed" in run.stdout
        assert "ptimal stable" not in run.stdout
    found = json.loads(path.read_text(encoding="utf-8") if output == "table" else run.stdout)
    assert (found["proven"], found["stopped"], found["lower_bound"]) == (False, "interrupted", None)
    assert (found["evaluated"], len(found["partitions"]), found["partition_count"]) == (19, 19, 28657)
    assert found["optimal"]["total"] == pytest.approx(min(entry["total"] for entry in found["partitions"]), rel=1e-6)


def test_stopped_by_the_clock(tmp_path: Path) -> None:
    """``--stop-after 1`` ends soon after a second with what it has; the checking that follows is bounded."""
    began = time.perf_counter()
    found = started("solve", str(_long_case(tmp_path)), "--stop-after", "1", "--top", "1")
    assert time.perf_counter() - began < 30.0
    assert found.code == 0
    assert "Not proven (the 1 s allowed have passed): " in found.out


@pytest.mark.slow
def test_progress_goes_to_standard_error(tmp_path: Path) -> None:
    """Where standard error is no terminal, a line every ten seconds tells how far it is and what is best."""
    long = str(_long_case(tmp_path))
    found = started("solve", long, "--search", "exhaustive", "--stop-after", "11", "--json", "-")
    assert json.loads(found.out)["stopped"] == "the 11 s allowed have passed"
    lines = found.err.splitlines()
    assert 1 <= len(lines) <= 3
    assert lines[0].startswith("costing partitions: ")
    assert " of 28657; " in lines[0]
    assert " so far " in lines[0]


@POSIX
@pytest.mark.parametrize("arguments", [["solve", "example-1"], ["cases"], ["solve", "example-1", "--json", "-"]])
def test_a_reader_that_goes_away_is_no_error(arguments: list[str]) -> None:
    """``lempart ... | true``: no message and code 0, since nothing is wrong with the case or its answer."""
    run = subprocess.Popen([*COMMAND, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=env({}))
    assert run.stdout is not None
    assert run.stderr is not None
    run.stdout.close()
    assert run.stderr.read() == b""
    run.stderr.close()
    assert run.wait(timeout=60) == 0


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
@pytest.mark.parametrize("arguments", [["cases"], ["solve", "example-1", "--json", "-"]])
def test_a_full_disk_is_told(arguments: list[str]) -> None:
    """Output that can't be written is code 1 and one line, not a result that is silently cut."""
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [*COMMAND, *arguments], stdout=full, stderr=subprocess.PIPE, text=True, check=False, env=env({})
        )
    assert done.returncode == 1
    assert done.stderr == "lempart: the file system refused: No space left on device\n"
