"""How the core of a coalition is asked for."""

from __future__ import annotations

import math
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Literal, TypeAlias

from lempart.arguments import Amount, Share, check_fields
from lempart.errors import UsageError
from lempart.game.stopping import Progress
from lempart.stop_rule import StopRule

Players: TypeAlias = Literal["prosumers", "edges"]
Method: TypeAlias = Literal["auto", "enumeration", "row generation"]

DEFAULT_TOLERANCE = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class CoreOptions:
    """How the core of a coalition is asked for.

    Attributes
    ----------
    players
        Who shares the cost: ``"prosumers"`` (the family's players) or, for Def. V.1 read literally, ``"edges"`` of the
        coalition's subgraph.
    tolerance
        How far ``Y`` may lie below the cost ``φ(F; P)`` and still count as equal: a share of what the coalition's
        players turn over, or of ``max(1, |φ|)`` where that isn't known.
    method
        ``"enumeration"`` prices every sub-coalition. ``"row generation"`` prices those that the verdict, ``Y`` and, if
        the core is empty, the least core depend on; all of them for a coalition that is stable without bounds.
        ``"auto"`` enumerates up to 63 sub-coalitions and generates rows where there are more.
    stop
        Asked before each sub-coalition is priced. Once it gives a reason, or where a rule is given and the user
        interrupts, the verdict says what is proven by then.
    extra_rows
        How many sub-coalitions may still be priced once the core is proven empty, for the exact ``Y`` and least core.
        Where that isn't enough, the verdict holds the range of ``Y`` that is proven.
    max_priced
        How many sub-coalitions are priced at most, of all coalitions of a partition together. Where that isn't enough
        the verdict says what is proven by then.
    try_first
        Player masks that are likely to object. What of each is in the coalition is priced first, where there are no
        bounds to say better. Balanced collections that proved similar cores empty are good ones.
    progress
        Told how many sub-coalitions were priced, of how many at most.

    Raises
    ------
    UsageError
        ``players`` or ``method`` is none of those above, or there is a stop rule for ``"enumeration"``.
    """

    players: Players = "prosumers"
    tolerance: Share = DEFAULT_TOLERANCE
    method: Method = "auto"
    stop: StopRule | None = None
    extra_rows: Amount = math.inf
    max_priced: Amount = math.inf
    try_first: tuple[int, ...] = ()
    progress: Progress | None = None

    def __post_init__(self) -> None:
        check_fields(self)
        if self.method == "enumeration" and self.stop is not None:
            raise UsageError(
                "what prices every sub-coalition can't be stopped; leave the method to choose, or the stop rule"
            )


_DEFAULTS = CoreOptions()
_OLD_KEYWORDS = {"more": "extra_rows", "likely": "try_first"}


def with_keywords(options: CoreOptions | None, keywords: Mapping[str, Any]) -> CoreOptions:
    """Return the options with what is given as keywords, as it was before there was a record; warns of that.

    Raises
    ------
    UsageError
        A keyword is no option.
    """
    given = options or _DEFAULTS
    if not keywords:
        return given
    named = {_OLD_KEYWORDS.get(name, name): value for name, value in keywords.items()}
    known = [field.name for field in fields(CoreOptions)]
    if unknown := [name for name in named if name not in known]:
        raise UsageError(f"no such option of a core: {', '.join(unknown)}. Options are: {', '.join(known)}")
    told = ", ".join(f"{name}=…" for name in named)
    message = f"options of a core are a record now: CoreOptions({told})"
    warnings.warn(message, DeprecationWarning, stacklevel=4)  # past the check of arguments
    return replace(given, **named)
