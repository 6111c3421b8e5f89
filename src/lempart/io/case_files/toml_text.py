"""TOML out: scalars first, then tables, long lists wrapped; the standard library only reads it."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_PER_LINE = 12


def toml_text(document: Mapping[str, Any]) -> str:
    """Return ``document`` as TOML; None and empty lists of tables are left out. Floats come back bit for bit."""
    return "\n".join(_table(document, ())).strip("\n") + "\n"


def _table(table: Mapping[str, Any], path: tuple[str, ...]) -> Iterator[str]:
    for key, value in table.items():
        if value is not None and not isinstance(value, Mapping) and not _is_tables(value):
            yield f"{_key(key)} = {_value(value)}"
    for key, value in table.items():
        inner = (*path, key)
        if isinstance(value, Mapping):
            yield from ("", f"[{_path(inner)}]", *_table(value, inner))
        elif _is_tables(value):
            for item in value:
                yield from ("", f"[[{_path(inner)}]]", *_table(item, inner))


def _is_tables(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(item, Mapping) for item in value)


def _path(keys: Sequence[str]) -> str:
    return ".".join(_key(key) for key in keys)


def _key(key: str) -> str:
    return key if _BARE_KEY.fullmatch(key) else _text(key)


def _text(value: str) -> str:
    # JSON's escapes are TOML's, but for DEL, which TOML wants escaped as well.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _value(value: Any) -> str:
    if isinstance(value, np.ndarray | np.generic):
        value = value.tolist()
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, float):
        return repr(value) if math.isfinite(value) else str(value)
    if isinstance(value, int):
        return str(value)
    items = [_value(item) for item in value]
    if len(items) <= _PER_LINE:
        return f"[{', '.join(items)}]"
    lines = [", ".join(items[start : start + _PER_LINE]) for start in range(0, len(items), _PER_LINE)]
    return "[\n  " + ",\n  ".join(lines) + ",\n]"
