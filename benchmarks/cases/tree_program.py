"""The tree program on SimBench's rural grid, without externalities: exact, for feeders nobody could enumerate."""

from __future__ import annotations

import importlib.util
import sys
from functools import cache
from pathlib import Path
from types import ModuleType

from benchmarks.registry import Benchmark, Job, Side
from lempart import solve
from lempart.result import Solution
from lempart.search import TreeProgram

SCRIPT = Path(__file__).parents[2] / "scripts" / "build_large_feeders.py"


@cache
def script() -> ModuleType:
    """Return the script that builds the feeders."""
    spec = importlib.util.spec_from_file_location("build_large_feeders", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def prepare(homes: int) -> Job:
    """Return the job on the feeder with at least so many homes."""
    case = script().build(homes)
    counts: dict[str, float] = {}

    def ours() -> Solution:
        found = solve(case, TreeProgram())
        assert found.search.proven
        counts.update(homes=len(case.prosumers), price_of_stability=found.search.price_of_stability or float("nan"))
        return found

    return Job(Side("lempart.solve, tree", ours, count=lambda: counts))


BENCHMARKS = (
    Benchmark(
        name="tree-program",
        phase="search",
        case="SimBench rural grid, no externalities, T = 24: optimal and optimal stable partition, proven",
        unit="homes",
        sizes=(50, 200, 1000),
        prepare=prepare,
        repeats=1,
    ),
)
