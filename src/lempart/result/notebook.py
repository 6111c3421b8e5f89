"""What a notebook shows of results, and progress without any library."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from lempart.arguments import Amount, checks_arguments
from lempart.display import html_table
from lempart.search import Progress

if TYPE_CHECKING:
    from lempart.result.bills import Bills
    from lempart.result.solution import Solution

_STABLE = {True: "stable", False: "unstable", None: "not checked"}


def braces(names: Sequence[Sequence[str]]) -> str:
    """Return a partition as people write it: ``{A, B} {C}``."""
    return " ".join("{" + ", ".join(block) + "}" for block in names)


def solution_html(solution: Solution) -> str:
    """Return the answer and the cheapest partitions as HTML."""
    search, currency = solution.search, solution.case.market.currency
    best = [item.partition for item in search.optimal_stable]
    rows = []
    for item in search.evaluated:
        cost = solution.cost(item.partition)
        mark = ("optimal stable" if search.proven else "best so far") if item.partition in best else ""
        parts = [None] * 6 if cost.parts is None else list(cost.parts.as_dict().values())
        total = cost.total if cost.viable else "not viable"
        rows.append([braces(solution.names(item.partition)), _STABLE[item.stable], mark, total, *parts])
    headers = ("partition", "core", "", "total", "flexibility", "import", "tax", "line", "voltage", "imbalance")
    return html_table(f"{repr(solution)[1:-1]}; {currency}", headers, rows, left=3)


def bills_html(bills: Bills) -> str:
    """Return bills as HTML: what each player pays, its parts, and what it would pay alone and elsewhere."""
    rows = []
    for market in bills.markets:
        for bill in market.bills:
            alone = bill.alone if bill.alone != float("inf") else "not viable"
            elsewhere = None if bill.best is None else bill.best.pays
            parts = bill.parts.as_dict().values()
            rows.append([braces([market.members]), bill.player, bill.amount, *parts, alone, elsewhere])
    parts_named = ("flexibility", "energy", "tax", "trade", "line", "voltage", "imbalance", "settlement")
    headers = ("market", "player", "pays", *parts_named, "alone", "best elsewhere")
    return html_table(repr(bills)[1:-1], headers, rows, left=2)


@checks_arguments
def progress_line(every_seconds: Amount = 0.2) -> Progress:
    """Return a progress report for :func:`lempart.solve` and others: one line, rewritten in place.

    Works in notebooks and terminals alike, with nothing installed; it writes to standard error.

    Examples
    --------
    ``solve(case, progress=progress_line())``
    """
    last, width = -every_seconds, 0

    def report(phase: str, done: int, total: int) -> None:
        nonlocal last, width
        now = time.monotonic()
        if now - last < every_seconds and done < total:
            return
        last = now
        text = f"{phase}: {done:,} of {total:,}"
        end = "\n" if done >= total else ""
        sys.stderr.write("\r" + text.ljust(width) + end)
        sys.stderr.flush()
        width = 0 if end else len(text)

    return report
