"""What is too large for a mail is cut from the dear end, and the report says so."""

from __future__ import annotations

from dataclasses import replace

import pytest

from lempart.report.limit import within
from report.made_pages import star_page

SCENE = star_page(tuple("abcdef"), 150).scenes[0]


def test_everything_stays_where_it_fits() -> None:
    """Nothing is cut and nothing is said."""
    assert within(SCENE) == (SCENE, "")


@pytest.mark.parametrize("most_bytes", [0, 20_000, 60_000])
def test_the_cheapest_and_the_answer_stay(most_bytes: int) -> None:
    """The cheapest stay, in order, and so do stable ones far behind them; the indices point to the same rows."""
    scene = replace(SCENE, optimal=(0,), optimal_stable=(120, 121))
    cut, note = within(scene, most_bytes)
    assert [cut.partitions[index] for index in (*cut.optimal, *cut.optimal_stable)] == [
        scene.partitions[index] for index in (0, 120, 121)
    ]
    assert cut.partitions[:-2] == scene.partitions[: len(cut.partitions) - 2]
    assert note.startswith(f"Of 150 partitions evaluated the report holds the {len(cut.partitions)} cheapest")


def test_a_larger_limit_keeps_more() -> None:
    """Twice the bytes, more partitions."""
    few, many = (within(SCENE, size)[0].partitions for size in (30_000, 60_000))
    assert len(few) < len(many) < len(SCENE.partitions)
