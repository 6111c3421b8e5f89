"""``lempart report`` at the command line: what it writes, and what it says where it can't."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from lempart.study import read_statistics, write_statistics
from support.command_line import Lempart


def test_writes_one_file_and_tells_the_answer(
    solved: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lempart: Lempart
) -> None:
    """By default report.html in the working folder; the answer is printed as the page tells it."""
    monkeypatch.chdir(tmp_path)
    run = lempart("report", solved("example-2", "--all-cores"))
    assert run.code == 0
    assert [path.name for path in tmp_path.iterdir()] == ["report.html"]
    first = "Optimal stable partition: {P1} {P2, P3} at 241.00 CHF."
    assert first in run.out
    assert first in (tmp_path / "report.html").read_text("utf-8")


def _changed(folder: Path, place: Path) -> Path:
    return Path(shutil.copytree(folder, place / "copy"))


def test_what_cannot_be_reported(
    solved: Callable[..., Path], table_4_folder: Path, tmp_path: Path, lempart: Lempart
) -> None:
    """No result, a changed case, a broken file, a study without its case or too large: what is wrong, what to do."""
    out = tmp_path / "r.html"
    assert "holds neither a result nor a study" in lempart("report", tmp_path, "--out", out).err
    result = _changed(solved("example-2", "--all-cores"), tmp_path)
    case = result / "case" / "case.toml"
    case.write_text(case.read_text("utf-8").replace("tax_per_mwh = 100.0", "tax_per_mwh = 99.0"), encoding="utf-8")
    assert "the case beside it is not the one that was solved" in lempart("report", result, "--out", out).err
    (result / "result.json").write_text("{", encoding="utf-8")
    assert "can't be read" in lempart("report", result, "--out", out).err
    study = Path(shutil.copytree(table_4_folder / "table-4-study", tmp_path / "study"))
    case = study / "case" / "case.toml"
    text = case.read_text("utf-8")
    case.write_text(text.replace("imbalance_penalty_per_mwh = 3", "imbalance_penalty_per_mwh = 4"), encoding="utf-8")
    assert text != case.read_text("utf-8")
    assert "the case in it is not the one that was studied" in lempart("report", study, "--out", out).err
    shutil.rmtree(study / "case")
    run = lempart("report", study, "--out", out)
    assert run.code == 1
    assert "it holds no copy of the study's case" in run.err
    assert "--resume" in run.err
    told = read_statistics(study)
    write_statistics(study, {**told, "points": told["points"] * 200})
    assert "1,600 points and voltage penalties, and a report takes 1,000" in lempart("report", study, "--out", out).err
    assert not out.exists()


def test_a_place_that_cannot_be_written(solved: Callable[..., Path], tmp_path: Path, lempart: Lempart) -> None:
    """Asked before the work is done."""
    run = lempart("report", solved("example-2", "--all-cores"), "--out", tmp_path / "no" / "r.html")
    assert run.code == 1
    assert "there is no folder" in run.err
