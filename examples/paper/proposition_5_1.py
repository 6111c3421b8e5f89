"""Proposition V.1: with perfect forecasts one market of all is the cheapest partition (Problem I)."""

from dataclasses import replace

from lempart import Scenario, read_case, shipped_case_path, solve

for name in ("example-1", "example-2", "rural-feeder-5"):
    case = read_case(shipped_case_path(name))
    perfect = replace(case, scenario=Scenario(case.scenario.realization, case.scenario.realization))
    solution = solve(perfect)
    cheapest = solution.search.optimal[0].total
    grand = next(item for item in solution.search.evaluated if len(item.partition) == 1)
    print(
        f"{name}: the grand market costs {grand.total:.2f}, the cheapest of {solution.search.partition_count} the same"
    )
    assert grand.total <= cheapest + 1e-6 * max(1.0, abs(cheapest))
