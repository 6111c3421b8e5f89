"""Where the grid binds: a winter day of the neighbourhood of 47 homes, all with heat pumps, with priced limits.

Whatever the partition, some limit is reached, so that each is a dispatch of the whole grid. Beside Algorithm 1, in two
processes, are such dispatches one after the other, on a sample of the partitions. Memory is the first process'.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import numpy as np

from benchmarks.cases.externalities import FEW, ONE_OPF, search, single
from benchmarks.cases.feeders import players_from_the_end
from benchmarks.registry import Benchmark, Job, Side
from lempart.case import Case
from lempart.cost import CostsWithExternalities, PreparedCase
from lempart.game import CoreOptions, CoreVerdict, Inertia, partition_verdict
from lempart.partition import Partition
from lempart.prosumption import NeighbourhoodOptions, neighbourhood_case
from lempart.result import Solution
from lempart.search import BoundedSearch, Exhaustive, after_seconds

DAY, SAMPLE, SECONDS, WORKERS = 14, 16, 600.0, 2


def heated(players: int, minimum_voltage_pu: float = 0.97) -> Case:
    """Return the day with the homes at the end of the feeder as players, as many as lie on the path to the PCC."""
    return players_from_the_end(_day(minimum_voltage_pu), players)


def first_homes(players: int, minimum_voltage_pu: float = 0.97) -> Case:
    """Return the day with the first so many homes as players: up to all 47."""
    case = _day(minimum_voltage_pu)
    return replace(case, prosumers=tuple(replace(p, player=m < players) for m, p in enumerate(case.prosumers)))


def _day(minimum_voltage_pu: float) -> Case:
    return neighbourhood_case(NeighbourhoodOptions(day=DAY, limits="elastic", minimum_voltage_pu=minimum_voltage_pu))


def every_partition(minimum_voltage_pu: float) -> Callable[[int], Job]:
    """Return what prepares Algorithm 1, all cores decided, beside the dispatches of a sample one by one."""

    def make(players: int) -> Case:
        return heated(players, minimum_voltage_pu)

    def prepare(players: int) -> Job:
        prepared = PreparedCase.of(make(players))
        rng, count = np.random.default_rng(0), prepared.family.count()
        sample = [prepared.family.sample(rng) for _ in range(min(SAMPLE, count))]

        def one_by_one() -> dict[Partition, float]:
            costs = CostsWithExternalities(prepared, join=False)
            return {partition: costs.total(partition) for partition in sample}

        job = search(make, Exhaustive(all_cores=True), workers=WORKERS)(players)
        return replace(job, baselines=(Side(ONE_OPF, one_by_one, len(sample) / count),), difference=difference)

    return prepare


def difference(ours: Solution, theirs: dict[Partition, float]) -> float:
    """Return the largest relative difference of ``Phi``."""
    return max(abs(ours.cost(each).total - total) / max(1.0, abs(total)) for each, total in theirs.items())


def core_of_everyone(players: int) -> Job:
    """Return the job of deciding the core of one market of all players, who expect inertia, for ten minutes at most."""
    prepared, counts = PreparedCase.of(heated(players)), {}
    family = prepared.family

    def ours() -> CoreVerdict:
        costs, options = CostsWithExternalities(prepared), CoreOptions(stop=after_seconds(SECONDS))
        together = Partition.of([family.everyone])
        with costs.shared_over(WORKERS if players > FEW else 1):
            (found,) = partition_verdict(together, family, Inertia(costs, family), options=options).coalitions
        least, most = found.shortfall_range
        counts.update(priced=found.priced, of=family.everyone - 1.0, decided=found.stable is not None)
        counts.update(coupled=costs.coupled, least_shortfall=least, most_shortfall=most)
        return found

    return Job(Side("partition_verdict", ours, count=lambda: counts))


def _at(minimum_voltage_pu: float, smallest: int | None) -> tuple[Benchmark, ...]:
    where = f"heated neighbourhood, limits priced, {minimum_voltage_pu} p.u., T = 24"
    return (
        Benchmark(
            name=f"heated-{minimum_voltage_pu}",
            phase="search",
            case=f"{where}: all partitions and cores of players at its end",
            unit="players",
            sizes=(5, 8, 10, 12),
            prepare=every_partition(minimum_voltage_pu),
            targets=((ONE_OPF, 15),),
            repeats=1,
            smallest=smallest,
        ),
        Benchmark(
            name=f"heated-single-{minimum_voltage_pu}",
            phase="search",
            case=f"{where}: every home a player, single boundaries, for ten minutes at most",
            unit="players",
            sizes=(47,),
            prepare=search(
                lambda players: single(first_homes(players, minimum_voltage_pu)), BoundedSearch(), SECONDS, WORKERS
            ),
            repeats=1,
            smallest=smallest,
        ),
        Benchmark(
            name=f"heated-anytime-{minimum_voltage_pu}",
            phase="search",
            case=f"{where}: players counted from the end of the feeder, general family, stopped after a minute",
            unit="players",
            sizes=(43,),
            prepare=search(partial(heated, minimum_voltage_pu=minimum_voltage_pu), BoundedSearch(), 60.0, WORKERS),
            repeats=1,
        ),
    )


BENCHMARKS = (
    *_at(0.95, None),
    *_at(0.97, 2),
    Benchmark(
        name="heated-core",
        phase="core",
        case="heated neighbourhood, limits priced, 0.97 p.u., T = 24: one market of the players at its end, inertia",
        unit="players",
        sizes=(8, 12, 15),
        prepare=core_of_everyone,
        repeats=1,
        smallest=2,
    ),
)
