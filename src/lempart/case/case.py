"""A valid case: the fields, with every rule kept."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from lempart.case.records import CaseFields, Horizon, Market, Scenario
from lempart.case.rules import require_valid
from lempart.case.shapes import array_axes
from lempart.errors import InputError, Problem


@dataclass(frozen=True, eq=False)
class Case(CaseFields):
    """A valid case. Making one runs every rule and raises :class:`~lempart.errors.InputError` with all problems."""

    def __post_init__(self) -> None:
        require_valid(self)

    def with_scenario(self, scenario: Scenario, *, step_hours: float | None = None) -> Case:
        """Return this case with other forecasts and realisations.

        A scenario of another length brings its own horizon: prices and penalties that are the same at all steps go
        on, so that a network of one step can be given a day.

        Parameters
        ----------
        scenario
            Complex MVA, shape ``(prosumers, steps)`` each.
        step_hours
            Length of a step in hours; None keeps it.

        Raises
        ------
        InputError
            The result isn't valid, or a price varies and can't be carried over to another number of steps.
        """
        horizon = Horizon(scenario.forecast.shape[-1], step_hours or self.horizon.step_hours)
        market = self.market if horizon.steps == self.horizon.steps else _carried_over(self.market, horizon.steps)
        return replace(self, scenario=scenario, horizon=horizon, market=market)


def _carried_over(market: Market, steps: int) -> Market:
    """Return the market with its constant prices over another number of steps."""
    given: dict[str, Any] = {name: getattr(market, name) for name in array_axes(type(market))}
    problems = [
        Problem(f"market.{name}", f"it varies over {len(values)} steps, and there are {steps} now", "Give it anew")
        for name, values in given.items()
        if np.ptp(values) > 0.0
    ]
    if problems:
        raise InputError(problems)
    constant: dict[str, Any] = {name: np.full(steps, values[0]) for name, values in given.items()}
    return replace(market, **constant)
