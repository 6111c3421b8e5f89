"""Figure 5: forecasts and realisations decide which stable partition is the optimal one."""

from dataclasses import replace

from lempart import Scenario, read_case, shipped_case_path, solve

case = read_case(shipped_case_path("example-1"))
forecast, actual = case.scenario.forecast, case.scenario.realization
winners = {}
for share in (0.0, 0.25, 0.5, 0.75, 1.0):
    solution = solve(replace(case, scenario=Scenario(forecast, forecast + share * (actual - forecast))))
    best = solution.optimal_stable
    assert best is not None
    winners[share] = len(best)
    print(f"{share:4.0%} of the forecast error: {solution.names(best)} at {solution.cost(best).total:.2f} CHF")

assert winners[0.0] == 1  # perfect forecasts: one market of all
assert winners[1.0] == 3  # as in Table II: everyone alone
