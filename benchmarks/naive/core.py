"""The core's linear program (Algorithm 1, line 10, with ``max``) in cvxpy, over all sub-coalitions."""

from __future__ import annotations

from collections.abc import Callable

import cvxpy as cp
import numpy as np

from lempart.partition import Family, members


def core_value(family: Family, coalition: int, worth: Callable[[int], float]) -> float:
    """Return ``Y = max sum y`` subject to ``sum y <= worth`` over every sub-coalition of a coalition."""
    players = members(coalition)
    masks = list(family.subcoalitions(coalition))
    limits = np.array([worth(mask) for mask in masks])
    inside = np.array([[float(mask >> player & 1) for player in players] for mask in masks])
    kept = np.isfinite(limits)
    y = cp.Variable(len(players))
    problem = cp.Problem(cp.Maximize(cp.sum(y)), [inside[kept] @ y <= limits[kept]])
    problem.solve(solver=cp.CLARABEL)
    assert problem.status == cp.OPTIMAL, problem.status
    return float(problem.value)
