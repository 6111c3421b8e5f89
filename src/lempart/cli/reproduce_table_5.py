"""``lempart reproduce table-5``."""

from __future__ import annotations

from pathlib import Path

import click

from lempart.cli.comparisons import deliver, output_options
from lempart.cli.study import StudyProgress
from lempart.errors import UsageError
from lempart.reproduce.table_5 import (
    SEEDS,
    VARIATIONS,
    all_days,
    coldest_day,
    day_tables,
    fortnights,
    options_of,
    run_days,
    solve_day,
    study_tables,
)

SPANS = {"fortnights": fortnights, "year": all_days}


@click.command("table-5", help="Table V: the neighbourhood of 47 homes, five of them free to form markets.")
@click.option("--day", type=click.IntRange(2, 365), help="Day of the year; by default the coldest one.")
@click.option("--seed", type=click.IntRange(0), help="Of houses, PV, loads and the players' order; by default 0.")
@click.option("--variation", "names", multiple=True, type=click.Choice(list(VARIATIONS)), help="What to change.")
@click.option("--losses", is_flag=True, help="Price losses of the grid, which the paper leaves out.")
@click.option("--study", type=click.Choice(list(SPANS)), help="Many days: the coldest and warmest 14, or every one.")
@click.option(
    "--seeds", type=click.IntRange(1, 100), default=len(SEEDS), show_default=True, help="How many, in a study."
)
@click.option("--all-variations", is_flag=True, help="In a study: change every setting, one at a time.")
@click.option("--workers", type=click.IntRange(1), default=2, show_default=True, help="Processes, in a study.")
@click.option("--resume", is_flag=True, help="Go on with the study in --out.")
@output_options
def table_5(
    day: int | None,
    seed: int | None,
    names: tuple[str, ...],
    losses: bool,
    study: str | None,
    seeds: int,
    all_variations: bool,
    workers: int,
    resume: bool,
    json_file: Path | None,
    out: Path | None,
) -> None:
    """Recompute Table V for one day, or study many."""
    chosen = list(VARIATIONS) if all_variations else list(dict.fromkeys(names)) or ["headline"]
    if study is None:
        if len(chosen) > 1:
            raise UsageError("several variations need --study fortnights or --study year")
        if resume:
            raise UsageError("a single day is nothing to --resume: choose a --study")
        solved = solve_day(options_of(chosen[0], day or coldest_day(), seed or 0, losses=losses), chosen[0])
        deliver("table-5", day_tables(solved), json_file, out)
        return
    if day is not None or seed is not None:
        raise UsageError("a study has days and seeds of its own: leave out --day and --seed")
    if out is None:
        raise UsageError("a study keeps its days in a folder: name it with --out")
    progress = StudyProgress("days")
    try:
        found = run_days(
            out,
            chosen,
            SPANS[study](),
            range(seeds),
            losses=losses,
            workers=workers,
            resume=resume,
            progress=progress,
        )
    finally:
        progress.end()
    for told in found.damaged:
        click.echo(f"lempart: {out} was damaged and is mended: {told}", err=True)
    deliver("table-5", study_tables(found.days, losses=losses), json_file, out)
