"""Progress in one line, without any library."""

from __future__ import annotations

import math
import sys
import time
from dataclasses import dataclass

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
    return _Line(every_seconds)


@dataclass
class _Line:
    """The line, and what is noted of the best so far."""

    every_seconds: float
    last: float = -math.inf
    width: int = 0
    noted: str = ""

    def __call__(self, phase: str, done: int, total: int) -> None:
        now = time.monotonic()
        if now - self.last < self.every_seconds and done < total:
            return
        self.last = now
        text = f"{phase}: {done:,} of {total:,}" + (f"; {self.noted}" if self.noted else "")
        end = "\n" if done >= total else ""
        sys.stderr.write("\r" + text.ljust(self.width) + end)
        sys.stderr.flush()
        self.width = 0 if end else len(text)

    def note(self, text: str) -> None:
        """Take note of the best so far."""
        self.noted = text
