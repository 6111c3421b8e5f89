"""Figure 4: externalities. What one market pays depends on the markets that the others form."""

from lempart import Partition, costs_of, read_case, shipped_case_path

case = read_case(shipped_case_path("rural-feeder-5"))
costs = costs_of(case)
family, names = costs.prepared.family, costs.prepared.names

market = 0b00001
bills = {
    partition: cost
    for partition in family.enumerate()
    if market in partition.coalitions
    for cost in [costs.coalition_cost(market, partition)]
}
least, most = min(bills, key=lambda p: bills[p]), max(bills, key=lambda p: bills[p])


def text(partition: Partition) -> str:
    """Return a partition with its players' names."""
    return " ".join("{" + ", ".join(names(coalition)) + "}" for coalition in partition)


print(f"{{{', '.join(names(market))}}} is alone in {len(bills)} partitions and pays in")
for partition in (least, most):
    print(f"  {text(partition)}: {bills[partition]:.4f} {case.market.currency}")
assert len(bills) > 1
assert bills[most] - bills[least] > 1e-3

# Without externalities (Assumptions IV.1, IV.2) it pays the same in all of them: see proposition_4_1.py.
