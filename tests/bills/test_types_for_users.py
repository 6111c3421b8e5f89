"""What a type checker says to those who use the package: no ``Any`` where a type is promised."""

from __future__ import annotations

import ast
import importlib
import inspect
import subprocess
import sys
import typing
from pathlib import Path

import pytest

import lempart

SCRIPT = """
from lempart import BillOptions, Bills, Case, Partition, Solution, bills_json, progress_line, read_case
from lempart import shipped_case_path, solve
from lempart.game import CoreRows, kohlberg_certificate, nucleolus

case: Case = read_case(shipped_case_path("example-2"))
solution: Solution = solve(case, progress=progress_line())
best: Partition | None = solution.optimal_stable
bills: Bills = solution.bills("shapley", best, BillOptions(draws=10))
for market in bills.markets:
    for bill in market.bills:
        reveal_type(bill.amount)
        reveal_type(bill.best)
reveal_type(bills_json(bills))
reveal_type(solution.costs.total if hasattr(solution.costs, "total") else 0.0)
reveal_type(kohlberg_certificate)
solution.bills("fair")
"""


def test_a_strict_script_type_checks_but_for_its_mistake(tmp_path: Path) -> None:
    """``mypy --strict`` of a user's script: the wrong rule is the only error, and nothing is revealed as ``Any``."""
    pytest.importorskip("mypy")
    script = tmp_path / "mine.py"
    script.write_text(SCRIPT, encoding="utf-8")
    root = Path(__file__).parents[2]
    command = [sys.executable, "-m", "mypy", "--strict", "--follow-imports=silent", str(script)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=root, timeout=300)
    lines = [line for line in done.stdout.splitlines() if "mine.py" in line and "defined here" not in line]
    errors = [line for line in lines if ": error:" in line]
    assert len(errors) == 1, done.stdout + done.stderr
    assert "incompatible type \"Literal['fair']\"" in errors[0]
    revealed = [line.split('"')[1] for line in lines if "Revealed type" in line]
    assert len(revealed) == 5
    assert revealed[0] in {"float", "builtins.float"}
    assert "BestDeviation | None" in revealed[1]
    assert "Any" not in "".join(revealed[:2])


PUBLIC = [
    "lempart",
    "lempart.result",
    "lempart.game",
    "lempart.cost",
    "lempart.search",
    "lempart.partition",
    "lempart.case",
]


@pytest.mark.parametrize("name", PUBLIC)
def test_everything_public_is_annotated(name: str) -> None:
    """Every public function and method states the type of each argument and of what it returns."""
    package = importlib.import_module(name)
    assert (Path(lempart.__file__).parent / "py.typed").exists()
    for public in package.__all__:
        value = getattr(package, public)
        functions = [value] if inspect.isfunction(value) else []
        if inspect.isclass(value):
            functions = [
                found
                for own, found in vars(value).items()
                if inspect.isfunction(found) and not own.startswith("_") and found.__module__.startswith("lempart")
            ]
        for function in functions:
            hints = function.__annotations__
            expected = {own for own in inspect.signature(function).parameters if own not in {"self", "cls"}}
            assert expected | {"return"} <= set(hints), f"{name}.{public}: {function.__qualname__}"


def test_lazy_names_are_known_to_type_checkers() -> None:
    """Each name of the package is imported under ``TYPE_CHECKING`` from where it is loaded."""
    (block,) = (item for item in ast.parse(Path(lempart.__file__).read_text("utf-8")).body if isinstance(item, ast.If))
    imports = [item for item in block.body if isinstance(item, ast.ImportFrom)]
    known = {alias.name: item.module for item in imports for alias in item.names}
    homes = typing.cast("dict[str, str]", vars(lempart)["_HOME"])
    assert known == {name: f"lempart.{home}" for name, home in homes.items()}
