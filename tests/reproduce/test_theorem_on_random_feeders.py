"""Theorem VI.1 and its allocation: the residuals that the command prints are zero, and would not be if it failed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from lempart.cost import CostsWithoutExternalities, PreparedCase
from lempart.reproduce import Row, theorem_1
from lempart.reproduce import theorem as module


@pytest.fixture(scope="module")
def rows() -> tuple[Row, ...]:
    """Return the table's rows as the command prints them."""
    (table,) = theorem_1()
    assert table.columns == ("dearer than best", "budget gap", "worst over a deviation", "edge rent", "core shortfall")
    return table.rows


def _cost(row: Row) -> float:
    return float(row.label.split()[-2])


def test_the_feeders_are_worth_testing(rows: tuple[Row, ...]) -> None:
    """Twelve, with lines that bind in most, and costs that are not nothing."""
    assert len(rows) == 12
    assert sum(" 0 limits bind" not in row.label for row in rows) >= 6
    assert all(_cost(row) > 1.0 for row in rows)


def test_the_grand_coalition_is_optimal_and_stable(rows: tuple[Row, ...]) -> None:
    """No partition is cheaper, and the linear program finds its core non-empty: to a millionth of the cost."""
    for row in rows:
        dearer, shortfall = row.ours[0], row.ours[4]
        assert 0.0 <= dearer <= 1e-6 * _cost(row), row.label
        assert abs(shortfall) <= 1e-6 * _cost(row), row.label


def test_the_allocation_of_the_appendix_is_in_the_core(rows: tuple[Row, ...]) -> None:
    """The budget is balanced, no group that could leave pays more than by itself, rents are never positive."""
    for row in rows:
        _, budget, over, rent, _ = row.ours
        accepted = 1e-6 * _cost(row)
        assert 0.0 <= budget <= accepted, row.label
        assert over <= accepted, row.label
        assert rent <= accepted, row.label
    assert min(row.ours[3] for row in rows) < -1e-2, "no congestion rent: the push-down is not tested"


def test_without_the_push_down_it_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rents left where they arise are missing from the prosumers' bills: a residual shows what fails."""

    def kept(tree: object, edges: np.ndarray) -> dict[int, float]:
        return {m: float(edges[leaf]) for m, leaf in enumerate(tree.leaf)}  # type: ignore[attr-defined]

    monkeypatch.setattr(module, "push_down", kept)
    (table,) = theorem_1(trees=4)
    assert max(row.ours[2] / _cost(row) for row in table.rows) > 1e-3


def test_forecast_errors_break_the_theorem() -> None:
    """Its premise matters: with errors of a third the grand coalition isn't optimal on some of the same feeders."""
    dearer = []
    for index, generator in enumerate(np.random.default_rng(0).spawn(6)):
        case = module.random_feeder(generator)
        noise = np.random.default_rng(index).normal(1.0, 0.3, case.scenario.forecast.shape)
        scenario = replace(case.scenario, realization=case.scenario.forecast * noise)
        costs = CostsWithoutExternalities(PreparedCase.of(replace(case, scenario=scenario)))
        family = costs.prepared.family
        grand = costs.cost(family.everyone)
        dearer.append(grand - min(costs.partition(partition).total for partition in family.enumerate()))
    assert max(dearer) > 1.0


def test_the_same_seed_gives_the_same_table(rows: tuple[Row, ...]) -> None:
    """And fewer trees are the first of more."""
    (fewer,) = theorem_1(trees=2)
    assert fewer.rows == rows[:2]
    (other,) = theorem_1(trees=1, seed=1)
    assert other.rows[0] != rows[0]
