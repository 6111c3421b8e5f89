"""Table IV on a sample of 40 variants; in full: lempart reproduce table-4."""

import numpy as np

from lempart.reproduce.table_4 import NOISE, PAPER, run_table_4, table_4

found = run_table_4(variants=40)
for table in table_4(found):
    print(table.title)
    for row in table.rows:
        cells = (
            f"{ours:6.0f}{mark:2} ({paper:.0f})"
            for ours, mark, paper in zip(row.ours, row.marks, row.paper, strict=True)
        )
        print(f"  {row.label:20}", *cells)

branch = 1  # the reading of the voltage penalty that was calibrated on this table
assert found.totals(branch).shape == np.shape(PAPER)
assert found.mean_deviation(branch) < 0.15
best = [at.best[branch] for at in found.points]
grand = 4
assert best[NOISE.index(0.0)] == best[NOISE.index(0.05)] == grand  # good forecasts: one market of all
assert best[NOISE.index(0.2)] != grand  # bad ones: smaller markets
for column in (0, 1):
    assert found.points[column].expected_optimal_stable(branch) == grand
