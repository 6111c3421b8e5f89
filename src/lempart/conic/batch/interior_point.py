"""A primal-dual interior-point method on eight programs of one structure at once (Mehrotra, Nesterov-Todd).

All lanes take the same steps of the algorithm; each has its own step lengths and its own end. A lane that has ended
is kept as it is while others go on, so that its answer doesn't depend on them.
"""

from __future__ import annotations

from lempart.conic.batch.cones import WEIGHTS, tail
from lempart.conic.batch.direction import (
    dot,
    factor_system,
    find_direction,
    inverse_step,
    norm,
    set_scales,
    set_target,
    solve_system,
)
from lempart.conic.batch.lanes import (
    Lanes,
    any_positive,
    choose,
    compiled,
    fused,
    largest,
    load,
    size,
    splat,
    store,
)
from lempart.conic.batch.linear import multiply, multiply_add
from lempart.conic.batch.structure import Structure
from lempart.conic.batch.workspace import Limits, Workspace

ACCURATE = 0.2
"""The error that a direction may leave behind, as a share of what the point may leave behind in the end."""

EARLY = 1e-2
"""The error that a direction may leave behind, as a share of the residuals that it takes off."""

NEARLY = 1e4
"""Residuals below this many tolerances are close to the end."""


@compiled
def _residuals(structure: Structure, work: Workspace) -> tuple[Lanes, Lanes, Lanes]:
    """Set the residuals of stationarity and feasibility; return ``x'Px``, ``q'x`` and ``e'y + b'z``."""
    multiply(structure.quadratic, work.x, work.rx)
    square, linear = dot(work.x, work.rx), splat(0.0)
    for row in range(work.q.shape[0]):
        cost = load(work.q, row)
        linear = fused(cost, load(work.x, row), linear)
        store(work.rx, row, load(work.rx, row) + cost)
    multiply_add(structure.equality_transposed, work.y, work.rx)
    multiply_add(structure.cone_transposed, work.z, work.rx)
    multiply(structure.equality, work.x, work.ry)
    for row in range(work.e.shape[0]):
        store(work.ry, row, load(work.ry, row) - load(work.e, row))
    multiply(structure.cone, work.x, work.rz)
    for row in range(work.b.shape[0]):
        store(work.rz, row, load(work.rz, row) + load(work.s, row) - load(work.b, row))
    return square, linear, dot(work.e, work.y) + dot(work.b, work.z)


@compiled
def _move(work: Workspace, length: Lanes) -> None:
    """Go along the direction; lanes of length zero stay where they are, whatever their direction is."""
    for row in range(work.x.shape[0]):
        here = load(work.x, row)
        store(work.x, row, choose(length, fused(length, load(work.dx, row), here), here))
    for row in range(work.y.shape[0]):
        here = load(work.y, row)
        store(work.y, row, choose(length, fused(length, load(work.dy, row), here), here))
    for row in range(work.s.shape[0]):
        here = load(work.s, row)
        store(work.s, row, choose(length, fused(length, load(work.ds, row), here), here))
        here = load(work.z, row)
        store(work.z, row, choose(length, fused(length, load(work.dz, row), here), here))


@compiled
def _keep(work: Workspace, improved: Lanes) -> None:
    """Note the point as the best so far in the lanes in which ``improved`` is positive."""
    if not any_positive(improved):
        return
    for row in range(work.x.shape[0]):
        store(work.best_x, row, choose(improved, load(work.x, row), load(work.best_x, row)))
    for row in range(work.y.shape[0]):
        store(work.best_y, row, choose(improved, load(work.y, row), load(work.best_y, row)))
    for row in range(work.z.shape[0]):
        store(work.best_z, row, choose(improved, load(work.z, row), load(work.best_z, row)))


