"""``python -m benchmarks``: list, run, table."""

from __future__ import annotations

import argparse
import os
import sys

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before numpy is imported: all sides have one thread

from benchmarks.measure import measure
from benchmarks.registry import benchmarks
from benchmarks.table import RESULTS, merged, read_results, write_table


def main(arguments: list[str] | None = None) -> int:
    """Do what the command line asks for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("list", help="what there is")
    run = commands.add_parser("run", help=f"measure, and keep the results in {RESULTS.name}")
    run.add_argument("names", nargs="*", metavar="NAME[:SIZE]", help="which; default: all, at all their sizes")
    run.add_argument("--smallest", action="store_true", help="the smallest size, once; nothing is kept")
    run.add_argument("--rounds", type=int, metavar="N", help="how often each side runs; default: as the registry says")
    commands.add_parser("table", help="write docs/benchmarks.md from the results")
    chosen = parser.parse_args(arguments)
    known = benchmarks()
    if chosen.command == "list":
        for one in known.values():
            print(f"{one.name:24} {one.case}; {one.unit}: {', '.join(map(str, one.sizes))}")
        return 0
    if chosen.command == "table":
        write_table(read_results(), known)
        return 0
    wanted = [name.partition(":")[::2] for name in chosen.names or known]
    unknown = [name for name, _ in wanted if name not in known]
    if unknown:
        parser.error(f"there is no benchmark {', '.join(unknown)}; there are: {', '.join(known)}")
    wrong = [size for _, size in wanted if size and not size.isdecimal()]
    if wrong:
        parser.error(f"a size is a whole number, not {', '.join(wrong)}")
    for name, given in wanted:
        one = known[name]
        sizes = (one.smallest or one.sizes[0],) if chosen.smallest else one.sizes
        for size in (int(given),) if given else sizes:
            found = measure(name, size, 1 if chosen.smallest else chosen.rounds)
            print(line(found, one.unit), flush=True)
            if not chosen.smallest:
                merged(found)
    return 0


def line(found: dict, unit: str) -> str:
    """Return a measurement in one line."""
    ours = found["ours"]
    beside = "; ".join(f"{b['ratio']:.1f} x {b['label']} ({b['seconds']:.3g} s)" for b in found["baselines"])
    counted = "".join(f"; {name} {value:.3g}" for name, value in ours.get("figures", {}).items())
    told = f"{ours['seconds']:.3g} s, {ours['peak_memory_mb']} MB{counted}"
    return f"{found['name']}, {found['size']} {unit}: {told}; {beside or 'no baseline'}"


if __name__ == "__main__":
    sys.exit(main())
