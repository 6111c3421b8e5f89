"""The core of one coalition: an allocation that no group would leave (Def. V.1), or a proof of none."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lempart.arguments import Positive, checks_arguments
from lempart.game.ahead import Ahead
from lempart.game.bounds import Bounds
from lempart.game.core.linear_program import CoreRows
from lempart.game.core.options import CoreOptions, Players, with_keywords
from lempart.game.core.question import CoreQuestion
from lempart.game.verdict import CoreVerdict
from lempart.partition import CoalitionLike, Family


@checks_arguments
def core_verdict(
    worth: Callable[[int], float],
    coalition: CoalitionLike,
    family: Family,
    options: CoreOptions | None = None,
    *,
    turnover: Positive | None = None,
    bounds: Bounds | None = None,
    **old_keywords: Any,
) -> CoreVerdict:
    """Return whether the core of ``coalition`` is empty, with an allocation or a proof that there is none.

    Solves ``Y = max Σ γ`` subject to ``Σ_{F'} γ ≤ φ̂(F')`` for every sub-coalition ``F'``, the coalition
    itself included (the LP of Algorithm 1, line 10). The core is non-empty iff ``Y = φ(F; P)``.

    Parameters
    ----------
    worth
        ``φ̂``, in currency: what a sub-coalition (a mask of players) expects to pay on its own; for the coalition
        itself ``φ(F; P)``. ``inf`` where leaving is no threat. Called at most once per sub-coalition, first for the
        coalition itself.
    coalition
        ``F``: a mask, bit ``i`` for player ``i``; or by the family's names, ``"P1,P2"`` or a list.
    family
        Says which sub-coalitions there are.
    options
        How to decide, how long, and whom to tell; None: the defaults.
    turnover
        What the coalition's players turn over, in currency, ``> 0``: what the tolerance is a share of. None:
        ``max(1, |φ|)``.
    bounds
        Lower bounds on costs, asked for first after the coalition itself, then after each sub-coalition that was
        priced: per part of the cost an allocation ``y``, shape ``(family.player_count,)``, in currency, with
        ``Σ_{F'} y`` no more than that part of ``φ̂(F')`` for every sub-coalition ``F'``. Always the same parts, which
        add up to ``φ̂`` at most. None where nothing is known.
    **old_keywords
        Options by name, as before there was a record of them; they warn.

    Raises
    ------
    UsageError
        ``coalition`` isn't an admissible coalition of the family, or there are bounds for ``players="edges"``.
    ValueError
        A worth is NaN or ``-inf``.
    SolverError
        The LP solver gave no answer that meets its tolerances.

    Examples
    --------
    >>> from lempart.game import TableGame, core_verdict
    >>> from lempart.partition import CoalitionLike, Family
    >>> from lempart.tree import Tree
    >>> import numpy as np
    >>> family = Family.singletons(Tree(np.array([-1, 0, 0, 0]), np.array([1, 2, 3])))
    >>> game = TableGame({1: 6.0, 2: 6.0, 4: 6.0, 3: 6.0, 5: 6.0, 6: 6.0, 7: 12.0})
    >>> found = core_verdict(game.cost, 0b111, family)
    >>> found.stable, round(found.core_value, 3)
    (False, 9.0)
    """
    chosen = with_keywords(options, old_keywords)
    return CoreQuestion(worth, family.coalition_of(coalition), family, chosen, turnover, bounds).verdict()


@checks_arguments
def has_core(
    worth: Callable[[int], float],
    coalition: CoalitionLike,
    family: Family,
    options: CoreOptions | None = None,
    *,
    turnover: Positive | None = None,
    bounds: Bounds | None = None,
    **old_keywords: Any,
) -> bool:
    """Return whether the core of ``coalition`` isn't empty: the verdict alone, with no more work than it needs.

    Parameters and errors as for :func:`core_verdict`, but rows are generated unless ``method="enumeration"``. A
    coalition that isn't viable has no core. Without bounds an empty core is often known long before every
    sub-coalition is priced: single players are asked first, and those who leave one player behind.

    Parameters
    ----------
    worth
        ``φ̂``, in currency: what a sub-coalition, a mask of players, expects to pay on its own.
    coalition
        ``F``: a mask, bit ``i`` for player ``i``; or by the family's names, ``"P1,P2"`` or a list.
    family
        Says which sub-coalitions there are.
    options
        How to go about it; None: the defaults.
    turnover
        What the coalition's players turn over, in currency, > 0: what the tolerance is a share of.
    bounds
        Lower bounds on the sub-coalitions' costs; None: they are all priced.
    **old_keywords
        Options by name, as before there was a record of them; they warn.
    """
    chosen = with_keywords(options, old_keywords)
    return CoreQuestion(worth, family.coalition_of(coalition), family, chosen, turnover, bounds).has_core()


@checks_arguments
def priced_rows(
    worth: Callable[[int], float],
    coalition: CoalitionLike,
    family: Family,
    players: Players = "prosumers",
    *,
    turnover: Positive | None = None,
    ahead: Ahead[int] | None = None,
) -> CoreRows | None:
    """Return a row for every sub-coalition that can leave, or None if the coalition itself isn't viable.

    Parameters and errors as for :func:`core_verdict`. A sub-coalition whose worth is ``inf`` is no threat and has no
    row.

    Parameters
    ----------
    worth
        ``φ̂``, in currency: what a sub-coalition, a mask of players, expects to pay on its own.
    coalition
        ``F``: a mask, bit ``i`` for player ``i``; or by the family's names, ``"P1,P2"`` or a list.
    family
        Says which sub-coalitions there are.
    players
        Who shares the cost: ``"prosumers"`` or ``"edges"``.
    turnover
        What the coalition's players turn over, in currency, > 0: the rows' unit.
    ahead
        Told which sub-coalitions are priced next; None: nobody is.
    """
    options = CoreOptions(players=players)
    return CoreQuestion(
        worth, family.coalition_of(coalition), family, options, turnover, ahead=ahead or Ahead()
    ).priced_rows()
