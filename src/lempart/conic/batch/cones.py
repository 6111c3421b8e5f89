"""Compiled operations on second-order cones ``u0 >= |(u1, u2)|``, cone by cone, all lanes at once.

Each cone has the Nesterov-Todd scaling ``W = eta (2 w w' - J)^(1/2)`` with ``W z = W^-1 s = lambda``. It stretches
``(1, u)`` by ``eta g``, ``(1, -u)`` by ``eta / g`` and what is across by ``eta``, with ``w = (w0, |w| u)`` and
``g = w0 + |w|``. Kept of it are the six different entries of ``W^-2``, which the linear system needs, and ``u``,
``eta``, ``g`` and ``lambda``.

Near the boundary ``g`` is huge. Stretched part by part, what is rounded off in one doesn't reach the others: a dual
keeps its distance from the boundary, which is far smaller than itself.
"""

from __future__ import annotations

from typing import NamedTuple

from lempart.conic.batch.lanes import Lanes, at, choose, compiled, fused, largest, load, root, splat, store
from lempart.typing import FloatArray, IntArray

TINY = 1e-300


class Heads(NamedTuple):
    """Cones whose head is ``value`` times a variable that occurs nowhere else but in the linear cost."""

    cone: IntArray
    column: IntArray
    value: FloatArray


WEIGHTS = 9
"""Per cone: entries 00, 01, 02, 11, 12, 22 of ``W^-2``, and 11, 12, 22 of what it leaves without its head.

That is ``W^-2`` after elimination of a head that nothing else needs, and well conditioned however close the point is to
the boundary, which the difference of the entries of ``W^-2`` is not.
"""
SCALES = 7
"""``u``, ``eta``, ``g`` and ``lambda`` per cone."""


@compiled
def tail(a: FloatArray, row: int) -> Lanes:
    """Return ``|(a1, a2)|`` of the cone that begins at a row."""
    first, second = load(a, row + 1), load(a, row + 2)
    return root(fused(first, first, second * second))


@compiled
def depth(a: FloatArray, row: int) -> Lanes:
    """Return ``sqrt(a0^2 - a1^2 - a2^2)``, as a product that keeps its digits near the boundary."""
    length, head = tail(a, row), load(a, row)
    return root(largest((head - length) * (head + length), splat(TINY)))


