"""The command line. This much is loaded before an interruption is met; everything else comes with the program."""

from __future__ import annotations

import atexit
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager

INTERRUPTED = 130


def main() -> None:
    """Run the command line; it ends the process with its exit code.

    0: done; 1: the input is wrong; 2: so is the call; 3: a solver failed; 130: interrupted, at whatever moment.
    """
    with _interruptions_noted() as noted:
        try:
            from lempart.cli.program import run

            code = run(lambda: noted)
        except BaseException:  # an interruption while the program was loaded, or while it said that there was one
            if not noted:
                raise
            code = INTERRUPTED
    sys.exit(code)


@contextmanager
def _interruptions_noted() -> Iterator[list[int]]:
    """Yield a list that is empty until an interruption comes; it is raised as ``KeyboardInterrupt`` as ever."""
    noted: list[int] = []
    before = signal.getsignal(signal.SIGINT)
    if before is not signal.default_int_handler:  # ignored, as in a shell's background job, or somebody else's
        yield noted
        return

    def note(number: int, frame: object) -> None:  # noqa: ARG001
        noted.append(number)
        raise KeyboardInterrupt

    signal.signal(signal.SIGINT, note)
    atexit.register(signal.signal, signal.SIGINT, signal.SIG_IGN)  # the code is decided by then
    try:
        yield noted
    finally:
        signal.signal(signal.SIGINT, before)
