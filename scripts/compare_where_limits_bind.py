"""Compare, on drawn feeders whose limits bind, batches with one dispatch each, and bounds with Algorithm 1.

    python scripts/compare_where_limits_bind.py 1000 --first 0 [--minutes 8]

Limits are hard in one half of the cases and elastic in the other. Of each case, all partitions are costed in batches
and one by one: totals, and bills where prices are unique, have to agree to 2e-6 of what everybody turns over. Then the
bounded search has to prove both answers that Algorithm 1 finds. Cases in which no limit couples coalitions are left
out. Prints what differs, and ends with 1 if anything does.
"""

from __future__ import annotations

import argparse
import math
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from lempart.case import Case
from lempart.cost import CostsWithExternalities, PartitionCost, PreparedCase
from lempart.cost.routes import whole_grid
from lempart.cost.routes.whole_grid import WholeGrid
from lempart.cost.scenarios import Scenarios
from lempart.errors import InfeasibleError
from lempart.game import Inertia
from lempart.partition import Partition
from lempart.search import BoundedSearch, Exhaustive, SearchResult
from support.feeders import random_feeder

TOLERANCE = 2e-6


def drawn(seed: int) -> Case:
    """Return the feeder of a seed: four or five homes, lines at 50 to 80 % of what their forecasts need."""
    return random_feeder(
        seed,
        prosumers=4 + seed // 2 % 2,
        steps=2,
        devices=("batteries", "every kind")[seed // 4 % 2],
        tight=0.5 + 0.1 * (seed // 8 % 4),
        band=None if seed % 5 else (0.97, 1.03),
        reactive=seed % 3 == 0,
        limits=("hard", "elastic")[seed % 2],
        single_boundary=seed % 7 == 0,
    )


@dataclass
class Comparison:
    """What was found so far.

    Attributes
    ----------
    count
        Cases compared, hard and elastic, and partitions.
    wrong
        How many cases differ.
    furthest
        By how much costs of batches and one by one differ at the most, as a share of what everybody turns over.
    """

    count: Counter[str] = field(default_factory=Counter)
    wrong: int = 0
    furthest: float = 0.0

    def add(self, seed: int) -> None:
        """Compare the case of a seed."""
        given = drawn(seed)
        costs = CostsWithExternalities(PreparedCase.of(given))
        family = costs.prepared.family
        try:
            there = Exhaustive().search(family, costs, Inertia(costs, family))
        except InfeasibleError:
            self.count["infeasible"] += 1
            return
        if not costs.coupled:
            self.count["without a limit that binds"] += 1
            return
        self.count[given.dispatch.limits] += 1
        here = BoundedSearch(warm_up=2, max_deviations=10**6).search(family, costs, Inertia(costs, family))
        self.count["partitions spared"] += here.partition_count - len(here.evaluated)
        told = [*self._batches(costs), *_answers(here, there)]
        self.wrong += bool(told)
        for text in told:
            print(f"seed {seed}: {text}", flush=True)

    def _batches(self, costs: CostsWithExternalities) -> list[str]:
        """Return which partitions cost another amount in a batch than alone."""
        prepared, scenarios = costs.prepared, Scenarios.of(costs.prepared)
        every = list(prepared.family.enumerate())
        together, alone = WholeGrid(scenarios), WholeGrid(scenarios, one_by_one=True)
        size, found = prepared.turnover(prepared.family.everyone), []
        for partition, mine in zip(every, together.costs_if_any(every), strict=True):
            twin = alone.costs_if_any([partition])[0]
            self.count["partitions"] += 1
            if mine is None or twin is None:
                if mine is not twin:
                    found.append(f"{partition} is viable in one way alone")
                continue
            if mine.tie_open or twin.tie_open:
                self.count["partitions with a tie left open"] += 1
                continue
            off = _differ(mine, twin) / size
            self.furthest = max(self.furthest, off)
            if off > TOLERANCE:
                found.append(f"{partition} costs {off:.1e} more or less in a batch")
        return found


def _differ(one: PartitionCost, other: PartitionCost) -> float:
    """Return the largest difference of what is paid, in currency; of bills only where prices are unique."""
    pairs = zip(one.coalitions + one.regular, other.coalitions + other.regular, strict=True)
    bills = (abs(a.total - b.total) for a, b in pairs if not (a.price_dependent or b.price_dependent))
    return max(abs(one.total - other.total), *bills, 0.0)


def _answers(here: SearchResult, there: SearchResult) -> list[str]:
    """Return what the bounded search says otherwise than Algorithm 1; ties may be told by one of them alone."""
    if not (here.proven and there.proven):
        return [f"not proven: {here.stopped or there.stopped}"]
    costs: dict[Partition, float] = {item.partition: item.total for item in there.evaluated}
    found = []
    for name in ("optimal", "optimal_stable"):
        mine, other = getattr(here, name), getattr(there, name)
        room = TOLERANCE * max(1.0, abs(other[0].total)) if other else 0.0
        if bool(mine) != bool(other) or any(abs(costs[item.partition] - other[0].total) > room for item in mine):
            found.append(f"{name}: {[str(one.partition) for one in mine]}, not {[str(one.partition) for one in other]}")
    return found


def main() -> None:
    """Compare the cases and print what differs."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("count", type=int)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--minutes", type=float, default=math.inf, help="begin no case after so many of processor time")
    options = parser.parse_args()
    whole_grid.FEWEST_PLAYERS = 2
    compared, begun = Comparison(), time.process_time()
    for seed in range(options.first, options.first + options.count):
        if time.process_time() - begun > 60 * options.minutes:
            break
        compared.add(seed)
        if seed % 100 == 99:
            print(f"up to seed {seed}: {dict(compared.count)}, {compared.wrong} differ", flush=True)
    told = ", ".join(f"{number:,} {what}" for what, number in sorted(compared.count.items()))
    print(f"{told}: {compared.wrong} cases differ; costs of batches by {compared.furthest:.1e} of turnover at most")
    sys.exit(compared.wrong > 0)


if __name__ == "__main__":
    main()
