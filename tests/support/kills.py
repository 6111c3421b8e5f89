"""A process that dies at a chosen moment, as by a power cut: before its n-th change to the file system."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Callable, Iterator

_CHANGES = {"open", "os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.chmod", "os.truncate"}
_MOST = 1_000


def killed_everywhere(work: Callable[[], object], prepare: Callable[[], object]) -> Iterator[int]:
    """Run ``work`` in a process of its own that dies before its 1st, 2nd, … change to a file; yield after each.

    The last number yielded is that of the run that came to its end. ``prepare`` is called before each run.
    """
    for number in range(1, _MOST):
        prepare()
        child = os.fork()
        if child == 0:
            try:
                _die_before(number)
                work()
            except BaseException:
                traceback.print_exc()
                os._exit(1)
            os._exit(0)
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        assert code in (0, 9), "the work failed by itself"
        yield number
        if code == 0:
            return


def _die_before(number: int) -> None:
    left = number

    def count(event: str, details: tuple[object, ...]) -> None:
        nonlocal left
        reads = event == "open" and isinstance(details[2], int) and not details[2] & (os.O_WRONLY | os.O_RDWR)
        if event in _CHANGES and not reads:
            left -= 1
            if left == 0:
                os._exit(9)

    sys.addaudithook(count)
