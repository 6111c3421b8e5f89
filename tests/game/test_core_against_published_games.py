"""Cores against games whose answers stand in the literature, each re-derived in its docstring."""

from __future__ import annotations

from collections.abc import Callable
from itertools import permutations

import pytest

from lempart.game import (
    AsPartitionGame,
    CoreVerdict,
    DissolveIntoSingletons,
    Inertia,
    NoExternalities,
    Optimistic,
    Pessimistic,
    TableGame,
    TablePartitionGame,
    core_verdict,
    partition_verdict,
)
from lempart.partition import Partition, members
from support.trees import star_family


def verdict_of(value: Callable[[tuple[int, ...]], float], players: int) -> CoreVerdict:
    """Return the verdict on the grand coalition of a value game on a star, where any group can leave."""
    family = star_family(players)
    game = TableGame.from_values({mask: value(members(mask)) for mask in range(1, family.everyone + 1)})
    return core_verdict(game.cost, family.everyone, family)


def test_glove_game_gives_all_to_the_scarce_glove() -> None:
    """Shapley & Shubik (1969): one left glove, two right ones; the core is the single point (1, 0, 0)."""
    verdict = verdict_of(lambda group: min(group.count(0), len(set(group) & {1, 2})), 3)
    assert verdict.stable
    assert verdict.allocation == pytest.approx({0: -1.0, 1: 0.0, 2: 0.0}, abs=1e-9)


def test_simple_majority_has_an_empty_core() -> None:
    """Three players, any two win 1. Half of each pair is balanced and worth 3/2 > 1.

    The least core is the equal split: each pair would gain a third.
    """
    verdict = verdict_of(lambda group: float(len(group) >= 2), 3)
    assert not verdict.stable
    assert verdict.cost == -1.0
    assert verdict.core_value == pytest.approx(-1.5)
    assert {(item.coalition, round(item.weight, 9), item.cost) for item in verdict.balanced} == {
        (0b011, 0.5, -1.0),
        (0b101, 0.5, -1.0),
        (0b110, 0.5, -1.0),
    }
    assert verdict.least_core is not None
    assert verdict.least_core.epsilon == pytest.approx(1 / 3)
    assert {block.coalition for block in verdict.blocking} == {0b011, 0b101, 0b110}
    assert [block.gain for block in verdict.blocking] == pytest.approx([1 / 3] * 3)
    assert verdict.allocation is None


def test_airport_game() -> None:
    """Littlechild & Owen (1973): a runway costs what its largest aircraft needs, here 1, 2 and 4.

    Groups {1} and {2, 3} bound what the smallest pays: -e <= y1 <= 1 + e, so e = -1/2, and it pays 1/2.
    """
    needs = (1.0, 2.0, 4.0)
    verdict = verdict_of(lambda group: -max(needs[i] for i in group), 3)
    assert verdict.stable
    assert verdict.cost == verdict.core_value == pytest.approx(4.0)
    assert verdict.least_core is not None
    assert verdict.least_core.epsilon == pytest.approx(-0.5)
    assert verdict.least_core.allocation[0] == pytest.approx(0.5)


@pytest.mark.parametrize(("estate", "margin"), [(100.0, 100 / 3), (200.0, 50.0), (300.0, 50.0)])
def test_bankruptcy_game_of_the_talmud(estate: float, margin: float) -> None:
    """O'Neill (1982), Aumann & Maschler (1985): claims of 100, 200 and 300; the core is never empty.

    The margin is that of the Talmud's division, which is the nucleolus: 33 1/3 each, then 50, 75, 75, then
    50, 100, 150; its smallest excess over what a group can claim for itself is the first share.
    """
    claims = (100.0, 200.0, 300.0)
    verdict = verdict_of(lambda group: max(estate - sum(c for i, c in enumerate(claims) if i not in group), 0.0), 3)
    assert verdict.stable
    assert verdict.least_core is not None
    assert -verdict.least_core.epsilon == pytest.approx(margin)
    assert -sum(verdict.least_core.allocation.values()) == pytest.approx(estate)


