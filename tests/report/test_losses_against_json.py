"""The section on losses of a report: every number in it is that of ``result.json``; without losses there is none."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from lempart import read_case, shipped_case_path, write_case
from lempart.case import Case
from lempart.report import page_html, read_page
from support.cases import case, line, prosumer

Open = Callable[..., Any]
KEYS = ("mwh", "cost", "without_mwh", "without_cost")


@pytest.fixture(scope="module")
def folder(solved: Callable[..., Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Solve the shipped feeder with losses."""
    given = read_case(shipped_case_path("rural-feeder-5"))
    write_case(
        replace(given, market=replace(given.market, losses="priced")), tmp_path_factory.mktemp("lossy") / "lossy-rural"
    )
    return solved(tmp_path_factory.getbasetemp() / "lossy0" / "lossy-rural")


def _told(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "result.json").read_text("utf-8"))
    return found


def _rows(html: str) -> list[list[str]]:
    table = re.search(r'<table class="losses">(.*?)</table>', html, re.DOTALL)
    assert table is not None
    rows = re.findall(r"<tr.*?>(.*?)</tr>", table[1], re.DOTALL)
    return [re.findall(r"<t[hd].*?>(.*?)</t[hd]>", row) for row in rows]


def test_every_line_has_the_numbers_of_the_result(folder: Path) -> None:
    """43 lines in the order of the JSON, then all together: energy and cost, with markets and without."""
    losses = _told(folder)["losses"]
    head, *rows = _rows(page_html(read_page(folder, pictures=False)))
    assert head == ["line", "kWh", "CHF", "kWh without markets", "CHF without markets"]
    assert len(rows) == 44
    for row, told in zip(rows, [*losses["lines"], losses], strict=True):
        assert row[0] == (f"{told['parent']} – {told['node']}" if "node" in told else "all lines")
        for cell, key in zip(row[1:], KEYS, strict=True):
            kwh, digits = key.endswith("mwh"), len(cell.partition(".")[2])
            assert digits == (3 if kwh else 4)
            assert cell == f"{(1e3 if kwh else 1.0) * told[key]:.{digits}f}"


def test_lines_make_up_what_the_partition_pays(folder: Path) -> None:
    """The sum over lines is the total, the part ``loss`` of the answer; without markets that of everyone alone."""
    found = _told(folder)
    losses, alone = found["losses"], [[name] for name in found["players"]]
    assert losses["partition"] == found["optimal_stable"]["partition"]
    for key in KEYS:
        assert sum(line[key] for line in losses["lines"]) == pytest.approx(losses[key], rel=1e-12)
    for key, blocks in (("cost", losses["partition"]), ("without_cost", alone)):
        entry = next(e for e in found["partitions"] if sorted(e["partition"]) == sorted(blocks))
        assert entry["costs"]["loss"] == pytest.approx(losses[key], rel=1e-6)  # found in a batch, or alone


def test_the_section_is_shown_with_its_picture(folder: Path, opened: Open) -> None:
    """43 lines are folded until asked for; the picture of losses stands between loadings and profiles."""
    page = opened(page_html(read_page(folder)))
    page.wait_for_selector("#pictures[data-drawn]")
    titles = page.eval_on_selector_all("figure.picture", "all => all.map(one => one.ariaLabel)")
    assert [title.startswith("What the lines lose: In all 0.656 kWh") for title in titles[-2:]] == [True, False]
    section = page.locator("#losses")
    assert "Lines lose 0.656 kWh, which costs 0.091 CHF at the PCC" in section.inner_text()
    assert not section.locator("table").is_visible()
    section.locator("summary").click()
    assert section.locator("table").is_visible()
    assert section.locator("tbody tr").count() == 44


def test_without_losses_nothing_is_said_of_them(rural: Path) -> None:
    """No section, no table, no key in the JSON."""
    assert "losses" not in _told(rural)
    page = read_page(rural, pictures=False)
    assert page.losses is None
    assert 'id="losses"' not in page_html(page)


def _five_homes(name: str) -> Case:
    homes = [prosumer(f"P{n}", f"n{n}") for n in range(1, 5)] + [prosumer("P5", name)]
    ends = ["root", "n1", "n2", "n3", "n4", name]
    feeder = [line(up, down, 0.01) for up, down in itertools.pairwise(ends)]
    return case(feeder, homes, {home.name: [-2.0] for home in homes}, price_per_mwh=100.0, losses="priced")


def test_few_lines_are_open_and_names_are_text(solved: Callable[..., Path], tmp_path: Path) -> None:
    """Five lines are shown at once; a bus with markup for a name is text."""
    write_case(_five_homes("<b>&"), tmp_path / "five-homes")
    html = page_html(read_page(solved(tmp_path / "five-homes"), pictures=False))
    assert "<details open>" in html
    _, *rows = _rows(html)
    assert [row[0] for row in rows[-3:-1]] == ["n3 – n4", "n4 – &lt;b&gt;&amp;"]
    assert [row[1:3] for row in rows] == [
        ["1,000.00", "100.00"],
        ["640.00", "64.00"],
        ["360.00", "36.00"],
        ["160.00", "16.00"],
        ["40.00", "4.00"],
        ["2,200.00", "220.00"],
    ]
