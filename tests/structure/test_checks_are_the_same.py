"""The checks of CI, of a commit and of the workflow are the same commands."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
WORKFLOW = ROOT / ".github" / "workflows" / "tests.yml"

pytestmark = pytest.mark.skipif(not (ROOT / ".ci").exists(), reason="only in the repository")


def _jobs() -> Any:
    return yaml.safe_load(WORKFLOW.read_text(encoding="utf-8"))["jobs"]


def _in_ci() -> list[str]:
    """Return the commands of the environment that .ci/run runs itself."""
    lines = (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()
    return [line.removeprefix(".venv/bin/") for line in lines if line.startswith(".venv/bin/")]


def test_a_commit_is_checked_as_ci_does() -> None:
    """Each check of .ci/run is a hook, by the same command, and no hook is one that CI doesn't run."""
    (local,) = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))["repos"]
    assert local["repo"] == "local"
    assert {hook["language"] for hook in local["hooks"]} == {"system"}
    assert [hook["entry"] for hook in local["hooks"]] == _in_ci()
    assert "mypy" in _in_ci()


def test_the_workflow_checks_as_ci_does() -> None:
    """Its job of checks runs the same commands, and both kinds of versions are tried."""
    jobs = _jobs()
    runs = [step["run"] for step in jobs["checks"]["steps"] if "run" in step]
    assert [run for run in runs if run in _in_ci()] == _in_ci()
    tried = set(re.findall(r"check_versions\.sh (\w+)", (ROOT / ".ci" / "run").read_text(encoding="utf-8")))
    weekly = {one["versions"] for one in jobs["versions"]["strategy"]["matrix"]["include"]}
    assert tried == weekly == {"newest", "oldest"}


def test_the_workflow_tests_each_python_that_is_promised() -> None:
    """The classifiers' Pythons, each on three systems; every action is pinned to one version."""
    matrix = _jobs()["tests"]["strategy"]["matrix"]
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    promised = [found[1] for name in project["classifiers"] if (found := re.search(r"Python :: (3\.\d+)$", name))]
    assert matrix["python"] == promised
    assert [system.split("-")[0] for system in matrix["system"]] == ["ubuntu", "macos", "windows"]
    used = [step["uses"] for job in _jobs().values() for step in job["steps"] if "uses" in step]
    assert [one for one in used if not re.fullmatch(r"[\w./-]+@v\d+\.\d+\.\d+", one)] == []
