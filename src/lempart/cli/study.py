"""``lempart study``."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import click

from lempart.cli.streams import tell
from lempart.cli.study_tables import show_points, show_searched
from lempart.cli.tables import console, say
from lempart.display import count_of
from lempart.errors import UsageError
from lempart.formats.statistics import SearchStatisticsFile, StatisticsFile
from lempart.formats.typed import of_json
from lempart.study import (
    DaskCluster,
    StudyPlan,
    StudyRun,
    plan_of,
    read_study,
    run_study,
    search_statistics,
    search_statistics_json,
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
            cluster=None if cluster is None else DaskCluster(cluster),
            until_se=None if until is None else _standard_error(until),
            progress=progress,
        )
    except KeyboardInterrupt:
        progress.end()
        tell(f"lempart: what is finished is kept in {folder}; --resume goes on")
        raise
    progress.end()
    for told in run.damaged:
        click.echo(f"lempart: {folder} was damaged and is mended: {told}", err=True)
    out, plan = console(), plan_of(spec, case)
    if isinstance(plan, StudyPlan):
        found = study_statistics(spec, case, folder)
        data = statistics_json(spec, case, found)
        write_statistics(folder, data)
        show_points(out, found, of_json(StatisticsFile, data), plan)
    else:
        searched = search_statistics(spec, case, folder)
        data = search_statistics_json(spec, case, searched)
        write_statistics(folder, data)
        show_searched(out, searched, of_json(SearchStatisticsFile, data), plan)
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


class StudyProgress:
    """Tells draws done, their rate and the time left on standard error: a live line, or a line every ten seconds."""

    def __init__(self, what: str = "draws") -> None:
        self._what = what
        self._started = time.monotonic()
        self._told = self._started
        self._live = sys.stderr is not None and sys.stderr.isatty()
        self._shown = False

    def __call__(self, done: int, total: int, new: int) -> None:
        """Show progress: draws done of how many, and how many of them in this run."""
        now = time.monotonic()
        if not self._live and now - self._told < EVERY_SECONDS:
            return
        self._told, self._shown = now, True
        text = progress_line(done, total, new, now - self._started, self._what)
        click.echo(f"\r\033[K{text}" if self._live else text, err=True, nl=not self._live)

    def end(self) -> None:
        """Leave the live line."""
        if self._live and self._shown:
            click.echo("", err=True)


def progress_line(done: int, total: int, new: int, seconds: float, what: str = "draws") -> str:
    """Return draws (or what else is counted) done, their rate and the time left; no rate before anything is done."""
    text = f"{done:,} of {total:,} {what}"
    if new == 0 or seconds <= 0:
        return text
    rate = new / seconds
    minutes, rest = divmod(round((total - done) / rate), 60)
    left = f"{minutes // 60} h {minutes % 60} min" if minutes >= 60 else f"{minutes} min {rest} s"
    return f"{text}, {rate:.3g} a second, {left} left"
