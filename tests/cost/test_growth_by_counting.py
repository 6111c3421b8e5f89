"""What a solve holds grows with the size of a case, not with its square: counted, not timed."""

from __future__ import annotations

import tracemalloc
from itertools import pairwise

import numpy as np
import pytest

from lempart import solve
from lempart.case import Case
from lempart.conic.pinned import pinned
from lempart.cost import CostsWithExternalities, PreparedCase
from lempart.dispatch.exante import build_ex_ante
from lempart.grid import radial
from lempart.partition import Partition
from support.cases import battery, case, line, prosumer
from support.feeders import random_feeder


def _chain(buses: int) -> Case:
    """Return homes along a chain of buses, with a battery and reactive power."""
    names = ["root", *(f"b{i}" for i in range(buses))]
    homes = [prosumer(f"h{i}", f"b{(i + 1) * buses // 4 - 1}", *([battery(0.1, 0.2)] * (i % 2))) for i in range(4)]
    return case(
        [line(a, b, 1e-5, 1e-5, 10.0) for a, b in pairwise(names)],
        homes,
        {home.name: [0.1 * (-1) ** i + 0.02j] for i, home in enumerate(homes)},
        band=(0.9, 1.1),
        price_per_mwh=50.0,
        tax_per_mwh=20.0,
    )


def _peak(given: Case) -> int:
    tracemalloc.start()
    solve(given)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak


def test_a_chain_takes_memory_by_its_length() -> None:
    """Four times as many buses take about four times as much; a matrix of all paths would take sixteen times."""
    solve(_chain(4))  # what is imported and compiled once
    short, long = (_peak(_chain(buses)) for buses in (250, 1_000))
    assert long < 6.0 * short


def _batteries(count: int) -> int:
    """Return how many numbers the program of a home with so many batteries has."""
    given = case(
        [line("root", "b0")], [prosumer("h0", "b0", *[battery(0.01, 0.02)] * count)], {"h0": [0.1]}, price_per_mwh=50.0
    )
    costs = CostsWithExternalities(PreparedCase.of(given))
    program = build_ex_ante(costs.problem(Partition.of([1]))).program
    assert program.squares is not None
    return int(program.quadratic.nnz + program.matrix.nnz)


def test_a_home_with_many_batteries_has_a_sparse_program() -> None:
    """The norm of what a home injects ties all of its devices: its square is of one variable, not of all of them."""
    assert _batteries(400) < 2.5 * _batteries(200)


def test_many_batteries_as_one() -> None:
    """Fifty equal batteries, whose sum has a variable of its own, do what one does that is fifty times as large."""

    def total(devices: list[object]) -> float:
        given = case(
            [line("root", "b0", 0.01, 0.01), line("b0", "a"), line("b0", "b", rating=0.4)],
            [prosumer("a", "a", *devices), prosumer("b", "b")],  # type: ignore[arg-type]
            {"a": [-0.4, 0.5, -0.3], "b": [0.3, -0.1, 0.2]},
            realization={"a": [-0.5, 0.4, -0.3], "b": [0.3, -0.2, 0.25]},
            price_per_mwh=[50.0, 20.0, 80.0],
            tax_per_mwh=20.0,
            imbalance_penalty_per_mwh=100.0,
        )
        return CostsWithExternalities(PreparedCase.of(given)).partition(Partition.of([1, 2])).total

    many = [battery(0.01, 0.02, cost_per_mwh=1.0) for _ in range(50)]
    assert total(many) == pytest.approx(total([battery(0.5, 1.0, cost_per_mwh=1.0)]), abs=1e-6)


def test_deep_grids_are_walked_to_the_same_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Costs, prices and bills of feeders that bind don't depend on whether paths are matrices or walked."""
    for seed, limits in ((0, "elastic"), (1, "elastic"), (2, "hard")):
        given = random_feeder(seed, prosumers=5, reactive=True, tight=0.95, band=(0.97, 1.03), limits=limits)
        found = []
        for deep in (radial.DEEP, 0):
            monkeypatch.setattr(radial, "DEEP", deep)
            solution = solve(given)
            found.append((solution, solution.bills()))
        (first, bills), (second, others) = found
        totals = [{item.partition: item.total for item in each.search.evaluated} for each in (first, second)]
        assert totals[0] == pytest.approx(totals[1], rel=1e-9)
        assert [bill.amount for bill in bills] == pytest.approx([bill.amount for bill in others], abs=1e-6)


def test_pinned_columns_by_their_definition() -> None:
    """The columns are those that elimination finds, one by one."""
    rng = np.random.default_rng(0)
    for _ in range(100):
        rows, columns = rng.integers(1, 30, 2).tolist()
        there = rng.random((rows, columns)) < 2.0 / columns
        left, expected = there.copy(), np.zeros(columns, dtype=bool)
        while (left.sum(axis=1) == 1).any():
            column = int(np.flatnonzero(left[left.sum(axis=1) == 1][0])[0])
            expected[column], left[:, column] = True, False
        assert np.array_equal(pinned(*np.nonzero(there), rows, columns), expected)
