"""The bill of a home behind a line whose rating is exactly what the forecast gives, however the case is written."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from lempart.case import Case, Prosumer, Scenario
from lempart.cost import CostsWithExternalities, PreparedCase
from lempart.cost.draws.partition_series import PartitionSeries
from support.cases import battery, case, line, prosumer
from support.rewritten import another_base, in_half_steps, in_other_units, reordered, with_an_empty_home

PRICE, TAX = 50.0, 20.0


def _given(rating: float | None = 1.0, *more: Prosumer) -> Case:
    """Return P1 and P2, who carry P3 between them, over a line of just the rating that the forecast asks for.

    At b, P1 injects 2 MW, P3 takes 1 MW: 1 MW flows to P2. Both exchanges of {P1, P2} lie on P3's way: an injection
    of P3's saves their tax twice, so that its price is 50 + 2 x 20, less what the line's limit is worth: anything.
    """
    homes = [prosumer("P1", "n1"), prosumer("P2", "n2"), prosumer("P3", "n3"), *more]
    forecast = {"P1": [2.0], "P2": [-3.0], "P3": [-1.0], **{one.name: [1.0] for one in more}}
    lines = [line("root", "b", rating=rating), line("b", "n1"), line("b", "n3"), line("root", "n2")]
    lines += [line("root", one.node, rating=0.8) for one in more]
    return case(lines, homes, forecast, price_per_mwh=PRICE, tax_per_mwh=TAX)


NEIGHBOUR = prosumer("P4", "n4", battery(1.0, 1.0))
"""Has to charge, so that another limit has a price at the same step."""

WRITINGS: dict[str, tuple[Callable[[Case], Case], float]] = {
    "as it is": (lambda given: given, 1.0),
    "order": (reordered, 1.0),
    "base voltage": (another_base, 1.0),
    "powers times 1000": (lambda given: in_other_units(given, power=1000.0), 1.0),
    "powers by 1000": (lambda given: in_other_units(given, power=1e-3, money=1e-3), 1e-3),
    "powers by 3": (lambda given: in_other_units(given, power=1 / 3), 1.0),
    "seconds": (lambda given: in_other_units(given, hours=3600.0), 1.0),
    "an empty home": (with_an_empty_home, 1.0),
    "half steps": (in_half_steps, 1.0),
}


def _bill(given: Case, *, join: bool = True) -> tuple[float, bool]:
    """Return what P3 pays beside {P1, P2}, and whether that depends on the choice of prices."""
    prepared = PreparedCase.of(given)
    names = [name for name in prepared.player_names if name != "empty"]
    alone = "|".join(name for name in names if name not in ("P1", "P2"))
    costs = CostsWithExternalities(prepared, join=join)
    partition = prepared.partition_of(f"P1,P2|{alone}")
    found = costs.partition(partition)
    at = partition.coalitions.index(prepared.coalition_of("P3"))
    return found.coalitions[at].total, found.coalitions[at].price_dependent


@pytest.mark.parametrize("writing", WRITINGS)
@pytest.mark.parametrize("more", [(), (NEIGHBOUR,)], ids=["alone", "beside a limit with a price"])
@pytest.mark.parametrize("join", [True, False], ids=["clusters", "whole grid"])
def test_its_limit_counts_in_every_writing(writing: str, more: tuple[Prosumer, ...], *, join: bool) -> None:
    """The closest price to 50 is 50: P3 pays that and its own tax, and is marked; in every writing, by every route."""
    rewritten, factor = WRITINGS[writing]
    bill, dependent = _bill(rewritten(_given(1.0, *more)), join=join)
    assert bill / factor == pytest.approx(PRICE + TAX, abs=1e-4)
    assert dependent


@pytest.mark.parametrize("join", [True, False], ids=["clusters", "whole grid"])
def test_a_limit_that_is_not_reached_has_no_price(*, join: bool) -> None:
    """With a little room left the price is 50 + 2 x 20, and nothing is left to choose."""
    bill, dependent = _bill(_given(1.0001), join=join)
    assert bill == pytest.approx(PRICE + 3 * TAX, abs=1e-4)
    assert not dependent


def test_in_draws_as_alone() -> None:
    """A series of draws marks and bills the draw that reaches the rating as a case of its own."""
    prepared = PreparedCase.of(_given())
    forecast = np.array([prepared.case.scenario.forecast, 0.9 * prepared.case.scenario.forecast])
    series = PartitionSeries(prepared, typical=forecast, draws=2)
    partition = prepared.partition_of("P1,P2|P3")
    found = series.at(forecast, forecast).costs(partition)
    for draw in range(2):
        drawn = replace(prepared.case, scenario=Scenario(forecast[draw], forecast[draw]))
        alone = CostsWithExternalities(PreparedCase.of(drawn)).partition(partition)
        at = [cost.total for cost in alone.coalitions]
        assert found.coalition_totals[0, draw] == pytest.approx(at, abs=1e-4)
