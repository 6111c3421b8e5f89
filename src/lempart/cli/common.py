"""What the commands share: finding a case, naming a partition, telling progress, writing a result."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from lempart.atomic import write_text
from lempart.case import Case
from lempart.cases import shipped_case_path, shipped_cases
from lempart.cli.streams import tell, write_json_document
from lempart.errors import InputError
from lempart.io import read_case
from lempart.search import Progress as Report
from lempart.text import json_text


def case_path(name: str) -> Path:
    """Return where a case lies: a path, or a shipped case of that name."""
    path = Path(name)
    if name and path.exists():
        return path
    names = [shipped for shipped, _ in shipped_cases()]
    if name in names:
        return shipped_case_path(name)
    known = ", ".join(names)
    raise InputError.of(name or "CASE is empty", "there is no such case file or folder", f"Shipped cases are: {known}.")


def load(name: str) -> Case:
    """Return a case by path or shipped name."""
    return read_case(case_path(name))


@contextmanager
def progress_bar() -> Iterator[Report]:
    """Show progress on standard error: on a terminal a bar, elsewhere a line every ten seconds."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield _plain_report()
        return
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, transient=True) as bar:
        tasks: dict[str, Any] = {}

        def report(phase: str, done: int, total: int) -> None:
            if phase not in tasks:
                tasks[phase] = bar.add_task(phase, total=total)
            bar.update(tasks[phase], completed=done, total=total)

        yield report


def _plain_report(every_seconds: float = 10.0) -> Report:
    last = time.monotonic()

    def report(phase: str, done: int, total: int) -> None:
        nonlocal last
        if time.monotonic() - last >= every_seconds:
            last = time.monotonic()
            tell(f"{phase}: {done} of {total}")

    return report


def write_json(path: Path, data: Mapping[str, Any]) -> None:
    """Write a result as JSON, whole or not at all; to standard output where the path is ``-``."""
    if str(path) == "-":
        write_json_document(data)
        return
    try:
        write_text(path, json_text(data))
    except OSError as error:
        reason = error.strerror or str(error)
        raise InputError.of(str(path), f"can't be written: {reason}", "What was there before is unchanged.") from error
