"""``lempart reproduce``."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import click

from lempart._version import __version__
from lempart.cli.common import write_json
from lempart.cli.tables import console, money, print_table
from lempart.reproduce import Comparison, example_1, example_2, theorem_1

TABLES: dict[str, Callable[[], tuple[Comparison, ...]]] = {
    "example-1": example_1,
    "example-2": example_2,
    "theorem-1": theorem_1,
}


@click.command(help="Recompute a table, example or theorem of the paper and print it beside the paper's values.")
@click.argument("what", type=click.Choice(list(TABLES)))
@click.option(
    "--json", "json_file", type=click.Path(path_type=Path), help="Write the tables as JSON ('-': stdout)."
)
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), help="Write WHAT.json into this folder.")
def reproduce(what: str, json_file: Path | None, out: Path | None) -> None:
    """Recompute one of the paper's results."""
    tables = TABLES[what]()
    data = {"format": 1, "what": what, "version": __version__, "tables": [table.as_dict() for table in tables]}
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
        write_json(out / f"{what}.json", data)
    if json_file is not None:
        write_json(json_file, data)
    if str(json_file) != "-":
        for table in tables:
            _show(table)


def _show(table: Comparison) -> None:
    compares = any(value is not None for row in table.rows for value in row.paper)
    rows = []
    for row in table.rows:
        if compares:
            rows.append([row.label, "paper", *(_number(value, table) for value in row.paper)])
        rows.append(["" if compares else row.label, "here", *(_number(value, table) for value in row.ours)])
    out = console()
    print_table(out, table.title, ("", "", *table.columns), rows, left=2, zeros=True)
    if compares:
        out.print(f"Largest deviation from the paper: {table.largest_deviation:.2g}.")
    if table.note:
        out.print(table.note, soft_wrap=True)
    out.print()


def _number(value: float | None, table: Comparison) -> str:
    if value is None:
        return "-"
    return f"{value:.1e}" if table.scientific else money(value)
