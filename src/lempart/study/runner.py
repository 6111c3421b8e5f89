"""Run many independent tasks, on one or several processes, into a store."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from typing import Any, TypeAlias

from lempart.errors import LempartError
from lempart.study.store import RecordStore

Task: TypeAlias = tuple[str, Any]
"""A task's key, and what its worker is called with; both must be picklable, the result plain data."""

Work: TypeAlias = Callable[[Any], Mapping[str, Any]]
Report: TypeAlias = Callable[[str, int, int], None]

IN_FLIGHT_PER_WORKER = 2


def run_tasks(
    tasks: Sequence[Task], work: Work, store: RecordStore, *, workers: int = 1, progress: Report | None = None
) -> None:
    """Do every task that the store doesn't hold yet; each record is stored as soon as it is finished.

    A record depends on its task alone, so that the records are the same however many workers there are. An
    interruption stops cleanly: what is finished is stored, tasks in flight are lost and done again on resume.
    """
    todo = [task for task in tasks if task[0] not in store.done]
    report = progress or (lambda _phase, _done, _total: None)
    done = len(tasks) - len(todo)
    finished = _in_process(todo, work) if workers == 1 else _in_pool(todo, work, workers)
    for key, record in finished:
        store.add(key, record)
        done += 1
        report("study", done, len(tasks))


def _in_process(todo: Sequence[Task], work: Work) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for key, payload in todo:
        yield key, work(payload)


def _in_pool(todo: Sequence[Task], work: Work, workers: int) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield results as they come; only a few tasks are in flight, so that memory doesn't grow with their number."""
    queue = iter(todo)
    # Solvers and numerical libraries hold threads, which a forked child would inherit half-alive.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, mp_context=context) as pool:
        flying: dict[Future[Mapping[str, Any]], str] = {}
        try:
            while True:
                while len(flying) < workers * IN_FLIGHT_PER_WORKER and (task := next(queue, None)) is not None:
                    flying[pool.submit(work, task[1])] = task[0]
                if not flying:
                    return
                landed, _ = wait(flying, return_when=FIRST_COMPLETED)
                for future in landed:
                    key = flying.pop(future)
                    yield key, future.result()
        except BrokenProcessPool:
            raise LempartError("a worker was ended from outside (out of memory?); resume to go on") from None
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
