"""Bills of every partition whose stability was checked: what is kept beside a result, so that others can show it."""

from __future__ import annotations

import itertools
from typing import Any

from lempart.arguments import Count, checks_arguments
from lempart.bills.market import BillOptions
from lempart.bills.records import Bills
from lempart.bills.rules import BillRule
from lempart.bills.to_json import FORMAT, bills_json
from lempart.errors import InfeasibleError, UsageError
from lempart.result.solution import Solution
from lempart.search import Progress, StopRule, never, silent

MAX_PARTITIONS = 250
MAX_GROUPS = 254
"""Of one market: all groups of eight players. Most of them were priced when the stability was checked."""


class _OutOfTimeError(Exception):
    """The bills of a partition take longer than there is time for."""


@checks_arguments
def evaluated_bills(
    solution: Solution,
    rule: BillRule = "nucleolus",
    *,
    most_partitions: Count = MAX_PARTITIONS,
    most_groups: Count = MAX_GROUPS,
    progress: Progress = silent,
    stop: StopRule = never,
) -> tuple[Bills, ...]:
    """Return the bills of the optimal stable partitions, then of the others that were checked, cheapest first.

    Partitions with a market of too many groups are left out, and so are those for which the rule has no bills.

    Parameters
    ----------
    solution
        The result of :func:`~lempart.solve`.
    rule
        How costs are shared (see ``BillRule``).
    most_partitions
        How many partitions at most.
    most_groups
        How many groups of one market are priced at most.
    progress
        Told how many partitions were billed.
    stop
        Asked before each partition, and each group that is priced: those that are left have no bills.
    """
    search, options = solution.search, BillOptions(most_groups=most_groups)
    checked = (item for item in search.evaluated if item.stable is not None)
    wanted = list(dict.fromkeys(item.partition for item in itertools.chain(search.optimal_stable, checked)))
    found = []

    def in_time(phase: str, done: int, total: int) -> None:  # noqa: ARG001
        if stop():
            raise _OutOfTimeError

    for number, partition in enumerate(wanted[:most_partitions]):
        progress("partitions billed", number, min(len(wanted), most_partitions))
        if stop():
            break
        try:
            found.append(solution.bills(rule, partition, options, progress=in_time))
        except _OutOfTimeError:
            break
        except (UsageError, InfeasibleError):
            continue  # too large for the rule, or not viable: the result says what is known of it
    return tuple(found)


@checks_arguments
def evaluated_bills_json(solution: Solution, *, progress: Progress = silent, stop: StopRule = never) -> dict[str, Any]:
    """Return these bills as plain data: for each partition what ``lempart bill --json`` writes.

    Parameters
    ----------
    solution
        The result of :func:`~lempart.solve`.
    progress, stop
        As for :func:`evaluated_bills`.
    """
    found = evaluated_bills(solution, progress=progress, stop=stop)
    return {
        "format": FORMAT,
        "case": solution.case.name,
        "version": solution.version,
        "case_hash": solution.case_hash,
        "partitions": [bills_json(bills) for bills in found],
    }
