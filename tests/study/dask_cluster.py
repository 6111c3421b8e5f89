"""A Dask scheduler and its workers on this machine's loopback, each a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

_QUIET = ("--no-dashboard", "--dashboard-address", "127.0.0.1:0")


@dataclass
class LocalDask:
    """A scheduler, and what was started to work for it."""

    folder: Path
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def address(self) -> str:
        """Return the scheduler's address."""
        told: dict[str, Any] = json.loads((self.folder / "scheduler.json").read_text(encoding="utf-8"))
        return str(told["address"])

    def worker(self, *options: str, threads: int = 1) -> subprocess.Popen[bytes]:
        """Start a worker without a nanny, which would start it again."""
        own = ("--no-nanny", "--nthreads", str(threads), "--memory-limit", "0", "--local-directory", str(self.folder))
        return self._start("worker", self.address, "--host", "127.0.0.1", *own, *options)

    def scheduler(self) -> None:
        """Start the scheduler on a free port and wait until it listens."""
        path = self.folder / "scheduler.json"
        options = ("--host", "127.0.0.1", "--port", "0", "--scheduler-file", str(path))
        process = self._start("scheduler", *options)
        deadline = time.monotonic() + 60
        while not path.exists() or not path.read_text(encoding="utf-8").strip().endswith("}"):
            assert process.poll() is None, (self.folder / "log").read_text(encoding="utf-8")
            assert time.monotonic() < deadline, "the scheduler doesn't start"
            time.sleep(0.05)

    def wait_for_workers(self, count: int) -> None:
        """Wait until so many workers have joined."""
        from distributed import Client

        with Client(self.address, set_as_default=False) as client:
            client.wait_for_workers(count, timeout=60)

    def end(self) -> None:
        """End every process, whatever state it is in."""
        for process in self.processes:
            process.kill()
            process.wait()

    def _start(self, *arguments: str) -> subprocess.Popen[bytes]:
        with (self.folder / "log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "dask", *arguments, *_QUIET],
                stdout=log,
                stderr=log,
                # Solvers and numerical libraries of many workers would fight for this machine's cores.
                env=os.environ | {"OMP_NUM_THREADS": "1"},
            )
        self.processes.append(process)
        return process


@contextmanager
def dask_cluster(folder: Path) -> Iterator[LocalDask]:
    """Yield a running scheduler without workers; end all processes afterwards."""
    cluster = LocalDask(folder)
    try:
        cluster.scheduler()
        yield cluster
    finally:
        cluster.end()
