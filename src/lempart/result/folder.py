"""The folder of ``lempart solve --out``: case, result and bills are put there together, by one writer at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lempart.arguments import checks_arguments
from lempart.atomic import write_text
from lempart.case import Case
from lempart.errors import InputError, Problem
from lempart.io.case_files.writer import case_files, copy_stays
from lempart.io.opening import read_json
from lempart.io.sealed_json import content_checksum
from lempart.publish import held, publish
from lempart.result.stored import BILLS, CASE, RESULT, StoredResult
from lempart.text import json_text

AC = "ac.json"
OUTPUTS = (RESULT, BILLS, AC)
_KEYS = {RESULT: {"case_hash", "partitions", "players"}, BILLS: {"case_hash", "partitions"}, AC: {"case_hash", "tool"}}


_ELSEWHERE = "Move it away, or choose another folder."


@dataclass(frozen=True, eq=False)
class ResultFolder:
    """A folder that this process alone writes a result to.

    Attributes
    ----------
    case_stays
        Whether the folder holds the case already: one of the user's own is left as it is.
    """

    folder: Path
    case: Case
    case_stays: bool

    def write(self, result: Mapping[str, Any], bills: Mapping[str, Any] | None = None) -> None:
        """Put a result into the folder, in the place of the one before and all that belongs to it.

        Raises
        ------
        InputError
            If it can't be written; the result before is untouched.
        """
        copy = {f"{CASE}/{name}": content for name, content in case_files(self.case, copy=True).items()}
        files = {**copy, RESULT: json_text(result).encode("utf-8")}
        if bills is not None:
            files[BILLS] = json_text({**bills, "result_sha256": content_checksum(result)}).encode("utf-8")
        publish(self.folder, files, last=RESULT, stays=copy if self.case_stays else (), remove=OUTPUTS)

    def keeps(self, result: Mapping[str, Any]) -> bool:
        """Return whether what the folder holds is worth more than a result that was interrupted.

        It is where it answers another case, or is proven.
        """
        found = _content(self.folder / RESULT)
        return found is not None and (found["case_hash"] != result["case_hash"] or found.get("proven") is True)


@checks_arguments
@contextmanager
def result_folder(folder: str | Path, case: Case) -> Iterator[ResultFolder]:
    """Hold a folder for the result of a case; nothing in it changes until the result is written.

    Parameters
    ----------
    folder
        Where the result goes; made if it isn't there.
    case
        Whose result it will hold.

    Raises
    ------
    InputError
        If another process writes to it; if it holds another case or files of the result's names that lempart didn't
        write; or if it can't be written to.
    """
    folder = Path(folder)
    with held(folder):
        _require_ours(folder, OUTPUTS)
        yield ResultFolder(folder, case, copy_stays(case, folder / CASE))


def keep_check(stored: StoredResult, check: Mapping[str, Any]) -> None:
    """Write an AC check of a result beside it, unless another result took its place meanwhile.

    Raises
    ------
    InputError
        If it did, another process writes to the folder, lempart didn't write the file that is there, or it can't be
        written.
    """
    folder = stored.path.parent
    with held(folder):
        _require_ours(folder, (AC,))
        if _content(stored.path) != stored.data:
            message = "another result took its place while this one was checked"
            raise InputError.of(str(stored.path), message, "Check it again.")
        write_text(folder / AC, json_text(check))


def _require_ours(folder: Path, names: Iterable[str]) -> None:
    """Raise InputError naming the files of a result's names that lempart didn't write."""
    there = [folder / name for name in names if (folder / name).exists() or (folder / name).is_symlink()]
    problems = [
        Problem(str(path), "wasn't written by lempart, or is damaged", _ELSEWHERE)
        for path in there
        if not is_ours(path)
    ]
    if problems:
        raise InputError(problems)


def is_ours(path: Path) -> bool:
    """Return whether a file of one of the result's names is what lempart writes under it."""
    return _content(path) is not None


def _content(path: Path) -> dict[str, Any] | None:
    """Return what a file of one of the result's names holds; None where it isn't what lempart writes under it."""
    try:
        data = read_json(path)
    except (OSError, ValueError):
        return None
    return data if isinstance(data, dict) and data.keys() >= {"format", "version", *_KEYS[path.name]} else None
