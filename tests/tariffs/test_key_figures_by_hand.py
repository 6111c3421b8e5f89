"""Key figures against numbers made by hand, and against a plain loop over homes and steps."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lempart import read_case, solution_json, solve, write_case
from lempart.case import Case, Group, case_hash
from lempart.cost import CostsWithoutExternalities, cost_model, costs_of, key_figures
from lempart.errors import InputError
from support.cases import battery, case, line, prosumer
from support.feeders import random_feeder


def _village(**market: Any) -> Case:
    """Return the hand example: P gives 10 kW, C1 takes 6 and C2 1, for one hour of two; import .22, export .06."""
    lines = [line("root", "hub"), *(line("hub", name) for name in "pcd")]
    people = [prosumer("P", "p"), prosumer("C1", "c"), prosumer("C2", "d")]
    forecast = {"P": [0.010, 0.0], "C1": [-0.006, -0.002], "C2": [-0.001, 0.0]}
    return case(lines, people, forecast, price_per_mwh=140.0, tax_per_mwh=80.0, tax_on="active", **market)


def test_a_market_by_hand() -> None:
    """{P, C1} shares 6 of the 10 that P gives; C1 takes 8 in all, so 75 % are its neighbour's; 2 come from outside.

    Apart P earns 0.6 and C1 pays 8 * 0.22 = 1.76, in all 1.16; together they pay 2 * 0.22 - 4 * 0.06 = 0.20.
    """
    given = _village(co2_kg_per_mwh=np.array([100.0, 500.0]))
    found = key_figures(costs_of(given), "P,C1|C2")
    market, alone = (one.figures for one in found.markets)
    assert (market.taken_mwh, market.given_mwh) == pytest.approx((0.008, 0.010), abs=1e-12)
    assert market.shared_taken_mwh == market.shared_given_mwh == pytest.approx(0.006, abs=1e-12)
    assert market.self_sufficiency == pytest.approx(0.75, abs=1e-9)
    assert market.self_consumption == pytest.approx(0.6, abs=1e-9)
    assert (market.peak_import_mw, market.peak_export_mw) == pytest.approx((0.002, 0.004), abs=1e-12)
    assert market.load_factor == pytest.approx(0.5, abs=1e-9)
    assert market.co2_kg == pytest.approx(0.002 * 500.0, abs=1e-9)
    assert market.saving == pytest.approx(1.16 - 0.20, abs=1e-9)
    assert (alone.self_sufficiency, alone.self_consumption) == (0.0, None)
    assert alone.co2_kg == pytest.approx(0.1, abs=1e-9)
    assert alone.saving == pytest.approx(0.0, abs=1e-12)
    home = {one.prosumer: one.figures for one in found.homes}
    assert home["P"].self_consumption == pytest.approx(0.6, abs=1e-9)
    assert home["P"].load_factor is None
    assert home["C1"].co2_kg == pytest.approx(1.0, abs=1e-9)
    assert home["C1"].peak_import_mw == pytest.approx(0.006, abs=1e-12)
    assert home["C1"].load_factor == pytest.approx(0.004 / 0.006, abs=1e-9)
    assert home["P"].saving is None  # no bill is known here
    assert home["C2"].saving == pytest.approx(0.0, abs=1e-12)


def test_homes_save_by_a_bill_nobody_leaves() -> None:
    """Proves that homes of a solution save what they pay less than alone, and all homes together what markets do."""
    solution = solve(_village())
    found = solution.key_figures()
    assert solution.names() == [["P", "C1", "C2"]]
    bills = solution.search.optimal_stable[0].verdict.coalitions[0].allocation  # type: ignore[union-attr]
    apart = solution.cost("P|C1|C2")
    assert [one.figures.saving for one in found.homes] == pytest.approx(
        [own.total - bills[player] for player, own in enumerate(apart.coalitions)], abs=1e-9
    )
    saved = sum(one.figures.saving or 0.0 for one in found.homes)
    assert saved == pytest.approx(sum(one.figures.saving or 0.0 for one in found.markets), abs=1e-9)
    assert found.homes[0].figures.co2_kg is None
    frame = solution.to_frame("figures")
    assert list(frame["kind"]) == ["market", "home", "home", "home"]
    assert frame["shared_taken_mwh"][0] == pytest.approx(0.007, abs=1e-12)


def _by_loop(given: Case, net: np.ndarray, members: list[int]) -> dict[str, float]:
    """Return shared energy, what comes from outside and CO2 of a market, step by step."""
    shared = outside = emitted = 0.0
    for step in range(given.horizon.steps):
        takes = sum(-net[m, step] for m in members if net[m, step] < 0)
        gives = sum(net[m, step] for m in members if net[m, step] > 0)
        both = min(takes, gives)
        shared += both * given.horizon.step_hours
        outside += (takes - both) * given.horizon.step_hours
        emitted += (takes - both) * given.horizon.step_hours * float(given.market.co2_kg_per_mwh[step])
    return {"shared": shared, "outside": outside, "co2": emitted}


@pytest.mark.parametrize("externalities", [True, False])
def test_homes_add_up_to_markets(externalities: bool) -> None:
    """Proves shared energy and CO2 by a loop, with flexibility and errors; what homes share adds up to the market's."""
    several = 0
    for seed in range(6):
        co2 = np.random.default_rng(seed).uniform(20.0, 400.0, 3)
        given = random_feeder(seed, co2_kg_per_mwh=co2, externalities=externalities)
        costs = cost_model(given, "market", None)
        family = costs.prepared.family
        for partition in list(family.enumerate())[:5]:
            if not costs.partition(partition).viable:
                continue
            found = key_figures(costs, partition)
            u = sum(  # every dispatch tells the flexibility of its own prosumers
                np.bincount(part.prosumers, minlength=4)[:, None] * _all(part.solved.flexible_mva.real, part.prosumers)
                for part in costs.dispatched(partition)
            )
            net = given.scenario.realization.real + u
            for mask, market in zip(partition, found.markets, strict=True):
                expected = _by_loop(given, net, list(family.prosumers(mask)))
                own, homes = market.figures, [one.figures for one in found.homes if one.market == market.members]
                assert own.shared_taken_mwh == pytest.approx(expected["shared"], abs=1e-9)
                assert own.taken_mwh - own.shared_taken_mwh == pytest.approx(expected["outside"], abs=1e-9)
                assert own.co2_kg == pytest.approx(expected["co2"], abs=1e-6)
                for key in ("taken_mwh", "given_mwh", "shared_taken_mwh", "shared_given_mwh", "co2_kg"):
                    assert sum(getattr(one, key) for one in homes) == pytest.approx(getattr(own, key), abs=1e-9)
                several += len(homes) > 1 and own.shared_taken_mwh > 0.1
    assert several > 3
    assert isinstance(costs, CostsWithoutExternalities) != externalities


