"""Figure 3 and Equation 8: nodal prices and shares recover the network's cost from the markets."""

from lempart import costs_of, read_case, shipped_case_path

for name in ("example-1", "example-2", "rural-feeder-5"):
    case = read_case(shipped_case_path(name))
    costs = costs_of(case)
    worst = 0.0
    for partition in costs.prepared.family.enumerate():
        cost = costs.partition(partition)
        paid = sum(bill.total for bill in (*cost.coalitions, *cost.regular))
        # What markets pay beyond the cost is the operator's congestion surplus; what nobody can be charged for is told.
        gap = paid - (cost.total + cost.network_surplus - cost.unrecovered)
        worst = max(worst, abs(gap) / max(1.0, abs(cost.total)))
    print(f"{name}: bills make up the cost to {worst:.0e}, relative, in every partition")
    assert worst < 1e-6
