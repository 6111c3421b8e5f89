"""Algorithm 1, line by line, with its line 10 corrected (it must maximise), against the library's search."""

import numpy as np
from scipy.optimize import linprog

from lempart import costs_of, read_case, shipped_case_path, solve
from lempart.deviations import deviation_model
from lempart.partition import members

case = read_case(shipped_case_path("example-2"))
costs = costs_of(case)
family, deviation = costs.prepared.family, deviation_model(costs, "inertia")

best, best_cost = None, np.inf
for partition in family.enumerate():  # line 2
    total = costs.total(partition)  # lines 3 and 4: dispatch, realise
    stable = True
    for coalition in partition:  # line 6
        people = members(coalition)
        groups = [mask for mask in range(1, coalition + 1) if mask & ~coalition == 0]
        worth = [deviation.worth(mask, coalition, partition) for mask in groups]  # lines 7 to 9
        rows = np.array([[player in members(mask) for player in people] for mask in groups], dtype=float)
        finite = np.isfinite(worth)
        found = linprog(-np.ones(len(people)), rows[finite], np.array(worth)[finite], bounds=(None, None))  # line 10
        stable &= -found.fun >= costs.coalition_cost(coalition, partition) - 1e-6  # line 11
    print(f"{[members(c) for c in partition]!s:24} {total:8.2f} {'stable' if stable else 'unstable'}")
    if stable and total < best_cost - 1e-6:
        best, best_cost = partition, total  # line 15

solution = solve(case)
print("optimal stable:", solution.names(best), f"{best_cost:.2f}")
assert best in [item.partition for item in solution.search.optimal_stable]  # it has two ties, by symmetry
assert abs(best_cost - 241.0) < 1e-4
