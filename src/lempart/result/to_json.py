"""The JSON of a result; its names are stable (see the interface page of the documentation)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from lempart.arguments import checks_arguments
from lempart.cost import CoalitionCost, PartitionCost, PartitionOutline, outline_of
from lempart.game import CoreGap, CoreVerdict, PartitionVerdict
from lempart.partition import Partition, exclusions
from lempart.result.burning import burning_json
from lempart.result.figures import figures_json, figures_of
from lempart.result.losses import losses_json
from lempart.result.solution import Solution
from lempart.search import Ending, Evaluated

FORMAT = 1


@checks_arguments
def solution_json(solution: Solution) -> dict[str, Any]:
    """Return a solution as plain data, ready for ``json.dumps``; infinite costs are null.

    Examples
    --------
    >>> from lempart import read_case, shipped_case_path, solve
    >>> from lempart import solution_json
    >>> found = solution_json(solve(read_case(shipped_case_path("example-1"))))
    >>> found["optimal"]["partition"], round(found["optimal"]["total"], 3)
    ([['P1'], ['P2'], ['P3']], 234.0)
    """
    search = solution.search
    answer = (*search.optimal_stable, *search.optimal)
    lost = losses_json(solution.costs, answer[0].partition) if answer and _answers(solution) else None
    return {
        "format": FORMAT,
        "case": solution.case.name,
        "version": solution.version,
        "case_hash": solution.case_hash,
        "seed": None,
        "currency": solution.case.market.currency,
        "players": list(solution.costs.prepared.player_names),
        "method": search.method,
        "deviation": solution.expects,
        "proven": search.proven,
        "stopped": search.stopped or None,
        "lower_bound": search.lower_bound,
        "gap": search.gap,
        "gap_of_savings": search.gap_of_savings,
        "partition_count": search.partition_count,
        "evaluated": len(search.evaluated),
        "coalition_count": search.coalition_count,
        "coalitions_costed": search.coalitions_costed,
        "more_ties": search.more_ties,
        "equal_within": search.equal_within,
        "optimal": _best(solution, search.optimal),
        "optimal_stable": _best(solution, search.optimal_stable),
        "price_of_stability": search.price_of_stability,
        **_rules(solution),
        "partitions": [partition_json(solution, _known(solution, item), item.verdict) for item in search.evaluated],
        **({} if lost is None else {"losses": lost}),
        **_figures(solution),
    }


def _figures(solution: Solution) -> dict[str, Any]:
    """Return the key figures of the answer; nothing where there is none, or the time was up."""
    answer = (*solution.search.optimal_stable, *solution.search.optimal)
    if not answer or not _answers(solution):
        return {}
    found = figures_of(solution.costs, answer[0].partition, answer[0].verdict, solution.search.players)
    return {} if found is None else {"key_figures": figures_json(found, solution.costs)}


def _rules(solution: Solution) -> dict[str, Any]:
    """Return what rules exclude; nothing without rules."""
    family = solution.costs.prepared.family
    if family.restrictions is None:
        return {}
    found = exclusions(family)
    told = {
        "preset": solution.case.rules.preset,
        "coalitions": None if found is None else found.coalitions,
        "allowed": None if found is None else found.allowed,
        "excluded": None if found is None else dict(found.excluded),
    }
    return {"rules": told}


def _known(solution: Solution, item: Evaluated) -> PartitionCost | PartitionOutline:
    """Return a partition's costs: with who pays them where that matters, or is known."""
    best = (*solution.search.optimal[:1], *solution.search.optimal_stable[:1])
    if item.verdict is not None or item in best:
        return solution.cost(item.partition)
    return outline_of(solution.costs, item.partition)


def _answers(solution: Solution) -> set[Partition]:
    """Return the partitions that a result is asked for; none where the time was up: nothing more is looked for."""
    if solution.search.ending is Ending.STOPPED:
        return set()
    found = (solution.search.optimal[:1], solution.search.optimal_stable[:1])
    return {item.partition for best in found for item in best}


