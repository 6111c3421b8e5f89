"""Replay the dispatch of a partition through the exact power flow."""

from __future__ import annotations

import math
from dataclasses import dataclass

from lempart._version import __version__
from lempart.ac.comparison import PowerFlowComparison
from lempart.ac.power_flow import tool_version
from lempart.arguments import checks_arguments
from lempart.case import Case, case_hash
from lempart.cost import CostModel, flexible_injections
from lempart.partition import PartitionLike
from lempart.typing import ComplexArray

VOLTAGE_GRAIN_PU = 1e-4
LINE_GRAIN = 1e-3


@dataclass(frozen=True, slots=True)
class Margins:
    """By how much limits are tightened: ``voltage_pu`` of every band, ``line`` as a share of every rating."""

    voltage_pu: float
    line: float

    @classmethod
    def covering(cls, comparison: PowerFlowComparison) -> Margins:
        """Return the margins, rounded up, that are as large as LinDistFlow's largest optimism at one point."""
        return cls(
            _rounded_up(comparison.optimism_pu, VOLTAGE_GRAIN_PU),
            _rounded_up(comparison.optimism_of_rating, LINE_GRAIN),
        )


@dataclass(frozen=True, eq=False)
class AcCheck:
    """How wrong the linear model is about one dispatch.

    Attributes
    ----------
    partition
        The players' names, coalition by coalition.
    forecast, realization
        The comparison at ``U_hat + u``, where the dispatch promises to keep the limits, and at ``U + u``.
    tool
        The power flow that was used, with its version.
    """

    case: Case
    case_hash: str
    partition: tuple[tuple[str, ...], ...]
    forecast: PowerFlowComparison
    realization: PowerFlowComparison
    tool: str
    version: str = __version__

    @property
    def margins(self) -> Margins:
        """Return the margins that cover the error at the forecast; they replace the case's, they don't add to them.

        The dispatch found with them has errors of its own, close to these: check it again.
        """
        return Margins.covering(self.forecast)

    def loss_cost(self, comparison: PowerFlowComparison) -> float:
        """Return what the losses cost at ``lambda_0``, over the steps that have a solution."""
        return self._at_lambda_0(comparison.loss_mva, comparison)

    def own_loss_cost(self, comparison: PowerFlowComparison) -> float | None:
        """Return what the model itself says they cost, over the same steps; None where it doesn't price losses."""
        own = comparison.own_loss_mva
        return None if own is None else self._at_lambda_0(own.sum(axis=0), comparison)

    def _at_lambda_0(self, lost_mva: ComplexArray, comparison: PowerFlowComparison) -> float:
        market = self.case.market
        price = market.price_per_mwh + 1j * market.reactive_price_per_mvarh
        cost = (price.conj() * lost_mva).real
        return float(cost[comparison.converged].sum()) * self.case.horizon.step_hours

    def own_loss_mwh(self, comparison: PowerFlowComparison) -> float | None:
        """Return the energy that the model itself says is lost, over the same steps; None likewise."""
        own = comparison.own_loss_mva
        return None if own is None else float(own.real[:, comparison.converged].sum()) * self.case.horizon.step_hours

    def loss_mwh(self, comparison: PowerFlowComparison) -> float:
        """Return the energy lost over the steps that have a solution."""
        return float(comparison.loss_mva.real[comparison.converged].sum()) * self.case.horizon.step_hours


@checks_arguments
def check_ac(costs: CostModel, partition: PartitionLike) -> AcCheck:
    """Dispatch a partition and compare LinDistFlow with the exact power flow on the whole grid.

    Without externalities every coalition is dispatched on its own graph (Eq 9); the replay joins them, since
    there is only one grid.

    Parameters
    ----------
    costs
        The case's costs, from :func:`~lempart.cost.costs_of`.
    partition
        An admissible partition of its players; names will do: ``"P1,P2|P3"``.

    Raises
    ------
    InputError
        When power-grid-model is not installed.
    InfeasibleError
        When the partition, or one of its coalitions, can't be dispatched.
    SolverError
        When a dispatch can't be solved to tolerance.
    """
    tool = tool_version()
    prepared = costs.prepared
    meant = prepared.partition_of(partition)
    flexible = flexible_injections(costs, meant)
    scenario = prepared.case.scenario
    return AcCheck(
        case=prepared.case,
        case_hash=case_hash(prepared.case),
        partition=tuple(prepared.names(coalition) for coalition in meant),
        forecast=PowerFlowComparison.at(prepared.grid, scenario.forecast + flexible, losses=prepared.has_losses),
        realization=PowerFlowComparison.at(prepared.grid, scenario.realization + flexible, losses=prepared.has_losses),
        tool=tool,
    )


def _rounded_up(value: float, grain: float) -> float:
    steps = math.ceil(value / grain - 1e-6)
    return round(steps * grain, 6)