def test_horse_market_has_boehm_bawerks_price() -> None:
    """Böhm-Bawerk's market around its margin: sellers ask 17, 20, 21.5, buyers bid 24, 22, 21.

    Two horses are sold, and the core price lies between 21 (the third buyer) and 21.5 (the third seller):
    every core allocation gives all trading sellers the same price, and the others nothing.
    """
    asks, bids = (17.0, 20.0, 21.5), (24.0, 22.0, 21.0)

    def surplus(group: tuple[int, ...]) -> float:
        sellers = [asks[i] for i in group if i < 3]
        buyers = [bids[i - 3] for i in group if i >= 3]
        few, many = sorted((sellers, buyers), key=len)
        return max(
            (sum(max(abs_gain(a, b, few is sellers), 0.0) for a, b in zip(few, order, strict=False))
             for order in permutations(many, len(few))),
            default=0.0,
        )  # fmt: skip

    def abs_gain(one: float, other: float, one_sells: bool) -> float:
        return other - one if one_sells else one - other

    verdict = verdict_of(surplus, 6)
    assert verdict.stable
    assert verdict.cost == -9.0  # 24 + 22 - 17 - 20
    assert verdict.allocation is not None
    gains = [-verdict.allocation[i] for i in range(6)]
    price = 17.0 + gains[0]
    assert 21.0 - 1e-6 <= price <= 21.5 + 1e-6
    assert gains == pytest.approx([price - 17, price - 20, 0.0, 24 - price, 22 - price, 0.0], abs=1e-6)


@pytest.mark.parametrize(
    ("costs", "core_value", "stable"), [((84.0, 157.0, 240.0), 235.5, False), ((82.0, 160.0, 240.0), 240.0, True)]
)
def test_example_2_of_the_paper(costs: tuple[float, ...], core_value: float, stable: bool) -> None:
    """Table III: with 84 / 157 / 240 the cheapest partition is everyone together, and pairs would leave it.

    3 x 157 / 2 = 235.5 < 240, each pair gains 3. A pair and one alone (241) is the cheapest stable partition.
    With the battery costs as printed the pair costs 160, 3 x 160 / 2 = 240: the boundary case, stable.
    """
    family = star_family(3)
    game = AsPartitionGame(TableGame({mask: costs[mask.bit_count() - 1] for mask in range(1, 8)}))
    deviation = Inertia(game, family)
    verdicts = {p: partition_verdict(p, family, deviation) for p in family.enumerate()}
    grand = verdicts[Partition.of([0b111])]
    assert grand.coalitions[0].core_value == pytest.approx(core_value)
    assert grand.stable == stable
    assert grand == partition_verdict(grand.partition, family, NoExternalities(game.game))
    if not stable:
        assert [block.gain for block in grand.coalitions[0].blocking] == pytest.approx([3.0, 3.0, 3.0])
        best = min((p for p, v in verdicts.items() if v.stable), key=game.total)
        assert game.total(best) == 241.0
        assert len(best) == 2


def test_example_1_of_the_paper_a_pair_that_falls_apart() -> None:
    """A pair costs 158, each alone would pay 78: Y = 156, and under the least core each gains 1."""
    family = star_family(2)
    verdict = core_verdict({0b01: 78.0, 0b10: 78.0, 0b11: 158.0}.__getitem__, 0b11, family)
    assert not verdict.stable
    assert verdict.core_value == pytest.approx(156.0)
    assert verdict.shortfall == pytest.approx(2.0)
    assert [(block.coalition, round(block.gain, 9)) for block in verdict.blocking] == [(0b01, 1.0), (0b10, 1.0)]


def cournot(players: int) -> TablePartitionGame:
    """Return Cournot's oligopoly without costs and demand 1 - q: with k firms each earns 1 / (k + 1)^2."""
    return TablePartitionGame.from_values(
        {p: dict.fromkeys(p, 1.0 / (len(p) + 1) ** 2) for p in star_family(players).enumerate()}
    )


def test_cournot_cartel_depends_on_what_the_others_do() -> None:
    """The partition function game of Ray & Vohra (1997) with three firms; a cartel of all earns 1/4.

    If the two left behind stay together a single firm earns 1/9 > 1/12, so the cartel isn't stable under
    inertia, and each firm gains 1/36; nor for an optimist. If they fall apart it earns 1/16 < 1/12, and the cartel
    is stable (Rajan 1989), as it is for a pessimist.
    """
    family, game = star_family(3), cournot(3)
    cartel = Partition.of([0b111])
    for model in (Inertia, Optimistic):
        verdict = partition_verdict(cartel, family, model(game, family)).coalitions[0]
        assert not verdict.stable
        assert verdict.core_value == pytest.approx(-3 / 9)
        assert [block.coalition for block in verdict.blocking] == [0b001, 0b010, 0b100]
        assert [block.gain for block in verdict.blocking] == pytest.approx([1 / 36] * 3)
    for model in (DissolveIntoSingletons, Pessimistic):
        assert partition_verdict(cartel, family, model(game, family)).stable
