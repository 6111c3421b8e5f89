"""Mixed-integer linear programs by HiGHS: an integer point, and a bound that no other one beats."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lempart.arguments import Amount, checks_arguments
from lempart.conic.highs import FEASIBILITY, highs_solver
from lempart.conic.linear import LinearProgram, highs_model
from lempart.errors import SolverError
from lempart.typing import BoolArray, FloatArray

_GAP = 1e-9  # absolute; programs are scaled to numbers of order one


@dataclass(frozen=True, slots=True, eq=False)
class IntegerSolution:
    """The best integer point found.

    Attributes
    ----------
    x
        Shape ``(variables,)``; integer variables are whole numbers. None where time ran out before one was found.
    bound
        No integer point costs less than this.
    """

    x: FloatArray | None
    bound: float


@checks_arguments
def solve_mixed_integer(
    program: LinearProgram, integer: BoolArray, *, seconds: Amount = np.inf
) -> IntegerSolution | None:
    """Return the cheapest point at which the ``integer`` variables are whole; None if there is no such point.

    After so many ``seconds`` it is the cheapest found by then.

    Parameters
    ----------
    program
        The program, variables and their bounds in any unit.
    integer
        Shape ``(variables,)``: which variables are whole numbers.
    seconds
        How long the solver may take, in s; then the best solution found is returned with its bound.

    Raises
    ------
    SolverError
        HiGHS ended without an answer, or the program holds what is no number.
    """
    import highspy

    unusable = program.no_numbers()
    if unusable is not None:
        raise SolverError(f"a mixed-integer program: {unusable}")
    solver = highs_solver(
        highspy, mip_feasibility_tolerance=FEASIBILITY, mip_rel_gap=0.0, mip_abs_gap=_GAP, time_limit=seconds
    )
    model = highs_model(program, highspy)
    kinds = (highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger)
    model.integrality_ = [kinds[int(whole)] for whole in integer]
    if solver.passModel(model) == highspy.HighsStatus.kError:
        raise SolverError("HiGHS refused a mixed-integer program")
    solver.run()
    status = solver.getModelStatus()
    if status == highspy.HighsModelStatus.kInfeasible:
        return None
    late = status == highspy.HighsModelStatus.kTimeLimit
    if status != highspy.HighsModelStatus.kOptimal and not late:
        raise SolverError(f"a mixed-integer program: HiGHS: {solver.modelStatusToString(status)}")
    bound = float(solver.getInfo().mip_dual_bound)
    if late and not solver.getSolution().value_valid:
        return IntegerSolution(None, bound)
    x = np.array(solver.getSolution().col_value, dtype=float)
    x[integer] = np.round(x[integer])
    return IntegerSolution(x, bound)
