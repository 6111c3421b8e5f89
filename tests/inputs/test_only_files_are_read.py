"""What stands in the place of a file: pipes, devices, sockets, folders, links to nothing, files without end."""

from __future__ import annotations

import os
import shutil
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from lempart.cases import shipped_case_path
from lempart.errors import InputError
from lempart.io import check_case, from_matpower, from_pandapower, read_case, write_case
from lempart.io.opening import MIB, read_bytes, read_json
from lempart.study.spec.spec_file import read_study

posix = pytest.mark.skipif(os.name != "posix", reason="the system has other kinds of files")


def a_pipe_without_a_writer(path: Path) -> None:
    os.mkfifo(path)


def a_device_that_never_ends(path: Path) -> None:
    path.symlink_to("/dev/zero")


def a_device_that_is_empty(path: Path) -> None:
    path.symlink_to("/dev/null")


def a_folder(path: Path) -> None:
    path.mkdir()


def a_link_to_nothing(path: Path) -> None:
    path.symlink_to(path.with_name("nowhere"))


def a_link_to_itself(path: Path) -> None:
    path.symlink_to(path)


MADE = [
    (a_pipe_without_a_writer, "it is a pipe"),
    (a_device_that_never_ends, "it is a device"),
    (a_device_that_is_empty, "it is a device"),
    (a_folder, "s a (folder|directory)|no such file"),
    (a_link_to_nothing, "[nN]o such file|there is no file"),
    (a_link_to_itself, "symbolic links|there is no file"),
]


def read_a_table(path: Path) -> None:
    folder = path.with_name("case")
    write_case(read_case(shipped_case_path("example-2")), folder, tables="csv")
    (folder / "lines.csv").unlink()
    path.rename(folder / "lines.csv")
    read_case(folder)


READERS: list[Callable[[Path], object]] = [read_case, from_matpower, from_pandapower, read_study, read_a_table]


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Path]:
    """Return a place for something that a pipe's reader would wait for ever on, were it opened in the usual way."""
    yield tmp_path / "input"
    shutil.rmtree(tmp_path)


@posix
@pytest.mark.parametrize(("make", "told"), MADE, ids=lambda value: getattr(value, "__name__", ""))
@pytest.mark.parametrize("read", READERS, ids=lambda value: value.__name__)
def test_every_reader_refuses_what_is_no_file(
    place: Path, read: Callable[[Path], object], make: Callable[[Path], None], told: str
) -> None:
    """Told at once, as the project's own error, and never waited for."""
    make(place)
    with pytest.raises(InputError, match=told):
        read(place)


@posix
def test_a_case_is_not_waited_for_where_one_is_replaced(tmp_path: Path) -> None:
    """Whether lempart wrote what is there is asked of files alone; a pipe in a case's place is somebody else's."""
    case = read_case(shipped_case_path("example-2"))
    write_case(case, tmp_path / "case", tables="csv")
    for name in ("lines.csv", "case.toml"):
        (tmp_path / "case" / name).unlink()
        os.mkfifo(tmp_path / "case" / name)
        with pytest.raises(InputError):
            write_case(case, tmp_path / "case", tables="csv", overwrite=True)
        assert (tmp_path / "case" / name).is_fifo()


@posix
def test_sockets_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # names of sockets have to be short
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("input")
        with pytest.raises(OSError, match=r"."):
            read_bytes(tmp_path / "input")


@posix
def test_links_to_files_are_read(tmp_path: Path) -> None:
    (tmp_path / "real").write_bytes(b"{}")
    (tmp_path / "link").symlink_to("real")
    assert read_bytes(tmp_path / "link") == b"{}"


def test_the_largest_size_is_told(tmp_path: Path) -> None:
    """One byte more than the most is refused unread: the file is sparse, and reading it would show."""
    with (tmp_path / "large").open("wb") as file:
        file.truncate(3 * MIB)
    assert len(read_bytes(tmp_path / "large", 3 * MIB)) == 3 * MIB
    with pytest.raises(OSError, match="larger than 2 MiB, the most that is read"):
        read_bytes(tmp_path / "large", 2 * MIB)
    with (tmp_path / "case.toml").open("wb") as file:
        file.truncate(2**40)
    (problem,) = check_case(tmp_path)
    assert "larger than 128 MiB" in problem.message


def test_json_that_is_nested_too_deeply_is_told(tmp_path: Path) -> None:
    (tmp_path / "deep.json").write_text("[" * 100_000)
    with pytest.raises(ValueError, match="nested too deeply"):
        read_json(tmp_path / "deep.json")
