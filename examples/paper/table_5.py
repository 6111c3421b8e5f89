"""Table V on public data, one summer day; every day of the year: lempart reproduce table-5 --study year."""

from lempart import Exhaustive, solve
from lempart.prosumption import NeighbourhoodOptions, neighbourhood_case

case = neighbourhood_case(NeighbourhoodOptions(day=180, limits="elastic"))
solution = solve(case, Exhaustive(all_cores=True))
by_size = {len(item.partition): item for item in solution.search.evaluated if len(item.partition) in (1, 5)}
best = solution.search.optimal_stable[0]
for label, item in (("one market of all", by_size[1]), ("everyone alone", by_size[5]), ("optimal stable", best)):
    cost = solution.cost(item.partition)
    neighbourhood = sum(coalition.total for coalition in cost.coalitions)
    stable = "stable" if item.stable else "unstable"
    print(f"{label:18} network {item.total:8.2f}, neighbourhood {neighbourhood:8.2f} CHF, {stable}")

assert solution.search.partition_count == len(solution.search.evaluated) == 34
assert solution.search.proven
assert best.stable
assert best.total <= by_size[5].total + 1e-6  # everyone alone is always stable, so it can't be worse
assert solution.search.price_of_stability >= 1.0