def _best(solution: Solution, found: tuple[Evaluated, ...]) -> dict[str, Any] | None:
    if not found:
        return None
    return {
        "partition": solution.names(found[0].partition),
        "total": found[0].total,
        "ties": [solution.names(item.partition) for item in found[1:]],
    }


@checks_arguments
def partition_json(
    solution: Solution, cost: PartitionCost | PartitionOutline, verdict: PartitionVerdict | None
) -> dict[str, Any]:
    """Return one partition with its costs and, where known, its stability.

    Parameters
    ----------
    solution
        The result that the partition belongs to.
    cost
        Its costs, from ``solution.cost``.
    verdict
        Its stability; None where it isn't known.
    """
    full = cost if isinstance(cost, PartitionCost) else None
    unknown = [CoalitionCost(None)] * len(cost.partition)
    entry: dict[str, Any] = {
        "partition": solution.names(cost.partition),
        "total": _finite(cost.total),
        "viable": cost.viable,
        "stable": None if verdict is None else verdict.stable,
        "network_surplus": None if full is None else full.network_surplus,
        "unrecovered": None if full is None else full.unrecovered,
        "internal_violations": None if full is None else full.internal_violations,
        "common_violations": None if full is None else full.common_violations,
        "burning": burning_json(solution.costs, cost, compared=cost.partition in _answers(solution)),
        "costs": None if cost.parts is None else cost.parts.as_dict(),
        "coalitions": [
            coalition_json(solution, mask, own, None if verdict is None else verdict.coalitions[index])
            for index, (mask, own) in enumerate(
                zip(cost.partition, unknown if full is None else full.coalitions, strict=True)
            )
        ],
    }
    if full is not None and full.loss_surplus is not None:
        entry["loss_surplus"] = full.loss_surplus
    if full is not None and not full.viable:
        entry["reason"] = full.reason
    if cost.tie_open:
        entry["tie_open"] = True
    return entry


def coalition_json(solution: Solution, mask: int, cost: CoalitionCost, verdict: CoreVerdict | None) -> dict[str, Any]:
    """Return one coalition with its cost and, where known, its core and certificates."""
    entry: dict[str, Any] = {
        "members": list(solution.costs.prepared.names(mask)),
        "cost": _finite(cost.total),
        "price_dependent": cost.price_dependent,
        "transit_tax": cost.transit_tax,
        "core_value": None,
        "stable": None,
        "margin": None,
        "allocation": None,
        "blocking": [],
        "balanced": [],
        "costs": None if cost.parts is None else cost.parts.as_dict(),
    }
    if cost.reason:
        entry["reason"] = cost.reason
    if cost.known_to:
        entry["known_to"] = cost.known_to
    if verdict is not None:
        entry |= _verdict_json(solution, verdict)
    return entry


def _verdict_json(solution: Solution, verdict: CoreVerdict) -> dict[str, Any]:
    prepared = solution.costs.prepared
    label = prepared.grid.names if solution.search.players == "edges" else prepared.player_names
    allocation = verdict.allocation
    return {
        "core_value": None if verdict.core_value is None else _finite(verdict.core_value),
        "stable": verdict.stable,
        "margin": None if verdict.margin is None else _finite(verdict.margin),
        **({} if verdict.gap is None else {"core_gap": gap_json(verdict.gap, label)}),
        "allocation": None if allocation is None else {label[key]: amount for key, amount in allocation.items()},
        "blocking": [{"members": list(prepared.names(b.coalition)), "gain": b.gain} for b in verdict.blocking],
        "balanced": [
            {"members": list(prepared.names(b.coalition)), "weight": b.weight, "cost": b.cost} for b in verdict.balanced
        ],
    }


@checks_arguments
def gap_json(gap: CoreGap, label: Sequence[str]) -> dict[str, Any]:
    """Return what is proven of a core whose verdict was stopped.

    Parameters
    ----------
    gap
        What is proven of the core.
    label
        Names of the payers, by their number.
    """
    return {
        "lowest": _finite(gap.lowest),
        "highest": _finite(gap.highest),
        "allocation": None
        if gap.allocation is None
        else {label[key]: amount for key, amount in gap.allocation.items()},
        "stopped": gap.reason,
    }


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
