"""In how many draws of a study batteries burn energy: against every draw costed alone as a case."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from lempart.case import Case
from lempart.cost import costs_of
from lempart.io import read_case, write_case
from lempart.partition import Partition
from lempart.report.from_study import study_page
from lempart.solving import solve
from lempart.study import plan_of, read_study
from lempart.study.draw.draws import draws_at
from support.command_line import Lempart

SURPLUS = Path(__file__).parents[1] / "data" / "burning" / "surplus.toml"
STUDY = """
name = "burning"
case = "case"
draws = {draws}
seed = 4
block = 8
{more}
[scenarios]
forecast_noise = 0.9
"""


TOGETHER = 'partitions = [[["A", "B"]]]'


def _study(folder: Path, *, draws: int, externalities: bool, more: str = TOGETHER, battery: str = "convex") -> Path:
    """Write a study of two homes, of which in some draws one has more sun than the other takes."""
    given = read_case(SURPLUS)
    market = replace(given.market, externalities=externalities, single_boundary=not externalities)
    scenario = replace(given.scenario, forecast=given.scenario.forecast * [[1.0], [-3.8]])
    scenario = replace(scenario, realization=scenario.forecast)
    dispatch = replace(given.dispatch, battery=battery)
    write_case(replace(given, market=market, scenario=scenario, dispatch=dispatch), folder / "case")
    path = folder / "study.toml"
    path.write_text(STUDY.format(draws=draws, more=more), encoding="utf-8")
    return path


def _told(lempart: Lempart, folder: Path, path: Path) -> tuple[int, str]:
    ran = lempart("study", path, "--out", folder / "out", "--workers", 1)
    assert ran.code == 0, ran.err
    (point,) = json.loads((folder / "out" / "statistics.json").read_text(encoding="utf-8"))["points"]
    return point["burning_draws"], " ".join(ran.out.split())


def _burns(case: Case, partitions: tuple[Partition, ...]) -> bool:
    costs = costs_of(case)
    return any(costs.partition(partition).burning for partition in partitions)


@pytest.mark.parametrize(("draws", "externalities"), [(8, True), (24, True), (24, False)])  # one by one, and together
def test_draws_are_counted(lempart: Lempart, tmp_path: Path, draws: int, externalities: bool) -> None:
    """Statistics, summary and report tell as many draws as there are whose case has a partition that burns."""
    path = _study(tmp_path, draws=draws, externalities=externalities)
    spec, case = read_study(path)
    partitions, drawn = plan_of(spec, case).partitions, draws_at(spec, case, spec.points[0])
    expected = sum(_burns(drawn.case(index), partitions) for index in range(draws))
    assert 0 < expected < draws
    found, summary = _told(lempart, tmp_path, path)
    assert found == expected
    sentence = f"In {expected} of {draws} draws batteries charge and discharge at once in some partition, which no"
    assert sentence in summary
    assert any(note.startswith(sentence) for note in study_page(tmp_path / "out", pictures=False).notes)


def test_answers_of_searches_are_counted(lempart: Lempart, tmp_path: Path) -> None:
    """A study that searches its draws tells in how many of them what was found burns."""
    path = _study(tmp_path, draws=8, externalities=True, more='search = "exhaustive"')
    spec, case = read_study(path)
    drawn = draws_at(spec, case, spec.points[0])
    solutions = [solve(drawn.case(index)) for index in range(8)]
    burning = [any(s.cost(p).burning for p in (s.optimal, s.optimal_stable) if p is not None) for s in solutions]
    found, summary = _told(lempart, tmp_path, path)
    assert 0 < found == sum(burning) < 8
    assert f"In {found} of 8 draws batteries charge and discharge at once in a partition found" in summary


def test_nothing_is_told_where_it_is_forbidden(lempart: Lempart, tmp_path: Path) -> None:
    """With exclusive batteries none burns, and nothing is said."""
    found, summary = _told(lempart, tmp_path, _study(tmp_path, draws=8, externalities=True, battery="exclusive"))
    assert found == 0
    assert "charge and discharge" not in summary
