"""How bills are made: costs caused, groups priced, a rule applied, the result explained."""

from __future__ import annotations

import math

from lempart.arguments import checks_arguments
from lempart.bills.market import BillOptions, MarketGame
from lempart.bills.parts import CausedParts, caused_parts
from lempart.bills.records import BestDeviation, Bill, BillParts, Bills, MarketBills
from lempart.bills.rules import BillRule, Shares, shares
from lempart.case import case_hash
from lempart.cost import CoalitionCost, CostModel
from lempart.errors import InfeasibleError, UsageError
from lempart.game import CoreMembership, CoreRows, DeviationModel, core_membership, excesses
from lempart.partition import Partition
from lempart.search import Progress, silent


@checks_arguments
def make_bills(
    costs: CostModel,
    partition: Partition,
    deviation: DeviationModel,
    *,
    deviation_name: str,
    rule: BillRule = "nucleolus",
    options: BillOptions | None = None,
    progress: Progress = silent,
) -> Bills:
    """Share the cost of every market of a partition by a rule, and explain every bill.

    Parameters
    ----------
    costs
        The case's costs.
    partition
        Which markets there are.
    deviation, deviation_name
        What a leaving group expects to pay, and how that is called in the result.
    rule, options
        How costs are shared (see ``BillRule``).
    progress
        Told how many groups were priced.

    Raises
    ------
    UsageError
        No such rule, the partition isn't admissible, or a market is too large for the rule.
    InfeasibleError
        The partition isn't viable, or the Shapley value doesn't exist.
    """
    prepared, options = costs.prepared, options or BillOptions()
    prepared.family.require(partition, players=prepared.player_names, nodes=prepared.grid.names)
    found = costs.partition(partition)
    if not found.viable:
        raise InfeasibleError(f"there are no bills, the partition is not viable: {found.reason}")
    is_dispatched = bool(costs.problems(partition))
    if rule in ("dual", "by-energy") and not is_dispatched:
        raise UsageError(f"the rule {rule} needs a dispatch, and these costs have none; choose another rule")
    unknown = {mask: CausedParts.of_none(mask) for mask in partition}
    caused = caused_parts(costs, partition) if is_dispatched else unknown
    # Duals know of the tie-break and costs don't: what a group gains by bills made of duals is known to that much.
    known_to = costs.tie_break_cost if rule == "dual" else _exactly
    markets = []
    for mask, cost in zip(partition, found.coalitions, strict=True):
        market = MarketGame(mask, partition, prepared.family, deviation, caused[mask], cost.total, options, progress)
        rows = market.rows()
        shared = shares(rule, market, rows)
        stand = None if rows is None else core_membership(rows, shared.amounts, known_to=known_to)
        markets.append(_billed(market, rows, shared, stand, prepared.player_names, cost))
    return Bills(
        case=prepared.case.name,
        case_hash=case_hash(prepared.case),
        currency=prepared.case.market.currency,
        rule=rule,
        options=options,
        deviation=deviation_name,
        players=prepared.player_names,
        partition=partition,
        markets=tuple(markets),
    )


def _exactly(_: int) -> float:
    return 0.0


def _billed(
    market: MarketGame,
    rows: CoreRows | None,
    shared: Shares,
    stand: CoreMembership | None,
    names: tuple[str, ...],
    cost: CoalitionCost,
) -> MarketBills:
    best = {} if rows is None else _best_deviations(rows, shared)
    bills = []
    for place, player in enumerate(market.players):
        caused = {name: float(amounts[place]) for name, amounts in market.caused.parts.items()}
        amount = float(shared.amounts[player])
        parts = BillParts(**caused, settlement=amount - math.fsum(caused.values()))
        error = None if shared.standard_errors is None else shared.standard_errors[player]
        bills.append(Bill(names[player], amount, parts, market.worth(1 << player), best.get(player), error))
    return MarketBills(
        coalition=market.coalition,
        members=tuple(names[player] for player in market.players),
        cost=market.cost,
        bills=tuple(bills),
        standing=stand,
        note=shared.note,
        certificate=shared.certificate,
        price_dependent=cost.price_dependent,
        known_to=cost.known_to,
    )


def _best_deviations(rows: CoreRows, shared: Shares) -> dict[int, BestDeviation]:
    """Return each player's best group: most gain per member; of equals the smallest, then the first listed."""
    gains = excesses(rows, shared.amounts)
    each = [round(float(gain) / mask.bit_count() / rows.unit, 9) for gain, mask in zip(gains, rows.masks, strict=False)]
    order = sorted(range(len(gains)), key=lambda row: (-each[row], rows.masks[row].bit_count(), rows.masks[row]))
    best: dict[int, BestDeviation] = {}
    for player in rows.payers:
        row = next((row for row in order if rows.masks[row] >> player & 1), None)
        if row is not None:
            mask, gain = rows.masks[row], float(gains[row])
            best[player] = BestDeviation(mask, gain, shared.amounts[player] - gain / mask.bit_count())
    return best
