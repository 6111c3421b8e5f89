"""Reports, and the browser that opens them."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from lempart.report import page_html, read_page
from lempart.reproduce.table_4 import run_table_4
from support.command_line import started

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
NAMES = ("chromium", "chromium-browser", "google-chrome")


def _missing(reason: str) -> None:
    """Skip where a newcomer has no browser; fail where the tests are said to have one."""
    if os.environ.get("LEMPART_REQUIRE_BROWSER") == "1":
        pytest.fail(f"LEMPART_REQUIRE_BROWSER=1, but {reason}")
    pytest.skip(f"{reason}: install Chromium (Debian, Ubuntu: apt-get install chromium)")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give all tests of reports to one worker: one browser, and each case and study is solved once."""
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.xdist_group("report"))


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Start a headless Chromium; not for a session, whose other tests have event loops of their own."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        _missing(f"there is no browser ({', '.join(NAMES)})")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        running = driver.chromium.launch(executable_path=found, args=list(FLAGS))
        yield running
        running.close()


@pytest.fixture
def opened(browser: Any, tmp_path: Path) -> Iterator[Callable[..., Any]]:
    """Return a function that opens a page's HTML from a file.

    Whatever the page does in the test, it may neither write to the console, nor ask for anything beyond the file, nor
    break its own policy.
    """
    faults: list[str] = []
    contexts: list[Any] = []

    def show(html: str, **options: Any) -> Any:
        path = tmp_path / f"report-{len(contexts)}.html"
        path.write_text(html, encoding="utf-8")
        context = browser.new_context(**{"viewport": {"width": 1280, "height": 900}} | options)
        contexts.append(context)
        context.route("**/*", lambda route: route.continue_() if route.request.url == path.as_uri() else route.abort())
        page = context.new_page()
        page.on("console", lambda message: faults.append(f"console: {message.text}"))
        page.on("pageerror", lambda error: faults.append(f"error: {error}"))
        page.on("request", lambda asked: asked.url == path.as_uri() or faults.append(f"asks for {asked.url}"))
        page.add_init_script(
            "addEventListener('securitypolicyviolation', (event) => console.error('policy', event.violatedDirective))"
        )
        page.goto(path.as_uri())
        page.wait_for_selector("html[data-ready]", timeout=10_000)
        return page

    yield show
    for context in contexts:
        context.close()
    assert faults == []


@pytest.fixture(scope="session")
def solved(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Return a function that gives the folder of a solved case; each is solved once."""
    place = tmp_path_factory.mktemp("solved")

    def folder(case: str | Path, *options: str) -> Path:
        out = place / f"{Path(case).name}{''.join(options)}"
        if not out.exists():
            done = started("solve", str(case), "--out", str(out), *options)
            assert done.code == 0, done.err
        return out

    return folder


@pytest.fixture(scope="session")
def rural(solved: Callable[..., Path]) -> Path:
    """Solve the shipped feeder, with the stability of every partition."""
    return solved("rural-feeder-5", "--all-cores")


@pytest.fixture(scope="session")
def table_4_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Run Table IV from two variants, as ``lempart reproduce table-4 --variants 4 --out`` does."""
    folder = tmp_path_factory.mktemp("table-4") / "table-4-study"
    run_table_4(folder, variants=2)
    return folder.parent


@pytest.fixture(scope="session")
def html() -> Callable[..., str]:
    """Return a function that makes the report of a folder: without pictures, which take seconds, unless asked for."""
    made: dict[tuple[Path, bool], str] = {}

    def text(folder: Path, *, pictures: bool = False) -> str:
        if (folder, pictures) not in made:
            made[folder, pictures] = page_html(read_page(folder, pictures=pictures))
        return made[folder, pictures]

    return text
