"""A case folder or file, read into a :class:`~lempart.case.Case` or into the list of its problems."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lempart.arguments import checks_arguments
from lempart.case import Case, CaseFields, check
from lempart.errors import InputError, Problem
from lempart.io.case_files.grid import read_grid
from lempart.io.case_files.log import Log
from lempart.io.case_files.places import ValueOrigins
from lempart.io.case_files.prosumers import ProsumerReader
from lempart.io.case_files.rows import Rows
from lempart.io.case_files.section import Section
from lempart.io.case_files.series import SeriesReader
from lempart.io.case_files.settings import (
    BELONGS,
    read_dispatch,
    read_groups,
    read_horizon,
    read_market,
    read_rules,
    usable_steps,
)
from lempart.io.opening import LARGEST_TEXT, read_bytes
from lempart.io.readings import TEXT, shown
from lempart.publish import where

FORMAT = 1
FILE_NAME = "case.toml"


@checks_arguments
def read_case(path: str | Path) -> Case:
    """Return the case in a folder with ``case.toml``, or in such a file.

    Raises
    ------
    InputError
        With every problem of the case: in how it is written, and of the rules in :mod:`lempart.case.rules`.

    Examples
    --------
    >>> from lempart import read_case, shipped_case_path
    >>> read_case(shipped_case_path("example-1"))
    <Case 'example-1': 3 prosumers, 3 players, 3 lines, 3 steps of 1 h, with externalities>
    """
    found, problems = examine_case(path)
    if found is None:
        raise InputError([problem for problem in problems if problem.severity == "error"])
    return found


@checks_arguments
def check_case(path: str | Path) -> list[Problem]:
    """Return every problem of the case at ``path``, errors first; a missing file is one too."""
    _, problems = _examine(Path(path))
    return sorted(problems, key=lambda problem: problem.severity != "error")


@checks_arguments
def examine_case(path: str | Path) -> tuple[Case | None, list[Problem]]:
    """Return the case at ``path``, None where it has errors, and every problem as :func:`check_case` does."""
    fields, problems = _examine(Path(path))
    problems.sort(key=lambda problem: problem.severity != "error")
    if fields is None or any(problem.severity == "error" for problem in problems):
        return None, problems
    return Case(**{name: getattr(fields, name) for name in CaseFields.__dataclass_fields__}), problems


def _examine(path: Path) -> tuple[CaseFields | None, list[Problem]]:
    """Return the case with neutral values for what can't be read, and all problems found."""
    try:
        file = where(path, FILE_NAME) / FILE_NAME if path.is_dir() else path
        values = _parse(file)
    except InputError as error:
        return None, list(error.problems)
    log, places = Log(), ValueOrigins()
    fields = _read(values, Rows(file.parent, log, places))
    problems = log.problems + check(fields, log.unread)
    return fields, [places.locate(problem) for problem in problems]


def _parse(file: Path) -> dict[str, Any]:
    """Return the file's TOML, of a format this version knows."""
    where = file.name
    try:
        values = tomllib.loads(read_bytes(file, LARGEST_TEXT).decode("utf-8-sig"))
    except FileNotFoundError:
        remedy = f"Give a folder that holds {FILE_NAME}, or such a file."
        raise InputError.of(str(file), "there is no such file", remedy) from None
    except UnicodeDecodeError as error:
        raise InputError.of(where, f"not UTF-8 text (byte {error.start})", "Save it as UTF-8.") from None
    except tomllib.TOMLDecodeError as error:
        raise InputError.of(where, f"not valid TOML: {error}", "Correct it; was it written to the end?") from None
    except RecursionError:
        raise InputError.of(where, "not valid TOML: nested too deeply", "Remove the needless brackets.") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise InputError.of(str(file), f"can't be opened: {reason}", "Check the name and the rights.") from None
    if not values:
        raise InputError.of(where, "the file is empty", "See docs/case-format.md for what a case holds.")
    _require_format(where, values)
    return values


def _require_format(where: str, values: Mapping[str, object]) -> None:
    """Raise unless the file is of the format read here; one of another can't be judged further."""
    if "format" not in values:
        raise InputError.of(f"{where}: format", "missing", f"Begin the file with format = {FORMAT}.")
    if values["format"] != FORMAT or isinstance(values["format"], bool):
        message = f"found {shown(values['format'])}, this version reads format {FORMAT}"
        raise InputError.of(f"{where}: format", message, f"Write format = {FORMAT}, or update lempart.")


def _read(values: Mapping[str, object], rows: Rows) -> CaseFields:
    """Return the case, with neutral values for what can't be read."""
    log = rows.log
    top = Section(values, "", log)
    top.know("format")
    name = top.get("name", TEXT)
    horizon = read_horizon(_part(top, "time"))
    series = _series(top, rows, usable_steps(horizon, log))
    market = read_market(_part(top, "market"), series)
    grid = read_grid(_part(top, "grid"), rows)
    prosumers, scenario = ProsumerReader(top, rows, series).read()
    groups = read_groups(_part(top, "players", required=False).values, log)
    dispatch = read_dispatch(_part(top, "dispatch", required=False))
    rules = read_rules(_part(top, "rules", required=False))
    top.close(BELONGS)
    if series.steps is None:
        log.unread.add("series")
    return CaseFields(name, horizon, market, grid, prosumers, scenario, groups, dispatch, rules)


def _series(top: Section, rows: Rows, steps: int | None) -> SeriesReader:
    table = rows.table("series", top.values["series"]) if "series" in top else None
    return SeriesReader(steps, table)


def _part(top: Section, key: str, *, required: bool = True) -> Section:
    """Return the table ``[key]``; an empty one, whose missing keys nobody hears of, where there is none."""
    top.know(key)
    value = top.values.get(key, {} if not required else None)
    if isinstance(value, Mapping):
        return Section(value, key, top.log)
    message = "missing" if value is None else f"expected a table [{key}], found {shown(value)}"
    top.log.unreadable(key, message, f"Begin it with [{key}] on a line of its own.")
    return Section({}, key, Log())
