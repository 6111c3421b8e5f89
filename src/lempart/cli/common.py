"""What the commands share: finding a case, naming a partition, telling progress, writing a result."""

from __future__ import annotations

import json
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
from lempart.cost import Setting
from lempart.errors import InputError, UsageError
from lempart.io import read_case
from lempart.partition import Partition
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


def parse_partition(text: str, setting: Setting) -> Partition:
    """Return the partition that the user wrote: ``"P1,P2|P3"``, or JSON where names hold commas or bars.

    Players that are left out stay alone.
    """
    if text.lstrip().startswith("["):
        blocks = _json_blocks(text)
    else:
        blocks = [[name.strip() for name in block.split(",") if name.strip()] for block in text.split("|")]
    index = {name: i for i, name in enumerate(setting.player_names)}
    unknown = [name for block in blocks for name in block if name not in index]
    if unknown:
        known = ", ".join(setting.player_names)
        raise UsageError(f"no such player: {', '.join(unknown)}. Players are: {known}")
    named = [name for block in blocks for name in block]
    twice = sorted({name for name in named if named.count(name) > 1})
    if twice:
        raise UsageError(f"in more than one coalition: {', '.join(twice)}. Name each player once")
    masks = [sum(1 << index[name] for name in block) for block in blocks if block]
    masks += [1 << index[name] for name in setting.player_names if name not in named]
    partition = Partition.of(masks)
    setting.family.require(partition, players=setting.player_names, nodes=setting.grid.names)
    return partition


def _json_blocks(text: str) -> list[list[str]]:
    try:
        blocks = json.loads(text)
    except ValueError:
        blocks = None
    if isinstance(blocks, list) and all(isinstance(block, list) for block in blocks):
        names = [name for block in blocks for name in block]
        if all(isinstance(name, str) for name in names):
            return blocks
    raise UsageError(f'the partition is not a JSON list of lists of names, such as [["P1", "P2"], ["P3"]]: {text}')


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
