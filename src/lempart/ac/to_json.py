"""An AC check as plain data; steps are counted from 1, errors are AC less LinDistFlow."""

from __future__ import annotations

from typing import Any

import numpy as np

from lempart.ac.check import AcCheck
from lempart.ac.comparison import PowerFlowComparison, Violations
from lempart.arguments import checks_arguments
from lempart.grid import RadialGrid
from lempart.typing import BoolArray, FloatArray

FORMAT = 1


@checks_arguments
def ac_json(check: AcCheck) -> dict[str, Any]:
    """Return a check as plain data, ready for ``json.dumps``; what is not known is null."""
    options = check.case.dispatch
    return {
        "format": FORMAT,
        "case": check.case.name,
        "version": check.version,
        "case_hash": check.case_hash,
        "tool": check.tool,
        "currency": check.case.market.currency,
        "partition": [list(block) for block in check.partition],
        "dispatch": {
            "limits": options.limits,
            "voltage_margin_pu": options.voltage_margin_pu,
            "line_margin": options.line_margin,
        },
        "suggested": {"voltage_margin_pu": check.margins.voltage_pu, "line_margin": check.margins.line},
        "forecast": _point(check, check.forecast),
        "realization": _point(check, check.realization),
    }


def _point(check: AcCheck, at: PowerFlowComparison) -> dict[str, Any]:
    missed, false_alarms, own = at.missed, at.false_alarms, check.own_loss_mwh(at)
    return {
        "not_converged": [{"step": step + 1, "reason": reason} for step, reason in at.ac.failures],
        "voltage": _voltage(at),
        "flow": _flow(at),
        "missed": _violations(at.grid, missed),
        "false_alarms": _violations(at.grid, false_alarms),
        "losses": {
            "mwh": check.loss_mwh(at),
            "mvarh": float(at.loss_mva.imag[at.converged].sum()) * check.case.horizon.step_hours,
            "cost": check.loss_cost(at),
            **({} if own is None else {"own_mwh": own, "own_cost": check.own_loss_cost(at)}),
        },
        "per_step": {
            "voltage_error_pu": _largest_by(at.voltage_error_pu, 0),
            "flow_error_mva": _largest_by(at.flow_error_mva, 0),
            "flow_error_of_rating": _largest_by(at.flow_error_of_rating, 0),
            "loss_mw": [_number(value) for value in at.loss_mva.real],
        },
        "per_node": {
            "node": list(at.grid.names),
            "voltage_error_pu": _largest_by(at.voltage_error_pu, 1),
        },
        "per_edge": {
            "node": list(at.grid.names),
            "flow_error_mva": _largest_by(at.flow_error_mva, 1),
            "flow_error_of_rating": _largest_by(at.flow_error_of_rating, 1),
        },
    }


def _voltage(at: PowerFlowComparison) -> dict[str, Any]:
    return {
        "largest_error_pu": _largest(at.voltage_error_pu),
        **_where(at.grid, at.voltage_error_pu),
        "mean_error_pu": _mean(at.voltage_error_pu, _own(at.grid)),
        "share_of_drop": at.share_of_drop,
        "lowest_ac_pu": _number(np.min(at.ac_voltage_pu[:, at.converged], initial=np.inf)),
        "lowest_linear_pu": _number(np.min(at.linear_voltage_pu[:, at.converged], initial=np.inf)),
        "highest_ac_pu": _number(np.max(at.ac_voltage_pu[:, at.converged], initial=-np.inf)),
        "highest_linear_pu": _number(np.max(at.linear_voltage_pu[:, at.converged], initial=-np.inf)),
    }


def _flow(at: PowerFlowComparison) -> dict[str, Any]:
    return {
        "largest_error_mva": _largest(at.flow_error_mva),
        **_where(at.grid, at.flow_error_mva),
        "mean_error_mva": _mean(at.flow_error_mva, _own(at.grid)),
        "largest_error_of_rating": _largest(at.flow_error_of_rating),
        "head_flow_error": at.head_flow_error,
    }


def _violations(grid: RadialGrid, found: Violations) -> dict[str, Any]:
    voltages, lines = found.counts
    return {
        "voltage_count": voltages,
        "line_count": lines,
        "voltage": [
            {"node": grid.names[node], "steps": _steps(row), "worst_pu": float(row.max())}
            for node, row in enumerate(found.voltage_pu)
            if row.any()
        ],
        "line": [
            {
                "node": grid.names[edge],
                "parent": grid.names[grid.tree.parent[edge]],
                "steps": _steps(row),
                "worst_mva": float(row.max()),
            }
            for edge, row in enumerate(found.line_mva)
            if row.any()
        ],
    }


def _own(grid: RadialGrid) -> BoolArray:
    """Return the nodes that count in a mean: a service edge's leaf only repeats its bus."""
    own: BoolArray = (grid.r_pu != 0.0) | (grid.x_pu != 0.0)
    return own


def _steps(row: FloatArray) -> list[int]:
    return [int(step) + 1 for step in np.flatnonzero(row)]


def _where(grid: RadialGrid, errors: FloatArray) -> dict[str, Any]:
    """Return the node and step of the largest error."""
    if np.isnan(errors).all() or not np.nanmax(np.abs(errors)) > 0:
        return {"node": None, "step": None}
    node, step = np.unravel_index(int(np.nanargmax(np.abs(errors))), errors.shape)
    return {"node": grid.names[int(node)], "step": int(step) + 1}


def _largest(errors: FloatArray) -> float | None:
    """Return the error of largest size, with its sign."""
    if np.isnan(errors).all():
        return None
    return float(errors.flat[int(np.nanargmax(np.abs(errors)))]) + 0.0  # never -0.0


def _largest_by(errors: FloatArray, axis: int) -> list[float | None]:
    rows = errors.T if axis == 0 else errors
    return [_largest(row) for row in rows]


def _mean(errors: FloatArray, rows: BoolArray) -> float | None:
    """Return the mean size of the errors of ``rows``."""
    known = np.abs(errors[rows])[~np.isnan(errors[rows])]
    return float(known.mean()) if known.size else None


def _number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
