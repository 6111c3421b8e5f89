"""What a folder holds, and the page it makes."""

from __future__ import annotations

from pathlib import Path

from lempart.arguments import checks_arguments
from lempart.errors import InputError
from lempart.report.from_result import result_page
from lempart.report.from_study import study_page
from lempart.report.rows import Page
from lempart.result import result_file
from lempart.result.stored import RESULT
from lempart.study.store.header import HEADER


@checks_arguments
def read_page(folder: str | Path, *, pictures: bool = True) -> Page:
    """Return the page of a folder written by ``lempart solve --out``, ``study --out`` or ``reproduce --out``.

    Parameters
    ----------
    folder
        What ``--out`` was given.
    pictures
        Whether it has pictures: one dispatch of a result is solved for them, and they add about 1 MB.

    Raises
    ------
    InputError
        When the folder holds none of them, or what it holds doesn't fit together.
    """
    folder = Path(folder)
    if folder.name == RESULT and not folder.is_dir():
        folder = folder.parent
    if result_file(folder) is not None:
        return result_page(folder, pictures=pictures)
    studies = [path.parent for path in (folder / HEADER, *sorted(folder.glob(f"*/{HEADER}"))) if path.is_file()]
    if len(studies) == 1:
        return study_page(studies[0], pictures=pictures)
    if studies:
        names = ", ".join(path.name for path in studies)
        raise InputError.of(str(folder), f"it holds several studies: {names}", "Name the folder of one.")
    remedy = "Name the --out folder of lempart solve, lempart study or lempart reproduce table-4."
    raise InputError.of(str(folder), "it holds neither a result nor a study", remedy)
