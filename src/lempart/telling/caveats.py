"""What to mind of an answer: batteries that do what none can, dispatches and bills that aren't exactly known."""

from __future__ import annotations

from collections.abc import Sequence

from lempart.display import count_of, energy, listed, money
from lempart.formats.result import BurningFile, WithoutBurningFile
from lempart.text import some_of

_MAX_NAMED = 5
_REMEDY = 'Setting battery = "exclusive" in [dispatch] forbids it.'


def burning(told: BurningFile, currency: str) -> str:
    """Return which storage burns energy in a partition, and what the partition costs without, as far as is known."""
    who = [f"{one.prosumer} in {_steps(one.steps)}" for one in told.storage]
    burnt = f"{energy(told.energy_mwh)} by charging and discharging at once, which no battery can"
    return f"Burns {burnt}: {some_of(who, _MAX_NAMED, by='; ')}.{_without(told.without, currency)} {_REMEDY}"


def burning_partitions(burning_in: int, evaluated: int) -> str:
    """Return in how many of the costed partitions batteries burn energy; empty where in none."""
    if not burning_in:
        return ""
    told = f"In {burning_in:,} of {count_of(evaluated, 'partition')} costed batteries charge and discharge at once"
    return f"{told}, so that real ones would make them cost more."


def burning_draws(burning_in: int, draws: int, where: str) -> str:
    """Return in how many draws batteries burn energy in partitions ``where`` tells of; empty where in none."""
    if not burning_in:
        return ""
    told = f"In {burning_in:,} of {count_of(draws, 'draw')} batteries charge and discharge at once in {where}"
    return f"{told}, which no battery can: real ones would make it cost more. {_REMEDY}"


def open_ties(unsure: int, partitions: int) -> str:
    """Return of how many partitions it isn't known which of several dispatches as cheap they have; empty if of none."""
    if not unsure:
        return ""
    of = f"Of {unsure:,} of {partitions:,} partitions" if partitions > 1 else "Of this partition"
    return (
        f"{of} several dispatches are equally cheap, and no solver was precise enough to tell the one of least norm: "
        "what violations cost is that of another one."
    )


def accuracy(known_to: float, currency: str) -> str:
    """Return how well the bills of a partition are known, where prices weren't found exactly; empty where they were."""
    if not known_to:
        return ""
    return (
        f"The bills of this partition are known to {known_to:.1g} {currency} only: "
        "no solver found the prices closest to the market's to full accuracy."
    )


def _without(without: WithoutBurningFile | None, currency: str) -> str:
    if without is None:
        return ""
    by = without.lowers_total_by
    if without.total is None or by is None:
        return f" What that lowers the cost by isn't known: {without.reason}."
    changed = f"{money(abs(by), currency)} {'more' if by >= 0.0 else 'less'}"
    if without.exact:
        return f" Without that it costs {money(without.total, currency)}, {changed}."
    found = "the cheapest dispatch found without that, which may not be the cheapest there is"
    return f" It costs {money(without.total, currency)}, {changed}, in {found}."


def _steps(steps: Sequence[int]) -> str:
    """Return steps as people write them: ``steps 1 to 3 and 7``."""
    runs: list[list[int]] = []
    for step in steps:
        if runs and step == runs[-1][-1] + 1:
            runs[-1].append(step)
        else:
            runs.append([step])
    told = [f"{run[0]}" if len(run) == 1 else f"{run[0]} to {run[-1]}" for run in runs]
    return ("step " if len(steps) == 1 else "steps ") + listed(told)
