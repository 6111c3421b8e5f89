"""``lempart check-ac``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
from rich.console import Console

from lempart.ac import AcCheck, ac_json, check_ac
from lempart.cli.ac_tables import comparison_rows, headline, missed_rows
from lempart.cli.common import write_json
from lempart.cli.solved import named_partition, solved
from lempart.cli.tables import console, print_table, say
from lempart.cli.targets import must_be_writable
from lempart.cost import costs_of
from lempart.display import short_braces
from lempart.result.folder import keep_check

MAX_TABLE_ROWS = 8


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
    must_be_writable(json_file, result)
    found = solved(result)
    costs = costs_of(found.case)
    checked = check_ac(costs, costs.prepared.partition_of(named_partition(found, text)))
    data = ac_json(checked)
    if found.stored is not None and found.folder is not None:
        keep_check(found.stored, data)
    if json_file is not None:
        write_json(json_file, data)
    if str(json_file) != "-":
        show(console(), checked, data)


def show(to: Console, checked: AcCheck, data: dict[str, Any]) -> None:
    """Print the answer first, then both points side by side, then what was missed."""
    say(to, "\n".join(headline(checked, data)), "bold", wrap=False)
    steps = checked.case.horizon.steps
    say(to, f"{short_braces(checked.partition)}, {steps} steps, AC by {checked.tool}; errors are AC less LinDistFlow.")
    headers = ("", "at the forecast", "at the realisation")
    print_table(to, "", headers, comparison_rows(checked, data), zeros=True)
    if missed := missed_rows(data):
        shown = "" if len(missed) <= MAX_TABLE_ROWS else f", {MAX_TABLE_ROWS} of {len(missed)}"
        title = f"\nMissed by the linear model{shown}"
        print_table(to, title, ("at", "where", "steps", "beyond the limit by"), missed[:MAX_TABLE_ROWS], left=4)
