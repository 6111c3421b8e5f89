"""The tables of a study, against shares counted by hand from a few made-up days."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from lempart.reproduce import Comparison
from lempart.reproduce.table_5 import Day, Evaluation, study_tables
from lempart.reproduce.table_5.day import ALONE, GRAND

PAIR = "a,e|b|c|d"


def _day(
    day: int,
    stable: Sequence[str],
    *,
    optimal: Sequence[str] = (GRAND,),
    variation: str = "headline",
    seed: int = 0,
    elastic: bool = False,
    internal: float = 0.0,
    holds: bool = True,
) -> Day:
    """Return a day with three partitions, whose costs tell the day: 100 + day, less 1 and 2."""
    evaluations = tuple(
        Evaluation(
            partition=name,
            network=100.0 + day - saved,
            neighbourhood=10.0 + day - saved,
            surplus=0.5 * saved,
            internal=internal if name == GRAND else 0.0,
            stable=holds if name == GRAND else True,
        )
        for name, saved in ((GRAND, 2.0), (PAIR, 1.0), (ALONE, 0.0))
    )
    return Day(variation, day, seed, elastic, evaluations, tuple(optimal), tuple(stable))


def _rows(tables: Sequence[Comparison], title: str) -> dict[str, tuple[float, ...]]:
    (table,) = [table for table in tables if table.title == title]
    assert all(len(row.ours) == len(table.columns) for row in table.rows)
    return {row.label: row.ours for row in table.rows}


DAYS = [
    _day(15, [ALONE], optimal=[ALONE, GRAND], elastic=True, internal=1.0, holds=False),
    _day(350, [GRAND, PAIR], seed=1),
    _day(90, [PAIR], optimal=[PAIR], internal=0.4, holds=False),
    _day(200, [GRAND, PAIR, ALONE, "a,b|c|d|e"]),
]
HEADLINE = "Every day (headline): who wins, who holds"


def test_shares_by_season_with_ties_in_equal_parts() -> None:
    """Days, elastic ones, then per cent of days for alone, between, grand: optimal, and optimal stable."""
    rows = _rows(study_tables(DAYS), HEADLINE)
    assert list(rows) == ["winter", "spring", "summer", "all days"]
    assert rows["winter"] == pytest.approx((2, 1, 25, 0, 75, 50, 25, 25))
    assert rows["spring"] == pytest.approx((1, 0, 0, 100, 0, 0, 100, 0))
    assert rows["summer"] == pytest.approx((1, 0, 0, 0, 100, 25, 50, 25))
    assert rows["all days"] == pytest.approx((4, 1, 12.5, 25, 62.5, 31.25, 50, 18.75))


@pytest.mark.parametrize(
    ("day", "season"),
    [(59, "winter"), (60, "spring"), (151, "spring"), (152, "summer"), (243, "summer"), (244, "autumn"),
     (334, "autumn"), (335, "winter")],
)  # fmt: skip
def test_first_and_last_days_of_seasons(day: int, season: str) -> None:
    """28 February is winter, 1 March spring, and so on."""
    assert list(_rows(study_tables([_day(day, [ALONE])]), HEADLINE)) == [season, "all days"]


def test_mean_costs() -> None:
    """Neighbourhood, network and surplus, each of everyone alone, the optimal stable partition and the grand market.

    Winter has day 15, on which alone is stable, and day 350, where the first of the tie, the grand market, is taken.
    """
    row = _rows(study_tables(DAYS), "Every day (headline): costs")["winter"]
    day = (15 + 350) / 2
    assert row == pytest.approx((10 + day, 9 + day, 8 + day, 100 + day, 99 + day, 98 + day, 0.0, 0.5, 1.0))


def test_winners_add_up_to_all_days() -> None:
    """Each day counts once, however many tie."""
    rows = _rows(study_tables(DAYS), "The optimal stable partitions, every day (headline)")
    assert rows["{a, e} {b} {c} {d}"] == pytest.approx((1 / 2 + 1 + 1 / 4, 43.75))
    assert rows["{a} {b} {c} {d} {e}"] == pytest.approx((1 + 1 / 4, 31.25))
    assert rows["{a, b, c, d, e}"] == pytest.approx((1 / 2 + 1 / 4, 18.75))
    assert next(iter(rows)) == "{a, e} {b} {c} {d}"
    assert sum(days for days, _ in rows.values()) == pytest.approx(4)


def test_the_grand_market_by_its_violations() -> None:
    """Every record lies in one bin: none, little, more; the share of those in which the market holds."""
    rows = _rows(study_tables(DAYS), "Violations inside the grand market, and whether it holds")
    assert list(rows.values()) == [(2.0, 100.0), (1.0, 0.0), (1.0, 0.0), (0.0, 0.0)]
    assert next(iter(rows)) == "0 to 0.005 CHF"
    assert list(rows)[-1] == "5 CHF and more"


def test_variations_are_compared_on_the_days_they_share() -> None:
    """Days and seeds that any variation lacks are left out, as are variations from the table of seasons."""
    records = [
        *DAYS,
        _day(15, [GRAND], variation="kappa 0"),
        _day(90, [GRAND], variation="kappa 0"),
        _day(350, [GRAND], variation="kappa 0"),  # seed 0: the headline has seed 1 on that day
    ]
    tables = study_tables(records)
    title = "One setting changed at a time (2 days and seeds in common)"
    rows = _rows(tables, title)
    assert rows["headline"][0] == rows["kappa 0"][0] == 2
    assert rows["headline"][5:] == pytest.approx((50, 50, 0))
    assert rows["kappa 0"][5:] == pytest.approx((0, 0, 100))
    assert _rows(tables, HEADLINE) == _rows(study_tables(DAYS), HEADLINE)
    assert _rows(tables, f"{title}: costs")["kappa 0"][3] == pytest.approx(100 + (15 + 90) / 2)


def test_a_study_without_the_headline_shows_its_own() -> None:
    """One variation alone fills the tables, which say its name."""
    records = [_day(15, [GRAND], variation="kappa 0"), _day(90, [ALONE], variation="kappa 0")]
    rows = _rows(study_tables(records), "Every day (kappa 0): who wins, who holds")
    assert rows["all days"][5:] == pytest.approx((50, 0, 50))
    assert len(study_tables(records)) == 4
