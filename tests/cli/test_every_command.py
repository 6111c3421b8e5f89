"""Every command once, as a user starts it, each on what those before it have written."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from lempart.cli.program import COMMANDS
from study.small_study import run, write_study
from support.pandapower_files import TWO_HOMES

RUNS = [
    ("cases",),
    ("check", "rural-feeder-5"),
    ("cost", "example-2", "--partition", "P1|P2,P3"),
    ("solve", "example-2", "--out", "solved"),
    ("bill", "solved", "--rule", "nucleolus", "--json", "bills.json"),
    ("plot", "solved", "--picture", "costs", "--out", "costs.png"),
    ("report", "solved", "--out", "report.html"),
    ("check-ac", "solved"),
    ("reproduce", "example-1"),
    ("study", "made/study.toml", "--out", "drawn", "--workers", "1"),
    ("phase", "drawn", "--x", "forecast_noise", "--json", "phase.json"),
    ("import", "pandapower", "net.json", "--out", "imported"),
    ("import", "simbench", "1-LV-rural1--0-no_sw", "--out", "village"),
]
WRITTEN = {"bills.json", "costs.png", "drawn", "imported", "phase.json", "report.html", "solved", "village"}


def test_every_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each ends well, says what it found or did, and writes what it was asked for; no command is left out."""
    monkeypatch.chdir(tmp_path)
    write_study(tmp_path / "made", draws=4, block=4)
    shutil.copyfile(TWO_HOMES, "net.json")
    for arguments in RUNS:
        done = run(*arguments)
        assert done.returncode == 0, (arguments, done.stderr)
        assert (done.stdout + done.stderr).strip(), arguments
    assert {path.name for path in tmp_path.iterdir()} == WRITTEN | {"made", "net.json"}
    assert {arguments[0] for arguments in RUNS} == set(COMMANDS)
