"""A case folder appears whole or not at all, and nobody's files are lost."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Literal

import pytest
from good_case import good, write

from lempart.case import Case
from lempart.errors import InputError, UsageError
from lempart.io import read_case, write_case
from lempart.io.case_files.toml_text import toml_text


@pytest.fixture
def case(tmp_path: Path) -> Case:
    (tmp_path / "source").mkdir()
    return read_case(write(tmp_path / "source", good()))


def _content(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_other_peoples_folders_are_refused(case: Case, tmp_path: Path) -> None:
    target = tmp_path / "photos"
    target.mkdir()
    (target / "cat.jpg").write_text("miaow")
    with pytest.raises(InputError, match="holds other things"):
        write_case(case, target)
    assert _content(target) == {"cat.jpg": b"miaow"}
    write_case(case, target, overwrite=True)
    assert set(_content(target)) == {"cat.jpg", "case.toml"}


def test_a_case_is_replaced_and_other_files_stay(case: Case, tmp_path: Path) -> None:
    """Tables of the old case go, so that nobody takes them for the new one's; notes stay."""
    target = write_case(case, tmp_path / "case", tables="csv")
    (target / "notes.txt").write_text("mine")
    write_case(case, target)
    assert set(_content(target)) == {"case.toml", "notes.txt"}
    assert read_case(target) == case


@pytest.mark.parametrize("overwrite", [False, True])
@pytest.mark.parametrize("tables", ["inline", "csv"])
def test_a_case_written_by_hand_is_never_overwritten(
    case: Case, tmp_path: Path, tables: Literal["inline", "csv"], overwrite: bool
) -> None:
    """Neither with ``overwrite`` nor without: the file is named, and nothing of the folder changes."""
    target = tmp_path / "mine"
    target.mkdir()
    (target / "case.toml").write_text("# my own\n" + toml_text(good()))
    (target / "lines.csv").write_text("my measurements")
    before = _content(target)
    with pytest.raises(InputError, match=r"case\.toml: wasn't written by lempart"):
        write_case(case, target, tables=tables, overwrite=overwrite)
    assert _content(target) == before


@pytest.mark.parametrize("changed", ["case.toml", "lines.csv", "prosumers.csv"])
def test_a_case_changed_by_hand_is_never_overwritten(case: Case, tmp_path: Path, changed: str) -> None:
    """One byte more in the file or in a table of it, and it is somebody's work."""
    target = write_case(case, tmp_path / "case", tables="csv")
    with (target / changed).open("a") as file:
        file.write("\n")
    before = _content(target)
    with pytest.raises(InputError, match=r"case\.toml: wasn't written by lempart, or was changed since"):
        write_case(case, target, overwrite=True)
    assert _content(target) == before


def test_a_table_of_somebody_else_is_never_overwritten_nor_removed(case: Case, tmp_path: Path) -> None:
    """A file of a table's name that no case refers to: in the way of tables, untouched by a case without them."""
    target = write_case(case, tmp_path / "case")
    (target / "lines.csv").write_text("my measurements")
    before = _content(target)
    with pytest.raises(InputError, match=r"lines\.csv: wasn't written by lempart"):
        write_case(case, target, tables="csv", overwrite=True)
    assert _content(target) == before
    write_case(case, target)
    assert (target / "lines.csv").read_text() == "my measurements"


def test_a_file_in_the_way_is_refused(case: Case, tmp_path: Path) -> None:
    (tmp_path / "case").write_text("not a folder")
    with pytest.raises(InputError, match="a file of this name"):
        write_case(case, tmp_path / "case")


def test_unknown_tables_are_a_usage_error(case: Case, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="parquet"):
        write_case(case, tmp_path / "case", tables="excel")  # type: ignore[arg-type]


@pytest.mark.parametrize("existing", [False, True])
@pytest.mark.parametrize("call", [1, 2, 3, 4])
@pytest.mark.parametrize("interruption", [OSError(errno.ENOSPC, "No space left on device"), KeyboardInterrupt()])
def test_nothing_half_written_is_left(
    case: Case,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    existing: bool,
    call: int,
    interruption: BaseException,
) -> None:
    """A full disk or Ctrl-C while the n-th file is written: the old case is still there, and nothing else."""
    target = tmp_path / "out" / "case"
    if existing:
        write_case(case, target)
        (target / "notes.txt").write_text("mine")
    before = _content(target) if existing else {}
    real, calls = os.fsync, iter(range(1, 100))

    def interrupted(handle: int) -> None:
        if next(calls) == call:
            raise interruption
        real(handle)

    monkeypatch.setattr(os, "fsync", interrupted)
    expected = InputError if isinstance(interruption, OSError) else KeyboardInterrupt
    with pytest.raises(expected):
        write_case(case, target, tables="csv")
    assert (_content(target) if target.exists() else {}) == before
    assert target.parent.exists() == existing


def test_folder_that_may_not_be_written(case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object, **__: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(Path, "mkdir", refused)
    with pytest.raises(InputError, match="can't be written: Permission denied"):
        write_case(case, tmp_path / "case")


def test_rights_follow_the_umask(case: Case, tmp_path: Path) -> None:
    """A temporary folder for its owner alone must not become the case."""
    (tmp_path / "plain").mkdir()
    written = write_case(case, tmp_path / "case")
    assert written.stat().st_mode == (tmp_path / "plain").stat().st_mode
