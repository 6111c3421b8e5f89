"""Names from the data are shown as text, whatever they contain."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from lempart.report import page_html
from report.made_pages import star_page
from support.command_line import toml_case

NAMES = (
    "<script>window.ran = 1</script>",
    "</script><script>window.ran = 1</script>",
    '"><img src=x onerror="window.ran = 1">',
    "&lt;b&gt; $data $script",
    "<!-- \u2028 --> <style>body{display:none}</style>",
    "__proto__",
)


class _Elements(HTMLParser):
    """Counts elements as a browser reads them."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append(tag)
        assert not any(name.startswith("on") for name, _ in attrs)


def _tags(text: str) -> list[str]:
    parser = _Elements()
    parser.feed(text)
    return parser.found


def test_markup_is_the_same_whatever_the_names_are() -> None:
    """A page of wicked names has exactly the elements of a page of plain ones, and its data is what went in."""
    wicked, plain = (page_html(star_page(names, 60, title=names[0])) for names in (NAMES, tuple("abcdef")))
    assert _tags(wicked) == _tags(plain)
    data = re.search(r'<script type="application/json" id="data">(.*?)</script>', wicked, re.DOTALL)
    assert data is not None
    assert tuple(json.loads(data[1])["players"]) == NAMES


def test_wicked_names_in_the_browser(opened: Callable[..., Any]) -> None:
    """They are read on the page as they are written in the data; nothing of them runs or is drawn."""
    page = opened(page_html(star_page(NAMES, 60, title=NAMES[0])))
    assert page.inner_text("h1") == NAMES[0]
    assert page.eval_on_selector_all("#markets .chip", "chips => chips.map(chip => chip.textContent)") == list(NAMES)
    assert page.eval_on_selector_all("#feeder .name", "names => names.map(name => name.textContent)") == list(NAMES)
    for player in (0, 1):
        page.click(f"#markets [data-player='{player}']")
    page.locator("#actions [aria-disabled=false]").first.click()
    assert NAMES[0] in page.inner_text("#outcome")
    assert page.evaluate("window.ran") is None
    assert page.locator("img").count() == 0


def test_a_case_with_such_a_prosumer(
    tmp_path: Path, solved: Callable[..., Path], html: Callable[[Path], str], opened: Callable[..., Any]
) -> None:
    """From the case file to the page: solved, reported, opened."""
    folder = solved(toml_case(tmp_path, prosumers=(*NAMES[:2], "P3")).parent, "--all-cores")
    page = opened(html(folder))
    assert page.eval_on_selector_all(".bills tbody th", "cells => cells.map(cell => cell.textContent)") == [
        *NAMES[:2],
        "P3",
    ]
    assert NAMES[0] in page.inner_text("#answer-text")
    assert page.evaluate("window.ran") is None


@pytest.mark.parametrize("character", ["<", ">", "&", "\u2028", "\u2029"])
def test_data_has_no_character_that_markup_knows(character: str) -> None:
    """Inside the script element none of them is left unescaped."""
    text = page_html(star_page((f"a{character}b", "c"), 2))
    data = re.search(r'<script type="application/json" id="data">(.*?)</script>', text, re.DOTALL)
    assert data is not None
    assert character not in data[1]
    assert json.loads(data[1])["players"][0] == f"a{character}b"
