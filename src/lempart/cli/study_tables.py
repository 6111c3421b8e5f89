"""The tables of ``lempart study``."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from rich.console import Console

from lempart.cli.tables import print_table, say
from lempart.display import Z_95, amount, count_of, percent, short_braces
from lempart.formats.statistics import SearchStatisticsFile, StatisticsFile
from lempart.study import PointStatistics, SearchPlan, SearchStatistics, StudyPlan
from lempart.study.plan.search_plan import OUTCOMES
from lempart.study.spec.axes import Point
from lempart.telling.caveats import burning_draws
from lempart.telling.study import searched_sentences, study_sentences

WINNERS_SHOWN = 5


def show_points(out: Console, found: Sequence[PointStatistics], told: StatisticsFile, plan: StudyPlan) -> None:
    """Print what the draws of every point say: the answer and a table for each voltage penalty."""
    names = {
        label: short_braces(list(map(plan.prepared.names, partition)))
        for label, partition in zip(plan.labels["partition"], plan.partitions, strict=True)
    }
    for at, point in zip(found, told.points, strict=True):
        leads = [" ".join(study_sentences(one, told.currency, names.__getitem__)) for one in point.penalties]
        _show_point(out, at, leads, plan, told.currency)


def _show_point(out: Console, at: PointStatistics, leads: Sequence[str], plan: StudyPlan, currency: str) -> None:
    headers = ("partition", "", f"mean, {currency}", "± (95 %)", "over best", "± (95 %)")
    shares = ("optimal", "stable", "optimal stable", "viable")
    for r, penalty in enumerate(plan.readings):
        title = _title(at.point, at.draws, penalty)
        rows = [_row(at, plan, r, p) for p in np.argsort(at.totals.mean[r], kind="stable")]
        print_table(out, title, (*headers, *shares), rows, left=2, zeros=True, lead=leads[r])
    if at.expected_stable is not None:
        say(out, "* cheapest by mean cost among the partitions that are stable in the game of expected costs.")
    for reason in at.not_viable:
        say(out, f"Not viable in some draw: {reason}")
    if burning := burning_draws(at.burning, at.draws, "some partition"):
        say(out, burning)


def _row(at: PointStatistics, plan: StudyPlan, r: int, p: int) -> list[str]:
    error, apart = Z_95 * at.totals.standard_error[r, p], Z_95 * at.difference.standard_error[r, p]
    shares = [percent(share[r, p], 1) for share in (at.optimal, at.stable, at.optimal_stable, at.viable)]
    mark = "*" if at.expected_optimal_stable(r) == p else ""
    amounts = (at.totals.mean[r, p], error, at.difference.mean[r, p], apart)
    shown = [amount(value) if np.isfinite(value) else "-" for value in amounts]
    return [plan.names(plan.partitions[p]), mark, *shown, *shares]


def show_searched(
    out: Console, found: Sequence[SearchStatistics], told: SearchStatisticsFile, plan: SearchPlan
) -> None:
    """Print which partitions win the draws of every point, and what winners cost."""
    headers = ("", "partition", "share of draws", "95 %", f"mean, {told.currency}", "± (95 %)")
    for at, point in zip(found, told.points, strict=True):
        for r, penalty in enumerate(plan.readings):
            rows = [row for o in range(len(OUTCOMES)) for row in _winner_rows(at, plan, r, o)]
            lead = " ".join(searched_sentences(point.penalties[r], told.currency))
            print_table(out, _title(at.point, at.draws, penalty), headers, rows, left=2, zeros=True, lead=lead)
        if at.proven.min() < 1:
            say(out, f"Proven in {percent(at.proven.min(), 1)} of the draws.")
        for reason in at.not_viable:
            say(out, f"No partition in some draw: {reason}")
        if burning := burning_draws(at.burning, at.draws, "a partition found"):
            say(out, burning)


def _winner_rows(at: SearchStatistics, plan: SearchPlan, r: int, o: int) -> list[list[str]]:
    mean, error = at.totals.mean[r, o], Z_95 * at.totals.standard_error[r, o]
    amounts = [amount(value) if np.isfinite(value) else "-" for value in (mean, error)]
    rows = []
    for index, one in enumerate(at.winners[r][o][:WINNERS_SHOWN]):
        low, high = one.interval
        first = [OUTCOMES[o]] if index == 0 else [""]
        cells = [plan.names(one.partition), percent(one.share, 1), f"{100 * low:.1f} to {percent(high, 1)}"]
        rows.append([*first, *cells, *(amounts if index == 0 else ["", ""])])
    more = len(at.winners[r][o]) - WINNERS_SHOWN
    if more > 0:
        rows.append(["", f"and {more} more", "", "", "", ""])
    return rows


def _title(point: Point, draws: int, penalty: object) -> str:
    where = ", ".join(f"{name} = {value:g}" for name, value in point.items())
    return f"\n{where + ': ' if where else ''}{count_of(draws, 'draw')}, voltage penalty {penalty}"
