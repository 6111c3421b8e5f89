"""Numbers that can't be computed with are told by ``check``, with place and value; all others are solved."""

from __future__ import annotations

from pathlib import Path

import pytest
from good_case import Change, Document, good, write
from scripts import fuzz_cases

from lempart.errors import InfeasibleError, InputError
from lempart.io import check_case, read_case
from lempart.solving import solve


def _set(value: object, *path: str | int) -> Change:
    def change(document: Document) -> None:
        at: object = document
        for key in path[:-1]:
            at = at[key]  # type: ignore[index]
        at[path[-1]] = value  # type: ignore[index]

    return change


BATTERY = ("prosumers", 0, "flexibility", 0)
CONVEX = ("prosumers", 2, "flexibility", 0)
TOLD = [  # what is changed, where it is told, and the value that the message shows
    (_set(1e300, "grid", "lines", 0, "r_ohm"), "grid.lines[0].r_ohm", "1e+300"),
    (_set(1e-300, "grid", "base_kv"), "grid.base_kv", "1e-300"),
    (_set(1e300, "grid", "base_kv"), "grid.base_kv", "1e+300"),
    (_set(1e9, "grid", "lines", 1, "x_ohm"), "grid.lines[1].x_ohm", "1e+09"),
    (_set(1e6, "grid", "lines", 0, "r_ohm"), "grid.lines[0].r_ohm", "1e+06 ohm"),
    (_set(1e-20, "grid", "lines", 0, "r_ohm"), "grid.lines[0].r_ohm", "100 / R"),
    (_set(1e300, "grid", "lines", 0, "rating_mva"), "grid.lines[0].rating_mva", "1e+300"),
    (_set([0.9, 1e200], "grid", "voltage_band_pu"), "grid.voltage_band_pu", "1e+200"),
    (_set(1e-9, "time", "step_hours"), "time.step_hours", "1e-09"),
    (_set([0.0, 1e200, 0.0], "prosumers", 0, "forecast_mw"), 'prosumers["P1"].forecast_mw[1]', "1e+200"),
    (_set([0.0, 5e-324, 0.0], "prosumers", 0, "forecast_mw"), 'prosumers["P1"].forecast_mw[1]', "4.94066e-324"),
    (_set([0.0, 1e307, 0.0], "prosumers", 0, "actual_mw"), 'prosumers["P1"].actual_mw[1]', "1e+307"),
    (_set(1e200, "market", "price_per_mwh"), "market.price_per_mwh[0]", "1e+200"),
    (_set(1e250, "market", "imbalance_penalty_per_mwh"), "market.imbalance_penalty_per_mwh[0]", "1e+250"),
    (_set(1e20, "market", "voltage_penalty"), "market.voltage_penalty", "1e+20"),
    (_set(1e300, *BATTERY, "quadratic_cost_per_mw2h"), 'prosumers["P1"].flexibility[0].quadratic', "1e+300"),
    (_set(500_000.0, *BATTERY, "power_mw"), 'prosumers["P1"].flexibility[0].power_mw', "500000"),
    (_set(1e8, *BATTERY, "energy_mwh"), 'prosumers["P1"].flexibility[0].energy_mwh', "1e+08"),
    (_set(1e-200, *BATTERY, "charge_efficiency"), 'prosumers["P1"].flexibility[0].charge_efficiency', "1e-200"),
    (_set([1e200], *CONVEX, "upper"), 'prosumers["P3"].flexibility[0].upper[0]', "1e+200"),
    (_set([1e7], *CONVEX, "upper"), 'prosumers["P3"].flexibility[0].upper[0]', "1e+07"),
]


@pytest.mark.parametrize(("change", "where", "value"), TOLD)
def test_numbers_that_cant_be_computed_with(change: Change, where: str, value: str, tmp_path: Path) -> None:
    """Each ended in an overflow, a division by zero, a NaN cost or a solver's failure; now it is told once."""
    document = good()
    change(document)
    errors = [problem for problem in check_case(write(tmp_path, document)) if problem.severity == "error"]
    assert len(errors) == 1, errors
    assert errors[0].where.startswith(where)
    assert value in errors[0].message
    with pytest.raises(InputError):
        read_case(tmp_path)


SOLVED = [  # from watts to gigawatts, from milliohm to kiloohm, and powers that are rounding
    (1e-6, 1.0),
    (1e-3, 1.0),
    (1e3, 1e3),
    (1e4, 300.0),
]


@pytest.mark.parametrize(("size", "voltage"), SOLVED)
def test_sizes_that_are_solved(size: float, voltage: float, tmp_path: Path) -> None:
    """A case whose powers are ``size`` times as large, with impedances that keep its voltages, costs that much more."""
    assert _total(_sized(size, voltage), tmp_path / "a") == pytest.approx(
        size * _total(good(), tmp_path / "b"), rel=1e-5
    )


def _total(document: Document, folder: Path) -> float:
    folder.mkdir()
    solution = solve(read_case(write(folder, document)))
    return solution.search.optimal[0].total


def _sized(size: float, voltage: float) -> Document:
    document = good()
    document["grid"]["base_kv"] *= voltage
    for line in document["grid"]["lines"]:
        line["rating_mva"] *= size
        line["r_ohm"] *= voltage**2 / size
        line["x_ohm"] *= voltage**2 / size
    for prosumer in document["prosumers"]:
        for part in (prosumer, *prosumer.get("flexibility", ())):
            for key, value in part.items():
                if key.endswith(("_mw", "_mvar", "_mwh", "_mva")) and key not in ("rows_mw", "cost_per_mwh"):
                    part[key] = [one * size for one in value] if isinstance(value, list) else value * size
                if key == "upper":
                    part[key] = [one * size for one in value]
    return document


