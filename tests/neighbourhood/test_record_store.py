"""The folder of a study: what it keeps, what it refuses, what a crash leaves of it."""

from __future__ import annotations

import json
import multiprocessing
import subprocess
import sys
from pathlib import Path

import pytest

from lempart.errors import InputError
from lempart.study import RecordStore, read_records
from lempart.study import store as module

STUDY = {"what": "toy", "seeds": 3}
HOLDER = """
import sys
from pathlib import Path
from lempart.study import RecordStore
with RecordStore(Path(sys.argv[1]), {"what": "toy", "seeds": 3}, resume=True) as store:
    store.add("held", {})
    print("open", flush=True)
    sys.stdin.read()
"""


def _fill(folder: Path, *keys: str) -> None:
    with RecordStore(folder, STUDY, resume=True) as store:
        for number, key in enumerate(keys):
            store.add(key, {"number": number})


def test_records_are_kept_and_found_again(tmp_path: Path) -> None:
    """What was added is there when the folder is opened again, by key and in order, floats to the last bit."""
    with RecordStore(tmp_path / "new" / "folder", STUDY) as store:
        store.add("b", {"value": 0.1 + 0.2, "text": "Zürich"})
        store.add("a", {"value": [1, None, 1e-300]})
    with RecordStore(tmp_path / "new" / "folder", STUDY, resume=True) as store:
        assert list(store.done) == ["b", "a"]
        assert store.done["b"] == {"key": "b", "value": 0.1 + 0.2, "text": "Zürich"}
        assert store.done["a"]["value"] == [1, None, 1e-300]


@pytest.mark.parametrize("key", ["line\u2028separator", "next\x85line", "new\nline", "form\x0cfeed", 'quote"\\', "🏠"])
def test_any_key_stays_on_one_line(tmp_path: Path, key: str) -> None:
    """Characters that end a line in some readers don't tear a record apart."""
    _fill(tmp_path, "before", key, "after")
    assert [record["key"] for record in read_records(tmp_path)] == ["before", key, "after"]
    with RecordStore(tmp_path, STUDY, resume=True) as store:
        assert list(store.done) == ["before", key, "after"]


def test_records_are_not_mixed_unless_asked(tmp_path: Path) -> None:
    """A folder with records is opened only to resume; one that was opened but holds none, always."""
    with RecordStore(tmp_path, STUDY):
        pass
    with RecordStore(tmp_path, STUDY) as store:
        store.add("a", {})
    with pytest.raises(InputError, match="it holds records already"), RecordStore(tmp_path, STUDY):
        pass
    _fill(tmp_path, "b")
    assert [record["key"] for record in read_records(tmp_path)] == ["a", "b"]


def test_another_study_is_refused(tmp_path: Path) -> None:
    """Neither study nor version may differ; the message names which, and nothing in the folder changes."""
    _fill(tmp_path, "a")
    before = _contents(tmp_path)
    other = RecordStore(tmp_path, {**STUDY, "seeds": 4}, resume=True)
    with pytest.raises(InputError, match=r"another study: its study is .*'seeds': 3.*, not .*'seeds': 4"), other:
        pass
    assert _contents(tmp_path) == before


def test_another_version_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Records of different versions of the software are not comparable."""
    _fill(tmp_path, "a")
    monkeypatch.setattr(module, "__version__", "999.0")
    with (
        pytest.raises(InputError, match=r"its version is .*, not '999\.0'"),
        RecordStore(tmp_path, STUDY, resume=True),
    ):
        pass


@pytest.mark.parametrize("half", [b'{"key": "c", "num', b'{"key": "c"}', '{"key": "\u2028'.encode()[:-1]])
def test_half_a_line_is_cut_off(tmp_path: Path, half: bytes) -> None:
    """What a crash left of the last line is dropped, and the next record stands on a line of its own."""
    _fill(tmp_path, "a", "b")
    with (tmp_path / "records.jsonl").open("ab") as file:
        file.write(half)
    assert [record["key"] for record in read_records(tmp_path)] == ["a", "b"]
    _fill(tmp_path, "c")
    lines = (tmp_path / "records.jsonl").read_bytes().split(b"\n")
    assert [json.loads(line)["key"] for line in lines[:-1]] == ["a", "b", "c"]
    assert lines[-1] == b""


def test_records_are_read_while_they_are_written(tmp_path: Path) -> None:
    """A reader sees every record that was added, without the writer closing the store."""
    assert read_records(tmp_path) == []
    with RecordStore(tmp_path, STUDY) as store:
        for number in range(3):
            store.add(str(number), {"number": number})
            assert [record["number"] for record in read_records(tmp_path)] == list(range(number + 1))


def _held(folder: Path) -> subprocess.Popen[str]:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == "open\n"
    return holder


def test_a_second_writer_is_refused(tmp_path: Path) -> None:
    """As long as another process writes, its number is told; once it ends, the folder is free again."""
    holder = _held(tmp_path)
    try:
        for _ in range(2):
            with (
                pytest.raises(InputError, match=f"process {holder.pid} is writing"),
                RecordStore(tmp_path, STUDY, resume=True),
            ):
                pass
    finally:
        holder.communicate("")
    _fill(tmp_path, "a")
    assert [record["key"] for record in read_records(tmp_path)] == ["held", "a"]


def test_a_second_writer_in_the_same_process_is_refused(tmp_path: Path) -> None:
    """Two stores on one folder are two writers, whoever opened them."""
    with (
        RecordStore(tmp_path, STUDY),
        pytest.raises(InputError, match="is writing"),
        RecordStore(tmp_path, STUDY, resume=True),
    ):
        pass


def test_the_lock_of_a_killed_process_is_taken_over(tmp_path: Path) -> None:
    """Even while its number belongs to a process that runs: here it is this one's."""
    holder = _held(tmp_path)
    holder.kill()
    holder.communicate()
    (tmp_path / "writing.lock").write_text(str(multiprocessing.current_process().pid), encoding="utf-8")
    _fill(tmp_path, "a")
    assert [record["key"] for record in read_records(tmp_path)] == ["held", "a"]


