"""docs/case-format.md says what the code does: every key and field, their defaults, and a valid example."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable
from dataclasses import MISSING, fields
from pathlib import Path
from typing import Any

import pytest
from good_case import good, with_tables, write

from lempart.case import KINDS
from lempart.io import check_case, read_case
from lempart.io.case_files.section import Section

PAGE = (Path(__file__).parents[2] / "docs/case-format.md").read_text(encoding="utf-8")
ROW = re.compile(r"\| (.+?) \| (.+?) \| (.+?) \|")


def _rows(text: str) -> dict[str, str]:
    """Return what a page's tables say: each key and its default."""
    return {key: default.strip("`") for keys, default, _ in ROW.findall(text) for key in re.findall(r"`(\w+)`", keys)}


def _section(heading: str) -> str:
    """Return the text under ``heading``, up to the next one."""
    start = PAGE.index(heading + "\n")
    return re.split(r"\n#", PAGE[start + len(heading) :], maxsplit=1)[0]


@pytest.mark.parametrize("kind", KINDS)
def test_fields_of_a_kind_are_documented_with_their_defaults(kind: str) -> None:
    expected = {}
    for field in fields(KINDS[kind]):
        expected[field.name] = "absent" if field.default in (None, MISSING) else _shown(field.default)
        if field.default is MISSING and field.default_factory is MISSING:
            expected[field.name] = "required"
    assert _rows(_section(f"### `{kind}`")) == expected


def _shown(default: Any) -> str:
    return str(default).lower() if isinstance(default, bool) else f"{default:g}"


def test_keys_that_the_reader_knows_are_documented(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every key the reader asks for while it reads stands in a table of the page, and no other does."""
    asked: set[str] = set()
    real: Callable[..., None] = Section.know

    def know(self: Section, *keys: str) -> None:
        asked.update(keys)
        real(self, *keys)

    monkeypatch.setattr(Section, "know", know)
    read_case(write(tmp_path, good()))
    document, tables = with_tables(good())
    for name, text in tables.items():
        (tmp_path / name).write_text(text)
    read_case(write(tmp_path, document))
    read_case(write(tmp_path, _with_retail_prices(good())))
    of_kinds = {field.name for kind in KINDS.values() for field in fields(kind)}
    parts = {"time", "market", "dispatch", "rules", "grid", "players"}
    asked -= parts | {"prosumer", "kind"}
    documented = set(_rows(PAGE))
    assert asked - documented == set()
    assert documented - asked - of_kinds == set()
    assert all(f"`[{part}]`" in PAGE for part in parts)
    assert "`prosumer`" in PAGE
    assert "`kind`" in PAGE


def _with_retail_prices(document: dict[str, Any]) -> dict[str, Any]:
    market = {key: value for key, value in document["market"].items() if key not in ("price_per_mwh", "tax_per_mwh")}
    return {**document, "market": {**market, "import_price_per_mwh": 220.0, "export_price_per_mwh": 60.0}}


def test_the_example_is_valid(tmp_path: Path) -> None:
    example = re.search(r"```toml\n(.*?)```", PAGE, re.DOTALL)
    assert example
    (tmp_path / "case.toml").write_text(example[1], encoding="utf-8")
    assert check_case(tmp_path) == []
    assert tomllib.loads(example[1])["name"] == read_case(tmp_path).name


def test_defaults_of_keys_are_those_of_the_reader(tmp_path: Path) -> None:
    """A file without the optional keys reads as one that states the documented defaults."""
    plain = good()
    del plain["dispatch"]
    del plain["market"]["single_boundary"], plain["market"]["reactive_price_per_mvarh"]
    del plain["market"]["voltage_penalty"]
    stated = good()
    for heading, part in (("## `[market]`", "market"), ("## `[dispatch]` (optional)", "dispatch")):
        for key, default in _rows(_section(heading)).items():
            if default not in ("required", "absent"):
                stated[part][key] = tomllib.loads(f"x = {default}")["x"]
    (tmp_path / "plain").mkdir()
    (tmp_path / "stated").mkdir()
    assert read_case(write(tmp_path / "plain", plain)) == read_case(write(tmp_path / "stated", stated))