def _all(own: np.ndarray, prosumers: np.ndarray) -> np.ndarray:
    found = np.zeros((4, own.shape[1]))
    found[prosumers] = own
    return found


def test_groups_regular_customers_and_flexibility() -> None:
    """Proves who has no saving of its own, and that a battery's power counts at the meter."""
    lines = [line("root", name) for name in "abcd"]
    people = [
        prosumer("A", "a"), prosumer("B", "b"), prosumer("C", "c", battery(1.0, 1.0, initial_soc=1.0)),
        prosumer("R", "d", player=False),
    ]  # fmt: skip
    forecast = {"A": [-1.0], "B": [-1.0], "C": [0.0], "R": [-3.0]}
    given = case(lines, people, forecast, groups=[Group("pair", ("A", "B"))], tax_per_mwh=50.0, price_per_mwh=90.0)
    found = solve(given).key_figures()
    homes = {one.prosumer: one for one in found.homes}
    assert homes["R"].market is None
    assert homes["R"].figures.taken_mwh == pytest.approx(3.0)
    assert homes["A"].figures.saving is None
    assert homes["C"].figures.given_mwh == pytest.approx(1.0, abs=1e-5)
    assert homes["C"].figures.self_consumption == pytest.approx(1.0, abs=1e-5)
    assert homes["A"].figures.self_sufficiency == pytest.approx(0.5, abs=1e-5)


def test_co2_changes_no_result(tmp_path: Path) -> None:
    """Proves that the series is read, written and refused where negative, and that results stay those of the case."""
    given = _village()
    emitting = replace(given, market=replace(given.market, co2_kg_per_mwh=np.array([100.0, 500.0])))
    assert case_hash(emitting) == case_hash(given)
    write_case(emitting, tmp_path)
    assert read_case(tmp_path) == emitting
    with pytest.raises(InputError, match=r"co2_kg_per_mwh: negative"):
        replace(given, market=replace(given.market, co2_kg_per_mwh=-1.0))


def test_json_report_and_terminal(lempart: Any, tmp_path: Path) -> None:
    """Proves the same numbers in the JSON of both commands, in the report and on the terminal."""
    write_case(_village(co2_kg_per_mwh=300.0), tmp_path / "case")
    told = lempart("solve", tmp_path / "case", "--figures", "--out", tmp_path / "result")
    assert told.code == 0
    assert "Homes at their meters, energy in kWh, peaks in kW" in told.out
    result = json.loads((tmp_path / "result" / "result.json").read_text(encoding="utf-8"))
    figures = result["key_figures"]
    assert figures["partition"] == [["P", "C1", "C2"]]
    assert figures == json.loads(json.dumps(solution_json(solve(read_case(tmp_path / "case")))["key_figures"]))
    own = figures["markets"][0]["figures"]
    assert own["self_sufficiency"] == pytest.approx(7 / 9)
    cost = json.loads(lempart("cost", tmp_path / "case", "--partition", "P,C1,C2", "--json", "-").out)
    assert cost["key_figures"]["markets"][0]["figures"] == own
    assert lempart("report", tmp_path / "result", "--out", tmp_path / "report.html").code == 0
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "Key figures" in page
    assert ">78 %<" in page
    stopped = lempart("solve", tmp_path / "case", "--stop-after", "0.0000001", "--json", "-")
    assert "key_figures" not in json.loads(stopped.out)
