"""A study on a Dask cluster, with a real scheduler and real workers, is the study of one process, bit for bit."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from lempart import __version__
from lempart.errors import InputError, LempartError
from lempart.study import DaskCluster, read_study, run_study
from lempart.study.run.cluster import connected
from lempart.study.run.pool import IN_FLIGHT_PER_WORKER, Worker
from lempart.study.store.zarr_store import Chunk, ZarrStore
from study.dask_cluster import LocalDask, dask_cluster
from study.small_study import command, contents, run, write_study

pytestmark = pytest.mark.skipif(os.name == "nt", reason="signals are POSIX")


@pytest.fixture
def dask(tmp_path: Path) -> Iterator[LocalDask]:
    """Yield a scheduler without workers, one for every test."""
    (tmp_path / "dask").mkdir()
    with dask_cluster(tmp_path / "dask") as cluster:
        yield cluster


def test_a_killed_worker_costs_nothing(tmp_path: Path, dask: LocalDask, monkeypatch: pytest.MonkeyPatch) -> None:
    """One of two workers is killed in mid-study: every chunk is written once, with the bytes that one process writes.

    It is frozen for a second before, so that chunks and results surely are on it. Then the other worker is killed too:
    the study says so and keeps what is finished; resumed with a new worker it ends as if nothing had happened.
    """
    spec, case = read_study(write_study(tmp_path, draws=30, block=1))
    run_study(spec, case, tmp_path / "calm")
    monkeypatch.setattr(Worker, "compute", None)  # here; workers are other processes
    written: list[Chunk] = []
    write = ZarrStore.write

    def noted(store: ZarrStore, chunk: Chunk, arrays: Mapping[str, Any], notes: Mapping[str, Any]) -> None:
        written.append(chunk)
        write(store, chunk, arrays, notes)

    monkeypatch.setattr(ZarrStore, "write", noted)
    first, second = dask.worker(), dask.worker()
    dask.wait_for_workers(2)
    alive_at_the_end: list[int | None] = []

    def hurt(_done: int, _total: int, new: int) -> None:
        if new == 10:
            first.send_signal(signal.SIGSTOP)
            threading.Timer(1.0, first.kill).start()
        if new == 40:
            first.wait()
            alive_at_the_end.append(second.poll())
            second.kill()

    cluster = DaskCluster(dask.address, patience_seconds=1.0)
    with pytest.raises(LempartError, match=r"had no workers for 1 s; what is finished is kept, --resume goes on"):
        run_study(spec, case, tmp_path / "hurt", cluster=cluster, progress=hurt)
    assert alive_at_the_end == [None]
    kept = len(written)
    assert 40 <= kept < 60
    assert len(ZarrStore(tmp_path / "hurt", spec).finished()) == kept
    dask.worker()
    run_study(spec, case, tmp_path / "hurt", cluster=DaskCluster(dask.address), resume=True)
    assert len(written) == len(set(written)) == 60
    assert contents(tmp_path / "hurt") == contents(tmp_path / "calm")


def test_an_interruption_ends_cleanly(tmp_path: Path, dask: LocalDask) -> None:
    """Ctrl-C ends with code 130 and no traceback; the same worker goes on when the study is resumed.

    The worker has two threads, which share nothing that a dispatch changes: the bytes are those of one process.
    """
    study = write_study(tmp_path, draws=40, block=1)
    spec, case = read_study(study)
    run_study(spec, case, tmp_path / "calm")
    worker, out = dask.worker(threads=2), tmp_path / "out"
    arguments = ("study", str(study), "--out", str(out), "--cluster", dask.address)
    process = subprocess.Popen(command(*arguments), stderr=subprocess.PIPE)
    store, deadline = ZarrStore(out, spec), time.monotonic() + 60
    while len(store.finished()) < 5 and process.poll() is None:
        assert time.monotonic() < deadline, "the study makes no progress"
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    said = process.communicate(timeout=60)[1].decode()
    assert process.returncode == 130, said
    assert "--resume goes on" in said
    assert "Traceback" not in said
    assert 5 <= len(store.finished()) < 80
    run_study(spec, case, out, cluster=DaskCluster(dask.address), resume=True)
    assert contents(out) == contents(tmp_path / "calm")
    assert worker.poll() is None


def test_few_chunks_are_in_flight(tmp_path: Path, dask: LocalDask) -> None:
    """However many chunks there are, only so many for each thread are taken before results come back."""
    spec, case = read_study(write_study(tmp_path, draws=30, block=1))
    dask.worker()
    taken, most = 0, 0

    def chunks() -> Iterator[Chunk]:
        nonlocal taken
        for block in range(spec.blocks):
            taken += 1
            yield Chunk(block, 1)

    with connected(DaskCluster(dask.address), spec, case) as engine:
        for back, _ in enumerate(engine.compute(chunks()), start=1):
            most = max(most, taken - back + 1)
    assert taken == 30
    assert most == IN_FLIGHT_PER_WORKER


def test_the_scheduler_ends(tmp_path: Path, dask: LocalDask) -> None:
    """When the scheduler is killed the study says so at once and keeps what is finished."""
    spec, case = read_study(write_study(tmp_path, draws=30, block=1))
    dask.worker()
    started = []

    def hurt(_done: int, _total: int, new: int) -> None:
        if new == 5:
            started.append(time.monotonic())
            dask.processes[0].kill()

    with pytest.raises(
        LempartError, match=r"the scheduler at tcp://127.* ended or dropped the study; what is finished"
    ):
        run_study(spec, case, tmp_path / "out", cluster=DaskCluster(dask.address), progress=hurt)
    assert time.monotonic() - started[0] < 20
    assert len(ZarrStore(tmp_path / "out", spec).finished()) >= 5


def test_another_version_is_refused(tmp_path: Path, dask: LocalDask) -> None:
    """Workers of another version are refused by address before a folder is made, later ones when they get a chunk."""
    spec, case = read_study(write_study(tmp_path, draws=400, block=1))
    (tmp_path / "old.py").write_text(
        "import lempart._version as v\nv.__version__ = '0.0.9'\ndef dask_setup(worker): pass\n", encoding="utf-8"
    )
    old = dask.worker("--preload", str(tmp_path / "old.py"))
    message = rf"the worker at tcp://127\S+ runs lempart 0\.0\.9, not {__version__}; install the same version"
    with pytest.raises(LempartError, match=message):
        run_study(spec, case, tmp_path / "out", cluster=DaskCluster(dask.address))
    assert not (tmp_path / "out").exists()
    old.kill()
    dask.worker()
    dask.wait_for_workers(1)

    def join(_done: int, _total: int, new: int) -> None:
        if new == 5:
            dask.worker("--preload", str(tmp_path / "old.py"))
            dask.wait_for_workers(2)

    with pytest.raises(LempartError, match=r"a worker runs lempart 0\.0\.9"):
        run_study(spec, case, tmp_path / "out", cluster=DaskCluster(dask.address), progress=join)


def test_a_worker_without_lempart_is_refused(tmp_path: Path, dask: LocalDask) -> None:
    """A worker that can't import the package is named."""
    spec, case = read_study(write_study(tmp_path))
    hide = "import sys\nsys.modules['lempart._version'] = None\ndef dask_setup(worker): pass\n"
    (tmp_path / "hide.py").write_text(hide, encoding="utf-8")
    dask.worker("--preload", str(tmp_path / "hide.py"))
    with pytest.raises(LempartError, match=r"the worker at tcp://127\S+ doesn't have lempart; install"):
        run_study(spec, case, tmp_path / "out", cluster=DaskCluster(dask.address))


