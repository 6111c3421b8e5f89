"""Flexibility of a case file, read by the types of the record's fields: a new kind needs nothing here."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import MISSING, Field, fields
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin

from lempart.case import KINDS, Flexibility
from lempart.case.shapes import axes, field_types
from lempart.case.where import indexed, quoted
from lempart.case.wording import Names, nearest
from lempart.io.case_files.places import ValueOrigins
from lempart.io.case_files.section import REQUIRED, Section
from lempart.io.case_files.series import SeriesReader
from lempart.io.readings import FLAG, NUMBER, TEXT, WHOLE, ValueReader, choice

_SCALARS: dict[object, ValueReader[Any]] = {float: NUMBER, bool: FLAG, int: WHOLE, str: TEXT}


def read_flexibility(section: Section, series: SeriesReader) -> Flexibility | None:
    """Return one flexibility; None if its kind is unknown, with the problem noted."""
    kind = section.get("kind", TEXT)
    if kind not in KINDS:
        if section.at("kind") not in section.log.unread:
            _unknown_kind(section, kind)
        section.know(*(section.values if "kind" in section.values else ()), *_all_fields())
        section.close()
        return None
    record: type = KINDS[kind]
    hints = field_types(record)
    values = {
        field.name: section.get(field.name, reading_of(hints[field.name], series), _default(field))
        for field in fields(record)
    }
    _close(section, kind)
    made: Flexibility = record(**values)
    return made


def reading_of(hint: Any, series: SeriesReader) -> ValueReader[Any]:
    """Return how a field of this type is read."""
    by_axes = {
        ("steps",): series.per_step,
        ("rows",): series.per_row,
        ("rows", "steps"): series.per_row_and_step,
    }
    if axes(hint):
        return by_axes[axes(hint)]
    if get_origin(hint) is Literal:
        return ValueReader(choice(*get_args(hint)), get_args(hint)[0])
    if get_origin(hint) in (Union, UnionType):
        return reading_of(next(part for part in get_args(hint) if part is not NoneType), series)
    return _SCALARS[hint]


def _default(field: Field[Any]) -> Any:
    if field.default_factory is not MISSING:
        return field.default_factory()
    return REQUIRED if field.default is MISSING else field.default


def _all_fields() -> list[str]:
    return [field.name for record in KINDS.values() for field in fields(record)]


def _unknown_kind(section: Section, kind: str) -> None:
    section.log.unread.add(section.at("kind"))
    message = f"there is no flexibility of kind {quoted(kind)}"
    section.log.error(section.at("kind"), message, nearest(kind, KINDS))


def _close(section: Section, kind: str) -> None:
    """Close the section; a table has the columns of all kinds, and those of other kinds must be empty."""
    own = {"prosumer", "kind", *(field.name for field in fields(KINDS[kind]))}
    if section.row:
        foreign = [name for name in _all_fields() if name not in own]
        for name in foreign:
            if name in section.values:
                remedy = "Leave the cell empty, or correct the kind."
                section.log.error(section.at(name), f'a flexibility of kind "{kind}" has no {name}', remedy)
        section.know(*foreign)
    section.close()


def read_flexibility_list(sections: Iterable[Section], owner: str, series: SeriesReader) -> tuple[Flexibility, ...]:
    """Return a prosumer's flexibility; if one has no known kind, the rules can't name the others by position."""
    units = [(section, read_flexibility(section, series)) for section in sections]
    for section, unit in units:
        if unit is None:
            section.log.unread.add(f"{owner}.flexibility")
    return tuple(unit for _, unit in units if unit is not None)


def by_prosumer(sections: Iterable[Section], owners: Iterable[str], places: ValueOrigins) -> dict[str, list[Section]]:
    """Return the records of the ``flexibility`` table under the prosumer each belongs to."""
    found: dict[str, list[Section]] = {owner: [] for owner in owners}
    names = Names(found)
    for section in sections:
        owner = section.get("prosumer", TEXT)
        if owner in found:
            section.move(indexed(f"{indexed('prosumers', owner)}.flexibility", len(found[owner])), places)
            found[owner].append(section)
            continue
        if section.at("prosumer") not in section.log.unread:
            message = f"there is no prosumer {quoted(owner)}"
            section.log.error(section.at("prosumer"), message, names.remedy(owner))
        section.know(*section.values, "kind", *_all_fields())
        section.close()
    return found
