"""The wheel holds the package, its data and every licence, and works without the repository."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.skipif(not (ROOT / "pyproject.toml").exists(), reason="only in the repository")


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder that holds what the wheel holds."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "unpacked")
    return folder / "unpacked"


def _files(folder: Path) -> set[str]:
    found = (path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    return {path.as_posix() for path in found if "__pycache__" not in path.parts}


def test_it_holds_each_file_of_the_package_and_nothing_else(unpacked: Path) -> None:
    """Code, shipped cases, data, the report's page and the mark of types, none forgotten; no tests, no scripts."""
    held = _files(unpacked)
    assert {"lempart/py.typed", "lempart/cases/rural-feeder-5/case.toml"} <= held
    package = {f"lempart/{name}" for name in _files(ROOT / "src/lempart")}
    assert {name for name in held if ".dist-info/" not in name} == package


def test_it_holds_the_licences_of_the_code_and_of_the_data(unpacked: Path) -> None:
    """BSD for the code; the notices and licences of what others gave stand beside it."""
    (licences,) = unpacked.glob("*.dist-info/licenses")
    package = ROOT / "src" / "lempart"
    notices = [
        ROOT / "LICENSE",
        package / "data/synpro/CDLA-Permissive-2.0.txt",
        *package.glob("cases/*/NOTICE.md"),
        *package.glob("data/*/README.md"),
    ]
    assert _files(licences) == {path.relative_to(ROOT).as_posix() for path in notices}


def test_its_metadata_are_those_of_the_project(unpacked: Path) -> None:
    """Name, Python, licence, the command, and where to read on."""
    (info,) = unpacked.glob("*.dist-info")
    metadata = (info / "METADATA").read_text(encoding="utf-8")
    told = ["Name: lempart", "Requires-Python: >=3.11", "License-Expression: BSD-3-Clause", "Project-URL: Paper, "]
    assert [line for line in told if f"\n{line}" not in metadata] == []
    assert "lempart = lempart.cli:main" in (info / "entry_points.txt").read_text(encoding="utf-8")


def test_it_solves_a_shipped_case(unpacked: Path, tmp_path: Path) -> None:
    """The code of the wheel alone, in an empty folder, answers."""
    code = "import lempart; print(lempart.__file__); from lempart.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", code, "solve", "example-2"],
        cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(unpacked)}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert Path(done.stdout.splitlines()[0]).is_relative_to(unpacked)
    assert "Optimal stable partition: {P1} {P2, P3} at 241.00 CHF" in done.stdout


def test_all_that_names_the_version_names_the_same() -> None:
    """The file for those who cite says the package's version."""
    from lempart import __version__

    assert f"\nversion: {__version__}\n" in (ROOT / "CITATION.cff").read_text(encoding="utf-8")
