"""The cases that ship with the package: each a folder beside this file, made by a script in the repository."""

from __future__ import annotations

from difflib import get_close_matches
from pathlib import Path
from typing import NamedTuple

from lempart.arguments import checks_arguments
from lempart.errors import InputError

_DESCRIPTIONS = {
    "example-1": "Example 1 of the paper: three prosumers on a star, forecasts 20 % too low (Table II)",
    "example-2": "Example 2 of the paper with the battery costs that give its Table III, 15|u| + 7u^2",
    "example-2-as-printed": "Example 2 of the paper with the battery costs as printed, 19|u| + 2u^2",
    "ieee33-branches": "three branches of the IEEE 33-bus feeder as groups, no externalities, 10 % forecast noise",
    "rural-feeder-5": "47 meters on a SimBench feeder, five players at its end, a winter day with batteries and PV",
}


class ShippedCase(NamedTuple):
    """Name and one-line description of a shipped case."""

    name: str
    description: str


def shipped_cases() -> list[ShippedCase]:
    """Return name and one-line description of every case that ships with the package.

    Examples
    --------
    >>> from lempart import shipped_cases
    >>> [case.name for case in shipped_cases()]
    ['example-1', 'example-2', 'example-2-as-printed', 'ieee33-branches', 'rural-feeder-5']
    """
    return [ShippedCase(name, description) for name, description in _DESCRIPTIONS.items()]


@checks_arguments
def shipped_case_path(name: str) -> Path:
    """Return the folder of a shipped case, to give to :func:`lempart.io.read_case`.

    Raises
    ------
    InputError
        If no case of that name ships; the message names close ones.

    Examples
    --------
    >>> from lempart import shipped_case_path
    >>> shipped_case_path("example-1").name
    'example-1'
    """
    if name not in _DESCRIPTIONS:
        near = ", ".join(get_close_matches(name, _DESCRIPTIONS, 3, 0.4)) or ", ".join(_DESCRIPTIONS)
        raise InputError.of(name, "no case of this name ships with lempart", f"There are: {near}.")
    return Path(__file__).parent / name
