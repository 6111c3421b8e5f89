"""Table I: forecasts and realisations of Example 1."""

import numpy as np

from lempart import read_case, shipped_case_path

case = read_case(shipped_case_path("example-1"))
print("prosumer  forecast, MW     realised, MW")
for prosumer, forecast, actual in zip(
    case.prosumers, case.scenario.forecast.real, case.scenario.realization.real, strict=True
):
    print(f"{prosumer.name:8}  {forecast!s:15}  {actual!s}")

error = case.scenario.realization - case.scenario.forecast
assert case.horizon.steps == 3
assert len(case.prosumers) == 3
assert np.allclose(case.scenario.forecast.sum(axis=1), 0.0)  # each could live by itself, with its battery
assert np.abs(error).max() > 0.0
