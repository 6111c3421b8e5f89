"""Chunks computed on a Dask distributed cluster: workers compute, this process writes, the numbers are the same."""

from __future__ import annotations

import asyncio
import logging
import pickle
import pkgutil
import threading
import time
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from queue import Empty, Queue
from typing import Any

from lempart._version import __version__
from lempart.arguments import Amount, check_fields
from lempart.case import Case
from lempart.errors import InputError, LempartError
from lempart.optional import needed
from lempart.study.run.pool import IN_FLIGHT_PER_WORKER, Finished, Worker
from lempart.study.spec.spec import StudySpec
from lempart.study.store.chunk import Chunk

POLL_SECONDS = 1.0
RESUMABLE = "what is finished is kept, --resume goes on"


@dataclass(frozen=True, slots=True)
class DaskCluster:
    """A Dask cluster to compute on.

    Attributes
    ----------
    address
        Its scheduler's, such as ``tcp://10.0.0.5:8786``. Certificates and the like come from Dask's own configuration.
    connect_seconds
        How long the scheduler may take to answer.
    patience_seconds
        How long a study waits while the cluster has no workers, at its start or in its midst.
    """

    address: str
    connect_seconds: Amount = 15.0
    patience_seconds: Amount = 60.0

    def __post_init__(self) -> None:
        check_fields(self)


class SharedStudy:
    """A study as workers hold it: sent to each once, gone with the study; every thread has evaluators of its own."""

    def __init__(self, version: str, spec: StudySpec, case: Case) -> None:
        self._version, self._spec, self._case = version, spec, case
        self._of_thread = threading.local()

    def __reduce__(self) -> tuple[Any, ...]:
        return SharedStudy, (self._version, self._spec, self._case)

    def compute(self, chunk: Chunk) -> Finished:
        """Return a chunk's results; refuse when this process runs another version than the one that asks."""
        if self._version != __version__:  # a worker that joined after the versions were compared
            raise LempartError(_other_version("a worker", __version__))
        if not hasattr(self._of_thread, "worker"):
            self._of_thread.worker = Worker(self._spec, self._case)
        worker: Worker = self._of_thread.worker
        return worker.compute(chunk)


def _compute(study: SharedStudy, chunk: Chunk) -> Finished:
    return study.compute(chunk)


@contextmanager
def connected(cluster: DaskCluster, spec: StudySpec, case: Case) -> Iterator[ClusterEngine]:
    """Yield what computes a study's chunks on a cluster; the cluster forgets the study at the end.

    Raises
    ------
    InputError
        When the package distributed isn't installed, or the address isn't one.
    LempartError
        When no scheduler or no worker answers in time, or a worker runs another version.
    """
    client = _client(cluster)
    engine = ClusterEngine(cluster, client)
    loggers = [logging.getLogger(name) for name in ("distributed", "distributed.client")]
    levels = [logger.level for logger in loggers]
    try:
        for logger in loggers:  # what they would show of a lost connection is said by the errors raised here
            logger.setLevel(logging.CRITICAL)
        engine.wait_for_workers()
        engine.require_same_version()
        # The result of a task, not scattered data: the cluster makes it again where its holder is lost.
        engine.study = client.submit(pickle.loads, pickle.dumps(SharedStudy(__version__, spec, case)), pure=False)
        yield engine
    finally:
        engine.study = None
        client.close()
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)


