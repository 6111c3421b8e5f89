"""What a caller may ask of a solver."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from lempart.arguments import Amount, Many, Positive, check_fields

LANES = 8
"""How many programs of a batch are solved at once, one in each lane of a vector."""


@dataclass(frozen=True, slots=True)
class SolverSettings:
    """Tolerances and choice of the solver.

    Attributes
    ----------
    tolerance
        What is asked of feasibility and gap, in the scaled program. Tight, because a tie-break is worth some 1e-7 of
        the cost and has to be resolved; it takes an iteration or two, and a solver that can't reach it stops there.
    accepted
        The largest KKT residual of an answer that is still called solved.
    solver
        ``"auto"`` takes PIQP for quadratic programs and Clarabel for cones, and Clarabel where PIQP fails.
    """

    tolerance: Positive = 1e-12
    accepted: Amount = 1e-6
    solver: Literal["auto", "clarabel", "piqp"] = "auto"
    iterations: Many = 200

    def __post_init__(self) -> None:
        check_fields(self)
