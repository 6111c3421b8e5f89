"""Change pandapower and MATPOWER files at random and import them: only the project's own errors may come out.

Every input is read in this process, which may hold 1 GB more than Python and its libraries do, with ten seconds of
processor time each::

    python scripts/fuzz_networks.py --pandapower 4000 --matpower 4000 --seed 1

A case that comes out is written, and must be the same when it is read again. What ends in another exception, or takes
longer or more, goes into the folder ``--keep`` and is listed; the exit code is 1.
"""

from __future__ import annotations

import argparse
import copy
import json
import random
import resource
import signal
import sys
import tempfile
import time
import traceback
import warnings
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any

from lempart.errors import LempartError
from lempart.io import Imported, from_matpower, from_pandapower, read_case, write_case

HERE = Path(__file__).parents[1] / "tests" / "data" / "networks"
SECONDS = 10
BYTES = 10**9
LIMITS: dict[str, Any] = {"rating_mva": "unlimited", "voltage_band_pu": "unlimited"}

CELLS: list[Any] = [
    *(None, True, False, 0, -1, 1, 2, 3, 99, 0.0, -0.0, 0.5, 1e-300, 1e300, -1e300, 1e-9, 1e9, 2**53, 2**64, 10**400),
    *(float("nan"), float("inf"), float("-inf"), "", " ", "a", "0.5", "NaN", "../../x", "/dev/zero", "A" * 5000),
    *("\x00", "\x1b[31m", "\u202e", "\ud800", "é", "b", "l", "t", "[1, 2]", '{"coordinates": [1, 2]}', "{" * 2000),
    *([], [1], [[]], {}, {"a": 1}, {"_module": "os", "_class": "system", "_object": "x"}),
]
"""What a cell of a table becomes."""
PIECES = [
    *(
        "",
        "NaN",
        "Inf",
        "-1",
        "1e999",
        "0",
        "1e-300",
        "1e300",
        "10^400",
        ";",
        ",",
        "]",
        "[",
        "'",
        '"',
        "(",
        ")",
        "%",
        "\n",
    ),
    *("/ 0", "^9^9^9", "2^3^2", "^-1", "...", "%{\n", "\n%}\n", "mpc.bus(:, PD)", "mpc.branch", "PD", "= 3;", "end\n"),
    *(
        "function x = y\n",
        "if 1\n",
        "x'",
        "1:3",
        "é",
        "\u2028",
        "\x00",
        "\x0c",
        "１２",
        "1_0",
        "0x1F",
        "3i",
        "(" * 3000,
        "-" * 3000,
    ),
    *(
        "mpc.storage = [1 2 3];\n",
        "mpc.gen = [];\n",
        "mpc.bus = [];\n",
        "define_constants;\n",
        "system('touch acted');\n",
    ),
]
"""What is put into a MATPOWER file."""


class TooLongError(Exception):
    """An input took more processor time than it may."""


@dataclass
class Tally:
    """What came out, and what shouldn't have."""

    keep: Path
    outcomes: Counter[str] = field(default_factory=Counter)
    slowest: float = 0.0
    failures: list[str] = field(default_factory=list)

    def run(self, name: str, path: Path, read: Callable[..., list[Imported]]) -> None:
        """Import one file and note what came of it."""
        start = time.process_time()
        signal.setitimer(signal.ITIMER_PROF, SECONDS)
        try:
            for item in read(path, **LIMITS):
                folder = write_case(item.case, path.parent / "case", tables="csv", overwrite=True)
                if read_case(folder) != item.case:
                    raise AssertionError("the case is another one when it is read again")
            outcome = "a case"
        except LempartError as error:
            outcome = type(error).__name__
            if not str(error) or "Traceback" in str(error):
                self._fail(name, path, f"no message: {error!r}")
        except (Exception, SystemExit) as error:
            outcome = f"FAILED: {type(error).__name__}"
            last = traceback.extract_tb(error.__traceback__)[-1]
            self._fail(name, path, f"{type(error).__name__}: {str(error)[:100]} ({last.filename}:{last.lineno})")
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)
        self.slowest = max(self.slowest, time.process_time() - start)
        self.outcomes[outcome] += 1

    def _fail(self, name: str, path: Path, message: str) -> None:
        self.keep.mkdir(parents=True, exist_ok=True)
        kept = self.keep / f"{name}{path.suffix}"
        kept.write_bytes(path.read_bytes())
        self.failures.append(f"{kept}: {message}")


def changed_net(draw: random.Random, whole: dict[str, Any]) -> bytes:
    """Return a net's JSON with one to four changes: in cells, rows, columns, tables, or the text itself."""
    data = copy.deepcopy(whole)
    net = data["_object"]
    for _ in range(draw.choice([1, 1, 1, 2, 4])):
        _change_net(draw, data, net)
    text = json.dumps(data)
    if draw.random() < 0.15:
        start = draw.randrange(len(text))
        text = (
            text[:start]
            + draw.choice(["", "]", "}", '"', "[" * 9000, "NaN", "1e999", "\\ud800"])
            + text[start + draw.randrange(30) :]
        )
    raw = text.encode("utf-8", "surrogatepass")
    return draw.choice([b"\xff\xfe", b"\xef\xbb\xbf", b"\x80\x04"]) + raw if draw.random() < 0.03 else raw


