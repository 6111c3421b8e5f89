"""``lempart phase`` on a small study, against the statistics of the same study and its dataset."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from lempart.cli.phase import phase
from lempart.errors import InputError, LempartError, UsageError
from lempart.study import (
    crossings,
    open_results,
    phase_diagram,
    read_statistics,
    read_study,
    read_totals,
    run_study,
    statistics_json,
    study_statistics,
    write_statistics,
)
from study.small_study import run, write_study

AXES = "forecast_noise = [0.0, 0.2, 0.4]\ntax_per_mwh = [20.0, 100.0]"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a finished study over noise and tax, with externalities."""
    path = tmp_path_factory.mktemp("phase")
    study = write_study(path, draws=4, block=3, externalities=True)
    study.write_text(study.read_text(encoding="utf-8").replace("forecast_noise = [0.0, 0.3]", AXES), encoding="utf-8")
    spec, case = read_study(study)
    out = path / "out"
    run_study(spec, case, out)
    write_statistics(out, statistics_json(spec, case, study_statistics(spec, case, out)))
    return out


def test_winners_are_those_of_the_statistics(folder: Path) -> None:
    """Optimal and optimal stable in every cell are what ``lempart study`` says of that point, for each penalty."""
    results = read_totals(folder)
    told = json.loads((folder / "statistics.json").read_text(encoding="utf-8"))["points"]
    for r, penalty in enumerate(results.penalties):
        found = phase_diagram(results, "forecast_noise", "tax_per_mwh", penalty=penalty)
        assert found.stability_known.all()
        for point in told:
            i = found.x.values.index(point["point"]["forecast_noise"])
            j = (20.0, 100.0).index(point["point"]["tax_per_mwh"])
            expected = point["penalties"][r]
            stable = int(found.optimal_stable.partition[j, i])
            assert found.partitions[found.optimal.partition[j, i]] == expected["optimal"]
            assert (found.partitions[stable] if stable >= 0 else None) == expected["optimal_stable_in_expectation"]
            assert found.draws[j, i] == 4


def test_a_crossing_is_that_of_the_dataset(folder: Path) -> None:
    """The sign of the mean difference of two columns of the dataset changes where the crossing says."""
    results = read_totals(folder)
    total = open_results(folder)["total"].isel(penalty=0).mean("draw")
    seen = 0
    for tax in (20.0, 100.0):
        for a, first in enumerate(results.partitions):
            for second in results.partitions[:a]:
                line = total.sel(tax_per_mwh=tax)
                apart = (line.sel(partition=first) - line.sel(partition=second)).values
                found = crossings(
                    results, first, second, "forecast_noise", {"tax_per_mwh": tax}, penalty=results.penalties[0]
                )
                assert found.difference == pytest.approx(apart, abs=1e-9)
                for one in found.crossings:
                    assert np.interp(one.value, found.values, apart) == pytest.approx(0.0, abs=1e-9)
                    seen += 1
                if np.abs(apart).min() > 1e-2:
                    assert len(found.crossings) == (np.diff(np.sign(apart)) != 0).sum()
    assert seen > 0


def test_the_command_prints_and_writes(folder: Path, tmp_path: Path) -> None:
    """Tables with letters and their legend, a sentence of the crossing; the JSON has the same cells."""
    file = tmp_path / "phase.json"
    chosen = ("--between", "{P1} {P2} {P3}", "{P1,P2,P3}")
    done = run("phase", str(folder), "--x", "forecast_noise", "--y", "tax_per_mwh", *chosen, "--json", str(file))
    assert done.returncode == 0, done.stderr
    assert "Optimal over tax_per_mwh by forecast_noise, voltage penalty 1000.0" in done.stdout
    assert "A: {P" in done.stdout
    assert "tax_per_mwh = 20: {P1" in done.stdout
    told = json.loads(file.read_text(encoding="utf-8"))
    assert told["x"] == {"axis": "forecast_noise", "values": [0.0, 0.2, 0.4]}
    assert [one["voltage_penalty"] for one in told["penalties"]] == ["0.0", "1000.0"]
    cells = told["penalties"][0]["cells"]
    assert (len(cells), len(cells[0])) == (2, 3)
    assert 0 < cells[0][0]["optimal"]["probability"] <= 1
    assert [one["at"] for one in told["penalties"][0]["crossings"]] == [{"tax_per_mwh": 20.0}, {"tax_per_mwh": 100.0}]


def test_one_row_where_the_other_axis_is_fixed(folder: Path, tmp_path: Path) -> None:
    """Without --y the diagram is a row; a folder without a study is refused."""
    row = run("phase", str(folder), "--x", "tax_per_mwh", "--at", "forecast_noise=0.2")
    assert row.returncode == 0, row.stderr
    assert "Optimal over tax_per_mwh, at forecast_noise = 0.2, voltage penalty 0.0" in row.stdout
    nothing = run("phase", str(tmp_path), "--x", "tax_per_mwh")
    assert nothing.returncode == 1
    assert "it holds no study" in nothing.stderr


@pytest.mark.parametrize(
    ("arguments", "error", "told"),
    [
        (["--x", "tax_per_mwh", "--at", "forecast_noise"], UsageError, "write AXIS=VALUE"),
        (["--x", "tax", "--y", "forecast_noise"], InputError, "axis tax: the study doesn't have it"),
        (["--x", "tax_per_mwh"], InputError, "axis forecast_noise: it isn't fixed. Fix it at one of: 0, 0.2, 0.4."),
    ],
)
def test_what_makes_no_sense_is_refused(
    folder: Path, arguments: list[str], error: type[LempartError], told: str
) -> None:
    """A value that is no number, an axis that isn't there, one that is left open."""
    with pytest.raises(error) as caught:
        phase.main([str(folder), *arguments], standalone_mode=False)
    assert told in str(caught.value)


def test_stability_of_an_unfinished_study_is_unknown(folder: Path, tmp_path: Path) -> None:
    """Statistics of fewer draws than the store has, or none, leave stability unknown, not wrong."""
    copy = tmp_path / "copy"
    shutil.copytree(folder, copy)
    file = copy / "statistics.json"
    told = read_statistics(copy)
    told["points"][0]["draws"] = 3
    write_statistics(copy, {name: value for name, value in told.items() if name != "checksum"})
    penalty = read_totals(copy).penalties[0]
    known = phase_diagram(read_totals(copy), "forecast_noise", "tax_per_mwh", penalty=penalty).stability_known
    assert known.tolist() == [[False, True, True], [True, True, True]]
    file.unlink()
    found = phase_diagram(read_totals(copy), "forecast_noise", "tax_per_mwh", penalty=penalty)
    assert not found.stability_known.any()
    assert (found.optimal.partition >= 0).all()
    for marker in sorted((copy / "finished").iterdir())[:2]:
        marker.unlink()
    partial = phase_diagram(read_totals(copy), "forecast_noise", "tax_per_mwh", penalty=penalty)
    assert partial.draws.tolist() == [[0, 4, 4], [4, 4, 4]]
    assert partial.optimal.partition[0, 0] == -1
