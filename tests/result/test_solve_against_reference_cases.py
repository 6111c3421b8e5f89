"""One call from a case to the answer, against the reference cases' independent answers."""

from __future__ import annotations

from functools import cache

import pytest

from lempart import Solution, solution_json, solve
from lempart.search import Exhaustive
from support.reference import NAMES, expected, masks_of, partition_of, reference_case

WITH_VERDICTS = [name for name in NAMES if name.split("-")[0] in {"self", "star", "ext1", "pq1"}]
RELATIVE = 1e-4


@cache
def solved(name: str) -> Solution:
    """Return the solution with every core checked."""
    return solve(reference_case(name), Exhaustive(all_cores=True))


@pytest.mark.parametrize("name", WITH_VERDICTS)
def test_every_partition_of_the_file(name: str) -> None:
    """Total, viability and verdict of every partition, as they stand in the JSON."""
    entries = {tuple(map(tuple, e["partition"])): e for e in solution_json(solved(name))["partitions"]}
    wanted = expected(name)["partitions"]
    players = solved(name).costs.prepared.player_names
    assert len(entries) == len(wanted)
    for want in wanted:
        blocks = sorted(want["partition"], key=lambda block: min(masks_of(players, [block])))
        order = sorted((sorted(block, key=players.index) for block in blocks), key=lambda b: players.index(b[0]))
        entry = entries[tuple(map(tuple, order))]
        assert entry["viable"] == (want["total"] is not None)
        if want["total"] is None:
            assert entry["total"] is None
            assert entry["reason"]
            assert entry["stable"] is None
        else:
            assert entry["total"] == pytest.approx(want["total"], rel=RELATIVE)
            assert entry["stable"] == want["stable"], want["partition"]


@pytest.mark.parametrize("name", WITH_VERDICTS)
def test_the_answer(name: str) -> None:
    """The optimal and the optimal stable partition, as partitions and as amounts; proven, with a tight bound."""
    solution, want = solved(name), expected(name)
    players = solution.costs.prepared.player_names
    search = solution.search
    assert search.proven
    assert search.lower_bound == pytest.approx(want["optimal"]["total"], rel=RELATIVE)
    for found, field in ((search.optimal, "optimal"), (search.optimal_stable, "optimal_stable")):
        assert partition_of(players, want[field]["partition"]) in {item.partition for item in found}
        assert found[0].total == pytest.approx(want[field]["total"], rel=RELATIVE)
    assert search.price_of_stability == pytest.approx(
        want["optimal_stable"]["total"] / want["optimal"]["total"], rel=2 * RELATIVE
    )


@pytest.mark.parametrize("name", WITH_VERDICTS)
def test_only_the_cores_that_are_needed_are_checked(name: str) -> None:
    """The default search gives the same answer as checking every core."""
    quick, full = solve(reference_case(name)), solved(name)
    assert quick.search.optimal_stable == full.search.optimal_stable
    assert quick.search.optimal == tuple(
        item if item.verdict else quick.search.optimal[i] for i, item in enumerate(quick.search.optimal)
    )
    checked = [item for item in quick.search.evaluated if item.verdict is not None]
    best = full.search.optimal_stable[0].total
    tie = Exhaustive().tie_tolerance * max(1.0, abs(best))
    # Up to the solver's last digits: all that cost no more than the answer, its ties included.
    assert {i.partition for i in checked} == {i.partition for i in full.search.evaluated if i.total <= best + tie}


def test_some_optimum_is_unstable() -> None:
    """Among the cases are some where stability costs something, or the tests above say little."""
    prices = [solved(name).search.price_of_stability or 1.0 for name in WITH_VERDICTS]
    assert max(prices) > 1.001
    assert min(prices) == 1.0
