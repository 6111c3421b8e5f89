"""Damage ``result.json`` and ``bills.json`` in many ways and read them: only the project's own errors may come out.

    python scripts/fuzz_results.py [FILES] [SEED]

Each damaged file goes through ``lempart report`` (with every fiftieth drawing its pictures), ``lempart bill`` and
``lempart plot``. Prints how each ended; ends with 1 if one ended in an internal error, or took over ten seconds of
processor time.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import random
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from lempart.cli import main

VALUES: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 3, 10**400, -(10**18), 0.5, -1e308, 1e-320, "", "P1", "nobody", "\ud800", "\x1b[31m",
    [], [[]], [[[]]], {}, {"a": 1}, ["P1"], [["P1"], ["P2", "P3"]], [["P1", "P1"]], "inertia", "nucleolus",
)  # fmt: skip
RAW = ("NaN", "Infinity", "-Infinity", "1e999", "-1e999", "1" * 5_000, '"\\ud800"', "[" * 20_000, "{", "", "nul")


def places(value: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the path to every part of a document."""
    yield at
    for key, item in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield from places(item, (*at, key))


def changed(data: Any, rng: random.Random) -> bytes:
    """Return a document in which one to three values were replaced, removed, doubled, moved or spelt as no JSON."""
    data = json.loads(json.dumps(data))
    for _ in range(rng.choice([1, 1, 1, 2, 3])):
        at = rng.choice(list(places(data)))
        if not at:
            continue
        holder = data
        for key in at[:-1]:
            holder = holder[key]
        key, others = at[-1], list(places(data))
        how = rng.randrange(6)
        if how == 0:
            del holder[key]
        elif how == 1:
            holder[key] = rng.choice(VALUES)
        elif how == 2:
            source = data
            for step in rng.choice(others):
                source = source[step]
            holder[key] = json.loads(json.dumps(source))
        elif how == 3 and isinstance(holder[key], float):
            holder[key] = holder[key] * rng.choice([-1, 0, 1.001, 1e300])
        elif how == 4 and isinstance(holder, list):
            holder.insert(rng.randrange(len(holder) + 1), json.loads(json.dumps(holder[key])))
        elif how == 5:
            holder[key] = "@raw@"
    text = json.dumps(data, ensure_ascii=rng.random() < 0.5)
    return text.replace('"@raw@"', rng.choice(RAW)).encode("utf-8", "surrogatepass")


def torn(raw: bytes, rng: random.Random) -> bytes:
    """Return a file that was cut off, has a flipped bit, bytes that are no text, or another file in its middle."""
    at = rng.randrange(len(raw))
    return rng.choice(
        [
            raw[:at],
            raw[:at] + bytes([raw[at] ^ 1 << rng.randrange(8)]) + raw[at + 1 :],
            raw[:at] + bytes(rng.randrange(256) for _ in range(rng.randrange(1, 30))) + raw[at:],
            raw[:at] + raw[rng.randrange(len(raw)) :],
            b"",
            b"\0" * len(raw),
        ]
    )


def run(*arguments: object) -> tuple[int, str]:
    """Run the command line in this process; return its exit code and what it said."""
    said, sys.argv = io.StringIO(), ["lempart", *map(str, arguments)]
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        try:
            main()
        except SystemExit as stop:
            return int(stop.code or 0), said.getvalue()
    return 70, said.getvalue()


def campaign(count: int, seed: int) -> Counter[str]:
    """Return how often each command ended how."""
    rng, seen = random.Random(seed), Counter[str]()
    with tempfile.TemporaryDirectory() as name:
        sources = [_solved(Path(name) / case, case) for case in ("example-1", "example-2")]
        folder = Path(name) / "damaged"
        for number in range(count):
            source = rng.choice(sources)
            shutil.rmtree(folder, ignore_errors=True)
            shutil.copytree(source, folder)
            victim = folder / rng.choice(["result.json", "result.json", "bills.json"])
            damage: Callable[[], bytes] = rng.choice(
                [lambda v=victim: changed(json.loads(v.read_bytes()), rng)] * 4
                + [lambda v=victim: torn(v.read_bytes(), rng)]
            )
            victim.write_bytes(damage())
            if victim.name == "result.json" and rng.random() < 0.5:
                _unbind(folder / "bills.json")  # so that more than their belonging together is looked at
            pictures = () if number % 50 == 0 else ("--no-pictures",)
            for arguments in (
                ("report", folder, "--out", folder / "report.html", *pictures),
                ("bill", folder),
                ("plot", folder, "--picture", rng.choice(["costs", "lattice"]), "--out", folder / "a.json"),
            ):
                started = time.process_time()
                code, said = run(*arguments)
                slow = time.process_time() - started > 10
                bad = code not in (0, 1, 2) or "internal error" in said or "Traceback" in said or slow
                seen[f"{arguments[0]} {'WRONG: ' + said if bad else code}"] += 1
                if bad and os.environ.get("KEEP"):
                    shutil.copytree(folder, Path(os.environ["KEEP"]) / f"{number}", dirs_exist_ok=True)
    return seen


def _solved(folder: Path, case: str) -> Path:
    code, said = run("solve", case, "--all-cores", "--out", folder)
    assert code == 0, said
    return folder


def _unbind(bills: Path) -> None:
    data = json.loads(bills.read_bytes())
    del data["result_sha256"]
    bills.write_text(json.dumps(data), encoding="utf-8")


if __name__ == "__main__":
    arguments = [int(text) for text in sys.argv[1:]]
    found = campaign(*arguments, *(1_000, 0)[len(arguments) :])
    for what, times in sorted(found.items()):
        print(f"{times:6d}  {what}")
    sys.exit(any("WRONG" in what for what in found))
