"""Lower bounds on what partitions cost with externalities, additive over coalitions.

**The terms.** A dispatch has every prosumer ``m`` inject ``w_m`` when it comes to it, at a cost ``c_m`` of its devices.
Let ``X(W)`` be the sum of the injections of ``W``. A coalition ``F`` is taxed at its highest node, on its own ``X(F)``
and on all it carries, and once more at each boundary node ``b`` further down, on the ``X_b`` of those who hang there on
edges of others. Balancing costs ``Gamma_b`` in every partition. Violations, and limits that are hard, are written into
the cost at shadow prices (:mod:`lempart.cost.bounds.stage_prices`): they leave a constant ``C``, and a price ``p_m`` at
every prosumer instead of ``lambda_0``. So ``Phi(P)`` is at least ``Gamma_b + C`` plus, of every coalition, regular
customers included::

    sum over m in F of (c_m - <p_m, w_m>) + kappa |X(F) + sum over b of X_b| + kappa sum over b of |X_b|

For any complex ``|s_t| <= 1``, another one for each coalition if need be, ``|S| >= Re(conj(s) S)`` at the highest node
leaves a sum of *own terms* and *carrying terms*::

    H_F(s) = sum over m in F of (c_m - <p_m - kappa s, w_m>)    K_b(s) = kappa (|X_b| + Re(conj(s) X_b)) >= 0

A coalition that carries nobody needs no ``s``: its own term is ``O_F = sum over m of (c_m - <p_m, w_m>) + kappa
|X(F)|``, which is at least ``H_F(s)`` for every ``s``.

**The rule.** Every own term and every carrying term is in the sum once. Terms may be bounded one by one or several of
them together, by the least that they come to in any dispatch; a term that was bounded together with others is used up.
What two bounds differ by bounds nothing, and may only be added to the very bound that it was counted from. A hard limit
at the forecast holds in every dispatch, so that it may stay a limit in any minimum, and in several of them.

**The bounds.** Each is a minimum over all that devices can do, behind such lines, with hard limits, as carry nobody
else's power:

- ``H_F(s)``: ``sum of v_m(s)``, every prosumer's optimum in hindsight at the price ``p_m - kappa s``.
- ``K_b(s)``: ``T_s``, the least of it at any ``X_b`` that the devices of those who hang at ``b`` can make.
- ``O_F``: ``A'(F)``, the coalition's optimum in hindsight. It is the least of ``H_F(s)`` for the ``s`` that is best for
  ``F`` alone; for this one ``A'(F) + sum of T_s`` bounds what a coalition pays that carries others.
- ``O_F``, with single boundaries where no dispatch can come near a limit: what its own dispatch says, exactly.
- ``O_m + K_b(s)`` where a single home ``m`` hangs alone at ``b``: all three taxes with its devices at once. This bounds
  terms of two coalitions together. It is written as the bound that stands for ``O_m``, in the home's own coalition, and
  the rest of it, in its carrier's (:class:`~lempart.cost.bounds.own_terms.HomeBound`). A home hangs alone at one node
  of one coalition at most, so that its ``O_m`` is used once. Adding the rest to another, sharper bound on ``O_m`` would
  be false: a line of its own may keep the home from ever doing what makes carrying dear.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import combinations

from lempart.conic import SolverSettings
from lempart.cost.bounds.bound_programs import BoundPrograms
from lempart.cost.bounds.own_terms import OwnBounds
from lempart.cost.bounds.stage_prices import StagePrices
from lempart.cost.prepared_case import PreparedCase
from lempart.cost.routes.by_cluster import ByCluster
from lempart.cost.routes.clusters import Span
from lempart.partition import Partition, mask_of, members

MAX_CARRIED = 2_000
"""Groups that may hang between others, up to which it is looked into what carrying each adds at least."""


@dataclass(eq=False)
class PartitionBounds:
    """Satisfies ``search.AdditiveBounds``: ``Phi(P) >= floor + sum of excess(F)`` over the players' coalitions.

    ``least`` is what every partition costs at least by other bounds, where that is known to be more than the floor.
    ``nearby`` makes bounds whose plan is that of a given partition, where there are such. ``programs`` says where
    programs are solved.
    """

    prepared: PreparedCase
    by_cluster: ByCluster
    prices: StagePrices
    solver: SolverSettings | None = None
    least: float = -math.inf
    nearby: Callable[[Partition], PartitionBounds | None] | None = field(default=None, repr=False)
    programs: BoundPrograms = field(default_factory=BoundPrograms, repr=False)
    _excess: dict[int, float] = field(default_factory=dict, init=False, repr=False)
    _sharp: dict[int, float] = field(default_factory=dict, init=False, repr=False)
    _carrying: dict[int, float] = field(default_factory=dict, init=False, repr=False)

    @cached_property
    def floor(self) -> float:
        """Return what every partition costs at least, in currency."""
        regular = sum(self._own.home(m).alone for m in self.prepared.family.regular)
        return float(self.by_cluster.balancing + self._own.network + regular + sum(self._per_player))

    def excess(self, coalition: int) -> float:
        """Return by how much a partition with this coalition costs more than the floor, at least: a quick bound."""
        if coalition not in self._excess:
            self._excess[coalition] = sum(self._carried(who) for _, who in self._span(coalition).through)
        return self._excess[coalition]

    def sharp_excess(self, coalition: int) -> float:
        """Return the best bound known, never below :meth:`excess`; takes a dispatch of the coalition."""
        if coalition not in self._sharp:
            share = sum(self._per_player[player] for player in members(coalition))
            self._sharp[coalition] = max(self.excess(coalition), self._best(coalition) - share)
        return self._sharp[coalition]

    def prepare(self, coalitions: Sequence[int]) -> None:
        """Find the best bounds of coalitions that will be asked for, where several processes share that.

        No answer is another for it.
        """
        left = dict.fromkeys(mask for mask in coalitions if mask not in self._sharp)
        self._own.prepare(self.prepared.family.prosumers(mask) for mask in left)

    @property
    def at_once(self) -> int:
        """Return how many coalitions keep all processes busy."""
        return self.programs.at_once

    def carried(self, outside: int) -> float:
        """Return what it adds at least that these players hang between others of one coalition, all at one node.

        ``outside`` holds all players below some of the node's child edges; :meth:`excess` of the coalition has it too.
        Regular customers who hang there are carried as well.
        """
        family, below, tree = self.prepared.family, self.by_cluster.finder.below, self.prepared.grid.tree
        beside = mask_of(family.prosumers(outside))
        others = mask_of(family.prosumers(family.everyone)) & ~beside
        node = int(tree.leaf[family.prosumers(outside)[0]])
        while not below[node] & others:  # up to where somebody else hangs below: there the coalition passes
            node = int(tree.parent[node])
        return self._carried(sum(below[child] for child in tree.children[node] if not below[child] & others))

    @property
    def limits_never_bind(self) -> bool:
        """Return whether no dispatch that flexibility allows, of any partition, reaches a limit of the grid."""
        return self._own.limits_never_bind

    def _best(self, coalition: int) -> float:
        """Return the best bound on what a coalition adds."""
        prosumers = self.prepared.family.prosumers(coalition)
        through = [members(who) for _, who in self._span(coalition).through]
        return self._own.carrying(prosumers, through) if through else self._own.carrying_nobody(prosumers)

    def _span(self, coalition: int) -> Span:
        return self.by_cluster.finder.span(self.prepared.family.edge_mask(coalition))

    def _carried(self, who: int) -> float:
        """Return what it adds at least, to everyone's own bounds, that a coalition carries just these prosumers."""
        if who not in self._carrying:
            homes = members(who)
            self._carrying[who] = self._own.home(homes[0]).carrying if len(homes) == 1 else self._own.transit(homes)
        return self._carrying[who]

    def near(self, partition: Partition) -> PartitionBounds | None:
        """Return bounds that are sharper for partitions whose plan is like this one's; None where there are none."""
        return None if self.nearby is None else self.nearby(partition)

    def steps_to_floor(self) -> Iterator[object]:
        """Yield after each program, or few, that :attr:`floor` takes, before the floor itself."""
        yield self._own.direction
        yield self._per_player
        self._own.prepare([m] for m in self.prepared.family.regular)
        yield from (self._own.home(m) for m in self.prepared.family.regular)
        yield self.floor

    @property
    def never_negative(self) -> bool:
        """Return whether nothing is gained by carrying anybody, which adding up excesses takes for granted."""
        few = sum(2 ** len(masks) for masks in self._side_by_side) <= MAX_CARRIED
        return few and all(added >= 0.0 for added in self.steps_to_never_negative())

    def steps_to_never_negative(self) -> Iterator[float]:
        """Yield what it adds at least that these or those are carried, up to the first that is negative."""
        groups = self._side_by_side
        beside = (sum(some) for masks in groups for size in range(1, len(masks)) for some in combinations(masks, size))
        for who in sorted(beside, key=int.bit_count, reverse=True):  # most first: a single home takes a dispatch
            yield self._carried(who)
            if self._carried(who) < 0.0:
                return

    @property
    def _side_by_side(self) -> list[list[int]]:
        """Return, of each node, who hangs below its edges; none where nobody is carried, or it adds what it adds."""
        if self.prepared.family.single_boundary or not self.prices.theta:
            return []
        below, children = self.by_cluster.finder.below, self.prepared.grid.tree.children
        return [[below[child] for child in kids] for kids in children[1:] if len(kids) > 1]

    @cached_property
    def _own(self) -> OwnBounds:
        return OwnBounds(self.prepared, self.by_cluster, self.prices, self.solver, self.programs)

    @cached_property
    def _per_player(self) -> list[float]:
        """Return ``v``, summed over each player's prosumers."""
        family = self.prepared.family
        prosumers = family.prosumers(family.everyone)
        costs = dict(zip(prosumers, self._own.at_everyones_price(prosumers), strict=True))
        return [sum(costs[m] for m in player) for player in family.players]
