"""How the memory of one process grows over many solves, and over many draws of a study.

``python -m benchmarks.memory --solves 1000`` prints the resident memory before and after each tenth of them, in MB.
"""

from __future__ import annotations

import argparse
import gc
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from lempart import read_case, solve
from lempart.cases import shipped_case_path
from lempart.study import StudySpec
from lempart.study.run.pool import Worker
from lempart.study.spec.scenario_options import ScenarioOptions
from lempart.study.store.chunk import Chunk

CASES = ("example-1", "example-2", "rural-feeder-5")
WARM_UP = 0.1
"""The share of the solves after which memory is expected to be flat."""


def resident_mb() -> float:
    """Return how much of this process is in memory, in MB (Linux)."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * 4096 / 1e6


def measured(once: Callable[[int], object], times: int) -> list[float]:
    """Return the resident memory after each tenth of so many calls, from the first tenth on."""
    found = []
    for index in range(times):
        once(index)
        if (index + 1) * 10 // times > index * 10 // times:
            gc.collect()
            found.append(resident_mb())
    return found


def solving(name: str) -> Callable[[int], object]:
    """Return what solves a shipped case, with another tax each time, so that nothing known of it helps."""
    case = read_case(shipped_case_path(name))

    def once(index: int) -> object:
        tax = case.market.tax_per_mwh * (1 + index * 1e-6)
        return solve(replace(case, market=replace(case.market, tax_per_mwh=tax))).optimal_stable

    return once


def drawing(name: str, externalities: bool) -> Callable[[int], object]:
    """Return what computes a chunk of a study of a shipped case, another one each time."""
    case = read_case(shipped_case_path(name))
    boundary = case.market.single_boundary or not externalities
    case = replace(case, market=replace(case.market, externalities=externalities, single_boundary=boundary))
    spec = StudySpec("memory", draws=10_000_000, block=4, scenarios=ScenarioOptions(0.2, 0.1))
    worker = Worker(spec, case)
    return lambda index: worker.compute(Chunk(index, 0))


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--solves", type=int, default=1000)
    parser.add_argument("--cases", nargs="*", default=list(CASES))
    chosen = parser.parse_args(arguments)
    jobs = {f"solve {name}": solving(name) for name in chosen.cases}
    jobs |= {
        f"study of {name}, {'with' if ext else 'without'} externalities": drawing(name, ext)
        for name in chosen.cases
        for ext in (False, True)
    }
    for what, once in jobs.items():
        started = time.monotonic()
        tenths = measured(once, chosen.solves)
        told = " ".join(f"{value:.1f}" for value in tenths)
        seconds = time.monotonic() - started
        print(f"{what}: {tenths[-1] - tenths[0]:+.1f} MB after the first tenth; {told}; {seconds:.0f} s", flush=True)


if __name__ == "__main__":
    main()
