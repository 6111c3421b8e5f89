"""What the commands share: finding a case, naming a partition, telling progress, writing a result."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
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
        yield _Lines()
        return
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[noted]}", markup=False),
    )
    with Progress(*columns, console=console, transient=True) as bar:
        yield _Bars(bar)


@dataclass
class _Bars:
    """A bar for each phase; what is noted stands beside the one that moves."""

    bar: Progress
    tasks: dict[str, TaskID] = field(default_factory=dict)
    noted: str = ""
    last: str = ""

    def __call__(self, phase: str, done: int, total: int) -> None:
        if phase not in self.tasks:
            self.tasks[phase] = self.bar.add_task(phase, total=total, noted="")
        if phase != self.last and self.last:
            self.bar.update(self.tasks[self.last], noted="")
        self.last = phase
        self.bar.update(self.tasks[phase], completed=done, total=total, noted=self.noted)

    def note(self, text: str) -> None:
        """Show the best so far."""
        self.noted = text
        if self.last:
            self.bar.update(self.tasks[self.last], noted=text)


@dataclass
class _Lines:
    """A line every so many seconds."""

    every_seconds: float = 10.0
    last: float = field(default_factory=time.monotonic)
    noted: str = ""

    def __call__(self, phase: str, done: int, total: int) -> None:
        if time.monotonic() - self.last >= self.every_seconds:
            self.last = time.monotonic()
            tell(f"{phase}: {done} of {total}" + (f"; {self.noted}" if self.noted else ""))

    def note(self, text: str) -> None:
        """Take note of the best so far, for the next line."""
        self.noted = text


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
