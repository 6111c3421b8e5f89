"""What lines lose, what that costs, and what prices leave to the operator."""

from __future__ import annotations

from lempart.display import energy, fine_money, money
from lempart.formats.result import GridLossesFile

_CENT = 5e-3  # less is nobody's concern


def loss_sentences(told: GridLossesFile | None, total: float, currency: str) -> tuple[str, ...]:
    """Return what lines lose under a partition that costs ``total``, and without markets; nothing where not priced."""
    if told is None:
        return ()
    if not told.mwh:
        return ("Lines lose nothing.",)
    share = f", {100.0 * told.cost / total:.2g} % of the total" if told.cost and total > 0.0 else ""
    found = [f"Lines lose {energy(told.mwh)}, {_priced(told.cost, currency)}{share}."]
    if told.without_mwh is not None and told.without_cost is not None:
        cost = "" if not told.without_cost else f", {fine_money(told.without_cost, currency)}"
        found.append(f"Without markets, everyone alone, they would lose {energy(told.without_mwh)}{cost}.")
    return tuple(found)


def surplus_sentence(network_surplus: float, loss_surplus: float | None, currency: str) -> str:
    """Return what price differences leave to the operator, and what it consists of; empty where that is nothing.

    Parameters
    ----------
    network_surplus
        All of it, in currency.
    loss_surplus
        What of it marginal prices collect beyond what losses cost; None where losses aren't priced.
    currency
        Of the amounts.
    """
    beyond = loss_surplus or 0.0
    congestion = network_surplus - beyond
    if abs(beyond) < _CENT:
        told = "" if loss_surplus is None else "; what is paid for losses is what they cost"
        if abs(congestion) >= _CENT:
            return f"Congestion leaves the operator a network surplus of {money(congestion, currency)}{told}."
        return f"The operator is left nothing{told}." if told else ""
    more = "more" if beyond > 0.0 else "less"
    text = f"marginal prices collect {money(abs(beyond), currency)} {more} than losses cost"
    left = "is left a network surplus of" if network_surplus >= 0.0 else "lacks"
    title = f"The operator {left} {money(abs(network_surplus), currency)}"
    if abs(congestion) < _CENT:
        return f"{title}: {text}."
    return f"{title}: {money(congestion, currency)} by congestion, and {text}."


def _priced(cost: float, currency: str) -> str:
    return f"which costs {fine_money(cost, currency)} at the PCC" if cost else "which costs nothing at the PCC"
