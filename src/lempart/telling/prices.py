"""How costs tell prices of imports and exports, which results know as a price and a tax."""

from __future__ import annotations

from lempart.case import Market
from lempart.case.prices import derived_prices
from lempart.typing import FloatArray


def price_sentences(market: Market) -> tuple[str, ...]:
    """Return how parts of a cost tell prices of imports and exports; nothing where price and tax are given."""
    if not derived_prices(market):
        return ()
    imported, exported = _range(market.import_price_per_mwh), _range(market.export_price_per_mwh)
    price, tax = _range(market.price_per_mwh), _range(market.tax_per_mwh)
    prices = f"Imports cost {imported} and exports earn {exported} {market.currency}/MWh"
    as_told = f"energy at {price}, their mean, and a tax of {tax}, half their difference, on either"
    return (f"{prices}. The parts of a cost tell that as {as_told}.",)


def _range(series: FloatArray) -> str:
    low, high = float(series.min()), float(series.max())
    return f"{low:g}" if low == high else f"{low:g} to {high:g}"
