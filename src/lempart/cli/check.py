"""``lempart check``."""

from __future__ import annotations

from collections.abc import Sequence

import click
from rich.console import Console

from lempart.cli.common import case_path
from lempart.cli.tables import console, say, say_problem
from lempart.cost import PreparedCase
from lempart.display import count_of
from lempart.errors import Problem, UsageError
from lempart.io.case_files.reader import examine_case
from lempart.partition import Family, exclusions
from lempart.telling.rules import exclusion_sentence, preset_lines


@click.command(help="Report every problem of CASE at once; exit code 1 if there is an error.")
@click.argument("case")
def check(case: str) -> None:
    """Check a case and say what it holds."""
    path = case_path(case)
    given, problems = examine_case(path)
    out = console()
    _tell(out, problems)
    if given is None:
        errors = sum(problem.severity == "error" for problem in problems)
        say(out, f"{count_of(errors, 'error')}, {count_of(len(problems) - errors, 'warning')}.")
        raise click.exceptions.Exit(1)
    prepared = PreparedCase.of(given)
    _tell(out, prepared.notes)
    _summary(out, prepared, [*problems, *prepared.notes])
    _rules(out, prepared)


def _tell(out: Console, problems: Sequence[Problem]) -> None:
    for problem in problems:
        say_problem(out, problem, "red" if problem.severity == "error" else "yellow")


def _summary(out: Console, prepared: PreparedCase, problems: list[Problem]) -> None:
    given, family = prepared.case, prepared.family
    mode = "externalities (Eq 8)" if given.market.externalities else "strict self-consumption (Eq 9)"
    family_name = "single-boundary" if family.single_boundary else "edge-disjoint"
    say(
        out,
        f"{given.name} is valid, {count_of(len(problems), 'warning')}: "
        f"{count_of(len(given.prosumers), 'prosumer')}, {count_of(family.player_count, 'player')}, "
        f"{count_of(prepared.grid.node_count, 'node')}, {count_of(given.horizon.steps, 'step')} of "
        f"{given.horizon.step_hours:g} h, {mode}, {_partitions(family, family_name)}.",
    )


def _rules(out: Console, prepared: PreparedCase) -> None:
    """Say which rules a preset stands for, and how many coalitions they leave."""
    for line in preset_lines(prepared.case.rules):
        say(out, line)
    found = exclusions(prepared.family)
    if found is not None:
        say(out, exclusion_sentence(found.coalitions, found.allowed, found.excluded))


def _partitions(family: Family, kind: str) -> str:
    """Return how many partitions there are, or why nobody could count them."""
    try:
        return count_of(family.count(), f"{kind} partition")
    except UsageError as error:
        return f"more {kind} partitions than can be counted or searched ({error})"
