"""Damaged results, bills and cases: the file and the key are named with a remedy; never an internal error."""

from __future__ import annotations

import importlib.util
import json
import os
import random
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lempart.errors import InputError
from lempart.report import page_html, read_page
from support.command_line import Lempart

CASES = int(os.environ.get("LEMPART_CASES", "150"))
SCRIPT = Path(__file__).parents[2] / "scripts" / "fuzz_results.py"

NO_GROUP = "partitions[0].coalitions[0].blocking[0].members: are no group of the coalition"

Change = Callable[[dict[str, Any]], object]


def _without(*path: Any) -> Change:
    def change(data: Any) -> None:
        for key in path[:-1]:
            data = data[key]
        del data[path[-1]]

    return change


def _with(value: Any, *path: Any) -> Change:
    def change(data: Any) -> None:
        for key in path[:-1]:
            data = data[key]
        data[path[-1]] = value

    return change


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (_without("players"), "players: is missing"),
        (_without("case_hash"), "isn't the result of lempart solve: it has no case_hash"),
        (_without("partitions"), "isn't the result of lempart solve: it has no partitions"),
        (_with(2, "format"), "format: this version reads format 1"),
        (_with("0" * 64, "case_hash"), "case_hash: the case beside it is not the one that was solved"),
        (_with(["P1", "P2"], "players"), "players: is not that of the case beside it"),
        (_with("EUR", "currency"), "currency: is not that of the case beside it"),
        (_with(3, "deviation"), "deviation: expected a text"),
        (_with([], "partitions"), "evaluated: is 5, but partitions has 0"),
        (_with("1", "partitions", 0, "total"), 'partitions[0].total: expected a finite number, found "1"'),
        (
            _with(10**400, "partitions", 1, "total"),
            "partitions[1].total: expected a finite number, found a huge number",
        ),
        (_with(-1e308, "partitions", 1, "total"), "partitions[1].total: is -1e+308, too large to compute with"),
        (_with(None, "partitions", 0, "total"), "partitions[0].viable: doesn't fit total and costs"),
        (_with({}, "partitions", 0), "partitions[0].partition: is missing"),
        (_without("partitions", 0, "costs", "tax"), "partitions[0].costs.tax: is missing"),
        (_without("partitions", 0, "coalitions", 0), "partitions[0].coalitions: are not those of its partition"),
        (_with([["P1"]], "partitions", 0, "partition"), "partitions[0].partition: doesn't have every player once"),
        (_with([["P1"], ["P4"]], "partitions", 0, "partition"), "partitions[0].partition: doesn't have every player"),
        (_with([[]], "partitions", 0, "partition"), "partitions[0].partition[0]: has 0 values, expected at least 1"),
        (_with("\ud800", "partitions", 0, "partition", 0, 0), "partitions[0].partition[0][0]: has half a character"),
        (_with([{"members": ["P9"], "gain": 1}], "partitions", 0, "coalitions", 0, "blocking"), NO_GROUP),
        (_with([["P1", "P2", "P3"]], "optimal_stable", "partition"), "optimal_stable.partition: is not stable among"),
        (
            _with([[["P1"], ["P2", "P3"], ["P2", "P3"]]], "optimal_stable", "ties"),
            "optimal_stable.ties[0]: doesn't have every player once",
        ),
        (_with("0", "equal_within"), 'equal_within: expected a finite number, found "0"'),
        (
            _with([], "partitions", 0, "coalitions", 0, "margin"),
            "partitions[0].coalitions[0].margin: expected a finite number",
        ),
        (
            _with(None, "partitions", 0, "coalitions", 0, "known_to"),
            "partitions[0].coalitions[0].known_to: expected a finite",
        ),
        (_with(None, "optimal"), "optimal: is null beside an optimal_stable"),
    ],
)
def test_a_result_that_was_changed(lempart: Lempart, solved: Path, change: Change, told: str) -> None:
    """``report``, ``bill``, ``plot`` and ``check-ac`` all name the file and the key, and say to solve again."""
    path = solved / "result.json"
    data = json.loads(path.read_bytes())
    change(data)
    path.write_text(json.dumps(data), encoding="utf-8")
    for arguments in (
        ("report", solved, "--no-pictures", "--out", solved / "r.html"),
        ("bill", solved),
        ("plot", solved, "--picture", "costs", "--out", solved / "p.json"),
        ("check-ac", solved),
    ):
        run = lempart(*arguments)
        assert (run.code, run.out) == (1, ""), run
        assert f"{path}: {told}" in run.err
        assert "Solve the case again: lempart solve CASE --out FOLDER." in run.err
    assert not (solved / "r.html").exists()


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (_without("partitions"), "partitions: is missing"),
        (_without("case_hash"), "case_hash: is missing"),
        (_with("0" * 64, "case_hash"), "case_hash: the bills are of another result"),
        (_with("0" * 64, "result_sha256"), "result_sha256: the bills are of another result"),
        (_with("by dice", "partitions", 0, "rule"), "partitions[0].rule: expected"),
        (_with([], "partitions", 0, "markets"), "partitions[0].markets: are not those of its partition"),
        (_with([], "partitions", 0, "markets", 0, "bills"), "partitions[0].markets[0].bills: has 0 values"),
        (_with("P9", "partitions", 0, "markets", 0, "bills", 0, "player"), "bills: are not those of the market's"),
        (_with(None, "partitions", 0, "markets", 0, "bills", 0, "amount"), "amount: expected a finite number"),
        (_with("1", "partitions", 0, "markets", 0, "known_to"), "markets[0].known_to: expected a finite number"),
        (
            _without("partitions", 0, "markets", 1, "bills", 0, "parts", "tax"),
            "have other names than those of",
        ),
        (_with(3, "partitions", 0, "markets", 0, "bills", 0, "parts"), "parts: expected an object, found 3"),
        (_with([3], "partitions"), "partitions[0]: expected an object, found 3"),
        (_with(["P9"], "partitions", 0, "markets", 1, "bills", 0, "best_deviation", "members"), "are not all players"),
    ],
)
def test_bills_that_were_changed(lempart: Lempart, solved: Path, change: Change, told: str) -> None:
    """The report names the file and the key; commands that don't read the bills go on."""
    path = solved / "bills.json"
    data = json.loads(path.read_bytes())
    change(data)
    path.write_text(json.dumps(data), encoding="utf-8")
    run = lempart("report", solved, "--no-pictures", "--out", solved / "r.html")
    assert run.code == 1
    assert str(path) in run.err
    assert told in run.err
    assert lempart("bill", solved).code == 0


