"""The JSON of a result against the published example: its names, its types and its numbers.

``interface_example.json`` is the example users are shown; scripts rely on every name in it.
"""

from __future__ import annotations

import json
import math
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from lempart import read_case, shipped_case_path, shipped_cases, solution_json, solve
from lempart.case import Case
from lempart.search import Exhaustive

EXAMPLE = json.loads((Path(__file__).parent / "interface_example.json").read_text(encoding="utf-8"))
QUICK = [name for name, _ in shipped_cases() if name != "rural-feeder-5"]
NULLABLE = {"allocation", "stable", "core_value", "blocking"}


def shipped(name: str) -> Case:
    return read_case(shipped_case_path(name))


@cache
def answer(name: str) -> dict[str, Any]:
    """Return the JSON of a shipped case with every core checked, as a script would read it."""
    found = solution_json(solve(shipped(name), Exhaustive(all_cores=True)))
    read: dict[str, Any] = json.loads(json.dumps(found, allow_nan=False))
    return read


def _assert_like(found: Any, example: Any, where: str) -> None:
    """Assert that ``found`` has every name of ``example`` with a value of its type, in every list entry."""
    if isinstance(example, dict):
        assert isinstance(found, dict), where
        assert set(example) <= set(found), f"{where} lacks {set(example) - set(found)}"
        for name, value in example.items():
            if not (found[name] is None and name in NULLABLE) and value is not None:
                _assert_like(found[name], value, f"{where}.{name}")
    elif isinstance(example, list):
        assert isinstance(found, list), where
        for index, value in enumerate(found if example else []):
            _assert_like(value, example[0], f"{where}[{index}]")
    elif isinstance(example, float):
        assert isinstance(found, int | float), where
        assert not isinstance(found, bool), where
        assert math.isfinite(found), where
    else:
        assert type(found) is type(example), where


def _assert_equal(found: Any, example: Any, where: str) -> None:
    """Assert that ``found`` has the values of ``example``; numbers to 1e-6, what it has beyond is ignored."""
    if isinstance(example, dict):
        for name, value in example.items():
            _assert_equal(found[name], value, f"{where}.{name}")
    elif isinstance(example, list):
        assert len(found) == len(example), where
        for index, value in enumerate(example):
            _assert_equal(found[index], value, f"{where}[{index}]")
    elif isinstance(example, float):
        assert found == pytest.approx(example, rel=1e-6, abs=1e-4), where
    elif example != "…":
        assert found == example, where


@pytest.mark.parametrize("name", QUICK)
def test_every_shipped_case_has_the_names_and_types_of_the_example(name: str) -> None:
    """No name of the example is missing anywhere; numbers are finite, so the file is JSON that everyone reads."""
    _assert_like(answer(name), EXAMPLE, name)


@pytest.mark.slow
def test_the_feeder_too() -> None:
    """The same for the large shipped case, not only with the cores the answer needs."""
    found = json.loads(json.dumps(solution_json(solve(shipped("rural-feeder-5"))), allow_nan=False))
    _assert_like(found, EXAMPLE, "rural-feeder-5")
    assert found["partition_count"] == found["evaluated"] == 34


def test_example_1_has_the_numbers_of_the_example() -> None:
    """``{P1, P2}`` costs 158, at most 156 can be collected from it, and each member would gain 1 by leaving."""
    found = dict(answer("example-1"))
    pair = [entry for entry in found["partitions"] if entry["partition"] == [["P1", "P2"], ["P3"]]]
    found["partitions"] = [pair[0] | {"coalitions": pair[0]["coalitions"][:1]}]
    _assert_equal(found, EXAMPLE, "example-1")


def test_partitions_are_cheapest_first_and_members_as_listed() -> None:
    """Order of partitions, blocks and members: costs ascending, names as the players are listed."""
    for name in QUICK:
        found = answer(name)
        totals = [entry["total"] for entry in found["partitions"]]
        assert totals == sorted(totals, key=lambda total: round(total, 4))
        place = {player: i for i, player in enumerate(found["players"])}
        for entry in found["partitions"]:
            order = [[place[member] for member in block] for block in entry["partition"]]
            assert order == sorted(sorted(block) for block in order)
            assert [own["members"] for own in entry["coalitions"]] == entry["partition"]


def test_certificates_add_up() -> None:
    """Allocations pay the cost; who blocks lies within the coalition; balanced collections prove the value."""
    seen = {"allocation": 0, "blocking": 0, "balanced": 0}
    for name in QUICK:
        for own in (own for entry in answer(name)["partitions"] for own in entry["coalitions"]):
            assert own["stable"] == (own["allocation"] is not None)
            if own["stable"]:
                assert sum(own["allocation"].values()) == pytest.approx(own["cost"])
                assert set(own["allocation"]) == set(own["members"])
                assert own["blocking"] == own["balanced"] == []
                seen["allocation"] += 1
                continue
            assert own["core_value"] < own["cost"]
            assert all(block["gain"] > 0 for block in own["blocking"])
            assert all(set(block["members"]) < set(own["members"]) for block in own["blocking"])
            proof = sum(group["weight"] * group["cost"] for group in own["balanced"])
            assert proof == pytest.approx(own["core_value"])
            for member in own["members"]:
                shares = [g["weight"] for g in own["balanced"] if member in g["members"]]
                assert sum(shares) == pytest.approx(1.0)
            seen["blocking"] += 1
            seen["balanced"] += 1
    assert all(seen.values()), seen


@pytest.mark.parametrize("name", QUICK)
def test_two_runs_give_the_same_file_bit_for_bit(name: str) -> None:
    """Nothing in the JSON depends on time, memory addresses, the order of sets, or what ran before."""
    again = json.dumps(solution_json(solve(shipped(name), Exhaustive(all_cores=True))))
    assert again == json.dumps(answer(name))


def test_costs_that_are_not_needed_are_null() -> None:
    """Without ``all_cores`` the verdicts the answer doesn't depend on are null, and the rest is the same."""
    short, full = solution_json(solve(shipped("example-1"))), answer("example-1")
    assert [entry["stable"] for entry in short["partitions"]] == [True, None, None, None, None]
    assert short["optimal_stable"] == full["optimal_stable"]
    assert [e["total"] for e in short["partitions"]] == [e["total"] for e in full["partitions"]]
    assert short["partitions"][1]["coalitions"][0]["core_value"] is None
