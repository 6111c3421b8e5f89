"""Numbers that no solver can compute with are found before one is asked.

HiGHS never returns from some programs with NaN in them and calls others infeasible, which would pass for an answer.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from lempart.conic.program import ConicProgram
from lempart.typing import FloatArray


def no_numbers(program: ConicProgram) -> str | None:
    """Return which data of a program hold NaN or infinity, in words; None where all are numbers."""
    return not_finite(
        ("the quadratic cost", program.quadratic.data),
        ("the linear cost", program.linear),
        ("the constant cost", np.array([program.constant])),
        ("the constraints' coefficients", program.matrix.data),
        ("the constraints' right-hand sides", program.rhs),
        ("the scales", np.concatenate([program.column_scale, program.row_scale, [program.cost_scale]])),
    )


def not_finite(*parts: tuple[str, FloatArray], bounds: Iterable[tuple[str, FloatArray, float]] = ()) -> str | None:
    """Return which parts hold NaN or infinity, in words; None where none does.

    Parameters
    ----------
    bounds
        Parts that may be infinite, each with its one sign that means "no bound".
    """
    wrong = [(name, values[~np.isfinite(values)]) for name, values in parts]
    wrong += [(name, values[~np.isfinite(values) & (values != none)]) for name, values, none in bounds]
    found = [f"{name} ({values[0]})" for name, values in wrong if len(values)]
    return f"not a finite number in {', '.join(found)}" if found else None
