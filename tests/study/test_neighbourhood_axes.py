"""Studies of the neighbourhood: days and electrification as axes, and draws of homes."""

from __future__ import annotations

from dataclasses import fields, replace
from pathlib import Path

import pytest

from lempart.case import Battery, Case, HeatPump, case_hash
from lempart.cost import CostsWithExternalities, PreparedCase
from lempart.errors import InputError
from lempart.prosumption import NeighbourhoodOptions, neighbourhood_case
from lempart.study import open_results, plan_of, read_study, read_totals, run_study
from lempart.study.draw.draws import case_of_point, draws_at
from lempart.study.spec.neighbourhood_axes import NEIGHBOURHOOD_AXES, OPTION_KINDS

EXAMPLES = Path(__file__).parents[2] / "examples"

STUDY = """
draws = {draws}
block = 1
seed = 5
partitions = [[["a"], ["b"], ["c"], ["d"], ["e"]]]
{more}
[neighbourhood]
seed = 1
pv_share = 0.6
limits = "elastic"
{options}
[axes]
day = [196, 14]
electrification = [0.0, 0.5, 1.0]
battery_kwh_per_kwp = [0.0, 1.5]
"""


def _write(folder: Path, *, draws: int = 1, more: str = "", options: str = "") -> Path:
    path = folder / "study.toml"
    path.write_text(STUDY.format(draws=draws, more=more, options=options), encoding="utf-8")
    return path


def _with(case: Case, kind: type) -> set[str]:
    return {p.name for p in case.prosumers if any(isinstance(unit, kind) for unit in p.flexibility)}


def test_points_are_neighbourhoods_of_their_day_and_shares(tmp_path: Path) -> None:
    """The case at a point is ``neighbourhood_case`` with the point's values, the tie-break of the study kept."""
    spec, case = read_study(_write(tmp_path))
    assert len(spec.points) == 12
    for point in spec.points:
        options = NeighbourhoodOptions(
            day=int(point["day"]),
            seed=1,
            pv_share=0.6,
            limits="elastic",
            electrification=point["electrification"],
            battery_kwh_per_kwp=point["battery_kwh_per_kwp"],
        )
        here, plain = case_of_point(spec, case, point), neighbourhood_case(options)
        tie_break = PreparedCase.of(case).tie_break
        assert here == replace(plain, dispatch=replace(plain.dispatch, tie_break_per_mw2h=tie_break))


def test_a_draw_of_homes_depends_on_seed_and_index_alone(tmp_path: Path) -> None:
    """The same index is the same street at every point; shares add to it; another index or seed is another street."""
    spec, case = read_study(_write(tmp_path))
    few, half, full = (draws_at(spec, case, spec.points[k]).case(3) for k in (0, 2, 4))
    assert case_hash(draws_at(spec, case, spec.points[2]).case(3)) == case_hash(half)
    assert _with(few, HeatPump) == set()
    assert 0 < len(_with(half, HeatPump)) < len(_with(full, HeatPump)) == 47
    assert (half.scenario.realization == full.scenario.realization).all()
    stored = draws_at(spec, case, spec.points[3]).case(3)
    assert len(_with(stored, Battery)) > 20
    assert _with(half, Battery) == set()
    other = draws_at(spec, case, spec.points[2]).case(4)
    assert _with(other, HeatPump) != _with(half, HeatPump)
    assert (other.scenario.realization != half.scenario.realization).any()
    reseeded = draws_at(replace(spec, seed=6), case, spec.points[2]).case(3)
    assert _with(reseeded, HeatPump) != _with(half, HeatPump)
    names = [[p.name for p in one.prosumers] for one in (few, half, other, reseeded)]
    assert names == [names[0]] * 4  # the players' order is the study's, so that a partition means the same


