"""Standard output and standard error, whatever they are: a terminal, a pipe, a file, closed, or not UTF-8."""

from __future__ import annotations

import contextlib
import os
import sys
from typing import Any

from lempart.text import json_text, shown


def tell(text: str) -> None:
    """Write a message to standard error."""
    if sys.stderr is not None:
        sys.stderr.write(shown(text, lines=True) + "\n")
        sys.stderr.flush()


def write_document(text: str) -> None:
    """Write a document, as it is, to standard output, which then holds nothing else."""
    if sys.stdout is not None:
        sys.stdout.write(text)


def write_utf8_document(text: str) -> None:
    """Write a document that says itself that it is UTF-8 to standard output."""
    if sys.stdout is not None:
        sys.stdout.flush()
        sys.stdout.buffer.write(text.encode("utf-8"))


def write_json_document(data: Any) -> None:
    """Write data as a JSON document to standard output: what its encoding lacks is escaped as JSON allows."""
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    write_document(json_text(data, ascii_only=not encoding.lower().startswith("utf")))


def discard_output() -> None:
    """Write what is still buffered; where that can't be, drop it, lest Python complains about it when it exits."""
    for stream in (sys.stdout, sys.stderr):
        if stream is None:  # closed by the shell
            continue
        try:
            stream.flush()
        except (OSError, ValueError):
            with contextlib.suppress(OSError, ValueError):
                os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def show_what_encodings_lack() -> None:
    r"""Let streams that aren't UTF-8 show a character they don't have as ``\xe9`` instead of failing."""
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(AttributeError):  # closed, or replaced by an object of another kind
            stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
