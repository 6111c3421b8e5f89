"""Cooperative games on partitions: deviation models, cores, stability; knows no energy."""

from lempart._renamed import renamed
from lempart.game.bounds import Bounds
from lempart.game.core import core_verdict, has_core, priced_rows
from lempart.game.core.linear_program import CoreRows, least_core
from lempart.game.deviation import DissolveIntoSingletons, Inertia, NoExternalities, Optimistic, Pessimistic
from lempart.game.excess import CoreMembership, core_membership, excesses
from lempart.game.nucleolus import Nucleolus, nucleolus
from lempart.game.nucleolus_certificate import KohlbergCertificate, KohlbergLevel, kohlberg_certificate
from lempart.game.protocols import (
    BoundedGame,
    CharacteristicGame,
    DeviationModel,
    GameWithTurnover,
    PartitionGame,
    turnover_of,
)
from lempart.game.shapley import Shapley, shapley
from lempart.game.stability import is_stable, partition_verdict
from lempart.game.tables import AsPartitionGame, TableGame, TablePartitionGame
from lempart.game.verdict import BalancedWeight, Block, CoreGap, CoreVerdict, LeastCore, PartitionVerdict

__all__ = [
    "AsPartitionGame",
    "BalancedWeight",
    "Block",
    "BoundedGame",
    "Bounds",
    "CharacteristicGame",
    "CoreGap",
    "CoreMembership",
    "CoreRows",
    "CoreVerdict",
    "DeviationModel",
    "DissolveIntoSingletons",
    "GameWithTurnover",
    "Inertia",
    "KohlbergCertificate",
    "KohlbergLevel",
    "LeastCore",
    "NoExternalities",
    "Nucleolus",
    "Optimistic",
    "PartitionGame",
    "PartitionVerdict",
    "Pessimistic",
    "Shapley",
    "TableGame",
    "TablePartitionGame",
    "core_membership",
    "core_verdict",
    "excesses",
    "has_core",
    "is_stable",
    "kohlberg_certificate",
    "least_core",
    "nucleolus",
    "partition_verdict",
    "priced_rows",
    "shapley",
    "turnover_of",
]

__getattr__ = renamed(__name__, {"Standing": "CoreMembership", "gains_of": "excesses", "standing": "core_membership"})
