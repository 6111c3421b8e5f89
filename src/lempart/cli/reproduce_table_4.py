"""``lempart reproduce table-4``, ``figure-8`` and ``figure-7``."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from lempart.cli.comparisons import deliver, output_options
from lempart.cli.study import StudyProgress, cores
from lempart.cli.tables import console, say
from lempart.reproduce.figure_7 import figure_7
from lempart.reproduce.table_4 import VARIANTS, Table4, figure_8, run_table_4, table_4

F = TypeVar("F", bound=Callable[..., Any])
STORE, LOSSY_STORE = "table-4-study", "table-4-losses-study"


def _study_options(command: F) -> F:
    with_variants = click.option(
        "--variants",
        type=click.IntRange(min=2),
        default=VARIANTS,
        show_default=True,
        help="How many variants of the profiles; the paper has 1,000.",
    )
    with_workers = click.option(
        "--workers", type=click.IntRange(min=1), default=None, help="Processes; default: as many as there are cores."
    )
    return with_variants(with_workers(output_options(command)))


@click.command("table-4", help="Table IV: five partitions of three branches under forecast noise.")
@click.option("--losses", is_flag=True, help="Price losses of the grid, which the paper leaves out.")
@_study_options
def table_4_command(variants: int, workers: int | None, json_file: Path | None, out: Path | None, losses: bool) -> None:
    """Recompute Table IV."""
    found = _run(variants, workers, out, losses=losses)
    deliver("table-4", table_4(found), json_file, out)
    if str(json_file) != "-":
        dispatches = f"{found.new_draws * 7:,}"
        pace = f"{found.new_draws * 7 / found.seconds:,.0f} a second"
        say(console(), f"{dispatches} dispatches with costs and cores in {found.seconds:.0f} s ({pace}).")


@click.command("figure-8", help="Figure 8: what two of Table IV's partitions pay for, over forecast noise.")
@_study_options
def figure_8_command(variants: int, workers: int | None, json_file: Path | None, out: Path | None) -> None:
    """Recompute Figure 8."""
    deliver("figure-8", figure_8(_run(variants, workers, out)), json_file, out)


@click.command("figure-7", help="Figure 7: the profiles of Table IV's branches, as formulas.")
@output_options
def figure_7_command(json_file: Path | None, out: Path | None) -> None:
    """Print the profiles."""
    deliver("figure-7", figure_7(), json_file, out)


def _run(variants: int, workers: int | None, out: Path | None, *, losses: bool = False) -> Table4:
    """Run the study of Table IV and Figure 8, which share it; kept in ``out``, and gone on with where it is there."""
    progress = StudyProgress()
    try:
        folder = None if out is None else out / (LOSSY_STORE if losses else STORE)
        return run_table_4(folder, workers=workers or cores(), variants=variants, losses=losses, progress=progress)
    finally:
        progress.end()
