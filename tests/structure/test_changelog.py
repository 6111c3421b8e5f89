"""The changelog: versions with dates, newest first, each change under what kind it is."""

from __future__ import annotations

import datetime
import re
from pathlib import Path

import pytest
from packaging.version import Version

import lempart

CHANGELOG = Path(__file__).parents[2] / "CHANGELOG.md"
KINDS = ["Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"]

pytestmark = pytest.mark.skipif(not CHANGELOG.exists(), reason="only in the repository")


def test_versions_have_dates_and_changes_have_kinds() -> None:
    """Each version is told once, newest first, with its day; the first, the package's, may have none yet."""
    _, *releases = re.split(r"^## ", CHANGELOG.read_text(encoding="utf-8"), flags=re.MULTILINE)
    versions = []
    for place, release in enumerate(releases):
        title, body = release.split("\n", 1)
        found = re.fullmatch(r"(\d+\.\d+\.\d+) \((unreleased|\d{4}-\d\d-\d\d)\)", title)
        assert found, title
        versions.append(Version(found[1]))
        if found[2] == "unreleased":
            assert place == 0
        else:
            datetime.date.fromisoformat(found[2])
        before, *sections = re.split(r"^### ", body, flags=re.MULTILINE)
        kinds = [section.split("\n", 1)[0] for section in sections]
        assert not before.strip()
        assert kinds == sorted(kinds, key=KINDS.index)
        assert len(kinds) == len(set(kinds)) > 0
    assert versions == sorted(set(versions), reverse=True)
    assert versions[0] == Version(lempart.__version__)
