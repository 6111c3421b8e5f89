"""Margins: what they do to a dispatch on paper, and that the suggested ones keep the exact flow within limits."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from lempart.ac import AcCheck, check_ac
from lempart.case import Case, check
from lempart.cost import PreparedCase, costs_of
from lempart.dispatch import dispatch
from lempart.errors import InfeasibleError, InputError
from lempart.grid import radial_grid
from lempart.io import read_case, write_case
from lempart.partition import Partition
from lempart.prosumption import NeighbourhoodOptions, neighbourhood_case
from support.cases import battery, case, line, prosumer

R = 0.05


def _with_margins(given: Case, voltage_pu: float = 0.0, line_margin: float = 0.0) -> Case:
    options = replace(given.dispatch, voltage_margin_pu=voltage_pu, line_margin=line_margin)
    return replace(given, dispatch=options)


def _evening(limits: str = "hard", **fields: object) -> Case:
    """Return one home whose 1.2 MW in step 1 pull LinDistFlow below 0.95 p.u.; its battery costs 10 per MWh."""
    home = prosumer("A", "a", battery(cost_per_mwh=10.0))
    return case(
        [line("root", "a", r=R, rating=1.1)],
        [home],
        {"A": [-1.2, -0.1]},
        band=(0.95, 1.05),
        limits=limits,
        tie_break=1e-7,
        **fields,  # type: ignore[arg-type]
    )


def _battery_use(given: Case) -> np.ndarray:
    costs = costs_of(given)
    return dispatch(costs.problem(Partition.of([1]))).flexible_mva.real[0]  # type: ignore[union-attr, arg-type]


@pytest.mark.parametrize(("voltage", "line_margin"), [(0.0, 0.0), (0.01, 0.0), (0.0, 0.2), (0.02, 0.1)])
def test_the_battery_gives_what_the_margins_ask_for(voltage: float, line_margin: float) -> None:
    """The flow may be (1 - (0.95 + m)^2) / 2R by voltage and 1.1 (1 - y) by rating; the battery gives the rest.

    Without margins that is 1.2 - 0.975 = 0.225 MW.
    """
    most = min((1.0 - (0.95 + voltage) ** 2) / (2.0 * R), 1.1 * (1.0 - line_margin))
    used = _battery_use(_with_margins(_evening(), voltage, line_margin))
    assert used == pytest.approx([1.2 - most, 0.0], abs=1e-5)


def test_elastic_limits_are_tightened_too() -> None:
    """At a dear excess the battery still gives what the tightened band asks for; at a cheap one nothing."""
    dear = _with_margins(_evening("elastic", voltage_penalty=1e4, line_penalty_per_mvah=1e4), 0.01)
    assert _battery_use(dear)[0] == pytest.approx(1.2 - (1.0 - 0.96**2) / (2.0 * R), abs=1e-5)
    cheap = _with_margins(_evening("elastic", voltage_penalty=1.0, line_penalty_per_mvah=0.0), 0.01)
    assert _battery_use(cheap)[0] == pytest.approx(0.0, abs=1e-5)


@pytest.mark.parametrize("externalities", [True, False])
def test_what_happens_is_judged_by_the_true_limits(externalities: bool) -> None:
    """Ex-post only what lies beyond the case's own limits costs: the same case, the same flows, margins or not.

    A takes 0.8 that B delivers, over lines of 0.9; then both turn out 0.3 larger. A margin of a half makes the
    batteries bring both lines down to 0.45, so that 0.75 flows: beyond the margin's limit, within the true one.
    """
    people = [prosumer("A", "a", battery()), prosumer("B", "b", battery())]
    lines = [line("root", "a", rating=0.9), line("root", "b", rating=0.9)]
    given = case(
        lines,
        people,
        {"A": [-0.8], "B": [0.8]},
        realization={"A": [-1.1], "B": [1.1]},
        externalities=externalities,
        line_penalty_per_mvah=100.0,
        tie_break=1e-7,
    )
    pair = Partition.of([3])
    loose, tight = costs_of(given), costs_of(_with_margins(given, line_margin=0.5))
    assert loose.partition(pair).parts.line == pytest.approx(100.0 * 2 * (1.1 - 0.9), abs=1e-3)  # type: ignore[union-attr]
    assert tight.partition(pair).parts.line == pytest.approx(0.0, abs=1e-3)  # type: ignore[union-attr]
    assert tight.prepared.grid.rating_mva[1] == 0.9
    assert tight.prepared.dispatch_grid.rating_mva[1] == pytest.approx(0.45)


def test_margins_move_bands_in_volts() -> None:
    """Bands shrink by the margin in p.u. of voltage on each side, ratings by their share; unlimited stays so."""
    lines = [line("root", "a", r=R, rating=2.0), line("root", "b", r=R)]
    given = case(lines, [prosumer("A", "a"), prosumer("B", "b")], {"A": [0.0], "B": [0.0]}, band=(0.9, 1.1))
    grid = radial_grid(given).tightened(0.02, 0.1)
    assert np.sqrt(1.0 + grid.dv_min[1:]) == pytest.approx(0.92)
    assert np.sqrt(1.0 + grid.dv_max[1:]) == pytest.approx(1.08)
    assert grid.rating_mva[1:].tolist() == [pytest.approx(1.8), np.inf]
    free = replace(given, grid=replace(given.grid, voltage_band_pu=None))
    assert not radial_grid(free).tightened(0.02, 0.1).has_band.any()
    assert not PreparedCase.of(given).has_margins
    assert PreparedCase.of(_with_margins(given, 0.01)).has_margins
    with pytest.raises(ValueError, match="leaves no band"):
        radial_grid(given).tightened(0.11, 0.0)


@pytest.mark.parametrize(
    ("voltage", "line_margin", "place", "said"),
    [
        (-0.01, 0.0, "dispatch.voltage_margin_pu", "negative"),
        (0.06, 0.0, "dispatch.voltage_margin_pu", "leaves no band"),
        (0.0, -0.1, "dispatch.line_margin", "negative"),
        (0.0, 1.0, "dispatch.line_margin", "leaves nothing"),
        (float("nan"), 0.0, "dispatch.voltage_margin_pu", "NaN"),
    ],
)
def test_impossible_margins_are_named(voltage: float, line_margin: float, place: str, said: str) -> None:
    """A margin that can't be kept is an error at its place; the band of 0.95 to 1.05 has room for 0.05."""
    with pytest.raises(InputError) as caught:
        _with_margins(_evening(), voltage, line_margin)
    problem = next(item for item in caught.value.problems if item.where == place)
    assert said.lower() in f"{problem.message} {problem.remedy}".lower()
    assert not [p for p in check(_with_margins(_evening(), 0.05, 0.9)) if p.severity == "error"]


