"""Read ``study.toml``."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from lempart.case import Case
from lempart.cases import shipped_case_path, shipped_cases
from lempart.errors import InputError, Problem
from lempart.io import read_case
from lempart.io.opening import read_text
from lempart.prosumption import neighbourhood_case
from lempart.study.neighbourhood_axes import OPTION_KINDS, read_options
from lempart.study.scenarios import ScenarioOptions
from lempart.study.spec import OUTPUTS, Axis, StudySpec

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
}


def read_study(path: Path) -> tuple[StudySpec, Case]:
    """Return the study a file describes and its case, a path beside the file or a shipped name.

    Raises
    ------
    InputError
        With everything that is wrong with the file, or with the case.
    """
    document = _document(path)
    if document.get("partitions") == "all":
        del document["partitions"]  # which is what is done without
    problems = list(_type_problems(document, _FIELDS, ""))
    if document.get("format", 1) != 1:
        problems.append(Problem("format", f"{document['format']!r} is unknown", "This version reads format 1."))
    if "draws" not in document:
        problems.append(Problem("draws", "it is missing", "Add draws = …."))
    if ("case" in document) == ("neighbourhood" in document):
        told = "it is missing" if "case" not in document else "there is a neighbourhood too"
        problems.append(Problem("case", told, "Give either case = … or a table [neighbourhood]."))
    if not problems:
        problems += _type_problems(document.get("neighbourhood", {}), OPTION_KINDS, "neighbourhood.")
        problems += _type_problems(document.get("scenarios", {}), _SCENARIO_FIELDS, "scenarios.")
        problems += _list_problems(document)
    if problems:
        raise InputError(problems)
    spec = _spec(document, path.stem)
    if spec.neighbourhood is not None:
        return spec, neighbourhood_case(spec.neighbourhood)
    return spec, read_case(_case_path(document["case"], path.parent))


def _document(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(read_text(path))
    except OSError as error:
        raise InputError.of(str(path), f"can't be read: {error.strerror}", "Name a study file.") from None
    except RecursionError:
        raise InputError.of(str(path), "is nested too deeply", "Remove the needless brackets.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
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
    if (folder / name).exists():
        return folder / name
    if name in {shipped for shipped, _ in shipped_cases()}:
        return shipped_case_path(name)
    known = ", ".join(shipped for shipped, _ in shipped_cases())
    raise InputError.of("case", f"there is no case {name!r} beside the study", f"Shipped cases are: {known}.")


def _type_problems(table: Mapping[str, Any], known: Mapping[str, type], prefix: str) -> list[Problem]:
    found = []
    for name, value in table.items():
        if name not in known:
            remedy = f"There are: {', '.join(known)}."
            found.append(Problem(f"{prefix}{name}", "there is no such field", remedy))
        elif not _is(value, known[name]):
            remedy = f"Give {_WORDS[known[name]]}."
            found.append(Problem(f"{prefix}{name}", f"{value!r} is not {_WORDS[known[name]]}", remedy))
    return found


def _list_problems(document: Mapping[str, Any]) -> list[Problem]:
    found = []
    for name, values in document.get("axes", {}).items():
        if not isinstance(values, list) or not all(_is(value, float) for value in values):
            found.append(Problem(f"axes.{name}", f"{values!r} is not a list of numbers", "Give [a, b, …]."))
    found += [
        Problem("voltage_penalties", f"{value!r} is no penalty", "Give texts or numbers.")
        for value in document.get("voltage_penalties", ())
        if not _is(value, float) and not isinstance(value, str)
    ]
    found += [
        Problem("outputs", f"{value!r} is not a text", f"There are: {', '.join(OUTPUTS)}.")
        for value in document.get("outputs", ())
        if not isinstance(value, str)
    ]
    for partition in document.get("partitions", ()):
        blocks = partition if isinstance(partition, list) else [None]
        named = all(isinstance(b, list) and b and all(isinstance(n, str) for n in b) for b in blocks)
        if not named or not blocks:
            remedy = 'Write [["A", "B"], ["C"]].'
            found.append(Problem("partitions", f"{partition!r} is not a list of lists of names", remedy))
    return found


def _is(value: Any, kind: type) -> bool:
    if isinstance(value, bool):
        return kind is bool
    if kind is object:
        return isinstance(value, str | int | float)
    return isinstance(value, int | float) if kind is float else isinstance(value, kind)
