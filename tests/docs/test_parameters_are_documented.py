"""Every public function of two or more arguments says what each of them is; the first twenty things have an example."""

from __future__ import annotations

import doctest
import importlib
import pkgutil
from inspect import getdoc, signature, unwrap
from types import FunctionType
from typing import Any

import pytest

import lempart

PACKAGES = ["lempart", *(f"lempart.{item.name}" for item in pkgutil.iter_modules(lempart.__path__) if item.ispkg)]

LACKING: frozenset[str] = frozenset()
"""Functions that have no Parameters section yet; this list only becomes shorter."""


def _public_functions() -> dict[str, FunctionType]:
    found = {}
    for name in PACKAGES:
        package = importlib.import_module(name)
        for exported in getattr(package, "__all__", ()):
            value = getattr(package, exported)
            if isinstance(value, FunctionType) and len(signature(value).parameters) >= 2:
                found[f"{unwrap(value).__module__}.{value.__name__}"] = value
    return found


def _section(text: str, name: str) -> str:
    """Return what stands under a heading of a docstring."""
    _, _, rest = text.partition(f"{name}\n{'-' * len(name)}\n")
    lines = rest.splitlines()
    ends = [at for at in range(1, len(lines)) if set(lines[at]) == {"-"}]
    return "\n".join(lines[: ends[0] - 1] if ends else lines)


def test_every_argument_is_documented() -> None:
    """Each argument of a public function has its entry under Parameters, but for those that are listed as lacking."""
    lacking = {}
    for name, function in _public_functions().items():
        section = _section(getdoc(function) or "", "Parameters")
        named = {word.strip(" *") for line in section.splitlines() if line[:1].strip() for word in line.split(",")}
        if missing := [key for key in signature(function).parameters if key not in named]:
            lacking[name] = missing
    assert {name: names for name, names in lacking.items() if name.rpartition(".")[2] not in LACKING} == {}
    assert {name.rpartition(".")[2] for name in lacking} >= LACKING, "shorten LACKING"


EXAMPLES = [
    "lempart.BillOptions",
    "lempart.Case",
    "lempart.Exhaustive",
    "lempart.Partition",
    "lempart.Scenario",
    "lempart.bills_json",
    "lempart.check",
    "lempart.costs_of",
    "lempart.read_case",
    "lempart.shipped_case_path",
    "lempart.shipped_cases",
    "lempart.solution_json",
    "lempart.solve",
    "lempart.write_case",
    "lempart.case.Battery",
    "lempart.case.Market",
    "lempart.case.air_source_cop",
    "lempart.case.case_hash",
    "lempart.cost.grid_state",
    "lempart.game.core_verdict",
    "lempart.game.nucleolus",
    "lempart.game.shapley",
    "lempart.partition.partition_of",
    "lempart.search.after_seconds",
]
"""What users meet first."""


@pytest.mark.parametrize("name", EXAMPLES)
def test_examples_run_as_doctests(name: str) -> None:
    """The example of each of the first things that users meet shows what comes out."""
    package, _, exported = name.rpartition(".")
    value: Any = getattr(importlib.import_module(package), exported)
    found = doctest.DocTestFinder(recurse=False).find(unwrap(value), exported, globs={})
    examples = [test for test in found if test.examples]
    assert examples, f"{name} has no example"
    told: list[str] = []
    for test in examples:
        assert doctest.DocTestRunner().run(test, out=told.append).failed == 0, "".join(told)
