"""What the commands print and write: the answer first, JSON alone where asked, files whole or not at all."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

import lempart.atomic
from lempart.cases import shipped_cases
from support.command_line import Lempart, toml_case


def test_solve_says_the_answer_first(lempart: Lempart) -> None:
    """The first line is the answer with its ties and the dearer price of stability; the second is the proof."""
    found = lempart("solve", "example-2")
    assert found.code == 0
    assert found.err == ""
    first, second = found.out.splitlines()[:2]
    assert first == (
        "Optimal stable partition: {P1} {P2, P3} at 241.00 CHF. At the same cost: {P1, P2} {P3}; {P1, P3} {P2}. "
        "It costs 1.00 CHF more than the cheapest, {P1, P2, P3} at 240.00 CHF, which is not stable."
    )
    assert second.startswith("Proven: all 5 partitions costed, stability of 4 checked, cheapest first. It took ")
    lines = [line.split() for line in found.out.splitlines()]
    assert ["1", "{P1,", "P2,", "P3}", "unstable", "optimal", "240.00", "0.00", "0.00", "240.00"] in lines
    assert ["2", "{P1}", "{P2,", "P3}", "stable", "optimal", "stable", "241.00", "81.00", "80.00", "80.00"] in lines
    assert "{P1, P2} gains 3.00; {P1, P3} gains 3.00; {P2, P3} gains 3.00" in found.out
    assert ["{P1}", "P1", "84.00"] in lines
    assert all(line == line.rstrip() for line in found.out.splitlines())


def test_many_ties_are_counted_not_listed(lempart: Lempart, tmp_path: Path) -> None:
    """With four who gain nothing together, all 15 partitions tie: three are named, the rest counted."""
    path = toml_case(tmp_path, prosumers=("A", "B", "C", "D"), tax=0.0, line_penalty=0.0, battery_mw=0.0)
    found = lempart("solve", path, "--top", "2")
    first = found.out.splitlines()[0]
    assert first.count(";") == 3
    assert first.endswith("; and 11 more. It is also the cheapest of all.")
    assert "The 2 cheapest of 15 partitions, CHF" in found.out


def test_json_to_standard_output_is_all_there_is(lempart: Lempart) -> None:
    """``--json -`` prints one JSON document and nothing else."""
    for arguments in (
        ["solve", "example-1"],
        ["cost", "example-1", "--partition", "P1,P2"],
        ["reproduce", "example-1"],
    ):
        found = lempart(*arguments, "--json", "-")
        assert found.code == 0
        assert json.loads(found.out)["format"] == 1
        assert found.err == ""


def test_json_file_and_table_together(lempart: Lempart, tmp_path: Path) -> None:
    """``--json FILE`` writes the same document and still prints the tables; nothing else is left in the folder."""
    path = tmp_path / "out.json"
    found = lempart("solve", "example-1", "--json", path)
    assert "Optimal stable partition" in found.out
    assert path.read_text(encoding="utf-8") == lempart("solve", "example-1", "--json", "-").out
    assert os.listdir(tmp_path) == ["out.json"]  # noqa: PTH208


def test_out_folder(lempart: Lempart, tmp_path: Path) -> None:
    """``--out`` makes the folder, with the result and a copy of the case that gives the same result."""
    found = lempart("solve", "example-1", "--out", tmp_path / "new" / "folder")
    assert found.code == 0
    result = json.loads((tmp_path / "new" / "folder" / "result.json").read_text(encoding="utf-8"))
    again = lempart("solve", tmp_path / "new" / "folder" / "case", "--json", "-")
    assert json.loads(again.out) == result


@pytest.mark.parametrize("command", [["solve", "example-1"], ["cost", "example-1", "--partition", "P1"]])
def test_a_place_that_cannot_be_written_is_known_before_the_work(
    lempart: Lempart, tmp_path: Path, command: list[str]
) -> None:
    """A folder that isn't there, or a folder in the file's place: code 1, a clear message, no work done."""
    for path, told in ((tmp_path / "no" / "x.json", "there is no folder"), (tmp_path, "it is a folder")):
        found = lempart(*command, "--json", path)
        assert (found.code, found.out) == (1, "")
        assert found.err.startswith(f"lempart: {path}: can't be written: {told}")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_without_the_right_to_write(lempart: Lempart, tmp_path: Path) -> None:
    """No right to write is told with the folder's name."""
    locked = tmp_path / "locked"
    locked.mkdir(mode=0o555)
    found = lempart("solve", "example-1", "--json", locked / "x.json")
    assert found.code == 1
    assert f"no right to write in {locked}" in found.err


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_a_write_that_fails_leaves_nothing_behind(
    lempart: Lempart, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    """A full disk during the write: the old file is as it was, no temporary file stays, the message names the file."""

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(*((os, "fsync", fail) if step == "fsync" else (lempart_atomic().Path, "replace", fail)))
    path = tmp_path / "out.json"
    path.write_text("old", encoding="utf-8")
    found = lempart("solve", "example-1", "--json", path)
    assert found.code == 1
    assert f"{path}: can't be written: No space left on device" in found.err
    assert path.read_text(encoding="utf-8") == "old"
    assert os.listdir(tmp_path) == ["out.json"]  # noqa: PTH208


def lempart_atomic() -> object:
    """Return the module that writes files."""
    return lempart.atomic


@pytest.mark.parametrize(
    ("case", "start"),
    [
        (
            "example-2",
            "No stable partition is known yet. The cheapest so far, {P1, P2, P3} at 240.00 CHF, is not stable.",
        ),
        (
            "example-2-as-printed",
            "Best stable partition so far: {P1, P2, P3} at 240.00 CHF. It is also the cheapest so",
        ),
    ],
)
def test_no_time_still_gives_an_answer(lempart: Lempart, case: str, start: str) -> None:
    """``--stop-after 0`` exits with 0 and claims neither optimum nor proof; everyone together comes first here."""
    found = lempart("solve", case, "--stop-after", "0")
    assert found.code == 0
    assert found.out.startswith(start)
    assert "Not proven (the 0 s allowed have passed): 1 of 5 partitions costed" in found.out
    for claim in ("Optimal", "optimal", "cheapest of all"):
        assert claim not in found.out


def test_cost_of_one_partition(lempart: Lempart) -> None:
    """Parts of Table III's 241, and the bills of both coalitions, 157 and 84; whoever isn't named stays alone."""
    named = lempart("cost", "example-2", "--partition", "P1,P2|P3")
    assert named.code == 0
    rows = [line.split() for line in named.out.splitlines()]
    for row in (["total", "241.00"], ["flexibility", "81.00"], ["{P3}", "84.00", "44.00", "40.00", "0.00"]):
        assert row in rows
    assert ["{P1,", "P2}", "157.00"] in [row[:3] for row in rows]
    for same in (" P2 , P1 ", "P3|P1,P2", '[["P1", "P2"]]', '[["P3"], ["P2", "P1"]]'):
        assert lempart("cost", "example-2", "--partition", same).out == named.out


NAMES = ("[red]x[/red]", "Müller, A | B", "🏠 :smile: \\[bold]")


def test_names_are_printed_as_they_are(lempart: Lempart, tmp_path: Path) -> None:
    """Brackets, commas, bars and emoji in names are text: printed as they stand, and usable in JSON form."""
    path = toml_case(tmp_path, prosumers=NAMES, currency="€")
    found = lempart("solve", path)
    for name in NAMES:
        assert name in found.out
    one = lempart("cost", path, "--partition", json.dumps([NAMES[:2]]))
    assert one.code == 0
    assert one.out.splitlines()[0] == "{[red]x[/red], Müller, A | B} {🏠 :smile: \\[bold]}"
    assert "€" in one.out
    assert json.loads(lempart("solve", path, "--json", "-").out)["players"] == list(NAMES)


def test_reproduce_prints_both(lempart: Lempart, tmp_path: Path) -> None:
    """The paper's table beside ours, with the largest deviation; the file holds the same."""
    found = lempart("reproduce", "example-1", "--out", tmp_path)
    assert found.code == 0
    assert found.out.startswith("Table II: costs under forecast errors (Example 1)")
    assert "Largest deviation from the paper: " in found.out
    table = json.loads((tmp_path / "example-1.json").read_text(encoding="utf-8"))["tables"][0]
    assert table["largest_deviation"] < 1e-4
    assert [row["paper"][-1] for row in table["rows"]] == [240.0, 236.0, 234.0]


def test_reproduce_example_2(lempart: Lempart) -> None:
    """Both variants of Example 2; the one as printed says that it doesn't give the paper's table."""
    found = lempart("reproduce", "example-2", "--json", "-")
    deviations = [table["largest_deviation"] for table in json.loads(found.out)["tables"]]
    assert deviations == pytest.approx([0.0, 0.0, 6.0, 3.0], abs=1e-4)


def test_cases_lists_what_ships(lempart: Lempart) -> None:
    """Every shipped case with its description, and each can be checked by its name."""
    found = lempart("cases")
    assert found.code == 0
    for name, description in shipped_cases():
        assert f"{name} " in found.out
        assert description in found.out
        assert lempart("check", name).code == 0
