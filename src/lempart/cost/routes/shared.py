"""Dispatches of the whole grid shared over processes: the same costs, whoever finds them."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from typing import TypeAlias

from lempart.case import Case
from lempart.conic import SolverSettings
from lempart.cost.records import PartitionCost
from lempart.partition import Partition
from lempart.processes import interruptions_deferred, obey_parent, process_pool

Dispatches: TypeAlias = Callable[[Sequence[Partition]], Sequence[PartitionCost | None]]
"""Costs partitions by dispatches of the whole grid; None where one can't be dispatched."""

MakesDispatches: TypeAlias = Callable[[Case, SolverSettings | None], Dispatches]


@dataclass(eq=False)
class SharedDispatches:
    """Processes that dispatch partitions of one case; they are started when they are first needed.

    Attributes
    ----------
    make
        Called once in each process, with ``case`` and ``solver``: a function of a module.
    workers
        How many processes.
    together
        Each is given a multiple of so many partitions, as far as that goes.
    """

    make: MakesDispatches
    case: Case
    solver: SolverSettings | None
    workers: int
    together: int = 1
    _pool: ProcessPoolExecutor | None = field(default=None, init=False)
    _broken: bool = field(default=False, init=False)

    def costs(self, partitions: Sequence[Partition]) -> Sequence[PartitionCost | None]:
        """Return the costs of partitions, in their order; None where one can't be dispatched, or no process is left."""
        if self._broken or not partitions:
            return [None] * len(partitions)
        flying: list[Future[Sequence[PartitionCost | None]]] = []
        try:
            flying += self._handed_out(partitions)
            return [cost for future in flying for cost in future.result()]
        except BrokenProcessPool:
            self._broken = True
            self.end()
            told = "a worker process was ended from outside (out of memory?); this one goes on alone"
            warnings.warn(told, RuntimeWarning, stacklevel=2)
            return [None] * len(partitions)
        finally:
            for future in flying:  # what an interruption left
                future.cancel()

    def _handed_out(self, partitions: Sequence[Partition]) -> list[Future[Sequence[PartitionCost | None]]]:
        if self._pool is None:
            self._pool = process_pool(self.workers, _start, self.make, self.case, self.solver)
        size = self.together * max(1, -(-len(partitions) // (self.workers * self.together)))
        found = []
        for first in range(0, len(partitions), size):
            with interruptions_deferred():  # a process may be started here
                found.append(self._pool.submit(_costs, partitions[first : first + size]))
        return found

    def end(self) -> None:
        """End the processes; what they are at is finished first, what waits is dropped."""
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)
            self._pool = None


_here: dict[str, Dispatches] = {}  # what this process dispatches with; set once, by _start


def _start(make: MakesDispatches, case: Case, solver: SolverSettings | None) -> None:
    obey_parent()
    _here["dispatches"] = make(case, solver)


def _costs(partitions: Sequence[Partition]) -> Sequence[PartitionCost | None]:
    return _here["dispatches"](partitions)