@compiled
def scale_cones(s: FloatArray, z: FloatArray, first: int, weights: FloatArray, begin: int, scales: FloatArray) -> None:
    """Set weights, from row ``begin``, and scales of the cones whose slacks begin row row ``first``."""
    for cone in range((s.shape[0] - first) // 3):
        row, weight, scale = first + 3 * cone, begin + WEIGHTS * cone, SCALES * cone
        deep_s, deep_z = depth(s, row), depth(z, row)
        by_s, by_z = 1.0 / deep_s, 1.0 / deep_z
        s0, s1, s2 = load(s, row) * by_s, load(s, row + 1) * by_s, load(s, row + 2) * by_s
        z0, z1, z2 = load(z, row) * by_z, load(z, row + 1) * by_z, load(z, row + 2) * by_z
        half = 0.5 / root(0.5 + 0.5 * (s0 * z0 + s1 * z1 + s2 * z2))
        w0, w1, w2 = half * (s0 + z0), half * (s1 - z1), half * (s2 - z2)
        w0 = root(1.0 + w1 * w1 + w2 * w2)
        eta = root(deep_s * by_z)
        factor = deep_z * by_s
        store(weights, weight, factor * (1.0 + 2.0 * (w1 * w1 + w2 * w2)))
        store(weights, weight + 1, -2.0 * factor * w0 * w1)
        store(weights, weight + 2, -2.0 * factor * w0 * w2)
        store(weights, weight + 3, factor * (1.0 + 2.0 * w1 * w1))
        store(weights, weight + 4, 2.0 * factor * w1 * w2)
        store(weights, weight + 5, factor * (1.0 + 2.0 * w2 * w2))
        left = factor / (1.0 + 2.0 * (w1 * w1 + w2 * w2))
        store(weights, weight + 6, left * (1.0 + 2.0 * w2 * w2))
        store(weights, weight + 7, -2.0 * left * w1 * w2)
        store(weights, weight + 8, left * (1.0 + 2.0 * w1 * w1))
        length = root(w1 * w1 + w2 * w2)
        turned = length - TINY  # a cone whose point is on its axis is stretched alike in all directions
        u1, u2 = choose(turned, w1 / length, splat(1.0)), choose(turned, w2 / length, splat(0.0))
        g = w0 + length
        z0, z1, z2 = load(z, row), load(z, row + 1), load(z, row + 2)
        l0, l1, l2 = stretched(z0, z1, z2, u1, u2, eta * g, eta / g, eta)
        for place, value in ((0, u1), (1, u2), (2, eta), (3, g), (4, l0), (5, l1), (6, l2)):
            store(scales, scale + place, value)


@compiled
def stretched(
    a0: Lanes, a1: Lanes, a2: Lanes, u1: Lanes, u2: Lanes, along: Lanes, against: Lanes, across: Lanes
) -> tuple[Lanes, Lanes, Lanes]:
    """Return ``a`` with its parts along ``(1, u)``, along ``(1, -u)`` and across stretched."""
    outward, side = u1 * a1 + u2 * a2, across * (u1 * a2 - u2 * a1)
    one, other = 0.5 * along * (a0 + outward), 0.5 * against * (a0 - outward)
    outward = one - other
    return one + other, u1 * outward - u2 * side, u2 * outward + u1 * side


@compiled
def weigh_cones(scales: FloatArray, first: int, a: FloatArray, out: FloatArray) -> None:
    """Set the cones' rows of ``out`` to ``W^-2 a``."""
    for cone in range((a.shape[0] - first) // 3):
        row, scale = first + 3 * cone, SCALES * cone
        across = 1.0 / (load(scales, scale + 2) * load(scales, scale + 2))
        square = load(scales, scale + 3) * load(scales, scale + 3)
        u1, u2 = load(scales, scale), load(scales, scale + 1)
        a0, a1, a2 = load(a, row), load(a, row + 1), load(a, row + 2)
        a0, a1, a2 = stretched(a0, a1, a2, u1, u2, across / square, across * square, across)
        store(out, row, a0)
        store(out, row + 1, a1)
        store(out, row + 2, a2)


@compiled
def eliminate_heads(heads: Heads, weights: FloatArray, begin: int, g: FloatArray, tails: FloatArray) -> None:
    """Take the heads' equations out of a right-hand side ``g``: set them to ``g / M00``, the tails to what that moves.

    In the units of the cones' slacks, ``M = W^-2``.
    """
    for place in range(heads.cone.size):
        weight = begin + WEIGHTS * at(heads.cone, place)
        column, value = at(heads.column, place), at(heads.value, place)
        moved = load(g, column) / (value * load(weights, weight))
        store(g, column, moved)
        store(tails, 2 * place, -moved * load(weights, weight + 1))
        store(tails, 2 * place + 1, -moved * load(weights, weight + 2))


@compiled
def restore_heads(heads: Heads, weights: FloatArray, begin: int, g: FloatArray, tails: FloatArray) -> None:
    """Set the heads of a solution ``g``, whose tails move by ``tails``."""
    for place in range(heads.cone.size):
        weight = begin + WEIGHTS * at(heads.cone, place)
        column, value = at(heads.column, place), at(heads.value, place)
        one, two = load(tails, 2 * place), load(tails, 2 * place + 1)
        pulled = load(weights, weight + 1) * one + load(weights, weight + 2) * two
        store(g, column, (load(g, column) - pulled / load(weights, weight)) / value)


@compiled
def cone_ratio(a: FloatArray, change: FloatArray, first: int, most: Lanes) -> Lanes:
    """Return the largest ``r`` row which ``a + change / r`` leaves a cone, row least ``most``."""
    for cone in range((a.shape[0] - first) // 3):
        row = first + 3 * cone
        by = 1.0 / depth(a, row)
        a0, a1, a2 = load(a, row) * by, load(a, row + 1) * by, load(a, row + 2) * by
        d0, d1, d2 = load(change, row), load(change, row + 1), load(change, row + 2)
        inner = a0 * d0 - a1 * d1 - a2 * d2
        share = (inner + d0) / (a0 + 1.0)
        r1, r2 = (d1 - share * a1) * by, (d2 - share * a2) * by
        most = largest(root(r1 * r1 + r2 * r2) - inner * by, most)
    return most


@compiled
def correct_cones(
    scales: FloatArray, first: int, ds: FloatArray, dz: FloatArray, centre: Lanes, out: FloatArray
) -> None:
    """Set the cones' rows of ``out`` to ``W^-1 lambda^-1 (centre e - lambda^2 - (W^-1 ds)(W dz))``."""
    for cone in range((ds.shape[0] - first) // 3):
        row, scale = first + 3 * cone, SCALES * cone
        u1, u2, eta, g = (
            load(scales, scale), load(scales, scale + 1), load(scales, scale + 2), load(scales, scale + 3)
        )  # fmt: skip
        by_eta = 1.0 / eta
        l0, l1, l2 = load(scales, scale + 4), load(scales, scale + 5), load(scales, scale + 6)
        d0, d1, d2 = load(ds, row), load(ds, row + 1), load(ds, row + 2)
        a0, a1, a2 = stretched(d0, d1, d2, u1, u2, by_eta / g, by_eta * g, by_eta)
        d0, d1, d2 = load(dz, row), load(dz, row + 1), load(dz, row + 2)
        b0, b1, b2 = stretched(d0, d1, d2, u1, u2, eta * g, eta / g, eta)
        p0 = centre - (l0 * l0 + l1 * l1 + l2 * l2) - (a0 * b0 + a1 * b1 + a2 * b2)
        p1 = -2.0 * l0 * l1 - (a0 * b1 + b0 * a1)
        p2 = -2.0 * l0 * l2 - (a0 * b2 + b0 * a2)
        length = root(l1 * l1 + l2 * l2)
        square = largest((l0 - length) * (l0 + length), splat(TINY))
        q0 = (l0 * p0 - l1 * p1 - l2 * p2) / square
        q1, q2 = (p1 - q0 * l1) / l0, (p2 - q0 * l2) / l0
        q0, q1, q2 = stretched(q0, q1, q2, u1, u2, by_eta / g, by_eta * g, by_eta)
        store(out, row, q0)
        store(out, row + 1, q1)
        store(out, row + 2, q2)
