"""A primal-dual interior-point method on eight programs of one structure at once (Mehrotra, Nesterov-Todd).

All lanes take the same steps of the algorithm; each has its own step lengths and its own end. A lane that has ended
is kept as it is while others go on, so that its answer doesn't depend on them.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from lempart.conic.batch.cones import (
    SCALES,
    WEIGHTS,
    cone_ratio,
    correct_cones,
    eliminate_heads,
    restore_heads,
    scale_cones,
    tail,
    weigh_cones,
)
from lempart.conic.batch.lanes import (
    Lanes,
    aligned,
    any_positive,
    at,
    choose,
    compiled,
    fused,
    largest,
    load,
    size,
    splat,
    store,
)
from lempart.conic.batch.linear import assemble, factorize, multiply, multiply_add, solve_factorized
from lempart.conic.batch.structure import Structure
from lempart.typing import FloatArray, IntArray

REFINED_AGAIN = 1e-3
"""A system is refined once more where complementarity is smaller by this factor."""

NEARLY = 1e4
"""Residuals below this many tolerances are close to the end."""


class Limits(NamedTuple):
    """When a lane ends.

    Attributes
    ----------
    tolerance
        Of residuals and gap, relative to the largest right-hand side, cost and objective.
    iterations
        The most steps.
    least_pivot
        Smaller pivots of the factorisation are lifted to this.
    refine_below
        Linear systems are refined in lanes whose complementarity is below this.
    refinements
        How often at most.
    """

    tolerance: float
    iterations: int
    least_pivot: float
    refine_below: float
    refinements: int


class Workspace(NamedTuple):
    """The point, its right-hand sides and everything computed on the way; arrays of shape ``(rows, LANES)``."""

    e: FloatArray
    b: FloatArray
    x: FloatArray
    y: FloatArray
    s: FloatArray
    z: FloatArray
    best_x: FloatArray
    best_y: FloatArray
    best_z: FloatArray
    dx: FloatArray
    dy: FloatArray
    ds: FloatArray
    dz: FloatArray
    rx: FloatArray
    ry: FloatArray
    rz: FloatArray
    ax: FloatArray
    target: FloatArray
    g: FloatArray
    gx: FloatArray
    gy: FloatArray
    hx: FloatArray
    weights: FloatArray
    scales: FloatArray
    entries: FloatArray
    lower: FloatArray
    inverse: FloatArray
    row: FloatArray
    vector: FloatArray
    tails: FloatArray
    filled: IntArray
    info: FloatArray


def workspace(structure: Structure) -> Workspace:
    """Return room for one batch."""
    n, ne, m = structure.columns, len(structure.equality.start) - 1, len(structure.cone.start) - 1
    cones = (m - structure.nonnegative) // 3
    size = n + ne
    rows = {
        **dict.fromkeys(("x", "best_x", "dx", "rx", "hx"), n),
        **dict.fromkeys(("e", "y", "best_y", "dy", "ry"), ne),
        **dict.fromkeys(("b", "s", "z", "best_z", "ds", "dz", "rz", "ax", "target"), m),
        **dict.fromkeys(("inverse", "row", "vector"), len(structure.factors.order)),
        "g": size,
        "tails": 2 * len(structure.heads.cone),
        "weights": structure.weights,
        "scales": SCALES * cones,
        "entries": len(structure.fixed),
        "lower": structure.fill,
        "info": 4,
    }
    arrays = {name: aligned(count) for name, count in rows.items()}
    # Both parts of a right-hand side lie in one array: gathered in the order of elimination without asking which.
    return Workspace(
        **arrays, gx=arrays["g"][:n], gy=arrays["g"][n:], filled=np.empty(len(structure.factors.order), np.int64)
    )


@compiled
def dot(a: FloatArray, b: FloatArray) -> Lanes:
    """Return ``a'b``."""
    total = splat(0.0)
    for row in range(a.shape[0]):
        total = fused(load(a, row), load(b, row), total)
    return total


@compiled
def norm(a: FloatArray) -> Lanes:
    """Return the largest absolute value."""
    most = splat(0.0)
    for row in range(a.shape[0]):
        most = largest(size(load(a, row)), most)
    return most


@compiled
def _factor(structure: Structure, work: Workspace, limits: Limits) -> None:
    assemble(structure.contributions, structure.fixed, work.weights, work.entries)
    factorize(structure.factors, work.entries, limits.least_pivot, work.lower, work.inverse, work.row, work.filled)