@compiled
def _start(structure: Structure, work: Workspace, limits: Limits) -> None:
    """Set the point to the least-squares one, shifted into the cones."""
    plain, columns = structure.nonnegative, work.q.shape[0]
    for row in range(work.weights.shape[0]):
        store(work.weights, row, splat(1.0))
    for row in range(plain, work.weights.shape[0]):
        entry = (row - plain) % WEIGHTS
        store(work.weights, row, splat(1.0 if entry in (0, 3, 5, 6, 8) else 0.0))
    factor_system(structure, work, limits)
    multiply(structure.cone_transposed, work.b, work.gx)
    for row in range(columns):
        store(work.gx, row, load(work.gx, row) - load(work.q, row))
    for row in range(work.e.shape[0]):
        store(work.gy, row, load(work.e, row))
    solve_system(structure, work)
    for row in range(columns):
        store(work.x, row, load(work.gx, row))
    for row in range(work.y.shape[0]):
        store(work.y, row, load(work.gy, row))
    multiply(structure.cone, work.x, work.z)
    outside_s, outside_z = splat(-1e300), splat(-1e300)
    for row in range(work.z.shape[0]):
        store(work.z, row, load(work.z, row) - load(work.b, row))
        store(work.s, row, -load(work.z, row))
    for row in range(plain):
        outside_s = largest(-load(work.s, row), outside_s)
        outside_z = largest(-load(work.z, row), outside_z)
    for row in range(plain, work.z.shape[0], 3):
        length = tail(work.s, row)
        outside_s = largest(length - load(work.s, row), outside_s)
        outside_z = largest(length - load(work.z, row), outside_z)
    shift_s = choose(outside_s + 1e-9, 1.0 + outside_s, splat(0.0))
    shift_z = choose(outside_z + 1e-9, 1.0 + outside_z, splat(0.0))
    for row in range(work.z.shape[0]):
        if row < plain or (row - plain) % 3 == 0:
            store(work.s, row, load(work.s, row) + shift_s)
            store(work.z, row, load(work.z, row) + shift_z)


@compiled
def solve_lanes(structure: Structure, work: Workspace, limits: Limits, warm: bool) -> int:
    """Solve the eight programs of costs ``q`` and right-hand sides ``e`` and ``b``; return the steps taken.

    With ``warm`` they start from the points in ``x``, ``y``, ``s`` and ``z``, of which the last two are inside the
    cones.

    The best points met are then in ``best_x``, ``best_y`` and ``best_z``; ``info`` holds, lane by lane: steps,
    feasibility, stationarity and gap.
    """
    if not warm:
        _start(structure, work, limits)
    degree = structure.nonnegative + (work.b.shape[0] - structure.nonnegative) // 3
    scale_b = 1.0 + largest(norm(work.b), norm(work.e))
    scale_q = 1.0 + norm(work.q)
    running = splat(1.0)
    best, since = splat(1e300), splat(0.0)
    iteration = 0
    while True:
        square, linear, pairing = _residuals(structure, work)
        product = dot(work.s, work.z)
        mean = product / degree
        unmet, pull = norm(work.ry), norm(work.rx)
        primal, dual = largest(unmet, norm(work.rz)) / scale_b, pull / scale_q
        gap = size(square + linear + pairing) / (1.0 + size(0.5 * square + linear))
        gap = largest(gap, product / (1.0 + size(0.5 * square + linear)))
        merit = largest(largest(primal, dual), gap) / limits.tolerance
        improved = running * (best - merit)
        _keep(work, improved)
        for place, value in ((1, primal), (2, dual), (3, gap)):
            store(work.info, place, choose(improved, value, load(work.info, place)))
        store(work.info, 0, choose(running, splat(1.0 * iteration), load(work.info, 0)))
        since = choose(0.5 * best - merit, splat(0.0), since + 1.0)
        best = choose(improved, merit, best)
        # Close to the end a step that doesn't help is the end of what rounding allows.
        patience = choose(NEARLY - best, splat(3.0), splat(15.0))
        running = choose(merit - 1.0, running, choose(1.0 - merit, splat(0.0), running))
        running = choose(since - patience, splat(0.0), running)
        if iteration == limits.iterations or not any_positive(running):
            return iteration
        set_scales(structure, work)
        factor_system(structure, work, limits)
        set_target(structure, work, mean, False)
        stationarity = largest(ACCURATE * limits.tolerance * scale_q, EARLY * pull)
        feasibility = largest(ACCURATE * limits.tolerance * scale_b, EARLY * unmet)
        find_direction(structure, work, splat(1.0), stationarity, feasibility, 0)
        length = 1.0 / largest(inverse_step(structure, work), splat(1.0))
        after = splat(0.0)
        for row in range(work.s.shape[0]):
            there = fused(length, load(work.ds, row), load(work.s, row))
            after = fused(there, fused(length, load(work.dz, row), load(work.z, row)), after)
        ratio = largest(after / product, splat(0.0))
        sigma = ratio * ratio * ratio
        sigma = choose(sigma - 1.0, splat(1.0), sigma)
        set_target(structure, work, sigma * mean, True)
        find_direction(structure, work, 1.0 - sigma, stationarity, feasibility, limits.refinements)
        longest = inverse_step(structure, work)
        length = choose(longest - 0.99, 0.99 / longest, splat(1.0))
        _move(work, choose(running, length, splat(0.0)))
        iteration += 1
