"""What the page's scripts think of a partition is what the library says: admissible or not, and which edges."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lempart import read_case
from lempart.cost import PreparedCase
from lempart.io import write_case
from lempart.partition import Partition, mask_of, members
from support.command_line import toml_case

Open = Callable[..., Any]


def _set_partitions(players: int) -> Iterator[list[int]]:
    """Yield every partition of so many players, admissible or not, as each player's market."""

    def extend(owner: list[int]) -> Iterator[list[int]]:
        if len(owner) == players:
            yield owner
            return
        for market in range(max(owner, default=-1) + 2):
            yield from extend([*owner, market])

    yield from extend([])


def _partition(owner: list[int]) -> Partition:
    return Partition.of(
        mask_of(player for player, own in enumerate(owner) if own == market) for market in sorted(set(owner))
    )


def _compare(page: Any, prepared: PreparedCase) -> tuple[int, int]:
    """Compare every set partition; return how many are admissible, and how many aren't."""
    owners = list(_set_partitions(prepared.family.player_count))
    faults = page.evaluate("owners => owners.map(o => { const f = lempart.objection(o); return f && f.why; })", owners)
    allowed = 0
    for owner, fault in zip(owners, faults, strict=True):
        own = prepared.family.objection(_partition(owner), players=prepared.player_names, nodes=prepared.grid.names)
        assert (fault is None) == (own is None), (owner, fault, own)
        allowed += own is None
        if own is not None and "share the edge" in own:
            pair = re.match(r"(\{.*?\}) and (\{.*?\}) share the edge above node (.*)", own)
            assert pair is not None
            assert fault.startswith(f"{pair[1]} and {pair[2]} would share the line from ")
            assert f" to {pair[3]};" in fault
        elif own is not None:
            pair = re.match(r"(\{.*?\}) has (\d+) boundary nodes", own)
            assert pair is not None
            assert fault.startswith(f"{pair[1]} touches the rest of the grid at {pair[2]} nodes")
    return allowed, len(owners) - allowed


def test_every_partition_of_the_shipped_feeder(rural: Path, html: Callable[[Path], str], opened: Open) -> None:
    """Of the 52 set partitions of five players, 34 are admissible, on both sides the same."""
    prepared = PreparedCase.of(read_case(rural / "case"))
    page = opened(html(rural))
    assert _compare(page, prepared) == (34, 18)
    for mask in range(1, 32):
        edges = page.evaluate("players => [...lempart.territory(players).edges]", list(members(mask)))
        assert tuple(sorted(edges)) == tuple(sorted(prepared.family.subgraph(mask).edges))


@pytest.mark.parametrize("single", [False, True])
def test_every_partition_of_other_trees(
    single: bool, tmp_path: Path, solved: Callable[..., Path], html: Callable[[Path], str], opened: Open
) -> None:
    """The same on a chain of six with regular customers in between, with one boundary node and without that rule."""
    case = read_case(toml_case(tmp_path, prosumers=tuple("abcdef"), chain=True, rating_mva=50.0))
    rng = np.random.default_rng(5)
    regular = rng.permutation(6)[:1].tolist()
    prosumers = tuple(replace(p, player=index not in regular) for index, p in enumerate(case.prosumers))
    made = replace(case, prosumers=prosumers, market=replace(case.market, single_boundary=single))
    folder = write_case(made, tmp_path / f"chain-{single}")
    prepared = PreparedCase.of(made)
    allowed, not_allowed = _compare(opened(html(solved(folder, "--stop-after", "0"))), prepared)
    assert allowed == prepared.family.count()
    assert not_allowed > 0
