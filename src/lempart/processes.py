"""How processes that work for another one behave: not interrupted by the keyboard, gone when it is gone."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from types import FrameType
from typing import Any

SPAWN = multiprocessing.get_context("spawn")
"""Solvers and numerical libraries hold threads, which a forked child would inherit half-alive."""

MAX_ON_WINDOWS = 61
"""For so many processes Windows can wait at once."""


def process_pool(workers: int, prepare: Callable[..., object], *given: object) -> ProcessPoolExecutor:
    """Return a pool of so many processes, or as many as the system can have; each begins with ``prepare(*given)``."""
    most = MAX_ON_WINDOWS if sys.platform == "win32" else workers
    return ProcessPoolExecutor(min(workers, most), mp_context=SPAWN, initializer=prepare, initargs=given)


@contextmanager
def interruptions_deferred() -> Iterator[None]:
    """Hold back an interruption until the block ends; processes started in it inherit that, from their first breath.

    Otherwise one that is interrupted before :func:`obey_parent` ran prints a traceback of its own. Blocking the signal
    in this thread isn't enough: another thread may be given it, and Python raises it here.
    """
    before = signal.getsignal(signal.SIGINT)
    if threading.current_thread() is not threading.main_thread() or not callable(before):
        yield
        return
    came: list[tuple[int, FrameType | None]] = []
    signal.signal(signal.SIGINT, lambda number, plan: came.append((number, plan)))
    masked = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT}) if hasattr(signal, "pthread_sigmask") else None
    try:
        yield
    finally:
        if masked is not None:
            signal.pthread_sigmask(signal.SIG_SETMASK, masked)  # what was held back arrives now
        signal.signal(signal.SIGINT, before)
        if came:
            before(*came[0])


def obey_parent() -> None:
    """Prepare a worker process: interruptions are its parent's business, and it doesn't outlive its parent."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent,), daemon=True).start()


def _end_with(parent: Any) -> None:
    parent.join()
    os._exit(1)
