"""Coalitions, partitions and their structure on the tree; knows no energy and no costs."""

from lempart.partition.bits import mask_of, members, submasks
from lempart.partition.family import Family
from lempart.partition.moves import merges, splits
from lempart.partition.partition import Partition
from lempart.partition.subgraph import Subgraph, canonical_subgraph

__all__ = [
    "Family",
    "Partition",
    "Subgraph",
    "canonical_subgraph",
    "mask_of",
    "members",
    "merges",
    "splits",
    "submasks",
]
