"""The gallery: its code draws every picture it shows, and every picture it shows is there."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("altair")
pytest.importorskip("vl_convert")

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "gallery.md"
SHOWN = re.compile(r"!\[(.+?)\]\(images/gallery/([\w.-]+)\)")
SAVED = re.compile(r'plot\.save\(.*"([\w.-]+\.svg)"\)')

pytestmark = pytest.mark.skipif(not PAGE.exists(), reason="the pages are only in the repository")


def test_pictures_on_the_page_are_those_in_the_folder() -> None:
    """Each is saved by code above it and lies in the documentation's folder; the folder holds no other."""
    text = PAGE.read_text(encoding="utf-8")
    shown = [name for _, name in SHOWN.findall(text)]
    assert len(shown) == len(set(shown)) >= 10
    for told, name in SHOWN.findall(text):
        assert len(told) > 15
        assert text.index(f'"{name}"') < text.index(f"images/gallery/{name}")
    assert {path.name for path in (ROOT / "docs/images/gallery").iterdir()} == set(shown)
    assert set(SAVED.findall(text)) == {*shown, "rural-feeder-5.svg"}
    assert "docs/images/rural-feeder-5.svg" in (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_code_on_the_page_draws_them(tmp_path: Path) -> None:
    """All blocks run, in order and as they stand but for fewer draws: each file that the page names, and no other."""
    code = "\n".join(re.findall(r"^```python\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE))
    assert code.count("draws = 16") == code.count("from lempart.search import Exhaustive") == 1
    code = code.replace("draws = 16", "draws = 2").replace("all_cores=True", "")
    subprocess.run([sys.executable, "-c", code], check=True, timeout=300, cwd=tmp_path)
    made = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert set(made) == set(SAVED.findall(PAGE.read_text(encoding="utf-8")))
    assert all(content.startswith(b"<svg") and b"NaN" not in content for content in made.values())
