"""Runs of the command line: in this process, or as users start it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from lempart.cli import main

RUN = "from lempart.cli import main; main()"
COMMAND = [sys.executable, "-c", RUN]


@dataclass(frozen=True)
class Run:
    """What a run left behind."""

    code: int
    out: str
    err: str


Lempart = Callable[..., Run]


def started(*arguments: str, **environment: str) -> Run:
    """Return a run in a process of its own."""
    done = subprocess.run(
        [*COMMAND, *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        encoding="utf-8",
        env=env(environment),
    )
    return Run(done.returncode, done.stdout, done.stderr)


def env(changes: Mapping[str, str]) -> dict[str, str]:
    """Return this process's environment without what would change the output, and with ``changes``."""
    kept = {name: value for name, value in os.environ.items() if name not in {"COLUMNS", "LEMPART_DEBUG"}}
    return kept | {"PYTHONIOENCODING": "utf-8"} | changes


def runner(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Lempart:
    """Return a function that runs ``lempart`` in this process; no run may print a traceback."""

    def run(*arguments: object) -> Run:
        monkeypatch.setattr(sys, "argv", ["lempart", *map(str, arguments)])
        monkeypatch.delenv("LEMPART_DEBUG", raising=False)
        capsys.readouterr()
        with pytest.raises(SystemExit) as stop:
            main()
        out, err = capsys.readouterr()
        assert "Traceback" not in out + err
        assert isinstance(stop.value.code, int)
        return Run(stop.value.code, out, err)

    return run


def toml_case(
    folder: Path,
    *,
    prosumers: tuple[str, ...] = ("P1", "P2", "P3"),
    chain: bool = False,
    battery_mw: float = 10.0,
    rating_mva: float = 5.0,
    externalities: bool = True,
    currency: str = "CHF",
    steps: int = 3,
    tax: float = 100.0,
    line_penalty: float = 200.0,
) -> Path:
    """Write a case with the pattern of Example 2 on a star or a chain, and return its file."""
    text = f"""format = 1
name = "made"
[time]
steps = {steps}
step_hours = 1.0
[market]
currency = "{currency}"
externalities = {str(externalities).lower()}
single_boundary = {str(not externalities).lower()}
tax_per_mwh = {tax}
price_per_mwh = 0.0
imbalance_penalty_per_mwh = 0.0
line_penalty_per_mvah = {line_penalty}
voltage_penalty = 0.0
[grid]
pcc = "root"
base_kv = 0.4
"""
    at, pattern = "root", [0.0, 1.0, -1.0]
    for number, name in enumerate(prosumers):
        if chain:
            text += f'[[grid.lines]]\nfrom = "{at}"\nto = "b{number}"\nr_ohm = 0.0\nx_ohm = 0.0\n'
            at = f"b{number}"
        text += (
            f'[[grid.lines]]\nfrom = "{at}"\nto = "n{number}"\nr_ohm = 0.0\nx_ohm = 0.0\nrating_mva = {rating_mva}\n'
        )
        series = [pattern[(step - number) % 3] for step in range(steps)]
        actual = [1.2 * mw for mw in series]
        text += f"[[prosumers]]\nname = '{name}'\nnode = \"n{number}\"\nforecast_mw = {series}\nactual_mw = {actual}\n"
        if battery_mw:
            text += (
                '[[prosumers.flexibility]]\nkind = "battery"\ncost_per_mwh = 15.0\n'
                f"quadratic_cost_per_mw2h = 7.0\npower_mw = {battery_mw}\nenergy_mwh = 100.0\ninitial_soc = 0.5\n"
            )
    path = folder / "case.toml"
    path.write_text(text, encoding="utf-8")
    return path
