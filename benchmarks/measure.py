"""Run the sides of a benchmark in turns, in a process of their own, and say how long each took."""

from __future__ import annotations

import multiprocessing
import resource
import statistics
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime
from typing import Any

from benchmarks.registry import Side, benchmarks


def measure(name: str, size: int, repeats: int | None = None) -> dict[str, Any]:
    """Return the measurement of a benchmark at one size, made in a fresh process so that peak memory is its own."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=context) as pool:
        return pool.submit(measure_here, name, size, repeats).result()


def measure_here(name: str, size: int, repeats: int | None = None) -> dict[str, Any]:
    """Return the measurement, made in this process.

    Raises
    ------
    AssertionError
        When a baseline found something else: then its time means nothing.
    """
    chosen = benchmarks()[name]
    job = chosen.prepare(size)
    sides = (job.ours, *job.baselines)
    seconds: list[list[float]] = [[] for _ in sides]
    memory = [0.0] * len(sides)
    workers = 0.0
    found: list[Any] = [None] * len(sides)
    for _ in range(repeats or chosen.repeats):
        for index, side in enumerate(sides):
            started = time.perf_counter()
            found[index] = side.run()
            seconds[index].append(time.perf_counter() - started)
            memory[index] = memory[index] or _peak_mb(resource.RUSAGE_SELF)
            workers = workers or _peak_mb(resource.RUSAGE_CHILDREN)
    differences = [float(job.difference(found[0], theirs)) for theirs in found[1:]]
    for side, difference in zip(job.baselines, differences, strict=True):
        assert difference <= chosen.tolerance, f"{name}, {side.label}: answers differ by {difference:.1e}"
    ours = _told(job.ours, seconds[0], workers) | {"peak_memory_mb": round(memory[0])}
    theirs = [
        _told(side, times) | {"ratio": _scaled(side, times) / _scaled(job.ours, seconds[0]), "difference": difference}
        for side, times, difference in zip(job.baselines, seconds[1:], differences, strict=True)
    ]
    return {
        "name": name,
        "size": size,
        "date": datetime.now(UTC).date().isoformat(),
        "repeats": len(seconds[0]),
        "ours": ours,
        "baselines": theirs,
    }


def _told(side: Side, times: list[float], worker_mb: float = 0.0) -> dict[str, Any]:
    figures = {name: float(value) for name, value in side.count().items()}
    if worker_mb:
        figures["MB of a worker"] = worker_mb
    return {
        "label": side.label,
        "seconds": _scaled(side, times),
        "rounds": [round(t, 6) for t in times],
        "share": side.share,
        **({"figures": figures} if figures else {}),
    }


def _scaled(side: Side, times: list[float]) -> float:
    """Return the median time of all of the work."""
    return statistics.median(times) / side.share


def _peak_mb(whose: int) -> float:
    """Return the most memory this process, or any it has ended, has had so far, imports and the case included."""
    peak = resource.getrusage(whose).ru_maxrss
    return peak / 1e6 if sys.platform == "darwin" else peak / 1024
