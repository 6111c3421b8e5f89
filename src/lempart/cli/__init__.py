"""The command line. This much is loaded before an interruption is met; everything else comes with the program."""

from __future__ import annotations

import _thread
import atexit
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from lempart.cli.exit_codes import INTERRUPTED

_A_MOMENT = 0.05  # seconds


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
        if code == INTERRUPTED:
            # Said here: whatever was being loaded or done when it came, and whoever swallowed it.
            with suppress(KeyboardInterrupt, OSError, ValueError, AttributeError):  # once more, or nobody reads it
                sys.stderr.write("lempart: interrupted\n")
                sys.stderr.flush()
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

    hook = sys.unraisablehook

    def again(lost: Any) -> None:
        """Interrupt once more, a moment later, where it was raised in a callback that can't pass it on."""
        if not issubclass(lost.exc_type, KeyboardInterrupt):
            hook(lost)
            return
        import threading

        later = threading.Timer(_A_MOMENT, _thread.interrupt_main)
        later.daemon = True
        later.start()

    signal.signal(signal.SIGINT, note)
    sys.unraisablehook = again
    atexit.register(signal.signal, signal.SIGINT, signal.SIG_IGN)  # the code is decided by then
    try:
        yield noted
    finally:
        signal.signal(signal.SIGINT, before)
        sys.unraisablehook = hook
