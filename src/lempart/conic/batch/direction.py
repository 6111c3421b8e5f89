"""The direction of a step: the linear system, its right-hand sides, refinement, and how far the step may go."""

from __future__ import annotations

from lempart.conic.batch.cones import (
    cone_ratio,
    correct_cones,
    eliminate_heads,
    restore_heads,
    scale_cones,
    weigh_cones,
)
from lempart.conic.batch.lanes import (
    Lanes,
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
from lempart.conic.batch.workspace import Limits, Workspace
from lempart.typing import FloatArray

REFINED_AGAIN = 1e-3
"""A system is refined once more where complementarity is smaller by this factor."""


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
def set_scales(structure: Structure, work: Workspace) -> None:
    """Set the weights and scales of all cones at the point."""
    for row in range(structure.nonnegative):
        store(work.weights, row, load(work.z, row) / load(work.s, row))
    scale_cones(work.s, work.z, structure.nonnegative, work.weights, structure.nonnegative, work.scales)


@compiled
def factor_system(structure: Structure, work: Workspace, limits: Limits) -> None:
    """Factorise the system at the weights."""
    assemble(structure.contributions, structure.fixed, work.weights, work.entries)
    factorize(structure.factors, work.entries, limits.least_pivot, work.lower, work.inverse, work.row, work.filled)


@compiled
def solve_system(structure: Structure, work: Workspace) -> None:
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
def _weigh(structure: Structure, work: Workspace, a: FloatArray, out: FloatArray) -> None:
    """Set ``out`` to ``W^-2 a``."""
    for row in range(structure.nonnegative):
        store(out, row, load(work.weights, row) * load(a, row))
    weigh_cones(work.scales, structure.nonnegative, a, out)


@compiled
def set_target(structure: Structure, work: Workspace, centre: Lanes, corrected: bool) -> None:
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
def find_direction(structure: Structure, work: Workspace, share: Lanes, mean: Lanes, below: float, passes: int) -> None:
    """Set ``dx, dy, ds, dz`` to the step that takes off ``share`` of the residuals, towards ``target``.

    ``dz + W^-2 ds = target``. The smaller a lane's complementarity, the more often the error of regularisation and
    rounding is taken back, at most ``passes`` times.
    """
    for row in range(work.rz.shape[0]):
        store(work.ds, row, share * load(work.rz, row))
    _weigh(structure, work, work.ds, work.dz)
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
    solve_system(structure, work)
    for row in range(work.dx.shape[0]):
        store(work.dx, row, load(work.gx, row))
    for row in range(work.dy.shape[0]):
        store(work.dy, row, load(work.gy, row))
    multiply(structure.cone, work.dx, work.ax)
    _weigh(structure, work, work.ax, work.dz)
    for _ in range(passes):
        _refine(structure, work, share, below - mean)
        below = below * REFINED_AGAIN
    for row in range(work.dz.shape[0]):
        store(work.dz, row, load(work.dz, row) + load(work.target, row))
        store(work.ds, row, -load(work.ds, row) - load(work.ax, row))


@compiled
def _refine(structure: Structure, work: Workspace, share: Lanes, wanted: Lanes) -> None:
    """Correct ``dx``, ``dy``, ``ax`` and ``dz`` by the error with which they solve the system, in the wanted lanes.

    ``dz`` is ``W^-2 ax``, added up correction by correction: at large weights the rounding of ``ax`` alone would be
    an error of stationarity that no correction takes back.
    """
    if not any_positive(wanted):
        return
    multiply(structure.quadratic, work.dx, work.gx)
    multiply_add(structure.equality_transposed, work.dy, work.gx)
    multiply_add(structure.cone_transposed, work.dz, work.gx)
    for row in range(work.dx.shape[0]):
        store(work.gx, row, load(work.hx, row) - load(work.gx, row))
    multiply(structure.equality, work.dx, work.gy)
    for row in range(work.dy.shape[0]):
        store(work.gy, row, -share * load(work.ry, row) - load(work.gy, row))
    solve_system(structure, work)
    for row in range(work.dx.shape[0]):
        before = load(work.dx, row)
        store(work.dx, row, choose(wanted, before + load(work.gx, row), before))
    for row in range(work.dy.shape[0]):
        before = load(work.dy, row)
        store(work.dy, row, choose(wanted, before + load(work.gy, row), before))
    multiply(structure.cone, work.gx, work.ax)
    _weigh(structure, work, work.ax, work.az)
    for row in range(work.dz.shape[0]):
        before = load(work.dz, row)
        store(work.dz, row, choose(wanted, before + load(work.az, row), before))
    multiply(structure.cone, work.dx, work.ax)


@compiled
def inverse_step(structure: Structure, work: Workspace) -> Lanes:
    """Return the inverse of the longest step that stays in the cones."""
    most = splat(1e-12)
    for row in range(structure.nonnegative):
        most = largest(-load(work.ds, row) / load(work.s, row), most)
        most = largest(-load(work.dz, row) / load(work.z, row), most)
    most = cone_ratio(work.s, work.ds, structure.nonnegative, most)
    return cone_ratio(work.z, work.dz, structure.nonnegative, most)