def test_a_refusal_doesn_t_keep_the_folder_locked(tmp_path: Path) -> None:
    """After an error on opening or inside, the next writer gets in."""
    _fill(tmp_path, "a")
    with pytest.raises(InputError), RecordStore(tmp_path, STUDY):
        pass
    with pytest.raises(RuntimeError, match="inside"), RecordStore(tmp_path, STUDY, resume=True):
        raise RuntimeError("inside")
    _fill(tmp_path, "b")


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("study.json", "{", "study.json: can.t be read: not valid JSON"),
        ("study.json", "[]", "study.json: expected an object, found a list of 0"),
        ("study.json", '{"format": 1}', "its format is 1, not 2"),
        ("study.json", None, "study.json: is missing, but records.jsonl is there"),
    ],
)
def test_a_damaged_folder_is_told(tmp_path: Path, name: str, text: str | None, told: str) -> None:
    """Files that aren't the study's are named, not a traceback; nothing is overwritten."""
    _fill(tmp_path, "a")
    if text is None:
        (tmp_path / name).unlink()
    else:
        (tmp_path / name).write_text(text, encoding="utf-8")
    before = _contents(tmp_path)
    with pytest.raises(InputError, match=told), RecordStore(tmp_path, STUDY, resume=True):
        pass
    assert _contents(tmp_path) == before


@pytest.mark.parametrize("damage", ["flip", "truncate", "delete", "nothing of a study", "of another record"])
def test_a_damaged_record_is_told_and_computed_anew(tmp_path: Path, damage: str) -> None:
    """A reader refuses a record of which a bit was flipped and names it; going on drops that one and no other."""
    _fill(tmp_path, "a", "b", "c")
    path = tmp_path / "records.jsonl"
    first, second, third = path.read_bytes().splitlines(keepends=True)
    digit = second.index(b'"number": 1') + len(b'"number": ')
    lines = {
        "flip": [first, second[:digit] + bytes([second[digit] ^ 2]) + second[digit + 1 :], third],
        "truncate": [first, second[:-20] + b"\n", third],
        "delete": [first, third],
        "nothing of a study": [first, b"\0\0\n", third],
        "of another record": [first, second.replace(b'"b"', b'"d"'), third],
    }
    path.write_bytes(b"".join(lines[damage]))
    if damage != "delete":
        with pytest.raises(InputError, match=r"records\.jsonl: line 2"):
            read_records(tmp_path)
    with RecordStore(tmp_path, STUDY, resume=True) as store:
        assert list(store.done) == ["a", "c"]
        assert [told.partition(" is")[0].partition(",")[0] for told in store.damaged] == ["line 2"] * (
            damage != "delete"
        )
        store.add("b", {"number": 1})
    assert path.read_bytes() == first + third + second
    assert [record["key"] for record in read_records(tmp_path)] == ["a", "c", "b"]


@pytest.mark.parametrize("value", [float("nan"), float("inf"), {1, 2}])
def test_what_json_can_t_hold_is_not_written(tmp_path: Path, value: object) -> None:
    """Not a number is an error of the study, found when it is written rather than when it is read."""
    with RecordStore(tmp_path, STUDY) as store:
        with pytest.raises((ValueError, TypeError)):
            store.add("a", {"value": value})
        assert "a" not in store.done
    assert read_records(tmp_path) == []


def _contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.name != "writing.lock"}
