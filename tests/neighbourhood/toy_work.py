"""Tasks cheap enough to run by the dozen, for tests of the store and the runner; workers import this module."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lempart.errors import InfeasibleError
from lempart.study import RecordStore, Task, run_tasks

STUDY = {"what": "toy"}
COUNT = 24
MODULE = "neighbourhood.toy_work"


def tasks(count: int = COUNT) -> list[Task]:
    """Return tasks whose payload is their number."""
    return [(f"task/{number:03d}", number) for number in range(count)]


def square(number: int) -> Mapping[str, Any]:
    """Return the record of a task."""
    return {"number": number, "square": number**2, "third": number / 3}


def slow_square(number: int) -> Mapping[str, Any]:
    """Return the same a little later, so that there is time to be killed."""
    time.sleep(0.02)
    return square(number)


def infeasible_at_5(number: int) -> Mapping[str, Any]:
    """Raise what a user can meet, in one task."""
    if number == 5:
        raise InfeasibleError("no dispatch meets the limits")
    return square(number)


def broken_at_5(number: int) -> Mapping[str, Any]:
    """Raise a bug, in one task."""
    if number == 5:
        raise ZeroDivisionError("a bug")
    return square(number)


def killed_at_5(number: int) -> Mapping[str, Any]:
    """End the worker process as the system does when memory runs out."""
    if number == 5:
        os.kill(os.getpid(), signal.SIGKILL)
    return square(number)


def interruptions_ignored(_: int) -> Mapping[str, Any]:
    """Return whether Ctrl-C would do nothing to the process at work."""
    return {"ignored": signal.getsignal(signal.SIGINT) is signal.SIG_IGN}


def main() -> None:
    """Run a study in the folder and on the workers given; for tests that kill it."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    folder, workers = Path(sys.argv[1]), int(sys.argv[2])
    try:
        with RecordStore(folder, STUDY, resume=True) as store:
            print("open", flush=True)
            run_tasks(tasks(), slow_square, store, workers=workers)
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
