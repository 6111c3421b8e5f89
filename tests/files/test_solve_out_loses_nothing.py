"""``solve --out``: the result before stays until a whole one takes its place; inputs and others' files stay."""

from __future__ import annotations

import importlib
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lempart.case import case_hash
from lempart.cases import shipped_case_path
from lempart.errors import SolverError
from lempart.io import read_case, write_case
from lempart.lock import writing
from support.command_line import Lempart, toml_case


def content(folder: Path) -> dict[str, bytes]:
    """Return all files below a folder."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def solve_module() -> Any:
    """Return the module, which the function of the same name in its package hides."""
    return importlib.import_module("lempart.cli.solve")


def fail(error: BaseException) -> Callable[..., None]:
    """Return a function that raises."""

    def failing(*_: object, **__: object) -> None:
        raise error

    return failing


def test_case_result_and_bills_belong_together(solved: Path) -> None:
    """The case's hash stands in both files, is that of the case beside them, and the bills name their result."""
    result = json.loads((solved / "result.json").read_bytes())
    bills = json.loads((solved / "bills.json").read_bytes())
    assert result["case_hash"] == bills["case_hash"] == case_hash(read_case(solved / "case"))
    assert len(bills["result_sha256"]) == 64
    assert sorted(content(solved)) == ["bills.json", "case/case.toml", "result.json"]


