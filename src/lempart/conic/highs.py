"""HiGHS as this library uses it: quiet, exact, and the same answer every time."""

from __future__ import annotations

from functools import cache
from typing import Any

FEASIBILITY = 1e-9
"""Asked of HiGHS, absolute."""


def highs_solver(highs: Any, **options: float) -> Any:
    """Return a solver that is quiet, exact and gives the same answer every time; ``highs`` is its module."""
    solver = _quiet(highs)()
    same: dict[str, Any] = {"threads": 1, "random_seed": 0}
    close = {"primal_feasibility_tolerance": FEASIBILITY, "dual_feasibility_tolerance": FEASIBILITY}
    for option, setting in (same | close | options).items():
        solver.setOptionValue(option, setting)
    return solver


@cache
def _quiet(highs: Any) -> Any:
    """Return HiGHS's solver class such that its objects never write to standard output, which holds results.

    Newer ones greet there when they are made, as they enable their callbacks, before anyone can tell them not to.
    """

    class _Quiet(highs.Highs):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self._silence()

        def enableCallbacks(self) -> None:  # noqa: N802  # HiGHS's own
            self._silence()
            super().enableCallbacks()

        def _silence(self) -> None:
            self.setOptionValue("output_flag", False)

    return _Quiet
