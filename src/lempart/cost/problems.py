"""The ex-ante problems that costs are made of: whose, on which part of the grid, taxed where."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

import numpy as np
import scipy.sparse as sp

from lempart.cost.prepared_case import PreparedCase
from lempart.dispatch import DispatchProblem, Exchanges, Tariffs
from lempart.grid import RadialGrid
from lempart.partition import Subgraph, members
from lempart.tree import Tree
from lempart.typing import IntArray


def whole_grid_problem(prepared: PreparedCase, territories: Sequence[Subgraph]) -> DispatchProblem:
    """Return the problem of a partition (Eq 4), given by the subgraphs of all coalitions."""
    everyone = range(len(prepared.case.prosumers))
    exchanges = Exchanges.of(territories, prepared.grid)
    problem = _problem(prepared, prepared.dispatch_grid, everyone, prepared.tariffs, exchanges)
    return replace(problem, losses=prepared.losses)


def coalition_problem(prepared: PreparedCase, territory: Subgraph) -> DispatchProblem:
    """Return the problem of a coalition without externalities (Eqs 9e, 9f): its boundary node is its PCC."""
    grid = own_grid(prepared.dispatch_grid, territory)
    balance: Literal["complex", "active"] = "complex" if prepared.case.market.strict_reactive else "active"
    problem = _problem(prepared, grid, territory.prosumers, prepared.tariffs_on(grid), None, balance)
    return replace(problem, losses=prepared.losses_on(grid))


def part_problem(
    prepared: PreparedCase, grid: RadialGrid, nodes: IntArray, prosumers: IntArray, exchanges: Exchanges
) -> DispatchProblem:
    """Return the problem on a part of the grid that trades at its root at ``lambda_0``; ``nodes`` are those of it."""
    tariffs = prepared.tariffs
    line, voltage = tariffs.line_penalty[nodes], tariffs.voltage_penalty[nodes]
    return _problem(prepared, grid, prosumers, replace(tariffs, line_penalty=line, voltage_penalty=voltage), exchanges)


def sums_problem(prepared: PreparedCase, prosumers: Sequence[int], taxed: Sequence[int]) -> DispatchProblem:
    """Return the problem of prosumers without a grid, taxed on the sums of injections of these masks of them."""
    place = {prosumer: index + 1 for index, prosumer in enumerate(prosumers)}
    cells = [(row, place[prosumer]) for row, mask in enumerate(taxed) for prosumer in members(mask)]
    at: IntArray = np.array(cells, dtype=np.int64).reshape(-1, 2)
    matrix = sp.csr_array((np.ones(len(at)), (at[:, 0], at[:, 1])), shape=(len(taxed), len(prosumers) + 1))
    exchanges = Exchanges(np.arange(len(taxed)), np.zeros(len(taxed), dtype=np.int64), matrix)
    return replace(without_grid(prepared, prosumers), exchanges=exchanges)


def on_own_lines(
    prepared: PreparedCase, prosumers: Sequence[int], lines: RadialGrid, *, taxed: float
) -> DispatchProblem:
    """Return the problem of prosumers behind lines that carry nobody else's power, from `RadialGrid.alone`.

    They are taxed on their net injection, ``taxed`` times. Nothing but these lines is limited.
    """
    line = np.full(lines.node_count, prepared.case.market.line_penalty_per_mvah)
    tariffs = replace(prepared.tariffs, tax=taxed * prepared.tariffs.tax, line_penalty=line, voltage_penalty=0.0 * line)
    net = sp.csr_array(([1.0], ([0], [0])), shape=(1, lines.node_count))
    exchanges = Exchanges(np.zeros(1, dtype=np.int64), np.zeros(1, dtype=np.int64), net) if taxed else None
    return _problem(prepared, lines, prosumers, tariffs, exchanges)


def without_grid(prepared: PreparedCase, prosumers: Sequence[int]) -> DispatchProblem:
    """Return the problem of prosumers on lines of their own at the PCC: no limits, no penalties, nothing taxed."""
    grid = _star(["PCC", *(prepared.case.prosumers[m].name for m in prosumers)])
    none = np.zeros(grid.node_count)
    tariffs = replace(prepared.tariffs, line_penalty=none, voltage_penalty=none)
    return replace(_problem(prepared, grid, prosumers, tariffs, None), margins=False)


def own_grid(grid: RadialGrid, territory: Subgraph) -> RadialGrid:
    """Return the coalition's part of a grid, hung below its boundary node."""
    edges: IntArray = np.array(territory.edges, dtype=np.int64)
    return grid.below(territory.boundary_nodes[0], edges, np.array(territory.prosumers, dtype=np.int64))


def _problem(
    prepared: PreparedCase,
    grid: RadialGrid,
    prosumers: Sequence[int] | IntArray,
    tariffs: Tariffs,
    exchanges: Exchanges | None,
    balance: Literal["market", "active", "complex"] = "market",
) -> DispatchProblem:
    case, at = prepared.case, np.array(prosumers, dtype=np.int64)
    return DispatchProblem(
        grid=grid,
        prosumers=tuple(case.prosumers[m] for m in at),
        forecast=case.scenario.forecast[at],
        step_hours=case.horizon.step_hours,
        tariffs=tariffs,
        exchanges=exchanges,
        balance=balance,
        limits=case.dispatch.limits,
        tie_break=prepared.tie_break,
        margins=prepared.has_margins,
        exclusive=prepared.exclusive,
    )


def _star(names: Sequence[str]) -> RadialGrid:
    """Return a grid without limits on which everyone hangs on the PCC."""
    nodes = len(names)
    zero, free = np.zeros(nodes), np.full(nodes, np.inf)
    tree = Tree.of([-1] + [0] * (nodes - 1), range(1, nodes))
    return RadialGrid(tree, tuple(names), zero, zero, free, -free, free)
