"""What lines lose under a partition and without markets, line by line, as plain data."""

from __future__ import annotations

from typing import Any

import numpy as np

from lempart.arguments import checks_arguments
from lempart.cost import CostModel, LineLosses, line_losses, with_and_without
from lempart.errors import InfeasibleError, SolverError
from lempart.formats.result import GridLossesFile
from lempart.formats.typed import of_json
from lempart.partition import PartitionLike


@checks_arguments
def losses_json(costs: CostModel, partition: PartitionLike) -> dict[str, Any] | None:
    """Return what each line loses under a partition, and under everyone alone.

    None where losses aren't priced, nothing is dispatched, or the partition can't be.

    Parameters
    ----------
    costs
        The case's costs.
    partition
        An admissible partition of its players; names will do: ``"P1,P2|P3"``.
    """
    prepared, meant = costs.prepared, costs.prepared.partition_of(partition)
    if not prepared.has_losses or not costs.problems(meant):
        return None
    try:
        state, without = with_and_without(costs, meant)
    except (InfeasibleError, SolverError):
        return None
    found, other = line_losses(prepared, state), None if without is None else line_losses(prepared, without)
    names, parent = prepared.grid.names, prepared.grid.tree.parent
    lines = [
        {
            "node": names[node],
            "parent": names[parent[node]],
            **_amounts(found, node),
            **({} if other is None else {f"without_{key}": value for key, value in _amounts(other, node).items()}),
        }
        for node in found.lines.tolist()
    ]
    totals = {"mwh": found.total_mwh, "cost": found.total_cost}
    if other is not None:
        totals |= {"without_mwh": other.total_mwh, "without_cost": other.total_cost}
    return {"partition": [list(prepared.names(mask)) for mask in meant], **totals, "lines": lines}


def losses_record(costs: CostModel, partition: PartitionLike) -> GridLossesFile | None:
    """Return what :func:`losses_json` does as the record of ``result.json``."""
    told = losses_json(costs, partition)
    return None if told is None else of_json(GridLossesFile, told)


def _amounts(lost: LineLosses, node: int) -> dict[str, float | None]:
    return {"mwh": _known(lost.energy_mwh[node]), "cost": _known(lost.cost[node])}


def _known(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
