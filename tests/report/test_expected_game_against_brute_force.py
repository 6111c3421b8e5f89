"""Bills, verdicts and leavers of the game of expected costs, from tables as a study writes them, by other programs."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping

import numpy as np
import pytest
from scipy.optimize import linprog

from lempart.case import Case
from lempart.cases import shipped_case_path
from lempart.cost import PreparedCase
from lempart.formats.statistics import CoalitionStatisticsFile
from lempart.io import read_case
from lempart.partition import Partition, members
from lempart.report.expected_game import ExpectedGame

Table = Callable[[Partition, int], float]


@pytest.fixture(scope="module")
def case() -> Case:
    return read_case(shipped_case_path("rural-feeder-5"))


def _setting(case: Case, *, externalities: bool) -> PreparedCase:
    from dataclasses import replace

    return PreparedCase.of(
        replace(case, market=replace(case.market, externalities=externalities, single_boundary=not externalities))
    )


def _label(prepared: PreparedCase, mask: int) -> str:
    return "{" + ", ".join(prepared.names(mask)) + "}"


def _told(costs: Mapping[str, float]) -> list[CoalitionStatisticsFile]:
    return [
        CoalitionStatisticsFile(name, float(cost) if np.isfinite(cost) else None, standard_error=0.5)
        for name, cost in costs.items()
    ]


def _least_core(players: tuple[int, ...], cost: float, worth: Mapping[int, float]) -> float:
    """Return the least largest gain that any bills leave to a group, by linear programming over all groups."""
    groups = [mask for mask, price in worth.items() if np.isfinite(price)]
    rows = [[*(float(mask >> player & 1) for player in players), -1.0] for mask in groups]
    found = linprog(
        c=[0.0] * len(players) + [1.0],
        A_ub=rows,
        b_ub=[worth[mask] for mask in groups],
        A_eq=[[1.0] * len(players) + [0.0]],
        b_eq=[cost],
        bounds=[(None, None)] * (len(players) + 1),
        method="highs",
    )
    assert found.status == 0
    return float(found.fun)


def _groups(prepared: PreparedCase, market: int) -> list[int]:
    """Return the proper subsets of a market that may be a market themselves."""
    players = members(market)
    subsets = (sum(1 << p for p in some) for n in range(1, len(players)) for some in itertools.combinations(players, n))
    return [mask for mask in subsets if prepared.family.admissible(mask)]


def _check(prepared: PreparedCase, game: ExpectedGame, whole: Partition, market: int, worth: dict[int, float]) -> bool:
    """Compare a market with what linear programs and sums over all groups say; return whether it is stable."""
    players, cost = members(market), game.costs[market, whole if prepared.case.market.externalities else None][0]
    found = game.market(whole, market)
    assert found is not None
    assert found.pays is not None
    assert found.gains is not None
    pays = dict(zip(players, found.pays, strict=True))
    assert sum(found.pays) == pytest.approx(cost, rel=1e-9)
    gains = {mask: sum(pays[p] for p in members(mask)) - price for mask, price in worth.items() if np.isfinite(price)}
    least = _least_core(players, cost, worth)
    assert max(gains.values()) == pytest.approx(least, abs=1e-6 * cost)
    assert found.stable is (least <= 1e-6 * cost)
    leaving = {mask: gain for mask, gain in gains.items() if gain > 1e-6 * cost}
    assert {mask: gain.asked - gain.alone for mask, gain in found.gains.items()} == pytest.approx(leaving, abs=1e-6)
    assert all(gain.alone == worth[mask] for mask, gain in found.gains.items())
    assert list(found.alone) == [worth[1 << p] if np.isfinite(worth[1 << p]) else None for p in players]
    assert found.shortfall is not None
    assert (found.shortfall > 0) is not found.stable
    return found.stable


@pytest.mark.parametrize("seed", range(4))
def test_without_externalities(case: Case, seed: int) -> None:
    """The grand coalition of five players whose groups cost what random tables say, some of them not viable."""
    prepared = _setting(case, externalities=False)
    rng, grand = np.random.default_rng(seed), (1 << 5) - 1
    cost = {m: 100.0 * len(members(m)) ** 0.9 * rng.uniform(0.9, 1.1) for m in (*_groups(prepared, grand), grand)}
    cost[0b00110] = np.inf
    game = ExpectedGame.of(
        prepared, [Partition.of([grand])], _told({_label(prepared, mask): price for mask, price in cost.items()})
    )
    worth = {mask: price for mask, price in cost.items() if mask != grand}
    _check(prepared, game, Partition.of([grand]), grand, worth)


def test_with_externalities(case: Case) -> None:
    """A group that leaves pays what it costs beside those it leaves behind; some markets hold and some don't."""
    prepared = _setting(case, externalities=True)
    rng = np.random.default_rng(3)
    partitions = tuple(prepared.family.enumerate())
    costs = {p: {m: 100.0 * len(members(m)) ** 0.9 * rng.uniform(0.9, 1.1) for m in p} for p in partitions}
    told = {
        f"{_label(prepared, mask)} in {' '.join(_label(prepared, other) for other in p)}": cost
        for p, row in costs.items()
        for mask, cost in row.items()
    }
    game, seen = ExpectedGame.of(prepared, partitions, _told(told)), set()
    for whole in partitions:
        for market in whole:
            if len(members(market)) == 1:
                continue
            worth = {}
            for mask in _groups(prepared, market):
                left = prepared.family.components(market, mask)
                after = None if left is None else Partition.of([*(b for b in whole if b != market), mask, *left])
                worth[mask] = np.inf if after is None else costs[after][mask]
            seen.add(_check(prepared, game, whole, market, worth))
    assert seen == {True, False}


def test_what_the_study_does_not_tell_stays_unknown(case: Case) -> None:
    """Without the partition that leaving makes there are costs but no bills; without costs there is nothing."""
    prepared = _setting(case, externalities=True)
    grand = Partition.of([(1 << 5) - 1])
    label = _label(prepared, (1 << 5) - 1)
    found = ExpectedGame.of(prepared, [grand], _told({f"{label} in {label}": 7.0})).market(grand, (1 << 5) - 1)
    assert found is not None
    assert (found.cost, found.pays, found.stable) == ((7.0, 0.5), None, None)
    assert ExpectedGame.of(prepared, [grand], None).market(grand, (1 << 5) - 1) is None
