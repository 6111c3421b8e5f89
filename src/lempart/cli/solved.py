"""What ``lempart solve --out`` left behind, read back by the commands that go on from there."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lempart.case import Case, case_hash
from lempart.cases import shipped_case_path, shipped_cases
from lempart.cli.common import load
from lempart.errors import InputError, UsageError
from lempart.io import read_case
from lempart.io.opening import read_json


@dataclass(frozen=True, eq=False)
class Solved:
    """A case, and what was found for it.

    Attributes
    ----------
    case
        The case that was solved.
    result
        The JSON of its result; empty where only a case was named.
    folder
        The folder of ``solve --out``; None for a file elsewhere, or a case.
    """

    case: Case
    result: dict[str, Any]
    folder: Path | None

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
        There is no such thing, it can't be read, or the case beside a result isn't the one that was solved.
    """
    path = Path(name)
    file = path / "result.json" if path.is_dir() else path
    if file.suffix.lower() != ".json" or not file.is_file():
        return Solved(load(name), {}, None)
    result = _read(file)
    case = _case_of(file, result)
    if case_hash(case) != result.get("case_hash"):
        message = "the case beside it is not the one that was solved"
        raise InputError.of(str(file), message, "Solve it again: lempart solve CASE --out FOLDER.")
    return Solved(case, result, file.parent if file.name == "result.json" else None)


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


def _read(file: Path) -> dict[str, Any]:
    remedy = "Give the folder that lempart solve CASE --out FOLDER has written."
    try:
        data = read_json(file)
    except (OSError, ValueError) as error:
        raise InputError.of(str(file), f"can't be read as a result: {error}", remedy) from None
    if not isinstance(data, dict) or "case_hash" not in data or "optimal_stable" not in data:
        raise InputError.of(str(file), "isn't the result of lempart solve", remedy)
    return data


def _case_of(file: Path, result: dict[str, Any]) -> Case:
    """Return the case beside a result, or the shipped case of its name where none is."""
    beside = file.parent / "case"
    if beside.exists():
        return read_case(beside)
    name = result.get("case")
    if name in [shipped for shipped, _ in shipped_cases()]:
        return read_case(shipped_case_path(str(name)))
    message = f"there is no case beside it, in {beside}"
    raise InputError.of(str(file), message, "Solve with lempart solve CASE --out FOLDER, which keeps a copy.")
