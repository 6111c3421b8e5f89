"""Verdicts stopped after any number of rows against the LP with every row: what they claim is so."""

from __future__ import annotations

import math
from itertools import count

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lempart.errors import UsageError
from lempart.game import CoreOptions, CoreVerdict, NoExternalities, TableGame, core_verdict, partition_verdict
from lempart.partition import Family, Partition, members
from support.trees import star_family

TOLERANCE = 1e-6


def after(rows: int):
    asked = count()
    return lambda: "enough" if next(asked) >= rows else ""


def saving_game(rng: np.random.Generator, players: int) -> tuple[dict[int, float], np.ndarray]:
    """Return costs ``|errors added up|`` plus violations of large groups, and the errors."""
    errors = rng.normal(size=(players, 3))
    costs = {}
    for mask in range(1, 1 << players):
        inside = list(members(mask))
        violations = rng.uniform(0.0, 0.5) if len(inside) > players / 2 else 0.0
        costs[mask] = float(np.abs(errors[inside].sum(axis=0)).sum()) + violations
    return costs, errors


def stopped(costs: dict[int, float], errors: np.ndarray, family: Family, rows: int, *, bounded: bool) -> CoreVerdict:
    def bounds(mask: int) -> tuple[np.ndarray, ...]:
        return (errors @ np.sign(errors[list(members(mask))].sum(axis=0)),)

    everyone = max(costs)
    return core_verdict(
        costs.__getitem__,
        everyone,
        family,
        bounds=bounds if bounded else None,
        options=CoreOptions(method="row generation", stop=after(rows)),
    )


@pytest.mark.parametrize("bounded", [True, False])
@given(seed=st.integers(0, 10**6), players=st.integers(2, 6), rows=st.integers(0, 40))
@settings(max_examples=80, deadline=None)
def test_what_is_claimed_is_so(bounded: bool, seed: int, players: int, rows: int) -> None:
    """``Y`` lies in the gap, its allocation asks nobody for too much, and no verdict is wrong, only open."""
    family = star_family(players)
    costs, errors = saving_game(np.random.default_rng(seed), players)
    full = core_verdict(costs.__getitem__, max(costs), family, options=CoreOptions(method="enumeration"))
    found = stopped(costs, errors, family, rows, bounded=bounded)
    assert found.priced <= rows
    assert found.stable in (full.stable, None)
    if found.gap is None:
        assert found.core_value == pytest.approx(full.core_value, abs=2 * TOLERANCE * full.cost)
        return
    assert found.core_value is None
    assert found.allocation is None
    assert math.isnan(found.shortfall)
    assert found.gap.reason == "enough"
    assert full.core_value is not None
    assert found.gap.lowest - 1e-7 <= full.core_value <= found.gap.highest + 1e-7
    if not bounded:
        assert (found.gap.lowest, found.gap.allocation) == (-math.inf, None)
        return
    shares = found.gap.allocation
    assert shares is not None
    assert math.fsum(shares.values()) == pytest.approx(found.gap.lowest, abs=1e-6)
    assert all(math.fsum(shares[i] for i in members(m)) <= cost + 1e-6 for m, cost in costs.items())
    if found.stable is False:
        assert math.fsum(w.weight * costs[w.coalition] for w in found.balanced) < full.cost


def test_more_rows_narrow_the_gap() -> None:
    """Nine players: the interval shrinks from what violations cost to a verdict; it is never empty on the way."""
    family = star_family(9)
    costs, errors = saving_game(np.random.default_rng(3), 9)
    verdicts = [stopped(costs, errors, family, rows, bounded=True) for rows in (0, 3, 40, 511)]
    ranges = [verdict.shortfall_range for verdict in verdicts]
    assert all(least <= most + 1e-9 for least, most in ranges)
    widths = [most - least for least, most in ranges]
    assert widths == sorted(widths, reverse=True)
    assert widths[0] > widths[2] > widths[3] == 0.0
    assert [verdict.stable for verdict in verdicts] == [None, None, False, False]
    assert verdicts[2].core_value is None
    assert "can't be collected" in repr(verdicts[0])


def test_seventeen_players_cannot_be_listed() -> None:
    """What surely can be collected is proven by a mixed-integer program: checked on drawn groups."""
    rng = np.random.default_rng(5)
    errors = rng.normal(size=(17, 3))

    def cost(mask: int) -> float:
        inside = list(members(mask))
        return float(np.abs(errors[inside].sum(axis=0)).sum()) + 0.02 * len(inside) ** 2

    def bounds(mask: int) -> tuple[np.ndarray, ...]:
        return (errors @ np.sign(errors[list(members(mask))].sum(axis=0)),)

    everyone = 2**17 - 1
    found = core_verdict(cost, everyone, star_family(17), bounds=bounds, options=CoreOptions(stop=after(5)))
    assert found.gap is not None
    assert found.gap.allocation is not None
    own = math.fsum(bounds(everyone)[0])
    assert own - 1e-9 <= found.gap.lowest <= found.gap.highest <= cost(everyone)
    masks = [*(1 << i for i in range(17)), *rng.integers(1, everyone, 3000).tolist()]
    assert all(sum(found.gap.allocation[i] for i in members(m)) <= cost(m) + 1e-6 for m in masks)


def test_interrupted_counts_as_stopped() -> None:
    """Ctrl-C while a price is computed gives what was proven before; without a stop rule it goes through."""
    costs, _ = saving_game(np.random.default_rng(0), 7)

    def worth(mask: int) -> float:
        if mask == 0b110:
            raise KeyboardInterrupt
        return costs[mask]

    found = core_verdict(worth, 127, star_family(7), options=CoreOptions(stop=lambda: ""))
    assert found.gap is not None
    assert found.gap.reason == "interrupted"
    with pytest.raises(KeyboardInterrupt):
        core_verdict(worth, 127, star_family(7))


def test_partitions_are_undecided_where_one_coalition_is() -> None:
    """Not stable, not unstable; what comes after the stop isn't looked at; unstable as soon as one surely is."""
    family = star_family(4)
    costs = dict.fromkeys(range(1, 16), 1.0) | {0b0001: 0.2, 0b0010: 0.2, 0b0100: 0.2, 0b1000: 0.2}
    model = NoExternalities(TableGame(costs))
    pairs = Partition.of((0b0011, 0b1100))
    known: dict[int, CoreVerdict] = {}
    verdict = partition_verdict(pairs, family, model, options=CoreOptions(stop=after(1)), known=known)
    assert verdict.stable is None
    assert [own.stable for own in verdict.coalitions] == [None, None]
    assert known == {}, "what was stopped isn't known"
    assert partition_verdict(pairs, family, model, options=CoreOptions(stop=after(2))).stable is False
    assert partition_verdict(pairs, family, model, options=CoreOptions(stop=after(9))) == partition_verdict(
        pairs, family, model
    )


def test_enumeration_cannot_be_stopped() -> None:
    """It is asked for by those who want every price."""
    with pytest.raises(UsageError, match="can't be stopped"):
        core_verdict(
            {1: 1.0, 2: 1.0, 3: 1.0}.__getitem__,
            3,
            star_family(2),
            options=CoreOptions(method="enumeration", stop=lambda: ""),
        )
