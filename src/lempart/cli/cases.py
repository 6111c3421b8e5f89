"""``lempart cases``."""

from __future__ import annotations

import click

from lempart.cases import shipped_cases
from lempart.cli.tables import console, print_table


@click.command(help="List the cases that ship with lempart.")
def cases() -> None:
    """Print name and description of every shipped case."""
    rows = [[name, description] for name, description in shipped_cases()]
    print_table(console(), "Shipped cases", ("name", "what it is"), rows, left=2)
