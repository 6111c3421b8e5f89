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
def find_direction(
    structure: Structure, work: Workspace, share: Lanes, stationarity: Lanes, feasibility: Lanes, passes: int
) -> None:
    """Set ``dx, dy, ds, dz`` to the step that takes off ``share`` of the residuals, towards ``target``.

    ``dz + W^-2 ds = target``. The error of regularisation and rounding is taken back until it is below what is wanted
    of stationarity and feasibility, or no longer falls; at most ``passes`` times.
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
    _refine(structure, work, share, stationarity, feasibility, passes)
    for row in range(work.dz.shape[0]):
        store(work.dz, row, load(work.dz, row) + load(work.target, row))
        store(work.ds, row, -load(work.ds, row) - load(work.ax, row))


@compiled
def _refine(
    structure: Structure, work: Workspace, share: Lanes, stationarity: Lanes, feasibility: Lanes, passes: int
) -> None:
    """Correct ``dx``, ``dy``, ``ax`` and ``dz`` by the error with which they solve the system.

    ``dz`` is ``W^-2 ax``, added up correction by correction: at large weights the rounding of ``ax`` alone would be
    an error of stationarity that no correction takes back.
    """
    wanted, before = splat(1.0), splat(1e300)
    for _ in range(passes):
        multiply(structure.quadratic, work.dx, work.gx)
        multiply_add(structure.equality_transposed, work.dy, work.gx)
        multiply_add(structure.cone_transposed, work.dz, work.gx)
        for row in range(work.dx.shape[0]):
            store(work.gx, row, load(work.hx, row) - load(work.gx, row))
        multiply(structure.equality, work.dx, work.gy)
        for row in range(work.dy.shape[0]):
            store(work.gy, row, -share * load(work.ry, row) - load(work.gy, row))
        error = largest(norm(work.gx) / stationarity, norm(work.gy) / feasibility)
        wanted = choose(error - 1.0, choose(0.5 * before - error, wanted, splat(0.0)), splat(0.0))
        before = error
        if not any_positive(wanted):
            return
        solve_system(structure, work)
        _add(work.gx, work.dx, wanted)
        _add(work.gy, work.dy, wanted)
        multiply(structure.cone, work.gx, work.ax)
        _weigh(structure, work, work.ax, work.az)
        _add(work.az, work.dz, wanted)
        multiply(structure.cone, work.dx, work.ax)


@compiled
def _add(change: FloatArray, vector: FloatArray, wanted: Lanes) -> None:
    """Add a change to a vector in the lanes in which ``wanted`` is positive."""
    for row in range(vector.shape[0]):
        before = load(vector, row)
        store(vector, row, choose(wanted, before + load(change, row), before))


@compiled
def inverse_step(structure: Structure, work: Workspace) -> Lanes:
    """Return the inverse of the longest step that stays in the cones."""
    most = splat(1e-12)
    for row in range(structure.nonnegative):
        most = largest(-load(work.ds, row) / load(work.s, row), most)
        most = largest(-load(work.dz, row) / load(work.z, row), most)
    most = cone_ratio(work.s, work.ds, structure.nonnegative, most)
    return cone_ratio(work.z, work.dz, structure.nonnegative, most)