def test_a_stored_draw_is_what_the_street_costs(tmp_path: Path) -> None:
    """A total in the store is what its street's case costs by itself, and the phase diagram finds the axes."""
    more = 'outputs = ["parts"]'
    spec, case = read_study(_write(tmp_path, draws=1, more=more))
    spec = replace(spec, axes=(replace(spec.axes[0], values=(196.0,)), replace(spec.axes[1], values=(0.0, 0.5))))
    run_study(spec, case, tmp_path / "out")
    data, plan = open_results(tmp_path / "out"), plan_of(spec, case)
    for k, point in enumerate(spec.points):
        costs = CostsWithExternalities(PreparedCase.of(draws_at(spec, case, point).case(0)))
        total = float(data["total"].sel(day=196.0, electrification=point["electrification"]).squeeze())
        assert total == pytest.approx(costs.partition(plan.partitions[0]).total, rel=1e-9), k
    assert [axis.name for axis in read_totals(tmp_path / "out").axes] == ["day", "electrification"]


def test_variants_of_a_days_own_profiles(tmp_path: Path) -> None:
    """With profiles = "case" the homes stay and forecasts vary: noise is an axis, the realisation is the day's."""
    text = (
        _write(tmp_path).read_text(encoding="utf-8") + 'forecast_noise = [0.0, 0.1]\n[scenarios]\nprofiles = "case"\n'
    )
    (tmp_path / "study.toml").write_text(text, encoding="utf-8")
    spec, case = read_study(tmp_path / "study.toml")
    clear, noisy = (draws_at(spec, case, point).case(0) for point in spec.points[:2])
    summer = neighbourhood_case(NeighbourhoodOptions(day=196, seed=1, pv_share=0.6))
    assert clear.scenario.realization == pytest.approx(summer.scenario.realization)
    assert (clear.scenario.forecast == clear.scenario.realization).all()
    assert (noisy.scenario.forecast != noisy.scenario.realization).any()


def test_every_option_can_be_stated() -> None:
    """A study file takes every option of the neighbourhood but the forecaster; every axis is one of them."""
    assert set(OPTION_KINDS) == {field.name for field in fields(NeighbourhoodOptions)} - {"forecaster"}
    assert set(NEIGHBOURHOOD_AXES) <= set(OPTION_KINDS)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ("colour = 1", "neighbourhood.colour: there is no such field"),
        ("two_masses = 1", "neighbourhood.two_masses: 1 is not true or false"),
        ("electrification = 1.5", "neighbourhood.electrification: 1.5 is more than 1"),
        ("day = 400", "neighbourhood.day: 400 is no day of the year"),
        ('loads = "mine"', "neighbourhood.loads: 'mine' is unknown"),
        ("order = [0, 1]", "doesn't name each of the players"),
        ("[axes]\nday = [14.5]", "axes.day: 14.5 is no day of the year"),
        ("[axes]\nforecast_noise = [0.1]", "axes.forecast_noise: there is no such axis"),
        ("[scenarios]\nforecast_noise = 0.1", "homes are drawn, not variants"),
    ],
)
def test_messages(tmp_path: Path, options: str, told: str) -> None:
    """Every fault of the neighbourhood in a study file is named with its field."""
    path = tmp_path / "study.toml"
    path.write_text(f"draws = 1\n[neighbourhood]\n{options}\n", encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_study(path)
    assert told in str(caught.value)


def test_a_case_or_a_neighbourhood(tmp_path: Path) -> None:
    """A study has one of the two; homes are only drawn in a neighbourhood, and only there are its axes known."""
    for text, told in (
        ('case = "example-1"\n[neighbourhood]', "there is a neighbourhood too"),
        ('case = "example-1"\n[axes]\nday = [1]', "axes.day: there is no such axis"),
        ('case = "example-1"\n[scenarios]\nprofiles = "homes"', "only a neighbourhood has homes"),
    ):
        path = tmp_path / "study.toml"
        path.write_text(f"draws = 1\n{text}\n", encoding="utf-8")
        with pytest.raises(InputError) as caught:
            read_study(path)
        assert told in str(caught.value)


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*/study.toml")), ids=lambda path: path.parent.name)
def test_examples_can_be_read(path: Path) -> None:
    """Every study among the examples is complete and fits its case."""
    spec, case = read_study(path)
    assert plan_of(spec, case).labels["penalty"]
    assert case_of_point(spec, case, spec.points[0])
