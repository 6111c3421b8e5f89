"""The store of a study: the same on any number of workers, refused where it doesn't fit, safe on a full disk."""

from __future__ import annotations

import errno
import json
import sys
from pathlib import Path

import numpy as np
import pytest

from lempart.errors import InputError, LempartError
from lempart.lock import writing
from lempart.study import open_results, read_study, run_study
from lempart.study.store import zarr_store as stores
from lempart.study.store.zarr_store import Chunk, ZarrStore
from study.small_study import contents, write_study


def test_the_same_on_one_worker_and_on_three(tmp_path: Path) -> None:
    """Every file has the same bytes, whoever computed it and in whatever order they finished."""
    spec, case = read_study(write_study(tmp_path))
    run_study(spec, case, tmp_path / "one", workers=1)
    run_study(spec, case, tmp_path / "three", workers=3)
    assert contents(tmp_path / "one") == contents(tmp_path / "three")


def test_a_draw_does_not_depend_on_the_size_of_blocks(tmp_path: Path) -> None:
    """Blocks of five and blocks of seven hold the same numbers to the last bit."""
    found = []
    for block in (5, 7):
        spec, case = read_study(write_study(tmp_path / str(block), block=block))
        run_study(spec, case, tmp_path / f"out{block}")
        found.append(open_results(tmp_path / f"out{block}").load())
    for name in found[0].data_vars:
        assert np.array_equal(found[0][name].values, found[1][name].values), name


def test_results_are_labelled(tmp_path: Path) -> None:
    """Axes, penalties, partitions, parts and coalitions have their labels; types are as they should be."""
    spec, case = read_study(write_study(tmp_path))
    run_study(spec, case, tmp_path / "out")
    data = open_results(tmp_path / "out")
    assert data["total"].dims == ("forecast_noise", "penalty", "draw", "partition")
    assert data["forecast_noise"].values.tolist() == [0.0, 0.3]
    assert list(data["partition"].values[[0, -1]]) == ["{P1} {P2} {P3}", "{P1, P2, P3}"]
    assert data["stable"].dtype == bool
    assert data["blocking"].dtype == bool
    assert np.isfinite(data["total"].values).all()
    parts = data["parts"].sum("part")
    assert np.allclose(parts, data["total"], rtol=1e-12)
    alone = data["coalition_cost"].sel(coalition=["{P1}", "{P2}", "{P3}"]).sum("coalition")
    assert np.allclose(alone, data["total"].sel(partition="{P1} {P2} {P3}"), rtol=1e-12)


def test_a_chunk_without_its_marker_does_not_count(tmp_path: Path) -> None:
    """Data that was written but not marked, as after a crash between the two, is computed again."""
    spec, case = read_study(write_study(tmp_path))
    out = tmp_path / "out"
    run_study(spec, case, out)
    before = contents(out)
    (out / "finished" / Chunk(block=1, point=1).marker).unlink()
    data = out / "results.zarr" / "total" / "1.0.1.0"
    data.write_bytes(b"half a chu")
    told: list[int] = []
    run_study(spec, case, out, resume=True, progress=lambda _done, _total, new: told.append(new))
    assert told[-1] == 5  # one block of draws and no more
    assert contents(out) == before


def test_a_full_disk_keeps_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the third chunk doesn't fit, the error says so and how to go on; the first two stay, the rest follows."""
    spec, case = read_study(write_study(tmp_path))
    calls = []
    real = stores._to_disk

    def full(path: Path) -> None:
        calls.append(path)
        if len(calls) > 12:  # six variables a chunk
            raise OSError(errno.ENOSPC, "No space left on device")
        real(path)

    monkeypatch.setattr(stores, "_to_disk", full)
    with pytest.raises(LempartError, match=r"No space left on device; 2 finished chunks are kept.*--resume"):
        run_study(spec, case, tmp_path / "out")
    monkeypatch.setattr(stores, "_to_disk", real)
    assert len(ZarrStore(tmp_path / "out", spec).finished()) == 2
    run_study(spec, case, tmp_path / "out", resume=True)
    run_study(spec, case, tmp_path / "whole")
    assert contents(tmp_path / "out") == contents(tmp_path / "whole")


