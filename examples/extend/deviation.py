"""A belief of your own about the others: what a group that leaves its coalition expects to pay.

The paper's model lets the others stay as they are. Here a group that leaves expects the worst of what inertia and
dissolving would bring: careful people leave less easily, so that more partitions are stable.
"""

from __future__ import annotations

from dataclasses import dataclass

from lempart import Partition, read_case, shipped_case_path, solve
from lempart.game import DissolveIntoSingletons, Inertia, PartitionGame
from lempart.partition import Family
from lempart.search import Exhaustive


@dataclass(frozen=True)
class Careful:
    """Expects whichever is worse: the others stay as they are, or those left behind end up alone."""

    game: PartitionGame
    family: Family

    def worth(self, deviating: int, coalition: int, partition: Partition) -> float:
        """Return what the group ``deviating`` of ``coalition`` expects to pay once it has left ``partition``."""
        beliefs = Inertia(self.game, self.family), DissolveIntoSingletons(self.game, self.family)
        return max(belief.worth(deviating, coalition, partition) for belief in beliefs)


case = read_case(shipped_case_path("rural-feeder-5"))
every = Exhaustive(all_cores=True)
careful = solve(case, every, deviation=Careful)  # the class is given the game and the family of partitions
stays = solve(case, every, deviation="inertia")

stable = {
    name: {e.partition for e in found.search.evaluated if e.stable}
    for name, found in (("careful", careful), ("inertia", stays))
}
print(f"{careful.deviation}: {len(stable['careful'])} stable partitions, inertia: {len(stable['inertia'])}")
assert stable["inertia"] <= stable["careful"]
assert careful.bills().deviation == "Careful"
