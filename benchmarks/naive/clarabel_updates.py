"""Clarabel itself, set up once for a problem and handed new right-hand sides: the most a library does by itself.

The program is lempart's own with all network limits written down; solver settings are Clarabel's defaults.
"""

from __future__ import annotations

import clarabel
import numpy as np
import scipy.sparse as sp

from lempart.dispatch import DispatchProblem
from lempart.dispatch.exante import build_ex_ante
from lempart.dispatch.forecast_map import ForecastMap


class ClarabelUpdates:
    """One structure, many forecasts, one after another."""

    def __init__(self, problem: DispatchProblem) -> None:
        self.map = ForecastMap(build_ex_ante(problem))
        program, cones = self.map.model.program, self.map.model.program.cones
        columns, rows = sp.diags_array(program.column_scale), sp.diags_array(1.0 / program.row_scale)
        quadratic = sp.csc_matrix(sp.triu(columns @ program.quadratic @ columns / program.cost_scale, format="csc"))
        linear = program.linear * program.column_scale / program.cost_scale
        matrix = sp.csc_matrix(rows @ program.matrix @ columns)
        matrix.eliminate_zeros()
        shape = [clarabel.ZeroConeT(cones.zero), clarabel.NonnegativeConeT(cones.nonnegative)]
        shape += [clarabel.SecondOrderConeT(3)] * cones.second_order
        options = clarabel.DefaultSettings()
        options.verbose, options.max_threads, options.presolve_enable = False, 1, False
        self.solver = clarabel.DefaultSolver(quadratic, linear, matrix, program.rhs / program.row_scale, shape, options)
        assert self.solver.is_data_update_allowed()

    def solve_many(self, forecasts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return ``u`` and its cost by prosumer at forecasts of shape ``(draws, prosumers, steps)``."""
        program, found = self.map.model.program, self.map.at(forecasts)
        points = []
        for rhs in found.rhs.T:
            self.solver.update(b=rhs / program.row_scale)
            answer = self.solver.solve()
            assert str(answer.status) == "Solved", answer.status
            points.append(np.array(answer.x) * program.column_scale)
        x = np.array(points).T
        return self.map.injections(x, found.parameters), self.map.flexibility_costs(x, found.parameters)
