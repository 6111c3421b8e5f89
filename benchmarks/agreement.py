"""Compare the quicker searches with Algorithm 1 on many random cases, in each mode; any difference fails.

    python -m benchmarks.agreement [--games 1000] [--feeders 1000] [--players 7] [--first 0] [--mode "general family"]

Games are tables in partition function form. Feeders are dispatched: with externalities the bounded search is compared,
without them the tree program. Both answers are: the partitions of least cost and the stable ones of least cost, ties
included, and their totals.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Literal, TypeAlias

import numpy as np

from lempart.case import (
    Battery,
    Case,
    Convex,
    Curtailment,
    DispatchOptions,
    Grid,
    Horizon,
    Line,
    Market,
    Prosumer,
    Scenario,
)
from lempart.cost import CostsWithExternalities, CostsWithoutExternalities, PreparedCase
from lempart.game import Inertia, NoExternalities, TablePartitionGame
from lempart.partition import Family, Partition
from lempart.search import BoundedSearch, Exhaustive, SearchResult, TreeProgram
from lempart.tree import Tree

TOLERANCE = 1e-6
Mode: TypeAlias = Literal["general family", "single boundaries", "without externalities", "no limit in reach"]
MODES: tuple[Mode, ...] = ("general family", "single boundaries", "without externalities", "no limit in reach")


@dataclass(frozen=True, eq=False)
class DrawnGame(TablePartitionGame):
    """A table game that knows a floor and an excess of each coalition."""

    floor: float = 0.0
    excesses: tuple[tuple[int, float], ...] = ()

    @property
    def partition_bounds(self) -> DrawnGame:
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


def drawn_feeder(rng: np.random.Generator, players: int, mode: Mode) -> Case:
    """Return a low-voltage feeder of up to six buses with two or three hours, its limits and devices drawn.

    One in three has lines at 40 to 80 % of what everybody's peaks need, one in three a narrow voltage band; one in
    five hangs up to two regular customers among the players. Without externalities shedding load and curtailing make
    everyone viable, at a price. With "no limit in reach" the family is the general one and the grid has no limits:
    other bounds and costs apply.
    """
    steps, apart, free = int(rng.integers(2, 4)), mode == "without externalities", mode == "no limit in reach"
    count = min(players, int(rng.choice([3, 4, 5, 6, 7], p=[0.1, 0.32, 0.36, 0.18, 0.04])))
    more = 0 if apart or rng.random() < 0.8 else int(rng.integers(1, 3))
    buses = int(rng.integers(1, 7))
    parent = ["pcc", *(f"bus {rng.integers(1, bus + 1)}" for bus in range(1, buses))]
    homes = count + more
    peak = rng.uniform(4e-3, 9e-3, homes)
    load, sun = peak[:, None] * rng.uniform(0.3, 1.0, (homes, steps)), peak[:, None] * rng.uniform(0.0, 1.2, steps)
    sun[rng.random(homes) < 0.4] = 0.0
    forecast = sun - load * (1 + 0.2j)
    rating = float(peak.sum() * rng.uniform(0.4, 0.8)) if rng.random() < 1 / 3 else None
    band = (0.98, 1.02) if rng.random() < 1 / 3 else (0.9, 1.1)
    if free:
        rating, band = None, None
    lines = tuple(Line(up, f"bus {k + 1}", float(rng.uniform(0.02, 0.2)), 0.03, rating) for k, up in enumerate(parent))
    people = tuple(
        Prosumer(
            f"P{k + 1}", f"bus {rng.integers(1, buses + 1)}", k < count, _devices(rng, peak[k], sun[k], load[k], apart)
        )
        for k in range(homes)
    )
    constant = np.ones(steps)
    market = Market(
        externalities=not apart,
        single_boundary=mode in ("single boundaries", "without externalities"),
        tax_per_mwh=60.0 * constant,
        price_per_mwh=rng.uniform(80.0, 160.0, steps),
        reactive_price_per_mvarh=0.0 * constant,
        imbalance_penalty_per_mwh=float(rng.choice([100.0, 300.0])) * constant,
        line_penalty_per_mvah=300.0,
        voltage_penalty="curtailment",
    )
    return Case(
        name="drawn",
        horizon=Horizon(steps, 1.0),
        market=market,
        grid=Grid("pcc", 0.4, lines, band),
        prosumers=people,
        scenario=Scenario(forecast, forecast * rng.normal(1.0, 0.3, forecast.shape)),
        dispatch=DispatchOptions(limits="hard" if apart else "elastic"),  # some of what is drawn exceeds the limits
    )


def _devices(
    rng: np.random.Generator, peak: float, sun: np.ndarray, load: np.ndarray, apart: bool
) -> tuple[Battery | Curtailment | Convex, ...]:
    """Return a home's devices: mostly a battery; without externalities also what makes it viable."""
    found: list[Battery | Curtailment | Convex] = []
    if rng.random() < 0.6:
        found.append(Battery(float(peak / 2), float(peak), cost_per_mwh=float(rng.choice([5.0, 19.0]))))
    if apart:
        shed = Convex(np.zeros(len(load)), load, cost_per_mwh=np.full(len(load), 400.0))
        found += [Curtailment(sun, 5.0), shed]
    return tuple(found)


