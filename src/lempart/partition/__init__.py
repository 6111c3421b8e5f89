"""Coalitions, partitions and their structure on the tree; knows no energy and no costs."""

from lempart._renamed import renamed
from lempart.partition.bits import mask_of, members, submasks
from lempart.partition.family import Family
from lempart.partition.moves import merges, splits
from lempart.partition.partition import Partition
from lempart.partition.skeleton import BranchingNode, Limb, Skeleton, Tip
from lempart.partition.subgraph import Subgraph, canonical_subgraph

__all__ = [
    "BranchingNode",
    "Family",
    "Limb",
    "Partition",
    "Skeleton",
    "Subgraph",
    "Tip",
    "canonical_subgraph",
    "mask_of",
    "members",
    "merges",
    "splits",
    "submasks",
]

__getattr__ = renamed(__name__, {"Node": "BranchingNode"})
