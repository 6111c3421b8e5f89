"""What the README says is what happens."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from support.command_line import COMMAND

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"

pytestmark = pytest.mark.skipif(not README.exists(), reason="the README is only in the repository")


def _block(name: str) -> str:
    found = re.search(rf"<!-- run: {name} -->\s*```\w*\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    assert found, name
    return found.group(1)


def test_python_example_runs_and_prints_what_its_comments_say() -> None:
    """The example runs as it stands and finds the partition and the cost that its comments promise."""
    code = _block("python")
    assert len([line for line in code.splitlines() if line.strip()]) <= 15
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    lines = done.stdout.splitlines()
    assert "proven" in lines[0]
    assert lines[1].startswith("[['P1'], ['P2', 'P3']] 241.0")
    assert "('P1', 'P2') gain 3.0" in lines


def test_console_example_is_what_the_command_prints() -> None:
    """Every line of the README's console session is printed by the command (its times aside)."""
    session = re.search(r"```console\n\$ lempart (.*?)\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    assert session
    command = [*COMMAND, *session.group(1).split()]
    surroundings = {name: value for name, value in os.environ.items() if name != "COLUMNS"}
    printed = subprocess.run(command, capture_output=True, text=True, check=True, env=surroundings).stdout

    def words(text: str) -> str:
        return re.sub(r"[\d.]+ s\.", "", " ".join(text.split()))

    for part in session.group(2).split("...\n"):
        assert words(part) in words(printed)


@pytest.mark.parametrize("name", ["main", "test"])
def test_commands_for_a_fresh_machine_are_one_line_each(name: str) -> None:
    """Each is a single line that sets up an environment of its own, then does its job."""
    (line,) = _block(name).splitlines()
    assert line.startswith("python3 -m venv .venv && .venv/bin/pip install ")


def test_ci_runs_the_readmes_test_command() -> None:
    """CI takes the test command from the README, so that it can't drift."""
    assert "readme_command.py test" in (ROOT / ".ci" / "run").read_text(encoding="utf-8")


def test_links_lead_somewhere() -> None:
    """Every relative link and picture of the README exists."""
    for target in re.findall(r"\]\((?!https?:)([^)#]+)", README.read_text(encoding="utf-8")):
        assert (ROOT / target).exists(), target
