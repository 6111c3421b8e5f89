"""Cooperative games on partitions: deviation models, cores, stability; knows no energy."""

from lempart._renamed import renamed
from lempart.game.bounds import Bounds
from lempart.game.core import CoreOptions, core_verdict, has_core, priced_rows
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
    PreparedGame,
    independent_game,
    turnover_of,
)
from lempart.game.shapley import Shapley, shapley
from lempart.game.stability import is_stable, partition_verdict
from lempart.game.stopping import Ending
from lempart.game.tables import AsPartitionGame, TableGame, TablePartitionGame
from lempart.game.verdict import (
    BalancedWeight,
    Block,
    CoreAllocation,
    CoreGap,
    CoreVerdict,
    Empty,
    EmptyCore,
    EmptyCoreGap,
    LeastCore,
    NotViable,
    PartitionVerdict,
    Stable,
    Undecided,
)

__all__ = [
    "AsPartitionGame",
    "BalancedWeight",
    "Block",
    "BoundedGame",
    "Bounds",
    "CharacteristicGame",
    "CoreAllocation",
    "CoreGap",
    "CoreMembership",
    "CoreOptions",
    "CoreRows",
    "CoreVerdict",
    "DeviationModel",
    "DissolveIntoSingletons",
    "Empty",
    "EmptyCore",
    "EmptyCoreGap",
    "Ending",
    "GameWithTurnover",
    "Inertia",
    "KohlbergCertificate",
    "KohlbergLevel",
    "LeastCore",
    "NoExternalities",
    "NotViable",
    "Nucleolus",
    "Optimistic",
    "PartitionGame",
    "PartitionVerdict",
    "Pessimistic",
    "PreparedGame",
    "Shapley",
    "Stable",
    "TableGame",
    "TablePartitionGame",
    "Undecided",
    "core_membership",
    "core_verdict",
    "excesses",
    "has_core",
    "independent_game",
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