def test_results_are_not_added_to_without_being_asked(tmp_path: Path) -> None:
    """A folder that holds finished chunks is refused unless it is to be resumed."""
    spec, case = read_study(write_study(tmp_path))
    run_study(spec, case, tmp_path / "out")
    with pytest.raises(InputError, match=r"holds 6 finished chunks.*--resume"):
        run_study(spec, case, tmp_path / "out")


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("seed = 3", "seed = 4", "its seed is 3, not 4"),
        ("draws = 12", "draws = 13", "its draws is 12, not 13"),
        ("0.3]", "0.2]", "its axes is"),
        ("step_scaling = 0.2", "step_scaling = 0.1", "its scenarios is"),
    ],
)
def test_another_study_is_refused_with_the_reason(tmp_path: Path, old: str, new: str, told: str) -> None:
    """A store of another seed, size, axis or scenario is refused, and the message says what differs."""
    path = write_study(tmp_path)
    run_study(*read_study(path), tmp_path / "out")
    path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    with pytest.raises(InputError, match=told):
        run_study(*read_study(path), tmp_path / "out", resume=True)


def test_another_case_or_version_is_refused(tmp_path: Path) -> None:
    """A store of another case has another hash; one of another version says which."""
    spec, case = read_study(write_study(tmp_path))
    out = tmp_path / "out"
    run_study(spec, case, out)
    other = read_study(write_study(tmp_path / "other", externalities=True))[1]
    with pytest.raises(InputError, match="its case_hash is"):
        run_study(spec, other, out, resume=True)
    header = json.loads((out / "study.json").read_text(encoding="utf-8"))
    (out / "study.json").write_text(json.dumps(header | {"version": "0.0.0"}), encoding="utf-8")
    with pytest.raises(InputError, match=r"its version is .0\.0\.0., not"):
        run_study(spec, case, out, resume=True)


def test_two_writers_are_refused(tmp_path: Path) -> None:
    """While one holds the folder another is refused, and told who it is; a lock left by a dead process is none."""
    spec, case = read_study(write_study(tmp_path))
    out = tmp_path / "out"
    out.mkdir()
    (out / "writing.lock").write_text("999999", encoding="ascii")
    with writing(out), pytest.raises(InputError, match=r"process \d+ is writing to it"):
        run_study(spec, case, out)
    run_study(spec, case, out)


def test_a_folder_of_other_files_is_left_alone(tmp_path: Path) -> None:
    """A folder with files that aren't a study's is refused, and nothing in it is touched."""
    spec, case = read_study(write_study(tmp_path))
    out = tmp_path / "out"
    out.mkdir()
    (out / "thesis.txt").write_text("years of work", encoding="utf-8")
    with pytest.raises(InputError, match="holds other files"):
        run_study(spec, case, out)
    assert sorted(path.name for path in out.iterdir()) == ["thesis.txt"]


def test_a_store_killed_while_it_was_made_is_made_again(tmp_path: Path) -> None:
    """Without its header a store doesn't count, whatever of it is there."""
    spec, case = read_study(write_study(tmp_path))
    out = tmp_path / "out"
    (out / "results.zarr" / "total").mkdir(parents=True)
    (out / "results.zarr" / ".zgroup").write_text("{", encoding="utf-8")
    run_study(spec, case, out)
    run_study(spec, case, tmp_path / "fresh")
    assert contents(out) == contents(tmp_path / "fresh")


@pytest.mark.parametrize("package", ["xarray", "zarr"])
def test_a_missing_package_is_named(tmp_path: Path, package: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without xarray or zarr the error says what to install, and the folder can be used once they are there."""
    spec, case = read_study(write_study(tmp_path))
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(InputError, match=rf"needs the package {package}.*lempart\[study\]"):
        run_study(spec, case, tmp_path / "out")
    monkeypatch.undo()
    run_study(spec, case, tmp_path / "out")


def test_reading_what_is_no_study(tmp_path: Path) -> None:
    """A folder without a study is refused by name."""
    with pytest.raises(InputError, match="holds no study"):
        open_results(tmp_path)
