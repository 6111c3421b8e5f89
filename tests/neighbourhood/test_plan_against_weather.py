"""Which days are studied, against the weather file read anew."""

from __future__ import annotations

import csv
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

import lempart
from lempart.case import case_hash
from lempart.prosumption import NeighbourhoodOptions, neighbourhood_case
from lempart.reproduce.table_5 import (
    SEEDS,
    VARIATIONS,
    all_days,
    coldest_day,
    fortnights,
    month_of,
    options_of,
    study_of,
)
from lempart.reproduce.table_5.tables import SEASONS
from lempart.study.draw.draws import draws_at

WEATHER = Path(lempart.__file__).parent / "data" / "synpro" / "weather.csv"


def _means() -> dict[int, float]:
    """Return the mean temperature of each day of the year, added up hour by hour."""
    with WEATHER.open(encoding="utf-8") as file:
        hours = [float(row["outdoor_c"]) for row in csv.DictReader(file)]
    assert len(hours) == 8760
    return {day: sum(hours[24 * (day - 1) : 24 * day]) / 24 for day in range(1, 366)}


def test_the_coldest_day() -> None:
    """Of all days that have a day before them."""
    means = _means()
    del means[1]
    assert coldest_day() == min(means, key=lambda day: means[day])


def test_the_fortnights() -> None:
    """The 14 days in a row with the lowest and with the highest sum, in turns, each within the year."""
    means = _means()
    total = {start: sum(means[day] for day in range(start, start + 14)) for start in range(2, 353)}
    coldest, warmest = min(total, key=lambda s: total[s]), max(total, key=lambda s: total[s])
    assert fortnights()[::2] == tuple(range(coldest, coldest + 14))
    assert fortnights()[1::2] == tuple(range(warmest, warmest + 14))
    assert coldest_day() in fortnights()[::2]


def test_every_day_but_the_first() -> None:
    """The first has no day before it to be forecast from; the year's weather has 365."""
    assert all_days() == tuple(range(2, 366))


def test_every_variation_and_seed_is_a_study_of_its_own() -> None:
    """No two share a folder; days are points, each of them the neighbourhood of that variation, day and seed."""
    every = [
        study_of(name, seed, all_days(), elastic=elastic)
        for name in VARIATIONS
        for seed in SEEDS
        for elastic in (False, True)
    ]
    assert len({spec.name for spec in every}) == len(every) == len(VARIATIONS) * 5 * 2
    assert all(len(spec.points) == 364 for spec in every)
    spec = study_of("0.97 p.u.", 3, (14, 196))
    for point, day in zip(spec.points, (14, 196), strict=True):
        case = draws_at(spec, neighbourhood_case(spec.neighbourhood), point).case(0)
        assert case_hash(case) == case_hash(neighbourhood_case(options_of("0.97 p.u.", day, 3)))


@pytest.mark.parametrize("name", [name for name in VARIATIONS if name != "headline"])
def test_a_variation_changes_what_its_name_says_and_nothing_else(name: str) -> None:
    """Every variation makes another case out of the same day, with the same homes on the same nodes."""
    options, plain = options_of(name, 14, 2), options_of("headline", 14, 2)
    assert plain == NeighbourhoodOptions(day=14, seed=2)
    assert replace(plain, **VARIATIONS[name]) == options != plain
    case, other = neighbourhood_case(plain), neighbourhood_case(options)
    assert case != other
    assert [(p.name, p.node, p.player) for p in case.prosumers] == [(p.name, p.node, p.player) for p in other.prosumers]
    if "p.u." in name:
        assert f"{options.minimum_voltage_pu:g} p.u." in name
    if name.startswith("kappa"):
        assert name == f"kappa {other.market.tax_per_mwh[0]:g}"


def test_seasons_of_days() -> None:
    """Every day of the year has its month, and every month one season."""
    for day in range(1, 366):
        assert month_of(day) == (date(2021, 1, 1) + timedelta(days=day - 1)).month
    assert sorted(month for months in SEASONS.values() for month in months) == list(range(1, 13))
    assert {name: 7 in months for name, months in SEASONS.items()} == {
        "winter": False, "spring": False, "summer": True, "autumn": False,
    }  # fmt: skip
    assert 1 in SEASONS["winter"]
    assert 4 in SEASONS["spring"]