@compiled
def _solve_system(structure: Structure, work: Workspace) -> None:
    """Solve the regularised system in place of its right-hand side ``(gx, gy)``."""
    order, plain = structure.factors.order, structure.nonnegative
    eliminate_heads(structure.heads, work.weights, plain, work.g, work.tails)
    multiply_add(structure.tail_transposed, work.tails, work.gx)
    for k in range(order.size):
        store(work.vector, k, load(work.g, at(order, k)))
    solve_factorized(structure.factors, work.lower, work.inverse, work.vector)
    for k in range(order.size):
        store(work.g, at(order, k), load(work.vector, k))
    multiply(structure.tail, work.gx, work.tails)
    restore_heads(structure.heads, work.weights, plain, work.g, work.tails)


@compiled
def _weigh(structure: Structure, weights: FloatArray, a: FloatArray, out: FloatArray) -> None:
    """Set ``out`` to ``W^-2 a``."""
    for row in range(structure.nonnegative):
        store(out, row, load(weights, row) * load(a, row))
    weigh_cones(weights, structure.nonnegative, structure.nonnegative, a, out)


@compiled
def _residuals(structure: Structure, work: Workspace) -> tuple[Lanes, Lanes, Lanes]:
    """Set the residuals of stationarity and feasibility; return ``x'Px``, ``q'x`` and ``e'y + b'z``."""
    multiply(structure.quadratic, work.x, work.rx)
    square, linear = dot(work.x, work.rx), splat(0.0)
    for row in range(structure.linear.size):
        cost = splat(structure.linear[row])
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
def _scale(structure: Structure, work: Workspace) -> None:
    for row in range(structure.nonnegative):
        store(work.weights, row, load(work.z, row) / load(work.s, row))
    scale_cones(work.s, work.z, structure.nonnegative, work.weights, structure.nonnegative, work.scales)


@compiled
def _direction(structure: Structure, work: Workspace, share: Lanes, mean: Lanes, limits: Limits) -> None:
    """Set ``dx, dy, ds, dz`` to the step that takes off ``share`` of the residuals, towards ``target``.

    ``dz + W^-2 ds = target``. The smaller a lane's complementarity, the more often the error of regularisation and
    rounding is taken back.
    """
    for row in range(work.rz.shape[0]):
        store(work.ds, row, share * load(work.rz, row))
    _weigh(structure, work.weights, work.ds, work.dz)
    for row in range(work.dz.shape[0]):
        store(work.target, row, load(work.target, row) + load(work.dz, row))
    for row in range(work.rx.shape[0]):
        store(work.hx, row, share * load(work.rx, row))
    multiply_add(structure.cone_transposed, work.target, work.hx)
    for row in range(work.rx.shape[0]):
        store(work.hx, row, -load(work.hx, row))
        store(work.gx, row, load(work.hx, row))
    for row in range(work.ry.shape[0]):
        store(work.gy, row, -share * load(work.ry, row))
    _solve_system(structure, work)
    for row in range(work.dx.shape[0]):
        store(work.dx, row, load(work.gx, row))
    for row in range(work.dy.shape[0]):
        store(work.dy, row, load(work.gy, row))
    multiply(structure.cone, work.dx, work.ax)
    below = limits.refine_below
    for _ in range(limits.refinements):
        _refine(structure, work, share, below - mean)
        below = below * REFINED_AGAIN
    _weigh(structure, work.weights, work.ax, work.dz)
    for row in range(work.dz.shape[0]):
        store(work.dz, row, load(work.dz, row) + load(work.target, row))
        store(work.ds, row, -load(work.ds, row) - load(work.ax, row))


@compiled
def _refine(structure: Structure, work: Workspace, share: Lanes, wanted: Lanes) -> None:
    """Correct ``dx``, ``dy`` and ``ax`` by the error with which they solve the system, in the wanted lanes."""
    if not any_positive(wanted):
        return
    multiply(structure.quadratic, work.dx, work.gx)
    multiply_add(structure.equality_transposed, work.dy, work.gx)
    _weigh(structure, work.weights, work.ax, work.dz)
    multiply_add(structure.cone_transposed, work.dz, work.gx)
    for row in range(work.dx.shape[0]):
        store(work.gx, row, load(work.hx, row) - load(work.gx, row))
    multiply(structure.equality, work.dx, work.gy)
    for row in range(work.dy.shape[0]):
        store(work.gy, row, -share * load(work.ry, row) - load(work.gy, row))
    _solve_system(structure, work)
    for row in range(work.dx.shape[0]):
        before = load(work.dx, row)
        store(work.dx, row, choose(wanted, before + load(work.gx, row), before))
    for row in range(work.dy.shape[0]):
        before = load(work.dy, row)
        store(work.dy, row, choose(wanted, before + load(work.gy, row), before))
    multiply(structure.cone, work.dx, work.ax)


