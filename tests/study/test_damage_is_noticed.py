"""Every file of a study's folder damaged in three ways: noticed by every reader, and made anew by ``--resume``."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from lempart.case import Case
from lempart.errors import InputError
from lempart.report import read_page
from lempart.study import (
    StudySpec,
    open_results,
    read_statistics,
    read_study,
    read_totals,
    run_study,
    statistics_json,
    study_statistics,
    write_statistics,
)
from lempart.study.store.chunk import Chunk
from lempart.study.store.zarr_store import stored
from study.small_study import contents, write_study

Study = tuple[Path, StudySpec, Case]


def _truncate(data: bytes, rng: random.Random) -> bytes | None:
    return data[: rng.randrange(len(data))]


def _delete(data: bytes, rng: random.Random) -> bytes | None:  # noqa: ARG001
    return None


def _flip(data: bytes, rng: random.Random) -> bytes | None:
    place = rng.randrange(len(data))
    return data[:place] + bytes([data[place] ^ 1 << rng.randrange(8)]) + data[place + 1 :]


DAMAGES = {"truncated": _truncate, "deleted": _delete, "a bit flipped": _flip}
Damage = Callable[[bytes, random.Random], bytes | None]


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    """Return a finished study of six chunks with its statistics."""
    folder = tmp_path_factory.mktemp("damage")
    spec, case = read_study(write_study(folder))
    run_study(spec, case, folder / "out")
    write_statistics(folder / "out", statistics_json(spec, case, study_statistics(spec, case, folder / "out")))
    return folder / "out", spec, case


def _damage(path: Path, damage: Damage, rng: random.Random) -> None:
    after = damage(path.read_bytes(), rng)
    if after is None:
        path.unlink()
    else:
        path.write_bytes(after)


@contextmanager
def _damaged(path: Path, damage: Damage, rng: random.Random) -> Iterator[None]:
    """Damage a file, then put it back."""
    before = path.read_bytes()
    _damage(path, damage, rng)
    yield
    path.write_bytes(before)


def _with(content: bytes) -> Damage:
    return lambda _data, _rng: content


def _chunk_of(path: Path) -> Chunk:
    """Return the chunk of which a data file is: point, penalties, block, …."""
    point, _, block, *_ = map(int, path.name.split("."))
    return Chunk(block, point)


@pytest.mark.parametrize("how", DAMAGES)
def test_every_file_of_every_chunk(study: Study, how: str) -> None:
    """The damaged chunk is named with its file, and no other chunk is; with all files whole none is."""
    out = study[0]
    data = [path for path in (out / "results.zarr").rglob("*.*.*") if not path.name.startswith(".")]
    assert len(data) == 6 * 6 - 4  # six variables of six chunks, but for flags that are all false
    rng = random.Random(how)
    for path in data:
        with _damaged(path, DAMAGES[how], rng):
            found = stored(out).damaged()
            assert list(found) == [_chunk_of(path)]
            assert str(path.relative_to(out)) in found[_chunk_of(path)].message
    assert stored(out).damaged() == {}


@pytest.mark.parametrize("how", DAMAGES)
def test_every_marker(study: Study, how: str) -> None:
    """A damaged marker doesn't vouch for its chunk; without its marker a chunk doesn't count."""
    out = study[0]
    rng = random.Random(how)
    for path in sorted((out / "finished").iterdir()):
        with _damaged(path, DAMAGES[how], rng):
            found = {chunk.marker for chunk in stored(out).damaged()}
            assert found == (set() if how == "deleted" else {path.name})
            assert (path.name not in {chunk.marker for chunk in stored(out).finished()}) == (how == "deleted")


def test_a_marker_of_another_chunk(study: Study) -> None:
    """Markers that changed places vouch for neither chunk."""
    out = study[0]
    one, two = out / "finished" / "000000-000001", out / "finished" / "000001-000001"
    with _damaged(one, _with(two.read_bytes()), random.Random(0)):
        (problem,) = stored(out).damaged().values()
        assert "is the marker of chunk 000001-000001" in str(problem)


@pytest.mark.parametrize("how", DAMAGES)
def test_labels_variables_and_documents(study: Study, how: str) -> None:
    """The file is named, whichever it is: Zarr's metadata, labels, study.json, statistics.json."""
    out = study[0]
    names = [path for path in (out / "results.zarr").rglob(".z*") if path.is_file()]
    labels = (out / "results.zarr").glob("*/0")
    rng = random.Random(how)
    for path in (*names, *labels, out / "study.json", out / "statistics.json"):
        with _damaged(path, DAMAGES[how], rng):
            with pytest.raises(InputError) as caught:
                (read_statistics if path.name == "statistics.json" else open_results)(out)
            assert path.name in str(caught.value)
            assert all(problem.remedy for problem in caught.value.problems)
    read_statistics(out)
    open_results(out)


