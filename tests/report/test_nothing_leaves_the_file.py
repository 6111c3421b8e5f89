"""A report asks for nothing: not by its markup, not by its scripts, not even when a script tries."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

ADD = "const add = (tag, fields) => document.body.appendChild(Object.assign(document.createElement(tag), fields));"
ATTEMPTS = {
    "fetch": "fetch(address).catch(() => {})",
    "picture": "add('img', {src: address})",
    "script": "add('script', {src: address})",
    "style": "add('link', {rel: 'stylesheet', href: address})",
    "frame": "add('iframe', {src: address})",
    "form": "add('form', {action: address}).submit()",
}


@pytest.fixture
def listener() -> Iterator[tuple[str, list[str]]]:
    """Serve on this machine; yield the address and the list of what was asked for."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        timeout = 5  # of a connection that the browser opens ahead and leaves open

        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Stay silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/", asked
    server.shutdown()
    server.server_close()


def test_no_address_is_in_the_markup(rural: Path, html: Callable[[Path], str]) -> None:
    """No element names another resource, and style fetches nothing; names of namespaces are no addresses."""
    text = html(rural)
    assert not re.search(r"\b(?:src|srcset|action|poster|data|background)\s*=\s*[\"']", text)
    assert not re.search(r"href\s*=\s*[\"'](?!#)", text)
    assert not re.search(r"url\(|@import", text)
    assert set(re.findall(r"https?://[^\"'\s)]+", text)) <= {"http://www.w3.org/2000/svg"}


def test_the_page_forbids_itself_to_ask(
    browser: Any, rural: Path, html: Callable[[Path], str], tmp_path: Path, listener: tuple[str, list[str]]
) -> None:
    """Whatever a script tries, nothing arrives at a listener and no other script runs; without the policy it does."""
    address, asked = listener
    with_policy = html(rural)
    without = re.sub(r"<meta http-equiv=\"Content-Security-Policy\"[^>]*>", "", with_policy)
    assert without != with_policy
    for text, reached in ((with_policy, set()), (without, {f"/{name}" for name in ATTEMPTS})):
        path = tmp_path / "report.html"
        path.write_text(text, encoding="utf-8")
        page = browser.new_page()
        page.goto(path.as_uri())
        page.evaluate("add => setTimeout(add, 0)", "window.ran = 1")
        page.evaluate("document.body.append(Object.assign(document.createElement('script'), {textContent: 'ran = 1'}))")
        for name, attempt in ATTEMPTS.items():
            page.evaluate(f"address => {{ {ADD} {attempt}; }}", f"{address}{name}")
        page.wait_for_timeout(400)
        assert (page.evaluate("window.ran") == 1) is bool(reached)
        assert {found.split("?")[0] for found in asked} == reached
        page.close()