@dataclass(frozen=True, slots=True)
class _Sums:
    """``Phi`` without externalities, for the searches that visit partitions."""

    costs: CostsWithoutExternalities

    def total(self, partition: Partition) -> float:
        """Return the sum of coalition costs."""
        return self.costs.partition(partition).total


def answers(case: Case) -> tuple[SearchResult, SearchResult]:
    """Return what the search that suits the case finds, and what Algorithm 1 does; dispatches are shared."""
    prepared = PreparedCase.of(case)
    if case.market.externalities:
        costs = CostsWithExternalities(prepared)
        inertia = Inertia(costs, prepared.family)
        search = BoundedSearch(warm_up=2, max_deviations=10**6)
        return search.search(prepared.family, costs, inertia), Exhaustive().search(prepared.family, costs, inertia)
    game = CostsWithoutExternalities(prepared)
    alone = NoExternalities(game)
    here = TreeProgram().search(prepared.family, _Sums(game), alone)
    return here, Exhaustive().search(prepared.family, _Sums(game), alone)


def feeders(count: int, players: int, mode: Mode, first: int = 0) -> tuple[int, int]:
    """Return how many feeders differ, and how many partitions or coalitions the quicker search left out in all."""
    wrong = spared = 0
    for seed in range(first, first + count):
        rng = np.random.default_rng([seed, MODES.index(mode), 1])
        here, there = answers(drawn_feeder(rng, players, mode))
        if differs(here, there):
            wrong += 1
            print(f"feeder {seed} of {mode} differs", flush=True)
        spared += here.partition_count - len(here.evaluated)
    return wrong, spared


def report(count: int, kind: str, run: Callable[[], tuple[int, int]]) -> int:
    """Run one comparison, print what came of it and return how many differ."""
    started = time.process_time()
    wrong, spared = run()
    seconds = time.process_time() - started
    print(f"{count} {kind}: {wrong} differ, {spared:,} partitions not costed, {seconds:.0f} s", flush=True)
    return wrong


def main() -> None:
    """Run all comparisons and exit with 1 if anything differs."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--games", type=int, default=1000)
    options.add_argument("--feeders", type=int, default=1000)
    options.add_argument("--players", type=int, default=7)
    options.add_argument("--first", type=int, default=0, help="seed of the first feeder, to go on where a run ended")
    options.add_argument("--mode", choices=MODES, action="append", help="of the feeders; by default all")
    chosen = options.parse_args()
    wrong = 0
    for single in (False, True) if chosen.games else ():
        kind = f"games, {MODES[single]}"
        wrong += report(chosen.games, kind, partial(games, chosen.games, chosen.players, single=single))
    for mode in chosen.mode or MODES if chosen.feeders else ():
        run = partial(feeders, chosen.feeders, chosen.players, mode, chosen.first)
        wrong += report(chosen.feeders, f"feeders, {mode}", run)
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
