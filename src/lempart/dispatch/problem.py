"""The ex-ante problem as data: which grid, who, at what prices, exchanging where."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, Protocol

import numpy as np
import scipy.sparse as sp

from lempart._renamed import renamed_arguments
from lempart.case import Prosumer, TaxOn
from lempart.case.typical import typical_power
from lempart.dispatch.devices import DeviceContext, Directions
from lempart.grid import RadialGrid
from lempart.typing import BoolArray, ComplexArray, FloatArray, IntArray


class Territory(Protocol):
    """What the physics needs to know of a coalition: its canonical subgraph."""

    @property
    def edges(self) -> tuple[int, ...]:
        """Return the edges, named by their child node."""

    @property
    def boundary_nodes(self) -> tuple[int, ...]:
        """Return ``N_F^b``."""


@dataclass(frozen=True, eq=False)
class Exchanges:
    """The boundary exchanges of all coalitions (Eq 2).

    Attributes
    ----------
    coalition, node
        Shape ``(exchanges,)`` each: whose exchange, and at which boundary node.
    matrix
        Shape ``(exchanges, nodes)``; times the flows ``S_n`` it gives ``S_nb``: +1 for a child edge of the
        boundary node, -1 for the edge to its parent, over the coalition's own edges.
    """

    coalition: IntArray
    node: IntArray
    matrix: sp.csr_array

    @cached_property
    def owners(self) -> sp.csr_array:
        """Return 1 where an exchange is a coalition's, shape ``(coalitions, exchanges)``."""
        count = len(self.coalition)
        shape = int(self.coalition.max(initial=-1)) + 1, count
        return sp.csr_array((np.ones(count), (self.coalition, np.arange(count))), shape=shape)

    @classmethod
    def of(cls, territories: Sequence[Territory], grid: RadialGrid) -> Exchanges:
        """Return the exchanges of coalitions in the given order."""
        coalition: list[int] = []
        node: list[int] = []
        entries: list[tuple[int, int, float]] = []
        for index, territory in enumerate(territories):
            row_of = {boundary: len(node) + i for i, boundary in enumerate(territory.boundary_nodes)}
            coalition += [index] * len(row_of)
            node += list(row_of)
            for edge in territory.edges:
                above = int(grid.tree.parent[edge])
                if above in row_of:
                    entries.append((row_of[above], edge, 1.0))
                if edge in row_of:
                    entries.append((row_of[edge], edge, -1.0))
        rows, cols, values = zip(*entries, strict=True) if entries else ((), (), ())
        matrix = sp.csr_array((values, (rows, cols)), shape=(len(node), grid.node_count))
        return cls(np.array(coalition, dtype=np.int64), np.array(node, dtype=np.int64), matrix)


@dataclass(frozen=True, eq=False)
class Tariffs:
    """Prices and penalty rates of one dispatch problem, per MWh, MVAh or p.u. squared voltage and hour.

    Attributes
    ----------
    price, tax
        ``lambda_0`` (complex) and ``kappa``, shape ``(steps,)``.
    line_penalty, voltage_penalty
        ``alpha_e^dS`` and ``alpha_n^dv``, shape ``(nodes,)``; used by elastic limits and ex-post.
    tax_on
        What ``kappa`` falls on: ``"apparent"``, the modulus of complex power, or ``"active"``, that of active power.
    """

    price: ComplexArray
    tax: FloatArray
    line_penalty: FloatArray
    voltage_penalty: FloatArray
    tax_on: TaxOn = "apparent"

    def taxable(self, exchanged_mva: ComplexArray) -> ComplexArray:
        """Return the part of exchanges whose modulus is taxed, complex MVA: all of it, or its active power alone."""
        return exchanged_mva if self.tax_on == "apparent" else exchanged_mva.real.astype(np.complex128)


@renamed_arguments({"most": "max_solves"})
@dataclass(frozen=True, slots=True)
class Exclusive:
    """How long to look for the cheapest dispatch in which no battery charges and discharges in one step.

    Attributes
    ----------
    max_solves
        Convex dispatches at most.
    proven
        Whether not to have proven the cheapest by then is an error; else the cheapest found by then is taken.
    """

    max_solves: int = 2_000
    proven: bool = True


