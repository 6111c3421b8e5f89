"""Rows and sentences of ``lempart bill``; the command prints them, tests read them."""

from __future__ import annotations

import math

from lempart.bills import Bills, MarketBills
from lempart.display import amount, count_of, gain, money, plus_minus, short_braces

HEADERS = ("market", "player", "best elsewhere", "pays", "alone", "elsewhere")
PART_HEADERS = (
    "player",
    "pays",
    "flexibility",
    "energy",
    "tax",
    "trade",
    "line",
    "voltage",
    "imbalance",
    "settlement",
    "loss",
)
EXPLAINED = (
    "The parts sum to what is paid; negative amounts are earned. Flexibility is borne at home; settlement is what the "
    "rule shifts between a market's players."
)
ESTIMATED = "± is half of a 95 % interval."
NO_ONE = "-"


def headline(bills: Bills) -> str:
    """Return who is billed by which rule, and whether anyone would leave."""
    names = short_braces([market.members for market in bills.markets])
    core = {
        True: "Nobody gains by leaving",
        False: "Somebody gains by leaving",
        None: "Whether somebody gains by leaving was not checked in every market",
    }[bills.in_core]
    return f"Bills of {names} by {bills.rule}: {money(bills.total, bills.currency)} in all. {core}."


def reason_sentence(bills: Bills, market: MarketBills) -> str:
    """Return the sentence on one market: whether its bills lie in the core, by what margin, who decides."""
    name, stand = short_braces([market.members]), market.standing
    if stand is None:
        text = f"{name}: the core was not checked, there are too many groups to price (--most-groups)"
    elif stand.group is None:
        text = f"{name}: nobody can leave"
    elif stand.in_core:
        who = short_braces([bills.names(stand.group)])
        loses = "would neither gain nor lose" if abs(stand.margin) < 5e-3 else f"would lose {amount(stand.margin)}"
        text = f"{name}: in the core; {who} comes closest to leaving and {loses}"
    else:
        who = short_braces([bills.names(stand.group)])
        text = f"{name}: not in the core; {who} would gain {gain(stand.largest_gain)} by leaving"
    proof = market.certificate
    if proof is not None and proof.holds:
        levels = count_of(len(proof.levels), "level")
        text += f"; proven to be the nucleolus by Kohlberg's criterion ({levels})"
    return f"{text}; {market.note}." if market.note else f"{text}."


def market_rows(bills: Bills) -> list[list[str]]:
    """Return one row per player: market (named once), player, with whom it would do best, bill, alone and there."""
    rows = []
    for market in bills.markets:
        title = short_braces([market.members]) + (" *" if market.price_dependent else "")
        for bill in market.bills:
            alone = amount(bill.alone) if math.isfinite(bill.alone) else "not viable"
            best = ("", NO_ONE)
            if bill.best is not None:
                best = (amount(bill.best.pays), short_braces([bills.names(bill.best.group)]))
            rows.append(
                [title, bill.player, best[1], amount(bill.amount) + plus_minus(bill.standard_error), alone, best[0]]
            )
            title = ""
    return rows


def part_rows(bills: Bills) -> list[list[str]]:
    """Return one row per player: the bill and its parts."""
    rows = []
    for bill in bills:
        parts = bill.parts.as_dict()
        told = (amount(parts[name]) if name in parts else "" for name in PART_HEADERS[2:])
        rows.append([bill.player, amount(bill.amount), *told])
    return rows
