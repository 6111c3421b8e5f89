"""The cost of one coalition without externalities at many forecasts and realisations (Eq 9)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from lempart._renamed import renamed_arguments
from lempart.case.records import VoltagePenalty
from lempart.conic import SolverSettings
from lempart.cost.equations.losses import counted_flows, loss_cost
from lempart.cost.equations.settlement import settle_alone
from lempart.cost.prepared_case import PreparedCase
from lempart.cost.problems import coalition_problem, own_grid
from lempart.dispatch import DispatchBatch, DispatchedBatch, DispatchSeries, Tariffs
from lempart.errors import InfeasibleError
from lempart.grid.limits import state_at
from lempart.grid.sums import summed
from lempart.partition import Subgraph
from lempart.typing import BoolArray, ComplexArray, FloatArray, frozen_array


@dataclass(frozen=True, eq=False)
class SeriesCosts:
    """What a coalition pays in every draw, under every reading of the voltage penalty.

    Attributes
    ----------
    parts
        The parts of ``phi_0`` in currency over the horizon, shape ``(readings, draws, parts)``, parts as in
        `PARTS`, with losses theirs last; NaN in a draw in which the coalition is not viable.
    reasons
        Why it is not viable, one text per draw; empty where it is.
    burning
        In which draws its batteries burn energy, shape ``(draws,)``.
    """

    parts: FloatArray
    reasons: tuple[str, ...]
    burning: BoolArray

    @property
    def totals(self) -> FloatArray:
        """Return ``phi_0``, shape ``(readings, draws)``; infinite where the coalition is not viable."""
        total: FloatArray = self.parts.sum(axis=-1)
        return np.where(np.isnan(total), np.inf, total)


@renamed_arguments({"setting": "prepared", "settings": "solver"})
class CoalitionSeries:
    """Costs a coalition in many draws; its problem is built and its solver set up once.

    A draw's costs depend on its forecast and realisation alone, bit for bit: not on the draws before it nor on how
    many are given at once. The tie-break stays that of the case, whatever the draw's powers are.

    Parameters
    ----------
    prepared
        A case without externalities; its own scenario only sets the scale of the solver's variables.
    coalition
        A mask of players, or the subgraph of a regular customer.
    readings
        Voltage penalties to evaluate each dispatch under; by default the case's. Penalties don't change a dispatch
        within hard limits, so that it is solved once; with elastic limits, once for each reading.
    engine
        ``"batch"`` solves draws together, which needs numba; ``"single"`` one after another.
    typical
        Forecasts as in :meth:`costs` that tell the batch engine which limits matter; answers depend on them in their
        last digits.

    Raises
    ------
    ValueError
        If the case has externalities: then a coalition's cost depends on the others.
    """

    def __init__(
        self,
        prepared: PreparedCase,
        coalition: int | Subgraph,
        *,
        readings: Sequence[VoltagePenalty] | None = None,
        solver: SolverSettings | None = None,
        engine: Literal["batch", "single"] = "batch",
        typical: ComplexArray | None = None,
    ) -> None:
        if prepared.case.market.externalities:
            raise ValueError("with externalities a coalition has no cost of its own: cost partitions instead")
        market = prepared.case.market
        self._prepared_of = [
            replace(prepared, case=replace(prepared.case, market=replace(market, voltage_penalty=reading)))
            for reading in (readings if readings is not None else (market.voltage_penalty,))
        ]
        territory = prepared.family.subgraph(coalition) if isinstance(coalition, int) else coalition
        self._members = list(territory.prosumers)
        alone = [prepared.case.prosumers[m].name for m in self._members]
        self._names = ", ".join(prepared.names(coalition) if isinstance(coalition, int) else alone)
        self._imbalance_penalty = market.imbalance_penalty_per_mwh
        self._grid = own_grid(prepared.grid, territory)
        self._tariffs = [each.tariffs_on(self._grid) for each in self._prepared_of]
        same = prepared.case.dispatch.limits == "hard"
        problems = [coalition_problem(each, territory) for each in self._prepared_of[: 1 if same else None]]
        self._step_hours = prepared.case.horizon.step_hours
        known = None if typical is None else typical[:, self._members]
        self._series: list[DispatchBatch | DispatchSeries] = [
            DispatchSeries(problem, solver) if engine == "single" else DispatchBatch(problem, solver, typical=known)
            for problem in problems
        ]

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
        forecast, actual = forecasts[:, self._members], realizations[:, self._members]
        solved = [series.solve_many(forecast) for series in self._series]
        per_reading = solved * (len(self._tariffs) // len(solved))
        parts = np.stack([self._parts(*pair, actual) for pair in zip(per_reading, self._tariffs, strict=True)])
        reasons = [""] * len(forecasts)
        for draw, errors in enumerate(zip(*(batch.errors for batch in solved), strict=True)):
            error = next((error for error in errors if error is not None), None)
            if isinstance(error, InfeasibleError):
                reasons[draw] = f"{{{self._names}}} is not viable: {error}"
                parts[:, draw] = np.nan
            elif error is not None:
                raise error
        burning = np.zeros(len(forecasts), dtype=bool)
        for batch in solved:
            burning[batch.burning_draws()] = True
        return SeriesCosts(frozen_array(parts), tuple(reasons), burning)

    def _parts(self, solved: DispatchedBatch, tariffs: Tariffs, actual: ComplexArray) -> FloatArray:
        """Return the parts of ``phi_0`` of all draws, shape ``(draws, parts)``."""
        lost, problem = None, solved.problem
        state = state_at(self._grid, actual + solved.flexible_mva, losses=problem.losses is not None)
        if problem.losses is not None:
            flows = counted_flows(state.flows_mva, active_only=problem.balance == "active")
            lost = summed(loss_cost(problem.losses.weight, flows, self._step_hours))
        mismatch, penalty = actual - solved.forecasts, self._imbalance_penalty
        return settle_alone(solved.flexibility_cost, state, mismatch, tariffs, penalty, self._step_hours, lost)