@compiled
def _longest(structure: Structure, work: Workspace) -> Lanes:
    """Return the inverse of the longest step that stays in the cones."""
    most = splat(1e-12)
    for row in range(structure.nonnegative):
        most = largest(-load(work.ds, row) / load(work.s, row), most)
        most = largest(-load(work.dz, row) / load(work.z, row), most)
    most = cone_ratio(work.s, work.ds, structure.nonnegative, most)
    return cone_ratio(work.z, work.dz, structure.nonnegative, most)


@compiled
def _aim(structure: Structure, work: Workspace, centre: Lanes, corrected: bool) -> None:
    """Set ``target`` of the affine direction, or of the corrected one towards the centre."""
    plain = structure.nonnegative
    if not corrected:
        for row in range(work.z.shape[0]):
            store(work.target, row, -load(work.z, row))
        return
    for row in range(plain):
        product = centre - load(work.ds, row) * load(work.dz, row)
        store(work.target, row, product / load(work.s, row) - load(work.z, row))
    correct_cones(work.scales, plain, work.ds, work.dz, centre, work.target)


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
    plain, columns = structure.nonnegative, structure.linear.size
    for row in range(work.weights.shape[0]):
        store(work.weights, row, splat(1.0))
    for row in range(plain, work.weights.shape[0]):
        entry = (row - plain) % WEIGHTS
        store(work.weights, row, splat(1.0 if entry in (0, 3, 5, 6, 8) else 0.0))
    _factor(structure, work, limits)
    multiply(structure.cone_transposed, work.b, work.gx)
    for row in range(columns):
        store(work.gx, row, load(work.gx, row) - structure.linear[row])
    for row in range(work.e.shape[0]):
        store(work.gy, row, load(work.e, row))
    _solve_system(structure, work)
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
def solve_lanes(structure: Structure, work: Workspace, limits: Limits) -> int:
    """Solve the eight programs at the right-hand sides ``e`` and ``b``; return the steps taken.

    The best points met are then in ``best_x``, ``best_y`` and ``best_z``; ``info`` holds, lane by lane: steps,
    feasibility, stationarity and gap.
    """
    _start(structure, work, limits)
    degree = structure.nonnegative + (work.b.shape[0] - structure.nonnegative) // 3
    scale_b = 1.0 + largest(norm(work.b), norm(work.e))
    scale_q = 1.0
    for row in range(structure.linear.size):
        scale_q = max(scale_q, 1.0 + abs(structure.linear[row]))
    running = splat(1.0)
    best, since = splat(1e300), splat(0.0)
    iteration = 0
    while True:
        square, linear, pairing = _residuals(structure, work)
        product = dot(work.s, work.z)
        mean = product / degree
        primal = largest(norm(work.ry), norm(work.rz)) / scale_b
        dual = norm(work.rx) / scale_q
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
        _scale(structure, work)
        _factor(structure, work, limits)
        _aim(structure, work, mean, False)
        _direction(structure, work, splat(1.0), mean, limits)
        length = 1.0 / largest(_longest(structure, work), splat(1.0))
        after = splat(0.0)
        for row in range(work.s.shape[0]):
            there = fused(length, load(work.ds, row), load(work.s, row))
            after = fused(there, fused(length, load(work.dz, row), load(work.z, row)), after)
        ratio = largest(after / product, splat(0.0))
        sigma = ratio * ratio * ratio
        sigma = choose(sigma - 1.0, splat(1.0), sigma)
        _aim(structure, work, sigma * mean, True)
        _direction(structure, work, 1.0 - sigma, mean, limits)
        longest = _longest(structure, work)
        length = choose(longest - 0.99, 0.99 / longest, splat(1.0))
        _move(work, choose(running, length, splat(0.0)))
        iteration += 1
