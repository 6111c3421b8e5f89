"""``lempart study``."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import click
import numpy as np
from rich.console import Console

from lempart.cli.tables import console, count_of, money, print_table, say
from lempart.errors import UsageError
from lempart.study import (
    Cluster,
    Frame,
    PointStatistics,
    StudyRun,
    read_study,
    run_study,
    statistics_json,
    study_statistics,
    write_statistics,
)

EVERY_SECONDS = 10.0


@click.command(help="Run the Monte Carlo study described in STUDY.toml: costs and stability over random scenarios.")
@click.argument("study_file", metavar="STUDY.toml", type=click.Path(path_type=Path))
@click.option(
    "--out",
    "folder",
    required=True,
    type=click.Path(path_type=Path, file_okay=False),
    help="Keep the results here: a Zarr store and statistics.json.",
)
@click.option("--resume", is_flag=True, help="Go on with what the folder holds.")
@click.option(
    "--workers", type=click.IntRange(min=1), default=None, help="Processes; default: as many as there are cores."
)
@click.option("--cluster", metavar="ADDRESS", help="Compute on the Dask cluster whose scheduler listens there.")
@click.option(
    "--until", metavar="se=AMOUNT", help="Stop once the standard errors of all mean totals are at most AMOUNT."
)
def study(
    study_file: Path, folder: Path, resume: bool, workers: int | None, cluster: str | None, until: str | None
) -> None:
    """Run a study and print its statistics."""
    if cluster is not None and workers is not None:
        raise UsageError("--workers and --cluster: give one; a cluster has workers of its own")
    spec, case = read_study(study_file)
    progress = StudyProgress()
    try:
        run = run_study(
            spec,
            case,
            folder,
            resume=resume,
            workers=workers or cores(),
            cluster=None if cluster is None else Cluster(cluster),
            until_se=None if until is None else _standard_error(until),
            progress=progress,
        )
    except KeyboardInterrupt:
        progress.end()
        click.echo(f"lempart: what is finished is kept in {folder}; --resume goes on", err=True)
        raise
    progress.end()
    found = study_statistics(spec, case, folder)
    write_statistics(folder, statistics_json(spec, case, found))
    out, frame = console(), Frame.of(spec, case)
    for at in found:
        show_point(out, at, frame, case.market.currency)
    if run.unreached:
        say(out, _unreached(run, until or ""))


def cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _standard_error(text: str) -> float:
    name, _, amount = text.partition("=")
    try:
        value = float(amount)
    except ValueError:
        value = float("nan")
    if name.strip() != "se" or not value > 0 or value == float("inf"):
        raise UsageError(f"--until {text}: write se= and a positive amount, such as --until se=5")
    return value


def _unreached(run: StudyRun, until: str) -> str:
    return (
        f"{count_of(len(run.unreached), 'point')} did not reach {until} within the draws of the study: "
        "allow more draws to go on."
    )


def show_point(out: Console, at: PointStatistics, frame: Frame, currency: str) -> None:
    """Print what the draws of one point say, one table for each voltage penalty."""
    where = ", ".join(f"{name} = {value:g}" for name, value in at.point.items())
    headers = ("partition", "", f"mean, {currency}", "± (95 %)", "over best", "± (95 %)")
    shares = ("optimal", "stable", "optimal stable", "viable")
    for r, penalty in enumerate(frame.readings):
        title = f"\n{where + ': ' if where else ''}{count_of(at.draws, 'draw')}, voltage penalty {penalty}"
        rows = [_row(at, frame, r, p) for p in np.argsort(at.totals.mean[r], kind="stable")]
        print_table(out, title, (*headers, *shares), rows, left=2, zeros=True)
    if at.expected_stable is not None:
        say(out, "* cheapest by mean cost among the partitions that are stable in the game of expected costs.")
    for reason in at.not_viable:
        say(out, f"Not viable in some draw: {reason}")


def _row(at: PointStatistics, frame: Frame, r: int, p: int) -> list[str]:
    error, apart = 1.96 * at.totals.standard_error[r, p], 1.96 * at.difference.standard_error[r, p]
    shares = [f"{100 * share[r, p]:.1f} %" for share in (at.optimal, at.stable, at.optimal_stable, at.viable)]
    mark = "*" if at.expected_optimal_stable(r) == p else ""
    amounts = (at.totals.mean[r, p], error, at.difference.mean[r, p], apart)
    shown = [money(value) if np.isfinite(value) else "-" for value in amounts]
    return [frame.names(frame.partitions[p]), mark, *shown, *shares]


class StudyProgress:
    """Tells draws done, their rate and the time left on standard error: a live line, or a line every ten seconds."""

    def __init__(self) -> None:
        self._started = time.monotonic()
        self._told = self._started
        self._live = sys.stderr.isatty()
        self._shown = False

    def __call__(self, done: int, total: int, new: int) -> None:
        """Show progress: draws done of how many, and how many of them in this run."""
        now = time.monotonic()
        if not self._live and now - self._told < EVERY_SECONDS:
            return
        self._told, self._shown = now, True
        text = progress_line(done, total, new, now - self._started)
        click.echo(f"\r\033[K{text}" if self._live else text, err=True, nl=not self._live)

    def end(self) -> None:
        """Leave the live line."""
        if self._live and self._shown:
            click.echo("", err=True)


def progress_line(done: int, total: int, new: int, seconds: float) -> str:
    """Return draws done, their rate and the time left in words; no rate before anything is done."""
    text = f"{done:,} of {total:,} draws"
    if new == 0 or seconds <= 0:
        return text
    rate = new / seconds
    minutes, rest = divmod(round((total - done) / rate), 60)
    left = f"{minutes // 60} h {minutes % 60} min" if minutes >= 60 else f"{minutes} min {rest} s"
    return f"{text}, {rate:.3g} a second, {left} left"
