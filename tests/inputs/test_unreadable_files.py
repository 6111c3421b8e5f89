"""Files that aren't a case at all: one clear problem, never a traceback."""

from __future__ import annotations

from pathlib import Path

import pytest

from lempart.errors import InputError
from lempart.io import check_case, read_case

CONTENTS = [  # what the file holds, what is said of it, what to do
    (b"", "the file is empty", "docs/case-format.md"),
    (b'format = 1\nname = "half\n', "not valid TOML", "to the end?"),
    (b"format = 1\nformat = 1\n", "not valid TOML", "Correct it"),
    (b"\xff\xfe\x00", "not UTF-8 text", "Save it as UTF-8"),
    (b"a = " + b"[" * 100_000, "nested too deeply", "brackets"),
    (b"format = 3\n", "this version reads format 1", "update lempart"),
]


@pytest.mark.parametrize(("content", "message", "remedy"), CONTENTS)
def test_content_that_is_no_case(content: bytes, message: str, remedy: str, tmp_path: Path) -> None:
    (tmp_path / "case.toml").write_bytes(content)
    (problem,) = check_case(tmp_path)
    assert problem.where.startswith("case.toml")
    assert message in problem.message
    assert remedy in problem.remedy


@pytest.mark.parametrize("name", ["absent", "absent/case.toml", "absent\x00"])
def test_path_without_a_case(name: str, tmp_path: Path) -> None:
    with pytest.raises(InputError):
        read_case(tmp_path / name)
    assert len(check_case(tmp_path / name)) == 1


def test_folder_without_a_case(tmp_path: Path) -> None:
    (problem,) = check_case(tmp_path)
    assert "there is no such file" in problem.message
    assert "case.toml" in problem.where


def test_byte_order_mark_is_ignored(tmp_path: Path) -> None:
    """Editors on Windows put one at the front."""
    from good_case import GOOD

    (tmp_path / "case.toml").write_bytes(b"\xef\xbb\xbf" + GOOD.replace("\n", "\r\n").encode())
    assert read_case(tmp_path).name == "good"
