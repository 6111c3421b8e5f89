"""Lower bounds on what sub-coalitions cost, as a game may offer them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

from lempart.typing import FloatArray

Cuts: TypeAlias = Sequence[FloatArray]
"""Per part of the cost, an allocation ``y``, shape ``(players,)``: ``Σ_{F'} y ≤ part(F')`` for every sub-coalition."""

Bounds: TypeAlias = Callable[[int], Cuts | None]
"""The cuts that follow once the given sub-coalition is priced, sharpest near it; None where none follow."""
