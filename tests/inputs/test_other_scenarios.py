"""A case with another scenario, checked by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from lempart import Scenario, read_case, shipped_case_path
from lempart.errors import InputError


def test_a_longer_scenario_brings_its_horizon_and_constant_prices_go_on() -> None:
    """Three steps become 24 of a quarter of an hour; every price keeps its one value."""
    case = read_case(shipped_case_path("example-1"))
    profile = np.ones((3, 24))
    day = case.with_scenario(Scenario(profile, 2 * profile), step_hours=0.25)
    assert (day.horizon.steps, day.horizon.step_hours) == (24, 0.25)
    assert day.market.tax_per_mwh.tolist() == [case.market.tax_per_mwh[0]] * 24
    assert day.market.imbalance_penalty_per_mwh.tolist() == [case.market.imbalance_penalty_per_mwh[0]] * 24
    assert day.scenario.realization.tolist() == (2 * profile).tolist()


def test_a_scenario_of_the_same_length_changes_nothing_else() -> None:
    """Varying prices stay as they are."""
    case = read_case(shipped_case_path("example-1"))
    varying = replace(case, market=replace(case.market, price_per_mwh=np.array([1.0, 2.0, 3.0])))
    other = varying.with_scenario(Scenario(np.zeros((3, 3)), np.zeros((3, 3))))
    assert other.market is varying.market
    assert other.horizon.step_hours == case.horizon.step_hours


def test_a_varying_price_is_not_carried_over() -> None:
    """Which hour would have which price can't be known: every such price is named."""
    case = read_case(shipped_case_path("example-1"))
    prices = replace(case.market, price_per_mwh=np.array([1.0, 2.0, 3.0]), tax_per_mwh=np.array([1.0, 1.0, 2.0]))
    with pytest.raises(InputError, match=r"market\.tax_per_mwh: it varies over 3 steps") as caught:
        replace(case, market=prices).with_scenario(Scenario(np.zeros((3, 24)), np.zeros((3, 24))), step_hours=1.0)
    assert "market.price_per_mwh" in str(caught.value)
