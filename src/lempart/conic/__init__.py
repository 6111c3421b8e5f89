"""Convex programs with named blocks; solvers enter here and nowhere else."""

from lempart.conic.affine import Affine, stacked
from lempart.conic.builder import ProgramBuilder
from lempart.conic.clarity import Clarity
from lempart.conic.constraint_generation import solve_many_rows
from lempart.conic.dual_choice import ClosestDual, closest_dual
from lempart.conic.dual_face import POSITIVE, Discs, DualFace
from lempart.conic.kkt import KktResiduals, kkt_residuals
from lempart.conic.linear import LinearOutcome, LinearProgram, LinearSolution, solve_linear
from lempart.conic.mixed_integer import IntegerSolution, solve_mixed_integer
from lempart.conic.program import ConeCounts, ConicProgram, ConicSolution
from lempart.conic.session import SolverSession
from lempart.conic.settings import SolverSettings
from lempart.conic.solve import Outcome, Verdict, of_least_norm, solve

__all__ = [
    "POSITIVE",
    "Affine",
    "Clarity",
    "ClosestDual",
    "ConeCounts",
    "ConicProgram",
    "ConicSolution",
    "Discs",
    "DualFace",
    "IntegerSolution",
    "KktResiduals",
    "LinearOutcome",
    "LinearProgram",
    "LinearSolution",
    "Outcome",
    "ProgramBuilder",
    "SolverSession",
    "SolverSettings",
    "Verdict",
    "closest_dual",
    "kkt_residuals",
    "of_least_norm",
    "solve",
    "solve_linear",
    "solve_many_rows",
    "solve_mixed_integer",
    "stacked",
]
