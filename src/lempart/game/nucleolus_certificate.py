"""Kohlberg's criterion: whether an allocation is the nucleolus, checked without computing one."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from lempart.arguments import Share, checks_arguments
from lempart.conic import LinearProgram, solve_linear
from lempart.errors import UsageError
from lempart.game.core.linear_program import CoreRows
from lempart.typing import FloatArray

_RANK = 1e-9  # singular values below it, relative to the largest, are zero
_IMPROVES = 1e-6  # the programs' optimum is 0 or <= -1


@dataclass(frozen=True, slots=True)
class KohlbergLevel:
    """The groups of largest gain, those of earlier levels apart, with weights that prove that none can be lowered.

    Attributes
    ----------
    gain
        The smallest of their gains, ``y(S) - φ̂(S)``.
    weights
        A weight of at least 1 for each group of this level that earlier levels don't determine. Their weighted
        members add up to a combination of the earlier groups and of everyone: what one of them gains, the others or
        an earlier group would lose.
    """

    gain: float
    weights: Mapping[int, float]


@dataclass(frozen=True, slots=True)
class KohlbergCertificate:
    """Whether an allocation is the nucleolus, with the proof either way.

    Attributes
    ----------
    holds
        Whether every level is balanced.
    unique
        Whether the levels span all players: then no other allocation is the nucleolus.
    levels
        The balanced levels, largest gain first, up to the one that decides.
    transfer
        Where it doesn't hold: payments to shift between players (they sum to 0) that lower a gain of the level
        that failed and raise none of it or above. None where it holds.
    reason
        Why it doesn't hold, in words; empty where it does.
    """

    holds: bool
    unique: bool
    levels: tuple[KohlbergLevel, ...]
    transfer: Mapping[int, float] | None = None
    reason: str = ""


@checks_arguments
def kohlberg_certificate(
    rows: CoreRows, allocation: Mapping[int, float], *, tolerance: Share = 1e-7
) -> KohlbergCertificate:
    """Return whether ``allocation`` is the nucleolus over the groups that can leave (Kohlberg 1971; Sobolev 1975).

    It is if and only if, for every level ``t``, any transfer between the players that raises no gain among the groups
    with gain ``>= t`` leaves all of them as they are. One linear program a level decides: its optimum is a transfer
    that improves, or its duals are balancing weights. Groups whose gain follows from earlier levels need no look.

    Parameters
    ----------
    rows
        The groups that can leave and what they would pay, the coalition itself last.
    allocation
        What each player pays, by index.
    tolerance
        On the sum of payments, and on which gains count as one level; relative to ``max(1, |φ|)``.

    Raises
    ------
    UsageError
        The allocation isn't over the coalition's players.
    SolverError
        A linear program gave no answer that meets its tolerances.
    """
    if set(allocation) != set(rows.payers):
        raise UsageError(f"an allocation over players {rows.payers} was expected, not over {tuple(allocation)}")
    payments = np.array([allocation[payer] for payer in rows.payers])
    gains = rows.matrix @ payments - rows.costs
    slack = tolerance * rows.unit
    if abs(gains[-1]) > slack:
        reason = f"payments sum to {payments.sum():.9g}, not to the cost {rows.cost:.9g}"
        return KohlbergCertificate(holds=False, unique=False, levels=(), reason=reason)
    levels: list[KohlbergLevel] = []
    span = _orthonormal(rows.matrix[[-1]].toarray())
    order = np.argsort(-gains[:-1], kind="stable")
    place = 0
    while place < len(order) and len(span) < len(rows.payers):
        start = place
        while place < len(order) and gains[order[place]] >= gains[order[start]] - slack:
            place += 1
        new = np.array([row for row in order[start:place] if not _spanned(rows.matrix[[row]].toarray()[0], span)])
        if not len(new):
            continue
        groups = rows.matrix[new]
        transfer, weights = _best_transfer(groups, span)
        if transfer is not None:
            shifted = dict(zip(rows.payers, transfer.tolist(), strict=True))
            reason = f"a transfer lowers gains of {gains[order[start]]:.9g} and raises none above or equal"
            return KohlbergCertificate(False, False, tuple(levels), shifted, reason)
        masks = [rows.masks[row] for row in new]
        level = KohlbergLevel(float(gains[order[place - 1]]), dict(zip(masks, weights.tolist(), strict=True)))
        levels.append(level)
        span = _orthonormal(np.vstack([span, groups.toarray()]))
    return KohlbergCertificate(True, len(span) == len(rows.payers), tuple(levels))


def _best_transfer(groups: sp.csr_array, span: FloatArray) -> tuple[FloatArray | None, FloatArray]:
    """Return a transfer that lowers some group's gain and raises none, or None; and each group's weight.

    ``min Σ_S d(S)`` subject to ``-1 <= d(S) <= 0`` for the groups and ``d`` orthogonal to the span. Where the
    optimum is 0 each ``d(S)`` is 0, and 1 plus its row's dual weighs the group.
    """
    count, players = groups.shape
    free = np.full(players, math.inf)
    solution = solve_linear(
        LinearProgram(
            cost=np.asarray(groups.sum(axis=0), dtype=float),
            matrix=sp.csr_array(sp.vstack([groups, sp.csr_array(span)], format="csr")),
            row_lower=np.concatenate([np.full(count, -1.0), np.zeros(len(span))]),
            row_upper=np.zeros(count + len(span)),
            lower=-free,
            upper=free,
        )
    ).require("Kohlberg's criterion")
    if solution.value < -_IMPROVES:
        return solution.x, np.zeros(0)
    return None, 1.0 - solution.row_dual[:count]


def _orthonormal(vectors: FloatArray) -> FloatArray:
    """Return orthonormal rows that span ``vectors``."""
    _, sizes, directions = np.linalg.svd(vectors, full_matrices=False)
    kept: FloatArray = directions[sizes > _RANK * sizes[0]]
    return kept


def _spanned(vector: FloatArray, span: FloatArray) -> bool:
    rest = vector - span.T @ (span @ vector)
    return bool(rest @ rest <= _RANK * (vector @ vector))
