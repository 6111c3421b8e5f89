"""``lempart study`` and its file: what is wrong is said at once, what is asked for is done."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from lempart.cli.study import progress_line
from lempart.errors import InputError
from lempart.study import read_study, run_study
from study.small_study import run, write_study


def test_statistics_are_printed_and_written(tmp_path: Path) -> None:
    """The table names partitions, means and shares; statistics.json holds the same for programs."""
    study = write_study(tmp_path, draws=8, block=4)
    done = run("study", str(study), "--out", str(tmp_path / "out"), "--workers", "2")
    assert done.returncode == 0, done.stderr
    assert "forecast_noise = 0.3: 8 draws, voltage penalty 1000.0" in done.stdout
    assert "{P1, P2} {P3}" in done.stdout
    told = json.loads((tmp_path / "out" / "statistics.json").read_text(encoding="utf-8"))
    assert [point["point"] for point in told["points"]] == [{"forecast_noise": 0.0}, {"forecast_noise": 0.3}]
    first = told["points"][0]["penalties"][0]["partitions"][0]
    low, high = first["interval"]
    assert low <= first["mean"] <= high
    assert first["parts"]["flexibility"] > 0


def test_until_stops_when_means_are_known(tmp_path: Path) -> None:
    """A loose error is reached after two blocks, at each point by itself; a tight one never, and that is said."""
    study = write_study(tmp_path, draws=40, block=4)
    spec, case = read_study(study)
    loose = run_study(spec, case, tmp_path / "loose", until_se=1e6)
    assert loose.draws == (8, 8)
    assert loose.unreached == ()
    tight = run_study(spec, case, tmp_path / "tight", until_se=1e-9)
    assert tight.draws == (40, 40)
    assert tight.unreached == (0, 1)
    said = run("study", str(study), "--out", str(tmp_path / "said"), "--workers", "1", "--until", "se=0.000001")
    assert "2 points did not reach se=0.000001" in said.stdout


def test_until_gives_the_same_draws_when_resumed(tmp_path: Path) -> None:
    """Going on from a looser error ends with the draws that the tighter error takes from the start."""
    spec, case = read_study(write_study(tmp_path, draws=128, block=2))
    run_study(spec, case, tmp_path / "steps", until_se=60.0)
    steps = run_study(spec, case, tmp_path / "steps", until_se=25.0, resume=True)
    once = run_study(spec, case, tmp_path / "once", until_se=25.0)
    assert steps.draws == once.draws
    assert steps.new_draws < once.new_draws
    assert 4 < max(once.draws) < 128


@pytest.mark.parametrize("until", ["5", "se=", "se=-1", "cost=5", "se=inf"])
def test_until_that_means_nothing_is_a_usage_error(tmp_path: Path, until: str) -> None:
    """``--until`` takes se=AMOUNT with a positive amount."""
    done = run("study", str(write_study(tmp_path)), "--out", str(tmp_path / "out"), "--until", until)
    assert done.returncode == 2
    assert "se=" in done.stderr


def test_everything_wrong_with_a_study_is_said_at_once(tmp_path: Path) -> None:
    """All faults of a file come in one error, each with what to do."""
    path = tmp_path / "bad.toml"
    path.write_text('case = "example-1"\ndraws = 2.5\nsede = 1\n[axes]\nnoise = 0.1\n', encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_study(path)
    told = str(caught.value)
    assert "draws: 2.5 is not a whole number" in told
    assert "sede: there is no such field" in told


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("draws = 0", "draws: 0 is out of range"),
        ("draws = 5\nseed = -1", "seed: -1 is negative"),
        ("draws = 5\n[axes]\nnoise = [0.1]", "axes.noise: there is no such axis. There are: forecast_noise"),
        ("draws = 5\n[axes]\nforecast_noise = []", "it has no values"),
        ("draws = 5\n[axes]\nforecast_noise = [0.1, 0.1]", "a value is listed twice"),
        ("draws = 5\n[axes]\nforecast_noise = [-0.1]", "-0.1 is negative"),
        ("draws = 5\n[axes]\ncorrelation = [1.5]", "1.5 is more than 1"),
        ("draws = 5\n[axes]\nforecast_noise = [nan]", "nan is not a finite number"),
        ('draws = 5\n[axes]\nforecast_noise = "much"', "not a list of numbers"),
        ('draws = 5\noutputs = ["parts", "plots"]', "there is no output 'plots'"),
        ('draws = 5\nvoltage_penalties = ["steep"]', "there is no reading 'steep'"),
        ("draws = 5\n[scenarios]\nforecast_noise = true", "scenarios.forecast_noise: True is not a number"),
        ('draws = 5\n[scenarios]\nprofiles = "mine"', "there are no profiles 'mine'"),
        ('draws = 5\npartitions = [["P1"]]', "is not a list of lists of names"),
        ("seed = 1", "draws: it is missing"),
        ("draws = ", "is not TOML"),
        ("draws = 5\nformat = 2", "format: 2 is unknown"),
    ],
)
def test_messages(tmp_path: Path, text: str, told: str) -> None:
    """Every fault of a study file is named with its field and what was found."""
    path = tmp_path / "study.toml"
    path.write_text(f'case = "example-1"\n{text}\n', encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_study(path)
    assert told in str(caught.value)


def test_partitions_that_the_case_does_not_have(tmp_path: Path) -> None:
    """A partition that forgets a player, or is listed twice, is refused before anything is computed."""
    for listed, told in (
        ('partitions = [[["P1", "P2"]]]', "it isn't one of the case's players"),
        ('partitions = [[["P1", "P2"], ["P3"]], [["P3"], ["P2", "P1"]]]', "one is listed twice"),
    ):
        spec, case = read_study(write_study(tmp_path, more=listed))
        with pytest.raises(InputError, match=told):
            run_study(spec, case, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_an_unknown_case_or_file_is_said(tmp_path: Path) -> None:
    """A study without its case, and a study file that isn't there, end with code 1 and no traceback."""
    path = tmp_path / "study.toml"
    path.write_text('case = "elsewhere"\ndraws = 5\n', encoding="utf-8")
    for name in (path, tmp_path / "none.toml"):
        done = run("study", str(name), "--out", str(tmp_path / "out"))
        assert done.returncode == 1
        assert "Traceback" not in done.stderr
    assert "Shipped cases are" in run("study", str(path), "--out", str(tmp_path / "out")).stderr


@pytest.mark.parametrize(
    ("done", "new", "seconds", "line"),
    [
        (0, 0, 3.0, "0 of 4,000 draws"),
        (1000, 500, 10.0, "1,000 of 4,000 draws, 50 a second, 1 min 0 s left"),
        (1000, 1, 10.0, "1,000 of 4,000 draws, 0.1 a second, 8 h 20 min left"),
    ],
)
def test_progress_tells_rate_and_time_left(done: int, new: int, seconds: float, line: str) -> None:
    """The rate is that of this run: what was there already took it no time."""
    assert progress_line(done, 4000, new, seconds) == line
