"""Points of a study at which no draw can be dispatched: told as such, everywhere, beside points that can."""

from __future__ import annotations

from pathlib import Path

import pytest

from lempart import plot
from lempart.errors import UsageError
from lempart.report import read_page
from lempart.study import (
    phase_diagram,
    phase_json,
    plan_of,
    read_statistics,
    read_study,
    read_totals,
    run_study,
    search_statistics,
    search_statistics_json,
    statistics_json,
    study_statistics,
    write_statistics,
)
from study.small_study import write_study

NOWHERE, SOMEWHERE = {"rating_factor": 1e-4, "battery_factor": 0.0}, {"rating_factor": 1e-4, "battery_factor": 1.0}


def _study(folder: Path, batteries: str, *, externalities: bool, more: str = "") -> Path:
    """Run a study on lines that carry next to nothing, which nobody can live with who has no battery."""
    path = write_study(folder, draws=2, block=2, externalities=externalities, more=more)
    axes = f"rating_factor = [0.0001]\nbattery_factor = {batteries}"
    path.write_text(path.read_text(encoding="utf-8").replace("forecast_noise = [0.0, 0.3]", axes), encoding="utf-8")
    spec, case = read_study(path)
    out = folder / "out"
    run_study(spec, case, out)
    if spec.search is None:
        write_statistics(out, statistics_json(spec, case, study_statistics(spec, case, out)))
    else:
        write_statistics(out, search_statistics_json(spec, case, search_statistics(spec, case, out)))
    assert plan_of(spec, case)
    return out


@pytest.mark.parametrize("externalities", [False, True])
def test_beside_one_that_is_viable(tmp_path: Path, externalities: bool) -> None:
    """Statistics name no optimum there, the phase diagram no winner; pictures of its costs are refused in words."""
    out = _study(tmp_path, "[0.0, 1.0]", externalities=externalities)
    nowhere, somewhere = read_statistics(out)["points"]
    assert (nowhere["point"], somewhere["point"]) == (NOWHERE, SOMEWHERE)
    for told in nowhere["penalties"]:
        assert told["optimal"] is None
        assert told["optimal_stable_in_expectation"] is None
        assert all((one["mean"], one["viable"]) == (None, 0.0) for one in told["partitions"])
    assert len(nowhere["not_viable"]) > 0
    assert all(told["optimal"] is not None for told in somewhere["penalties"])
    results = read_totals(out)
    found = phase_diagram(results, "battery_factor", penalty=results.penalties[0], replicates=100)
    assert found.optimal.partition.tolist()[0][0] == -1
    assert found.optimal.partition.tolist()[0][1] >= 0
    assert plot.phase(phase_json([(found, ())]))
    with pytest.raises(UsageError, match="no partition is viable in every draw"):
        plot.costs(read_statistics(out), point=NOWHERE, penalty="0.0")
    assert plot.costs(read_statistics(out), point=SOMEWHERE, penalty="0.0")
    scenes = read_page(out, pictures=False).scenes
    assert [len(scene.optimal) for scene in scenes] == [0, 0, 1, 1]
    assert scenes[0].answer[0] == "No partition is viable in every draw."


@pytest.mark.parametrize("more", ["", 'search = "exhaustive"'])
def test_where_there_is_no_other_point(tmp_path: Path, more: str) -> None:
    """A report of a study without any viable draw says so."""
    out = _study(tmp_path, "[0.0]", externalities=False, more=more)
    page = read_page(out)
    assert "No" in page.scenes[0].answer[0]
    assert any(note.startswith("Not viable in some draw: ") for note in page.notes)
    if more:
        with pytest.raises(UsageError, match="the study searched every draw"):
            plot.costs(read_statistics(out), point=NOWHERE, penalty="0.0")
