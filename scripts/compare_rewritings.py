"""Write drawn cases anew in every way that must not matter, and compare the answers.

    python scripts/compare_rewritings.py 100 --first 1000 [--minutes 45]

Each seed draws a street with weak lines and solves it, and each of its rewritings (order, units, a line in two pieces,
half steps, an empty home), exhaustively with all cores. A total that moves, another verdict, another set of optima, or
a case that is infeasible in one writing alone is a difference. Prints what it finds, and ends with 1 if that is any.
"""

from __future__ import annotations

import argparse
import math
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from support.rewritten import REWRITINGS, street
from support.same_answers import OPEN, differences


def main() -> None:
    """Compare the cases and print what differs."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("count", type=int)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--minutes", type=float, default=math.inf, help="begin no case after so many")
    options = parser.parse_args()
    begun, done, moved, failures, ties = time.monotonic(), 0, 0.0, 0, 0
    for seed in range(options.first, options.first + options.count):
        if time.monotonic() - begun > 60 * options.minutes:
            break
        try:
            told, most = differences(street(seed))
        except Exception as error:  # another case may fare better, and what was found so far is to be told
            told, most = {"solving": f"{type(error).__name__}: {error}"}, 0.0
        ties += told.pop(OPEN, None) is not None
        done, moved, failures = done + 1, max(moved, most), failures + len(told)
        for name, what in told.items():
            print(f"seed {seed}, {name}: {what}", flush=True)
        if done % 10 == 0:
            print(f"{done} cases, up to seed {seed}: totals move by {moved:.1e} at most", flush=True)
    print(f"{done} cases x {len(REWRITINGS)} rewritings: {failures} differ; totals move by {moved:.1e} at most")
    print(f"{ties} of the cases tell of open ties in some writing, which isn't compared")
    sys.exit(failures > 0)


if __name__ == "__main__":
    main()
