"""Definition V.1: the core of a market, and a balanced collection that proves it empty (Example 2)."""

from lempart import costs_of, read_case, shipped_case_path
from lempart.deviations import deviation_model
from lempart.game import core_verdict
from lempart.partition import Partition, members

costs = costs_of(read_case(shipped_case_path("example-2")))
family = costs.prepared.family
deviation = deviation_model(costs, "inertia")

grand, pair = Partition.of([0b111]), Partition.of([0b001, 0b110])
empty = core_verdict(lambda group: deviation.worth(group, 0b111, grand), 0b111, family)
holds = core_verdict(lambda group: deviation.worth(group, 0b110, pair), 0b110, family)

print(f"All three pay {empty.cost:.2f}; no allocation that nobody leaves collects more than {empty.core_value:.2f}:")
for weight in empty.balanced:
    print(f"  {weight.weight:.2f} x {members(weight.coalition)} who would pay {weight.cost:.2f}")
print(f"P2 and P3 pay {holds.cost:.2f}: {dict(holds.allocation)} is in the core")

assert not empty.stable
assert abs(empty.shortfall - 4.5) < 1e-4
for player in range(3):  # balanced: each player's weights sum to 1
    own = [weight.weight for weight in empty.balanced if player in members(weight.coalition)]
    assert abs(sum(own) - 1.0) < 1e-6
assert abs(sum(weight.weight * weight.cost for weight in empty.balanced) - empty.core_value) < 1e-4
assert holds.stable
assert abs(sum(holds.allocation.values()) - holds.cost) < 1e-6
for player, bill in holds.allocation.items():
    assert bill <= deviation.worth(1 << player, 0b110, pair) + 1e-6
