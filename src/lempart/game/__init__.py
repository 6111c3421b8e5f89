"""Cooperative games on partitions: deviation models, cores, stability; knows no energy."""

from lempart.game.core import core_verdict, has_core, priced_rows
from lempart.game.core_lp import CoreRows, least_core
from lempart.game.deviation import DissolveIntoSingletons, Inertia, NoExternalities, Optimistic, Pessimistic
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
from lempart.game.separation import Bounds
from lempart.game.shapley import Shapley, shapley
from lempart.game.stability import is_stable, partition_verdict
from lempart.game.standing import Standing, gains_of, standing
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
    "Standing",
    "TableGame",
    "TablePartitionGame",
    "core_verdict",
    "gains_of",
    "has_core",
    "is_stable",
    "kohlberg_certificate",
    "least_core",
    "nucleolus",
    "partition_verdict",
    "priced_rows",
    "shapley",
    "standing",
    "turnover_of",
]
