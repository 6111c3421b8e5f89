"""Kill a study at random moments, resume it, and compare what is left with a study that was left alone.

``python scripts/kill_studies.py --kills 60 --interruptions 40`` ends with a table: how each run ended, and whether a
process outlived it, a folder that isn't whole was taken for one that is, or any byte differs in the end. The table
comes where the campaign is stopped, too; ``--minutes`` begins no run after so many.
"""

from __future__ import annotations

import argparse
import math
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from lempart.study import read_study, run_study
from lempart.study.store.zarr_store import stored
from study.small_study import command, contents, write_study

STARTING = 0.3
"""Half of the moments lie in this share of the time of a run: Python's start, imports, the making of the store."""


def main() -> None:
    """Run the campaign and print its table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=60)
    parser.add_argument("--interruptions", type=int, default=40)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--minutes", type=float, default=math.inf)
    chosen = parser.parse_args()
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs inherit that it is ignored
    signals = [signal.SIGKILL] * chosen.kills + [signal.SIGINT] * chosen.interruptions
    rng = random.Random(chosen.seed)
    rng.shuffle(signals)
    ended: Counter[str] = Counter()
    failures: list[str] = []
    with tempfile.TemporaryDirectory() as place:
        try:
            _campaign(Path(place), signals, rng, time.monotonic() + 60 * chosen.minutes, ended, failures)
        finally:
            print("\n".join(f"{what}: {count}" for what, count in sorted(ended.items())))
            told = "\n".join(failures) or "nothing is amiss"
            print(f"{ended.total()} of {len(signals)} runs: {told}", flush=True)
    sys.exit(bool(failures))


def _campaign(
    place: Path,
    signals: list[signal.Signals],
    rng: random.Random,
    until: float,
    ended: Counter[str],
    failures: list[str],
) -> None:
    """Kill one run after another, and note how each ended and what is amiss."""
    print("an undisturbed run first, in this process and in one of its own", flush=True)
    study = write_study(place, draws=6, block=1, more='search = "exhaustive"')  # which starts soonest
    calm, killed = place / "calm", place / "killed"
    spec, case = read_study(study)
    run_study(spec, case, calm)
    seconds = _time_of(study, place / "timed")
    print(f"an undisturbed run takes {seconds:.1f} s", flush=True)
    for number, sent in enumerate(signals):
        if time.monotonic() > until:
            break
        workers = rng.choice(["1", "1", "2"])
        wait = seconds * rng.uniform(0, STARTING if rng.random() < 0.5 else 1)
        arguments = ("study", str(study), "--out", str(killed), "--workers", workers, "--resume")
        process = subprocess.Popen(
            command(*arguments), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, start_new_session=True
        )
        time.sleep(wait)
        told = f"{number}: {sent.name} after {wait:.2f} s with {workers} workers"
        if sent is signal.SIGKILL:
            process.send_signal(sent)
        elif process.poll() is None:
            os.killpg(process.pid, sent)  # as a terminal does
        _, said = process.communicate(timeout=300)
        ended[f"{sent.name}, {workers} workers: code {process.returncode}"] += 1
        print(f"{told}: code {process.returncode}", flush=True)
        allowed = {-9, 0} if sent is signal.SIGKILL else {130, 0}
        starting = sent is signal.SIGINT and b"/lempart/" not in said  # Python itself, before any of our code runs
        if (process.returncode not in allowed or b"Traceback" in said) and not (starting and b"Traceback" in said):
            failures.append(f"{told}: code {process.returncode}, said {said.decode(errors='replace')[-600:]!r}")
        if not _gone(process.pid):
            failures.append(f"{told}: a process outlives it")
        if (killed / "study.json").exists():
            store = stored(killed)
            if damaged := store.damaged():
                failures.append(f"{told}: {damaged}")
            if len(store.finished()) == len(spec.points) * spec.blocks:
                failures += _compared(calm, killed, told)
                subprocess.run(["rm", "-rf", str(killed)], check=True)
    run_study(spec, case, killed, resume=True)
    failures += _compared(calm, killed, "at the end")


def _compared(calm: Path, killed: Path, told: str) -> list[str]:
    """Return in what a finished folder differs from that of a study that was left alone."""
    expected, found = contents(calm), contents(killed)
    found.pop("statistics.json", None)
    if expected == found:
        return []
    names = sorted(name for name in expected.keys() | found.keys() if expected.get(name) != found.get(name))
    return [f"{told}: these files differ: {names}"]


def _time_of(study: Path, out: Path) -> float:
    began = time.monotonic()
    subprocess.run(
        command("study", str(study), "--out", str(out), "--workers", "1"), check=True, capture_output=True, timeout=600
    )
    return time.monotonic() - began


def _gone(group: int, seconds: float = 30.0) -> bool:
    """Return whether all processes of a group end soon."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.05)
    return False


if __name__ == "__main__":
    main()
