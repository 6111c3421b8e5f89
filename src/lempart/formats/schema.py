"""JSON Schemas of the files that lempart writes, made of the records that describe them."""

from __future__ import annotations

import inspect
import re
from collections.abc import Mapping
from typing import Any, get_args

from lempart.formats.typed import Key, format_of, inner, keys_of, kind_of, least

DRAFT = "https://json-schema.org/draft/2020-12/schema"


def schema_of(record: type, title: str) -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of a file.

    Parameters
    ----------
    record
        What describes the file.
    title
        Its name.
    """
    parts: dict[str, Any] = {}
    whole = _object(record, parts)
    return {"$schema": DRAFT, "title": title, **whole, "$defs": dict(sorted(parts.items()))}


def _object(record: type, parts: dict[str, Any]) -> dict[str, Any]:
    told = descriptions(record)
    keys = keys_of(record)
    return {
        "description": summary(record),
        "type": "object",
        "properties": {key.name: _described(key, told, parts) for key in keys},
        "required": [key.name for key in keys if not key.optional],
    }


def _described(key: Key, told: Mapping[str, str], parts: dict[str, Any]) -> dict[str, Any]:
    own = _schema(key.hint, parts)
    described = {"description": told[key.field.name]}
    return {**described, **own} if "$ref" not in own else {**described, "allOf": [own]}


def _schema(hint: Any, parts: dict[str, Any]) -> dict[str, Any]:
    kind = kind_of(hint)
    if kind == "record":
        if hint.__name__ not in parts:
            parts[hint.__name__] = {}  # for records within themselves
            parts[hint.__name__] = _object(hint, parts)
        return {"$ref": f"#/$defs/{hint.__name__}"}
    if kind == "nullable":
        own = _schema(inner(hint), parts)
        if set(own) == {"type"} and isinstance(own["type"], str):
            return {"type": [own["type"], "null"]}
        return {"anyOf": [own, {"type": "null"}]}
    if kind == "either":
        return {"anyOf": [_schema(arg, parts) for arg in get_args(hint)]}
    if kind == "list":
        more = {"minItems": least(hint)} if least(hint) else {}
        return {"type": "array", "items": _schema(inner(hint), parts), **more}
    if kind == "mapping":
        return {"type": "object", "additionalProperties": _schema(inner(hint), parts)}
    if kind == "words":
        return {"enum": list(get_args(hint))}
    if kind == "format":
        return {"const": format_of(hint)}
    if kind == "anything":
        return {}
    return {"whole": {"type": "integer", "minimum": 0}}.get(kind) or {"type": _TYPES[kind]}


_TYPES = {"number": "number", "flag": "boolean", "text": "string"}


def summary(record: type) -> str:
    """Return the first paragraph of a record's docstring."""
    return " ".join(inspect.getdoc(record).split("\n\n")[0].split())  # type: ignore[union-attr]


def descriptions(record: type) -> dict[str, str]:
    """Return what a record's docstring says of each of its fields.

    Raises
    ------
    KeyError
        Of a field it says nothing.
    """
    text = inspect.getdoc(record) or ""
    _, _, section = text.partition("Attributes\n----------\n")
    found: dict[str, str] = {}
    for names, told in re.findall(r"^(\w[\w, ]*)\n((?:    .*\n?)+)", section, flags=re.M):
        for name in names.split(","):
            found[name.strip()] = " ".join(told.split())
    missing = [key.field.name for key in keys_of(record) if key.field.name not in found]
    if missing:
        raise KeyError(f"{record.__name__} doesn't say what {', '.join(missing)} is")
    return found


def record_of(hint: Any) -> type | None:
    """Return the record within an annotation; None where it has none."""
    kind = kind_of(hint)
    if kind == "record":
        found: type = hint
        return found
    return record_of(inner(hint)) if kind in ("nullable", "list", "mapping") else None
