"""How processes that work for another one behave: not interrupted by the keyboard, gone when it is gone."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from typing import Any


def obey_parent() -> None:
    """Prepare a worker process: interruptions are its parent's business, and it doesn't outlive its parent."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent,), daemon=True).start()


def _end_with(parent: Any) -> None:
    parent.join()
    os._exit(1)
