"""Draws with losses, in batches and in series, against the same draws as cases of their own, one dispatch each."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lempart import solve
from lempart.case import Case, Scenario
from lempart.cost import (
    CoalitionSeries,
    CostsWithExternalities,
    CostsWithoutExternalities,
    PartitionSeries,
    PreparedCase,
)
from lempart.cost.draws import partition_series
from lempart.dispatch import DispatchBatch, DispatchSeries, dispatch
from lempart.errors import InfeasibleError
from lempart.partition import Partition
from lempart.study import run_study, study_statistics
from lempart.study.evaluate import coalitions as of_case
from lempart.study.evaluate.evaluator import PointEvaluator
from lempart.study.evaluate.searcher import SearchEvaluator
from lempart.study.spec.scenario_options import ScenarioOptions
from lempart.study.spec.spec import StudySpec
from support.cases import battery, case, line, prosumer
from support.feeders import random_feeder

TIE_BREAK = 0.3
"""Large, so that dispatches are unique and solvers find them to many digits."""

GRIDS: dict[str, dict[str, Any]] = {
    "limits bind": {"tight": 0.95, "band": (0.97, 1.03)},
    "they don't": {"band": None, "tight": 5.0},
    "reactive, every device": {"devices": "every kind", "reactive": True, "tight": 0.95, "band": (0.96, 1.04)},
    "given reactive flows": {"reactive": True, "tight": 1.2, "band": (0.93, 1.06)},
    "elastic": {"tight": 0.8, "band": (0.985, 1.015), "limits": "elastic"},
}
READINGS = ("curtailment", 400.0)


def _case(seed: int, **fields: Any) -> Case:
    return random_feeder(seed, losses="priced", tie_break=TIE_BREAK, **fields)


def _draws(given: Case, count: int) -> list[Scenario]:
    rng = np.random.default_rng(1)
    shape = given.scenario.forecast.shape
    return [
        Scenario(
            given.scenario.forecast * rng.uniform(0.8, 1.2, shape),
            given.scenario.realization * rng.uniform(1.0, 1.6, shape),
        )
        for _ in range(count)
    ]


def _arrays(draws: list[Scenario]) -> tuple[np.ndarray, np.ndarray]:
    return np.array([one.forecast for one in draws]), np.array([one.realization for one in draws])


def _as_case(given: Case, scenario: Scenario, reading: Any) -> PreparedCase:
    market = replace(given.market, voltage_penalty=reading)
    return PreparedCase.of(replace(given, market=market, scenario=scenario))


@pytest.mark.parametrize("fields", GRIDS.values(), ids=GRIDS)
@pytest.mark.parametrize("alone", [True, False])
def test_dispatches(fields: dict[str, Any], alone: bool) -> None:
    """Dispatch, cost and prices of a batch, and of a series, are those of one problem after another, passes and all."""
    shifted = solved = 0
    for seed in (0, 2):
        strict = alone and seed == 0 and fields.get("devices") == "every kind"
        prepared = PreparedCase.of(_case(seed, externalities=not alone, strict_reactive=strict, **fields))
        if alone:
            problem = CostsWithoutExternalities(prepared).coalition_problem(
                prepared.family.subgraph(prepared.family.everyone)
            )
        else:
            problem = CostsWithExternalities(prepared).problem(prepared.family.sample(np.random.default_rng(seed)))
        forecasts, _ = _arrays(_draws(prepared.case, 4))
        for engine in (DispatchBatch, DispatchSeries)[: 2 if alone else 1]:
            found = engine(problem).solve_many(forecasts)
            prices = found.nodal_prices()
            for draw, forecast in enumerate(forecasts):
                try:
                    one = dispatch(replace(problem, forecast=forecast))
                except InfeasibleError:
                    assert isinstance(found.errors[draw], InfeasibleError)
                    continue
                own = found[draw]
                assert own.solution.cost == pytest.approx(one.solution.cost, rel=1e-7)
                assert own.flexible_mva == pytest.approx(one.flexible_mva, abs=1e-5)
                assert own.nodal_prices == pytest.approx(one.nodal_prices, abs=1e-3)
                assert prices[draw] == pytest.approx(own.nodal_prices, abs=1e-9)
                assert one.problem.losses is not None
                shifted += one.problem.losses.shift is not None
                solved += 1
    assert solved
    assert (shifted > 0) == (fields["band"] is not None)


def test_given_reactive_flows_that_balance() -> None:
    """What they lose is in the cost of a series at every forecast, not as it was at the first."""
    given = case(
        [line("root", "bus", 0.05), line("bus", "a", 0.01), line("bus", "b", 0.02)],
        [prosumer("A", "a", battery()), prosumer("B", "b", battery())],
        {"A": [0.5 + 1.0j], "B": [-0.5 - 1.0j]},
        externalities=False,
        strict_reactive=True,
        price_per_mwh=100.0,
        losses="priced",
    )
    prepared = PreparedCase.of(given)
    problem = CostsWithoutExternalities(prepared).coalition_problem(prepared.family.subgraph(prepared.family.everyone))
    forecasts = np.array([given.scenario.forecast, 2.0 * given.scenario.forecast])
    for engine in (DispatchSeries, DispatchBatch):
        costs = [one.solution.cost for one in engine(problem).solve_many(forecasts)]
        assert costs == pytest.approx([3.0, 12.0], rel=1e-4)  # 100 * 0.03 * Q^2: batteries take what is active


@pytest.mark.parametrize("rule", ["average", "marginal"])
@pytest.mark.parametrize("fields", GRIDS.values(), ids=GRIDS)
def test_partitions(fields: dict[str, Any], rule: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """All parts of what partitions cost and coalitions pay, and what losses leave to the operator."""
    monkeypatch.setattr(partition_series, "WORTH_A_BATCH", 2)
    given = _case(5, loss_pricing=rule, tax_per_mwh=5.0, **fields)  # at the kinks of a higher one prices are chosen
    prepared, draws = PreparedCase.of(given), _draws(given, 3)
    series = PartitionSeries(prepared, readings=READINGS)
    partition = Partition.of(1 << player for player in range(4))  # much is nobody's own
    found = series.at(*_arrays(draws)).costs(partition)
    assert series.whole_grid(partition)
    assert found.whole_grid.any()
    assert not found.counts.apart
    for index, scenario in enumerate(draws):
        for reading, penalty in enumerate(READINGS):
            one = CostsWithExternalities(_as_case(given, scenario, penalty)).partition(partition)
            own, size = found.draw(index, reading), max(1.0, abs(one.total))
            assert own.parts is not None
            assert one.parts is not None
            assert own.parts.as_dict() == pytest.approx(one.parts.as_dict(), abs=1e-5 * size)
            assert own.parts.as_dict()["loss"] > 0.0
            for mine, theirs in zip(own.coalitions, one.coalitions, strict=True):
                assert mine.parts is not None
                assert theirs.parts is not None
                assert mine.parts.as_dict() == pytest.approx(theirs.parts.as_dict(), abs=1e-5 * size)
            assert (abs(own.loss_surplus) > 1e-3) == (rule == "marginal")
            assert own.loss_surplus == pytest.approx(one.loss_surplus, abs=1e-5 * size)
            assert own.network_surplus == pytest.approx(one.network_surplus, abs=1e-5 * size)


@pytest.mark.parametrize("engine", ["batch", "single"])
@pytest.mark.parametrize("fields", GRIDS.values(), ids=GRIDS)
def test_coalitions_alone(fields: dict[str, Any], engine: Any) -> None:
    """All parts of ``phi_0`` in draws, of active flows alone or, with ``strict_reactive``, of complex ones."""
    given = _case(2, externalities=False, strict_reactive=fields.get("devices") == "every kind", **fields)
    prepared, draws = PreparedCase.of(given), _draws(given, 3)
    everyone = prepared.family.everyone
    found = CoalitionSeries(prepared, everyone, readings=READINGS, engine=engine).costs(*_arrays(draws))
    viable, beyond = 0, 0.0
    for index, scenario in enumerate(draws):
        for reading, penalty in enumerate(READINGS):
            one = CostsWithoutExternalities(_as_case(given, scenario, penalty)).coalition(everyone)
            if one.parts is None:
                assert np.isinf(found.totals[reading, index])
                continue
            viable += 1
            beyond += one.parts.line + one.parts.voltage
            expected = list(one.parts.as_dict().values())
            assert expected[-1] > 0.0
            assert found.parts[reading, index] == pytest.approx(expected, abs=1e-5 * max(1.0, abs(one.total)))
    assert viable
    assert (beyond > 1.0) == (fields["band"] is not None)


@pytest.mark.parametrize(("externalities", "rule"), [(True, "average"), (True, "marginal"), (False, "average")])
def test_studies(externalities: bool, rule: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever a study keeps is what costs of single draws give, verdicts and margins too; statistics have the part."""
    monkeypatch.setattr(partition_series, "WORTH_A_BATCH", 2)
    monkeypatch.setattr(of_case, "FEW_DRAWS", 2)
    given = _case(6, prosumers=3, tight=0.95, externalities=externalities, loss_pricing=rule)
    scenarios = ScenarioOptions(forecast_noise=0.1, step_scaling=0.1)
    spec = StudySpec("with losses", 3, seed=5, block=2, scenarios=scenarios)
    evaluator = PointEvaluator.of(spec, given, {})
    found, _ = evaluator.evaluate(0, 3)
    plan, names = evaluator.plan, evaluator.plan.labels["part"]
    assert names[-1] == "loss"
    model = CostsWithExternalities if externalities else CostsWithoutExternalities
    for draw in range(3):
        prepared = PreparedCase.of(evaluator.draws.case(draw))
        costs = model(prepared)
        answer = solve(prepared.case)
        stable = {item.partition: item.stable for item in answer.search.evaluated}
        for place, partition in enumerate(plan.partitions):
            one = costs.partition(partition)
            size = max(1.0, abs(one.total))
            assert found["total"][0, draw, place] == pytest.approx(one.total, abs=1e-5 * size)
            assert one.parts is not None
            told = dict(zip(names, found["parts"][0, draw, place].tolist(), strict=True))
            assert told == pytest.approx(one.parts.as_dict(), abs=1e-5 * size)
            for coalition, own in zip(plan.coalitions_in[place], one.coalitions, strict=True):
                assert found["coalition_cost"][0, draw, coalition] == pytest.approx(own.total, abs=1e-5 * size)
            if stable.get(partition) is not None:
                assert found["stable"][0, draw, place] == stable[partition]
    folder = tmp_path / "study"
    run_study(spec, given, folder)
    (point,) = study_statistics(spec, given, folder)
    assert point.parts is not None
    assert point.parts[0] == pytest.approx(found["parts"][0].mean(axis=0), rel=1e-4, abs=1e-4)
    assert (point.parts[0, :, -1] > 0.0).all()


def test_studies_that_search() -> None:
    """A study that searches every draw finds what ``solve`` finds, with the part that losses are."""
    given = _case(6, prosumers=3, tight=0.95)
    spec = StudySpec("with losses", 2, seed=5, search="auto", scenarios=ScenarioOptions(forecast_noise=0.1))
    evaluator = SearchEvaluator.of(spec, given, {})
    found, _ = evaluator.evaluate(0, 2)
    for draw in range(2):
        answer = solve(evaluator.draws.case(draw))
        best = answer.search.optimal[0]
        parts = answer.cost(best.partition).parts
        assert parts is not None
        assert found["parts"][0, draw, 0].tolist() == pytest.approx(list(parts.as_dict().values()), rel=1e-9)
        assert found["parts"][0, draw, 0, -1] > 0.0
