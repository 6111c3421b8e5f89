"""The partitions that a grid admits: one object that holds all structure the theory needs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from cachetools import LRUCache

from lempart.errors import InputError, Problem, UsageError
from lempart.partition.bits import members, submasks
from lempart.partition.build import build_skeleton
from lempart.partition.counting import count_ways
from lempart.partition.enumeration import enumerate_partitions
from lempart.partition.naming import CoalitionLike, PartitionLike, coalition_of, partition_of
from lempart.partition.objections import PlayerNames, find_objection
from lempart.partition.partition import Partition
from lempart.partition.remainder import as_players, connected_prosumers, maximal_admissible_parts
from lempart.partition.restricted import RestrictedPartitions
from lempart.partition.restrictions import Restrictions
from lempart.partition.sampling import Sampler
from lempart.partition.set_partitions import JoinCounts
from lempart.partition.skeleton import Skeleton
from lempart.partition.subcoalitions import single_boundary_subcoalitions
from lempart.partition.subgraph import Subgraph, SubgraphFinder
from lempart.tree import Tree

MAX_SUBGRAPHS_KEPT = 200_000
"""How many subgraphs are kept, the last ones used."""

MAX_PLAYERS = 10_000
"""Players up to which partitions are counted: who is below each bus takes memory by the square of their number."""

MAX_BRANCHES = 2_000
"""Branches with players at one bus, up to which partitions are counted: it takes seconds, and over 4,000 digits."""


@dataclass(frozen=True, eq=False)
class Family:
    """All partitions of the players into coalitions that the grid admits, ``P(G)``.

    A partition is admissible if its coalitions' canonical subgraphs are edge-disjoint (Def. II.1) and, with
    ``single_boundary`` (Assumption IV.1), each has exactly one boundary node. Prosumers in no player are
    regular customers: coalitions of one in every partition, left out of all masks. Coalitions are bitmasks
    over players.

    Parameters
    ----------
    tree
        The grid's tree, with one leaf per prosumer.
    players
        Each player's prosumers as indices into ``tree.leaf``: one, or a group that moves as one.
    single_boundary
        Whether coalitions must have exactly one boundary node.
    names
        What the players are called, one name each; None: by their numbers, ``"0"``, ``"1"``, and so on.
    restrictions
        Rules that coalitions of two or more players must keep; None: none.

    Raises
    ------
    InputError
        There aren't as many different names as players; or a player has no prosumer, or one the tree doesn't have, or
        one of another player; or (with ``single_boundary``) a group has more than one boundary node. Carries every
        such problem.
    """

    tree: Tree
    players: tuple[tuple[int, ...], ...]
    single_boundary: bool = False
    names: tuple[str, ...] | None = None
    restrictions: Restrictions | None = None
    _subgraphs: LRUCache[int, Subgraph] = field(
        default_factory=lambda: LRUCache(MAX_SUBGRAPHS_KEPT), init=False, repr=False
    )

    def __post_init__(self) -> None:
        players = tuple(tuple(sorted(int(prosumer) for prosumer in player)) for player in self.players)
        object.__setattr__(self, "players", players)
        problems = _membership_problems(players, len(self.tree.leaf))
        if self.names is not None and len(set(self.names)) != len(players):
            told = f"{len(set(self.names))} different names for {len(players)} players"
            problems.append(Problem("names", told, "Give every player a name of its own"))
        if not problems and self.single_boundary:
            problems = [
                Problem(
                    f"players[{player}]",
                    f"the group has {len(self.subgraph(1 << player).boundary_nodes)} boundary nodes",
                    "With single_boundary a group must be a node and complete subtrees of its children",
                )
                for player, prosumers in enumerate(players)
                if len(prosumers) > 1 and not self.admissible(1 << player)
            ]
        if problems:
            raise InputError(problems)

    @classmethod
    def singletons(cls, tree: Tree, *, single_boundary: bool = False, names: tuple[str, ...] | None = None) -> Family:
        """Return the family in which every prosumer is a player of its own.

        Parameters
        ----------
        tree
            The grid's tree, with one leaf per prosumer.
        single_boundary
            Whether coalitions must have exactly one boundary node.
        names
            What the players are called; None: by their numbers.
        """
        return cls(tree, tuple((prosumer,) for prosumer in range(len(tree.leaf))), single_boundary, names)

    @property
    def player_count(self) -> int:
        """Return the number of players."""
        return len(self.players)

    @property
    def everyone(self) -> int:
        """Return the mask of all players: the grand coalition."""
        return (1 << len(self.players)) - 1

    @property
    def everyone_alone(self) -> Partition:
        """Return the partition in which every player is alone; :meth:`is_partition` says whether the grid admits it."""
        return Partition.of(1 << player for player in range(self.player_count))

    @cached_property
    def _called(self) -> tuple[str, ...]:
        return self.names or tuple(map(str, range(len(self.players))))

    def coalition_of(self, given: CoalitionLike) -> int:
        """Return the mask of a coalition that is given by names, ``"P1,P2"`` or a list, or as it is.

        Raises
        ------
        UsageError
            A player doesn't exist or is named twice.
        """
        return coalition_of(given, self._called)

    def partition_of(self, given: PartitionLike) -> Partition:
        """Return the partition that is given by names, ``"P1,P2|P3"`` or lists of names, or as it is.

        Players that are left out stay alone. Whether the grid admits it is :meth:`require`'s to say.

        Raises
        ------
        UsageError
            A player doesn't exist or is named twice.
        """
        return given if isinstance(given, Partition) else partition_of(given, self._called)

    @cached_property
    def regular(self) -> tuple[int, ...]:
        """Return the prosumers that are no players, ascending."""
        return tuple(prosumer for prosumer, player in enumerate(self._player_of) if player is None)

    def prosumers(self, mask: int) -> tuple[int, ...]:
        """Return the prosumers of a coalition, ascending."""
        return tuple(sorted(prosumer for player in members(mask) for prosumer in self.players[player]))

    def subgraph(self, mask: int) -> Subgraph:
        """Return the canonical subgraph of a coalition; ``UsageError`` if it is empty. The last ones are kept."""
        found = self._subgraphs.get(mask)
        if found is None:
            self._require_players(mask)
            found = self._subgraphs[mask] = self._finder.find(self.prosumers(mask))
        return found

    def edge_mask(self, mask: int) -> int:
        """Return the edges of a coalition's canonical subgraph as a bitmask, without keeping anything."""
        self._require_players(mask)
        return self._finder.edge_mask(self.prosumers(mask))

    def admissible(self, mask: int) -> bool:
        """Return whether the coalition may form: by the rules, and with ``single_boundary`` by its boundary."""
        return self.allows(mask) and (not self.single_boundary or len(self.subgraph(mask).boundary_nodes) == 1)

    def allows(self, mask: int) -> bool:
        """Return whether the coalition keeps the rules; without rules every one does."""
        return self.restrictions is None or self.restrictions.allow(mask)

    def edge_disjoint(self, masks: Iterable[int]) -> bool:
        """Return whether no two of the coalitions' canonical subgraphs share an edge."""
        taken = 0
        for mask in masks:
            edges = self.edge_mask(mask)
            if taken & edges:
                return False
            taken |= edges
        return True

    def is_partition(self, partition: Partition) -> bool:
        """Return whether ``partition`` is one of the family's."""
        return self.objection(partition) is None

    def objection(
        self, partition: Partition, *, players: Sequence[str] | None = None, nodes: Sequence[str] | None = None
    ) -> str | None:
        """Return why ``partition`` isn't one of the family's, or None if it is.

        The text names the coalitions at fault and the edge they share.

        Parameters
        ----------
        partition
            The partition in question.
        players, nodes
            What players and tree nodes are called in the text, one name each; None: players by the family's names,
            and both by their numbers where they have none.
        """
        names = PlayerNames(self.names if players is None else players, nodes)
        objection = find_objection(partition, self.everyone, self.subgraph, single=self.single_boundary, names=names)
        if objection is None and self.restrictions is not None:
            broken = ((mask, self.restrictions.broken(mask)) for mask in partition)
            objection = next(
                (f"{names.coalition(mask)} breaks the rules: {', '.join(of)}" for mask, of in broken if of), None
            )
        return objection

    def require(
        self, partition: Partition, *, players: Sequence[str] | None = None, nodes: Sequence[str] | None = None
    ) -> None:
        """Raise ``UsageError`` with the :meth:`objection` unless ``partition`` is one of the family's.

        Parameters as for :meth:`objection`.
        """
        if not isinstance(partition, Partition):
            raise UsageError(f"expected a Partition, found {partition!r:.80}. Make one with Partition.of")
        objection = self.objection(partition, players=players, nodes=nodes)
        if objection is not None:
            raise UsageError(f"not an admissible partition: {objection}")

    def count(self) -> int:
        """Return the number of partitions, exactly, by dynamic programming on the tree.

        Raises
        ------
        UsageError
            There are more than :data:`MAX_PLAYERS`, or more than :data:`MAX_BRANCHES` branches meet at a bus: such
            numbers take minutes and thousands of digits.
        """
        remedy = "join players into groups in [players], or make some of them regular customers (player = false)"
        if self.player_count > MAX_PLAYERS:
            message = f"{self.player_count:,} players, more than the {MAX_PLAYERS:,} up to which partitions are"
            raise UsageError(f"{message} counted and searched; {remedy}")
        widest = max((len(node.leaves) + len(node.subtrees) for node in self.skeleton.nodes), default=0)
        if widest > MAX_BRANCHES:
            raise UsageError(
                f"{widest:,} branches with players meet at one bus, more than the {MAX_BRANCHES:,} up to which "
                f"partitions are counted and searched; {remedy}"
            )
        if self._restricted is not None:
            return self._restricted.count
        return count_ways(self.skeleton, JoinCounts()).closed[self.skeleton.root]

    def enumerate(self) -> Iterator[Partition]:
        """Yield every partition once, lazily, in an order fixed by tree and players."""
        return enumerate_partitions(self.skeleton, self.restrictions)

    def sample(self, rng: np.random.Generator) -> Partition:
        """Return a partition drawn uniformly from the family."""
        return (self._restricted or self._sampler).draw(rng)

    def subcoalitions(self, mask: int) -> Iterator[int]:
        """Yield every admissible coalition within ``mask``, ``S(F)``, each once; itself if admissible.

        All non-empty subsets, or with ``single_boundary`` those with one boundary node, by construction; those that
        keep the rules.
        """
        return filter(self.allows, self.connected(mask))

    def connected(self, mask: int) -> Iterator[int]:
        """Yield every coalition within ``mask`` that the grid admits, whether it keeps the rules or not."""
        self._require_players(mask)
        return single_boundary_subcoalitions(self.skeleton, mask) if self.single_boundary else submasks(mask)

    def admissible_parts(self, mask: int) -> tuple[int, ...]:
        """Return the maximal admissible coalitions into which a set of players falls, itself if it is one.

        What breaks a rule falls into its players. Sorted by lowest bit; ``UsageError`` if it is empty.
        """
        self._require_players(mask)
        parts = maximal_admissible_parts(self.skeleton, mask) if self.single_boundary else [mask]
        return Partition.of(self._kept_apart(parts)).coalitions

    def _kept_apart(self, parts: Iterable[int]) -> list[int]:
        """Return the parts, those that break a rule as their players, each alone."""
        return [
            own
            for mask in parts
            for own in ([mask] if self.allows(mask) else [1 << player for player in members(mask)])
        ]

    def components(self, parent_mask: int, leaving_mask: int) -> tuple[int, ...] | None:
        """Return the coalitions that are left of ``parent_mask`` once ``leaving_mask`` has left it.

        Those are the connected components of its subgraph without the edges of the leaving coalition; no
        new links are formed. With ``single_boundary``, a component with more boundary nodes falls apart
        into its maximal admissible parts, and one that breaks a rule into its players.

        Parameters
        ----------
        parent_mask
            The coalition, a mask of players.
        leaving_mask
            The group that leaves it.

        Returns
        -------
        tuple of int or None
            Sorted by lowest bit; ``()`` if nobody is left. None if a group would be torn apart, or couldn't be alone
            beside others: then this deviation isn't available.

        Raises
        ------
        UsageError
            ``leaving_mask`` is empty or no part of ``parent_mask``.
        """
        if leaving_mask & ~parent_mask:
            raise UsageError(f"players {members(leaving_mask & ~parent_mask)} can't leave a coalition they aren't in")
        left = parent_mask & ~leaving_mask
        edges = self.edge_mask(parent_mask) & ~self.edge_mask(leaving_mask)
        parts = as_players(connected_prosumers(self.tree, edges, self.prosumers(left)), self._player_of)
        if parts is None:
            return None
        if self.single_boundary:
            parts = [part for mask in parts for part in maximal_admissible_parts(self.skeleton, mask)]
        if not all(map(self.allows, parts)):
            parts = self._kept_apart(parts)
            if not self.edge_disjoint(parts):
                return None
        return Partition.of(parts).coalitions

    @cached_property
    def _finder(self) -> SubgraphFinder:
        return SubgraphFinder(self.tree)

    @cached_property
    def skeleton(self) -> Skeleton:
        """Return the places where coalitions can branch: what algorithms on the tree walk."""
        return build_skeleton(self.tree, self.players, single_boundary=self.single_boundary)

    @cached_property
    def _restricted(self) -> RestrictedPartitions | None:
        return None if self.restrictions is None else RestrictedPartitions(self.skeleton, self.restrictions)

    @cached_property
    def _sampler(self) -> Sampler:
        return Sampler(self.skeleton)

    @cached_property
    def _player_of(self) -> tuple[int | None, ...]:
        player_of: list[int | None] = [None] * len(self.tree.leaf)
        for player, prosumers in enumerate(self.players):
            for prosumer in prosumers:
                player_of[prosumer] = player
        return tuple(player_of)

    def _require_players(self, mask: int) -> None:
        if mask <= 0 or mask & ~self.everyone:
            raise UsageError(f"a coalition needs at least one of the players 0 to {len(self.players) - 1}")


def _membership_problems(players: tuple[tuple[int, ...], ...], prosumer_count: int) -> list[Problem]:
    """Return what is wrong with who is in which player."""
    problems = []
    owner: dict[int, int] = {}
    for player, prosumers in enumerate(players):
        where = f"players[{player}]"
        if not prosumers:
            problems.append(Problem(where, "it has no prosumer", "Give it at least one"))
        for prosumer in prosumers:
            if not 0 <= prosumer < prosumer_count:
                problems.append(Problem(where, f"there is no prosumer {prosumer}", "Use indices into tree.leaf"))
            elif prosumer in owner:
                message = f"prosumer {prosumer} is already in players[{owner[prosumer]}]"
                problems.append(Problem(where, message, "Put each prosumer into one player"))
            owner.setdefault(prosumer, player)
    return problems
