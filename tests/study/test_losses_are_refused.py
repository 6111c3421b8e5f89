"""Where losses can't be counted yet they are refused: the option and the remedy are named, and nothing is written."""

from __future__ import annotations

from pathlib import Path

import pytest

from lempart.case import Case
from lempart.cost import CoalitionSeries, PartitionSeries, PreparedCase
from lempart.cost.problems import coalition_problem
from lempart.dispatch import DispatchBatch, DispatchSeries
from lempart.errors import UsageError
from lempart.study import StudySpec, run_study
from support.feeders import random_feeder

REFUSED = r'market\.losses = "priced".*losses = "none"'


def _case(externalities: bool = True) -> Case:
    return random_feeder(1, externalities=externalities, losses="priced")


@pytest.mark.parametrize("search", [None, "auto"])
def test_studies(tmp_path: Path, search: str | None) -> None:
    """Studies of partitions and of searches: no folder is made."""
    spec = StudySpec("with losses", 2, search=search)
    with pytest.raises(UsageError, match=REFUSED):
        run_study(spec, _case(), tmp_path / "study")
    assert not (tmp_path / "study").exists()


def test_series() -> None:
    """Series of draws, of partitions and of coalitions, and batches of dispatches."""
    with pytest.raises(UsageError, match=REFUSED):
        PartitionSeries(PreparedCase.of(_case()))
    alone = PreparedCase.of(_case(externalities=False))
    with pytest.raises(UsageError, match=REFUSED):
        CoalitionSeries(alone, alone.family.everyone)
    problem = coalition_problem(alone, alone.family.subgraph(alone.family.everyone))
    for series in (DispatchSeries, DispatchBatch):
        with pytest.raises(UsageError, match="losses"):
            series(problem)
