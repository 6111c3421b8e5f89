"""The benchmarks: each still runs and finds what its baseline finds, and the tables say what was measured."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip("cvxpy")

from benchmarks import beside, table
from benchmarks.cases.dispatch import six_bus_problem
from benchmarks.growth import log_log_slope
from benchmarks.measure import measure_here
from benchmarks.naive.dispatch import NaiveDispatch
from benchmarks.registry import Benchmark, Job, Side, benchmarks

KNOWN = benchmarks()


@pytest.mark.parametrize("name", [name for name, one in KNOWN.items() if one.smallest is not None])
def test_smallest_size_runs_and_agrees(name: str) -> None:
    """Both sides run at a size of seconds; answers that differ beyond the tolerance would raise."""
    one = KNOWN[name]
    assert one.smallest is not None
    found = measure_here(name, one.smallest, 1)
    assert found["ours"]["seconds"] > 0
    assert {label for label, _ in one.targets} <= {beside["label"] for beside in found["baselines"]}
    assert all(beside["difference"] <= one.tolerance for beside in found["baselines"])


def test_compiled_once_is_the_same_as_rebuilt() -> None:
    """The model whose forecast is a parameter finds at another forecast what one built there finds."""
    problem = six_bus_problem()
    other = problem.forecast * np.linspace(0.95, 1.05, problem.steps)
    kept = NaiveDispatch(problem, reusable=True)
    kept.solve(problem.forecast)
    once, anew = kept.solve(other), NaiveDispatch(replace(problem, forecast=other)).solve()
    assert once.flexible_mva == pytest.approx(anew.flexible_mva, abs=1e-6)
    assert once.flexibility_cost == pytest.approx(anew.flexibility_cost, abs=1e-6)


def test_answers_that_differ_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """A baseline that finds something else makes no ratio: the time of another answer means nothing."""
    wrong = Job(Side("ours", lambda: 1.0), (Side("theirs", lambda: 2.0),), lambda a, b: abs(a - b))
    entry = Benchmark("made-up", "phase", "case", "unit", (1,), lambda _size: wrong)
    monkeypatch.setattr("benchmarks.measure.benchmarks", lambda: {"made-up": entry})
    with pytest.raises(AssertionError, match="made-up, theirs: answers differ by 1"):
        measure_here("made-up", 1)


def test_a_sample_is_scaled(monkeypatch: pytest.MonkeyPatch) -> None:
    """A baseline that does a quarter of the work counts four times its time."""
    times = iter([0.0, 2.0, 10.0, 13.0])
    monkeypatch.setattr("benchmarks.measure.time.perf_counter", lambda: next(times))
    job = Job(Side("ours", lambda: None), (Side("theirs", lambda: None, 0.25),))
    monkeypatch.setattr(
        "benchmarks.measure.benchmarks",
        lambda: {"m": Benchmark("m", "p", "c", "u", (1,), lambda _size: job, repeats=1)},
    )
    found = measure_here("m", 1)
    assert found["ours"]["seconds"] == 2.0
    assert found["baselines"][0]["seconds"] == 12.0
    assert found["baselines"][0]["ratio"] == 6.0


def test_two_checkouts_side_by_side(capsys: pytest.CaptureFixture[str]) -> None:
    """Each side runs in its own folder, by its own code; here both are this checkout, so that both do the same work."""
    beside.main([str(beside.HERE), "core, closed form:4", "--pairs", "1", "--seconds", "0"])
    told = capsys.readouterr().out.splitlines()[-1]
    name, numbers = told.split(": ")
    assert name == "core, closed form:4"
    assert all(0.05 < float(ratio) < 20 for ratio in numbers.replace(";", ",").split(", "))


def test_growth_of_a_power_law() -> None:
    """The slope of ``3 n^2`` is 2 without error; with noise the error is that of a textbook least-squares fit."""
    sizes = np.array([1.0, 2.0, 4.0, 8.0])
    assert log_log_slope(sizes, 3 * sizes**2) == pytest.approx((2.0, 0.0), abs=1e-12)
    seconds = 3 * sizes**2 * np.array([1.1, 0.9, 1.2, 1.0])
    design = np.stack([np.ones(4), np.log(sizes)], axis=1)
    solved, residuals, *_ = np.linalg.lstsq(design, np.log(seconds), rcond=None)
    error = np.sqrt(residuals[0] / 2 * np.linalg.inv(design.T @ design)[1, 1])
    assert log_log_slope(sizes, seconds) == pytest.approx((solved[1], error))


def test_the_table_says_what_was_measured() -> None:
    """Ratios, scaled samples, aims and the growth stand in the Markdown, a row for each baseline."""
    one = Benchmark("m", "core", "a case", "homes", (1, 2, 4), lambda _size: None, targets=(("theirs", 20.0),))
    results = [
        {
            "name": "m",
            "size": size,
            "date": "2026-01-02",
            "machine": "a machine",
            "ours": {"seconds": float(size**3), "peak_memory_mb": 100},
            "baselines": [{"label": "theirs", "seconds": 50.0, "share": 0.1, "ratio": 25.0, "difference": 1e-7}],
        }
        for size in (1, 2, 4)
    ]
    told = table.tables(results, {"m": one})
    assert "### Core" in told
    assert "**m**: a case. Measured on 2026-01-02." in told
    assert "| 2 | 8 | 100 | theirs | 50 (scaled from 10 %) | 25.0 (aim 20) | 1e-07 |" in told
    assert "Time grows as size to the power of 3.00 ± 0.00." in told


def test_results_kept_are_of_benchmarks_there_are() -> None:
    """What is written down can be measured again."""
    for one in table.read_results():
        assert one["size"] in KNOWN[one["name"]].sizes
