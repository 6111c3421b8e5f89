"""``import --out`` and ``--overwrite``: a case of lempart's own is replaced where asked, nobody's files are touched."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from support.command_line import Lempart

TWO_BUSES = (
    "function mpc = two\nmpc.version = '2';\nmpc.baseMVA = 1;\n"
    "mpc.bus = [1 3 0 0 0 0 1 1 0 12.66 1 1.05 0.95; 2 1 0.1 0.05 0 0 1 1 0 12.66 1 1.05 0.95];\n"
    "mpc.gen = [1 0 0 10 -10 1 100 1 10 0];\n"
    "mpc.branch = [1 2 0.01 0.01 0 0 0 0 0 0 1 -360 360];\n"
)


@pytest.fixture
def command(tmp_path: Path) -> tuple[object, ...]:
    (tmp_path / "two.m").write_text(TWO_BUSES)
    return ("import", "matpower", tmp_path / "two.m", "--rating-mva", "2", "--out")


def _content(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_a_case_there_is_replaced_where_asked(lempart: Lempart, command: tuple[object, ...], tmp_path: Path) -> None:
    """Without ``--overwrite`` it stays and the message names the option; with it, the new case is there."""
    folder = tmp_path / "case"
    assert lempart(*command, folder, "--name", "old").code == 0
    before = _content(folder)
    refused = lempart(*command, folder, "--name", "new")
    assert refused.code == 1
    assert "there is a case in it already" in refused.err
    assert "--overwrite" in refused.err
    assert _content(folder) == before
    assert lempart(*command, folder, "--name", "new", "--overwrite").code == 0
    assert b'name = "new"' in (folder / "case.toml").read_bytes()


@pytest.mark.parametrize("tables", ["csv", "inline"])
def test_the_working_folder_with_a_case_of_ones_own_stays(
    lempart: Lempart, command: tuple[object, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tables: str
) -> None:
    """``--out . --overwrite`` among the user's case, tables of a case's names and notes: refused, all untouched."""
    folder = tmp_path / "work"
    shutil.copytree(Path(__file__).parents[1] / "data" / "reference-cases" / "star-11", folder)
    for name in ("lines.csv", "forecast.csv", "notes.txt"):
        (folder / name).write_text(f"my {name}")
    monkeypatch.chdir(folder)
    before = _content(folder)
    run = lempart(*command, ".", "--overwrite", "--tables", tables)
    assert run.code == 1
    assert "case.toml: wasn't written by lempart, or was changed since" in run.err
    assert _content(folder) == before


def test_files_of_tables_names_stay(lempart: Lempart, command: tuple[object, ...], tmp_path: Path) -> None:
    """A folder without a case but with somebody's ``lines.csv``: refused by name; inline it is written beside it."""
    folder = tmp_path / "work"
    folder.mkdir()
    (folder / "lines.csv").write_text("my lines")
    run = lempart(*command, folder, "--overwrite", "--tables", "csv")
    assert run.code == 1
    assert "lines.csv: wasn't written by lempart" in run.err
    assert _content(folder) == {"lines.csv": b"my lines"}
    assert lempart(*command, folder, "--overwrite", "--tables", "inline").code == 0
    assert (folder / "lines.csv").read_text() == "my lines"