def test_the_copy_of_the_case(study: Study) -> None:
    """A report is told that the case in the folder isn't the one that was studied, or can't be read."""
    out = study[0]
    path = out / "case" / "case.toml"
    for old, new in ((b"tax_per_mwh = 100.0", b"tax_per_mwh = 101.0"), (b"[market]", b"[market")):
        with _damaged(path, _with(path.read_bytes().replace(old, new)), random.Random(0)):
            assert path.read_bytes().count(new)
            with pytest.raises(InputError, match=r"case"):
                read_page(out, pictures=False)
    read_page(out, pictures=False)


@pytest.mark.parametrize(
    "reader",
    [
        lambda out, spec, case: study_statistics(spec, case, out),
        lambda out, spec, case: read_totals(out),  # noqa: ARG005
        lambda out, spec, case: open_results(out),  # noqa: ARG005
        lambda out, spec, case: read_page(out, pictures=False),  # noqa: ARG005
    ],
)
def test_no_reader_takes_a_damaged_chunk(study: Study, reader: Callable[[Path, StudySpec, Case], object]) -> None:
    """Statistics, phase diagrams, xarray and reports refuse with the chunk's name and what to do."""
    out, spec, case = study
    told = r"chunk 000001-000002.*total.1\.0\.2\.0.*--resume"
    path = out / "results.zarr" / "total" / "1.0.2.0"
    with _damaged(path, _flip, random.Random(5)), pytest.raises(InputError, match=told):
        reader(out, spec, case)
    reader(out, spec, case)


def test_statistics_of_another_study(study: Study, tmp_path: Path) -> None:
    """Whole statistics of another seed are refused: they say nothing of these draws."""
    out, spec, case = study
    other = tmp_path / "other"
    path = write_study(tmp_path)
    path.write_text(path.read_text(encoding="utf-8").replace("seed = 3", "seed = 4"), encoding="utf-8")
    spec, case = read_study(path)
    run_study(spec, case, other)
    write_statistics(other, statistics_json(spec, case, study_statistics(spec, case, other)))
    told = r"statistics\.json: its study is not that of study\.json"
    swap = _with((other / "statistics.json").read_bytes())
    with _damaged(out / "statistics.json", swap, random.Random(0)), pytest.raises(InputError, match=told):
        read_page(out, pictures=False)


def test_resume_makes_anew_what_is_damaged_and_nothing_else(study: Study, tmp_path: Path) -> None:
    """Truncated, deleted and flipped files, of data, markers, labels: told, then all bytes are those of before."""
    out, spec, case = study
    copy = tmp_path / "copy"
    shutil.copytree(out, copy)
    data = copy / "results.zarr"
    rng = random.Random(1)
    broken = {
        "chunk 000000-000000": (data / "total" / "0.0.0.0", _truncate),
        "chunk 000001-000000": (data / "stable" / "1.0.0.0", _delete),
        "chunk 000001-000002": (data / "parts" / "1.0.2.0.0", _flip),
        "results.zarr/partition/0": (data / "partition" / "0", _flip),
        "results.zarr/total/.zarray": (data / "total" / ".zarray", _delete),
    }
    for path, damage in broken.values():
        _damage(path, damage, rng)
    (copy / "finished" / ".0123456789abcdef.part").write_text("half", encoding="ascii")
    (data / "total" / "0.0.0.uuid.partial").write_text("half", encoding="ascii")
    run = run_study(spec, case, copy, resume=True)
    assert run.new_draws == 5 + 5 + 2
    assert sorted(told for told in broken if any(told in one for one in run.damaged)) == sorted(broken)
    assert len(run.damaged) == len(broken)
    assert contents(copy) == contents(out)
    assert run_study(spec, case, copy, resume=True).damaged == ()
    assert np.isfinite(open_results(copy)["total"]).all()


def test_an_older_folder_is_told(study: Study, tmp_path: Path) -> None:
    """A folder of the format without checksums is refused for that reason, by readers and by ``--resume``."""
    out, spec, case = study
    copy = tmp_path / "copy"
    shutil.copytree(out, copy)
    header = (copy / "study.json").read_text(encoding="utf-8")
    (copy / "study.json").write_text(header.replace('"format": 2', '"format": 1'), encoding="utf-8")
    for reader in (open_results, read_totals, lambda folder: run_study(spec, case, folder, resume=True)):
        with pytest.raises(InputError, match="an older version wrote it, without checksums"):
            reader(copy)


def test_a_study_without_its_header(study: Study, tmp_path: Path) -> None:
    """Finished chunks aren't thrown away because study.json is gone."""
    out, spec, case = study
    copy = tmp_path / "copy"
    for name in ("results.zarr", "finished"):
        shutil.copytree(out / name, copy / name)
    with pytest.raises(InputError, match=r"study\.json: is missing, but finished chunks"):
        run_study(spec, case, copy, resume=True)
    assert len(list((copy / "finished").iterdir())) == 6
