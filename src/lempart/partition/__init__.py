"""Coalitions, partitions and their structure on the tree; knows no energy and no costs."""

from lempart._renamed import renamed
from lempart.partition.bits import mask_of, members, submasks
from lempart.partition.exclusions import Exclusions, exclusions
from lempart.partition.family import Family
from lempart.partition.moves import merges, splits
from lempart.partition.naming import CoalitionLike, PartitionLike, coalition_of, partition_of
from lempart.partition.partition import Partition
from lempart.partition.restrictions import Compatible, Restriction, Restrictions, Weighed
from lempart.partition.skeleton import BranchingNode, Leaf, Skeleton, Subtree
from lempart.partition.subgraph import Subgraph, canonical_subgraph

__all__ = [
    "BranchingNode",
    "CoalitionLike",
    "Compatible",
    "Exclusions",
    "Family",
    "Leaf",
    "Partition",
    "PartitionLike",
    "Restriction",
    "Restrictions",
    "Skeleton",
    "Subgraph",
    "Subtree",
    "Weighed",
    "canonical_subgraph",
    "coalition_of",
    "exclusions",
    "mask_of",
    "members",
    "merges",
    "partition_of",
    "splits",
    "submasks",
]

__getattr__ = renamed(__name__, {"Node": "BranchingNode"})
