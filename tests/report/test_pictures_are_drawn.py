"""The pictures of a report: drawn from the same charts as everywhere, inside the page's own policy."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import lempart.report.pictures as pictures
from lempart.errors import InputError
from lempart.report import page_html, read_page

Open = Callable[..., Any]


def _shown(page: Any) -> list[str]:
    """Return the texts of the pictures that can be seen, each in its one visible drawing."""
    texts: list[list[str]] = page.eval_on_selector_all(
        "figure.picture:not([hidden])",
        """figures => figures.map((figure) => [...figure.querySelectorAll("svg")]
             .filter((drawn) => drawn.checkVisibility()).map((drawn) => drawn.textContent))""",
    )
    assert all(len(drawn) == 1 for drawn in texts)
    return [drawn[0] for drawn in texts]


def test_pictures_of_a_result(rural: Path, html: Callable[..., str], opened: Open) -> None:
    """Costs, lattice, voltages, loadings and profiles: drawn for light and for dark, one of the two seen."""
    result = json.loads((rural / "result.json").read_text("utf-8"))
    page = opened(html(rural, pictures=True))
    page.wait_for_selector("#pictures[data-drawn]")
    shown = _shown(page)
    assert len(shown) == 5
    assert "What the partitions cost" in shown[0]
    assert f"{result['optimal']['total']:.2f}" in shown[0]
    for entry in result["partitions"]:
        assert f"{entry['total']:.2f}" in shown[1]
    assert ["Voltages" in shown[2], "Loadings" in shown[3], "Profiles" in shown[4]] == [True] * 3
    assert page.locator("#pictures svg.marks").count() == 10
    assert all(page.eval_on_selector_all("figure.picture", "all => all.map(one => one.ariaLabel.length > 40)"))
    page.click("#theme")
    assert len(_shown(page)) == 5
    page.emulate_media(media="print")
    assert page.locator("#pictures .light-only").first.is_visible()
    assert not page.locator("#pictures .dark-only").first.is_visible()


def test_pictures_of_a_study_follow_the_sliders(table_4_folder: Path, html: Callable[..., str], opened: Open) -> None:
    """Every place of the sliders has its costs with intervals; which partition wins over the noise is always there."""
    statistics = json.loads((table_4_folder / "table-4-study" / "statistics.json").read_text("utf-8"))
    page = opened(html(table_4_folder, pictures=True))
    page.wait_for_selector("#pictures[data-drawn='0']")
    for place, (p, r) in ((0, (0, 0)), (2, (1, 0)), (4, (2, 0))):
        page.wait_for_selector(f"#pictures[data-drawn='{place}']")
        told = statistics["points"][p]["penalties"][r]
        shown = _shown(page)
        assert len(shown) == 3
        best = min(told["partitions"], key=lambda entry: entry["mean"])
        assert f"{best['mean']:,.2f}".rstrip("0").rstrip(".") in shown[0].replace("\u2009", ",")
        page.focus("#axis-0")
        page.keyboard.press("ArrowRight")


def test_without_the_charts_package_a_note_says_so(rural: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything else is there; the page says what is missing and how to get it."""

    def absent() -> str:
        raise InputError.of("pictures", "the package altair is missing", 'Install it with pip install "lempart[plot]".')

    monkeypatch.setattr(pictures, "charts_script", absent)
    page = read_page(rural)
    assert page.pictures == ()
    assert page.notes == (
        'Pictures are left out: the package altair is missing. Install it with pip install "lempart[plot]".',
    )
    text = page_html(page)
    assert "lempart[plot]" in text
    assert len(text) < 400_000
