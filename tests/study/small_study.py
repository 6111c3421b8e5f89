"""A small study for tests: three prosumers on a star, without and with externalities."""

from __future__ import annotations

import subprocess
from pathlib import Path

from lempart.cases import shipped_case_path
from support.command_line import COMMAND

STUDY = """
name = "small"
case = "case.toml"
draws = {draws}
seed = 3
block = {block}
voltage_penalties = [0.0, 1000.0]

[scenarios]
step_scaling = 0.2

[axes]
forecast_noise = [0.0, 0.3]
"""


def write_study(
    folder: Path,
    *,
    draws: int = 12,
    block: int = 5,
    externalities: bool = False,
    more: str = "",
    example: str = "example-1",
) -> Path:
    """Write a study and its case into a folder; return the study's path. ``more`` goes before the tables."""
    folder.mkdir(parents=True, exist_ok=True)
    case = (shipped_case_path(example) / "case.toml").read_text(encoding="utf-8")
    if not externalities:
        assert "externalities = true" in case
        case = case.replace("externalities = true", "externalities = false")
    (folder / "case.toml").write_text(case, encoding="utf-8")
    path = folder / "study.toml"
    text = STUDY.format(draws=draws, block=block).replace("[scenarios]", f"{more}\n[scenarios]")
    path.write_text(text, encoding="utf-8")
    return path


def command(*arguments: str) -> list[str]:
    """Return the command line of ``lempart`` with the arguments, for a process of its own."""
    return [*COMMAND, *arguments]


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run ``lempart`` in a process of its own."""
    return subprocess.run(command(*arguments), capture_output=True, text=True, timeout=300, check=False)


def contents(folder: Path) -> dict[str, bytes]:
    """Return every file of a study's folder but its lock: name to bytes."""
    files = (path for path in folder.rglob("*") if path.is_file() and path.name != "writing.lock")
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}