def test_rounding_is_typical_of_nobody(tmp_path: Path) -> None:
    """Forecasts of 1e-17 MW, the rounding of sums, leave the answer that forecasts of 0 have."""
    totals = []
    for noise in (0.0, 1e-17, 1e-300):
        document = good()
        for index in (1, 2):
            document["prosumers"][index]["forecast_mw"] = noise
            document["prosumers"][index].pop("forecast_mvar", None)
        folder = tmp_path / str(noise)
        totals.append(_total(document, folder))
    assert totals == pytest.approx([totals[0]] * 3, rel=1e-6)


BANDS = [  # a band or a rating that leaves no room, and what the message names
    (_set([1.0, 1.0], "grid", "voltage_band_pu"), "voltage at n3 lower limit 1 p.u. by"),
    (_set([1 - 1e-9, 1 + 1e-9], "grid", "voltage_band_pu"), "voltage at n3 lower limit 1 p.u. by"),
    (_set(0.0, "grid", "lines", 2, "rating_mva"), "line n1-n3 by"),
]


@pytest.mark.parametrize(("change", "named"), BANDS)
def test_limits_without_room_are_explained(change: Change, named: str, tmp_path: Path) -> None:
    """Node or line, time and amount; it was a solver's error."""
    document = good()
    for line in document["grid"]["lines"]:
        line.pop("min_pu", None)
        line.pop("max_pu", None)
    change(document)
    with pytest.raises(InfeasibleError) as caught:
        solve(read_case(write(tmp_path, document)))
    assert named in str(caught.value)
    assert "steps 1, 2" in str(caught.value)
    assert "root-n1 by" not in str(caught.value)


def test_margin_that_leaves_no_room_is_explained(tmp_path: Path) -> None:
    """The same, where a margin takes all of a band."""
    document = good()
    document["dispatch"]["voltage_margin_pu"] = 0.05
    with pytest.raises(InfeasibleError, match=r"voltage at n3 lower limit 1 p\.u\. by .* \(steps 1, 2\)"):
        solve(read_case(write(tmp_path, document)))


def test_a_name_without_end_is_cut_in_messages(tmp_path: Path) -> None:
    """The user's own text may be a million letters long."""
    document = good()
    document["prosumers"][0]["node"] = "x" * 1_000_000
    (problem,) = check_case(write(tmp_path, document))
    assert len(str(problem)) < 1500


@pytest.mark.parametrize("seeds", [range(start, start + 25) for start in (0, 1000, 4260, 4500)])
def test_changed_cases_are_told_or_solved(seeds: range, tmp_path: Path) -> None:
    """A piece of ``scripts/fuzz_cases.py``, which runs as many as one likes."""
    for seed in seeds:
        folder = tmp_path / str(seed)
        folder.mkdir()
        fuzz_cases.make(seed, folder)
        found = fuzz_cases.outcome(folder)
        assert not found.failure, f"seed {seed}: {found}"


def test_whole_numbers_beyond_floats_are_changed_too() -> None:
    """The script that makes changed cases goes on from a number that no float holds."""
    assert fuzz_cases.scaled_by(10**400, 3) == 10**403
    assert fuzz_cases.scaled_by(10**400, -12) == 10**388
    assert fuzz_cases.scaled_by(2.5, -1) == 0.25


@pytest.mark.parametrize("rating", [None, 100.0])
def test_kilowatts_given_as_megawatts_are_warned_of(rating: float | None, tmp_path: Path) -> None:
    """Homes of 3.5 and of 0.9 MW at 0.4 kV, with ratings and without."""
    document = good()
    for line in document["grid"]["lines"]:
        line["r_ohm"] = 0.05
        line.pop("rating_mva")
        if rating is not None:
            line["rating_mva"] = rating
    document["prosumers"][0] |= {"forecast_mw": -3.5, "actual_mw": -3.5}
    document["prosumers"][1] |= {"forecast_mw": -0.9}
    told = [str(problem) for problem in check_case(write(tmp_path, document)) if "kW were meant" in problem.remedy]
    assert [text.split(".")[0] for text in told] == ['prosumers["P1"]', 'prosumers["P2"]']


DAY = "time,A,B\n" + "".join(f"2016-01-17 {row // 4:02}:{row % 4 * 15:02},{{0}},{{0}}\n" for row in range(96))


@pytest.mark.parametrize(("hours", "sign", "told"), [(1.0, "0.5", 2), (0.25, "0.5", 1), (0.25, "-0.5", 0)])
def test_a_day_as_meters_export_it(hours: float, sign: str, told: int, tmp_path: Path) -> None:
    """Quarters of an hour read as hours, and consumption read as injection: a warning each."""
    document = good()
    document["time"] = {"steps": 96, "step_hours": hours}
    document["market"]["price_per_mwh"] = 50.0
    document["prosumers"] = [{"name": "A", "node": "n1"}, {"name": "B", "node": "n2"}]
    del document["players"]
    document = {"forecast": "day.csv", **document}
    (tmp_path / "day.csv").write_text(DAY.format(sign))
    found = [str(problem) for problem in check_case(write(tmp_path, document)) if problem.where.startswith("day.csv")]
    assert len(found) == told, found
    assert any("step_hours = 0.25" in text for text in found) == (hours == 1.0)
    assert any("everybody injects at night" in text for text in found) == (sign == "0.5")
