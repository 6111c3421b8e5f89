"""``lempart check-ac``."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from lempart.ac import AcCheck, Comparison, ac_json, check_ac
from lempart.case import Case, case_hash
from lempart.cli.common import load, parse_partition, write_json
from lempart.cli.tables import braces, console, money, print_table
from lempart.cost import costs_of
from lempart.errors import InputError, UsageError
from lempart.io import read_case

SHOWN = 8


@click.command(
    name="check-ac",
    help="Replay a dispatch through an exact AC power flow: how wrong is the linear model, what did it miss?",
)
@click.argument("result")
@click.option(
    "--partition", "text", help="Coalitions apart by '|', players by ','. Default: the optimal stable partition."
)
@click.option("--json", "json_file", type=click.Path(path_type=Path), help="Write the check as JSON ('-': stdout).")
def check_ac_command(result: str, text: str | None, json_file: Path | None) -> None:
    """Check RESULT, a folder written by ``lempart solve --out``, or a case together with --partition."""
    folder = _result_folder(result)
    case = load(result) if folder is None else _solved_case(folder)
    if text is None:
        if folder is None:
            raise UsageError("a case has no partition of its own: name one with --partition")
        text = json.dumps(_optimal_stable(folder))
    costs = costs_of(case)
    checked = check_ac(costs, parse_partition(text, costs.setting))
    data = ac_json(checked)
    if folder is not None:
        write_json(folder / "ac.json", data)
    if json_file is not None:
        write_json(json_file, data)
    if str(json_file) != "-":
        show(console(), checked, data)


def _result_folder(name: str) -> Path | None:
    """Return the folder of a result; None where the name is that of a case."""
    path = Path(name)
    folder = path.parent if path.name == "result.json" else path
    return folder if (folder / "result.json").is_file() else None


def _solved_case(folder: Path) -> Case:
    """Return the case beside a result, unless it is no longer the one that was solved."""
    case = read_case(folder / "case")
    if case_hash(case) != _result(folder).get("case_hash"):
        message = "the case in it is not the one that was solved"
        raise InputError.of(str(folder), message, "Solve it again: lempart solve CASE --out FOLDER.")
    return case


def _optimal_stable(folder: Path) -> list[list[str]]:
    best = _result(folder).get("optimal_stable")
    if best is None:
        raise UsageError(f"{folder} holds no stable partition: name one with --partition")
    partition: list[list[str]] = best["partition"]
    return partition


def _result(folder: Path) -> dict[str, Any]:
    try:
        data = json.loads((folder / "result.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError.of(
            str(folder / "result.json"), f"can't be read: {error}", "Solve the case again."
        ) from None
    return data if isinstance(data, dict) else {}


def show(to: Console, checked: AcCheck, data: dict[str, Any]) -> None:
    """Print the answer first, then both points side by side, then what was missed."""
    to.print("\n".join(headline(checked, data)), style="bold", soft_wrap=True)
    steps = checked.case.horizon.steps
    to.print(f"{braces(checked.partition)}, {steps} steps, AC by {checked.tool}; errors are AC less LinDistFlow.")
    headers = ("", "at the forecast", "at the realisation")
    print_table(to, "", headers, comparison_rows(checked, data), zeros=True)
    if missed := missed_rows(data):
        shown = "" if len(missed) <= SHOWN else f", {SHOWN} of {len(missed)}"
        title = f"\nMissed by the linear model{shown}"
        print_table(to, title, ("at", "where", "steps", "beyond the limit by"), missed[:SHOWN], left=4)


def headline(checked: AcCheck, data: dict[str, Any]) -> list[str]:
    """Return the answer in sentences."""
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
    lines.append(
        f"LinDistFlow is off by at most {voltage:.2g} p.u. and {_percent(loading)} of a rating; it "
        f"missed {_many(voltages, 'voltage violation')} and {_many(branches, 'line violation')}; the losses it "
        f"ignores are {losses['mwh']:.3g} MWh = {money(losses['cost'])} {currency}."
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


def _column(at: Comparison, point: dict[str, Any], currency: str) -> dict[str, str]:
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
        "losses, MWh": _short(losses["mwh"]),
        f"losses at the market's price, {currency}": money(losses["cost"]),
        "steps without a solution": str(len(point["not_converged"])),
    }


def _counts(at: Comparison, missed: dict[str, Any], false_alarms: dict[str, Any], kind: str) -> str:
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
    place = f" ({part['node']}, step {part['step']})" if part["node"] is not None else ""
    return _short(part[key]) + place


def _pair(exact: float | None, linear: float | None) -> str:
    return "-" if exact is None or linear is None else f"{exact:.4f}, {linear:.4f}"


def _short(value: float | None) -> str:
    return "-" if value is None else f"{value:.3g}"


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{100 * share:.2g} %"


def _steps(steps: Sequence[int]) -> str:
    more = f" and {len(steps) - 6} more" if len(steps) > 6 else ""
    return f"step{'s' if len(steps) > 1 else ''} {', '.join(map(str, steps[:6]))}{more}"


def _many(count: int, noun: str) -> str:
    return f"{count or 'no'} {noun}{'' if count == 1 else 's'}"
