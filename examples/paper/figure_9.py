"""Figure 9: the neighbourhood of five prosumers in a row, and its 34 partitions."""

from lempart import costs_of
from lempart.prosumption import NeighbourhoodOptions, neighbourhood_case

case = neighbourhood_case(NeighbourhoodOptions(day=14))
costs = costs_of(case)
family = costs.prepared.family
print(f"{len(case.prosumers)} prosumers on SimBench's rural feeder, {family.player_count} of them players:")
print(", ".join(costs.prepared.names(family.everyone)))
print(f"{family.count()} partitions, {family.everyone} coalitions")

assert family.player_count == 5
assert family.count() == 34  # the number the paper gives
