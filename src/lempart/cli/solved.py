"""What ``lempart solve --out`` left behind, read back by the commands that go on from there."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lempart.case import Case
from lempart.cli.common import load
from lempart.errors import UsageError
from lempart.result import StoredResult, read_result, result_file
from lempart.result.stored import RESULT


@dataclass(frozen=True, eq=False)
class Solved:
    """A case, and what was found for it.

    Attributes
    ----------
    case
        The case that was solved.
    stored
        Its result; None where only a case was named.
    """

    case: Case
    stored: StoredResult | None

    @property
    def result(self) -> Mapping[str, Any]:
        """Return the JSON of the result; empty where only a case was named."""
        return {} if self.stored is None else self.stored.data

    @property
    def folder(self) -> Path | None:
        """Return the folder of ``solve --out``; None for a file elsewhere, or a case."""
        return self.stored.path.parent if self.stored is not None and self.stored.path.name == RESULT else None

    @property
    def optimal_stable(self) -> list[list[str]] | None:
        """Return the names of the optimal stable partition, coalition by coalition; None where there is none."""
        best = self.result.get("optimal_stable")
        return None if best is None else best["partition"]


def solved(name: str) -> Solved:
    """Return what ``name`` stands for: a folder of ``solve --out``, the JSON of a result, or a case.

    Raises
    ------
    InputError
        There is no such thing, or it can't be read; see :func:`lempart.result.read_result`.
    """
    file = result_file(Path(name))
    if file is None:
        return Solved(load(name), None)
    stored = read_result(file)
    return Solved(stored.case, stored)


def named_partition(found: Solved, text: str | None) -> str:
    """Return the partition that was asked for, or else the optimal stable one.

    Raises
    ------
    UsageError
        Neither is there.
    """
    if text is not None:
        return text
    if not found.result:
        raise UsageError("a case has no partition of its own: name one with --partition, or solve it with --out first")
    best = found.optimal_stable
    if best is None:
        raise UsageError(f"{found.folder or 'the result'} holds no stable partition: name one with --partition")
    return json.dumps(best)
