"""Progress in one line, without any library."""

from __future__ import annotations

import sys
import time

from lempart.arguments import Amount, checks_arguments
from lempart.search import Progress


@checks_arguments
def progress_line(every_seconds: Amount = 0.2) -> Progress:
    """Return a progress report for :func:`lempart.solve` and others: one line, rewritten in place.

    Works in notebooks and terminals alike, with nothing installed; it writes to standard error.

    Examples
    --------
    ``solve(case, progress=progress_line())``
    """
    last, width = -every_seconds, 0

    def report(phase: str, done: int, total: int) -> None:
        nonlocal last, width
        now = time.monotonic()
        if now - last < every_seconds and done < total:
            return
        last = now
        text = f"{phase}: {done:,} of {total:,}"
        end = "\n" if done >= total else ""
        sys.stderr.write("\r" + text.ljust(width) + end)
        sys.stderr.flush()
        width = 0 if end else len(text)

    return report
