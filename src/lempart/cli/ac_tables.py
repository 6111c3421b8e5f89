"""Sentences and rows of an AC check; the command prints them, tests read them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from lempart.ac import AcCheck, PowerFlowComparison
from lempart.display import amount, count_of, energy, fine_money, money
from lempart.text import some_of


def headline(checked: AcCheck, data: dict[str, Any]) -> list[str]:
    """Return the answer in sentences."""
    grid = checked.forecast.grid
    if not np.any(grid.r_pu) and not np.any(grid.x_pu):
        return ["No line has an impedance: LinDistFlow is exact."]
    points = (data["forecast"], data["realization"])
    lines = [
        f"No AC power flow exists, or none was found, {where} at {_steps([item['step'] for item in unsolved])}; "
        "what follows leaves those steps out."
        for where, point in zip(("at the forecast", "at the realisation"), points, strict=True)
        if (unsolved := point["not_converged"])
    ]
    if not checked.forecast.converged.any() and not checked.realization.converged.any():
        return lines
    voltage = max(abs(point["voltage"]["largest_error_pu"] or 0.0) for point in points)
    loading = max(abs(point["flow"]["largest_error_of_rating"] or 0.0) for point in points)
    voltages, branches = (sum(point["missed"][f"{kind}_count"] for point in points) for kind in ("voltage", "line"))
    losses, currency = points[1]["losses"], data["currency"]
    lost = f"{losses['mwh']:.3g} MWh = {money(losses['cost'], currency)}"
    name, told = "LinDistFlow", f"the losses it ignores are {lost}"
    if "own_mwh" in losses:
        own, exact = (
            f"{energy(losses[f'{of}mwh'])}, {fine_money(losses[f'{of}cost'], currency)}" for of in ("own_", "")
        )
        name, told = "LinDistFlow with losses", f"its lines lose {own}; by AC {exact}"
    lines.append(
        f"{name} is off by at most {_quiet(voltage, 1e-9):.2g} p.u. and {_percent(loading)} of a rating; it "
        f"missed {count_of(voltages, 'voltage violation')} and {count_of(branches, 'line violation')}; {told}."
    )
    covering = checked.margins
    if covering.voltage_pu or covering.line:
        lines.append(
            f"Margins that cover its error at the forecast: voltage_margin_pu = {covering.voltage_pu:g}, "
            f"line_margin = {covering.line:g} under [dispatch]."
        )
    return lines


def comparison_rows(checked: AcCheck, data: dict[str, Any]) -> list[list[str]]:
    """Return one row per measure: its name, its value at the forecast and at the realisation."""
    both = [(checked.forecast, data["forecast"]), (checked.realization, data["realization"])]
    currency = data["currency"]
    columns = [_column(at, point, currency) for at, point in both]
    return [[name, *(column[name] for column in columns)] for name in columns[0]]


def _column(at: PowerFlowComparison, point: dict[str, Any], currency: str) -> dict[str, str]:
    voltage, flow, losses = point["voltage"], point["flow"], point["losses"]
    missed, false_alarms = point["missed"], point["false_alarms"]
    return {
        "largest voltage error, p.u.": _placed(voltage, "largest_error_pu"),
        "  of the voltage drop there": _percent(voltage["share_of_drop"]),
        "  mean": _short(voltage["mean_error_pu"]),
        "lowest voltage, AC and linear, p.u.": _pair(voltage["lowest_ac_pu"], voltage["lowest_linear_pu"]),
        "highest voltage, AC and linear, p.u.": _pair(voltage["highest_ac_pu"], voltage["highest_linear_pu"]),
        "largest flow error, MVA": _placed(flow, "largest_error_mva"),
        "largest flow error of a rating": _percent(flow["largest_error_of_rating"]),
        "error of the largest flow at the PCC": _percent(flow["head_flow_error"]),
        "voltage violations by AC (missed, false alarms)": _counts(at, missed, false_alarms, "voltage"),
        "line violations by AC (missed, false alarms)": _counts(at, missed, false_alarms, "line"),
        **_losses(losses, currency),
        "steps without a solution": str(len(point["not_converged"])),
    }


def _losses(losses: dict[str, Any], currency: str) -> dict[str, str]:
    """Return what is lost by AC, and by the model where it counts losses."""
    if "own_mwh" not in losses:
        cost = {f"losses at the market's price, {currency}": amount(losses["cost"])}
        return {"losses, MWh": _short(losses["mwh"]), **cost}
    return {
        "losses, AC and linear, MWh": f"{_short(losses['mwh'])}, {_short(losses['own_mwh'])}",
        f"what they cost, AC and linear, {currency}": f"{_short(losses['cost'])}, {_short(losses['own_cost'])}",
    }


def _counts(at: PowerFlowComparison, missed: dict[str, Any], false_alarms: dict[str, Any], kind: str) -> str:
    found = at.ac_violations.counts[("voltage", "line").index(kind)]
    return f"{found} ({missed[f'{kind}_count']}, {false_alarms[f'{kind}_count']})"


def missed_rows(data: dict[str, Any]) -> list[list[str]]:
    """Return the violations that the linear model missed: at which point, where, when, by how much."""
    rows: list[list[str]] = []
    for where, key in (("forecast", "forecast"), ("realisation", "realization")):
        missed = data[key]["missed"]
        rows += [
            [where, f"voltage at {item['node']}", _steps(item["steps"]), f"{item['worst_pu']:.2g} p.u."]
            for item in sorted(missed["voltage"], key=lambda item: -item["worst_pu"])
        ]
        rows += [
            [where, f"line {item['parent']}-{item['node']}", _steps(item["steps"]), f"{item['worst_mva']:.3g} MVA"]
            for item in sorted(missed["line"], key=lambda item: -item["worst_mva"])
        ]
    return rows


def _placed(part: dict[str, Any], key: str) -> str:
    placed = part["node"] is not None and abs(part[key]) > 1e-9
    place = f" ({part['node']}, step {part['step']})" if placed else ""
    return _short(part[key]) + place


def _pair(exact: float | None, linear: float | None) -> str:
    return "-" if exact is None or linear is None else f"{exact:.4f}, {linear:.4f}"


def _short(value: float | None) -> str:
    return "-" if value is None else f"{_quiet(value, 1e-9):.3g}"


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{100 * _quiet(share, 1e-7):.2g} %"


def _quiet(value: float, noise: float) -> float:
    """Return 0 for what only rounding left."""
    return value if abs(value) > noise else 0.0


def _steps(steps: Sequence[int]) -> str:
    return f"step{'s' if len(steps) > 1 else ''} {some_of([str(step) for step in steps])}"