def _change_net(draw: random.Random, data: dict[str, Any], net: dict[str, Any]) -> None:
    tables = [key for key, value in net.items() if isinstance(value, dict) and isinstance(value.get("_object"), str)]
    kind = draw.random()
    if kind < 0.08 or not tables:
        net[draw.choice([*net, "extra", "profiles", "name", "format_version", "shunt"])] = draw.choice(CELLS)
        return
    if kind < 0.12:
        net.pop(draw.choice(list(net)))
        return
    if kind < 0.14:
        data[draw.choice(["_module", "_class", "_object"])] = draw.choice(CELLS)
        return
    table = draw.choice(tables)
    if kind < 0.2:
        net[table][draw.choice(["_object", "_module", "_class", "orient", "is_multiindex"])] = draw.choice(CELLS)
        return
    try:
        content = json.loads(net[table]["_object"])
        net[table]["_object"] = json.dumps(_changed_table(draw, content))
    except (ValueError, KeyError, TypeError, IndexError, AttributeError):
        net[table]["_object"] = "[]"


def _changed_table(draw: random.Random, content: dict[str, Any]) -> dict[str, Any]:
    kind = draw.random()
    columns, index, rows = content["columns"], content["index"], content["data"]
    if kind < 0.7 and rows:
        row = draw.choice(rows)
        row[draw.randrange(len(row))] = draw.choice(CELLS)
    elif kind < 0.78 and rows:
        place = draw.randrange(len(rows))
        rows.append(list(rows[place]))
        index.append(draw.choice([len(index), index[place], *CELLS[:20]]))
    elif kind < 0.84 and columns:
        columns[draw.randrange(len(columns))] = draw.choice(["name", "bus", "p_mw", "in_service", *CELLS])
    elif kind < 0.9 and index:
        index[draw.randrange(len(index))] = draw.choice(CELLS)
    elif kind < 0.95 and rows:
        draw.choice(rows).pop()
    else:
        content[draw.choice(["columns", "index", "data"])] = draw.choice(CELLS)
    return content


def changed_code(draw: random.Random, text: str) -> bytes:
    """Return a MATPOWER file with one to four pieces cut out, repeated, moved or overwritten."""
    for _ in range(draw.choice([1, 1, 2, 4])):
        start = draw.randrange(len(text))
        end = min(len(text), start + draw.choice([0, 1, 3, 10, 40, 200]))
        kind = draw.random()
        if kind < 0.6:
            text = text[:start] + draw.choice(PIECES) + text[end:]
        elif kind < 0.75:
            text = text[:start] + text[start:end] * draw.choice([0, 2, 5]) + text[end:]
        elif kind < 0.9:
            numbers = [place for place in range(len(text)) if text[place].isdigit()]
            place = draw.choice(numbers) if numbers else start
            text = text[:place] + draw.choice(PIECES[:14]) + text[place + 1 :]
        else:
            lines = text.split("\n")
            draw.shuffle(lines) if draw.random() < 0.2 else lines.pop(draw.randrange(len(lines)))
            text = "\n".join(lines)
        text = text or " "
    raw = text.encode("utf-8", "surrogatepass")
    return bytes(draw.choice(raw) for _ in range(200)) if draw.random() < 0.01 else raw


def run(pandapower: int, matpower: int, seed: int, keep: Path) -> Tally:
    """Return what came out of so many changed files of each kind."""
    draw = random.Random(seed)
    tally = Tally(keep)
    nets = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(HERE.glob("*.json"))]
    codes = [path.read_text(encoding="utf-8") for path in sorted(HERE.glob("*.m"))]
    memory = Path("/dev/shm")  # where waiting until a case is on disk takes no time
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder:
        for number in range(pandapower):
            path = Path(folder) / "net.json"
            path.write_bytes(changed_net(draw, draw.choice(nets)))
            tally.run(f"net-{seed}-{number}", path, from_pandapower)
        for number in range(matpower):
            path = Path(folder) / "net.m"
            path.write_bytes(changed_code(draw, draw.choice(codes)))
            tally.run(f"code-{seed}-{number}", path, from_matpower)
    return tally


def _stop(_signal: int, _frame: FrameType | None) -> None:
    raise TooLongError


def main() -> None:
    """Run the campaign and say what came out."""
    parser = argparse.ArgumentParser(description="Import changed pandapower and MATPOWER files.")
    parser.add_argument("--pandapower", type=int, default=4000)
    parser.add_argument("--matpower", type=int, default=4000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path, default=Path("fuzz-failures"))
    options = parser.parse_args()
    warnings.simplefilter("error")
    signal.signal(signal.SIGPROF, _stop)
    used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + BYTES, used + BYTES))
    tally = run(options.pandapower, options.matpower, options.seed, options.keep)
    print(dict(tally.outcomes.most_common()))
    print(
        f"slowest {tally.slowest:.2f} s, most memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3:.0f} MB"
    )
    print("\n".join(tally.failures) or "nothing failed")
    sys.exit(bool(tally.failures))


if __name__ == "__main__":
    main()
