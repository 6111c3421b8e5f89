"""The files of versions against what pyproject.toml asks for: nothing is unnamed, nothing contradicts."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.skipif(not (ROOT / "constraints").exists(), reason="only in the repository")


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _versions(name: str) -> dict[str, Version]:
    """Return what a file of constraints says; each line is a comment or one package at one version."""
    lines = (ROOT / "constraints" / name).read_text(encoding="utf-8").splitlines()
    pairs = [re.fullmatch(r"([\w.-]+)==([\w.]+)", line) for line in lines if not line.startswith("#")]
    assert all(pairs), "a line that is no comment is NAME==VERSION: no address, no option"
    return {_normal(pair[1]): Version(pair[2]) for pair in pairs if pair}


def _requirements(*, development: bool) -> list[Requirement]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    kept = [items for name, items in extras.items() if development or name not in {"dev", "docs"}]
    found = map(Requirement, [*project["dependencies"], *(item for items in kept for item in items)])
    return [requirement for requirement in found if requirement.name != "lempart"]


def test_locked_versions_are_allowed_and_complete() -> None:
    """Everything that a developer's environment asks for by name is pinned, within its bounds."""
    locked = _versions("locked.txt")
    for requirement in _requirements(development=True):
        assert requirement.specifier.contains(locked[_normal(requirement.name)]), requirement


def test_lower_bounds_are_those_that_are_tried() -> None:
    """The oldest set pins every dependency of the package at its lower bound."""
    oldest = _versions("oldest.txt")
    for requirement in _requirements(development=False):
        bounds = [Version(one.version) for one in requirement.specifier if one.operator == ">="]
        assert bounds == [oldest[_normal(requirement.name)]], requirement


def test_the_readme_s_commands_use_them() -> None:
    """Both commands for a fresh machine install the locked versions, which tomorrow's releases don't change."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    commands = [line for line in readme.splitlines() if line.startswith("python3 -m venv")]
    assert len(commands) == 2
    assert all("pip install -c constraints/locked.txt" in line for line in commands)
