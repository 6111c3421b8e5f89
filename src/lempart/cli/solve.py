"""``lempart solve``."""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import nullcontext
from pathlib import Path
from typing import Any, Literal

import click

from lempart.case import check as problems_of
from lempart.cli.common import load, progress_bar, write_json
from lempart.cli.figures import print_figures
from lempart.cli.rows import PRICE_NOTE, bill_rows, leaver_rows, partition_rows
from lempart.cli.streams import tell
from lempart.cli.tables import PARTITION_COLUMNS, console, print_table, say
from lempart.cli.targets import must_be_writable, require_apart
from lempart.deviations import DeviationName
from lempart.display import count_of, large
from lempart.errors import LempartError
from lempart.partition import exclusions
from lempart.result import ResultFolder, Solution, evaluated_bills_json, result_folder, solution_json
from lempart.result.answer import answer_of
from lempart.result.figures import figures_of
from lempart.search import METHODS, Ending, StopRule, after_seconds, never, search_method
from lempart.solving import solve as solve_case
from lempart.telling.answer import answer_sentences, caveat_sentences, losses_told, proof_sentence
from lempart.telling.prices import price_sentences
from lempart.telling.rules import exclusion_sentence

BILLS_STOP_SHARE = 1.05
"""Bills are made until a little later than the search was to stop."""


@click.command(help="Find the optimal stable partition of CASE, with costs, bills and proof.")
@click.argument("case")
@click.option("--json", "json_file", type=click.Path(path_type=Path), help="Write the result as JSON ('-': stdout).")
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    help="Write result.json, bills.json and a copy of the case into this folder.",
)
@click.option("--search", type=click.Choice(list(METHODS)), default="auto", show_default=True, help="How to search.")
@click.option(
    "--stop-after", type=click.FloatRange(min=0.0), metavar="SECONDS", help="Stop early, give the best so far."
)
@click.option(
    "--workers",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    help="Processes that share the dispatches where limits couple the partitions; the result is the same.",
)
@click.option("--all-cores", is_flag=True, help="Check the stability of every partition, not only until it's decided.")
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
@click.option("--figures", is_flag=True, help="Print key figures of markets and homes: what is shared, peaks, savings.")
@click.option("--top", type=click.IntRange(min=1), default=10, show_default=True, help="How many partitions to show.")
def solve(
    case: str,
    json_file: Path | None,
    out: Path | None,
    search: str,
    stop_after: float | None,
    workers: int,
    all_cores: bool,
    deviation: DeviationName,
    players: Literal["prosumers", "edges"],
    figures: bool,
    top: int,
) -> None:
    """Solve a case and print the answer, or write it as JSON."""
    stop = never if stop_after is None else after_seconds(stop_after)  # from here on: reading the case takes time, too
    bills_stop = never if stop_after is None else after_seconds(BILLS_STOP_SHARE * stop_after)
    given = load(case)
    must_be_writable(json_file, case)
    require_apart(out, json_file)
    late: BaseException | None = None
    # The folder is held from here on, so that one which can't be written is known before the work begins.
    with nullcontext() if out is None else result_folder(out, given) as folder:
        started = time.monotonic()
        with progress_bar() as progress:
            solution = solve_case(
                given,
                search_method(search, all_cores=all_cores, players=players),
                deviation=deviation,
                stop=stop,
                progress=progress,
                workers=workers,
            )
        seconds = time.monotonic() - started
        result = {} if folder is None and json_file is None else solution_json(solution)
        if folder is not None:
            late = _keep(folder, solution, result, bills_stop)
    if json_file is not None:
        write_json(json_file, result)
    if str(json_file) != "-":
        show(solution, top, seconds)
        if figures:
            show_figures(solution)
        _mention_warnings(solution)
    if solution.search.ending is Ending.INTERRUPTED:
        raise KeyboardInterrupt
    if late is not None:  # the answer was there before, and is shown and kept
        raise late
    if not solution.search.optimal_stable and not solution.search.stopped:
        raise click.exceptions.Exit(1)


