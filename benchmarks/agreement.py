"""Compare the bounded search with Algorithm 1 on many random cases, in each family; any difference fails.

    python -m benchmarks.agreement [--games 1000] [--feeders 100] [--players 7]

Games are tables in partition function form, feeders are dispatched. Both answers are compared: the partitions of
least cost and the stable ones of least cost, ties included, and their totals.
"""

from __future__ import annotations

import argparse
import sys
import time
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from lempart.game import Inertia, TablePartitionGame
from lempart.partition import Family, Partition
from lempart.search import BoundedSearch, Exhaustive, SearchResult
from lempart.tree import Tree

TOLERANCE = 1e-6


@dataclass(frozen=True, eq=False)
class DrawnGame(TablePartitionGame):
    """A table game that knows a floor and an excess of each coalition."""

    floor: float = 0.0
    excesses: tuple[tuple[int, float], ...] = ()

    @property
    def bounds(self) -> DrawnGame:
        """Return the bounds: this game itself."""
        return self

    @cached_property
    def _excess(self) -> dict[int, float]:
        return dict(self.excesses)

    def sharp_excess(self, coalition: int) -> float:
        """Return what was drawn."""
        return self._excess[coalition]

    def excess(self, coalition: int) -> float:
        """Return half of it."""
        return self._excess[coalition] / 2

    def carried(self, outside: int) -> float:  # noqa: ARG002
        """Return nothing: tables have no grid."""
        return 0.0


def drawn_family(rng: np.random.Generator, players: int, *, single: bool) -> Family:
    """Return the family of a random tree with up to so many players."""
    buses, count = int(rng.integers(1, 6)), int(rng.integers(2, players + 1))
    parent = [-1] + [int(rng.integers(0, bus)) for bus in range(1, buses)] + rng.integers(0, buses, count).tolist()
    return Family(Tree.of(parent, range(buses, buses + count)), tuple((m,) for m in range(count)), single)


def drawn_game(rng: np.random.Generator, family: Family) -> DrawnGame:
    """Return costs above the bounds by something drawn, in whole numbers so that there are ties."""
    excess: dict[int, float] = {}
    costs: dict[Partition, dict[int, float]] = {}
    saved = float(rng.choice([0.0, 1.0, 2.0]))
    for partition in family.enumerate():
        for mask in partition:
            if mask not in excess:
                excess[mask] = float(rng.integers(0, 3)) + saved * (family.player_count - mask.bit_count())
        costs[partition] = {
            mask: 10.0 * mask.bit_count() + excess[mask] + float(rng.choice([0.0, 0.0, 1.0, 5.0])) for mask in partition
        }
    return DrawnGame(costs, 10.0 * family.player_count, tuple(excess.items()))


def differs(here: SearchResult, there: SearchResult) -> bool:
    """Return whether two results disagree on either answer, or one isn't proven."""
    if not (here.proven and there.proven):
        return True
    for name in ("optimal", "optimal_stable"):
        mine, theirs = getattr(here, name), getattr(there, name)
        if [item.partition for item in mine] != [item.partition for item in theirs]:
            return True
        if any(abs(a.total - b.total) > TOLERANCE * max(1.0, abs(b.total)) for a, b in zip(mine, theirs, strict=True)):
            return True
    return False


def games(count: int, players: int, *, single: bool) -> tuple[int, int]:
    """Return how many games differ, and how many partitions the bounded search left out in all."""
    wrong = spared = 0
    for seed in range(count):
        rng = np.random.default_rng([seed, single])
        family = drawn_family(rng, players, single=single)
        game = drawn_game(rng, family)
        there = Exhaustive().search(family, game, Inertia(game, family))
        here = BoundedSearch(warm_up=2).search(family, game, Inertia(game, family))
        wrong += differs(here, there)
        spared += here.partition_count - len(here.evaluated)
    return wrong, spared


def feeders(count: int, players: int, *, single: bool) -> tuple[int, int]:
    """Return how many feeders differ, and how many partitions the bounded search left out in all."""
    from dataclasses import replace

    from benchmarks.cases.feeders import six_buses
    from lempart import solve

    wrong = spared = 0
    base = six_buses()
    steps = base.scenario.forecast.shape[1]
    for seed in range(count):
        rng = np.random.default_rng([seed, single, 1])
        size = int(rng.integers(3, min(players, 6) + 1))
        homes = rng.choice(6, size, replace=False)
        buses = rng.integers(1, 7, size)  # homes move, so that they share buses
        people = tuple(replace(base.prosumers[m], node=f"bus {b}") for m, b in zip(homes, buses, strict=True))
        forecast = base.scenario.forecast[homes] * rng.normal(1.0, 0.4, (size, steps))
        given = replace(
            base,
            prosumers=people,
            dispatch=replace(base.dispatch, limits="elastic"),  # some of what is drawn exceeds the band
            market=replace(base.market, single_boundary=single),
            scenario=replace(
                base.scenario, forecast=forecast, realization=forecast * rng.normal(1, 0.3, (size, steps))
            ),
        )
        here, there = solve(given, BoundedSearch(warm_up=2)).search, solve(given, Exhaustive()).search
        wrong += differs(here, there)
        spared += here.partition_count - len(here.evaluated)
    return wrong, spared


def main() -> None:
    """Run all comparisons and exit with 1 if anything differs."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--games", type=int, default=1000)
    options.add_argument("--feeders", type=int, default=100)
    options.add_argument("--players", type=int, default=7)
    chosen = options.parse_args()
    worst = 0
    for kind, run, count in (("games", games, chosen.games), ("feeders", feeders, chosen.feeders)):
        for single in (False, True):
            started = time.process_time()
            wrong, spared = run(count, chosen.players, single=single)
            family = "single boundaries" if single else "general family"
            seconds = time.process_time() - started
            print(
                f"{count} {kind}, {family}: {wrong} differ, {spared:,} partitions not costed, {seconds:.0f} s",
                flush=True,
            )
            worst = max(worst, wrong)
    sys.exit(1 if worst else 0)


if __name__ == "__main__":
    main()
