"""The rules by which a market's cost is shared among its players."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

import numpy as np

from lempart.bills.market import MarketGame
from lempart.errors import UsageError
from lempart.game import (
    CoreRows,
    KohlbergCertificate,
    kohlberg_certificate,
    least_core,
    nucleolus,
    shapley,
)
from lempart.typing import FloatArray

BillRule: TypeAlias = Literal["least-core", "nucleolus", "shapley", "dual", "equal", "by-energy"]
"""How a market's cost is shared.

``"nucleolus"``: the groups that would lose least by leaving lose as much as can be, then the next ones, and so on; in
the core where that isn't empty. ``"least-core"``: the first of these steps alone, so that it often isn't the only
one. ``"shapley"``: what a player adds to the cost on average over the orders of joining. ``"dual"``: each pays what it
causes at nodal prices; without externalities the closed-form allocation of Theorem VI.1 with balancing, in the core
where no limit is violated. ``"equal"``: the same for all. ``"by-energy"``: in proportion to the energy that passes the
meter.
"""

BILL_RULES: tuple[BillRule, ...] = get_args(BillRule)


@dataclass(frozen=True, slots=True)
class Shares:
    """How a rule shares one market's cost.

    Attributes
    ----------
    amounts
        By player index.
    note
        What the reader of the bill should know of how they came about; empty where nothing is special.
    standard_errors
        Of sampled amounts.
    certificate
        Kohlberg's criterion, for the nucleolus.
    """

    amounts: Mapping[int, float]
    note: str = ""
    standard_errors: Mapping[int, float] | None = None
    certificate: KohlbergCertificate | None = None


def shares(rule: BillRule, market: MarketGame, rows: CoreRows | None) -> Shares:
    """Return how ``rule`` shares the market's cost.

    Raises
    ------
    UsageError
        The rule needs every group priced, and there are too many.
    InfeasibleError
        The Shapley value doesn't exist: no order of joining is viable at every stage.
    """
    players = len(market.players)
    if rule == "equal":
        return _listed(market, np.full(players, market.cost / players))
    if rule == "by-energy":
        energy = market.caused.energy_mwh
        if not energy.sum() > 0.0:
            return Shares(shares("equal", market, rows).amounts, "nobody's meter turns: shared equally")
        return _listed(market, market.cost * energy / energy.sum())
    if rule == "dual":
        return _listed(market, market.caused.total)
    if rule == "shapley":
        return _shapley(market)
    if rows is None:
        raise UsageError(
            f"the {rule} needs every group within a market priced, and one of {players} players has more than "
            f"{market.options.most_groups:,}: raise most_groups (--most-groups), or choose shapley, dual, equal or "
            "by-energy"
        )
    return _least_core(rows) if rule == "least-core" else _nucleolus(rows)


def _listed(market: MarketGame, amounts: FloatArray) -> Shares:
    return Shares(dict(zip(market.players, amounts.tolist(), strict=True)))


def _least_core(rows: CoreRows) -> Shares:
    epsilon, amounts = least_core(rows)
    if len(rows.masks) == 1:
        note = "" if len(rows.payers) == 1 else "no group can leave: shared equally"
    else:
        note = "one of several" if epsilon > -math.inf else "the groups that can leave set no limit: one of many"
    return Shares(dict(zip(rows.payers, amounts.tolist(), strict=True)), note)


def _nucleolus(rows: CoreRows) -> Shares:
    found = nucleolus(rows)
    if found.unique:
        return Shares(found.allocation, certificate=kohlberg_certificate(rows, found.allocation))
    near = "the nearest to equal payments is taken"
    if len(rows.masks) == 1:
        note = "no group can leave: shared equally"
    elif found.bounded:
        note = f"the groups that can leave don't single one out; {near}"
    else:
        note = f"some players are in no group that can leave; {near}"
    certificate = kohlberg_certificate(rows, found.allocation) if found.bounded else None
    return Shares(found.allocation, note, certificate=certificate)


def _shapley(market: MarketGame) -> Shares:
    options = market.options
    found = shapley(
        market.worth,
        market.coalition,
        market.family,
        exact_up_to=options.exact_up_to,
        draws=options.draws,
        seed=options.seed,
    )
    note = "" if found.exact else f"estimated from {found.orders:,} random orders, seed {options.seed}"
    if not found.all_orders_count:
        skipped = "orders with a stage that isn't viable don't count"
        note = f"{note}; {skipped}" if note else skipped
    return Shares(found.allocation, note, found.standard_errors)
