"""Partitions that were costed without who pays them: what results, tables and reports say of them, by hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from lempart import solution_json, solve
from lempart.cli.rows import partition_rows
from lempart.cost import PartitionCost, with_externalities
from lempart.cost.routes import whole_grid
from lempart.report.folder import read_page
from lempart.result import Solution, result_folder
from lempart.result.stored import read_result
from lempart.search import BoundedSearch
from support.feeders import random_feeder

FEEDER = 4
"""A seed whose shared lines are full in a third of its partitions."""


@pytest.fixture
def solution(monkeypatch: pytest.MonkeyPatch) -> Solution:
    """Return an answer that was found without asking who pays each partition."""
    monkeypatch.setattr(whole_grid, "FEWEST_PLAYERS", 2)
    monkeypatch.setattr(with_externalities, "FEW_PLAYERS", 2)
    case = random_feeder(FEEDER, prosumers=4, tight=0.6, band=None, limits="elastic")
    return solve(case, BoundedSearch())


def test_a_result_tells_what_is_known(solution: Solution, tmp_path: Path) -> None:
    """Proves totals and parts there for all; what coalitions pay only where it was needed, and all of it readable."""
    told = solution_json(solution)
    unknown = [entry for entry in told["partitions"] if entry["network_surplus"] is None]
    assert 0 < len(unknown) < len(told["partitions"])
    for entry in unknown:
        assert entry["viable"]
        assert entry["stable"] is None
        assert sum(entry["costs"].values()) == pytest.approx(entry["total"])
        assert [own["members"] for own in entry["coalitions"]] == entry["partition"]
        assert all(own["cost"] is own["costs"] is None for own in entry["coalitions"])
    best = told["optimal_stable"]["partition"]
    (answer,) = [entry for entry in told["partitions"] if entry["partition"] == best]
    assert all(own["cost"] is not None for own in answer["coalitions"])
    with result_folder(tmp_path / "out", solution.case) as folder:
        folder.write(told)
    assert len(read_result(tmp_path / "out" / "result.json").result.partitions) == len(told["partitions"])
    page = read_page(tmp_path / "out", pictures=False)
    assert any(market.cost is None for row in page.scenes[0].partitions for market in row.markets)


def test_tables_ask_for_no_more(solution: Solution) -> None:
    """Proves rows complete, and that who pays wasn't looked for to print them; asked for, it is found."""
    evaluated = [item.partition for item in solution.search.evaluated]
    waiting = [one for one in evaluated if not isinstance(solution.costs.outline(one), PartitionCost)]  # type: ignore[attr-defined]
    assert waiting
    rows = partition_rows(solution, len(evaluated))
    assert all(row[4] and row[5] for row in rows)
    assert not isinstance(solution.costs.outline(waiting[0]), PartitionCost)  # type: ignore[attr-defined]
    assert sum(own.total for own in solution.cost(waiting[0]).coalitions) > 0.0
