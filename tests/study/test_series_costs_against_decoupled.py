"""Costs of many draws against the costs of one scenario at a time."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from lempart.case import Case, Scenario
from lempart.cases import shipped_case_path
from lempart.conic import SolverSettings
from lempart.cost import PARTS, CoalitionSeries, CostsWithoutExternalities, PreparedCase
from lempart.io import read_case
from lempart.typing import ComplexArray

READINGS = ("curtailment", "curtailment-branch", 5e4)
EXACT = SolverSettings(tolerance=1e-12)


@pytest.fixture(scope="module")
def case() -> Case:
    """Return the three branches with a tie-break of their own: it follows no scenario, and a solver resolves it.

    Both ways scale the solver's variables by different powers. With the default, a hundred times smaller, their
    answers among equally cheap dispatches differ by a millionth of the cost.
    """
    given = read_case(shipped_case_path("ieee33-branches"))
    tie_break = 100 * PreparedCase.of(given).tie_break
    return replace(given, dispatch=replace(given.dispatch, tie_break_per_mw2h=tie_break))


def _draws(case: Case, count: int, noise: float = 0.2) -> tuple[ComplexArray, ComplexArray]:
    rng = np.random.default_rng(5)
    actual = case.scenario.realization * (1 + 0.2 * rng.uniform(-1, 1, (count, *case.scenario.realization.shape)))
    return actual * (1 + noise * rng.standard_normal(actual.shape)), actual


@pytest.mark.parametrize("coalition", [1, 4, 5, 7])
def test_every_draw_and_reading_costs_what_its_scenario_costs(case: Case, coalition: int) -> None:
    """All parts agree to 1e-9 of the total with a case made from the draw, for three readings of the penalty.

    The voltage part is not zero in all of them, so a series that ignored the reading would fail.
    """
    forecasts, actual = _draws(case, 3)
    series = CoalitionSeries(PreparedCase.of(case), coalition, readings=READINGS, solver=EXACT)
    found = series.costs(forecasts, actual)
    voltage = []
    for r, reading in enumerate(READINGS):
        for d in range(3):
            market = replace(case.market, voltage_penalty=reading)
            one = replace(case, market=market, scenario=Scenario(forecasts[d], actual[d]))
            expected = CostsWithoutExternalities(PreparedCase.of(one), EXACT).coalition(coalition)
            assert expected.parts is not None
            row = [getattr(expected.parts, name) for name in PARTS]
            assert found.parts[r, d] == pytest.approx(row, abs=1e-9 * expected.total)
            assert found.totals[r, d] == pytest.approx(expected.total, rel=1e-9)
            voltage.append(expected.parts.voltage)
    if coalition == 7:
        assert len(set(np.round(voltage, 6))) > 3


def test_a_draw_depends_on_itself_alone(case: Case) -> None:
    """The same draw costs the same to the last bit, first or last, alone or among others."""
    forecasts, actual = _draws(case, 4)
    prepared = PreparedCase.of(case)
    together = CoalitionSeries(prepared, 7).costs(forecasts, actual)
    backwards = CoalitionSeries(prepared, 7).costs(forecasts[::-1], actual[::-1])
    alone = CoalitionSeries(prepared, 7).costs(forecasts[2:3], actual[2:3])
    assert np.array_equal(together.parts, backwards.parts[:, ::-1])
    assert np.array_equal(together.parts[:, 2:3], alone.parts)


def test_a_draw_that_cannot_be_met_is_infinite_with_its_reason(case: Case) -> None:
    """A forecast beyond what batteries can hold is not viable; the draws beside it are costed."""
    forecasts, actual = _draws(case, 3)
    forecasts[1] *= 400
    found = CoalitionSeries(PreparedCase.of(case), 3).costs(forecasts, actual)
    assert np.isinf(found.totals[0, 1])
    assert np.isnan(found.parts[0, 1]).all()
    assert "{branch 1, branch 2} is not viable" in found.reasons[1]
    assert np.isfinite(found.totals[0, [0, 2]]).all()
    assert found.reasons[0] == found.reasons[2] == ""


def test_elastic_limits_are_dispatched_for_each_reading(case: Case) -> None:
    """Elastic limits are priced at the penalties, so that each reading has its own dispatch."""
    elastic = replace(case, dispatch=replace(case.dispatch, limits="elastic"))
    readings = (0.0, "curtailment-branch")  # exceeding a limit for nothing, or dearer than any battery
    forecasts, actual = _draws(case, 1)
    forecasts, actual = 4 * forecasts, 4 * actual
    series = CoalitionSeries(PreparedCase.of(elastic), 3, readings=readings, solver=EXACT).costs(forecasts, actual)
    for r, reading in enumerate(readings):
        market = replace(elastic.market, voltage_penalty=reading)
        one = replace(elastic, market=market, scenario=Scenario(forecasts[0], actual[0]))
        assert series.totals[r, 0] == pytest.approx(
            CostsWithoutExternalities(PreparedCase.of(one), EXACT).cost(3), rel=1e-5
        )
    assert series.parts[0, 0, 0] != pytest.approx(series.parts[1, 0, 0], rel=1e-6)


def test_externalities_are_refused() -> None:
    """With externalities a coalition has no cost of its own."""
    prepared = PreparedCase.of(read_case(shipped_case_path("example-1")))
    with pytest.raises(ValueError, match="externalities"):
        CoalitionSeries(prepared, 1)
