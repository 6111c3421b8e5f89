"""Figure 7: prosumption profiles of the three types of prosumers, as formulas read from the figure."""

import numpy as np

from lempart.reproduce.figure_7 import figure_7

(table,) = figure_7()
print(table.title, ", ".join(table.columns), sep="\n")
hours = np.array([float(row.label.split()[0]) for row in table.rows])
values = np.array([row.ours for row in table.rows])
for row in table.rows:
    print(row.label, " ".join(f"{value:+.2f}" for value in row.ours))

profile = dict(zip(table.columns, values.T, strict=True))
night = (hours < 2) | (hours > 22)
assert night[np.argmax(np.abs(profile["1: load"]))]  # the load of branch 1 peaks at midnight
assert (profile["2: PV"][night] == 0).all()
assert 10 < hours[np.argmax(profile["2: PV"])] < 15
assert (profile["wind, 10 % below"] <= profile["1: wind, mean"]).all()
assert np.ptp(profile["3: waste"]) < 0.5 * np.ptp(profile["2: PV"])  # the incinerator runs nearly flat
