"""Batteries that charge and discharge at once: told with a result, and what the result is worth without."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from lempart.arguments import Count, checks_arguments
from lempart.cost import CostModel, PartitionCost
from lempart.errors import InfeasibleError, SolverError
from lempart.formats.result import BurningFile, WithoutBurningFile

_NAMED = 5
_REMEDY = 'battery = "exclusive" in [dispatch] forbids it.'


@checks_arguments
def burning_json(costs: CostModel, cost: PartitionCost, *, compared: bool) -> dict[str, Any] | None:
    """Return which batteries burn energy in a partition's dispatch, when and how much; None where none does.

    Parameters
    ----------
    costs
        The case's costs.
    cost
        The costs of one partition, from ``costs.partition``.
    compared
        Whether to look for what the partition costs where none does, which takes some more dispatches.
    """
    if not cost.burning:
        return None
    people = costs.setting.case.prosumers
    return {
        "energy_mwh": sum(one.total_mwh for one in cost.burning),
        "storage": [
            {
                "prosumer": people[one.prosumer].name,
                "kind": one.kind,
                "steps": list(one.steps),
                "energy_mwh": one.total_mwh,
            }
            for one in sorted(cost.burning, key=lambda one: one.prosumer)
        ],
        "without": _without(costs, cost) if compared else None,
    }


def _without(costs: CostModel, cost: PartitionCost) -> dict[str, Any]:
    """Return what a partition costs where no battery burns energy, and whether cheaper dispatches are ruled out."""
    unknown = {"total": None, "lowers_total_by": None, "exact": False}
    try:
        other = costs.without_burning.partition(cost.partition)
    except (InfeasibleError, SolverError) as error:
        return {**unknown, "reason": str(error)}
    if not other.viable:
        return {**unknown, "reason": other.reason}
    return {
        "total": other.total,
        "lowers_total_by": other.total - cost.total,
        "exact": other.gap == 0.0,
        "reason": None,
    }


@checks_arguments
def burning_told(told: BurningFile, money: Callable[[float], str]) -> str:
    """Return in words which storage burns energy in a partition.

    Parameters
    ----------
    told
        What :func:`burning_json` returned, as a record.
    money
        Writes an amount with its currency.
    """
    who = [f"{one.prosumer} in {_steps(one.steps)}" for one in told.storage]
    more = f" and {len(who) - _NAMED} more" if len(who) > _NAMED else ""
    burnt = f"{_energy(told.energy_mwh)} by charging and discharging at once, which no battery can"
    return f"Burns {burnt}: {'; '.join(who[:_NAMED])}{more}.{_compared(told.without, money)} Setting {_REMEDY}"


@checks_arguments
def burning_in_draws(burning: Count, draws: Count, where: str) -> str:
    """Return in words in how many draws of a study batteries burn energy; ``where`` says in which partitions.

    Parameters
    ----------
    burning
        In how many draws batteries burn energy.
    draws
        How many draws there are.
    where
        In which partitions, as the sentence goes on.
    """
    told = f"In {burning:,} of {draws:,} draws batteries charge and discharge at once in {where}, which no battery can"
    return f"{told}: real ones would make it cost more. Setting {_REMEDY}"


def _compared(without: WithoutBurningFile | None, money: Callable[[float], str]) -> str:
    if without is None:
        return ""
    by = without.lowers_total_by
    if without.total is None or by is None:
        return f" What that lowers the cost by isn't known: {without.reason}."
    changed = f"{money(abs(by))} {'more' if by >= 0.0 else 'less'}"
    if without.exact:
        return f" Without that it costs {money(without.total)}, {changed}."
    found = "the cheapest dispatch found without that, which may not be the cheapest there is"
    return f" It costs {money(without.total)}, {changed}, in {found}."


def _steps(steps: Sequence[int]) -> str:
    """Return steps as people write them: ``steps 1 to 3 and 7``."""
    runs: list[list[int]] = []
    for step in steps:
        if runs and step == runs[-1][-1] + 1:
            runs[-1].append(step)
        else:
            runs.append([step])
    told = [f"{run[0]}" if len(run) == 1 else f"{run[0]} to {run[-1]}" for run in runs]
    text = told[0] if len(told) == 1 else ", ".join(told[:-1]) + f" and {told[-1]}"
    return ("step " if len(steps) == 1 else "steps ") + text


def _energy(energy_mwh: float) -> str:
    return f"{1e3 * energy_mwh:.3g} kWh" if energy_mwh < 1.0 else f"{energy_mwh:.4g} MWh"
