"""Figure 2: the ex-ante stage dispatches on the forecast, the ex-post stage pays for what really happens."""

import numpy as np

from lempart import costs_of, read_case, shipped_case_path
from lempart.dispatch import dispatch
from lempart.grid import realized_state

case = read_case(shipped_case_path("example-1"))
costs = costs_of(case)
grand = next(p for p in costs.prepared.family.enumerate() if len(p) == 1)

problem = costs.problem(grand)
decided = dispatch(problem)  # ex-ante: knows the forecast alone
happened = realized_state(problem.grid, case.scenario.realization + decided.flexible_mva)  # ex-post: u stays, U comes

flexibility = float(decided.flexibility_cost.sum())
overload = float((case.market.line_penalty_per_mvah * happened.line_excess_mva).sum()) * case.horizon.step_hours
total = costs.partition(grand)
print(f"ex-ante, forecast:  flexibility {flexibility:.2f} {case.market.currency}")
print(f"ex-post, realised:  overloads   {overload:.2f} {case.market.currency}, though none was foreseen")
print(f"together            {total.total:.2f} {case.market.currency}")

assert total.parts is not None
assert np.abs(decided.ex_ante_flows_mva[1:]).max() <= problem.grid.rating_mva[1:].max() + 1e-6
assert np.isclose(flexibility, total.parts.flexibility)
assert np.isclose(overload, total.parts.line, atol=1e-6)
assert overload > 100
assert np.isclose(total.total, total.parts.flexibility + total.parts.line + total.parts.tax)
