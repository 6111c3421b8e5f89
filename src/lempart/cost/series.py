"""The cost of one coalition without externalities at many forecasts and realisations (Eq 9)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace

import numpy as np

from lempart.case.records import VoltagePenalty
from lempart.conic import SolverSettings
from lempart.cost.decoupled import DecoupledCosts, own_grid, realized_injections, realized_parts
from lempart.cost.parts import CoalitionParts
from lempart.cost.setting import Setting
from lempart.dispatch import Dispatch, DispatchProblem, DispatchSeries
from lempart.errors import InfeasibleError
from lempart.partition import Subgraph
from lempart.typing import ComplexArray, FloatArray, frozen_array

PARTS = tuple(field.name for field in fields(CoalitionParts))
"""The parts of a coalition's cost, in the order of the last axis of :attr:`SeriesCosts.parts`."""


@dataclass(frozen=True, eq=False)
class SeriesCosts:
    """What a coalition pays in every draw, under every reading of the voltage penalty.

    Attributes
    ----------
    parts
        The parts of ``phi_0`` in currency over the horizon, shape ``(readings, draws, parts)``, parts as in
        `PARTS`; NaN in a draw in which the coalition is not viable.
    reasons
        Why it is not viable, one text per draw; empty where it is.
    """

    parts: FloatArray
    reasons: tuple[str, ...]

    @property
    def totals(self) -> FloatArray:
        """Return ``phi_0``, shape ``(readings, draws)``; infinite where the coalition is not viable."""
        total: FloatArray = self.parts.sum(axis=-1)
        return np.where(np.isnan(total), np.inf, total)


class CoalitionSeries:
    """Costs a coalition draw by draw; its problem is built and its solver set up once.

    A draw's costs depend on its forecast and realisation alone, bit for bit: not on the draws before it nor on how
    many are given at once. The tie-break stays that of the case, whatever the draw's powers are.

    Parameters
    ----------
    setting
        A case without externalities; its own scenario only sets the scale of the solver's variables.
    coalition
        A mask of players, or the subgraph of a regular customer.
    readings
        Voltage penalties to evaluate each dispatch under; by default the case's. Penalties don't change a dispatch
        within hard limits, so that it is solved once; with elastic limits, once for each reading.

    Raises
    ------
    ValueError
        If the case has externalities: then a coalition's cost depends on the others.
    """

    def __init__(
        self,
        setting: Setting,
        coalition: int | Subgraph,
        *,
        readings: Sequence[VoltagePenalty] | None = None,
        settings: SolverSettings | None = None,
    ) -> None:
        if setting.case.market.externalities:
            raise ValueError("with externalities a coalition has no cost of its own: cost partitions instead")
        market = setting.case.market
        self._settings_of = [
            replace(setting, case=replace(setting.case, market=replace(market, voltage_penalty=reading)))
            for reading in (readings if readings is not None else (market.voltage_penalty,))
        ]
        territory = setting.family.subgraph(coalition) if isinstance(coalition, int) else coalition
        self._members = list(territory.prosumers)
        alone = [setting.case.prosumers[m].name for m in self._members]
        self._names = ", ".join(setting.names(coalition) if isinstance(coalition, int) else alone)
        self._imbalance_penalty = market.imbalance_penalty_per_mwh
        self._grid = own_grid(setting.grid, territory)
        self._tariffs = [each.tariffs_on(self._grid) for each in self._settings_of]
        same = setting.case.dispatch.limits == "hard"
        problems = [DecoupledCosts(each).problem(territory) for each in self._settings_of[: 1 if same else None]]
        self._problems: list[DispatchProblem] = problems
        self._series = [DispatchSeries(problem, settings) for problem in problems]

    def costs(self, forecasts: ComplexArray, realizations: ComplexArray) -> SeriesCosts:
        """Return the coalition's costs.

        Parameters
        ----------
        forecasts, realizations
            ``U_hat`` and ``U`` of all prosumers of the case, complex MVA, shape ``(draws, prosumers, steps)`` each.

        Raises
        ------
        SolverError
            When a dispatch isn't solved to the tolerances; a draw that can't be met is not an error.
        """
        draws = len(forecasts)
        parts = np.full((len(self._tariffs), draws, len(PARTS)), np.nan)
        reasons = [""] * draws
        for draw in range(draws):
            try:
                found = self._one(forecasts[draw][self._members], realizations[draw][self._members])
            except InfeasibleError as error:
                reasons[draw] = f"{{{self._names}}} is not viable: {error}"
            else:
                parts[:, draw] = found
        return SeriesCosts(frozen_array(parts), tuple(reasons))

    def _one(self, forecast: ComplexArray, realization: ComplexArray) -> list[list[float]]:
        """Return the parts of one draw, reading by reading."""
        solved = [series.solve(forecast) for series in self._series]
        per_reading: list[Dispatch] = solved * (len(self._tariffs) // len(solved))
        rows = []
        for dispatched, tariffs in zip(per_reading, self._tariffs, strict=True):
            realized = realized_injections(dispatched.problem, dispatched, realization)
            found = realized_parts(self._grid, tariffs, self._imbalance_penalty, realized)
            rows.append([getattr(found, name) for name in PARTS])
        return rows
