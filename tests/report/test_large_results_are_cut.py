"""What is too large for a mail is cut from the dear end, and the report says so."""

from __future__ import annotations

from dataclasses import asdict, replace

import pytest

from lempart.report.embed import json_text
from lempart.report.limit import within
from report.made_pages import star_page

SCENE = star_page(tuple("abcdef"), 150).scenes[0]


def test_everything_stays_where_it_fits() -> None:
    """Nothing is cut and nothing is said."""
    assert within([SCENE]) == ((SCENE,), "")


@pytest.mark.parametrize("most_bytes", [0, 20_000, 60_000])
def test_the_cheapest_and_the_answer_stay(most_bytes: int) -> None:
    """The cheapest stay, in order, and so do stable ones far behind them; the indices point to the same rows."""
    scene = replace(SCENE, optimal=(0,), optimal_stable=(120, 121))
    (cut,), note = within([scene], most_bytes)
    assert [cut.partitions[index] for index in (*cut.optimal, *cut.optimal_stable)] == [
        scene.partitions[index] for index in (0, 120, 121)
    ]
    assert cut.partitions[:-2] == scene.partitions[: len(cut.partitions) - 2]
    assert note.startswith(f"Of 150 partitions evaluated the report holds the {len(cut.partitions)} cheapest")


def test_a_larger_limit_keeps_more() -> None:
    """Twice the bytes, more partitions."""
    few, many = (within([SCENE], size)[0][0].partitions for size in (30_000, 60_000))
    assert len(few) < len(many) < len(SCENE.partitions)


def test_every_place_of_the_sliders_has_its_share() -> None:
    """A study's scenes are cut alike, whatever order its partitions are listed in: each keeps its own cheapest."""
    backwards = replace(SCENE, partitions=SCENE.partitions[::-1], optimal=(149,), optimal_stable=(148,))
    cut, note = within([SCENE, backwards], 60_000)
    kept = [sorted(row.total or 0.0 for row in scene.partitions) for scene in cut]
    assert kept[0] == kept[1] == [row.total for row in SCENE.partitions[: len(kept[0])]]
    assert (
        note
        == f"Of 300 partitions evaluated in all the report holds the {2 * len(kept[0])} cheapest: more would be "
        + ("too large for a mail.")
    )
    assert sum(len(json_text(asdict(row))) for scene in cut for row in scene.partitions) <= 60_000
    assert cut[1].partitions[cut[1].optimal[0]] == SCENE.partitions[0]


def test_of_a_search_the_frequent_winners_stay() -> None:
    """Partitions without a cost of their own are ranked by the share of days that they won."""
    rows = tuple(
        replace(row, total=None, shares={"optimal": index / 150, "optimal_stable": 0.0})
        for index, row in enumerate(SCENE.partitions)
    )
    (cut,), _ = within([replace(SCENE, partitions=rows, optimal=(149,), optimal_stable=())], 30_000)
    assert cut.partitions == rows[-len(cut.partitions) :]
    assert len(cut.partitions) > 5
