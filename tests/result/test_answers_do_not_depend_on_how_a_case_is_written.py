"""One case, written in many ways: order, units, currency, base voltage, a split line, half steps, an empty home.

``LEMPART_CASES=1000`` compares that many drawn cases, ``LEMPART_FIRST`` says from which seed on.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from lempart import read_case, solve
from lempart.case import Case
from lempart.conic import clarity
from lempart.cost import costs_of
from lempart.partition import Partition
from lempart.search import Exhaustive
from support.rewritten import REWRITINGS, street

DATA = Path(__file__).parent.parent / "data" / "order-changes-the-cost"
HARD_ONES = (4, 6, 9, 16)
"""Drawn cases whose totals moved by up to 4e-3 when the tie-break was left to a small weight."""
CASES = int(os.environ.get("LEMPART_CASES", "0"))
FIRST = int(os.environ.get("LEMPART_FIRST", "0"))
SEEDS = range(FIRST, FIRST + CASES) if CASES else HARD_ONES

Names = frozenset[frozenset[str]]


def _answer(case: Case) -> tuple[dict[Names, tuple[float, bool | None]], set[Names], set[Names]]:
    """Return total and stability of every partition, and the sets of optimal and of optimal stable ones."""
    solution = solve(case, Exhaustive(all_cores=True))

    def names(partition: Partition) -> Names:
        return frozenset(frozenset(block) for block in solution.names(partition))

    found = {names(item.partition): (item.total, item.stable) for item in solution.search.evaluated}
    best, stable = solution.search.optimal, solution.search.optimal_stable
    return found, {names(item.partition) for item in best}, {names(item.partition) for item in stable}


@pytest.mark.parametrize("seed", SEEDS)
def test_totals_verdicts_and_optima_are_the_same(seed: int) -> None:
    """Totals agree within 1e-5 of the largest, verdicts and the sets of optima to the letter."""
    case = street(seed)
    found, best, stable = _answer(case)
    size = max(abs(total) for total, _ in found.values())
    for name, (rewritten, factor) in REWRITINGS.items():
        again, again_best, again_stable = _answer(rewritten(case))
        assert set(again) == set(found), name
        moved = max(abs(again[key][0] / factor - found[key][0]) for key in found) / size
        assert moved < 1e-5, (name, moved)
        assert {key: held for key, (_, held) in again.items()} == {key: held for key, (_, held) in found.items()}, name
        assert (again_best, again_stable) == (best, stable), name


def _grand_totals() -> list[float]:
    totals = []
    for name in ("order_1021.a", "order_1021.b"):
        costs = costs_of(read_case(DATA / f"{name}.toml"))
        totals.append(costs.partition(Partition.of([costs.prepared.family.everyone])).total)
    return totals


def test_the_order_of_prosumers_and_lines_does_not_matter() -> None:
    """A found case: 235.20 CHF as written, 231.04 with another order; the limit of a small tie-break is 227.71."""
    one, other = _grand_totals()
    assert one == pytest.approx(227.71, abs=0.01)
    assert other == pytest.approx(one, rel=2e-6)


def test_half_steps_where_a_solver_stalls() -> None:
    """A drawn case in which Clarabel stalled at a residual of 2e-8: 96.41 CHF in half steps, 96.08 in whole ones."""
    case = street(1098)
    whole, halves = (costs_of(written) for written in (case, REWRITINGS["half steps"][0](case)))
    partition = Partition.of([0b0001, 0b1110])
    assert whole.partition(partition).total == pytest.approx(96.077152, abs=1e-5)
    assert halves.partition(partition).total == pytest.approx(whole.partition(partition).total, rel=1e-6)


def test_without_the_second_step_order_does_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    """The weight alone doesn't resolve the least norm: that is what the second step is for."""
    monkeypatch.setattr(clarity, "PRECISE", 1.0)
    monkeypatch.setattr(clarity, "RESOLVED", 1e9)
    one, other = _grand_totals()
    assert other != pytest.approx(one, rel=1e-4)