def test_nobody_answers(tmp_path: Path) -> None:
    """A port where nobody listens, and one where nobody speaks, are an error in time; no folder is made."""
    spec, case = read_study(write_study(tmp_path))
    with socket.socket() as silent, socket.socket() as closed:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        closed.bind(("127.0.0.1", 0))
        for port in (silent.getsockname()[1], closed.getsockname()[1]):
            address, before = f"tcp://127.0.0.1:{port}", time.monotonic()
            with pytest.raises(LempartError, match=rf"no Dask scheduler answers at {address} within 1 s"):
                run_study(spec, case, tmp_path / "out", cluster=DaskCluster(address, connect_seconds=1.0))
            assert time.monotonic() - before < 10
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("address", ["nowhere", "", "pigeon://roof:1", "tcp://127.0.0.1:port"])
def test_what_is_no_address(tmp_path: Path, address: str) -> None:
    """What can't be an address is said to be none, with what was given."""
    spec, case = read_study(write_study(tmp_path))
    with pytest.raises(InputError, match=f"'{address}' is no address"):
        run_study(spec, case, tmp_path / "out", cluster=DaskCluster(address))


def test_workers_and_cluster_are_a_usage_error(tmp_path: Path) -> None:
    """Processes of this machine and a cluster are asked for one at a time."""
    study, out = str(write_study(tmp_path)), str(tmp_path / "out")
    done = run("study", study, "--out", out, "--cluster", "tcp://127.0.0.1:1", "--workers", "2")
    assert done.returncode == 2
    assert "--workers" in done.stderr
    assert "--cluster" in done.stderr
    assert not (tmp_path / "out").exists()


def test_the_missing_package_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without distributed the error says what to install."""
    spec, case = read_study(write_study(tmp_path))
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(InputError, match=r"needs the package distributed.*lempart\[study,cluster\]"):
        run_study(spec, case, tmp_path / "out", cluster=DaskCluster("tcp://127.0.0.1:1"))
