"""One file written whole: what it is written through, whose rights it keeps; and the lock of a folder."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from lempart.atomic import write_bytes
from lempart.errors import InputError
from lempart.lock import writing


@pytest.mark.skipif(os.name != "posix", reason="rights of POSIX")
def test_rights_of_a_file_that_is_replaced_stay(tmp_path: Path) -> None:
    """0600 stays 0600; a new file gets what the umask leaves."""
    path, plain = tmp_path / "a", tmp_path / "plain"
    plain.write_bytes(b"")
    write_bytes(path, b"1")
    assert path.stat().st_mode == plain.stat().st_mode
    path.chmod(0o600)
    write_bytes(path, b"2")
    assert (path.read_bytes(), path.stat().st_mode & 0o777) == (b"2", 0o600)


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    """What it leads to is replaced."""
    (tmp_path / "there").mkdir()
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "there" / "file")
    write_bytes(link, b"1")
    assert link.is_symlink()
    assert [path.name for path in (tmp_path / "there").iterdir()] == ["file"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="pipes with names are POSIX")
def test_a_pipe_is_written_to_not_replaced(tmp_path: Path) -> None:
    """As root ``--json /dev/null`` would have replaced the device by a file."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    write_bytes(pipe, b"told")
    assert os.read(reader, 10) == b"told"
    assert pipe.is_fifo()
    os.close(reader)


def test_a_long_name_can_be_written(tmp_path: Path) -> None:
    """The longest name that the file system takes; the file beside it has a name of its own."""
    path = tmp_path / ("a" * 255)
    write_bytes(path, b"1")
    assert path.read_bytes() == b"1"


def test_a_lock_goes_when_it_is_given_back(tmp_path: Path) -> None:
    """Nothing stays in the folder; one that a killed process left is taken over."""
    (tmp_path / "writing.lock").write_text("12345")
    told = f"process {os.getpid()} is writing to it"
    with writing(tmp_path), pytest.raises(InputError, match=told), writing(tmp_path):
        pass
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("text", ["my notes", "12 eggs", ""])
def test_somebody_elses_file_of_the_locks_name_stays(tmp_path: Path, text: str) -> None:
    """It is named, neither emptied nor removed; an empty one is a lock whose owner was killed at once."""
    path = tmp_path / "writing.lock"
    path.write_text(text)
    if text:
        with pytest.raises(InputError, match="isn't a lock of lempart"), writing(tmp_path):
            pass
        assert path.read_text() == text
    else:
        with writing(tmp_path):
            pass


def test_a_lock_is_no_way_to_another_file(tmp_path: Path) -> None:
    """A link of its name is refused, and what it leads to stays."""
    (tmp_path / "folder").mkdir()
    (tmp_path / "thesis").write_text("7")
    (tmp_path / "folder" / "writing.lock").symlink_to(tmp_path / "thesis")
    with pytest.raises(InputError, match="can't be written"), writing(tmp_path / "folder"):
        pass
    assert (tmp_path / "thesis").read_text() == "7"
