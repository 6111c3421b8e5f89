"""A pandapower file that is only read may not act: nothing that it names is imported, run, opened or asked for.

The oracle is Python's own audit trail: what the interpreter imports, opens, connects to or starts while a file is read.
"""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from lempart.errors import InputError
from lempart.io import from_pandapower
from support.pandapower_files import NetFile

ACTS = ("import", "open", "exec", "socket.", "subprocess.", "os.", "webbrowser.", "urllib.", "pickle.", "ctypes.")
PAYLOAD = """
import pathlib
pathlib.Path(__file__).with_name("acted").touch()
class Payload:
    def __init__(self, *a, **k):
        pathlib.Path(__file__).with_name("acted").touch()
def run(*a, **k):
    pathlib.Path(__file__).with_name("acted").touch()
"""
OBJECTS: list[dict[str, Any]] = [
    {"_module": "payload", "_class": "Payload", "_object": {}},
    {"_module": "payload", "_class": "function", "_object": "run"},
    {"_module": "payload.inner", "_class": "method", "_object": "run"},
    {"_module": "payload", "_class": "Payload"},
    {"_module": "payload", "_class": "Payload", "_state": {"_init": {}}},
    {"_module": "leaves", "_class": "Anything", "_object": {}},
    {"_module": "antigravity", "_class": "Anything", "_object": {}},
    {"_module": "os", "_class": "function", "_object": "abort"},
    {"_module": "subprocess", "_class": "Popen", "_object": {"args": ["touch", "acted"]}},
    {"_module": "builtinsx", "_class": "function", "_object": "exec"},
    {"_class": "payload.Payload", "_object": {}},
    {"_module": ["payload"], "_class": "Payload", "_object": {}},
]
HARMLESS: list[dict[str, Any]] = [
    # Of packages that pandapower writes objects of, and dangerous were they made.
    {"_module": "pandas.io.pickle", "_class": "function", "_object": "read_pickle"},
    {"_module": "pandapower.file_io", "_class": "function", "_object": "from_pickle"},
    {"_module": "builtins", "_class": "function", "_object": "exec"},
    {"_module": "numpy", "_class": "function", "_object": "load"},
]


def at_top(file: NetFile, thing: dict[str, Any]) -> None:
    file.net["controllers_state"] = thing


def in_a_list(file: NetFile, thing: dict[str, Any]) -> None:
    file.net["user_pf_options"] = {"steps": [[1, thing]]}


def in_a_cell(file: NetFile, thing: dict[str, Any]) -> None:
    file.put("controller", [{"object": thing, "in_service": True}])


def in_a_cell_of_loads(file: NetFile, thing: dict[str, Any]) -> None:
    file.change("load", 0, type=thing)


def in_a_text(file: NetFile, thing: dict[str, Any]) -> None:
    file.net["notes"] = json.dumps({"inner": json.dumps(thing)})


PLACES = [at_top, in_a_list, in_a_cell, in_a_cell_of_loads, in_a_text]


class Trail:
    """What happened while it was watched."""

    def __init__(self) -> None:
        self.on = False
        self.found: list[tuple[str, str]] = []

    def __call__(self, event: str, args: tuple[Any, ...]) -> None:
        if self.on and event.startswith(ACTS):
            self.found.append((event, str(args[0]) if args else ""))

    def read(self, path: Path) -> None:
        """Read the net in a file, and keep what happened meanwhile, but for opening that file."""
        self.found, self.on = [], True
        try:
            from_pandapower(path)
        finally:
            self.on = False
            self.found = [item for item in self.found if item != ("open", str(path))]


@pytest.fixture(scope="module")
def trail(tmp_path_factory: pytest.TempPathFactory) -> Trail:
    """Return a trail; one reading before makes Python import what the reader itself needs."""
    found = Trail()
    sys.addaudithook(found)
    from_pandapower(NetFile().write(tmp_path_factory.mktemp("first") / "net.json"))
    return found


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Return a folder with modules that act, which Python would find."""
    (tmp_path / "payload.py").write_text(PAYLOAD)
    (tmp_path / "leaves.py").write_text("import os\nos._exit(0)\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.chdir(tmp_path)
    yield tmp_path
    sys.modules.pop("payload", None)


def test_the_trail_notices(trail: Trail, place: Path) -> None:
    """Pandapower's own reader runs the payload, and the trail says so: these files do act where they can."""
    pandapower = pytest.importorskip("pandapower")
    file = NetFile()
    at_top(file, {"_module": "payload", "_class": "Payload", "_object": {}})
    path = file.write(place / "net.json")
    trail.found, trail.on = [], True
    with contextlib.suppress(Exception):
        pandapower.from_json(str(path))
    trail.on = False
    assert any("payload.py" in what for _, what in trail.found)
    assert (place / "acted").exists()


