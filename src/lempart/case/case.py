"""A valid case: the fields, with every rule kept."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from lempart.arguments import Positive, checks_arguments
from lempart.case.prices import derived_prices
from lempart.case.records import CaseFields, Horizon, Market, Scenario
from lempart.case.rules import require_valid
from lempart.case.shapes import array_axes
from lempart.case.spread import over_all_steps
from lempart.display import html_table
from lempart.errors import InputError, Problem, UsageError


@dataclass(frozen=True, eq=False)
class Case(CaseFields):
    """A valid case. Making one runs every rule and raises :class:`~lempart.errors.InputError` with all problems.

    Examples
    --------
    >>> import numpy as np
    >>> from lempart import Case, Scenario
    >>> from lempart.case import Battery, Grid, Horizon, Line, Market, Prosumer
    >>> to_homes = (Line("street", "a", 0.1, 0.05), Line("street", "b", 0.1, 0.05))
    >>> lines = (Line("grid", "street", 0.1, 0.05, rating_mva=0.1), *to_homes)
    >>> case = Case(
    ...     name="two homes",
    ...     horizon=Horizon(steps=24, step_hours=1.0),
    ...     market=Market(
    ...         externalities=True,
    ...         tax_per_mwh=100.0,
    ...         price_per_mwh=50.0,
    ...         imbalance_penalty_per_mwh=200.0,
    ...         line_penalty_per_mvah=200.0,
    ...     ),
    ...     grid=Grid("grid", base_kv=0.4, lines=lines, voltage_band_pu=(0.95, 1.05)),
    ...     prosumers=(Prosumer("A", "a", flexibility=(Battery(power_mw=0.005, energy_mwh=0.01),)), Prosumer("B", "b")),
    ...     scenario=Scenario(np.array([-0.004, 0.003])),
    ... )
    >>> case
    <Case 'two homes': 2 prosumers, 2 players, 3 lines, 24 steps of 1 h, with externalities>
    """

    made_by = "read one with read_case"

    def __post_init__(self) -> None:
        over_all_steps(self)
        require_valid(self)

    def __repr__(self) -> str:
        grouped = {member for group in self.groups for member in group.members}
        players = len(self.groups) + sum(item.player and item.name not in grouped for item in self.prosumers)
        steps, hours = self.horizon.steps, self.horizon.step_hours
        market = "with externalities" if self.market.externalities else "without externalities"
        return (
            f"<Case {self.name!r}: {len(self.prosumers)} prosumers, {players} players, {len(self.grid.lines)} lines, "
            f"{steps} steps of {hours:g} h, {market}>"
        )

    def _repr_html_(self) -> str:
        group_of = {member: group.name for group in self.groups for member in group.members}
        forecast, hours = self.scenario.forecast.real, self.horizon.step_hours
        rows = [
            [
                prosumer.name,
                prosumer.node,
                group_of.get(prosumer.name, "yes" if prosumer.player else "no"),
                ", ".join(item.kind for item in prosumer.flexibility),
                f"{forecast[index].sum() * hours:.6g}",
                f"{abs(forecast[index]).max(initial=0.0):.6g}",
            ]
            for index, prosumer in enumerate(self.prosumers)
        ]
        headers = ("prosumer", "node", "player", "flexibility", "forecast, MWh", "peak, MW")
        return html_table(repr(self)[1:-1], headers, rows, left=4)

    @checks_arguments
    def with_scenario(self, scenario: Scenario, *, step_hours: Positive | None = None) -> Case:
        """Return this case with other forecasts and realisations.

        A scenario of another length brings its own horizon: prices and penalties that are the same at all steps go
        on, so that a network of one step can be given a day.

        Parameters
        ----------
        scenario
            Complex MVA, shape ``(prosumers, steps)`` each.
        step_hours
            Length of a step in hours; None keeps it. With another number of steps it has to be said: 96 values in
            place of 24 may be quarters of an hour, or four days.

        Raises
        ------
        UsageError
            The scenario has another number of steps, and their length isn't given.
        InputError
            The result isn't valid, or a price varies and can't be carried over to another number of steps.
        """
        given, found = self.horizon, scenario.forecast.shape[-1] if scenario.forecast.ndim else 0
        if step_hours is None and found != given.steps:
            hours = given.steps * given.step_hours
            same = f"step_hours={hours / max(found, 1):g} for the same {hours:g} h"
            before = f"{given.step_hours:g} for steps as before"
            were = f"{found} steps in place of {given.steps} of {given.step_hours:g} h"
            raise UsageError(f"{were}: say how long one is, {same}, {before}")
        horizon = Horizon(found, given.step_hours if step_hours is None else step_hours)
        market = self.market if horizon.steps == self.horizon.steps else _carried_over(self.market, horizon.steps)
        return replace(self, scenario=scenario, horizon=horizon, market=market)


def _carried_over(market: Market, steps: int) -> Market:
    """Return the market with its constant prices over another number of steps."""
    series: dict[str, Any] = {name: getattr(market, name) for name in array_axes(type(market))}
    given = {name: values for name, values in series.items() if values.size and name not in derived_prices(market)}
    problems = [
        Problem(f"market.{name}", f"it varies over {len(values)} steps, and there are {steps} now", "Give it anew")
        for name, values in given.items()
        if np.ptp(values) > 0.0
    ]
    if problems:
        raise InputError(problems)
    constant: dict[str, Any] = {name: np.full(steps, values[0]) for name, values in given.items()}
    return replace(market, **{**dict.fromkeys(derived_prices(market)), **constant})
