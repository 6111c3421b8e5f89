"""What a search tells of the best so far, against what its partitions cost."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from lempart.game import Inertia, TablePartitionGame
from lempart.partition import Family
from lempart.result import progress_line
from lempart.search import Exhaustive
from lempart.search.best_so_far import BestSoFar
from support.trees import star

FAMILY = Family.singletons(star(3))  # 5 partitions


@dataclass
class Told:
    """Takes notes."""

    notes: list[str] = field(default_factory=list)

    def __call__(self, phase: str, done: int, total: int) -> None:
        """Count nothing."""

    def note(self, text: str) -> None:
        self.notes.append(text)


def test_every_better_one_is_told() -> None:
    """Proves that each cheaper partition is told once, then the stable one; nothing dearer is."""
    price = {0b111: 40.0, 0b011: 21.0, 0b101: 22.0, 0b110: 23.0, 0b001: 10.0, 0b010: 10.0, 0b100: 10.0}
    game = TablePartitionGame({p: {mask: price[mask] for mask in p} for p in FAMILY.enumerate()})
    totals, best = [game.total(p) for p in FAMILY.enumerate()], []
    for total in totals:
        if not best or total < best[-1]:
            best.append(total)
    told = Told()
    Exhaustive().search(FAMILY, game, Inertia(game, FAMILY), progress=told)
    costed = [f"cheapest so far {total:,.2f}, stable none known" for total in best]
    assert told.notes == [*costed, "best so far 30.00, stable"]


def test_the_gap_is_told_where_there_is_a_bound() -> None:
    """Proves the gap a share of the cheapest, and a dearer stable one told beside it."""
    told = Told()
    best = BestSoFar(told)
    best.bounded(90.0)
    assert told.notes == []  # there is nothing that it is a bound for
    best.costed(100.0)
    best.settled(110.0)
    assert told.notes == [
        "cheapest so far 100.00, stable none known; gap 10 %",
        "cheapest so far 100.00, stable 110.00; gap 10 %",
    ]


def test_the_line_of_notebooks_shows_it(capsys: pytest.CaptureFixture[str]) -> None:
    """Proves that ``progress_line`` writes what is noted behind the count."""
    line = progress_line(every_seconds=0.0)
    line("costing partitions", 1, 5)
    line.note("best so far 30.00, stable")  # type: ignore[attr-defined]
    line("costing partitions", 2, 5)
    assert capsys.readouterr().err.split("\r")[1:] == [
        "costing partitions: 1 of 5",
        "costing partitions: 2 of 5; best so far 30.00, stable",
    ]
