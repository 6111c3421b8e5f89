"""What losses change, and what marginal prices of them do to stability: the tables of docs/losses.md.

    python scripts/compare_losses.py cases
    python scripts/compare_losses.py feeders [--count 100] [--first 0]
    python scripts/compare_losses.py days [--variation headline] [--days 15 46 ...]

Every case is solved three times, all partitions costed and their stability checked: without losses, with losses shared
by average, and with losses at marginal prices. ``feeders`` are drawn ones of four or five homes with batteries and
wrong forecasts, on lines that drop 1 % at 1 MW; ``days`` are days of the neighbourhood of 47 homes, by default the 15th
of every month. Limits that a forecast can't meet are priced. Partitions win that cost up to 1e-4 more than the
cheapest; a winner changes where none wins both times.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

import numpy as np

from lempart import read_case, shipped_case_path, shipped_cases, solve
from lempart.case import Case
from lempart.display import amount
from lempart.errors import InfeasibleError
from lempart.partition import Partition
from lempart.prosumption import neighbourhood_case
from lempart.reproduce.table_5 import VARIATIONS, options_of
from lempart.result import Solution
from lempart.search import Exhaustive
from support.feeders import random_feeder

MARKETS = {
    "none": {"losses": "none"},
    "average": {"losses": "priced", "loss_pricing": "average"},
    "marginal": {"losses": "priced", "loss_pricing": "marginal"},
}
FIFTEENTHS = (15, 46, 74, 105, 135, 166, 196, 227, 258, 288, 319, 349)
TIE = 1e-4
"""Costs this close, as a share, are one tie."""


@dataclass(frozen=True)
class Compared:
    """One case, solved three times."""

    name: str
    found: dict[str, Solution]

    def cost(self, market: str) -> float:
        """Return what the optimal stable partition costs, or else the cheapest."""
        return self.found[market].cost(self.answer(market)).total

    def answer(self, market: str) -> Partition:
        """Return the optimal stable partition, or else the cheapest."""
        best = self.found[market].optimal_stable or self.found[market].optimal
        assert best is not None
        return best

    def part(self, market: str, name: str) -> float:
        """Return a part of what the answer costs."""
        parts = self.found[market].cost(self.answer(market)).parts
        assert parts is not None
        return parts.as_dict().get(name, 0.0)

    def beyond(self, *, alone: bool) -> tuple[float, float]:
        """Return what marginal prices collect beyond losses, and the cost, in their answer or under everyone alone."""
        evaluated = self.found["marginal"].search.evaluated
        whole = max((item.partition for item in evaluated), key=len) if alone else self.answer("marginal")
        cost = self.found["marginal"].cost(whole)
        return cost.loss_surplus or 0.0, abs(cost.total)

    def winner_changes(self, one: str, other: str, *, stable: bool) -> bool:
        """Return whether no partition wins under both; nobody who wins is a winner, too."""
        winners = [_winners(self.found[market], stable=stable) for market in (one, other)]
        return not (winners[0] & winners[1]) and winners[0] != winners[1]

    def verdicts_changed(self, one: str, other: str) -> tuple[int, int]:
        """Return how many partitions become unstable, and how many stable."""
        before, after = (
            {item.partition: item.stable for item in self.found[market].search.evaluated} for market in (one, other)
        )
        lost = sum(held is True and after[whole] is False for whole, held in before.items())
        return lost, sum(held is False and after[whole] is True for whole, held in before.items())


def _winners(solution: Solution, *, stable: bool) -> set[Partition]:
    viable = [item for item in solution.search.evaluated if np.isfinite(item.total) and (item.stable or not stable)]
    least = min((item.total for item in viable), default=0.0)
    return {item.partition for item in viable if item.total <= least + TIE * abs(least)}


def compared(name: str, case: Case) -> Compared:
    """Solve a case three times."""
    found = {
        market: solve(replace(case, market=replace(case.market, **fields)), Exhaustive(all_cores=True))
        for market, fields in MARKETS.items()
    }
    return Compared(name, found)


def feeders(count: int, first: int) -> Iterator[Compared]:
    """Yield drawn feeders."""
    for seed in range(first, first + count):
        yield compared(str(seed), random_feeder(seed, prosumers=4 + seed % 2, limits="elastic"))


def days(variation: str, numbers: Iterable[int]) -> Iterator[Compared]:
    """Yield days of the neighbourhood."""
    for day in numbers:
        options = options_of(variation, day, 0)
        try:
            yield compared(f"day {day}", neighbourhood_case(options))
        except InfeasibleError:
            yield compared(f"day {day}, elastic", neighbourhood_case(replace(options, limits="elastic")))


def shipped() -> Iterator[Compared]:
    """Yield the cases that ship with the package."""
    for name, _ in shipped_cases():
        yield compared(name, read_case(shipped_case_path(name)))


def show_each(every: Iterable[Compared]) -> list[Compared]:
    """Print a row for each case, and return all."""
    print(
        "| case | losses | answer | `Φ` | of that losses | partitions that hold | left to the operator: losses, rest |"
    )
    print("|---|---|---|---|---|---|---|")
    kept = []
    for one in every:
        for market, solution in one.found.items():
            whole = one.answer(market)
            cost = solution.cost(whole)
            held = sum(item.stable is True for item in solution.search.evaluated)
            beyond = cost.loss_surplus or 0.0
            names = " ".join("{" + ", ".join(block) + "}" for block in solution.names(whole))
            cells = (
                one.name,
                market,
                names if solution.optimal_stable else f"{names} (not stable)",
                amount(cost.total),
                amount(one.part(market, "loss")),
                f"{held} of {len(solution.search.evaluated)}",
                f"{amount(beyond)}, {amount(cost.network_surplus - beyond)}",
            )
            print("| " + " | ".join(cells) + " |", flush=True)
        kept.append(one)
    return kept


def summarise(every: list[Compared]) -> None:
    """Print what changes, over all cases."""
    count = len(every)
    dearer = np.array([one.cost("average") - one.cost("none") for one in every])
    base = np.array([abs(one.cost("average")) for one in every])
    loss = np.array([one.part("average", "loss") for one in every])
    print(f"\n{count} cases; the answer's losses: {amount(loss.sum() / count)} in the mean, {_share(loss, base)}")
    print(f"its cost with losses, less that without: {amount(dearer.mean())} in the mean, {_share(dearer, base)}")
    for one, other in (("none", "average"), ("average", "marginal")):
        verdicts = np.array([case.verdicts_changed(one, other) for case in every])
        print(f"from {one} to {other}:")
        for stable, word in ((False, "cheapest"), (True, "optimal stable")):
            changed = sum(case.winner_changes(one, other, stable=stable) for case in every)
            print(f"  the {word} partition changes in {changed} of {count}")
        some = int((verdicts.sum(axis=1) > 0).sum())
        partitions = sum(len(case.found[one].search.evaluated) for case in every)
        lost, won = verdicts.sum(axis=0)
        print(
            f"  some verdict changes in {some} of {count}: of {partitions} partitions {lost} no longer hold, {won} do"
        )
    for where, alone in (("in the answer", False), ("under everyone alone", True)):
        beyond, of = np.array([case.beyond(alone=alone) for case in every]).T
        print(f"over-collected {where}: {amount(beyond.mean())} in the mean, {_share(beyond, of)},")
        print(f"  from {amount(beyond.min())} to {amount(beyond.max())}, below 0 in {int((beyond < 0).sum())}")


def _share(amounts: np.ndarray, of: np.ndarray) -> str:
    share = 100 * amounts / of
    return f"{100 * amounts.sum() / of.sum():.2f} % of all costs (median {np.median(share):.2f} %)"


def main() -> None:
    """Compare what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("cases", "feeders", "days"))
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--variation", choices=list(VARIATIONS), default="headline")
    parser.add_argument("--days", type=int, nargs="+", default=FIFTEENTHS)
    asked = parser.parse_args()
    started = time.monotonic()
    if asked.what == "feeders":
        every = list(feeders(asked.count, asked.first))
    else:
        every = show_each(shipped() if asked.what == "cases" else days(asked.variation, asked.days))
    summarise(every)
    print(f"{time.monotonic() - started:.0f} s")


if __name__ == "__main__":
    main()
