"""Which lower bounds a case's partitions get: whose shadow prices, and how much the forecast's stage counts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import chain

import numpy as np

from lempart.conic import SolverSettings
from lempart.cost.bounds.additive import PartitionBounds
from lempart.cost.bounds.bound_programs import BoundPrograms
from lempart.cost.bounds.stage_prices import Planned, StagePrices
from lempart.cost.prepared_case import PreparedCase
from lempart.cost.routes.by_cluster import ByCluster
from lempart.dispatch import Dispatch
from lempart.errors import InfeasibleError, SolverError
from lempart.partition import Partition
from lempart.stop_rule import StopRule, never

THETAS, THETAS_WHERE_CARRIED = (3.0, 10.0), (0.1,)
"""How often the forecast's stage is tried to count: with single boundary nodes, and where homes may be carried."""

THETA_NEAR = 200.0
"""How often it counts in bounds that are for partitions with nearly the same plan."""


def partition_bounds(
    by_cluster: ByCluster,
    dispatched: Callable[[Partition], Dispatch],
    solver: SolverSettings | None,
    stop: StopRule = never,
    programs: BoundPrograms | None = None,
) -> PartitionBounds | None:
    """Return lower bounds on the costs of a case's partitions; ``dispatched`` gives their dispatches on the whole grid.

    Where limits are out of reach the grid counts for nothing. Else prices are those of a reference, and the forecast's
    stage counts as often as it does most for the bounds. Once ``stop`` gives a reason, the best so far is returned;
    None where even the floor isn't known. ``programs`` says where programs are solved.
    """
    prepared, reach, family = by_cluster.prepared, by_cluster.reach, by_cluster.prepared.family
    here = programs or BoundPrograms()

    def at(prices: StagePrices) -> PartitionBounds:
        return PartitionBounds(prepared, by_cluster, prices, solver, programs=here)

    best = at(StagePrices.without_network(prepared))
    if reach.never_limited and (reach.never_violated or family.single_boundary):
        return best if gone_through(best.steps_to_floor(), stop) else None
    reference = references(prepared)[0]
    try:
        best = hindsight = at(StagePrices.at(prepared, reference, solver))
        if not gone_through(best.steps_to_floor(), stop):
            return None
        if prepared.exclusive is not None and not prepared.exclusive.proven:
            return best  # a plan that may not be the cheapest bounds nothing
        planned = Planned.of(dispatched(reference))
        for theta in THETAS if family.single_boundary else THETAS_WHERE_CARRIED:
            if stop():
                break
            bounds = at(StagePrices.at(prepared, reference, solver, theta=theta, planned=planned))
            steps = chain(bounds.steps_to_floor(), bounds.steps_to_never_negative(), _looks_at(bounds), _looks_at(best))
            if gone_through(steps, stop) and bounds.never_negative and _worth(bounds) > _worth(best):
                best = bounds
                best.least = hindsight.floor
    except SolverError:  # bounds spare work; the answer doesn't hang on them
        return best

    def nearby(partition: Partition) -> PartitionBounds | None:
        try:
            planned = Planned.of(dispatched(partition))
            bounds = at(StagePrices.at(prepared, partition, solver, theta=THETA_NEAR, planned=planned))
            bounds.floor  # noqa: B018 - what no solver finds is known here
        except (InfeasibleError, SolverError):
            return None
        return bounds

    best.nearby = nearby
    return best


def gone_through(steps: Iterable[object], stop: StopRule) -> bool:
    """Take steps one by one; return whether nothing said to stop before the last was taken."""
    return all(not stop() for _ in steps)


def references(prepared: PreparedCase) -> list[Partition]:
    """Return everyone alone and everyone together, as far as they are partitions; else any."""
    family = prepared.family
    ends = family.everyone_alone, Partition.of([family.everyone])
    return list(filter(family.is_partition, ends)) or [family.sample(np.random.default_rng(0))]


def _worth(bounds: PartitionBounds) -> float:
    """Return what tells good bounds: how high they are on two partitions, or under all where homes may be carried."""
    if not bounds.prepared.family.single_boundary:
        return bounds.floor
    return min(bounds.floor + sum(map(bounds.sharp_excess, partition)) for partition in references(bounds.prepared))


def _looks_at(bounds: PartitionBounds) -> Iterator[object]:
    """Yield after each program that is solved to tell what bounds are worth."""
    if bounds.prepared.family.single_boundary:
        coalitions = [mask for partition in references(bounds.prepared) for mask in partition]
        bounds.prepare(coalitions)
        yield from map(bounds.sharp_excess, coalitions)