def _keep(folder: ResultFolder, solution: Solution, result: Mapping[str, Any], stop: StopRule) -> BaseException | None:
    """Put the result into its folder, then with its bills; return what kept them from being made.

    Where the time that was allowed is up, those that are left aren't made. What an interruption leaves doesn't replace
    a proven result, nor one of another case.
    """
    if solution.search.ending is Ending.INTERRUPTED and folder.keeps(result):
        click.echo(f"lempart: {folder.folder} still holds the result before: this one is not complete", err=True)
        return None
    folder.write(result)
    if solution.search.ending is Ending.INTERRUPTED:
        return None
    reasons: list[str] = []

    def cut_short() -> str:
        reasons.append(stop())
        return reasons[-1]

    try:
        with progress_bar() as progress:
            bills = evaluated_bills_json(solution, progress=progress, stop=cut_short)
    except (KeyboardInterrupt, LempartError) as error:
        return error
    folder.write(result, bills)
    if any(reasons):
        made = count_of(len(bills["partitions"]), "partition")
        tell(f"lempart: the time was up: there are bills of {made}; lempart bill makes others")
    return None


def show(solution: Solution, top: int, seconds: float) -> None:
    """Print the answer first, then the partitions, who would leave, a bill nobody leaves, and what to mind."""
    out, currency = console(), solution.case.market.currency
    answer = answer_of(solution.costs, solution.search, compared=solution.search.ending is not Ending.STOPPED)
    say(out, " ".join(answer_sentences(answer)), "bold")
    say(out, f"{proof_sentence(answer)} It took {seconds:.1f} s.")
    if not solution.search.evaluated:
        return
    rows = partition_rows(solution, top)
    title = f"\n{_title(solution, len(rows))}, {currency}"
    print_table(out, title, ("", "partition", "core", "", "total", *PARTITION_COLUMNS), rows, left=4)
    if any(row[2] == "-" for row in rows):
        say(out, "- not checked: the answer doesn't depend on it." if solution.search.proven else "- not checked.")
    if leaving := leaver_rows(solution, top):
        headers = ("partition", "coalition", "who would leave, and what each gains", "core shortfall")
        print_table(out, f"\nWho would leave, {currency}", headers, leaving, left=3)
    if bills := bill_rows(solution):
        title = f"\nA bill nobody leaves (one allocation in the core), {currency}"
        print_table(out, title, ("coalition", "player", "pays"), bills, left=2)
        if any(row[0].endswith(" *") for row in bills):
            say(out, PRICE_NOTE)
    if lost := losses_told(answer):
        say(out, f"\n{' '.join(lost)}")
    if (found := exclusions(solution.costs.prepared.family)) is not None:
        say(out, f"\n{exclusion_sentence(found.coalitions, found.allowed, found.excluded)}")
    for number, text in enumerate((*caveat_sentences(answer), *price_sentences(solution.case.market))):
        say(out, text if number else f"\n{text}")


def show_figures(solution: Solution) -> None:
    """Print the key figures of the answer; nothing where no dispatch tells them."""
    best = next(iter((*solution.search.optimal_stable, *solution.search.optimal)), None)
    found = best and figures_of(solution.costs, best.partition, best.verdict, solution.search.players)
    if found:
        print_figures(console(), found, solution.case.market.currency)


def _mention_warnings(solution: Solution) -> None:
    """Point to the warnings about a case, which were no reason not to solve it."""
    warnings = [*problems_of(solution.case), *solution.costs.prepared.notes]
    if warnings:
        say(console(), f"\n{count_of(len(warnings), 'warning')} about this case: see lempart check.")


def _title(solution: Solution, shown: int) -> str:
    search = solution.search
    evaluated = len(search.evaluated)
    if evaluated < search.partition_count and search.coalition_count is not None and search.proven:
        return f"The {shown} cheapest of {count_of(search.partition_count, 'partition')}"
    if evaluated < search.partition_count:
        so_far = "" if search.proven else " so far"
        return f"The {shown} cheapest of {evaluated:,} costed{so_far}" if shown > 1 else f"The cheapest{so_far}"
    if search.partition_count == 1:
        return "The only partition"
    if shown == search.partition_count:
        return f"All {shown} partitions"
    return f"The {shown} cheapest of {large(search.partition_count)} partitions" if shown > 1 else "The cheapest"