@pytest.mark.parametrize("error", [SolverError("stalled"), KeyboardInterrupt(), ZeroDivisionError("a bug")])
def test_a_run_that_fails_leaves_the_result_before(
    lempart: Lempart, solved: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    """A solver that gives up, Ctrl-C, a bug: every file is as it was."""
    before = content(solved)
    monkeypatch.setattr(solve_module(), "solve_case", fail(error))
    assert lempart("solve", "example-1", "--out", solved).code in (3, 130)
    assert content(solved) == before


@pytest.mark.parametrize("error", [SolverError("choosing among optimal prices"), KeyboardInterrupt()])
def test_without_bills_the_answer_is_kept_and_shown(
    lempart: Lempart, solved: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    """Where bills can't be made, or Ctrl-C comes while they are, the search's answer isn't lost; the old bills go."""
    monkeypatch.setattr(solve_module(), "evaluated_bills_json", fail(error))
    run = lempart("solve", "example-1", "--out", solved)
    assert run.code == (130 if isinstance(error, KeyboardInterrupt) else 3)
    assert run.out.startswith("Optimal stable partition: {P1} {P2} {P3} at 234.00 CHF.")
    assert sorted(content(solved)) == ["case/case.toml", "result.json"]
    assert json.loads((solved / "result.json").read_bytes())["case"] == "example-1"
    assert lempart("report", solved, "--no-pictures", "--out", solved / "r.html").code == 0


def _interrupted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every search end as on Ctrl-C after its first partition."""
    real, calls = solve_module().solve_case, []

    def stopped(*arguments: Any, **options: Any) -> Any:
        def stop() -> str:
            calls.append(1)
            if len(calls) > 1:
                raise KeyboardInterrupt
            return ""

        calls.clear()
        return real(*arguments, **{**options, "stop": stop})

    monkeypatch.setattr(solve_module(), "solve_case", stopped)


def test_an_interrupted_search_replaces_no_better_result(
    lempart: Lempart, solved: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A proven result, or one of another case, stays and that is said; in a new folder what was found is kept."""
    before = content(solved)
    _interrupted(monkeypatch)
    for case in ("example-1", "example-2"):
        run = lempart("solve", case, "--out", solved)
        assert run.code == 130
        assert "still holds the result before" in run.err
        assert content(solved) == before
    for _ in range(2):
        assert lempart("solve", "example-1", "--out", tmp_path / "new").code == 130
        found = json.loads((tmp_path / "new" / "result.json").read_bytes())
        assert (found["stopped"], found["proven"]) == ("interrupted", False)
        assert sorted(content(tmp_path / "new")) == ["case/case.toml", "result.json"]


@pytest.mark.parametrize("tables", ["csv", "inline"])
@pytest.mark.parametrize("by_hand", [True, False])
def test_the_users_case_is_never_touched(
    lempart: Lempart, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tables: Any, by_hand: bool
) -> None:
    """``solve case --out .``: result and bills are written beside the case, which stays as it is, byte by byte.

    So does one that was imported there, which lempart wrote. Another case isn't solved into that folder, which the
    message says; nothing changes.
    """
    monkeypatch.chdir(tmp_path)
    write_case(read_case(shipped_case_path("example-2")), tmp_path / "case", tables=tables)
    if by_hand:
        (tmp_path / "case" / "case.toml").write_text("# mine\n" + (tmp_path / "case" / "case.toml").read_text())
    before = content(tmp_path / "case")
    assert len(before) == (1 if tables == "inline" else 6)
    for _ in range(2):
        assert lempart("solve", "case", "--out", ".").code == 0
        assert content(tmp_path / "case") == before
    assert lempart("report", ".", "--no-pictures").code == 0
    everything = content(tmp_path)
    run = lempart("solve", "example-1", "--out", ".")
    assert run.code == 1
    assert "holds another case, which is no copy that lempart made" in run.err
    assert content(tmp_path) == everything


@pytest.mark.parametrize("name", ["result.json", "bills.json", "ac.json"])
@pytest.mark.parametrize("text", ['{"mine": 1}', "not JSON", '{"case_hash": 1, "partitions": []}'])
def test_somebody_elses_file_is_never_overwritten(lempart: Lempart, tmp_path: Path, name: str, text: str) -> None:
    """A file of one of the result's names that lempart didn't write is named, before any work, and stays."""
    (tmp_path / name).write_text(text)
    run = lempart("solve", "example-1", "--out", tmp_path)
    assert run.code == 1
    assert f"{tmp_path / name}: wasn't written by lempart" in run.err
    assert content(tmp_path) == {name: text.encode()}


def test_a_second_writer_is_told_at_once(lempart: Lempart, solved: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """While one process writes to the folder the second is refused before it solves anything."""
    before = content(solved)
    monkeypatch.setattr(solve_module(), "solve_case", fail(AssertionError("solved all the same")))
    with writing(solved):
        run = lempart("solve", "example-1", "--out", solved)
    assert run.code == 1
    assert "is writing to it. Wait for it, or choose another folder." in run.err
    assert content(solved) == before


def test_what_is_of_the_result_before_goes(lempart: Lempart, solved: Path) -> None:
    """The AC check of the old result isn't left beside the new one; notes of others are."""
    pytest.importorskip("power_grid_model")
    assert lempart("check-ac", solved).code == 0
    (solved / "notes.txt").write_text("mine")
    assert lempart("solve", "example-1", "--out", solved).code == 0
    assert sorted(content(solved)) == ["bills.json", "case/case.toml", "notes.txt", "result.json"]
    assert read_case(solved / "case").name == "example-1"


def test_a_check_of_a_result_that_was_replaced_is_not_kept(
    lempart: Lempart, solved: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """``check-ac`` writes beside the result that it read, or not at all."""
    pytest.importorskip("power_grid_model")
    module = importlib.import_module("lempart.cli.check_ac")
    real = module.check_ac

    def meanwhile(*arguments: Any) -> Any:
        data = json.loads((solved / "result.json").read_bytes())
        (solved / "result.json").write_text(json.dumps(data | {"method": "another"}))
        return real(*arguments)

    monkeypatch.setattr(module, "check_ac", meanwhile)
    run = lempart("check-ac", solved)
    assert run.code == 1
    assert "another result took its place" in run.err
    assert not (solved / "ac.json").exists()


def test_no_output_takes_the_place_of_an_input(lempart: Lempart, solved: Path, tmp_path: Path) -> None:
    """Each command's outputs against each of its inputs: the case file, a table, a result, its bills, its case."""
    own = write_case(read_case(shipped_case_path("example-2")), tmp_path / "own", tables="csv")
    file = toml_case(tmp_path)
    (tmp_path / "link.json").hardlink_to(solved / "result.json")
    before = content(tmp_path)
    cases = [own / "case.toml", own / "lines.csv"]
    results = [solved / "result.json", solved / "bills.json", solved / "case" / "case.toml", tmp_path / "link.json"]
    runs = [
        *(("solve", own, "--json", place) for place in cases),
        ("solve", file, "--json", file),
        ("solve", file, "--out", solved, "--json", solved / "result.json"),
        *(("cost", own, "--partition", "P1", "--json", place) for place in cases),
        *(("bill", solved, option, place) for place in results for option in ("--json", "--csv")),
        *(("check-ac", solved, "--json", place) for place in results),
        *(("report", solved, "--out", place) for place in results),
        ("bill", solved / "result.json", "--json", solved / "case" / "case.toml"),
        ("plot", solved, "--picture", "costs", "--out", solved / "result.json"),
    ]
    for arguments in runs:
        run = lempart(*arguments)
        assert (run.code, run.out) == (1, ""), arguments
        assert "can't be written: " in run.err, arguments
    assert content(tmp_path) == before


def test_the_report_that_nobody_named_takes_no_place(
    lempart: Lempart, solved: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """``report.html`` by default: written anew over a report, never over a page of somebody else."""
    monkeypatch.chdir(tmp_path)
    for _ in range(2):
        assert lempart("report", solved, "--no-pictures").code == 0
    (tmp_path / "report.html").write_text("<h1>My thesis</h1>")
    run = lempart("report", solved, "--no-pictures")
    assert run.code == 1
    assert "report.html: wasn't written by lempart report. Name the file to write with --out." in run.err
    assert (tmp_path / "report.html").read_text() == "<h1>My thesis</h1>"
    assert lempart("report", solved, "--no-pictures", "--out", "report.html").code == 0


@pytest.mark.skipif(os.name != "posix", reason="devices of POSIX")
def test_a_device_is_written_to(lempart: Lempart) -> None:
    """``--json /dev/null`` leaves the device a device."""
    assert lempart("solve", "example-1", "--json", "/dev/null").code == 0
    assert Path("/dev/null").is_char_device()


def test_a_result_that_was_moved_is_read(lempart: Lempart, solved: Path, tmp_path: Path) -> None:
    """Folders are moved and copied: nothing in them says where they were."""
    shutil.move(solved, tmp_path / "moved")
    assert lempart("report", tmp_path / "moved", "--no-pictures", "--out", tmp_path / "r.html").code == 0


def test_tables_of_the_paper_take_no_place(lempart: Lempart, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """``reproduce --out``: written anew over its own tables, never over another file, which is told before the work."""
    for _ in range(2):
        assert lempart("reproduce", "example-1", "--out", tmp_path).code == 0
    (tmp_path / "example-1.json").write_text("[1, 2]")
    monkeypatch.delattr(importlib.import_module("lempart.cli.reproduce"), "example_1")  # whose work isn't begun
    run = lempart("reproduce", "example-1", "--out", tmp_path)
    assert run.code == 1
    assert "example-1.json: wasn't written by lempart" in run.err
    assert (tmp_path / "example-1.json").read_text() == "[1, 2]"
