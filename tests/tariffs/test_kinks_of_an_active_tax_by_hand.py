"""Where no active power is exchanged a tax on it has its kink, whatever reactive power flows."""

from __future__ import annotations

import pytest

from lempart.case import Market
from lempart.cost import CostsWithExternalities, costs_of
from lempart.telling.prices import price_sentences
from support.cases import battery, case, line, market, prosumer


@pytest.mark.parametrize("reactive", [0.0, 0.3])
@pytest.mark.parametrize("stored", [True, False])
def test_prices_at_the_kink(reactive: float, stored: bool) -> None:
    """P1 and P3 carry P2, whose exchange is 0 in the plan and 0.2 MW when it comes.

    With a battery at 15 the price at h2 lies between -20 and 0 by the tax of {P1, P3} (10, at h1 and at h2), and
    between -25 and -5 by P2's: of -20 to -5 the end next to ``lambda_0 = 0`` is taken, and P2 pays 2 * 0.2 * 5 = 2.
    Without one, where the forecast gives the exchange, nothing else binds its price: it is 0.
    """
    lines = [line("root", "h1"), line("h1", "n1"), line("h1", "h2"), line("h2", "n2"), line("h2", "n3")]
    devices = [battery(cost_per_mwh=15.0)] if stored else []
    people = [prosumer("P1", "n1"), prosumer("P2", "n2", *devices), prosumer("P3", "n3")]
    q, planned = 1j * reactive, 1.0 if stored else 0.0
    forecast = {"P1": [2.0 + q, -2.0 + q], "P2": [planned + q, -planned + q], "P3": [1.0 + q, -1.0 + q]}
    came = {"P2": [planned + 0.2 + q, -planned - 0.2 + q]}
    given = case(lines, people, forecast, realization=came, tax_per_mwh=10.0, tie_break=1e-7, tax_on="active")
    costs = costs_of(given)
    assert isinstance(costs, CostsWithExternalities)
    found = costs.partition("P1,P3|P2")
    energy = [own.parts.energy for own in found.coalitions if own.parts is not None]
    expected = 2.0 if stored else 0.0
    assert energy == pytest.approx([-expected, expected], abs=1e-5)
    assert all(own.price_dependent for own in found.coalitions)
    assert found.network_surplus == pytest.approx(0.0, abs=1e-5)


def test_prices_are_told() -> None:
    """Proves that a result says how its parts tell prices of imports and exports, and nothing of price and tax."""
    assert price_sentences(market(2)) == ()
    retail = Market(
        externalities=True,
        import_price_per_mwh=[220.0, 200.0],
        export_price_per_mwh=60.0,
        imbalance_penalty_per_mwh=0.0,
        line_penalty_per_mvah=0.0,
    )
    (told,) = price_sentences(retail)
    assert "Imports cost 200 to 220 and exports earn 60 CHF/MWh" in told
    assert "energy at 130 to 140, their mean, and a tax of 70 to 80" in told