@pytest.mark.parametrize("name", ["result.json", "bills.json"])
@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "can't be read: not valid JSON"),
        (b'{"format": 1', "can't be read: not valid JSON"),
        (b'{"format": NaN}', "NaN is no number of JSON"),
        (b"\xff\xfe", "can't be read: not UTF-8 text (byte 0)"),
        (b"[" * 100_000, "can't be read: nested too deeply"),
        (b"[]", "found a list of 0"),
        (None, "can't be read: "),
    ],
)
def test_files_that_are_no_results(lempart: Lempart, solved: Path, name: str, content: bytes | None, told: str) -> None:
    """Empty, cut off, no JSON, not text, nested, another document, a folder in the file's place."""
    path = solved / name
    path.unlink()
    if content is None:
        path.mkdir()
    else:
        path.write_bytes(content)
    run = lempart("report", solved, "--no-pictures", "--out", solved / "r.html")
    assert run.code == 1
    assert str(path) in run.err
    assert told in run.err or (name == "result.json" and "isn't the result of lempart solve" in run.err)


def test_another_case_beside_the_result(lempart: Lempart, solved: Path) -> None:
    """A case that is broken, missing, or another one: told, not computed with."""
    case = solved / "case" / "case.toml"
    text = case.read_text(encoding="utf-8")
    for changed, told in ((text[: len(text) // 2], "case.toml"), ("", "the file is empty")):
        case.write_text(changed, encoding="utf-8")
        run = lempart("bill", solved)
        assert run.code == 1
        assert told in run.err
    shutil.rmtree(case.parent)
    case.parent.write_text("a file")
    assert lempart("bill", solved).code == 1


def test_layout_of_the_json_does_not_matter(lempart: Lempart, solved: Path) -> None:
    """A result that was only formatted anew is the same result, and its bills still belong to it."""
    path = solved / "result.json"
    path.write_text(json.dumps(json.loads(path.read_bytes()), indent=7, sort_keys=True), encoding="utf-8")
    assert lempart("report", solved, "--no-pictures", "--out", solved / "r.html").code == 0


@pytest.mark.skipif(not SCRIPT.exists(), reason="needs the repository")
def test_random_damage_against_the_projects_own_errors(solved: Path) -> None:
    """Values replaced, removed, doubled, moved; bytes cut off, flipped, put in: a page, or an InputError."""
    spec = importlib.util.spec_from_file_location("fuzz_results", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    fuzz = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(fuzz)
    rng, told = random.Random(3), []
    originals = {name: (solved / name).read_bytes() for name in ("result.json", "bills.json")}
    for _ in range(CASES):
        name = rng.choice(list(originals))
        torn = rng.random() < 0.2
        damaged = fuzz.torn(originals[name], rng) if torn else fuzz.changed(json.loads(originals[name]), rng)
        for other, raw in originals.items():
            (solved / other).write_bytes(damaged if other == name else raw)
        if name == "result.json":
            fuzz._unbind(solved / "bills.json")
        try:
            page_html(read_page(solved, pictures=False))
        except InputError as error:
            told.append(str(error))
    assert all(str(solved) in text for text in told)
    assert 0.2 * CASES < len(told) < CASES