@pytest.mark.parametrize("put", PLACES, ids=lambda put: put.__name__)
@pytest.mark.parametrize("thing", OBJECTS, ids=lambda thing: str(thing)[:50])
def test_objects_of_unknown_packages_are_refused_by_name(
    trail: Trail, place: Path, thing: dict[str, Any], put: Callable[[NetFile, dict[str, Any]], None]
) -> None:
    """The error names the module, wherever the object stands, and nothing happened."""
    file = NetFile()
    put(file, thing)
    with pytest.raises(InputError, match="objects of unknown packages") as caught:
        trail.read(file.write(place / "net.json"))
    assert str(thing.get("_module", thing["_class"])) in str(caught.value)
    assert trail.found == []
    assert not (place / "acted").exists()


@pytest.mark.parametrize("put", PLACES, ids=lambda put: put.__name__)
@pytest.mark.parametrize("thing", HARMLESS, ids=lambda thing: str(thing)[:50])
def test_objects_of_known_packages_stay_unread(
    trail: Trail, place: Path, thing: dict[str, Any], put: Callable[[NetFile, dict[str, Any]], None]
) -> None:
    """A net with pandapower's controllers in it is read, and they are not made."""
    file = NetFile()
    put(file, thing)
    trail.read(file.write(place / "net.json"))
    assert trail.found == []


def test_the_net_itself_may_be_no_other_object(trail: Trail, place: Path) -> None:
    file = NetFile()
    file.whole |= {"_module": "payload", "_class": "Payload"}
    with pytest.raises(InputError, match="holds no pandapower network"):
        trail.read(file.write(place / "net.json"))
    assert trail.found == []


@pytest.mark.parametrize("lies", ["{here}/other.json", "other.json", "file://{here}/other.json", "http://127.0.0.1:9/"])
@pytest.mark.parametrize("table", ["load", "bus", "shunt"])
def test_a_table_in_another_file_is_not_read(trail: Trail, place: Path, table: str, lies: str) -> None:
    """Neither a path nor an address in a table's place is opened; the error names the table."""
    file = NetFile()
    (place / "other.json").write_text(file.net["load"]["_object"])
    file.put("shunt", [])
    file.net[table]["_object"] = lies.format(here=place)
    with pytest.raises(InputError, match=rf"net\.{table}: its rows are the text .*A table in another file isn't read"):
        trail.read(file.write(place / "net.json"))
    assert trail.found == []


@pytest.mark.parametrize("name", ["net.p", "net.pkl", "net.xlsx", "net.sqlite"])
def test_other_formats_are_refused_by_name(trail: Trail, place: Path, name: str) -> None:
    """A pickle runs code when it is opened; none of these is even opened."""
    (place / name).write_bytes(b"cos\nsystem\n(S'touch acted'\ntR.")
    with pytest.raises(InputError, match=r"only JSON is read"):
        trail.read(place / name)
    assert trail.found == []


@pytest.mark.parametrize("module", ["payload", "leaves"])
def test_the_command_says_so_and_writes_nothing(place: Path, module: str) -> None:
    """In the folder of a module that acts, or ends the process with exit code 0 when it is imported."""
    file = NetFile()
    at_top(file, {"_module": module, "_class": "Payload", "_object": {}})
    file.write(place / "net.json")
    command = [sys.executable, "-m", "lempart.cli", "import", "pandapower", "net.json", "--out", "case"]
    start = "import sys; sys.argv[0] = 'lempart'; from lempart.cli import main; main()"
    command[1:3] = ["-c", start]
    done = subprocess.run(command, cwd=place, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert f"is a {module}.Payload" in done.stderr
    assert not (place / "case").exists()
    assert not (place / "acted").exists()
