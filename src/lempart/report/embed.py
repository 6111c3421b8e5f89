"""Rows as JSON inside a page: nothing in the data can end the script element or become markup."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from lempart.report.rows import Page

SIGNIFICANT_DIGITS = 9
_ESCAPES = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}


def page_json(page: Page) -> str:
    """Return a page's rows as JSON that is safe inside a script element."""
    return json_text(asdict(page))


def json_text(data: Mapping[str, Any]) -> str:
    """Return plain data as JSON that is safe inside a script element."""
    text = json.dumps(_short(data), ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    for character, escaped in _ESCAPES.items():
        text = text.replace(character, escaped)
    return text


def _short(value: Any) -> Any:
    """Return plain data with numbers cut to the digits that anyone can use."""
    if isinstance(value, float):
        return float(f"{value:.{SIGNIFICANT_DIGITS}g}")
    if isinstance(value, dict):
        return {key: _short(item) for key, item in value.items()}
    return [_short(item) for item in value] if isinstance(value, list | tuple) else value
