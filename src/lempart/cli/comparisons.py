"""Show and write the tables that ``lempart reproduce`` recomputes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click

from lempart._version import __version__
from lempart.cli.common import write_json
from lempart.cli.tables import console, print_table, say
from lempart.cli.targets import must_be_writable
from lempart.display import amount
from lempart.errors import InputError
from lempart.io.opening import read_json
from lempart.reproduce import Comparison

F = TypeVar("F", bound=Callable[..., Any])


def output_options(command: F) -> F:
    """Add ``--json`` and ``--out`` to a command."""
    json_help = "Write the tables as JSON ('-': stdout)."
    with_json = click.option(
        "--json", "json_file", type=click.Path(path_type=Path), callback=_asked_first, help=json_help
    )
    with_out = click.option(
        "--out",
        type=click.Path(path_type=Path, file_okay=False),
        callback=_ours_first,
        help="Write the tables, and a study, to this folder.",
    )
    return with_json(with_out(command))


def _asked_first(_context: click.Context, _option: click.Parameter, path: Path | None) -> Path | None:
    must_be_writable(path)
    return path


def _ours_first(context: click.Context, _option: click.Parameter, folder: Path | None) -> Path | None:
    """Refuse a folder with somebody else's file of the tables' name, the command's, before anything is done."""
    if folder is not None and context.info_name is not None:
        _require_ours(_tables_in(folder, context.info_name), context.info_name)
    return folder


def _tables_in(folder: Path, what: str) -> Path:
    return folder / f"{what}.json"


def deliver(what: str, tables: Sequence[Comparison], json_file: Path | None, out: Path | None) -> None:
    """Write the tables where asked, and print them unless JSON goes to standard output."""
    data = {"format": 1, "what": what, "version": __version__, "tables": [table.as_dict() for table in tables]}
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
        _require_ours(_tables_in(out, what), what)
        write_json(_tables_in(out, what), data)
    if json_file is not None:
        write_json(json_file, data)
    if str(json_file) != "-":
        for table in tables:
            _show(table)


def _require_ours(path: Path, what: str) -> None:
    """Raise InputError where a file of the tables' name isn't one that was written here."""
    try:
        found = read_json(path) if path.exists() else {"what": what}
    except (OSError, ValueError):
        found = None
    if not isinstance(found, dict) or found.get("what") != what:
        raise InputError.of(str(path), "wasn't written by lempart", "Move it away, or choose another folder.")


def _show(table: Comparison) -> None:
    compares = any(value is not None for row in table.rows for value in row.paper)
    rows = []
    for row in table.rows:
        if compares:
            rows.append([row.label, "paper", *_cells(row.paper, row.paper_marks, table)])
        rows.append(["" if compares else row.label, "here", *_cells(row.ours, row.marks, table)])
    screen = console()
    if not compares:
        rows = [[label, *values] for label, _, *values in rows]
    left = 2 if compares else 1
    print_table(screen, table.title, (*[""] * left, *table.columns), rows, left=left, zeros=True)
    if compares and table.exact:
        say(screen, f"Largest deviation from the paper: {table.largest_deviation:.2g}.")
    if table.note:
        say(screen, table.note, wrap=False)
    say(screen, "")


def _cells(values: Sequence[float | None], marks: Sequence[str], table: Comparison) -> list[str]:
    """Return the amounts with their marks behind them, all of one width so that the digits stay in line."""
    width = max((len(mark) for row in table.rows for mark in (*row.marks, *row.paper_marks)), default=0)
    padded = [mark.ljust(width) for mark in marks] or [" " * width] * len(values)
    return [_number(value, table) + mark for value, mark in zip(values, padded, strict=True)]


def _number(value: float | None, table: Comparison) -> str:
    if value is None:
        return "-"
    return f"{value:.1e}" if table.scientific else amount(value)
