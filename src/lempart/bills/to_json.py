"""Bills as plain data and as a table; names are stable."""

from __future__ import annotations

import math
from typing import Any

from lempart.arguments import checks_arguments
from lempart.bills.records import Bill, Bills, MarketBills
from lempart.game import KohlbergCertificate

FORMAT = 1


@checks_arguments
def bills_json(bills: Bills) -> dict[str, Any]:
    """Return bills as plain data, ready for ``json.dumps``; what isn't known or isn't finite is null.

    Examples
    --------
    >>> from lempart import read_case, shipped_case_path, solve
    >>> from lempart import bills_json
    >>> bills = bills_json(solve(read_case(shipped_case_path("example-1"))).bills("equal"))
    >>> bills["rule"], len(bills["markets"])
    ('equal', 3)
    """
    return {
        "format": FORMAT,
        "case": bills.case,
        "version": bills.version,
        "case_hash": bills.case_hash,
        "currency": bills.currency,
        "rule": bills.rule,
        "seed": bills.options.seed if bills.rule == "shapley" else None,
        "deviation": bills.deviation,
        "players": list(bills.players),
        "partition": [list(market.members) for market in bills.markets],
        "total": bills.total,
        "in_core": bills.in_core,
        "markets": [_market_json(bills, market) for market in bills.markets],
    }


def _market_json(bills: Bills, market: MarketBills) -> dict[str, Any]:
    stand = market.standing
    certificate = market.certificate
    return {
        "members": list(market.members),
        "cost": market.cost,
        "price_dependent": market.price_dependent,
        **({"known_to": market.known_to} if market.known_to else {}),
        "in_core": None if stand is None else stand.in_core,
        "largest_gain": None if stand is None else _finite(stand.largest_gain),
        "leaving": None if stand is None or stand.group is None else list(bills.names(stand.group)),
        "note": market.note or None,
        "certificate": None if certificate is None else _certificate_json(bills, certificate),
        "bills": [_bill_json(bills, bill) for bill in market.bills],
    }


def _bill_json(bills: Bills, bill: Bill) -> dict[str, Any]:
    best = bill.best
    return {
        "player": bill.player,
        "amount": bill.amount,
        "standard_error": bill.standard_error,
        "transfer": bill.transfer,
        "parts": bill.parts.as_dict(),
        "alone": _finite(bill.alone),
        "best_deviation": None
        if best is None
        else {"members": list(bills.names(best.group)), "gain": best.gain, "pays": best.pays},
    }


def _certificate_json(bills: Bills, certificate: KohlbergCertificate) -> dict[str, Any]:
    return {
        "kind": "kohlberg",
        "holds": certificate.holds,
        "unique": certificate.unique,
        "levels": [
            {
                "gain": level.gain,
                "groups": [
                    {"members": list(bills.names(mask)), "weight": weight} for mask, weight in level.weights.items()
                ],
            }
            for level in certificate.levels
        ],
    }


@checks_arguments
def bill_records(bills: Bills) -> list[dict[str, Any]]:
    """Return one flat record per player, as :meth:`Bills.records` does."""
    return bills.records()


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
