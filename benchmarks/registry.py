"""What is measured: each file in ``benchmarks/cases`` lists its benchmarks."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Side:
    """One way to do the work.

    Attributes
    ----------
    run
        Does it and returns what it found, for the comparison.
    share
        How much of the work it does: a baseline that is too slow for all of it does a sample, and its time is scaled.
    count
        Called after the run; figures to print beside the time, such as how many fallbacks there were.
    """

    label: str
    run: Callable[[], Any]
    share: float = 1.0
    count: Callable[[], dict[str, float]] = dict


@dataclass(frozen=True)
class Job:
    """A benchmark made ready at one size: ours, what it is compared with, and by how much answers differ."""

    ours: Side
    baselines: tuple[Side, ...] = ()
    difference: Callable[[Any, Any], float] = lambda _ours, _theirs: 0.0


@dataclass(frozen=True)
class Benchmark:
    """An entry of the registry.

    Attributes
    ----------
    phase
        What part of the library: dispatch, core, search, study.
    case, unit
        On what, and what a size counts.
    sizes
        Ascending; with three or more the growth of our time is fitted.
    prepare
        Makes everything ready at a size; not timed.
    tolerance
        Answers that differ by more, relative, make the run fail.
    targets
        The ratio aimed at, by the label of the baseline.
    repeats
        Rounds, each of which runs every side once; the median counts.
    fit_growth
        Whether a power of the size says anything about the time.
    smallest
        A size for the tests, seconds in all; None: too long for them even at the first of ``sizes``.
    """

    name: str
    phase: str
    case: str
    unit: str
    sizes: tuple[int, ...]
    prepare: Callable[[int], Job]
    tolerance: float = 1e-5
    targets: tuple[tuple[str, float], ...] = ()
    repeats: int = 3
    smallest: int | None = None
    fit_growth: bool = True


def benchmarks() -> dict[str, Benchmark]:
    """Return every benchmark by name."""
    from benchmarks import cases

    found: dict[str, Benchmark] = {}
    for module in pkgutil.iter_modules(cases.__path__):
        for one in importlib.import_module(f"benchmarks.cases.{module.name}").BENCHMARKS:
            if one.name in found:
                raise ValueError(f"two benchmarks are named {one.name}")
            found[one.name] = one
    return found
