"""pandapower and simbench are extras: without them the error names the one to install."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from lempart.errors import InputError
from lempart.io.pandapower import from_pandapower
from lempart.io.simbench import from_simbench


def test_without_pandapower(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "pandapower", None)
    with pytest.raises(InputError, match=r"needs the package pandapower.*pip install 'lempart\[import\]'"):
        from_pandapower(tmp_path / "net.json")


def test_without_simbench(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "simbench", None)
    with pytest.raises(InputError, match=r"needs the package simbench.*pip install 'lempart\[simbench\]'"):
        from_simbench("1-LV-rural2--0-sw")


def test_importing_an_importer_loads_none_of_them() -> None:
    """Loading pandapower takes seconds; whoever doesn't import a network shouldn't wait for it."""
    code = (
        "import sys, lempart.io.matpower, lempart.io.pandapower, lempart.io.simbench, lempart.cases;"
        "print([name for name in ('pandapower', 'simbench', 'pandas') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
