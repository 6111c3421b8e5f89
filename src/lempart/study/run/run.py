"""Run a study into its store: all of it, or until its means are known well enough."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from lempart.arguments import Many, checks_arguments
from lempart.case import Case, case_hash
from lempart.errors import InputError
from lempart.io import keep_copy
from lempart.lock import writing
from lempart.study.plan.search_plan import plan_of
from lempart.study.run.cluster import DaskCluster, connected
from lempart.study.run.pool import Finished, compute
from lempart.study.spec.spec import StudySpec
from lempart.study.statistics.moments import moments_of
from lempart.study.store.chunk import Chunk
from lempart.study.store.zarr_store import ZarrStore

Report: TypeAlias = Callable[[int, int, int], None]
"""Told draws done in all, of how many, and how many of them by this run."""

Engine: TypeAlias = Callable[[Sequence[Chunk]], Generator[Finished, None, None]]
"""Computes chunks and yields each once, in any order."""


@dataclass(frozen=True, slots=True)
class StudyRun:
    """How a run ended.

    Attributes
    ----------
    draws
        How many draws each point has now.
    new_draws
        How many of them, over all points, this run computed.
    unreached
        Points whose largest standard error is still above what ``until`` asked for.
    damaged
        What of the folder wasn't what had been written, and was made anew.
    """

    draws: tuple[int, ...]
    new_draws: int
    unreached: tuple[int, ...] = ()
    damaged: tuple[str, ...] = ()


@checks_arguments
def run_study(
    spec: StudySpec,
    case: Case,
    folder: str | Path,
    *,
    resume: bool = False,
    workers: Many = 1,
    cluster: DaskCluster | None = None,
    until_se: float | None = None,
    progress: Report | None = None,
) -> StudyRun:
    """Compute every chunk of a study that its store doesn't hold yet.

    What is stored depends on the study alone, bit for bit: not on the number of workers, on the order in which they
    finish, nor on whether it was interrupted and resumed. An interruption stops cleanly with all finished chunks kept.

    Parameters
    ----------
    spec
        What is studied.
    case
        The case it is a study of.
    folder
        The store; made if it isn't there.
    resume
        Go on with what the folder holds; chunks that aren't what was written are computed anew.
    workers
        Processes; 1 computes in this one.
    cluster
        Compute there instead; this process only writes.
    until_se
        Stop a point once the standard errors of all its mean totals are at most this, in currency. It is looked at
        after 2, 4, 8, … blocks of draws, so that the answer doesn't depend on who was quick.
    progress
        Told after every chunk.

    Raises
    ------
    InputError
        When the study doesn't fit the case, or the folder belongs to another study or another writer.
    LempartError
        When the disk refuses, a worker process dies, or the cluster does; what was finished is kept.
    """
    folder = Path(folder)
    plan = plan_of(spec, case)
    if until_se is not None and not until_se > 0:
        raise InputError.of("--until (until_se)", f"se={until_se:g} is not positive", "Give an amount, such as se=5.")
    with _engine(spec, case, workers, cluster) as engine, _writing(folder):
        store = ZarrStore(folder, spec)
        damaged = store.open(plan, case_hash(case), resume=resume)
        keep_copy(case, folder / "case")  # for a report: who the players are and where they live
        run = _Run(spec, case, store, engine, progress or (lambda _done, _total, _new: None), store.finished())
        active = list(range(len(spec.points)))
        for first, beyond in _rounds(spec.blocks, until_se is not None):
            run.compute([Chunk(block, point) for block in range(first, beyond) for point in active])
            if until_se is not None:
                active = [point for point in active if not run.known_to(until_se, point, beyond)]
        counts = tuple(run.draws_of(point) for point in range(len(spec.points)))
        return StudyRun(counts, run.new_draws, tuple(active) if until_se is not None else (), tuple(damaged))


def _rounds(blocks: int, doubling: bool) -> Iterator[tuple[int, int]]:
    """Yield the first block of each round, and the first beyond it."""
    first, beyond = 0, min(2, blocks) if doubling else blocks
    while first < blocks:
        yield first, beyond
        first, beyond = beyond, min(2 * beyond, blocks)


@dataclass
class _Run:
    """What is done, and what to do next."""

    spec: StudySpec
    case: Case
    store: ZarrStore
    engine: Engine
    report: Report
    finished: set[Chunk]
    new_draws: int = 0

    def compute(self, chunks: Sequence[Chunk]) -> None:
        """Compute and write the chunks that aren't finished."""
        todo = [chunk for chunk in chunks if chunk not in self.finished]
        if not todo:
            return
        self._tell()
        with closing(self.engine(todo)) as results:
            for result in results:
                self.store.write(result.chunk, result.arrays, result.notes)
                self.finished.add(result.chunk)
                self.new_draws += self._draws(result.chunk)
                self._tell()

    def known_to(self, standard_error: float, point: int, blocks: int) -> bool:
        """Return whether all means of a point are known well enough."""
        if blocks * self.spec.block < 2:
            return False
        moments = moments_of(self.store.read("total", Chunk(block, point)) for block in range(blocks))
        return bool((moments.standard_error <= standard_error).all())

    def draws_of(self, point: int) -> int:
        """Return how many draws of a point are finished."""
        return sum(self._draws(chunk) for chunk in self.finished if chunk.point == point)

    def _draws(self, chunk: Chunk) -> int:
        start, stop = self.spec.draws_of(chunk.block)
        return stop - start

    def _tell(self) -> None:
        done = sum(self._draws(chunk) for chunk in self.finished)
        self.report(done, self.spec.draws * len(self.spec.points), self.new_draws)


@contextmanager
def _engine(spec: StudySpec, case: Case, workers: int, cluster: DaskCluster | None) -> Iterator[Engine]:
    if cluster is None:
        yield lambda chunks: compute(spec, case, chunks, min(workers, len(chunks)))
    else:
        with connected(cluster, spec, case) as there:
            yield there.compute


@contextmanager
def _writing(folder: Path) -> Iterator[None]:
    """Make the folder and hold it, so that nobody else writes to it."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        reason = error.strerror or str(error)
        raise InputError.of(str(folder), f"can't be made: {reason}", "Choose another folder.") from error
    with writing(folder):
        yield
