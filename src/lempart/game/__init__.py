"""Cooperative games on partitions: deviation models, cores, stability; knows no energy."""

from lempart.game.core import core_verdict, has_core
from lempart.game.deviation import DissolveIntoSingletons, Inertia, NoExternalities, Optimistic, Pessimistic
from lempart.game.protocols import CharacteristicGame, DeviationModel, PartitionGame
from lempart.game.stability import is_stable, partition_verdict
from lempart.game.tables import AsPartitionGame, TableGame, TablePartitionGame
from lempart.game.verdict import BalancedWeight, Block, CoreVerdict, LeastCore, PartitionVerdict

__all__ = [
    "AsPartitionGame",
    "BalancedWeight",
    "Block",
    "CharacteristicGame",
    "CoreVerdict",
    "DeviationModel",
    "DissolveIntoSingletons",
    "Inertia",
    "LeastCore",
    "NoExternalities",
    "Optimistic",
    "PartitionGame",
    "PartitionVerdict",
    "Pessimistic",
    "TableGame",
    "TablePartitionGame",
    "core_verdict",
    "has_core",
    "is_stable",
    "partition_verdict",
]
