"""Keyboard, screen reader, light and dark, paper, phone."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Open = Callable[..., Any]
LEAST_CONTRAST = 4.5

CONTRASTS = """() => {
  const channel = (c) => (c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4);
  const parse = (text) => (text.match(/[\\d.]+/g) ?? []).map(Number);
  const luminance = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
  const behind = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const [r, g, b, a = 1] = parse(getComputedStyle(at).backgroundColor);
      if (a === 1 && r !== undefined) return [r, g, b];
    }
    return parse(getComputedStyle(document.body).backgroundColor);
  };
  const found = [];
  for (const element of document.body.querySelectorAll("*")) {
    const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
    if (!own || !element.checkVisibility() || element.closest("[aria-disabled=true], script")) continue;
    const style = getComputedStyle(element);
    const inDrawing = element.namespaceURI.endsWith("svg");
    if (inDrawing && element.classList.contains("letter")) {
      const disc = getComputedStyle(element.parentNode.querySelector(".disc")).fill;
      found.push([element.textContent, luminance(parse(style.fill)), luminance(parse(disc))]);
    } else if (element.tagName !== "title") {
      const ink = parse(inDrawing ? style.fill : style.color);
      found.push([element.textContent, luminance(ink), luminance(behind(element))]);
    }
  }
  return found.map(([text, a, b]) => [text, (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05)]);
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_contrast(scheme: str, rural: Path, html: Callable[[Path], str], opened: Open) -> None:
    """Every text has a contrast of 4.5 to what is behind it (WCAG AA), letters on market colours included."""
    page = opened(html(rural), color_scheme=scheme)
    assert page.get_attribute("html", "data-theme") == scheme
    page.wait_for_timeout(200)  # colours fade
    for index in (0, 20):
        page.click(f".partitions tr[data-index='{index}'] button")
        page.wait_for_timeout(200)
        found = page.evaluate(CONTRASTS)
        assert len(found) > 100
        assert [pair for pair in found if pair[1] < LEAST_CONTRAST] == []


def test_light_and_dark_follow_the_system_and_the_button(
    rural: Path, html: Callable[[Path], str], opened: Open
) -> None:
    """The button turns what the system asks for; the background changes with it."""
    page = opened(html(rural), color_scheme="dark")
    back = "getComputedStyle(document.body).backgroundColor"
    dark = page.evaluate(back)
    page.click("#theme")
    assert page.get_attribute("html", "data-theme") == "light"
    assert page.get_attribute("#theme", "aria-pressed") == "false"
    assert page.evaluate(back) != dark


def test_the_whole_what_if_by_keyboard(rural: Path, html: Callable[[Path], str], opened: Open) -> None:
    """Tab to the feeder, arrows to walk, Enter and Space to choose, tab to the button, Enter: announced and shown."""
    page = opened(html(rural))
    focus = "document.activeElement.getAttribute('aria-label') || document.activeElement.textContent"

    def press(key: str, times: int = 1) -> str:
        for _ in range(times):
            page.keyboard.press(key)
        return str(page.evaluate(focus))

    assert press("Tab") == "Skip to what-if"
    while not press("Tab").startswith("H24, market A with"):
        assert page.evaluate("document.activeElement !== document.body")
    press("Enter")
    assert page.evaluate("document.activeElement.getAttribute('aria-pressed')") == "true"
    assert page.inner_text("#said") == "Chosen: H24"
    walked = [press("ArrowDown") for _ in range(4)]
    assert press("ArrowDown") == walked[-1]
    assert [name.split(",")[0] for name in walked] == ["H63", "H83", "H1", "H65"]
    assert press("Home").startswith("H24")
    press("End")
    press("Space")
    assert page.inner_text("#said") == "Chosen: H24, H65"
    assert press("Tab") == "Join their markets"
    assert page.evaluate("document.activeElement.getAttribute('aria-disabled')") == "true"
    press("Tab", 2)
    press("Enter")
    total = page.inner_text("#total")
    told = page.inner_text(".partitions tr[data-shown] td")
    assert page.inner_text("#said") == f"{{H24}} {{H63, H83, H1}} {{H65}}: {total}, {told}"
    assert page.evaluate(focus) == "Each on their own", "the focus stays on the button that was used"


def test_every_control_has_a_name_and_every_table_a_caption(
    rural: Path, table_4_folder: Path, html: Callable[[Path], str], opened: Open
) -> None:
    """No button or slider is nameless; tables have captions, their heads scopes; landmarks and headings are there."""
    for folder in (rural, table_4_folder):
        page = opened(html(folder))
        nameless = """() => [...document.querySelectorAll("button, input, [role=button]")].filter((e) =>
          !(e.getAttribute("aria-label") || e.textContent.trim() || e.labels?.[0]?.textContent.trim())).length"""
        assert page.evaluate(nameless) == 0
        assert page.locator("table:not(:has(caption))").count() == 0
        assert page.locator("thead th:not([scope=col]), tbody th:not([scope=row])").count() == 0
        assert page.locator("main").count() == 1
        levels = page.eval_on_selector_all("h1, h2, h3", "found => found.map(one => Number(one.tagName[1]))")
        assert levels[0] == 1
        assert all(after <= before + 1 for before, after in itertools.pairwise(levels))
        assert page.get_attribute("html", "lang") == "en"


def test_paper(rural: Path, html: Callable[[Path], str], opened: Open) -> None:
    """On paper there are no controls, the colours are those of the light page, and the answer is on the first page."""
    page = opened(html(rural), color_scheme="dark")
    page.emulate_media(media="print")
    for control in ("#theme", "#actions", ".hint"):
        assert not page.locator(control).is_visible()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert page.locator("#answer-text").bounding_box()["y"] < 300
    assert page.pdf(format="A4").startswith(b"%PDF")


@pytest.mark.parametrize("width", [360, 768])
def test_narrow_screens(
    width: int, rural: Path, table_4_folder: Path, html: Callable[[Path], str], opened: Open
) -> None:
    """Nothing makes the page wider than a phone: wide tables and the feeder scroll within themselves."""
    for folder in (rural, table_4_folder):
        page = opened(html(folder), viewport={"width": width, "height": 780})
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_answer_is_there_without_scripts(
    rural: Path, html: Callable[[Path], str], browser: Any, tmp_path: Path
) -> None:
    """With scripts off, as in some mail readers, the answer, the reasons and the sources can still be read."""
    path = tmp_path / "report.html"
    path.write_text(html(rural), encoding="utf-8")
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(path.as_uri())
    assert "Optimal stable partition: " in page.inner_text("#answer")
    assert "Proven: " in page.inner_text("#why")
    assert "need JavaScript" in page.inner_text("body")
    context.close()
