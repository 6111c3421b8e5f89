"""Files that belong together are all old or all new, wherever a writer is killed; the next one goes on from there."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from lempart.errors import InputError
from lempart.publish import foreign, held, publish, where
from support.kills import killed_everywhere

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="kills need fork")

OLD = {"case/a.csv": b"old", "bills": b"old", "result": b"old"}
NEW = {"case/b.csv": b"new", "bills": b"new", "result": b"new"}
FOREIGN = {"notes.txt": b"mine", "case/mine.txt": b"mine"}


def _write(folder: Path, files: dict[str, bytes], remove: tuple[str, ...] = ()) -> None:
    with held(folder):
        publish(folder, files, last="result", remove=remove)


def _seen(folder: Path) -> dict[str, bytes]:
    """Return what a reader sees."""
    place = where(folder, "result")
    return {name: (place / name).read_bytes() for name in {*OLD, *NEW} if (place / name).exists()}


def _raw(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_old_or_new_wherever_the_writer_dies(tmp_path: Path) -> None:
    """A reader sees one whole set; so does whoever looks at the files alone, or finds no last file there.

    The next writer leaves the new set (or its own) with nothing beside it but the files of others, which stay.
    """
    folder = tmp_path / "folder"

    def fresh() -> None:
        shutil.rmtree(folder, ignore_errors=True)
        _write(folder, OLD)
        for name, data in FOREIGN.items():
            (folder / name).write_bytes(data)

    seen = []
    for _ in killed_everywhere(lambda: _write(folder, NEW, ("case/a.csv",)), fresh):
        found = _seen(folder)
        assert found in (OLD, NEW)
        seen.append(found == NEW)
        raw = {name: data for name, data in _raw(folder).items() if name in {*OLD, *NEW}}
        assert raw in (OLD, NEW) or "result" not in raw
        with held(folder):
            assert foreign(folder, {"case", "bills", "result"}) == ["notes.txt"]
        assert _raw(folder) == {**found, **FOREIGN} or _raw(folder) == {**NEW, **FOREIGN}
    assert seen == sorted(seen), "what was new once became old again"
    assert {False, True} <= set(seen)
    assert len(seen) > 20


def test_a_new_folder_is_whole_or_says_that_it_is_not(tmp_path: Path) -> None:
    """Where there was nothing, a kill leaves a folder without the last file, or all files."""
    folder = tmp_path / "new" / "folder"
    for _ in killed_everywhere(lambda: _write(folder, NEW), lambda: shutil.rmtree(tmp_path / "new", True)):
        assert not folder.exists() or "result" not in _seen(folder) or _seen(folder) == NEW
    assert _raw(folder) == NEW


def test_a_write_that_can_not_end_never_begins(tmp_path: Path) -> None:
    """A folder or a link out of the folder in the place of a file is told before anything is replaced."""
    folder, outside = tmp_path / "folder", tmp_path / "outside"
    _write(folder, OLD)
    outside.mkdir()
    (outside / "b.csv").write_bytes(b"mine")
    shutil.rmtree(folder / "case")
    (folder / "case").symlink_to(outside)
    with pytest.raises(InputError, match="leads out of the folder"):
        _write(folder, NEW)
    (folder / "case").unlink()
    (folder / "bills").unlink()
    (folder / "bills").mkdir()
    with pytest.raises(InputError, match="there is a folder of this name"):
        _write(folder, NEW)
    assert (outside / "b.csv").read_bytes() == b"mine"
    assert (folder / "result").read_bytes() == b"old"
    assert list(folder.glob(".*")) == []


def test_rights_stay(tmp_path: Path) -> None:
    """A file for its owner alone stays so when it is replaced, and so do the folder and new files by the umask."""
    folder = tmp_path / "folder"
    _write(folder, OLD)
    folder.chmod(0o770)
    (folder / "result").chmod(0o600)
    (tmp_path / "plain").write_bytes(b"")
    _write(folder, NEW)
    assert folder.stat().st_mode & 0o777 == 0o770
    assert (folder / "result").stat().st_mode & 0o777 == 0o600
    assert (folder / "case" / "b.csv").stat().st_mode == (tmp_path / "plain").stat().st_mode


def test_a_folder_that_only_looks_like_a_stopped_write_is_refused(tmp_path: Path) -> None:
    """Somebody's files under the name of what waits aside are neither moved nor removed."""
    for plan in (None, "{", "[]", '{"last": 1, "remove": []}', '{"last": "a", "remove": [1]}'):
        shutil.rmtree(tmp_path / "folder", True)
        aside = tmp_path / "folder" / ".lempart-new"
        (aside / ".put").mkdir(parents=True)
        (aside / "mine").write_bytes(b"mine")
        if plan is not None:
            (aside / ".put" / ".plan.json").write_text(plan)
        with pytest.raises(InputError, match="isn't what lempart leaves"):
            _write(tmp_path / "folder", NEW)
        assert (aside / "mine").read_bytes() == b"mine"


@pytest.mark.parametrize("name", ["../out", "/tmp/lempart-test-out"])
def test_a_plan_that_leads_out_of_its_folder_is_refused(tmp_path: Path, name: str) -> None:
    """A folder from somewhere else can't have the next writer remove files elsewhere."""
    aside = tmp_path / "folder" / ".lempart-new"
    (aside / ".put").mkdir(parents=True)
    (aside / ".put" / ".plan.json").write_text(f'{{"last": "result", "remove": ["{name}"]}}')
    (tmp_path / "out").write_bytes(b"mine")
    with pytest.raises(InputError, match="leads out of the folder"):
        _write(tmp_path / "folder", NEW)
    assert (tmp_path / "out").read_bytes() == b"mine"
