"""The core of one coalition: an allocation that no group would leave (Def. V.1), or a proof of none."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from itertools import islice
from typing import Literal, TypeAlias

from lempart.errors import UsageError
from lempart.game.bounds import Bounds
from lempart.game.core.certificates import by_payer, no_core
from lempart.game.core.linear_program import CoreRows, core_optimum, core_value, least_core
from lempart.game.core.question import CoreQuestion
from lempart.game.core.row_generation import Progress, StopRule, checked
from lempart.game.verdict import CoreVerdict, LeastCore
from lempart.partition import Family, members

Players: TypeAlias = Literal["prosumers", "edges"]
Method: TypeAlias = Literal["auto", "enumeration", "row generation"]

DEFAULT_TOLERANCE = 1e-6
MAX_ENUMERATED = 63
"""Up to so many sub-coalitions (those of six players) are all priced, and the least core is computed."""


def core_verdict(
    worth: Callable[[int], float],
    coalition: int,
    family: Family,
    *,
    players: Players = "prosumers",
    tolerance: float = DEFAULT_TOLERANCE,
    turnover: float | None = None,
    bounds: Bounds | None = None,
    method: Method = "auto",
    stop: StopRule | None = None,
    more: float = math.inf,
    likely: tuple[int, ...] = (),
    progress: Progress | None = None,
) -> CoreVerdict:
    """Return whether the core of ``coalition`` is empty, with an allocation or a proof that there is none.

    Solves ``Y = max Σ γ`` subject to ``Σ_{F'} γ ≤ φ̂(F')`` for every sub-coalition ``F'``, the coalition
    itself included (the LP of Algorithm 1, line 10). The core is non-empty iff ``Y = φ(F; P)``.

    Parameters
    ----------
    worth
        ``φ̂``: what a sub-coalition expects to pay on its own; for the coalition itself ``φ(F; P)``. ``inf``
        where leaving is no threat. Called at most once per sub-coalition, first for the coalition itself.
    coalition
        ``F`` as a player mask.
    family
        Says which sub-coalitions there are.
    players
        Who shares the cost: ``"prosumers"`` (the family's players) or, for Def. V.1 read literally,
        ``"edges"`` of the coalition's subgraph.
    tolerance
        On ``φ − Y``, as a share of ``turnover``.
    turnover
        What the coalition's players turn over, in currency; None: ``max(1, |φ|)``.
    bounds
        Lower bounds on costs, asked for first after the coalition itself, then after each sub-coalition that was
        priced: per part of the cost an allocation ``y``, shape ``(family.player_count,)``, with ``Σ_{F'} y`` no more
        than that part of ``φ̂(F')`` for every sub-coalition ``F'``. Always the same parts, which add up to ``φ̂`` at
        most; None where nothing is known.
    method
        ``"enumeration"`` prices every sub-coalition. ``"row generation"`` prices those that verdict, ``Y`` and, if
        the core is empty, the least core depend on; all of them for a coalition that is stable without ``bounds``.
        ``"auto"`` prices up to `MAX_ENUMERATED` sub-coalitions in any case, and generates rows where there are more.
    stop
        Asked before each sub-coalition is priced; a reason ends it, and so does an interruption where a rule is given.
        What is proven by then is in the verdict's ``gap``, and ``stable`` is None where that leaves both possible.
    more
        How many sub-coalitions may still be priced once the core is proven empty, for the exact ``Y`` and least core;
        where that isn't enough, the ``gap`` says what is known.
    likely
        Masks that may well object: what of them is in the coalition is priced first, where there are no bounds to say
        better. Balanced collections of similar coalitions are good ones.
    progress
        Told how many sub-coalitions were priced, of how many at most.

    Raises
    ------
    UsageError
        ``coalition`` isn't an admissible coalition of the family, there are bounds for ``players="edges"``, or a stop
        rule for ``method="enumeration"``.
    ValueError
        A worth is NaN or ``-inf``.
    SolverError
        The LP solver gave no answer that meets its tolerances.
    """
    payers = _payers_of(family, players)
    question = CoreQuestion(worth, coalition, family, payers, bounds, tolerance, turnover, stop, progress, more, likely)
    if _generates_rows(question, players, method):
        small = method == "auto" and not _is_large(family, coalition)
        return (replace(question, bounds=None, at_once=True) if small else question).verdict()
    rows = priced_rows(worth, coalition, family, players, turnover=turnover)
    if rows is None:
        return CoreVerdict(coalition, math.inf, None, stable=False)
    best, (epsilon, allocation) = core_optimum(rows), least_core(rows)
    slack, priced = tolerance * rows.unit, len(list(family.subcoalitions(coalition))) - 1
    if best.value >= rows.cost - slack:
        least = LeastCore(epsilon, by_payer(rows, allocation))
        return CoreVerdict(coalition, rows.cost, best.value, stable=True, least_core=least, priced=priced, slack=slack)
    return no_core((best, rows), (epsilon, allocation, rows), slack=slack, method="enumeration", priced=priced)


def has_core(
    worth: Callable[[int], float],
    coalition: int,
    family: Family,
    *,
    players: Players = "prosumers",
    tolerance: float = DEFAULT_TOLERANCE,
    turnover: float | None = None,
    bounds: Bounds | None = None,
    method: Method = "row generation",
) -> bool:
    """Return whether the core of ``coalition`` isn't empty: the verdict alone, with no more work than it needs.

    Parameters and errors as for :func:`core_verdict`. A coalition that isn't viable has no core. Without bounds an
    empty core is often known long before every sub-coalition is priced: single players are asked first, and those
    who leave one player behind.
    """
    question = CoreQuestion(worth, coalition, family, _payers_of(family, players), bounds, tolerance, turnover)
    if _generates_rows(question, players, method):
        return question.has_core()
    rows = priced_rows(worth, coalition, family, players, turnover=turnover)
    return rows is not None and core_value(rows)[0] >= rows.cost - tolerance * rows.unit


def priced_rows(
    worth: Callable[[int], float],
    coalition: int,
    family: Family,
    players: Players = "prosumers",
    *,
    turnover: float | None = None,
) -> CoreRows | None:
    """Return a row for every sub-coalition that can leave, or None if the coalition itself isn't viable.

    Parameters and errors as for :func:`core_verdict`. A sub-coalition whose worth is ``inf`` is no threat and has no
    row.
    """
    if not family.admissible(coalition):
        raise UsageError(f"players {members(coalition)} aren't an admissible coalition")
    cost = checked(worth(coalition), coalition)
    if cost == math.inf:  # before anything else is priced
        return None
    prices = ((mask, checked(worth(mask), mask)) for mask in family.subcoalitions(coalition) if mask != coalition)
    threats = {mask: price for mask, price in prices if price != math.inf}
    return CoreRows.of(threats | {coalition: cost}, _payers_of(family, players), turnover)


def _payers_of(family: Family, players: Players) -> Callable[[int], tuple[int, ...]]:
    return (lambda mask: members(family.edge_mask(mask))) if players == "edges" else members


def _generates_rows(question: CoreQuestion, players: Players, method: Method) -> bool:
    """Return whether rows are generated, having refused what can't be."""
    coalition, family = question.coalition, question.family
    if not family.admissible(coalition):
        raise UsageError(f"players {members(coalition)} aren't an admissible coalition")
    if players == "edges" and question.bounds is not None:
        raise UsageError("bounds on costs add up over prosumers; a core over edges can't use them")
    if method == "enumeration" and question.stop is not None:
        raise UsageError(
            "what prices every sub-coalition can't be stopped; leave the method to choose, or the stop rule"
        )
    if method != "auto" or question.stop is not None:
        return method != "enumeration"
    return _is_large(family, coalition)


def _is_large(family: Family, coalition: int) -> bool:
    """Return whether there are too many sub-coalitions to price them all."""
    return any(True for _ in islice(family.subcoalitions(coalition), MAX_ENUMERATED, None))
