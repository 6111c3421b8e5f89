"""All reference cases are read, with the players that their expected answers name."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from lempart.io import check_case, read_case

FOLDERS = sorted(path.parent for path in (Path(__file__).parents[1] / "data/reference-cases").glob("*/case.toml"))


def test_all_are_here() -> None:
    assert len(FOLDERS) == 19


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_reference_case_is_read(folder: Path) -> None:
    expected = json.loads((folder / "expected.json").read_text())
    case = read_case(folder)
    named = {name for block in expected["partitions"][0]["partition"] for name in block}
    assert {prosumer.name for prosumer in case.prosumers} == named
    assert read_case(folder / "case.toml") == case
    assert [problem for problem in check_case(folder) if problem.severity == "error"] == []
