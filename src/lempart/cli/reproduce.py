"""``lempart reproduce``."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import click

from lempart._version import __version__
from lempart.cli.common import write_json
from lempart.cli.tables import console, print_table
from lempart.reproduce import Comparison, example_1, example_2

TABLES: dict[str, Callable[[], tuple[Comparison, ...]]] = {
    "example-1": example_1,
    "example-2": example_2,
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
    headers = ["", *(f"{side} {name}" for name in table.columns for side in ("paper", "ours"))]
    rows = [
        [row.label, *(text for pair in zip(row.paper, row.ours, strict=True) for text in map(_number, pair))]
        for row in table.rows
    ]
    out = console()
    print_table(out, table.title, headers, rows, zeros=True)
    if any(value is not None for row in table.rows for value in row.paper):
        out.print(f"Largest deviation from the paper: {table.largest_deviation:.2g}.")
    if table.note:
        out.print(table.note, soft_wrap=True)
    out.print()


def _number(value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value + 0.0:.1e}" if 0 < abs(value) < 1e-3 else f"{round(value, 2) + 0.0:,.2f}"
