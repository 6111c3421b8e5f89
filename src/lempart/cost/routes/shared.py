"""Work on one case shared over processes: the same answers, whoever finds them."""

from __future__ import annotations

import pickle
import warnings
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeAlias, TypeVar

from lempart.case import Case
from lempart.conic import SolverSettings
from lempart.processes import interruptions_deferred, obey_parent, process_pool

Item = TypeVar("Item")
Found = TypeVar("Found")

MakesTool: TypeAlias = Callable[[Case, SolverSettings | None], Any]
"""Makes what each process works with: a function of a module."""

Work: TypeAlias = Callable[[Any, Sequence[Item]], Sequence[Found | None]]
"""Finds something of each item with such a tool, None where it can't: a function of a module, or a partial of one."""


@dataclass(eq=False)
class SharedWork:
    """Processes that work on one case; they are started when they are first needed.

    Attributes
    ----------
    make
        Called once in each process, with ``case`` and ``solver``.
    workers
        How many processes.
    ready
        What each process does with its tool before anything else, on no items; None: nothing.
    """

    make: MakesTool
    case: Case
    solver: SolverSettings | None
    workers: int
    ready: Work[Any, Any] | None = None
    _pool: ProcessPoolExecutor | None = field(default=None, init=False)
    _broken: bool = field(default=False, init=False)

    @property
    def available(self) -> bool:
        """Return whether there are such processes, as far as is known."""
        return not self._broken

    @property
    def is_up(self) -> bool:
        """Return whether such processes were started already."""
        return self._pool is not None

    def each(self, work: Work[Item, Found], items: Sequence[Item], together: int = 1) -> Sequence[Found | None]:
        """Return what work finds of items, in their order; None of those it can't, and where no process is left.

        Parameters
        ----------
        work
            Is told a process' tool and some of the items.
        items
            What is shared.
        together
            A process is given as many at a time, or all that is left.
        """
        if self._broken or not items:
            return [None] * len(items)
        flying: list[Future[Sequence[Found | None]]] = []
        try:
            shares = (items[first : first + together] for first in range(0, len(items), together))
            flying.extend(self._handed_out(work, share) for share in shares)
            return [one for future in flying for one in future.result()]
        except BrokenProcessPool:
            self._broken = True
            self.end()
            told = "a worker process was ended from outside (out of memory?); this one goes on alone"
            warnings.warn(told, RuntimeWarning, stacklevel=2)
            return [None] * len(items)
        finally:
            for future in flying:  # what an interruption left
                future.cancel()

    def _handed_out(self, work: Work[Item, Found], items: Sequence[Item]) -> Future[Sequence[Found | None]]:
        with interruptions_deferred():  # a process may be started here
            if self._pool is None:
                self._pool = process_pool(self.workers, obey_parent)
                for ready in [self.ready] * self.workers:
                    if ready is not None:
                        self._pool.submit(_done, self._told, ready, ())
            return self._pool.submit(_done, self._told, work, items)

    @cached_property
    def _told(self) -> bytes:
        """Return what tools are made of, told with every piece of work: whoever starts a process would wait for it."""
        return pickle.dumps((self.make, self.case, self.solver))

    def end(self) -> None:
        """End the processes; what they are at is finished first, what waits is dropped."""
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)
            self._pool = None


_here: dict[bytes, Any] = {}  # what this process works with; it works for one SharedWork


def _done(told: bytes, work: Work[Any, Any], items: Sequence[Any]) -> Sequence[Any]:
    if told not in _here:
        make, case, solver = pickle.loads(told)  # from the process that started this one
        _here[told] = make(case, solver)
    return work(_here[told], items)
