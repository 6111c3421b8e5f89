"""The report of a study that searched every draw: shares, intervals and costs are those of its statistics."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lempart.report import read_page
from lempart.study import read_study, run_study, search_statistics, search_statistics_json, write_statistics
from report.shown import named, number, percent
from study.small_study import write_study

Open = Callable[..., Any]
NAMES = {"optimal_stable": "cheapest stable", "optimal": "cheapest"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Search three draws of Example 2 at two noise levels."""
    place = tmp_path_factory.mktemp("search")
    path = write_study(place, draws=3, block=3, externalities=True, example="example-2", more='search = "exhaustive"')
    path.write_text(path.read_text("utf-8").replace("voltage_penalties = [0.0, 1000.0]\n", ""), encoding="utf-8")
    spec, case = read_study(path)
    run_study(spec, case, place / "out")
    found = search_statistics(spec, case, place / "out")
    write_statistics(place / "out", search_statistics_json(spec, case, found))
    return place / "out"


@pytest.fixture(scope="module")
def richer(folder: Path) -> dict[str, Any]:
    """Change the statistics so that the outcomes differ: some days without a stable partition, others tied."""
    told: dict[str, Any] = json.loads((folder / "statistics.json").read_text("utf-8"))
    here = told["points"][1]["penalties"][0]
    winners = [[["P1", "P2", "P3"]], [["P1"], ["P2", "P3"]], None]
    here["optimal"] |= {"mean": 613.5, "standard_error": 10.0, "tied": 0.0}
    here["optimal"]["winners"] = _winners(winners[:2], (0.6, 0.4))
    here["optimal_stable"] |= {"mean": 650.25, "standard_error": 12.0, "tied": 0.2}
    here["optimal_stable"]["winners"] = _winners([winners[1], winners[0], None], (0.5, 0.3, 0.2))
    here["price_of_stability"] = {"mean": 36.75, "standard_error": 5.0}
    here["proven"] = 0.8
    return told


def _winners(partitions: list[Any], shares: tuple[float, ...]) -> list[dict[str, Any]]:
    found = zip(partitions, shares, strict=True)
    return [
        {"partition": blocks, "share": share, "interval": [0.9 * share, 1.0 - 0.9 * (1.0 - share)]}
        for blocks, share in found
    ]


def _cells(page: Any, selector: str) -> list[list[str]]:
    found: list[list[str]] = page.eval_on_selector_all(
        f"{selector} tbody tr", "rows => rows.map(row => [...row.children].map(cell => cell.textContent))"
    )
    return found


def _spread(told: dict[str, Any]) -> str:
    return f"{number(told['mean'])} ±\u00a0{number(1.959964 * told['standard_error'])}"


def _interval(told: dict[str, Any]) -> str:
    low, high = told["interval"]
    return f"{100 * low:.1f} to {percent(high)}"


def _check(page: Any, point: dict[str, Any]) -> None:
    """Compare the table of winners, the table along the axis and the winners' costs with a point's statistics."""
    told = point["penalties"][0]
    rows = {row[0].split("most often")[0]: row[1:] for row in _cells(page, ".partitions")}
    won = {(key, named(w["partition"])): w for key in NAMES for w in told[key]["winners"] if w["partition"]}
    assert set(rows) == {name for _, name in won}
    for (key, name), winner in won.items():
        at = 3 * list(NAMES).index(key)
        assert rows[name][at : at + 2] == [percent(winner["share"]), _interval(winner)]
    best = next(w for w in told["optimal_stable"]["winners"] if w["partition"])
    cheapest = told["optimal"]["winners"][0]
    here = next(row for row in _cells(page, ".along") if row[0] == f"{100 * point['point']['forecast_noise']:g} %")
    expected = [(best, told["optimal_stable"]), (cheapest, told["optimal"])]
    assert here[1:7] == [
        text for w, cost in expected for text in (named(w["partition"]), percent(w["share"]), _spread(cost))
    ]
    assert here[7] == _spread(told["price_of_stability"])
    parts = {row[0]: row[1:] for row in _cells(page, ".parts")}
    assert parts.pop("network cost") == [_spread(told[key]) for key in NAMES]
    for name, cells in parts.items():
        assert cells == [number(told[key]["parts"][name]) for key in NAMES]
    assert _spread(told["price_of_stability"]) in page.inner_text("#price")
    # The feeder shows the most frequent stable winner.
    for market in best["partition"]:
        for player in market:
            label = page.get_attribute(f"#feeder [data-player='{int(player[1:]) - 1}']", "aria-label")
            others = [other for other in market if other != player]
            assert label.endswith(f"with {', '.join(others)}" if others else "alone")


def test_every_place_of_the_slider(folder: Path, html: Callable[[Path], str], opened: Open) -> None:
    """Answer, winners with their intervals, costs and price of stability at each noise level, as they were computed."""
    statistics = json.loads((folder / "statistics.json").read_text("utf-8"))
    page = opened(html(folder))
    assert page.inner_text("#evidence-title") == "Partitions that won a draw"
    for place, point in enumerate(statistics["points"]):
        page.focus("#axis-0")
        page.keyboard.press("Home")
        for _ in range(place):
            page.keyboard.press("ArrowRight")
        _check(page, point)


def test_outcomes_that_differ(folder: Path, richer: dict[str, Any], html: Callable[[Path], str], opened: Open) -> None:
    """The cheapest and the cheapest stable winners apart, days without any, and partitions that won none."""
    (folder.parent / "richer").mkdir()
    for name in ("case", "study.json"):
        (folder.parent / "richer" / name).symlink_to(folder / name)
    write_statistics(folder.parent / "richer", richer)
    page = opened(html(folder.parent / "richer"))
    page.focus("#axis-0")
    page.keyboard.press("End")
    _check(page, richer["points"][1])
    answer, why = page.inner_text("#answer-text"), page.inner_text("#why-text")
    assert "{P1} {P2, P3}: in 50 % of the draws (95 %: 45 to 55 %)" in answer
    assert "of that, stability costs 36.75 CHF ± 9.80" in answer
    assert "In 20 % of the draws no stable partition was found" in why
    assert "{P1, P2, P3} is the cheapest most often: in 60 % of the draws" in why
    assert "In 20 % of the draws others cost as little as the winner" in why
    assert "proven in 80 % of the draws" in why
    for player in (1, 2):
        page.click(f"#feeder [data-player='{player}']")
    page.click("text=Each on their own")
    assert "It won no draw" in page.inner_text("#outcome")
    assert "In none of the 3 draws was it the cheapest" in page.inner_text("#outcome")
    page.click(".nearest button")
    assert "Cheapest stable in 50.0\u00a0% of the draws" in page.inner_text("#outcome")
    assert page.get_attribute(".won .bar .share", "width") == "50"


def test_no_day_with_a_stable_partition(folder: Path, richer: dict[str, Any], tmp_path: Path) -> None:
    """Then nothing is called the answer, and what stability costs isn't known."""
    told = richer["points"][1]["penalties"][0]
    told["optimal_stable"] |= {"mean": None, "standard_error": None, "winners": _winners([None], (1.0,))}
    told["price_of_stability"] = {"mean": None, "standard_error": None}
    for name in ("case", "study.json"):
        (tmp_path / name).symlink_to(folder / name)
    write_statistics(tmp_path, richer)
    scene = read_page(tmp_path, pictures=False).scenes[1]
    assert scene.optimal_stable == ()
    assert scene.answer[0] == "No stable partition was found in any draw."
    assert "isn't known" in scene.answer[1]
