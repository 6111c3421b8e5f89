"""Ctrl-C at any moment, against the code by which shells know it: 130, in one line, whatever was being done."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from support.command_line import RUN, env, started

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")

MOMENTS = int(os.environ.get("LEMPART_TEST_INTERRUPTS", "3"))
"""Moments per command; set the variable to 100 for the long run."""

BEGIN = """
import os, signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)  # background jobs of a shell inherit that it is ignored
os.write(2, b"R")
"""
GRID = """function mpc = grid
mpc.version = '2'; mpc.baseMVA = 1;
mpc.bus = [1 3 0 0 0 0 1 1 0 0.4 1 1.1 0.9; 2 1 0.01 0 0 0 1 1 0 0.4 1 1.1 0.9];
mpc.gen = [1 0 0 1 -1 1 1 1 1 0]; mpc.branch = [1 2 0.1 0.1 0 1 0 0 0 0 1 -360 360];
"""
COMMANDS = {
    "solve": ["solve", "example-2", "--all-cores", "--json", "-"],
    "cost": ["cost", "example-2", "--partition", "P1,P2,P3", "--cores"],
    "bill": ["bill", "solved", "--csv", "bills.csv"],
    "report": ["report", "solved", "--out", "page.html", "--no-pictures"],
    "import": ["import", "matpower", "grid.m", "--out", "case", "--overwrite"],
}


def _process(code: str, arguments: list[str], folder: Path) -> subprocess.Popen[bytes]:
    process = subprocess.Popen(
        [sys.executable, "-c", code, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=folder,
        env=env({}),
    )
    assert process.stderr is not None
    assert process.stderr.read(1) == b"R"
    return process


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a result and a grid."""
    path = tmp_path_factory.mktemp("interrupted")
    (path / "grid.m").write_text(GRID, encoding="utf-8")
    assert started("solve", "example-2", "--out", str(path / "solved")).code == 0
    return path


@pytest.mark.parametrize("name", COMMANDS)
def test_random_moments(name: str, folder: Path) -> None:
    """From loading modules to writing, every interrupted run ends with 130 and one line."""
    began = time.perf_counter()
    calm = _process(BEGIN + RUN, COMMANDS[name], folder)
    calm.communicate(timeout=120)
    whole = time.perf_counter() - began
    rng = random.Random(name)
    for _ in range(MOMENTS):
        process = _process(BEGIN + RUN, COMMANDS[name], folder)
        time.sleep(rng.uniform(0.0, whole))
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=120)
        if process.returncode == 0:
            continue  # it was done before
        if process.returncode == -signal.SIGINT:
            # Before the command line was loaded, Python itself says so; a shell counts that as 130, too.
            assert b"lempart/cli/program.py" not in err
            continue
        assert (process.returncode, err.strip()) == (130, b"lempart: interrupted")


LOST = {
    "as an import error": """
def work():
    try:
        os.kill(os.getpid(), signal.SIGINT)
    except KeyboardInterrupt:
        raise ImportError("initialization failed") from None
""",
    "in a callback that can't raise": """
class Gone:
    def __del__(self):
        os.kill(os.getpid(), signal.SIGINT)

def work():
    gone = Gone()
    del gone
    import time
    while True:
        time.sleep(0.01)
""",
    "and forgotten": """
def work():
    try:
        os.kill(os.getpid(), signal.SIGINT)
    except KeyboardInterrupt:
        return 0
""",
}


@pytest.mark.parametrize("how", LOST)
def test_none_is_lost(how: str, tmp_path: Path) -> None:
    """An interrupt that other code swallows or turns into another error still ends the run with 130, at once."""
    replaced = "import lempart.cli.program as p, types\np.group = types.SimpleNamespace(main=lambda **_: work())\n"
    process = _process(BEGIN + LOST[how] + replaced + RUN, [], tmp_path)
    _, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert err.strip() in {b"lempart: interrupted", b""}  # libraries may swallow it without a trace


def test_an_ignored_signal_stays_ignored(tmp_path: Path) -> None:
    """A shell's background job ignores Ctrl-C, which is meant for the job in front."""
    code = BEGIN.replace("signal.default_int_handler", "signal.SIG_IGN")
    kill = "os.kill(os.getpid(), signal.SIGINT)\n"
    process = _process(code + kill + "sys.argv[1:] = ['cases']\n" + RUN, [], tmp_path)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (0, b"")
    assert b"example-2" in out
