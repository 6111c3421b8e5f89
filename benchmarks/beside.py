"""Time benchmarks beside those of another checkout, such as an older commit's, in turns (old, new, new, old).

``python -m benchmarks.beside ../old algorithm-1 bounded:7 --pairs 5`` prints, for each work, the ratio of the other
checkout's time to ours: above 1 we are faster. Each time is one process', which runs the benchmark's own side only,
once, or again until some seconds have passed; the quickest counts. Processor time, that of worker processes included,
says more on a shared machine than elapsed time.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from lempart.typing import FloatArray

HERE = Path(__file__).parents[1]
WORKS = ("algorithm-1", "table-4", "tree-program:200", "bounded:7", "study-externalities:100")
LIMIT = 0.95
CHILD = """
import json, os, sys, time
from benchmarks.registry import benchmarks
name, size, seconds = sys.argv[1], sys.argv[2], float(sys.argv[3])
known = benchmarks()[name]
run = known.prepare(int(size) if size else known.sizes[0]).ours.run
found, spent = [], 0.0
while not found or spent < seconds:
    wall, before = time.perf_counter(), os.times()
    run()
    after, elapsed = os.times(), time.perf_counter() - wall
    found.append([sum(after[:4]) - sum(before[:4]), elapsed])
    spent += found[-1][0]
print(json.dumps([min(one) for one in zip(*found)]))
"""


def seconds(checkout: Path, work: str, least: float) -> tuple[float, float]:
    """Return processor and elapsed seconds of ``NAME[:SIZE]`` in a checkout, the quickest in ``least`` seconds."""
    name, _, size = work.partition(":")
    environment = os.environ | {"PYTHONPATH": str(checkout / "src"), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-c", CHILD, name, size, str(least)]
    done = subprocess.run(command, cwd=checkout, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    processor, elapsed = json.loads(done.stdout.splitlines()[-1])
    return processor, elapsed


def measured(other: Path, work: str, pairs: int, least: float) -> tuple[FloatArray, FloatArray]:
    """Return processor and elapsed seconds of each pair, the other checkout's and ours, shape ``(pairs, 2)`` each."""
    found = []
    for pair in range(pairs):
        order = (other, HERE) if pair % 2 == 0 else (HERE, other)
        times = {checkout: seconds(checkout, work, least) for checkout in order}
        found.append((times[other], times[HERE]))
        print(f"  {work}: {times[other][0]:.3f} s there, {times[HERE][0]:.3f} s here", file=sys.stderr, flush=True)
    processor, elapsed = np.moveaxis(np.array(found), -1, 0)
    return processor, elapsed


def main(arguments: Sequence[str] | None = None) -> int:
    """Print a row for each work; 1 where the quickest here is slower than the limit allows."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.beside", description=__doc__)
    parser.add_argument("checkout", type=Path, help="the other checkout, with its own benchmarks folder")
    parser.add_argument("works", nargs="*", metavar="NAME[:SIZE]", help=f"default: {' '.join(WORKS)}")
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=3.0, help="short works are run again for so long")
    chosen = parser.parse_args(arguments)
    slow = False
    print("work: processor time there / here in a pair, least and median; the quickest of all; elapsed, median")
    for work in chosen.works or WORKS:
        processor, elapsed = measured(chosen.checkout.resolve(), work, chosen.pairs, chosen.seconds)
        each, (theirs, ours) = processor[:, 0] / processor[:, 1], processor.min(axis=0)
        slow |= theirs / ours < LIMIT
        clock = float(np.median(elapsed[:, 0] / elapsed[:, 1]))
        print(f"{work}: {each.min():.2f}, {np.median(each):.2f}; {theirs / ours:.2f}; {clock:.2f}", flush=True)
    return int(slow)


if __name__ == "__main__":
    sys.exit(main())
