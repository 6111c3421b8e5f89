"""Where the coalitions of one partition exchange power: what is the same in every draw."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from lempart.cost.equations.nodal_prices import TaxOnPrices
from lempart.cost.prepared_case import PreparedCase
from lempart.cost.routes.clusters import ClusterFinder
from lempart.dispatch import Exchanges
from lempart.partition import Subgraph


@dataclass(frozen=True, eq=False)
class PartitionLayout:
    """A partition on its grid.

    Attributes
    ----------
    territories
        The subgraphs of all coalitions: the players', then the regular customers'.
    """

    prepared: PreparedCase
    territories: Sequence[Subgraph]

    @cached_property
    def exchanges(self) -> Exchanges:
        """Return the boundary exchanges of all coalitions (Eq 2)."""
        return Exchanges.of(self.territories, self.prepared.grid)

    @cached_property
    def taxed(self) -> TaxOnPrices:
        """Return how their tax bears on prices."""
        return TaxOnPrices(self.exchanges, self.prepared.grid)

    @cached_property
    def taxed_sums(self) -> tuple[int, ...]:
        """Return the mask of the prosumers whose injections each exchange adds up, sign aside; in no given order."""
        finder = ClusterFinder(self.prepared.grid)
        return tuple(who for own in self.territories for _, who in finder.span(own.edge_mask).exchanges)
