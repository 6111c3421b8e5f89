"""Definition V.2: a partition is stable when every one of its markets has a core."""

from lempart import Exhaustive, read_case, shipped_case_path, solve

solution = solve(read_case(shipped_case_path("rural-feeder-5")), Exhaustive(all_cores=True))
stable = [item for item in solution.search.evaluated if item.stable]
print(f"{len(stable)} of {solution.search.partition_count} partitions are stable")
for item in solution.search.evaluated:
    verdict = item.verdict
    assert verdict is not None
    assert verdict.stable == all(coalition.stable for coalition in verdict.coalitions)
    for coalition in verdict.coalitions:
        if coalition.stable:  # an allocation in the core
            assert coalition.allocation is not None
            assert abs(sum(coalition.allocation.values()) - coalition.cost) < 1e-6 * max(1.0, abs(coalition.cost))
        else:  # a group that would leave, and a proof that there is no better allocation
            assert coalition.blocking
            assert coalition.shortfall > 0
            assert coalition.balanced
alone = next(item for item in solution.search.evaluated if len(item.partition) == 5)
assert alone.stable  # a market of one can't fall apart
assert 0 < len(stable) < solution.search.partition_count
