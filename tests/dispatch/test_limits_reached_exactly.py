"""A limit that a dispatch without it reaches exactly: leaving it out changes nothing, and its price may be zero."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from lempart.conic import kkt_residuals
from lempart.cost import CostsWithExternalities, PreparedCase
from lempart.dispatch import DispatchProblem, LazyDispatcher, dispatch
from lempart.partition import Partition
from support.cases import battery, case, line, prosumer

BELOW = 1.0


def _problem(*, forecast: float, power: float) -> DispatchProblem:
    """Return a home that exports exactly what its line carries: by its forecast, or with its battery at full power."""
    given = case(
        [line("root", "b", rating=BELOW), line("b", "n1"), line("b", "n3"), line("root", "n2", rating=4.0)],
        [prosumer("P1", "n1"), prosumer("P2", "n2"), prosumer("P3", "n3", battery(power, 10.0, cost_per_mwh=5.0))],
        {"P1": [-0.5], "P2": [-3.0], "P3": [forecast]},
        price_per_mwh=50.0,
        tax_per_mwh=20.0,
    )
    costs = CostsWithExternalities(PreparedCase.of(given))
    return costs.problem(Partition.of([0b001, 0b110]))


@pytest.mark.parametrize(("forecast", "power"), [(1.5, 0.0), (1.0, 0.5)], ids=["forecast", "battery at its limit"])
def test_left_out_or_written_down(forecast: float, power: float) -> None:
    """The same dispatch and cost; and the duals of the problem without the limit are optimal with it, its own zero.

    The answer of a relaxation that keeps what was relaxed is the answer, least norm included. Its duals meet the
    conditions of optimality of the full problem when those of the limits are zero: complementary to any slack.
    """
    problem = _problem(forecast=forecast, power=power)
    lazy, full = dispatch(replace(problem, line_steps=(), voltage_steps=())), dispatch(problem)
    assert LazyDispatcher().dispatch(problem).problem.line_steps == (0,)
    assert np.abs(lazy.ex_ante_flows_mva[1:, 0]).max() == pytest.approx(3.0)
    assert np.isclose(np.abs(lazy.ex_ante_flows_mva[:, 0]), BELOW, atol=1e-9).any()
    assert lazy.flexible_mva == pytest.approx(full.flexible_mva, abs=1e-7)
    assert lazy.solution.cost == pytest.approx(full.solution.cost, abs=1e-7)

    rows, without = full.solution.program.row_blocks, lazy.solution.program.row_blocks
    z = np.zeros_like(full.solution.z)
    for name, at in without.items():
        z[rows[name]] = lazy.solution.z[at]
    padded = replace(full.solution, x=lazy.solution.x, z=z)
    slack = padded.program.rhs - padded.program.matrix @ padded.x
    slack[: padded.program.cones.zero] = 0.0
    assert kkt_residuals(replace(padded, s=slack)).worst < 1e-7