@dataclass(frozen=True, eq=False, slots=True)
class LossShift:
    """By how much flows and voltages differ from those with losses, which the limits are kept by: constants.

    Attributes
    ----------
    lines
        ``S - sent`` and ``S - received``, complex MVA, shape ``(..., 2, nodes, steps)``.
    voltages
        ``dv - dv with losses``, p.u., shape ``(..., nodes, steps)``.
    """

    lines: ComplexArray
    voltages: FloatArray

    def of(self, draws: IntArray | BoolArray | slice | int | None) -> LossShift:
        """Return the shifts of some draws, the leading axis, or of one; None adds that axis."""
        return LossShift(self.lines[draws], self.voltages[draws])

    @classmethod
    def stacked(cls, shifts: Sequence[LossShift]) -> LossShift:
        """Return shifts, each of one draw, along a leading axis."""
        return cls(np.array([one.lines for one in shifts]), np.array([one.voltages for one in shifts]))


@dataclass(frozen=True, eq=False, slots=True)
class Losses:
    """What losses cost in a dispatch, and what they do to its limits.

    Attributes
    ----------
    weight
        ``w``, currency per hour and MVA^2, shape ``(nodes, steps)``, >= 0.
    shift
        None: limits are kept by flows and voltages without losses.
    """

    weight: FloatArray
    shift: LossShift | None = None


@dataclass(frozen=True, eq=False)
class DispatchProblem:
    """One ex-ante problem (Eq 4 or Eq 9e), complete.

    Attributes
    ----------
    forecast
        ``U_hat``, complex MVA, shape ``(prosumers, steps)``; prosumers in the order of ``grid.tree.leaf``.
    exchanges
        Where the tax is charged; None under strict self-consumption.
    balance
        ``"market"``: exchange with the transmission grid at ``tariffs.price``; ``"active"``: zero active power at
        the PCC (Eq 9f); ``"complex"``: zero complex power (``strict_reactive``).
    tie_break
        ``rho`` of the minimum-norm tie-break, currency/(MW^2 h).
    comfort
        Whether comfort bands are hard or have their price, like ``limits`` of the grid; None: as ``limits``.
    margins
        Whether the limits of ``grid`` are tightened by margins, so that a message about them can say so.
    line_steps, voltage_steps
        The steps at which Eqs 1d and 1e are written down; None: all of them. Fewer make a relaxation, which is
        exact when its answer keeps the limits at the others too.
    exclusive
        How to see to it that no battery charges and discharges in one step; None: they may.
    directions
        What is decided of who charges and who discharges, on the way to such a dispatch.
    losses
        What losses cost, and how limits are kept with them; None: there are none.
    """

    grid: RadialGrid
    prosumers: tuple[Prosumer, ...]
    forecast: ComplexArray
    step_hours: float
    tariffs: Tariffs
    exchanges: Exchanges | None
    balance: Literal["market", "active", "complex"]
    limits: Literal["hard", "elastic"]
    tie_break: float
    comfort: Literal["hard", "elastic"] | None = None
    margins: bool = False
    line_steps: tuple[int, ...] | None = None
    voltage_steps: tuple[int, ...] | None = None
    exclusive: Exclusive | None = None
    directions: Directions | None = None
    losses: Losses | None = None

    def limited_steps(self, kind: Literal["line", "voltage"]) -> IntArray:
        """Return the steps at which lines or voltages are limited, ascending."""
        chosen = self.line_steps if kind == "line" else self.voltage_steps
        return np.arange(self.steps) if chosen is None else np.array(chosen, dtype=np.int64)

    @property
    def steps(self) -> int:
        """Return the number of time steps."""
        return int(self.forecast.shape[1])

    @property
    def device_context(self) -> DeviceContext:
        """Return what devices know of the problem."""
        limits = self.comfort or self.limits
        return DeviceContext(self.steps, self.step_hours, self.power_scale_mw, limits, self.directions)

    @cached_property
    def power_scale_mw(self) -> float:
        """Return the typical power of one prosumer, a scale for the solver: its forecast, or else its devices."""
        return typical_power(np.abs(self.forecast).max(axis=1), self.prosumers)
