"""Read ``study.toml``."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import fields
from pathlib import Path
from typing import Any

from lempart.arguments import checks_arguments
from lempart.case import Case
from lempart.cases import shipped_case_path, shipped_cases
from lempart.errors import InputError, Problem
from lempart.io import read_case
from lempart.io.opening import read_text
from lempart.prosumption import neighbourhood_case
from lempart.study.spec.neighbourhood_axes import OPTION_KINDS, read_options
from lempart.study.spec.scenario_options import ScenarioOptions
from lempart.study.spec.spec import ON_REQUEST, OUTPUTS, Axis, StudySpec

_FIELDS = {
    "format": int,
    "name": str,
    "case": str,
    "draws": int,
    "seed": int,
    "block": int,
    "voltage_penalties": list,
    "partitions": list,
    "search": str,
    "outputs": list,
    "neighbourhood": dict,
    "scenarios": dict,
    "axes": dict,
}
_SCENARIO_FIELDS: dict[str, type] = {
    "profiles": str,
    **{f.name: str if f.name == "noise_on" else float for f in fields(ScenarioOptions)},
}
_WORDS = {
    int: "a whole number",
    str: "a text",
    list: "a list",
    dict: "a table",
    float: "a number",
    bool: "true or false",
    object: "a text or a number",
    tuple: "a list of numbers",
}
_ITEMS = {
    "voltage_penalties": ("a text or a number", "Give texts or numbers."),
    "outputs": ("a text", f"There are: {', '.join((*OUTPUTS, *ON_REQUEST))}."),
    "partitions": ("a list of lists of names", 'Write [["A", "B"], ["C"]].'),
}
"""What the items of lists have to be, and what to do where they aren't."""
LARGEST, MAX_SHOWN = 10**18, 100
"""Whole numbers beyond the first are refused, values are shown up to so many characters."""


@checks_arguments
def read_study(path: str | Path) -> tuple[StudySpec, Case]:
    """Return the study a file describes and its case, a path beside the file or a shipped name.

    Raises
    ------
    InputError
        With everything that is wrong with the file, or with the case.
    """
    path = Path(path)
    document = _document(path)
    if document.get("partitions") == "all":
        del document["partitions"]  # which is what is done without
    usable, problems = _checked(document)
    spec, case = None, None
    try:
        spec = _spec(usable, path.stem)
        if spec.neighbourhood is not None and not problems:
            case = neighbourhood_case(spec.neighbourhood)
    except InputError as error:
        problems += error.problems
    if "case" in usable and "neighbourhood" not in usable:
        try:
            case = read_case(_case_path(usable["case"], path.parent))
        except InputError as error:
            problems += error.problems
    if problems or spec is None or case is None:
        raise InputError(problems)
    return spec, case


def _checked(document: Mapping[str, Any]) -> tuple[dict[str, Any], list[Problem]]:
    """Return what of a document can be used, and what is wrong with the rest."""
    problems = []
    if document.get("format", 1) != 1:
        told = f"{shown(document['format'])} is unknown"
        problems.append(Problem("format", told, "This version reads format 1."))
    if "draws" not in document:
        problems.append(Problem("draws", "it is missing", "Add draws = …."))
    if ("case" in document) == ("neighbourhood" in document):
        told = "it is missing" if "case" not in document else "there is a neighbourhood too"
        problems.append(Problem("case", told, "Give either case = … or a table [neighbourhood]."))
    usable = _usable(document, _FIELDS, "", problems)
    for name, known in (("neighbourhood", OPTION_KINDS), ("scenarios", _SCENARIO_FIELDS)):
        if name in document:
            usable[name] = _usable(usable.get(name, {}), known, f"{name}.", problems)
    usable["axes"] = _usable(usable.get("axes", {}), None, "axes.", problems)
    for name, (what, remedy) in _ITEMS.items():
        if name in usable:
            bad = [value for value in usable[name] if not _fits(name, value)]
            problems += [Problem(name, f"{shown(value)} is not {what}", remedy) for value in bad]
            usable[name] = [value for value in usable[name] if _fits(name, value)]
    return {"draws": 1, **usable}, problems


