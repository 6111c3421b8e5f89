"""The report of Table IV: at every place of its sliders the numbers are those of the study's statistics."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from scipy.optimize import linprog

from lempart.report import read_page
from lempart.study import write_statistics
from report.shown import money, named, number, percent, signed

Open = Callable[..., Any]
BRANCHES = ["branch 1", "branch 2", "branch 3"]
GRAND = "{branch 1, branch 2, branch 3}"


@pytest.fixture(scope="module")
def statistics(table_4_folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((table_4_folder / "table-4-study" / "statistics.json").read_text("utf-8"))
    return found


@pytest.fixture(scope="module")
def broken(statistics: dict[str, Any], table_4_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Change the last point's second reading: branches 1 and 2 are so cheap together that all three don't hold."""
    told = json.loads(json.dumps(statistics))
    here = told["points"][3]["penalties"][1]
    mean = {found["coalition"]: found["mean"] for found in here["coalitions"]}
    pair = next(found for found in here["coalitions"] if found["coalition"] == "{branch 1, branch 2}")
    pair["mean"] = mean[GRAND] - mean["{branch 3}"] - 50.0
    entry = next(found for found in here["partitions"] if found["partition"] == GRAND)
    entry["stable_in_expectation"] = False
    folder = tmp_path_factory.mktemp("broken")
    for name in ("case", "study.json"):
        (folder / name).symlink_to(table_4_folder / "table-4-study" / name)
    write_statistics(folder, told)
    return folder


def _cells(page: Any, selector: str) -> list[list[str]]:
    found: list[list[str]] = page.eval_on_selector_all(
        f"{selector} tbody tr", "rows => rows.map(row => [...row.children].map(cell => cell.textContent))"
    )
    return found


def _slide(page: Any, number_of: int, value: int) -> None:
    """Move a slider as the keyboard does."""
    page.focus(f"#axis-{number_of}")
    page.keyboard.press("Home")
    for _ in range(value):
        page.keyboard.press("ArrowRight")


def _check_rows(page: Any, told: dict[str, Any]) -> None:
    """Compare the table of partitions with the statistics of a point and a penalty."""
    rows = {row[0]: row[1:] for row in _cells(page, ".partitions")}
    by_cost = sorted(told["partitions"], key=lambda entry: entry["mean"])
    for entry, (label, cells) in zip(by_cost, rows.items(), strict=True):
        marks = label.removeprefix(entry["partition"])
        assert label.startswith(entry["partition"])
        assert ("cheapest stable" in marks) is (entry["partition"] == told["optimal_stable_in_expectation"])
        assert (marks.replace("cheapest stable", "") == "cheapest") is (entry["partition"] == told["optimal"])
        width = entry["interval"][1] - entry["mean"]
        shares = [percent(entry[name]["share"]) for name in ("optimal", "stable", "optimal_stable")]
        held = "stable" if entry["stable_in_expectation"] else "not stable"
        dearer = number(entry["dearer_than_best"])
        assert cells[:7] == [held, number(entry["mean"]), number(width), dearer, *shares]
        shown = page.eval_on_selector_all(".partitions thead button", "found => found.map(one => one.textContent)")[8:]
        assert cells[7:] == [number(entry["parts"][name]) for name in shown]


def test_every_place_of_the_sliders(
    table_4_folder: Path, statistics: dict[str, Any], html: Callable[[Path], str], opened: Open
) -> None:
    """Four noise levels and two readings: answer, table, and what wins along the noise."""
    page = opened(html(table_4_folder))
    for r, penalty in enumerate(("curtailment", "curtailment-branch")):
        _slide(page, 1, r)
        for p, point in enumerate(statistics["points"]):
            _slide(page, 0, p)
            told = point["penalties"][r]
            assert told["voltage_penalty"] == penalty
            assert page.inner_text("output[for=axis-0]") == f"{100 * point['point']['forecast_noise']:g} %"
            assert page.inner_text("output[for=axis-1]") == penalty
            best = next(e for e in told["partitions"] if e["partition"] == told["optimal_stable_in_expectation"])
            width = best["interval"][1] - best["mean"]
            assert f"{best['partition']} at {number(best['mean'])} CHF ± {number(width)}." in page.inner_text(
                "#answer-text"
            )
            assert page.inner_text("#total") == money(best["mean"])
            _check_rows(page, told)
        along = _cells(page, "#along > :first-child")
        for row, point in zip(along, statistics["points"], strict=True):
            told = point["penalties"][r]
            assert [row[1], row[4]] == [told["optimal"], told["optimal_stable_in_expectation"]]
            first = next(e for e in told["partitions"] if e["partition"] == told["optimal"])
            assert row[2] == f"{number(first['mean'])} ±\u00a0{number(first['interval'][1] - first['mean'])}"
            assert row[3] == percent(first["stable"]["share"])


