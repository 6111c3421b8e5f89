"""Chunks computed in this process or in several: the same numbers either way."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from multiprocessing.synchronize import Event
from typing import Any

from lempart.case import Case
from lempart.errors import LempartError
from lempart.processes import SPAWN, interruptions_deferred, obey_parent, process_pool
from lempart.study.evaluate.coalitions import POINTS_KEPT
from lempart.study.evaluate.evaluator import Arrays, PointEvaluator, Stopped, never
from lempart.study.evaluate.searcher import SearchEvaluator
from lempart.study.spec.axes import Point
from lempart.study.spec.spec import StudySpec
from lempart.study.store.chunk import Chunk

IN_FLIGHT_PER_WORKER = 2
"""Enough that no worker waits; memory doesn't grow with the number of draws."""


@dataclass(frozen=True, slots=True)
class Finished:
    """A computed chunk; ``notes`` say why something was not viable."""

    chunk: Chunk
    arrays: Arrays
    notes: Mapping[str, Any]


@dataclass
class Worker:
    """Computes chunks of a study; keeps the points it worked on last."""

    spec: StudySpec
    case: Case
    _evaluators: dict[int, PointEvaluator | SearchEvaluator] = field(default_factory=dict, init=False)

    def compute(self, chunk: Chunk, stopped: Callable[[], bool] = never) -> Finished:
        """Return a chunk's results."""
        if chunk.point not in self._evaluators:
            if len(self._evaluators) >= POINTS_KEPT:
                self._evaluators.pop(next(iter(self._evaluators)))
            self._evaluators[chunk.point] = self._evaluator(self.spec.points[chunk.point])
        arrays, notes = self._evaluators[chunk.point].evaluate(*self.spec.draws_of(chunk.block), stopped)
        return Finished(chunk, arrays, notes)

    def _evaluator(self, point: Point) -> PointEvaluator | SearchEvaluator:
        if self.spec.search is not None:
            return SearchEvaluator.of(self.spec, self.case, point)
        known = (one.coalitions for one in self._evaluators.values() if isinstance(one, PointEvaluator))
        same = next((coalitions for coalitions in known if point in coalitions.points), None)
        return PointEvaluator.of(self.spec, self.case, point, same)


def compute(spec: StudySpec, case: Case, chunks: Iterable[Chunk], workers: int) -> Generator[Finished, None, None]:
    """Yield the chunks' results as they come, on so many processes (1: in this one)."""
    if workers == 1:
        worker = Worker(spec, case)
        for chunk in chunks:
            yield worker.compute(chunk)
        return
    stop = SPAWN.Event()
    pool = process_pool(workers, _start, spec, case, stop)
    try:
        yield from _in_flight(pool, iter(chunks), workers * IN_FLIGHT_PER_WORKER)
    except BrokenProcessPool:
        message = "a worker was ended from outside (out of memory?); what is finished is kept, --resume goes on"
        raise LempartError(message) from None
    finally:
        stop.set()
        pool.shutdown(wait=True, cancel_futures=True)


def _in_flight(pool: ProcessPoolExecutor, chunks: Iterator[Chunk], limit: int) -> Iterator[Finished]:
    flying: set[Future[Finished]] = set()
    while True:
        while len(flying) < limit and (chunk := next(chunks, None)) is not None:
            with interruptions_deferred():  # a worker process may be started here
                flying.add(pool.submit(_compute, chunk))
        if not flying:
            return
        landed, flying = wait(flying, return_when=FIRST_COMPLETED)
        for future in landed:
            yield future.result()


_here: dict[str, Any] = {}  # what this worker process works on; set once, by _start


def _start(spec: StudySpec, case: Case, stop: Event) -> None:
    """Prepare a worker process."""
    obey_parent()
    _here.update(worker=Worker(spec, case), stop=stop)


def _compute(chunk: Chunk) -> Finished:
    worker: Worker = _here["worker"]
    stop: Event = _here["stop"]
    try:
        return worker.compute(chunk, stop.is_set)
    except Stopped:
        return Finished(chunk, {}, {})
