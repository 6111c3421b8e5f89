"""Solve one program for many parameters."""

from __future__ import annotations

from lempart.conic.clarity import clarity
from lempart.conic.finite import no_numbers
from lempart.conic.program import ConicProgram
from lempart.conic.settings import SolverSettings
from lempart.conic.solve import Outcome, PreparedPiqp, preferred_one, run_piqp, solve, takes_piqp
from lempart.typing import FloatArray


class SolverSession:
    """A program set up once: matrices, scaling and symbolic factorisation are kept, only right-hand sides change.

    An answer depends on the parameters alone, never on what was solved before: no warm starts.
    """

    def __init__(self, program: ConicProgram, settings: SolverSettings | None = None) -> None:
        self.program = program
        self._settings = settings or SolverSettings()
        by_piqp = takes_piqp(program, self._settings) and no_numbers(program) is None
        self._piqp = PreparedPiqp.of(program, self._settings) if by_piqp else None

    def solve(self, parameters: FloatArray) -> Outcome:
        """Solve the program at ``parameters``, as :func:`lempart.conic.solve` would."""
        program = self.program.with_parameters(parameters)
        if self._piqp is not None and no_numbers(program) is None:
            self._piqp.update(program)
            outcome = run_piqp(self._piqp.solver, program, self._settings)
            if outcome.solution is not None and not (clear := clarity(outcome.solution)).vague[0]:
                return preferred_one(outcome, clear)
        return solve(program, self._settings)
