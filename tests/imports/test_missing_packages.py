"""pandapower and simbench are extras: what works without them, and the error that names the one to install."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from lempart.errors import InputError
from lempart.io import from_pandapower, from_simbench

NET = Path(__file__).parents[1] / "data" / "networks" / "two-homes.json"


def test_a_pandapower_file_needs_neither_pandapower_nor_pandas(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is read as plain data, so that nothing that it names can be imported."""
    monkeypatch.setitem(sys.modules, "pandapower", None)
    monkeypatch.setitem(sys.modules, "pandas", None)
    (imported,) = from_pandapower(NET)
    assert [person.name for person in imported.case.prosumers] == ["A", "B"]


def test_without_simbench(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "simbench", None)
    with pytest.raises(InputError, match=r'needs the package simbench.*pip install "lempart\[simbench\]"'):
        from_simbench("1-LV-rural2--0-sw")


def test_importing_an_importer_loads_none_of_them() -> None:
    """Loading pandapower takes seconds; whoever doesn't import a network shouldn't wait for it."""
    code = (
        "import sys, lempart.io, lempart.cases; from lempart.io import from_simbench;"
        "print([name for name in ('pandapower', 'simbench', 'pandas') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
