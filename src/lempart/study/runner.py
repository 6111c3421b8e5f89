"""Run many independent tasks, on one or several processes, into a store."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Generator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import closing
from typing import Any, TypeAlias

from lempart.arguments import Many, checks_arguments
from lempart.errors import LempartError
from lempart.study.store import RecordStore
from lempart.study.worker_process import interruptions_deferred, obey_parent

Task: TypeAlias = tuple[str, Any]
"""A task's key, and what its worker is called with; both must be picklable, the result plain data."""

Work: TypeAlias = Callable[[Any], Mapping[str, Any]]
Report: TypeAlias = Callable[[str, int, int], None]
Finished: TypeAlias = tuple[str, Mapping[str, Any]]

IN_FLIGHT_PER_WORKER = 2


@checks_arguments
def run_tasks(
    tasks: Sequence[Task], work: Work, store: RecordStore, *, workers: Many = 1, progress: Report | None = None
) -> None:
    """Do every task that the store doesn't hold yet; each record is stored as soon as it is finished.

    A record depends on its task alone, so that the records are the same however many workers there are. An
    interruption stops cleanly: what is finished is stored, tasks in flight are lost and done again on resume.

    Raises
    ------
    LempartError
        When a task fails (which one is told, and what is finished is stored), or a worker process was ended.
    ValueError
        When two tasks have the same key.
    """
    if len({key for key, _ in tasks}) < len(tasks):
        raise ValueError("two tasks have the same key")
    todo = [task for task in tasks if task[0] not in store.done]
    report = progress or (lambda _phase, _done, _total: None)
    done = len(tasks) - len(todo)
    report("study", done, len(tasks))
    with closing(_in_process(todo, work) if workers == 1 else _in_pool(todo, work, workers)) as finished:
        for key, record in finished:
            store.add(key, record)
            done += 1
            report("study", done, len(tasks))


def _in_process(todo: Sequence[Task], work: Work) -> Generator[Finished, None, None]:
    for task in todo:
        yield task[0], _result(task[0], lambda task=task: work(task[1]))  # type: ignore[misc]


def _in_pool(todo: Sequence[Task], work: Work, workers: int) -> Generator[Finished, None, None]:
    """Yield results as they come; only a few tasks are in flight, so that memory doesn't grow with their number."""
    queue = iter(todo)
    # Solvers and numerical libraries hold threads, which a forked child would inherit half-alive.
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(workers, mp_context=context, initializer=obey_parent)
    flying: dict[Future[Mapping[str, Any]], str] = {}
    try:
        while True:
            while len(flying) < workers * IN_FLIGHT_PER_WORKER and (task := next(queue, None)) is not None:
                with interruptions_deferred():  # a worker may be started here
                    flying[pool.submit(work, task[1])] = task[0]
            if not flying:
                return
            landed, _ = wait(flying, return_when=FIRST_COMPLETED)
            # Those that failed last, so that the others are stored before the failure ends the study.
            for future in sorted(landed, key=lambda future: future.exception() is not None):
                key = flying.pop(future)
                yield key, _result(key, future.result)
    except BrokenProcessPool:
        message = "a worker was ended from outside (out of memory?); what is finished is kept, --resume goes on"
        raise LempartError(message) from None
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _result(key: str, work: Callable[[], Mapping[str, Any]]) -> Mapping[str, Any]:
    """Return what a task gives; an error that a user can meet tells which task it was, any other carries a note."""
    try:
        return work()
    except LempartError as error:
        told = LempartError(f"{key}: {error}")
        told.exit_code = error.exit_code
        raise told from error
    except BrokenProcessPool:
        raise
    except Exception as error:
        error.add_note(f"in the task {key}")
        raise
