"""The costs of partitions under coupled power flow at many forecasts and realisations (Eqs 7 and 8)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property

import numpy as np

from lempart._renamed import renamed_arguments
from lempart.case.records import VoltagePenalty
from lempart.conic import SolverSettings
from lempart.cost.draws.blocks import BlockSeries
from lempart.cost.draws.layout import PartitionLayout
from lempart.cost.draws.partition_draws import PartitionDraws
from lempart.cost.prepared_case import PreparedCase
from lempart.cost.scenarios import Scenarios
from lempart.cost.with_externalities import CostsWithExternalities
from lempart.dispatch import DispatchBatch
from lempart.partition import Partition
from lempart.typing import ComplexArray

TYPICAL = (0.5, 0.75, 1.0, 1.25)
"""Multiples of the case's forecast that are typical where nothing better is given."""

PROBED = 16
"""Typical forecasts that tell in how many draws a limit of the grid matters."""

WORTH_A_BATCH = 40
"""So many dispatches of the whole grid one by one take as long as getting a batch ready."""

MOST_WHOLE_GRIDS = 64
"""Batches of the whole grid at most; each takes tens of MB. With more partitions draws with limits go one by one."""

ACCEPTED = 1e-9
"""The largest KKT residual of an answer with limits of the grid, a tenth of what other batches accept.

What a limit is exceeded by ex-post, and its price, are known less well than what a dispatch costs.
"""


@renamed_arguments({"settings": "solver"})
class PartitionSeries:
    """Costs partitions with externalities in many draws; problems are built and solvers set up once.

    Where no limit of the grid binds, blocks of prosumers are dispatched apart and shared by all partitions that tax the
    same sums of injections. Draws in which a limit matters are dispatched on the whole grid, together where there are
    enough of them. Where prices have to be chosen among several, a draw is left to :class:`CostsWithExternalities`.

    A draw's costs depend on its forecast and realisation and on what the series was made of, bit for bit: not on the
    other draws of a call. The tie-break stays that of the case.

    Parameters
    ----------
    setting
        A case with externalities; its own scenario only sets the scale of the solver's variables.
    readings
        Voltage penalties to evaluate each dispatch under; by default the case's.
    typical
        Forecasts of all prosumers, complex MVA, shape ``(draws, prosumers, steps)``, that tell which limits matter;
        by default multiples of the case's own.
    draws, partitions
        How many draws there will be in all, and how many partitions: whether batches of the whole grid are worth
        getting ready, and fit into memory.

    Raises
    ------
    ValueError
        If the case has no externalities: then coalitions have costs of their own.
    """

    def __init__(
        self,
        setting: PreparedCase,
        *,
        readings: Sequence[VoltagePenalty] | None = None,
        solver: SolverSettings | None = None,
        typical: ComplexArray | None = None,
        draws: int = 1000,
        partitions: int = 1,
    ) -> None:
        if not setting.case.market.externalities:
            raise ValueError("without externalities coalitions have costs of their own: use CoalitionSeries")
        case = setting.case
        fixed = replace(case, dispatch=replace(case.dispatch, tie_break_per_mw2h=setting.tie_break))
        own = np.array([factor * case.scenario.forecast for factor in TYPICAL])
        self.typical = own if typical is None else np.array(typical, dtype=np.complex128)
        self.draws, self.partitions = draws, partitions
        self.setting = replace(setting, case=fixed)
        self.solver = solver
        self.prepared_of = tuple(
            replace(setting, case=replace(fixed, market=replace(case.market, voltage_penalty=reading)))
            for reading in (readings if readings is not None else (case.market.voltage_penalty,))
        )
        self.plans = BlockSeries(self.setting, self.typical, solver)
        self._layouts: dict[Partition, PartitionLayout] = {}
        self._whole_grid: dict[Partition, tuple[DispatchBatch, ...]] = {}

    def at(self, forecasts: ComplexArray, realizations: ComplexArray) -> PartitionDraws:
        """Return the draws with these forecasts and realisations, whose partitions can be costed.

        Parameters
        ----------
        forecasts, realizations
            ``U_hat`` and ``U`` of all prosumers, complex MVA, shape ``(draws, prosumers, steps)`` each.
        """
        return PartitionDraws(self, Scenarios(self.setting, forecasts, realizations))

    def layout(self, partition: Partition) -> PartitionLayout:
        """Return where a partition's coalitions exchange power."""
        if partition not in self._layouts:
            territories = CostsWithExternalities(self.setting).territories(partition)
            self._layouts[partition] = PartitionLayout(self.setting, territories)
        return self._layouts[partition]

    def whole_grid(self, partition: Partition) -> tuple[DispatchBatch, ...]:
        """Return what dispatches a partition with all limits; nothing where too few draws need it.

        One for all readings, or with elastic limits one for each.
        """
        if partition not in self._whole_grid:
            hard = self.setting.case.dispatch.limits == "hard"
            priced = self.prepared_of[: 1 if hard else None]
            fits = len(priced) * self.partitions <= MOST_WHOLE_GRIDS
            worth = fits and self._limited(partition) >= WORTH_A_BATCH
            problems = [CostsWithExternalities(one).problem(partition) for one in priced] if worth else []
            self._whole_grid[partition] = tuple(
                DispatchBatch(problem, self.solver, typical=self.typical, accepted=ACCEPTED) for problem in problems
            )
        return self._whole_grid[partition]

    def _limited(self, partition: Partition) -> float:
        """Return in how many draws a limit of the grid can be expected to matter."""
        return self.draws * float(1.0 - self._probe.unlimited(partition).within.mean())

    @cached_property
    def _probe(self) -> PartitionDraws:
        at = np.unique(np.linspace(0, len(self.typical) - 1, PROBED).astype(int))
        return self.at(self.typical[at], self.typical[at])