def _document(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(read_text(path))
    except OSError as error:
        raise InputError.of(str(path), f"can't be read: {error.strerror}", "Name a study file.") from None
    except RecursionError:
        raise InputError.of(str(path), "is nested too deeply", "Remove the needless brackets.") from None
    except ValueError as error:  # no TOML, not UTF-8, or a number of too many digits
        raise InputError.of(str(path), f"is not TOML: {error}", "Correct the file.") from None


def _spec(document: Mapping[str, Any], stem: str) -> StudySpec:
    scenarios = dict(document.get("scenarios", {}))
    homes = None if "neighbourhood" not in document else read_options(document["neighbourhood"])
    profiles = scenarios.pop("profiles", "case" if homes is None else "homes")
    return StudySpec(
        name=document.get("name", stem),
        draws=document["draws"],
        seed=document.get("seed", 0),
        block=document.get("block", 50),
        axes=tuple(Axis(name, tuple(map(float, values))) for name, values in document.get("axes", {}).items()),
        profiles=profiles,
        scenarios=ScenarioOptions(**scenarios),
        readings=tuple(document.get("voltage_penalties", ())),
        partitions=tuple(tuple(tuple(block) for block in partition) for partition in document.get("partitions", ())),
        outputs=tuple(document.get("outputs", OUTPUTS)),
        search=document.get("search"),
        neighbourhood=homes,
    )


def _case_path(name: str, folder: Path) -> Path:
    with suppress(OSError):  # no name of a file at all: too long, for one
        if (folder / name).exists():
            return folder / name
    if name in {shipped for shipped, _ in shipped_cases()}:
        return shipped_case_path(name)
    known = ", ".join(shipped for shipped, _ in shipped_cases())
    raise InputError.of("case", f"there is no case {shown(name)} beside the study", f"Shipped cases are: {known}.")


def _usable(
    table: Mapping[str, Any], known: Mapping[str, type] | None, prefix: str, problems: list[Problem]
) -> dict[str, Any]:
    """Return the fields of a table that hold what they may, and note those that don't; None: lists of numbers."""
    found = {}
    for name, value in table.items():
        kind = tuple if known is None else known.get(name)
        if kind is None:
            problems.append(
                Problem(f"{prefix}{name}", "there is no such field", f"There are: {', '.join(known or ())}.")
            )
        elif not _is(value, kind):
            told = f"{shown(value)} is not {_WORDS[kind]}"
            problems.append(Problem(f"{prefix}{name}", told, f"Give {_WORDS[kind]}."))
        else:
            found[name] = value
    return found


def _fits(name: str, item: Any) -> bool:
    """Return whether an item of one of the lists is what it has to be."""
    if name != "partitions":
        return isinstance(item, str) if name == "outputs" else _is(item, object)
    blocks = item if isinstance(item, list) else []
    return bool(blocks) and all(isinstance(b, list) and b and all(isinstance(n, str) for n in b) for b in blocks)


def _is(value: Any, kind: type) -> bool:
    if isinstance(value, bool):
        return kind is bool
    if isinstance(value, int) and abs(value) > LARGEST:
        return False  # no number that anything can be computed with
    if kind is object:
        return isinstance(value, str | int | float)
    if kind is tuple:
        return isinstance(value, list) and all(_is(item, float) for item in value)
    return isinstance(value, int | float) if kind is float else isinstance(value, kind)


def shown(value: Any) -> str:
    """Return a value as a message shows it, cut where it is long."""
    try:
        text = repr(value)
    except ValueError:  # a whole number of too many digits
        return "a huge number"
    return text if len(text) <= MAX_SHOWN else f"{text[:MAX_SHOWN]}…"