def test_an_infeasible_margin_is_told_as_one() -> None:
    """When only the margin makes the limits impossible, the message says that margins are in them."""
    home = prosumer("A", "a", battery(power=0.3, cost_per_mwh=10.0))
    given = case([line("root", "a", r=R)], [home], {"A": [-1.2]}, band=(0.95, 1.05))
    costs_of(given).partition(Partition.of([1]))
    with pytest.raises(InfeasibleError, match="less the margins"):
        costs_of(_with_margins(given, 0.02)).partition(Partition.of([1]))


def test_margins_survive_a_file(tmp_path: object) -> None:
    """A case with margins is written and read bit for bit; without, the file doesn't mention them."""
    given = _with_margins(_evening(), 0.0011, 0.031)
    folder = write_case(given, f"{tmp_path}/with")
    assert read_case(folder) == given
    text = (write_case(_evening(), f"{tmp_path}/without") / "case.toml").read_text(encoding="utf-8")
    assert "margin" not in text


def _replayed(given: Case) -> AcCheck:
    return check_ac(costs_of(given), Partition.of([1 << player for player in range(5)]))


def test_suggested_margins_keep_the_exact_flow_inside_the_limits() -> None:
    """On a winter day with heat pumps in every home the forecast's dispatch sits at LinDistFlow's 0.95 p.u.

    The exact voltage is then below it at dozens of nodes and hours, none of which the linear model sees. With the
    margins that the check suggests there is no violation left at the forecast; with half of them there still is.
    """
    given = neighbourhood_case(NeighbourhoodOptions(day=14))
    before = _replayed(given)
    assert before.forecast.missed.counts[0] >= 20
    assert before.forecast.linear_violations.counts == (0, 0)
    margins = before.margins
    after = _replayed(_with_margins(given, margins.voltage_pu, margins.line))
    assert after.forecast.ac_violations.counts == (0, 0)
    assert after.forecast.ac_voltage_pu.min() < 0.951
    half = _replayed(_with_margins(given, margins.voltage_pu / 2, margins.line / 2))
    assert half.forecast.ac_violations.counts[0] > 0