def test_what_if_at_a_noise_level(broken: Path, html: Callable[[Path], str], opened: Open) -> None:
    """Join all branches: what they cost on average, each bill, who would leave, for what gain and where to."""
    page = opened(html(broken))
    _slide(page, 1, 1)
    _slide(page, 0, 3)
    statistics = json.loads((broken / "statistics.json").read_text("utf-8"))
    told = statistics["points"][3]["penalties"][1]
    grand = GRAND
    entry = next(e for e in told["partitions"] if e["partition"] == grand)
    home = next(e for e in told["partitions"] if e["partition"] == told["optimal_stable_in_expectation"])
    for player in range(3):
        page.locator(f"#feeder [data-player='{player}']").first.click()
    button = page.locator("text=One market of these")
    if button.get_attribute("aria-disabled") == "false":  # else it is what is shown already
        button.click()
    assert page.inner_text("#total") == money(entry["mean"])
    if entry is not home:
        assert f"{signed(entry['mean'] - home['mean'])}\u00a0CHF against the answer" in page.inner_text("#outcome")
    mean = {found["coalition"]: found for found in told["coalitions"]}
    width = 1.959964 * mean[grand]["standard_error"]
    assert _cells(page, ".costs") == [["A", grand, f"{number(mean[grand]['mean'])} ±\u00a0{number(width)}"]]
    bills = {row[1]: _amount(row[2]) for row in _cells(page, ".bills")}
    assert [row[3] for row in _cells(page, ".bills")] == [number(mean[f"{{{name}}}"]["mean"]) for name in BRANCHES]
    assert sum(bills.values()) == pytest.approx(mean[grand]["mean"], abs=0.02)
    groups = [group for size in (1, 2) for group in itertools.combinations(BRANCHES, size)]
    gains = {group: sum(bills[name] for name in group) - mean[_market(group)]["mean"] for group in groups}
    assert max(gains.values()) == pytest.approx(_least_largest_gain(mean), abs=0.02)
    assert entry["stable_in_expectation"] is False
    assert "Not stable on average" in page.inner_text("#outcome .verdict")
    shares = {block["by"]: block["share"] for block in told["blocking"] if block["coalition"] == grand}
    shown = {row[0].split(" from ")[0]: row[1:] for row in _cells(page, ".leavers")}
    leaving = {_market(group) for group, gain in gains.items() if gain > 0.02}
    assert leaving
    assert set(shown) == leaving | set(shares)
    for group in groups:
        if (cells := shown.get(_market(group))) is None:
            continue
        assert cells[3] == percent(shares.get(_market(group), 0.0))
        # Three branches that meet at the root: whoever is left stays together.
        rest = [name for name in BRANCHES if name not in group]
        assert cells[4] == named(sorted([list(group), rest]))
        if _market(group) in leaving:
            assert _amount(cells[0]) == pytest.approx(sum(bills[name] for name in group), abs=0.02)
            assert cells[1] == number(mean[_market(group)]["mean"])
            assert _amount(cells[2]) == pytest.approx(gains[group], abs=0.02)


def _market(group: tuple[str, ...]) -> str:
    return named([group])


def _amount(text: str) -> float:
    return float(text.replace(",", ""))


def _least_largest_gain(mean: dict[str, Any]) -> float:
    """Return the least core of three branches by linear programming, from the statistics alone."""
    groups = [group for size in (1, 2) for group in itertools.combinations(BRANCHES, size)]
    found = linprog(
        c=[0.0, 0.0, 0.0, 1.0],
        A_ub=[[*(float(name in group) for name in BRANCHES), -1.0] for group in groups],
        b_ub=[mean[_market(group)]["mean"] for group in groups],
        A_eq=[[1.0, 1.0, 1.0, 0.0]],
        b_eq=[mean[_market(tuple(BRANCHES))]["mean"]],
        bounds=[(None, None)] * 4,
    )
    assert found.status == 0
    return float(found.fun)


def test_markets_hold_where_the_study_says_so(table_4_folder: Path, broken: Path) -> None:
    """A partition is stable in the game of expected costs iff each of its markets has bills that nobody leaves."""
    seen = set()
    for row in (
        row
        for folder in (table_4_folder, broken)
        for scene in read_page(folder, pictures=False).scenes
        for row in scene.partitions
    ):
        assert row.stable is all(own.stable for own in row.markets)
        seen.add(row.stable)
    assert seen == {True, False}


def test_the_answer_is_followed_and_a_choice_is_kept(
    table_4_folder: Path, html: Callable[[Path], str], opened: Open
) -> None:
    """While the answer is shown, the slider takes it along; a partition that was chosen stays."""
    page = opened(html(table_4_folder))
    page.click(".partitions tbody tr:nth-child(3) button")
    chosen = page.eval_on_selector_all("#markets .card", "cards => cards.map(card => card.textContent)")
    _slide(page, 0, 2)
    assert page.eval_on_selector_all("#markets .card", "cards => cards.map(card => card.textContent)") == chosen
    page.click("text=Back to the answer")
    _slide(page, 0, 1)
    best = page.inner_text(".partitions tr[data-shown] th")
    assert "cheapest stable" in best
