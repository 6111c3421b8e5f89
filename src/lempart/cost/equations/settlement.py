"""Eqs 7, 8 and 9: from dispatches to what a partition costs and who pays it.

Every way to a dispatch ends here. Arrays have any number of leading axes: none for one case, one for draws.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields

import numpy as np

from lempart.cost.equations.balancing import SharedByImbalance, balancing_cost, imbalance_mva, shared_by_imbalance
from lempart.cost.equations.losses import LossCosts
from lempart.cost.equations.violations import ViolationCosts, total_violations, violations
from lempart.cost.records import CoalitionParts, PartitionParts
from lempart.dispatch import Exchanges, Tariffs
from lempart.grid import RealizedState
from lempart.grid.sums import grouped, summed, times
from lempart.typing import ComplexArray, FloatArray, IntArray

PARTITION_PARTS = tuple(field.name for field in fields(PartitionParts))
"""The order of the last axis of arrays of what partitions cost."""

PARTS = tuple(field.name for field in fields(CoalitionParts))
"""The order of the last axis of arrays of what coalitions pay."""

LOSS = ("loss",)
"""What comes after these where losses are priced."""


def with_losses(parts: tuple[str, ...], priced: bool) -> tuple[str, ...]:
    """Return the names of parts, with that of losses where they are priced."""
    return parts + LOSS if priced else parts


def tax(tariffs: Tariffs, exchanged_mva: ComplexArray, step_hours: float) -> FloatArray:
    """Return ``kappa |S|`` of every exchange over the horizon (Eq 3, third term), in currency, shape ``(...)``.

    ``kappa |P|`` where the tariffs say so. ``exchanged_mva`` has shape ``(..., steps)``.
    """
    cost: FloatArray = summed(np.abs(tariffs.taxable(exchanged_mva)) * tariffs.tax) * step_hours
    return cost


def energy_cost(price_per_mwh: ComplexArray, exchanged_mva: ComplexArray, step_hours: float) -> FloatArray:
    """Return ``-<lambda, S>`` of every exchange over the horizon, in currency, shape ``(...)``.

    At the PCC and ``lambda_0`` that is the second term of Eq 3, at boundary nodes and ``lambda_nb`` the first of Eq 8c.

    Parameters
    ----------
    price_per_mwh
        Complex, per MWh and Mvarh, shape ``(..., steps)``.
    exchanged_mva
        Positive out of the coalition, or of the grid; shape ``(..., steps)``.
    """
    cost: FloatArray = -summed((price_per_mwh.conj() * exchanged_mva).real) * step_hours
    return cost


@dataclass(frozen=True, eq=False, slots=True)
class DispatchCosts:
    """What coalitions pay for their own dispatch and exchanges; each of shape ``(..., coalitions)``, in currency.

    Attributes
    ----------
    flexibility, energy, tax
        As in :class:`~lempart.cost.CoalitionParts`.
    transit_tax, price_dependent, known_to
        As in :class:`~lempart.cost.CoalitionCost`.
    """

    flexibility: FloatArray
    energy: FloatArray
    tax: FloatArray
    transit_tax: FloatArray
    price_dependent: FloatArray
    known_to: FloatArray


@dataclass(frozen=True, eq=False, slots=True)
class Traded:
    """What coalitions exchange with each other and the grid, and at what cost.

    Attributes
    ----------
    exchanged_mva
        ``S_nb`` at the realised flows (Eq 2), shape ``(..., exchanges, steps)``.
    energy_cost
        ``-<lambda_nb, S_nb>`` over the horizon, in currency, shape ``(..., exchanges)``.
    dependent, known_to
        Whether that depends on which of several optimal prices are taken, and how far off it may be; as the costs.
    """

    exchanges: Exchanges
    exchanged_mva: ComplexArray
    energy_cost: FloatArray
    dependent: FloatArray
    known_to: FloatArray

    @classmethod
    def at(cls, prices: ComplexArray, exchanges: Exchanges, exchanged_mva: ComplexArray, step_hours: float) -> Traded:
        """Return what is traded at prices that are unique, shape ``(..., exchanges, steps)``."""
        cost = energy_cost(prices, exchanged_mva, step_hours)
        none = np.zeros(cost.shape)
        return cls(exchanges, exchanged_mva, cost, none, none)

    @classmethod
    def unpriced(cls, exchanges: Exchanges, exchanged_mva: ComplexArray) -> Traded:
        """Return what is traded where nobody asks who pays for it: no price has a part in ``Phi``."""
        none = np.zeros(exchanged_mva.shape[:-1])
        return cls(exchanges, exchanged_mva, none, none, none)


def own_costs(
    flexibility_cost: FloatArray,
    members: Sequence[Sequence[int] | IntArray],
    traded: Traded,
    tariffs: Tariffs,
    step_hours: float,
) -> DispatchCosts:
    """Return what coalitions pay for flexibility, energy and tax (Eqs 8b and 8c without violations and imbalances).

    Parameters
    ----------
    flexibility_cost
        ``c_m(u_m)`` over the horizon, in currency, shape ``(..., prosumers)``.
    members
        The prosumers of each coalition, as positions in it.
    """
    owners = traded.exchanges.owners
    taxed = tax(tariffs, traded.exchanged_mva, step_hours)
    of_exchanges = np.array([traded.energy_cost, taxed, traded.dependent, traded.known_to])
    energy, own_tax, dependent, known_to = grouped(owners, of_exchanges)
    return DispatchCosts(
        flexibility=np.moveaxis(np.array([summed(flexibility_cost[..., at]) for at in members]), 0, -1),
        energy=energy,
        tax=own_tax,
        transit_tax=own_tax - tax(tariffs, times(owners, traded.exchanged_mva), step_hours),
        price_dependent=dependent,
        known_to=known_to,
    )


@dataclass(frozen=True, eq=False, slots=True)
class Beyond:
    """What is beyond the limits of the grid, and where coalitions answer for it (Eq 5b).

    Attributes
    ----------
    line_mva, voltage
        At edges and nodes that have limits, shapes ``(..., rated edges, steps)`` and ``(..., banded nodes, steps)``.
    line_rate, voltage_rate
        ``alpha_e^dS`` and ``alpha_n^dv`` of the same.
    edges, nodes
        Which of them are each coalition's.
    """

    line_mva: FloatArray
    voltage: FloatArray
    line_rate: FloatArray
    voltage_rate: FloatArray
    edges: Sequence[IntArray]
    nodes: Sequence[IntArray]


@dataclass(frozen=True, eq=False, slots=True)
class Common:
    """What goes beyond the limits, and what is common to all; amounts in currency.

    Attributes
    ----------
    balancing
        ``Gamma_b`` per step (Eq 6), shape ``(..., steps)``.
    line, voltage
        What violations cost, each coalition's own and common ones (Eq 5).
    shared
        Who pays for balancing and for common violations (Eq 8e).
    """

    balancing: FloatArray
    line: ViolationCosts
    voltage: ViolationCosts
    shared: SharedByImbalance


def common(
    beyond: Beyond,
    imbalances: FloatArray,
    balancing: FloatArray,
    largest_forecast_mva: FloatArray | float,
    step_hours: float,
) -> Common:
    """Return what violations and wrong forecasts cost, and who pays for them (Eqs 5, 8e).

    Parameters
    ----------
    imbalances
        ``|sum of U - U_hat|`` of every coalition, MVA, shape ``(..., coalitions, steps)``.
    balancing
        ``Gamma_b`` per step (Eq 6), in currency, shape ``(..., steps)``.
    largest_forecast_mva
        As for :func:`~lempart.cost.equations.balancing.shared_by_imbalance`.
    """
    line = violations(beyond.line_rate, beyond.line_mva, step_hours, beyond.edges)
    voltage = violations(beyond.voltage_rate, beyond.voltage, step_hours, beyond.nodes)
    shared = shared_by_imbalance(balancing + line.common + voltage.common, imbalances, largest_forecast_mva)
    return Common(balancing, line, voltage, shared)


@dataclass(frozen=True, eq=False, slots=True)
class Settlement:
    """What a partition costs, and who pays it, in currency over the horizon.

    Attributes
    ----------
    parts
        The parts of ``Phi`` (Eq 7), in the order of `PARTITION_PARTS`, shape ``(..., parts)``; with losses `LOSS` last.
    coalitions
        The parts of every ``phi`` (Eq 8), in the order of `PARTS`, shape ``(..., coalitions, parts)``; losses likewise.
    own
        What coalitions pay for their own dispatch, with what is known of its prices.
    unrecovered
        What Eq 8e can't charge, shape ``(...)``.
    losses
        What losses cost and who pays for them; None where they aren't priced.
    """

    parts: FloatArray
    coalitions: FloatArray
    own: DispatchCosts
    unrecovered: FloatArray
    losses: LossCosts | None = None


def settle(
    own: DispatchCosts,
    common: Common,
    at_pcc_mva: ComplexArray,
    price_per_mwh: ComplexArray,
    step_hours: float,
    losses: LossCosts | None = None,
) -> Settlement:
    """Return ``Phi`` (Eq 7) and ``phi`` of every coalition (Eq 8), each by its parts.

    Parameters
    ----------
    at_pcc_mva
        The realised flow at the PCC, positive into the transmission grid, shape ``(..., steps)``.
    price_per_mwh
        ``lambda_0``, complex, shape ``(steps,)``.
    losses
        What losses cost; None where they aren't priced.
    """
    total = {
        "flexibility": summed(own.flexibility),
        "import_": energy_cost(price_per_mwh, at_pcc_mva, step_hours),
        "tax": summed(own.tax),
        "line": common.line.total,
        "voltage": common.voltage.total,
        "imbalance": summed(common.balancing),
    }
    each = {
        "flexibility": own.flexibility,
        "energy": own.energy,
        "tax": own.tax,
        "line": common.line.own,
        "voltage": common.voltage.own,
        "imbalance": common.shared.paid,
    }
    if losses is not None:
        total["loss"], each["loss"] = losses.total, losses.paid
    of_all, of_each = (with_losses(names, losses is not None) for names in (PARTITION_PARTS, PARTS))
    return Settlement(stacked(of_all, total), stacked(of_each, each), own, common.shared.unrecovered, losses)


def settle_alone(
    flexibility_cost: FloatArray,
    state: RealizedState,
    mismatch_mva: ComplexArray,
    tariffs: Tariffs,
    imbalance_penalty_per_mwh: FloatArray,
    step_hours: float,
    losses: FloatArray | None = None,
) -> FloatArray:
    """Return the parts of ``phi_0`` of a coalition on its own grid (Eqs 9a-9d), in currency, shape ``(..., parts)``.

    Parameters
    ----------
    flexibility_cost
        ``c_m(u_m)`` of its prosumers over the horizon, in currency, shape ``(..., prosumers)``.
    state
        Its grid at the realisation.
    mismatch_mva
        ``U - U_hat`` of its prosumers, complex MVA, shape ``(..., prosumers, steps)``.
    imbalance_penalty_per_mwh
        ``alpha_F^dE``, shape ``(steps,)``.
    losses
        What those of its edges cost, in currency, shape ``(...)``; None where they aren't priced. They come last.
    """
    balancing = balancing_cost(imbalance_penalty_per_mwh, imbalance_mva(mismatch_mva), step_hours)
    flexibility = summed(flexibility_cost)
    none = np.zeros_like(flexibility)
    found = {
        "flexibility": flexibility,
        "energy": none,
        "tax": none,
        "line": total_violations(tariffs.line_penalty, state.line_excess_mva, step_hours),
        "voltage": total_violations(tariffs.voltage_penalty, state.voltage_excess, step_hours),
        "imbalance": summed(balancing),
    }
    if losses is not None:
        found["loss"] = losses
    return stacked(with_losses(PARTS, losses is not None), found)


def stacked(names: Sequence[str], found: Mapping[str, FloatArray]) -> FloatArray:
    """Return amounts by their names' order, along a new last axis."""
    amounts = np.array([found[name] for name in names])
    return amounts.T if amounts.ndim <= 2 else np.moveaxis(amounts, 0, -1)
