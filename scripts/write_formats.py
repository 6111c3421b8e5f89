"""Write ``docs/file-formats.md`` and ``docs/schemas`` from the records that describe the files."""

from __future__ import annotations

from pathlib import Path

from lempart.formats.files import FILES, FileKind
from lempart.formats.schema import descriptions, record_of, summary
from lempart.formats.typed import keys_of, words_of
from lempart.text import json_text

DOCS = Path(__file__).parent.parent / "docs"
HEAD = """# File formats

Every JSON file that lempart writes, key by key. Files are UTF-8; amounts are in the currency that the file states, over
the whole horizon; what is unknown or infinite is `null`. Keys are kept: later versions may add some, so readers should
ignore keys that they don't know. A key marked *optional* may be absent, since it doesn't apply or an earlier version
wrote the file.

The JSON Schemas in `docs/schemas` say the same to programs; `src/lempart/formats/files.py` makes them. The page
and the schemas are written by `python scripts/write_formats.py` from the records in `src/lempart/formats`, by which
lempart itself reads and checks results and bills. The format of cases is [a page of its own](case-format.md).

"""


def page() -> str:
    """Return the page."""
    return HEAD + "\n".join(_file(name, kind) for name, kind in FILES.items()).replace("``", "`")


def _file(name: str, kind: FileKind) -> str:
    told = f"## {kind.name}\n\nWritten by `{kind.written_by}`; schema: [{name}](schemas/{name}.schema.json). "
    found: list[type] = []
    _collect(kind.record, found)
    return told + "\n".join(_record(record, first=record is kind.record) for record in found)


def _collect(record: type, found: list[type]) -> None:
    """List the records of a file, each once, in the order in which they are met."""
    if record not in found:
        found.append(record)
        for key in keys_of(record):
            if (own := record_of(key.hint)) is not None:
                _collect(own, found)


def _record(record: type, *, first: bool) -> str:
    told = descriptions(record)
    title = "" if first else f"### `{record.__name__.removesuffix('File')}`\n\n"
    rows = [
        f"| `{key.name}`{' (optional)' if key.optional else ''} | {words_of(key.hint)} | {told[key.field.name]} |"
        for key in keys_of(record)
    ]
    return "\n".join([f"{title}{summary(record)}", "", "| key | kind | what it is |", "|---|---|---|", *rows, ""])


def main() -> None:
    """Write the page and the schemas."""
    (DOCS / "file-formats.md").write_text(page(), encoding="utf-8")
    (DOCS / "schemas").mkdir(exist_ok=True)
    for name, kind in FILES.items():
        (DOCS / "schemas" / f"{name}.schema.json").write_text(json_text(kind.schema), encoding="utf-8")


if __name__ == "__main__":
    main()