@dataclass
class ClusterEngine:
    """Computes chunks of one study on a cluster."""

    cluster: DaskCluster
    client: Any
    study: Any = None
    _threads: int = 0
    _looked: float = field(default=-1e9, init=False)
    _last_seen: float = field(default_factory=time.monotonic, init=False)

    def compute(self, chunks: Iterable[Chunk]) -> Generator[Finished, None, None]:
        """Yield the chunks' results as they come; few are on the cluster at any time.

        Chunks of a worker that is lost are computed by another one. Each chunk is yielded once.

        Raises
        ------
        LempartError
            When all workers are gone for too long, the scheduler is, or a chunk ends one worker after another.
        """
        todo, flying, landed = iter(chunks), set[Any](), Queue[Any]()
        try:
            while True:
                self._look()
                most = max(1, self._threads) * IN_FLIGHT_PER_WORKER
                while len(flying) < most and (chunk := next(todo, None)) is not None:
                    future = self.client.submit(_compute, self.study, chunk, pure=False)
                    flying.add(future)
                    future.add_done_callback(landed.put)
                if not flying:
                    return
                try:
                    future = landed.get(timeout=POLL_SECONDS)
                except Empty:
                    continue
                flying.discard(future)
                yield self._result(future)
        except OSError:  # a connection that was closed at the other end
            raise LempartError(self._gone()) from None
        finally:
            with suppress(Exception):  # the scheduler may be gone
                self.client.cancel(list(flying), force=True)

    def wait_for_workers(self) -> None:
        """Wait until there is a worker."""
        self._look()
        while not self._threads:
            time.sleep(POLL_SECONDS / 4)
            self._look()

    def require_same_version(self) -> None:
        """Raise when a worker has another version of lempart, or none."""
        found = self.client.run(pkgutil.resolve_name, "lempart._version:__version__", on_error="return")
        for address, version in sorted(found.items()):
            if isinstance(version, ImportError):
                raise LempartError(f"the worker at {address} doesn't have lempart; install {__version__} there")
            if version != __version__:
                raise LempartError(_other_version(f"the worker at {address}", version))

    def _look(self) -> None:
        """Look for workers, at most once a moment; raise when there have been none for too long."""
        now = time.monotonic()
        if now - self._looked < POLL_SECONDS / 4:
            return
        if self.client.status != "running":
            raise LempartError(self._gone())
        try:
            self._threads = sum(self.client.nthreads().values())
        except OSError:
            raise LempartError(self._gone()) from None
        self._looked = now
        if self._threads:
            self._last_seen = now
        elif now - self._last_seen > self.cluster.patience_seconds:
            told = f"the cluster at {self.cluster.address} had no workers for {self.cluster.patience_seconds:g} s"
            raise LempartError(f"{told}; {RESUMABLE}")

    def _result(self, future: Any) -> Finished:
        from distributed import KilledWorker

        try:
            while True:
                try:
                    result: Finished = future.result(timeout=self.cluster.patience_seconds)
                except TimeoutError:  # its holder was lost before it was fetched, and nobody computes it again
                    self._look()
                else:
                    return result
        except KilledWorker:
            told = "a chunk was tried on several workers, and each of them ended (out of memory?)"
            raise LempartError(f"{told}; {RESUMABLE}") from None
        except ImportError as error:
            raise LempartError(f"a worker lacks what the study needs: {error}; {RESUMABLE}") from None
        except self._cancelled:
            raise LempartError(self._gone()) from None

    @property
    def _cancelled(self) -> type[BaseException]:
        from concurrent.futures import CancelledError

        return CancelledError

    def _gone(self) -> str:
        return f"the scheduler at {self.cluster.address} ended or dropped the study; {RESUMABLE}"


def _client(cluster: DaskCluster) -> Any:
    connect = needed("distributed", "study,cluster", "--cluster").Client
    try:
        # Asked for before there is a client, which would wait without end for a port that accepts and is silent.
        kind = asyncio.run(asyncio.wait_for(_kind(cluster.address), cluster.connect_seconds))
    except ValueError as error:
        remedy = "Give the scheduler's address, such as tcp://10.0.0.5:8786."
        raise InputError.of("--cluster", f"{cluster.address!r} is no address: {error}", remedy) from None
    except OSError as error:  # among them time-outs
        told = f"no Dask scheduler answers at {cluster.address} within {cluster.connect_seconds:g} s"
        raise LempartError(f"{told}: {error}" if str(error) else told) from None
    if kind != "Scheduler":
        remedy = "Give the scheduler's address."
        raise InputError.of("--cluster", f"at {cluster.address} there is a {kind} of Dask", remedy)
    return connect(cluster.address, timeout=cluster.connect_seconds, set_as_default=False)


async def _kind(address: str) -> str:
    """Return what answers at an address: a scheduler, a worker or a nanny."""
    from distributed import Security, rpc

    async with rpc(address, connection_args=Security().get_connection_args("client")) as there:
        return str((await there.identity())["type"])


def _other_version(who: str, version: object) -> str:
    return f"{who} runs lempart {version}, not {__version__}; install the same version everywhere"
