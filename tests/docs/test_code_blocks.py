"""The pages' code runs, page by page and in order, and prints what the pages say it prints."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from support.command_line import COMMAND

ROOT = Path(__file__).parents[2]
PAGES = sorted(path for path in [ROOT / "README.md", *(ROOT / "docs").glob("*.md")] if "```" in path.read_text("utf-8"))
MARKED = re.compile(r"<!-- run: (python|console) -->\s*```\w+\n(.*?)```", re.DOTALL)
RUN = [path for path in PAGES if MARKED.search(path.read_text(encoding="utf-8"))]
ALL_OF_IT = {"tutorial.md", "notebooks.md"}
"""Pages on which every block runs."""

pytestmark = pytest.mark.skipif(not (ROOT / "docs").exists(), reason="the pages are only in the repository")


def _words(text: str) -> str:
    """Return the text without line breaks and run times, which differ from one terminal and machine to another."""
    return re.sub(r"[\d.]+ s\.", "", " ".join(text.split()))


def _run(command: list[str], folder: Path) -> str:
    surroundings = {name: value for name, value in os.environ.items() if name != "COLUMNS"}
    done = subprocess.run(command, capture_output=True, text=True, cwd=folder, env=surroundings, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


def _console(session: str, folder: Path) -> None:
    for part in re.split(r"^\$ ", session, flags=re.MULTILINE)[1:]:
        command, _, shown = part.partition("\n")
        program, *arguments = command.split()
        assert program == "lempart"
        printed = _words(_run([*COMMAND, *arguments], folder))
        for piece in shown.split("...\n"):
            assert _words(piece) in printed


@pytest.mark.parametrize("page", RUN, ids=[path.stem for path in RUN])
def test_blocks_run_in_order(page: Path, tmp_path: Path) -> None:
    """Python blocks of a page share their names, its commands their folder; shown output is what comes out."""
    names: list[str] = []
    for kind, block in MARKED.findall(page.read_text(encoding="utf-8")):
        if kind == "console":
            _console(block, tmp_path)
        else:
            names.append(block)
            _run([sys.executable, "-c", "\n".join(names)], tmp_path)


@pytest.mark.parametrize("name", sorted(ALL_OF_IT))
def test_no_block_is_left_out(name: str) -> None:
    """A page whose blocks all run has no code that isn't marked to be run."""
    text = (ROOT / "docs" / name).read_text(encoding="utf-8")
    assert len(re.findall(r"^```(?:python|console|sh)$", text, re.MULTILINE)) == len(MARKED.findall(text))
