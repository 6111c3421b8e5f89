"""``lempart check-ac``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from lempart.ac import AcCheck, ac_json, check_ac
from lempart.case import Case, case_hash
from lempart.cli.ac_tables import comparison_rows, headline, missed_rows
from lempart.cli.common import load, parse_partition, write_json
from lempart.cli.tables import braces, console, print_table
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
        raise InputError.of(str(folder / "result.json"), f"can't be read: {error}", "Solve the case again.") from None
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
