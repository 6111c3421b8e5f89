"""The ex-ante problem with losses, passes and all, in cvxpy: what losses do to flows is written out anew."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from lempart.case import Case
from support.paper_model import Answer, ExAnte, PlainGrid, Shift, alone, ex_ante

SETTLED = 1e-7
"""The passes of this model stand where the shifts move by no more than this, relative to ratings, or in p.u."""


def sweep(case: Case, grid: PlainGrid, edges: set[str], root: str, injected: np.ndarray) -> Shift:
    """Return what losses take off flows and voltages on some edges, hung below ``root``."""
    sent: dict[str, np.ndarray] = {}
    received: dict[str, np.ndarray] = {}

    def up(edge: str) -> np.ndarray:
        own = sum(
            (injected[m] for m, who in enumerate(case.prosumers) if who.node == edge),
            np.zeros(case.horizon.steps, dtype=complex),
        )
        sent[edge] = own + sum(up(child) for child in edges if grid.parent[child] == edge)
        received[edge] = sent[edge] - grid.z_pu[edge] * np.abs(sent[edge]) ** 2
        return received[edge]

    def rise(edge: str) -> np.ndarray:
        above = np.zeros(case.horizon.steps) if grid.parent[edge] == root else rise(grid.parent[edge])
        z, flow = grid.z_pu[edge], sent[edge]
        return above + 2 * (np.conj(z) * flow).real - abs(z) ** 2 * np.abs(flow) ** 2

    def plain(edge: str) -> np.ndarray:
        above = np.zeros(case.horizon.steps) if grid.parent[edge] == root else plain(grid.parent[edge])
        return above + 2 * (np.conj(grid.z_pu[edge]) * flows[edge]).real

    for top in [edge for edge in edges if grid.parent[edge] == root]:
        up(top)
    flows = {edge: sum(injected[m] for m in grid.below[edge]) for edge in edges}
    return Shift(
        {edge: flows[edge] - sent[edge] for edge in edges},
        {edge: flows[edge] - received[edge] for edge in edges},
        {edge: plain(edge) - rise(edge) for edge in edges},
    )


def with_losses(case: Case, coalitions: Sequence[Sequence[int]], tie_break: float) -> tuple[ExAnte, Answer]:
    """Return Eq 4 with losses for a partition, in the last of its passes, and its answer."""
    grid = PlainGrid.of(case)
    edges = {edge for edge, down in grid.below.items() if down}
    return _in_passes(case, grid, edges, grid.root, lambda shift: ex_ante(case, coalitions, tie_break, edges, shift))


def alone_with_losses(case: Case, members: Sequence[int], tie_break: float) -> Answer:
    """Return the answer of Eq 9e-9f with losses for one coalition."""
    grid = PlainGrid.of(case)
    edges = grid.subgraph(set(members))
    (root,) = grid.boundary(edges)
    return _in_passes(case, grid, edges, root, lambda shift: alone(case, members, tie_break, shift))[1]


def _in_passes(
    case: Case, grid: PlainGrid, edges: set[str], root: str, make: Callable[[Shift | None], ExAnte]
) -> tuple[ExAnte, Answer]:
    model = make(None)
    answer = model.solve()
    if not np.isfinite(answer.cost):
        return model, answer
    shift = sweep(case, grid, edges, root, case.scenario.forecast + answer.flexible)
    if not _matters(case, grid, edges, root, answer, shift):
        return model, answer
    for _ in range(20):
        model, before = make(shift), shift
        answer = model.solve()
        if not np.isfinite(answer.cost):
            return model, answer
        shift = sweep(case, grid, edges, root, case.scenario.forecast + answer.flexible)
        if _moved(grid, edges, before, shift) <= SETTLED:
            return model, answer
    raise AssertionError("the passes don't settle")


def _matters(case: Case, grid: PlainGrid, edges: set[str], root: str, answer: Answer, shift: Shift) -> bool:
    """Return whether a limit is reached without losses, or exceeded with them."""
    injected = case.scenario.forecast + answer.flexible
    flows = {edge: sum(injected[m] for m in grid.below[edge]) for edge in edges}
    found = False
    for edge in edges:
        rating, band = grid.rating[edge], grid.band[edge]
        if rating is not None:
            with_losses = [flows[edge] - by for by in (shift.sent[edge], shift.received[edge])]
            found |= bool(np.any(np.abs(flows[edge]) >= rating * (1 - 1e-6)))
            found |= any(bool(np.any(np.abs(flow) > rating)) for flow in with_losses)
        if band is not None:
            at, deviation = edge, np.zeros(case.horizon.steps)
            while at != root:
                deviation = deviation + 2 * (np.conj(grid.z_pu[at]) * flows[at]).real
                at = grid.parent[at]
            low, high = band[0] ** 2 - 1, band[1] ** 2 - 1
            found |= bool(np.any((deviation <= low + 1e-6) | (deviation >= high - 1e-6)))
            lossy = deviation - shift.voltage[edge]
            found |= bool(np.any((lossy < low) | (lossy > high)))
    return found


def _moved(grid: PlainGrid, edges: set[str], before: Shift, after: Shift) -> float:
    moved = 0.0
    for edge in edges:
        size = grid.rating[edge]
        if size is not None:
            for one, other in ((before.sent, after.sent), (before.received, after.received)):
                moved = max(moved, float(np.abs(one[edge] - other[edge]).max()) / size)
        if grid.band[edge] is not None:
            moved = max(moved, float(np.abs(before.voltage[edge] - after.voltage[edge]).max()))
    return moved
