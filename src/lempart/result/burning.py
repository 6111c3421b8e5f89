"""Batteries that charge and discharge at once, as plain data, and what a partition costs where none does."""

from __future__ import annotations

from typing import Any

from lempart.arguments import checks_arguments
from lempart.cost import CostModel, PartitionCost, PartitionOutline
from lempart.errors import InfeasibleError, SolverError
from lempart.formats.result import BurningFile
from lempart.formats.typed import of_json


@checks_arguments
def burning_json(costs: CostModel, cost: PartitionCost | PartitionOutline, *, compared: bool) -> dict[str, Any] | None:
    """Return which batteries burn energy in a partition's dispatch, when and how much; None where none does.

    Parameters
    ----------
    costs
        The case's costs.
    cost
        The costs of one partition, from ``costs.partition``.
    compared
        Whether to look for what the partition costs where none does, which takes some more dispatches.
    """
    if not cost.burning:
        return None
    people = costs.prepared.case.prosumers
    return {
        "energy_mwh": sum(one.total_mwh for one in cost.burning),
        "storage": [
            {
                "prosumer": people[one.prosumer].name,
                "kind": one.kind,
                "steps": list(one.steps),
                "energy_mwh": one.total_mwh,
            }
            for one in sorted(cost.burning, key=lambda one: one.prosumer)
        ],
        "without": _without(costs, cost) if compared else None,
    }


def _without(costs: CostModel, cost: PartitionCost | PartitionOutline) -> dict[str, Any]:
    """Return what a partition costs where no battery burns energy, and whether cheaper dispatches are ruled out."""
    unknown = {"total": None, "lowers_total_by": None, "exact": False}
    try:
        other = costs.without_burning.partition(cost.partition)
    except (InfeasibleError, SolverError) as error:
        return {**unknown, "reason": str(error)}
    if not other.viable:
        return {**unknown, "reason": other.reason}
    return {
        "total": other.total,
        "lowers_total_by": other.total - cost.total,
        "exact": other.gap == 0.0,
        "reason": None,
    }


def burning_record(costs: CostModel, cost: PartitionCost | PartitionOutline, *, compared: bool) -> BurningFile | None:
    """Return what :func:`burning_json` does as the record of ``result.json``."""
    told = burning_json(costs, cost, compared=compared)
    return None if told is None else of_json(BurningFile, told)
