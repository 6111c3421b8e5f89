"""Two ways to write a price: ``lambda_0`` with a tax, or what is paid for imports and earned by exports.

Whoever takes power pays ``lambda_0 + kappa``, whoever gives some earns ``lambda_0 - kappa``: the same two numbers.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from lempart.errors import UsageError
from lempart.typing import FloatArray

PRICE_AND_TAX = ("price_per_mwh", "tax_per_mwh")
IMPORT_AND_EXPORT = ("import_price_per_mwh", "export_price_per_mwh")

BOTH_GIVEN = "means the same as import_price_per_mwh and export_price_per_mwh, which are given, too"
GIVE_ONE_PAIR = "Give one pair: price = (import + export) / 2 and tax = (import - export) / 2."


def price_and_tax(imported: FloatArray, exported: FloatArray) -> dict[str, FloatArray]:
    """Return ``lambda_0 = (import + export) / 2`` and ``kappa = (import - export) / 2``, by their fields' names.

    Series of different lengths, which a rule refuses, are taken as they are.
    """
    try:
        return {"price_per_mwh": (imported + exported) / 2.0, "tax_per_mwh": (imported - exported) / 2.0}
    except ValueError:
        return {"price_per_mwh": imported, "tax_per_mwh": np.zeros_like(imported)}


def derived_prices(market: object) -> tuple[str, ...]:
    """Return which fields of a market follow from others: price and tax where imports and exports are priced."""
    return PRICE_AND_TAX if np.size(getattr(market, IMPORT_AND_EXPORT[0], ())) else ()


def repriced(market: Any, changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a market's fields are to be replaced by, so that one pair of prices follows from the other.

    Parameters
    ----------
    market
        The market that some fields of are changed.
    changes
        New values by their fields' names. Where they are of one pair of prices, what the market has of the other pair
        goes, and what it has of the same pair, or what follows for it, stays.
    """
    ours = next((pair for pair in (PRICE_AND_TAX, IMPORT_AND_EXPORT) if any(name in changes for name in pair)), None)
    if ours is None:
        return dict(changes)
    if ours is PRICE_AND_TAX:
        return {**dict.fromkeys(IMPORT_AND_EXPORT, np.zeros(0)), **changes}
    price, tax = market.price_per_mwh, market.tax_per_mwh
    kept = {name: getattr(market, name) for name in ours} if derived_prices(market) else {}
    stated = {**dict(zip(ours, (price + tax, price - tax), strict=True)), **kept, **changes}
    return {**dict.fromkeys(PRICE_AND_TAX), **stated}


def derive_prices(market: Any) -> None:
    """Fill price and tax of a frozen market in where it is given prices of imports and exports.

    Raises
    ------
    UsageError
        One of them is missing, or price or tax are given, too, and are others than follow.
    """
    given = [name for name in IMPORT_AND_EXPORT if np.size(getattr(market, name))]
    if not given:
        return
    if missing := [name for name in IMPORT_AND_EXPORT if name not in given]:
        raise UsageError(f"Market needs {missing[0]} beside {given[0]}")
    found = price_and_tax(*(getattr(market, name) for name in IMPORT_AND_EXPORT))
    for name, value in found.items():
        stated = getattr(market, name)
        if stated is not None and not _same(stated, value):
            raise UsageError(f"Market: {name} {BOTH_GIVEN}. {GIVE_ONE_PAIR}")
        object.__setattr__(market, name, value)


def _same(stated: object, value: FloatArray) -> bool:
    try:
        return np.array_equal(np.asarray(stated, dtype=np.float64), value, equal_nan=True)
    except (TypeError, ValueError):
        return False
