"""Figure 1 and Definition II.1: a partition of a radial grid into edge-disjoint connected subgraphs."""

from lempart import Partition
from lempart.partition import Family
from lempart.tree import Tree

# Two branches of two homes each, and one home at the PCC; nodes 0 (PCC), 1 and 2 are buses.
grid = Tree.of(parent=[-1, 0, 0, 1, 1, 2, 2, 0], leaf=[3, 4, 5, 6, 7])
family = Family.singletons(grid)
assert family.player_count == 5

neighbours = Partition.of([0b00011, 0b01100, 0b10000])  # {1, 2} {3, 4} {5}
crossing = Partition.of([0b00101, 0b01010, 0b10000])  # {1, 3} {2, 4} {5} share the way between the branches
print("{1, 2} {3, 4} {5}:", family.objection(neighbours) or "a partition of the grid")
print("{1, 3} {2, 4} {5}:", family.objection(crossing))

everything = list(family.enumerate())
print(f"{family.count()} of the 52 partitions of a set of five are partitions of this grid")

assert family.is_partition(neighbours)
assert not family.is_partition(crossing)
assert len(everything) == len(set(everything)) == family.count() < 52
for partition in everything:
    assert family.edge_disjoint(partition)
