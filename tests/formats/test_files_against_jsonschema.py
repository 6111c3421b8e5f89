"""Every file that lempart writes passes its JSON Schema, as the package jsonschema reads it, and has no key beside."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from scripts.write_formats import DOCS, page

from lempart.cases import shipped_case_path
from lempart.formats.files import FILES
from lempart.formats.result import ResultFile
from lempart.formats.typed import as_mapping, check_of, of_json
from lempart.text import json_text
from study.small_study import write_study
from support.command_line import Lempart

BAND = Path(__file__).parents[1] / "data" / "burning" / "negative-prices.toml"


def _closed(schema: Any) -> Any:
    """Return a schema under which no object has keys that it doesn't name."""
    if isinstance(schema, list):
        return [_closed(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {key: _closed(value) for key, value in schema.items()}
    return {**closed, "additionalProperties": False} if "properties" in closed else closed


def _faults(name: str, data: Any) -> list[str]:
    validator = jsonschema.Draft202012Validator(_closed(FILES[name].schema))
    return [f"{error.json_path}: {error.message:.200}" for error in validator.iter_errors(data)]


def _read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", FILES)
def test_schemas_are_schemas(name: str) -> None:
    """By the meta-schema of their draft; every key says what it is."""
    schema = FILES[name].schema
    jsonschema.Draft202012Validator.check_schema(schema)
    for part in (schema, *schema["$defs"].values()):
        assert all(len(own["description"]) >= 4 for own in part["properties"].values())


@pytest.mark.parametrize("case", ["example-1", "example-2", str(BAND)])
def test_results_and_bills(lempart: Lempart, tmp_path: Path, case: str) -> None:
    """Of cases with externalities, with unstable partitions and with batteries that burn energy; and a single bill."""
    assert lempart("solve", case, "--out", tmp_path / "r").code == 0
    assert _faults("result", _read(tmp_path / "r" / "result.json")) == []
    assert _faults("bills", _read(tmp_path / "r" / "bills.json")) == []
    assert _faults("bill", json.loads(lempart("bill", tmp_path / "r", "--json", "-").out)) == []


def test_results_of_searches_that_see_little(lempart: Lempart) -> None:
    """Of one that was stopped at once, and of one that costs coalitions instead of partitions."""
    stopped = lempart("solve", "ieee33-branches", "--stop-after", "0.000001", "--json", "-").out
    assert _faults("result", json.loads(stopped)) == []
    assert (
        _faults("result", json.loads(lempart("solve", "ieee33-branches", "--search", "tree", "--json", "-").out)) == []
    )


def test_studies_and_their_phase_diagrams(lempart: Lempart, tmp_path: Path) -> None:
    """Headers, markers and statistics of both kinds of study, and the diagram with a crossing over one axis."""
    costed, searched = (
        write_study(tmp_path / "c", draws=3, block=2),
        write_study(tmp_path / "s", draws=2, block=2, more='search = "exhaustive"'),
    )
    for path, name in ((costed, "statistics"), (searched, "search-statistics")):
        out = path.parent / "out"
        assert lempart("study", path, "--out", out, "--workers", "1").code == 0
        assert _faults("study", _read(out / "study.json")) == []
        assert _faults(name, _read(out / "statistics.json")) == []
        markers = list((out / "finished").iterdir())
        assert markers
        assert [fault for marker in markers for fault in _faults("marker", _read(marker))] == []
    told = lempart(
        "phase", costed.parent / "out", "--x", "forecast_noise", "--between", "{P1} {P2} {P3}", "{P1, P2, P3}",
        "--json", "-",
    )  # fmt: skip
    assert _faults("phase", json.loads(told.out)) == []


def test_ac_checks(lempart: Lempart, tmp_path: Path) -> None:
    """Of the shipped case with forecast errors."""
    pytest.importorskip("power_grid_model")
    lempart("solve", "example-1", "--out", tmp_path)
    assert lempart("check-ac", tmp_path).code == 0
    assert _faults("ac", _read(tmp_path / "ac.json")) == []


def test_page_and_schemas_are_those_of_the_records() -> None:
    """``python scripts/write_formats.py`` was run after the last change of a record."""
    assert (DOCS / "file-formats.md").read_text(encoding="utf-8") == page()
    for name, kind in FILES.items():
        path = DOCS / "schemas" / f"{name}.schema.json"
        assert path.read_text(encoding="utf-8") == json_text(kind.schema), name


def _leaves(value: Any, at: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from _leaves(item, f"{at}.{key}")
    elif isinstance(value, list | tuple):
        for index, item in enumerate(value):
            yield from _leaves(item, f"{at}[{index}]")
    elif hasattr(value, "__dataclass_fields__"):
        yield from _leaves(as_mapping(value), at)
    else:
        yield at, value


def test_a_record_holds_what_its_json_says(lempart: Lempart) -> None:
    """Every amount, text and null of a result is found at its place in the record, and passes the record's check."""
    data = json.loads(lempart("solve", "example-2", "--json", "-").out)
    assert list(check_of(ResultFile)(data, "")) == []
    found = dict(_leaves(of_json(ResultFile, data)))
    told = dict(_leaves(data))
    assert {at: found[at] for at in told} == told


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"proven": 1}, "expected true or false"),
        ({"partitions": [{}]}, "is missing"),
        ({"format": 2}, "reads format 1"),
        ({"deviation": 3}, "expected a text"),
        ({"optimal": {"partition": [], "total": 1.0, "ties": []}}, "expected at least 1"),
    ],
)
def test_what_a_schema_refuses_is_refused_in_reading(change: dict[str, Any], told: str) -> None:
    """The check of a record and its schema agree on what is wrong."""
    data: dict[str, Any] = {
        "format": 1, "case": "a", "version": "1", "case_hash": "x", "currency": "CHF", "players": ["P"], "method": "m",
        "deviation": "none", "proven": True, "stopped": None, "partition_count": 1, "evaluated": 0, "optimal": None,
        "optimal_stable": None, "partitions": [],
    }  # fmt: skip
    assert _faults("result", data) == list(check_of(ResultFile)(data, "")) == []
    wrong = {**data, **change}
    assert _faults("result", wrong)
    assert told in next(fault.message for fault in check_of(ResultFile)(wrong, ""))


def test_shipped_case_of_the_tests() -> None:
    """The cases above are there."""
    assert BAND.is_file()
    assert shipped_case_path("example-1").exists()
