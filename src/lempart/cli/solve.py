"""``lempart solve``."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Literal

import click

from lempart.cli.common import load, progress_bar, write_json
from lempart.cli.tables import (
    PARTS,
    bill_rows,
    braces,
    console,
    leaver_rows,
    money,
    partition_rows,
    print_table,
)
from lempart.io import write_case
from lempart.result import DeviationName, Solution, solution_json
from lempart.result import solve as solve_case
from lempart.search import Exhaustive, after_seconds, never


@click.command(help="Find the optimal stable partition of CASE, with costs, bills and proof.")
@click.argument("case")
@click.option(
    "--json", "json_file", type=click.Path(path_type=Path), help="Write the result as JSON ('-': stdout)."
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    help="Write result.json and a copy of the case into this folder.",
)
@click.option(
    "--search", type=click.Choice(["auto", "exhaustive"]), default="auto", show_default=True, help="How to search."
)
@click.option(
    "--stop-after", type=click.FloatRange(min=0.0), metavar="SECONDS", help="Stop early, give the best so far."
)
@click.option(
    "--all-cores", is_flag=True, help="Check the stability of every partition, not only until it's decided."
)
@click.option(
    "--deviation",
    type=click.Choice(["inertia", "dissolve", "optimistic", "pessimistic"]),
    default="inertia",
    show_default=True,
    help="What a deviating coalition expects of the others (with externalities).",
)
@click.option(
    "--players",
    type=click.Choice(["prosumers", "edges"]),
    default="prosumers",
    show_default=True,
    help="Whom a core allocates to; edges is Definition V.1 read literally.",
)
@click.option(
    "--top", type=click.IntRange(min=1), default=10, show_default=True, help="How many partitions to show."
)
def solve(
    case: str,
    json_file: Path | None,
    out: Path | None,
    search: str,  # noqa: ARG001  # both choices are the exhaustive search
    stop_after: float | None,
    all_cores: bool,
    deviation: DeviationName,
    players: Literal["prosumers", "edges"],
    top: int,
) -> None:
    """Solve a case and print the answer, or write it as JSON."""
    given = load(case)
    if out is not None:
        # Before the work begins, so that a folder which can't be written is known at once.
        write_case(given, out / "case", tables="inline", overwrite=True)
    started = time.monotonic()
    with progress_bar() as progress:
        solution = solve_case(
            given,
            Exhaustive(all_cores=all_cores, players=players),
            deviation=deviation,
            stop=never if stop_after is None else after_seconds(stop_after),
            progress=progress,
        )
    seconds = time.monotonic() - started
    if out is not None:
        write_json(out / "result.json", solution_json(solution))
    if json_file is not None:
        write_json(json_file, solution_json(solution))
    if str(json_file) != "-":
        show(solution, top, seconds)
    if solution.search.stopped == "interrupted":
        raise KeyboardInterrupt
    if not solution.search.optimal_stable and not solution.search.stopped:
        raise click.exceptions.Exit(1)


def show(solution: Solution, top: int, seconds: float) -> None:
    """Print the answer first, then the partitions, who would leave, and a bill nobody leaves."""
    out, currency = console(), solution.case.market.currency
    out.print(_headline(solution), style="bold")
    out.print(_proof(solution, seconds))
    shown, count = min(top, len(solution.search.evaluated)), solution.search.partition_count
    title = f"\nThe {shown} best of {count:,} partitions, {currency}"
    print_table(out, title, ("", "partition", "core", "", "total", *PARTS), partition_rows(solution, top), left=4)
    if leaving := leaver_rows(solution, top):
        headers = ("partition", "coalition", "who would leave, and what each gains", "core shortfall")
        print_table(out, f"\nWho would leave, {currency}", headers, leaving, left=3)
    if bills := bill_rows(solution):
        title = f"\nA bill nobody leaves (one allocation in the core), {currency}"
        print_table(out, title, ("coalition", "player", "pays"), bills, left=2)


def _headline(solution: Solution) -> str:
    search, currency = solution.search, solution.case.market.currency
    if not search.optimal_stable:
        known = "is known yet" if search.stopped else "exists"
        named = braces(solution.names(search.optimal[0].partition)) if search.optimal else "none"
        return f"No stable partition {known}. The cheapest partition is {named}."
    best = search.optimal_stable[0]
    text = f"Optimal stable partition: {braces(solution.names(best.partition))} at {money(best.total)} {currency}."
    if len(search.optimal_stable) > 1:
        ties = "; ".join(braces(solution.names(item.partition)) for item in search.optimal_stable[1:])
        text += f" At the same cost: {ties}."
    if best in search.optimal:
        return text + " It is also the cheapest of all."
    cheapest = search.optimal[0]
    named = braces(solution.names(cheapest.partition))
    return f"{text} The cheapest, {named} at {money(cheapest.total)}, is not stable."


def _proof(solution: Solution, seconds: float) -> str:
    search = solution.search
    checked = sum(item.verdict is not None for item in search.evaluated)
    cores = f"cores of {checked:,} checked in order of cost, in {seconds:.1f} s"
    if search.proven:
        return f"Proven: all {search.partition_count:,} partitions costed, {cores}."
    done = f"{len(search.evaluated):,} of {search.partition_count:,}"
    return f"Not proven ({search.stopped}): {done} partitions costed, {cores}."
