"""Pages made by hand: of a thousand partitions, and of names that nobody should have."""

from __future__ import annotations

import numpy as np

from lempart.partition import Family
from lempart.partition import members as members_of
from lempart.report.rows import BillRow, Blocks, LeaverRow, MarketRow, NodeRow, Page, PartitionRow, Scene
from lempart.tree import Tree

PARTS = ("flexibility", "import", "tax", "line", "voltage", "imbalance")
BILL_PARTS = ("flexibility", "energy", "tax", "trade", "line", "voltage", "imbalance", "settlement")


def star_page(players: tuple[str, ...], partitions: int, *, title: str = "made", seed: int = 1) -> Page:
    """Return a page of a star of homes: its first partitions with random amounts, every second one stable."""
    rng = np.random.default_rng(seed)
    count = len(players)
    family = Family.singletons(Tree.of([-1, *([0] * count)], list(range(1, count + 1))))
    blocks = [tuple(map(members_of, found)) for _, found in zip(range(partitions), family.enumerate(), strict=False)]
    totals = np.sort(rng.uniform(100.0, 2000.0, len(blocks)))
    rows = tuple(
        _partition(rng, own, float(total), index % 2 == 1)
        for index, (own, total) in enumerate(zip(blocks, totals, strict=True))
    )
    homes = (NodeRow(f"n{index}", 0, index, name, 80.0, index) for index, name in enumerate(players))
    nodes = (NodeRow("hub", -1, None, None, 0.0, count // 2), *homes)
    scene = Scene(rows, optimal=(0,), optimal_stable=(1,) if len(rows) > 1 else (), answer=("A.", "B."), why=("C.",))
    return Page(
        kind="result",
        title=title,
        currency="CHF",
        players=players,
        nodes=nodes,
        single_boundary=False,
        deviation="inertia",
        axes=(),
        scenes=(scene,),
        evaluated=len(rows),
        partition_count=family.count(),
        facts=(("Case", title),),
        notes=(),
        bill_parts=BILL_PARTS,
    )


def _partition(
    rng: np.random.Generator, blocks: tuple[tuple[int, ...], ...], total: float, stable: bool
) -> PartitionRow:
    return PartitionRow(
        blocks=blocks,
        total=total,
        stable=stable,
        parts=dict(zip(PARTS, rng.uniform(0.0, 300.0, len(PARTS)).tolist(), strict=True)),
        markets=tuple(_market(rng, members, stable or len(members) == 1, blocks) for members in blocks),
        surplus=0.0,
    )


def _market(rng: np.random.Generator, members: tuple[int, ...], stable: bool, blocks: Blocks) -> MarketRow:
    pays = rng.uniform(-50.0, 300.0, len(members)).tolist()
    alone = tuple((player,) for player in members)
    after = tuple(sorted((*(block for block in blocks if block != members), *alone)))
    return MarketRow(
        members=members,
        cost=sum(pays),
        stable=stable,
        shortfall=0.0 if stable else 5.0,
        bills=tuple(
            BillRow(
                player,
                amount,
                tuple(rng.uniform(-9.0, 90.0, len(BILL_PARTS)).tolist()),
                amount + 1.0,
                (player,),
                amount + 1.0,
            )
            for player, amount in zip(members, pays, strict=True)
        ),
        rule="nucleolus",
        leavers=() if stable else (LeaverRow(members[:1], 5.0, None, 10.0, 5.0, after),),
    )
