"""A report of two hundred homes: partitions are named in short, by the page as by the answer; all homes are there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from lempart.report import page_html
from lempart.report.rows import MarketRow, PartitionRow
from lempart.report.wording import partition
from report.made_pages import star_page

HOMES = tuple(f"Home {number}" for number in range(211))


def _row(blocks: tuple[tuple[int, ...], ...], total: float) -> PartitionRow:
    markets = tuple(MarketRow(block, 1.0, True, 0.0, None, "", ()) for block in blocks)
    return PartitionRow(blocks, total, True, None, markets)


def _blocks(*sizes: int) -> tuple[tuple[int, ...], ...]:
    """Return markets of these sizes in turn, all other homes alone."""
    starts = [sum(sizes[:index]) for index in range(len(sizes))]
    together = [tuple(range(start, start + size)) for start, size in zip(starts, sizes, strict=True)]
    return (*together, *((home,) for home in range(sum(sizes), len(HOMES))))


def test_partitions_in_short(opened: Callable[..., Any]) -> None:
    """Large partitions and markets are cut as in the answer's words, so that no row of the table fills a screen."""
    some = [_blocks(), _blocks(2), _blocks(3, 5), _blocks(4, 2, 6, 2, 9, 2, 30), _blocks(100, 100), _blocks(211)]
    made = star_page(("A", "B"), 2)
    homes = (replace(made.nodes[1], player=home, prosumer=name, row=home) for home, name in enumerate(HOMES))
    rows = tuple(_row(blocks, 100.0 + place) for place, blocks in enumerate(some))
    scene = replace(made.scenes[0], partitions=rows, optimal=(0,), optimal_stable=(0,))
    page = opened(page_html(replace(made, players=HOMES, nodes=(made.nodes[0], *homes), scenes=(scene,))))
    shown = page.eval_on_selector_all(".partitions tbody button", "all => all.map(one => one.textContent)")
    assert shown == [partition(blocks, HOMES) for blocks in some]
    assert shown[-1] == "{Home 0, Home 1, Home 2, Home 3, … 207 more}"
    assert page.eval_on_selector("#table", "one => one.getBoundingClientRect().height") < 700
    assert page.locator("#feeder .name").count() == 211
    size = page.eval_on_selector("#feeder .name", "one => one.getBoundingClientRect().height")
    assert size >= 11, "names of homes can be read"
