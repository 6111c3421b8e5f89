"""The tables of the tree program: what the cheapest partition below every node costs, as costs become known."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np

from lempart.errors import UsageError
from lempart.partition import BranchingNode, Restrictions, Skeleton
from lempart.search.tree_convolution import cheapest_set_partitions
from lempart.typing import BoolArray, FloatArray

MAX_TABLE_BRANCHES = 16
"""A place with ``c`` branches has ``2**c`` coalitions and takes ``3**c / 2`` additions."""


@dataclass(eq=False)
class NodeTable:
    """One place of the skeleton: its branches are the leaves, then the subtrees; subsets of them are bitmasks.

    Attributes
    ----------
    coalition
        The players of each subset of branches, taken whole.
    cost
        ``w``, shape ``(2**branches,)``: of each subset as one block. Of a single subtree it is the cheapest partition
        below it. ``inf`` where a block isn't viable, or struck out.
    known
        Whether ``cost`` is the block's own cost, not a lower bound of it; of single subtrees, the empty set and what
        breaks the rules: True.
    best
        ``f``, shape ``(2**branches,)``: of the cheapest partition of each subset, from :meth:`TreeTables.update`.
    forbidden
        The blocks that break the rules.
    apart
        Cost of what has no choice here: coalitions that can't join, and places below edges that none may cross.
    """

    node: BranchingNode
    coalition: tuple[int, ...]
    cost: FloatArray
    known: BoolArray
    best: FloatArray
    forbidden: frozenset[int] = frozenset()
    apart: float = 0.0
    stale: bool = True

    @classmethod
    def of(cls, node: BranchingNode, restrictions: Restrictions | None = None) -> NodeTable:
        """Return a table in which nothing is known yet, and all blocks but subtrees cost ``inf``."""
        branches = [leaf.mask for leaf in node.leaves] + [subtree.mask for subtree in node.subtrees]
        coalition = [0]
        for mask in branches:
            coalition += [mask | other for other in coalition]
        size = len(coalition)
        known = np.zeros(size, dtype=bool)
        known[[0, *(1 << (len(node.leaves) + subtree) for subtree in range(len(node.subtrees)))]] = True
        forbidden: frozenset[int] = frozenset()
        if restrictions is not None:
            allowed = restrictions.allow
            forbidden = frozenset(b for b, mask in enumerate(coalition) if b & (b - 1) and not allowed(mask))
            known[list(forbidden)] = True
        return cls(node, tuple(coalition), np.full(size, np.inf), known, np.full(size, np.inf), forbidden)

    @property
    def branches(self) -> int:
        """Return how many branches meet here."""
        return len(self.node.leaves) + len(self.node.subtrees)

    @property
    def branch_masks(self) -> tuple[int, ...]:
        """Return the players of each branch."""
        return tuple(self.coalition[1 << branch] for branch in range(self.branches))

    @property
    def joint(self) -> list[int]:
        """Return the coalitions of two branches or more."""
        return [mask for b, mask in enumerate(self.coalition) if b & (b - 1) and b not in self.forbidden]

    def raise_bounds(self, floor: FloatArray) -> None:
        """Note what blocks cost at least whose costs aren't known; ``floor`` is indexed like :attr:`cost`."""
        unknown = ~self.known
        self.cost[unknown], self.stale = floor[unknown], True

    @property
    def value(self) -> float:
        """Return the cost of the cheapest partition of everyone below."""
        return self.apart + float(self.best[-1])


@dataclass(eq=False)
class TreeTables:
    """The recursion ``best(r)`` of the tree program, at every place of the skeleton, children first.

    ``best(r)`` is the minimum over the set partitions of the branches at ``r``: a block of one subtree costs what the
    place below it costs at best, every other block is a coalition.
    """

    skeleton: Skeleton
    restrictions: Restrictions | None = None
    tables: tuple[NodeTable, ...] = field(init=False)
    _place: Mapping[int, tuple[int, int]] = field(init=False, repr=False)
    _fixed: dict[int, float] = field(default_factory=dict, init=False, repr=False)
    _above: Mapping[int, int] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        nodes = self.skeleton.nodes
        branches = max(len(node.leaves) + len(node.subtrees) for node in nodes)
        if branches > MAX_TABLE_BRANCHES:
            raise UsageError(
                f"{branches} branches meet at one bus, and the tree program takes {MAX_TABLE_BRANCHES} at most; "
                "use the exhaustive or the local search, or join players to groups"
            )
        self.tables = tuple(NodeTable.of(node, self.restrictions) for node in nodes)
        self._place = {mask: (index, block) for index in range(len(nodes)) for block, mask in self.blocks(index)}
        self._above = {
            below: index
            for index, node in enumerate(nodes)
            for below in (*(x.node for x in node.subtrees), *node.apart)
        }

    @property
    def widest(self) -> int:
        """Return the number of subsets of branches where most branches meet."""
        return max(len(table.coalition) for table in self.tables)

    def blocks(self, index: int) -> Iterator[tuple[int, int]]:
        """Yield the coalitions that meet at a place: (subset of branches, players); -1 for those that can't join."""
        table = self.tables[index]
        subtrees = {
            1 << subtree for subtree in range(len(table.node.leaves), len(table.node.leaves) + len(table.node.subtrees))
        }
        passed = subtrees | table.forbidden
        yield from ((block, mask) for block, mask in enumerate(table.coalition) if mask and block not in passed)
        yield from ((-1, mask) for mask in table.node.fixed)

    def coalitions(self) -> Iterable[int]:
        """Return every admissible coalition, children before parents."""
        return self._place.keys()

    def table_of(self, coalition: int) -> NodeTable:
        """Return the table of the place where a coalition's branches meet."""
        return self.tables[self._place[coalition][0]]

    def is_coalition(self, mask: int) -> bool:
        """Return whether ``mask`` is an admissible coalition."""
        return mask in self._place

    def known(self, coalition: int) -> bool:
        """Return whether the coalition's own cost is known (or it was struck out)."""
        index, block = self._place[coalition]
        return coalition in self._fixed if block < 0 else bool(self.tables[index].known[block])

    def set_cost(self, coalition: int, cost: float) -> None:
        """Note a coalition's own cost; ``inf`` strikes it out."""
        index, block = self._place[coalition]
        table = self.tables[index]
        if block < 0:
            self._fixed[coalition] = cost
        else:
            table.cost[block], table.known[block] = cost, True
        table.stale = True

    def forget_bounds(self) -> None:
        """Leave out every coalition of which only a bound is known."""
        for table in self.tables:
            table.cost[~table.known], table.stale = np.inf, True
        self.update()

    def update(self) -> float:
        """Bring all tables up to date and return the cost of the cheapest partition."""
        for index, table in enumerate(self.tables):
            if not table.stale:
                continue
            for subtree, branch in enumerate(table.node.subtrees):
                table.cost[1 << (len(table.node.leaves) + subtree)] = self.tables[branch.node].value
            table.best = cheapest_set_partitions(table.cost)
            below = sum(self.tables[place].value for place in table.node.apart)
            table.apart = below + sum(self._fixed.get(mask, np.inf) for mask in table.node.fixed)
            table.stale = False
            if index in self._above:
                self.tables[self._above[index]].stale = True
        return self.tables[self.skeleton.root].value
