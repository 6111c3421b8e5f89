"""Kill ``lempart solve --out`` at random moments, and let two run into one folder at once: nothing may be mixed.

    python scripts/kill_solve.py [KILLS] [PAIRS] [SEED]

Two cases are solved in turn into one folder, which so always holds the other one's result, and each run is ended by
SIGKILL or SIGINT: half of them at any moment of the run, half while files are put into their places. After each the
folder is read as ``lempart report`` does, and looked at file by file. Prints what was found; ends with 1 if a folder
ever held what doesn't belong together.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from lempart.case import case_hash
from lempart.cli import main
from lempart.errors import InputError
from lempart.formats.bills import BillsFile
from lempart.formats.typed import of_json
from lempart.io import read_case
from lempart.io.sealed_json import content_checksum
from lempart.report import read_page
from lempart.result.stored import read_result

CASES = ("example-1", "example-2")


def start(case: str, folder: Path, output: Path) -> int:
    """Run ``lempart solve CASE --out FOLDER`` in a process of its own, from the modules loaded here."""
    sys.stdout.flush()
    child = os.fork()
    if child:
        return child
    handle = os.open(output, os.O_CREAT | os.O_WRONLY | os.O_TRUNC)
    os.dup2(handle, 1)
    os.dup2(handle, 2)
    sys.argv = ["lempart", "solve", case, "--all-cores", "--out", str(folder)]
    code = 70
    try:
        main()
    except SystemExit as stop:
        code = int(stop.code or 0)
    finally:
        os._exit(code)


def ended(child: int) -> int:
    """Wait for a run and return its exit code; negative where a signal ended it."""
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def verdict(folder: Path, whole: dict[str, dict[str, bytes]]) -> str:
    """Return what a folder holds: the whole result of a case, that without bills, or what is wrong with it."""
    try:
        stored = read_result(folder / "result.json", bills=True)
        read_page(folder, pictures=False)
    except InputError as error:
        return f"WRONG: {error}"
    expected = whole[stored.case.name]
    if json.loads(expected["result.json"]) != stored.data:
        return "WRONG: another result than that of a run that was left alone"
    if stored.bills is not None and of_json(BillsFile, json.loads(expected["bills.json"])) != stored.bills:
        return "WRONG: other bills than those of a run that was left alone"
    return f"{stored.case.name}{'' if stored.bills is not None else ' without bills'}{_raw(folder)}"


def _raw(folder: Path) -> str:
    """Return what somebody finds who reads the files alone."""
    if not (folder / "result.json").exists():
        return ", files on their way into place"
    result = json.loads((folder / "result.json").read_bytes())
    if case_hash(read_case(folder / "case")) != result["case_hash"]:
        return ", WRONG: another case beside it"
    bills = folder / "bills.json"
    if bills.exists() and json.loads(bills.read_bytes())["result_sha256"] != content_checksum(result):
        return ", WRONG: other bills beside it"
    return ""


def kill(case: str, folder: Path, seconds: float, rng: random.Random) -> str:
    """Start a run, end it at a random moment, and return how."""
    child = start(case, folder, folder.with_name("output"))
    how = rng.choice([signal.SIGKILL, signal.SIGINT])
    if rng.random() < 0.5:
        time.sleep(rng.uniform(0, 1.2 * seconds))
    else:
        until, ready = time.monotonic() + 20 * seconds, rng.choice([".lempart-*.part", ".lempart-new"])
        while not any(folder.glob(ready)) and time.monotonic() < until and Path(f"/proc/{child}/exe").exists():
            pass
        time.sleep(rng.choice([0, rng.uniform(0, 0.004)]))
    os.kill(child, how)
    code = ended(child)
    told = (folder.with_name("output")).read_text(errors="replace")
    if "internal error" in told or code not in (0, 130, -9):
        return f"WRONG: ended with {code}: {told}"
    return f"{how.name} {'too late' if code == 0 else 'in time'}"


def together(folder: Path) -> str:
    """Let two runs of two cases write to one folder, and return how they ended."""
    outputs = [folder.with_name(f"output-{case}") for case in CASES]
    children = [start(case, folder, output) for case, output in zip(CASES, outputs, strict=True)]
    codes = [ended(child) for child in children]
    told = ["is writing to it. Wait for it, or choose another folder." in output.read_text() for output in outputs]
    if any((code, refused) not in ((0, False), (1, True)) for code, refused in zip(codes, told, strict=True)):
        return f"WRONG: ended with {codes}, {[output.read_text() for output in outputs]}"
    return "one after the other" if codes == [0, 0] else "one refused"


def campaign(kills: int, pairs: int, seed: int) -> Counter[str]:
    """Return how often each end and each state of the folder was seen."""
    rng, seen = random.Random(seed), Counter[str]()
    with tempfile.TemporaryDirectory() as name:
        whole, seconds = {}, []
        for case in CASES:
            folder = Path(name) / case
            started = time.monotonic()
            assert ended(start(case, folder, Path(name) / "output")) == 0
            seconds.append(time.monotonic() - started)
            whole[case] = {path.name: path.read_bytes() for path in folder.glob("*.json")}
        folder = Path(name) / "folder"
        shutil.copytree(Path(name) / CASES[0], folder)
        for _ in range(kills):
            held = read_result(folder / "result.json").case.name
            other = CASES[held == CASES[0]]
            seen[kill(other, folder, max(seconds), rng)] += 1
            found = verdict(folder, whole)
            seen[found if "WRONG" in found else f"then {'new' if other in found else 'old'}{found[len(other) :]}"] += 1
        for number in range(pairs):
            folder = Path(name) / f"pair-{number}"
            seen[f"two at once: {together(folder)}"] += 1
            found = verdict(folder, whole)
            seen[f"two at once: {found}" if "WRONG" in found else "two at once: then whole"] += 1
    return seen


if __name__ == "__main__":
    arguments = [int(text) for text in sys.argv[1:]]
    found = campaign(*arguments, *(100, 12, 0)[len(arguments) :])
    for what, count in sorted(found.items()):
        print(f"{count:6d}  {what}")
    sys.exit(any("WRONG" in what for what in found))
