"""Dispatches at many forecasts where no limit of the grid binds; partitions that tax the same sums share them.

Without limits the ex-ante problem (Eqs 3 and 4) knows of the grid only whose injections are summed up where a tax is
charged. It falls into blocks of prosumers that no such sum has in common. Of another's block a prosumer without
flexibility is at most a number in a sum.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from lempart.conic import SolverSettings
from lempart.cost.prepared_case import PreparedCase
from lempart.cost.problems import sums_problem
from lempart.dispatch import DispatchBatch, DispatchedBatch, DispatchProblem
from lempart.partition import mask_of, members
from lempart.typing import BoolArray, ComplexArray, FloatArray


@dataclass(frozen=True, eq=False)
class BlockSeries:
    """Dispatches everyone without limits of the grid, block by block; each block's problem is built once.

    Attributes
    ----------
    typical
        Forecasts, complex MVA, shape ``(draws, prosumers, steps)``, that tell which limits of devices matter.
    """

    prepared: PreparedCase
    typical: ComplexArray
    solver: SolverSettings | None = None
    _batches: dict[tuple[int, ...], DispatchBatch] = field(default_factory=dict, init=False, repr=False)

    @cached_property
    def flexible(self) -> int:
        """Return the mask of the prosumers that have something to dispatch."""
        return mask_of(m for m, prosumer in enumerate(self.prepared.case.prosumers) if prosumer.flexibility)

    def at(self, forecasts: ComplexArray) -> BlocksAtForecasts:
        """Return the dispatches at forecasts of all prosumers, complex MVA, shape ``(draws, prosumers, steps)``."""
        return BlocksAtForecasts(self, forecasts)

    def batch(self, block: tuple[int, ...]) -> DispatchBatch:
        """Return what dispatches a block, given by whose injections its taxed sums add up."""
        if block not in self._batches:
            problem = block_problem(self.prepared, block)
            typical = self.typical[:, members_of(block)]
            self._batches[block] = DispatchBatch(problem, self.solver, typical=typical)
        return self._batches[block]


@dataclass(frozen=True, eq=False)
class BlocksAtForecasts:
    """The dispatches of one call; blocks that partitions share are solved once."""

    series: BlockSeries
    forecasts: ComplexArray
    _solved: dict[tuple[int, ...], tuple[DispatchedBatch, list[int]]] = field(
        default_factory=dict, init=False, repr=False
    )

    def plan(self, taxed: Sequence[int]) -> tuple[ComplexArray, FloatArray, BoolArray]:
        """Return ``u`` of all prosumers, complex MVA, what it costs them, in currency, and where batteries burn energy.

        Shapes ``(draws, prosumers, steps)``, ``(draws, prosumers)``, ``(draws,)``; NaN in draws without a dispatch.

        Parameters
        ----------
        taxed
            Mask of the prosumers whose injections each boundary exchange adds up.
        """
        flexible_mva = np.zeros_like(self.forecasts)
        cost, burning = np.zeros(self.forecasts.shape[:2]), np.zeros(len(self.forecasts), dtype=bool)
        for block in blocks(taxed, self.series.flexible):
            if block not in self._solved:
                own = self.forecasts[:, members_of(block)]
                solved = self.series.batch(block).solve_many(own)
                self._solved[block] = solved, solved.burning_draws()
            found, burnt = self._solved[block]
            everyone = members_of(block)
            here = [place for place, m in enumerate(everyone) if self.series.flexible >> m & 1]
            at = [everyone[place] for place in here]
            flexible_mva[:, at], cost[:, at] = found.flexible_mva[:, here], found.flexibility_cost[:, here]
            burning[burnt] = True
        return flexible_mva, cost, burning


def blocks(taxed: Sequence[int], flexible: int) -> list[tuple[int, ...]]:
    """Return which taxed sums have to be dispatched together, each block ascending; those given alone are left out.

    Two belong together when flexibility of one prosumer has a part in both.
    """
    found: list[tuple[int, ...]] = []
    for mask in taxed:
        if not mask & flexible:
            continue
        together = [block for block in found if any(other & mask & flexible for other in block)]
        found = [block for block in found if block not in together]
        found.append(tuple(sorted([mask, *(other for block in together for other in block)])))
    return found


def members_of(block: Sequence[int]) -> list[int]:
    """Return everyone whose injection is in one of a block's sums, ascending."""
    everyone = 0
    for mask in block:
        everyone |= mask
    return list(members(everyone))


def block_problem(prepared: PreparedCase, block: Sequence[int]) -> DispatchProblem:
    """Return the ex-ante problem of a block: everyone at the PCC on a line of their own, taxed on the block's sums."""
    return sums_problem(prepared, members_of(block), block)
