"""Partitions and coalitions given by names: the same as those of masks; whoever isn't there, or twice, is told."""

from __future__ import annotations

from dataclasses import replace

import pytest

from lempart import read_case, shipped_case_path, solve
from lempart.cost import cost_model, grid_state
from lempart.errors import InputError, UsageError
from lempart.game import (
    NoExternalities,
    TableGame,
    core_verdict,
    has_core,
    is_stable,
    partition_verdict,
    priced_rows,
    shapley,
)
from lempart.partition import Family, Partition, coalition_of, partition_of
from lempart.tree import Tree

PLAYERS = ("P1", "P2", "P, 3", "P|4")
SAME = Partition.of([0b0011, 0b0100, 0b1000])


@pytest.mark.parametrize(
    "given",
    [
        "P1,P2",
        " P2 , P1 | ",
        '[["P2", "P1"]]',
        [["P1", "P2"]],
        [("P2", "P1"), ["P, 3"]],
        [0b0011],
        [0b0011, "P|4"],
        SAME,
        "{P1,P2}",
        "{P2, P1} {}",
    ],
)
def test_every_way_to_write_one_partition(given: object) -> None:
    """Text, JSON, lists of names, masks: players that are left out stay alone."""
    assert partition_of(given, PLAYERS) == SAME  # type: ignore[arg-type]


@pytest.mark.parametrize("given", ["P1,P2", "{P2, P1}", ["P2", "P1"], {"P1", "P2"}, 0b0011])
def test_every_way_to_write_one_coalition(given: object) -> None:
    """Text, names in any order, or a mask."""
    assert coalition_of(given, PLAYERS) == 0b0011  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("P1,P9", "no such player: P9. Players are: P1, P2"),
        ([["P1"], ["P1", "P2"]], "in more than one coalition: P1"),
        ("P1|P1,P2", "in more than one coalition: P1"),
        ([["P1", "P1"]], "in more than one coalition: P1"),
        ('[["P1", 2]]', "not a JSON list of lists of names"),
        ([0b10000], "no mask of players"),
        ([0], "no mask of players"),
        ([3.5], "given must be"),
        (7, "given must be"),
        (None, "given must be"),
        ([[None]], "given must be"),
        ([True], "given must be"),
        ("", "names no player"),
        (" | ", "names no player"),
        ([], "names no player"),
    ],
)
def test_what_is_no_partition_is_told(given: object, told: str) -> None:
    """Each wrong one by its own message; none is a number or a crash."""
    with pytest.raises(UsageError, match=told.replace("|", r"\|")):
        partition_of(given, PLAYERS)  # type: ignore[arg-type]


@pytest.mark.parametrize("text", ["{A, B} {C} {D}", "{A,B},{C},{D}", "{{A, B}, {C}, {D}}", " {B,A}|{D} ", "{A, B}"])
def test_what_is_told_is_read(text: str) -> None:
    """As reports, messages and the paper write a partition; whoever is left out stays alone."""
    assert partition_of(text, list("ABCD")) == SAME


def test_names_with_braces_are_names() -> None:
    """Where a name has braces of its own, braces don't mean a coalition."""
    players = ("{A}", "B")
    assert partition_of("{A},B", players) == Partition.of([0b11])
    with pytest.raises(UsageError, match="no such player: A"):
        partition_of("A,B", players)


def test_games_take_names() -> None:
    """Verdicts, rows and Shapley values asked by names are those asked by masks; without names, by numbers."""
    named = Family.singletons(Tree.of([-1, 0, 0, 0], [1, 2, 3]), names=("P1", "P2", "P3"))
    plain = Family.singletons(named.tree)
    game = TableGame({1: 6.0, 2: 6.0, 4: 6.0, 3: 8.0, 5: 9.0, 6: 10.0, 7: 12.0})
    belief, pair = NoExternalities(game), Partition.of([0b011, 0b100])
    for family, text in ((named, "P1,P2|P3"), (named, "{P1, P2} {P3}"), (plain, "0,1|2")):
        assert partition_verdict(text, family, belief) == partition_verdict(pair, family, belief)
        assert is_stable(text, family, belief) == is_stable(pair, family, belief)
    for names, mask in (("P3,P1", 0b101), (["P1", "P2", "P3"], 0b111)):
        assert core_verdict(game.cost, names, named) == core_verdict(game.cost, mask, named)
        assert has_core(game.cost, names, named) == has_core(game.cost, mask, named)
        assert priced_rows(game.cost, names, named).masks == priced_rows(game.cost, mask, named).masks  # type: ignore[union-attr]
        assert shapley(game.cost, names, named).allocation == shapley(game.cost, mask, named).allocation
    with pytest.raises(UsageError, match=r"no such player: P4\. Players are: P1, P2, P3"):
        core_verdict(game.cost, "P4", named)
    with pytest.raises(UsageError, match=r"\{P3\} is in no coalition"):
        partition_verdict(Partition.of([0b011]), named, belief)
    with pytest.raises(InputError, match="2 different names for 3 players"):
        Family.singletons(named.tree, names=("P1", "P2", "P1"))


def test_solutions_take_names() -> None:
    """Costs, verdict, bills and names of a partition by its names are those of the partition; none means the answer."""
    solution = solve(read_case(shipped_case_path("example-1")))
    pair = Partition.of([0b011, 0b100])
    assert solution.partition("P1,P2|P3") == pair
    assert solution.cost("P1,P2") is solution.cost(pair)
    assert solution.verdict([["P2", "P1"], ["P3"]]) is solution.verdict(pair)
    assert solution.bills("equal", "P1,P2|P3").total == solution.bills("equal", pair).total
    assert solution.names("P2,P1") == [["P1", "P2"], ["P3"]]
    assert solution.names() == solution.names(solution.optimal_stable) == [["P1"], ["P2"], ["P3"]]
    with pytest.raises(UsageError, match="no such player: P4"):
        solution.cost("P4")


def test_costs_take_names() -> None:
    """What is asked by names is what is asked by masks, of either model; who isn't in a coalition together is told."""
    case = read_case(shipped_case_path("example-1"))
    pair = Partition.of([0b011, 0b100])
    for name in ("with-externalities", "without-externalities"):
        costs = cost_model(replace(case, market=replace(case.market, single_boundary=True)), name)  # type: ignore[arg-type]
        assert costs.total("P1,P2|P3") == costs.total(pair)
        assert costs.partition([["P2", "P1"]]).partition == pair
        assert costs.coalition_cost("P2,P1", "P1,P2|P3") == costs.coalition_cost(0b011, pair)
        with pytest.raises(UsageError, match="'P1,P3' is no coalition of the partition"):
            costs.coalition_cost("P1,P3", pair)
        assert grid_state(costs, "P1,P2").partition == pair
