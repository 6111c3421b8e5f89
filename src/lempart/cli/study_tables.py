"""The tables of ``lempart study``."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from rich.console import Console

from lempart.cli.tables import count_of, money, print_table, say
from lempart.result import burning_in_draws
from lempart.study import PointStatistics, SearchPlan, SearchStatistics, StudyPlan
from lempart.study.plan.search_plan import OUTCOMES
from lempart.study.spec.axes import Point

WINNERS_SHOWN = 5


def show_points(out: Console, found: Sequence[PointStatistics], plan: StudyPlan) -> None:
    """Print what the draws of every point say."""
    for at in found:
        show_point(out, at, plan, plan.setting.case.market.currency)


def show_point(out: Console, at: PointStatistics, plan: StudyPlan, currency: str) -> None:
    """Print what the draws of one point say, one table for each voltage penalty."""
    headers = ("partition", "", f"mean, {currency}", "± (95 %)", "over best", "± (95 %)")
    shares = ("optimal", "stable", "optimal stable", "viable")
    for r, penalty in enumerate(plan.readings):
        title = _title(at.point, at.draws, penalty)
        rows = [_row(at, plan, r, p) for p in np.argsort(at.totals.mean[r], kind="stable")]
        print_table(out, title, (*headers, *shares), rows, left=2, zeros=True)
    if at.expected_stable is not None:
        say(out, "* cheapest by mean cost among the partitions that are stable in the game of expected costs.")
    for reason in at.not_viable:
        say(out, f"Not viable in some draw: {reason}")
    if at.burning:
        say(out, burning_in_draws(at.burning, at.draws, "some partition"))


def _row(at: PointStatistics, plan: StudyPlan, r: int, p: int) -> list[str]:
    error, apart = 1.96 * at.totals.standard_error[r, p], 1.96 * at.difference.standard_error[r, p]
    shares = [f"{100 * share[r, p]:.1f} %" for share in (at.optimal, at.stable, at.optimal_stable, at.viable)]
    mark = "*" if at.expected_optimal_stable(r) == p else ""
    amounts = (at.totals.mean[r, p], error, at.difference.mean[r, p], apart)
    shown = [money(value) if np.isfinite(value) else "-" for value in amounts]
    return [plan.names(plan.partitions[p]), mark, *shown, *shares]


def show_searched(out: Console, found: Sequence[SearchStatistics], plan: SearchPlan) -> None:
    """Print which partitions win the draws of every point, and what winners cost."""
    currency = plan.setting.case.market.currency
    headers = ("", "partition", "share of draws", "95 %", f"mean, {currency}", "± (95 %)")
    for at in found:
        for r, penalty in enumerate(plan.readings):
            rows = [row for o in range(len(OUTCOMES)) for row in _winner_rows(at, plan, r, o)]
            print_table(out, _title(at.point, at.draws, penalty), headers, rows, left=2, zeros=True)
        if at.proven.min() < 1:
            say(out, f"Proven in {100 * at.proven.min():.1f} % of draws.")
        for reason in at.not_viable:
            say(out, f"No partition in some draw: {reason}")
        if at.burning:
            say(out, burning_in_draws(at.burning, at.draws, "a partition found"))


def _winner_rows(at: SearchStatistics, plan: SearchPlan, r: int, o: int) -> list[list[str]]:
    mean, error = at.totals.mean[r, o], 1.96 * at.totals.standard_error[r, o]
    amounts = [money(value) if np.isfinite(value) else "-" for value in (mean, error)]
    rows = []
    for index, one in enumerate(at.winners[r][o][:WINNERS_SHOWN]):
        low, high = one.interval
        first = [OUTCOMES[o]] if index == 0 else [""]
        cells = [plan.names(one.partition), f"{100 * one.share:.1f} %", f"{100 * low:.1f} to {100 * high:.1f} %"]
        rows.append([*first, *cells, *(amounts if index == 0 else ["", ""])])
    more = len(at.winners[r][o]) - WINNERS_SHOWN
    if more > 0:
        rows.append(["", f"and {more} more", "", "", "", ""])
    return rows


def _title(point: Point, draws: int, penalty: object) -> str:
    where = ", ".join(f"{name} = {value:g}" for name, value in point.items())
    return f"\n{where + ': ' if where else ''}{count_of(draws, 'draw')}, voltage penalty {penalty}"
