"""Partitions as values, and what the user is told about those that aren't admissible."""

from __future__ import annotations

import re

import pytest

from lempart.errors import InputError, UsageError
from lempart.partition import Family, Partition, canonical_subgraph, mask_of, members, submasks
from support.trees import chain, star


def test_masks_and_members_are_inverse() -> None:
    """Bits beyond the machine word, too."""
    assert members(mask_of([70, 3, 0])) == (0, 3, 70)
    assert list(submasks(0b101)) == [0b001, 0b100, 0b101]
    assert list(submasks(0)) == []


def test_partitions_are_canonical_values() -> None:
    """Order of coalitions doesn't matter, equal partitions hash alike, and nothing can be changed."""
    one, other = Partition.of([0b110, 0b001]), Partition.of([0b001, 0b110])
    assert one == other
    assert hash(one) == hash(other)
    assert one.coalitions == (0b001, 0b110)
    assert str(one) == "0|1,2"
    assert len(one) == 2
    assert one.union == 0b111
    assert one.coalition_of(2) == 0b110
    with pytest.raises(AttributeError):
        one.coalitions = ()  # type: ignore[misc]


def test_replace_keeps_a_partition_a_partition() -> None:
    """Only a coalition of the partition can be replaced, and only by masks that cover the same players."""
    partition = Partition.of([0b0011, 0b1100])
    assert partition.replace(0b1100, [0b1000, 0b0100]) == Partition.of([0b0011, 0b0100, 0b1000])
    for old, new in ((0b0001, [0b0001]), (0b1100, [0b1000]), (0b1100, [0b1000, 0b0110])):
        with pytest.raises(UsageError):
            partition.replace(old, new)


@pytest.mark.parametrize("masks", [[0b01, 0b11], [0, 0b1], [-1]])
def test_overlapping_or_empty_coalitions_are_refused(masks: list[int]) -> None:
    """A player in two coalitions, an empty coalition, a negative mask."""
    with pytest.raises(UsageError):
        Partition.of(masks)


def test_objections_name_the_coalitions_and_the_edge() -> None:
    """Two coalitions that cross each other on a chain share the edge between its buses; the message says so."""
    family = Family.singletons(chain((2, 2)))
    crossing = Partition.of([0b0101, 0b1010])
    assert family.objection(crossing) == ("{player 0, player 2} and {player 1, player 3} share the edge above node 4")
    text = "{A, C} and {B, D} share the edge above node bus 2"
    nodes = ["PCC", "bus 1", "a", "b", "bus 2", "c", "d"]
    with pytest.raises(UsageError, match=re.escape(text)):
        family.require(crossing, players=list("ABCD"), nodes=nodes)


def test_objections_name_who_is_missing_unknown_or_has_two_boundaries() -> None:
    """The other three reasons."""
    family = Family.singletons(chain((1, 2)), single_boundary=True)
    assert family.objection(Partition.of([0b011])) == "{player 2} is in no coalition"
    assert family.objection(Partition.of([0b1111])) == "there is no player with the number 3"
    objection = family.objection(Partition.of([0b011, 0b100]))
    assert objection is not None
    assert "{player 0, player 1} has 2 boundary nodes" in objection
    assert family.objection(Partition.of([0b001, 0b110])) is None


def test_every_bad_player_is_reported_at_once() -> None:
    """No prosumer, an unknown one, one that is in two players."""
    with pytest.raises(InputError) as raised:
        Family(star(3), ((), (0, 7), (0, 1)), single_boundary=False)
    assert [problem.where for problem in raised.value.problems] == ["players[0]", "players[1]", "players[2]"]


def test_bad_input_a_group_with_two_boundaries() -> None:
    """With single boundaries a group must itself be a coalition with one; otherwise it may be anything."""
    tree = chain((2, 2))
    with pytest.raises(InputError, match=r"players\[0\]: the group has 2 boundary nodes"):
        Family(tree, ((0, 2), (1,), (3,)), single_boundary=True)
    assert Family(tree, ((0, 2), (1,), (3,)), single_boundary=False).count() > 1
    assert Family(tree, ((2, 3), (0,), (1,)), single_boundary=True).count() == 5


@pytest.mark.parametrize("mask", [0, -1, 0b1000])
def test_masks_of_nobody_or_of_strangers_are_refused(mask: int) -> None:
    """Every offer that takes a mask says what masks there are."""
    family = Family.singletons(star(3))
    for offer in (family.subgraph, family.edge_mask, family.subcoalitions):
        with pytest.raises(UsageError, match="players 0 to 2"):
            offer(mask)


def test_only_members_can_leave() -> None:
    """A leaving group must be part of the coalition."""
    family = Family.singletons(star(3))
    with pytest.raises(UsageError, match="can't leave"):
        family.components(0b011, 0b100)
    assert family.components(0b011, 0b011) == ()
    with pytest.raises(UsageError):
        canonical_subgraph(star(2), [])


def test_regular_customers_are_in_no_mask() -> None:
    """Prosumers in no player are listed apart, and a coalition around them has several boundary nodes."""
    family = Family(chain((1, 1, 1)), ((0,), (2,)), single_boundary=False)
    assert family.regular == (1,)
    assert family.count() == 2
    assert family.prosumers(0b11) == (0, 2)
    assert family.subgraph(0b11).boundary_nodes == (1, 3)
    assert Family(chain((1, 1, 1)), ((0,), (2,)), single_boundary=True).count() == 1


def test_a_group_torn_apart_is_no_deviation() -> None:
    """On two buses, players {0, 2} and {1, 3} can only be together; one leaving would cut the other in two."""
    family = Family(chain((2, 2)), ((0, 2), (1, 3)), single_boundary=False)
    assert family.count() == 1
    assert family.components(0b11, 0b01) is None


def test_what_is_left_of_a_star_stays_together_and_of_a_chain_falls_apart() -> None:
    """At a hub the others still meet; on a chain, a pair that spans the middle separates those beyond it.

    Prosumers 0 to 3, one per bus: if 0 and 3 leave, they take the edges between the buses with them.
    """
    assert Family.singletons(star(4)).components(0b1111, 0b0101) == (0b1010,)
    assert Family.singletons(chain([1] * 4)).components(0b1111, 0b1001) == (0b0010, 0b0100)
