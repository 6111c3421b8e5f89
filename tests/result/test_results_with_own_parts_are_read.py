"""Results with a belief or costs of one's own are read again, as those of lempart's own are."""

from __future__ import annotations

import json
from pathlib import Path

from lempart import Partition, read_case, shipped_case_path, solve
from lempart.game import Inertia
from lempart.result import read_result, solution_json


class Hopeful(Inertia):
    """Expects a tenth less than inertia does."""

    def worth(self, deviating: int, coalition: int, partition: Partition) -> float:
        """Return what the group expects to pay."""
        return super().worth(deviating, coalition, partition) - 0.1


class Meters:
    """Every coalition pays for its meter."""

    def cost(self, coalition: int) -> float:
        """Return 5, and 1 for every member."""
        return 5.0 + coalition.bit_count()


def test_both_are_read(tmp_path: Path) -> None:
    """The belief is kept by its name."""
    case = read_case(shipped_case_path("example-1"))
    for solution, belief in ((solve(case, deviation=Hopeful), "Hopeful"), (solve(case, costs=Meters()), "none")):
        file = tmp_path / f"{belief}.json"
        file.write_text(json.dumps(solution_json(solution)))
        stored = read_result(file).result
        assert stored.deviation == belief
        assert stored.optimal_stable is not None
