"""The what-if in a browser: every number it shows is that of the result's JSON."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from report.shown import money, named, number, signed

Open = Callable[..., Any]


def _read(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "result.json").read_text(encoding="utf-8"))
    return found | {"bills": json.loads((folder / "bills.json").read_text(encoding="utf-8"))["partitions"]}


def _cells(page: Any, selector: str) -> list[list[str]]:
    """Return the texts of a table's body, row by row."""
    found: list[list[str]] = page.eval_on_selector_all(
        f"{selector} tbody tr", "rows => rows.map(row => [...row.children].map(cell => cell.textContent))"
    )
    return found


def _bills(result: dict[str, Any], entry: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the bills that were kept of a partition, by player; none where it wasn't billed."""
    kept = next((b for b in result["bills"] if b["partition"] == entry["partition"]), {"markets": []})
    return {bill["player"]: bill for market in kept["markets"] for bill in market["bills"]}


def _check_bills(page: Any, entry: dict[str, Any], answer: dict[str, Any], result: dict[str, Any]) -> None:
    """Compare bills, what each would pay alone and elsewhere, and what bills are made of."""
    bills, before = _bills(result, entry), _bills(result, answer)
    shown = {row[1]: row[2:] for row in _cells(page, ".bills")}
    assert set(shown) == set(result["players"]) == set(bills)
    alone = any(len(own["members"]) > 1 for own in entry["coalitions"])
    for name, bill in bills.items():
        against = [] if entry is answer else [signed(bill["amount"] - before[name]["amount"])]
        assert shown[name] == [number(bill["amount"]), *([number(bill["alone"])] if alone else []), *against], name
    page.click("summary")
    columns = page.eval_on_selector_all(".explained thead th", "cells => cells.map(cell => cell.textContent)")[1:-1]
    for name, *cells, elsewhere in _cells(page, ".explained"):
        parts, best = bills[name]["parts"], bills[name]["best_deviation"]
        assert cells == [number(parts[part]) for part in columns]
        assert sum(abs(parts[part]) for part in parts if part not in columns) < 0.005 * len(parts)
        assert elsewhere == ("\u2013" if best is None else f"{named([best['members']])}: {number(best['pays'])}")


def _check_outcome(page: Any, entry: dict[str, Any], result: dict[str, Any]) -> None:
    """Compare everything that is shown of a partition with its entry in the JSON."""
    answer = next(e for e in result["partitions"] if e["partition"] == result["optimal_stable"]["partition"])
    text = page.inner_text("#outcome")
    assert page.inner_text("#total") == money(entry["total"])
    assert ("Stable: nobody" in text) is entry["stable"]
    if entry is not answer:
        assert f"{signed(entry['total'] - answer['total'])}\u00a0CHF against the answer" in text
    _check_bills(page, entry, answer, result)
    leaving = [(own, block) for own in entry["coalitions"] for block in own["blocking"]]
    rows = _cells(page, ".leavers") if leaving else []
    assert page.locator(".leavers").count() == bool(leaving)
    for row, (own, block) in zip(rows, leaving, strict=True):
        assert row[0].startswith(named([block["members"]]))
        after = next(e for e in result["partitions"] if named(e["partition"]) == row[4])
        alone = next(o["cost"] for o in after["coalitions"] if o["members"] == block["members"])
        assert row[1:4] == [number(alone + block["gain"]), number(alone), number(block["gain"])]
        assert set(block["members"]) < set(own["members"])
        others = [o["members"] for o in entry["coalitions"] if o is not own]
        assert all(kept in after["partition"] for kept in others)
    parts = {row[0]: row[1] for row in _cells(page, ".parts")}
    assert parts == {name: number(entry["costs"][name]) for name in parts}
    assert {name for name, value in entry["costs"].items() if value} <= set(parts)


@pytest.mark.parametrize("case", ["rural-feeder-5", "example-2"])
def test_every_partition_clicked_in_the_table(
    case: str, solved: Callable[..., Path], html: Callable[[Path], str], opened: Open
) -> None:
    """Total, stability, bills, leavers with their destinations, and parts, for every partition there is."""
    folder = solved(case, "--all-cores")
    result, page = _read(folder), opened(html(folder))
    for index, entry in enumerate(result["partitions"]):
        row = page.locator(f".partitions tr[data-index='{index}']")
        assert row.locator("button").inner_text() == named(entry["partition"])
        assert row.locator("td").nth(1).inner_text() == number(entry["total"])
        row.locator("button").click()
        _check_outcome(page, entry, result)


def test_joining_and_splitting_by_clicks(rural: Path, html: Callable[[Path], str], opened: Open) -> None:
    """From the answer, members are split off and joined again by the buttons; each step shows its own partition."""
    result, page = _read(rural), opened(html(rural))
    by_name = {named(entry["partition"]): entry for entry in result["partitions"]}
    player = {name: index for index, name in enumerate(result["players"])}

    def choose(*names: str) -> None:
        for at, name in enumerate(names):  # by turns on the feeder and in the list
            where = "#feeder" if at % 2 else "#markets"
            page.click(f"{where} [data-player='{player[name]}']")

    def expect(blocks: list[list[str]]) -> None:
        groups = page.eval_on_selector_all(
            "#markets .card", "cards => cards.map(card => [...card.querySelectorAll('.chip')].map(c => c.textContent))"
        )
        assert groups == blocks
        _check_outcome(page, by_name[named(blocks)], result)

    everyone = result["players"]
    assert named([everyone]) == named(result["optimal_stable"]["partition"])
    expect([everyone])
    a, b, c, d, e = everyone
    choose(b, e)
    page.click("text=Each on their own")
    expect([[a, c, d], [b], [e]])
    choose(d, e)
    page.click("text=Join their markets")
    expect([[a, c, d, e], [b]])
    choose(a)
    page.click("text=One market of these")
    expect([[a], [b], [c, d, e]])
    page.click("text=Undo")
    expect([[a, c, d, e], [b]])
    page.click("text=Back to the answer")
    expect([everyone])


def test_leavers_can_be_followed(solved: Callable[..., Path], html: Callable[[Path], str], opened: Open) -> None:
    """The partition that a leaving group makes is one click away, and is the one that its button names."""
    folder = solved("example-2", "--all-cores")
    result, page = _read(folder), opened(html(folder))
    page.click(".partitions tr[data-index='0'] button")
    page.click(".leavers tbody tr:nth-child(2) button")
    entry = next(e for e in result["partitions"] if e["partition"] == [["P1", "P3"], ["P2"]])
    _check_outcome(page, entry, result)


def test_inadmissible_wishes_say_why_and_what_is_near(rural: Path, html: Callable[[Path], str], opened: Open) -> None:
    """Two markets that share a line: the line is named and drawn as a clash, and the nearest partitions are offered."""
    result, page = _read(rural), opened(html(rural))
    for player in (1, 3):
        page.click(f"#feeder [data-player='{player}']")
    page.click("text=One market of these")
    wished = [["H24", "H83", "H65"], ["H63", "H1"]]
    text = page.inner_text("#outcome")
    assert "The grid doesn't allow these markets" in text
    assert "{H24, H83, H65} and {H63, H1} would share the line from" in text
    assert page.locator("#feeder .clash").count() > 0
    assert page.locator("#total").count() == 0
    offered = page.eval_on_selector_all(".nearest li", "items => items.map(item => item.textContent)")
    ranked = sorted(result["partitions"], key=lambda entry: (_pairs_apart(entry["partition"], wished), entry["total"]))
    held = {True: "stable", False: "not stable"}
    assert offered == [
        f"{named(entry['partition'])}: {money(entry['total'])}, {held[entry['stable']]}" for entry in ranked[:3]
    ]
    page.click(".nearest button")
    _check_outcome(page, ranked[0], result)


def test_what_was_not_checked_is_said_to_be_so(
    solved: Callable[..., Path], html: Callable[[Path], str], opened: Open
) -> None:
    """Without --all-cores only the cheapest are checked: the others show no verdict and no bill."""
    folder = solved("rural-feeder-5")
    result, page = _read(folder), opened(html(folder))
    index, entry = next((i, e) for i, e in enumerate(result["partitions"]) if e["stable"] is None)
    page.click(f".partitions tr[data-index='{index}'] button")
    text = page.inner_text("#outcome")
    assert "Stability not checked" in text
    assert "--all-cores" in text
    assert page.inner_text("#total") == money(entry["total"])
    assert "bills not computed, as stability was not checked" in text
    assert page.locator(f".partitions tr[data-index='{index}'] td").first.inner_text() == "stability not checked"


def _pairs_apart(one: list[list[str]], other: list[list[str]]) -> int:
    """Return in how many pairs of players two partitions differ."""

    def together(blocks: list[list[str]]) -> set[frozenset[str]]:
        return {frozenset(pair) for block in blocks for pair in itertools.combinations(block, 2)}

    return len(together(one) ^ together(other))
