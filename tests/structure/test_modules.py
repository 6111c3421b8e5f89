"""The shape of the code: modules of one idea, a documented public surface, a quick start."""

from __future__ import annotations

import ast
import importlib
import pkgutil
import subprocess
import sys
from pathlib import Path

import pytest

import lempart

SOURCE = Path(lempart.__file__).parent
MODULES = sorted(SOURCE.rglob("*.py"))
AIM, TOO_LONG = 200, 500


def test_no_module_is_too_long() -> None:
    """A file ends where its idea ends: 200 lines are aimed at, and from 500 lines on it holds a second one."""
    lengths = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in MODULES}
    for path, length in sorted(lengths.items(), key=lambda item: -item[1]):
        if length > AIM:
            print(f"{length} {path.relative_to(SOURCE)}")  # the list of candidates, where the test fails or with -rP
    assert max(lengths.values()) < TOO_LONG


def test_every_public_name_of_the_package_exists_and_is_documented() -> None:
    """What ``lempart.__all__`` promises can be imported and has a docstring."""
    for name in lempart.__all__:
        value = getattr(lempart, name)
        assert isinstance(value, str) or (value.__doc__ or "").strip(), name
    assert set(lempart.__all__) <= set(dir(lempart))


def test_unknown_names_are_attribute_errors() -> None:
    """Lazy loading still refuses names the package doesn't have."""
    with pytest.raises(AttributeError, match="no_such_name"):
        _ = lempart.no_such_name


def _packages() -> list[str]:
    return [found.name for found in pkgutil.iter_modules([str(SOURCE)], "lempart.") if found.ispkg]


@pytest.mark.parametrize("package", _packages())
def test_packages_export_what_they_promise(package: str) -> None:
    """Every name in a package's ``__all__`` exists there, sorted and without repetition."""
    module = importlib.import_module(package)
    names = list(getattr(module, "__all__", []))
    assert all(hasattr(module, name) for name in names)
    assert len(names) == len(set(names))


def test_a_public_class_name_means_one_thing() -> None:
    """No public class is called as another one in a different module."""
    homes: dict[str, list[str]] = {}
    for path in MODULES:
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                homes.setdefault(node.name, []).append(str(path.relative_to(SOURCE)))
    assert {name: paths for name, paths in homes.items() if len(paths) > 1} == {}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_public_functions_have_docstrings(path: Path) -> None:
    """Every public function, class and method of the package says what it is."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Module | ast.ClassDef):
            for item in node.body:
                if isinstance(item, ast.FunctionDef | ast.ClassDef) and not item.name.startswith("_"):
                    private = isinstance(node, ast.ClassDef) and node.name.startswith("_")
                    overload = any(ast.unparse(d) == "overload" for d in item.decorator_list)
                    assert private or overload or ast.get_docstring(item), f"{path.name}: {item.name}"


def _best_seconds(code: str, runs: int = 5) -> float:
    program = f"import time; t = time.perf_counter(); {code}; print(time.perf_counter() - t)"
    return min(float(subprocess.check_output([sys.executable, "-c", program])) for _ in range(runs))


def test_import_is_quick() -> None:
    """``import lempart`` takes less than half a second (it loads nothing heavy until it is used)."""
    assert _best_seconds("import lempart") < 0.5


def test_import_loads_neither_solvers_nor_optional_libraries() -> None:
    """Neither solvers nor pandas are imported before they are needed; this is why the import is quick."""
    heavy = {"clarabel", "highspy", "numpy", "pandas", "pandapower", "scipy"}
    code = f"import sys, lempart; print(sorted({heavy} & set(sys.modules)))"
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "[]"
