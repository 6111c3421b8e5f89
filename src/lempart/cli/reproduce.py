"""``lempart reproduce``: one sub-command per example, table or theorem of the paper."""

from __future__ import annotations

from pathlib import Path

import click

from lempart.cli.comparisons import deliver, output_options
from lempart.cli.reproduce_table_4 import figure_7_command, figure_8_command, table_4_command
from lempart.cli.reproduce_table_5 import table_5
from lempart.reproduce import example_1, example_2, theorem_1


@click.group(help="Recompute an example, table or theorem of the paper and print it beside the paper's values.")
def reproduce() -> None:
    """Recompute one of the paper's results."""


@reproduce.command("example-1", help="Table II: three prosumers on a star under forecast errors.")
@output_options
def example_1_command(json_file: Path | None, out: Path | None) -> None:
    """Recompute Example 1."""
    deliver("example-1", example_1(), json_file, out)


@reproduce.command("example-2", help="Table III: the cheapest partition need not be stable.")
@output_options
def example_2_command(json_file: Path | None, out: Path | None) -> None:
    """Recompute Example 2."""
    deliver("example-2", example_2(), json_file, out)


@reproduce.command("theorem-1", help="Theorem VI.1 and its core allocation on random feeders.")
@output_options
def theorem_1_command(json_file: Path | None, out: Path | None) -> None:
    """Check Theorem VI.1."""
    deliver("theorem-1", theorem_1(), json_file, out)


reproduce.add_command(table_4_command)
reproduce.add_command(figure_8_command)
reproduce.add_command(figure_7_command)
reproduce.add_command(table_5)
