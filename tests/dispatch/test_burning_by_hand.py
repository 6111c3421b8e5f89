"""Who is said to burn energy, when and how much: against sums by hand, and mixed-integer programs written for each."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.optimize import Bounds, LinearConstraint, milp

from lempart import read_case, shipped_case_path
from lempart.case import Battery, Case, ElectricVehicle, Flexibility
from lempart.cost import CostsWithExternalities, CostsWithoutExternalities, PreparedCase
from lempart.dispatch import Dispatch, Exclusive, dispatch
from lempart.errors import InfeasibleError, InputError, SolverError
from lempart.partition import Partition
from support.burning import burning_case, convex
from support.cases import case, line, prosumer
from support.homes import homes

DATA = Path(__file__).parents[1] / "data" / "burning"
FULL = Battery(power_mw=0.010, energy_mwh=0.020, initial_soc=1.0, charge_efficiency=0.5)
"""Charging at full power stores 5 kW; to stay full it discharges 5 kW: 2.5 of the 5 kWh that it takes in are burnt."""


def cheapest(load_mw: np.ndarray, *, price: float, tax: float, cyclic: bool, exclusive: bool) -> float:
    """Return what a home of these net injections pays at best, in currency; its battery is that of the two cases.

    Per step: charge, discharge, export, import and whether it charges; 10 kW, 20 kWh, half full, 90 % each way.
    """
    steps, power, energy, start, efficiency = len(load_mw), 0.010, 0.020, 0.010, 0.9
    none, one = np.zeros((steps, steps)), np.eye(steps)
    stored = np.tril(np.ones((steps, steps)))
    balance = np.hstack([one, -one, one, -one, none])  # charge - discharge + export - import = load
    level = np.hstack([efficiency * stored, -stored / efficiency, none, none, none])
    charging = np.hstack([one, none, none, none, -power * one])
    discharging = np.hstack([none, one, none, none, power * one])
    end = np.full(steps, -start), np.full(steps, energy - start)
    if cyclic:
        end[0][-1] = end[1][-1] = 0.0
    constraints = [
        LinearConstraint(balance, load_mw, load_mw),
        LinearConstraint(level, *end),
        LinearConstraint(charging, -np.inf, 0.0),
        LinearConstraint(discharging, -np.inf, power),
    ]
    cost = np.repeat([0.0, 0.0, tax - price, tax + price, 0.0], steps)
    upper = np.repeat([power, power, np.inf, np.inf, 1.0], steps)
    if not exclusive:
        constraints = constraints[:2]
    whole = np.repeat([0, 0, 0, 0, int(exclusive)], steps)
    found = milp(cost, constraints=constraints, bounds=Bounds(np.zeros(5 * steps), upper), integrality=whole)
    assert found.success
    return float(found.fun)


def _found(name: str) -> Case:
    return read_case(DATA / f"{name}.toml")


def _together(given: Case, *, exclusive: bool) -> tuple[float, Dispatch]:
    prepared = PreparedCase.of(
        replace(given, dispatch=replace(given.dispatch, battery="exclusive" if exclusive else "convex"))
    )
    costs, everyone = CostsWithExternalities(prepared), Partition.of([prepared.family.everyone])
    return costs.total(everyone), costs.dispatched(everyone)[0].solved


@pytest.mark.parametrize(
    ("name", "price", "tax", "cyclic", "totals"),
    [("negative-prices", -500.0, 0.0, False, (-13.85, -12.90)), ("surplus", 139.0, 144.1, True, (0.0474, 0.0668))],
)
def test_the_two_cases(name: str, price: float, tax: float, cyclic: bool, totals: tuple[float, float]) -> None:
    """Both optima are those of a program for the one battery and everyone's load: with burning, and without."""
    given = _found(name)
    load = given.scenario.forecast.real.sum(axis=0)
    for exclusive, printed in zip((False, True), totals, strict=True):
        total, solved = _together(given, exclusive=exclusive)
        expected = cheapest(load, price=price, tax=tax, cyclic=cyclic, exclusive=exclusive)
        assert total == pytest.approx(expected, abs=1e-6)
        assert total == pytest.approx(printed, abs=1e-2)
        assert bool(solved.burning) == (not exclusive)


def _alone(owned: Flexibility, price: list[float]) -> Dispatch:
    costs = CostsWithExternalities(PreparedCase.of(homes([[owned]], price, load_mw=0.001)))
    return dispatch(costs.problem(Partition.of([1])))


def test_what_a_full_battery_burns() -> None:
    """Paid 100 per MWh it takes in 5 kW net, and 2.5 kWh an hour are more than it can hold."""
    solved = _alone(FULL, [-100.0, 50.0, -100.0])
    (one,) = solved.burning
    assert (one.kind, one.prosumer, one.steps) == ("battery", 0, (1,))
    assert one.energy_mwh == pytest.approx((0.0025, 0.0, 0.0), abs=1e-8)
    # It sells in the second step and has room again in the third, where it takes in what it can.
    assert solved.flexible_mva[0].real == pytest.approx([-0.005, 0.010, -0.010], abs=1e-8)


@pytest.mark.parametrize(("feeds", "told"), [(True, 1), (False, 0)])
def test_vehicles_that_may_feed_the_grid(feeds: bool, told: int) -> None:
    """The same for a vehicle, at the power that its plug leaves it: half of the step, half of everything."""
    car = ElectricVehicle(
        power_mw=0.010,
        energy_mwh=0.020,
        plugged_in=np.array([1.0, 0.5]),
        initial_soc=1.0,
        charge_efficiency=0.5,
        vehicle_to_grid=feeds,
    )
    solved = _alone(car, [-100.0, -90.0])
    assert len(solved.burning) == told
    if told:
        assert solved.burning[0].kind == "ev"
        assert solved.burning[0].energy_mwh == pytest.approx((0.0025, 0.00125), abs=1e-8)


def test_nothing_is_told_where_the_same_injections_burn_nothing() -> None:
    """A solver may charge and discharge at once where energy is worth nothing. A battery needn't."""
    owned = Battery(power_mw=0.010, energy_mwh=0.040, charge_efficiency=0.9, discharge_efficiency=0.9)
    solved = _alone(owned, [0.0, 0.0, 0.0])
    both = np.minimum(solved.solution.value("battery charge"), solved.solution.value("battery discharge"))
    assert both.max() > 1e-4, "the solver does not do it here"
    assert not solved.burning


def test_losses_are_needed() -> None:
    """Without losses nothing can be burnt, whatever the price."""
    assert not _alone(replace(FULL, charge_efficiency=1.0), [-100.0, 50.0, -100.0]).burning


@pytest.mark.parametrize("name", ["example-1", "example-2", "ieee33-branches"])
def test_where_nothing_burns_the_option_changes_no_bit(name: str) -> None:
    given = read_case(shipped_case_path(name))
    asked = replace(given, dispatch=replace(given.dispatch, battery="exclusive"))
    model = CostsWithExternalities if given.market.externalities else CostsWithoutExternalities
    here, there = model(PreparedCase.of(given)), model(PreparedCase.of(asked))
    for partition in list(here.prepared.family.enumerate())[:6]:
        assert here.partition(partition) == there.partition(partition)
        assert not here.partition(partition).burning


@pytest.mark.parametrize("name", ["limits", "battery"])
def test_a_word_that_means_nothing_is_refused(name: str) -> None:
    """Also from Python: a misspelt word must not be the default in silence."""
    given = _found("surplus")
    with pytest.raises(InputError, match=rf"dispatch\.{name}: expected .*, found 'exlusive'"):
        replace(given, dispatch=replace(given.dispatch, **{name: "exlusive"}))


def test_too_many_dispatches_are_told() -> None:
    """Proof asked for: an error that names the homes. Else the cheapest found, and how much less others might cost."""
    given = burning_case(1)
    prepared = PreparedCase.of(given)
    everyone = Partition.of([prepared.family.everyone])
    problem = CostsWithExternalities(prepared).problem(everyone)
    best = dispatch(problem)
    with pytest.raises(SolverError, match=r"of p1 would charge and discharge at once, and after 1 dispatches"):
        dispatch(replace(problem, exclusive=Exclusive(max_solves=1)))
    for most in (3, 6):
        found = dispatch(replace(problem, exclusive=Exclusive(max_solves=most, proven=False)))
        assert not found.burning
        assert found.gap > 0.0
        assert found.solution.cost - found.gap <= best.solution.cost + 1e-9 <= found.solution.cost + 2e-9
    free = CostsWithExternalities(PreparedCase.of(convex(given)))
    assert free.without_burning.prepared.exclusive == Exclusive(max_solves=100, proven=False)
    feeder = PreparedCase.of(read_case(shipped_case_path("rural-feeder-5"))).compared
    assert feeder.exclusive == Exclusive(max_solves=42, proven=False)  # 2,000 among 47 prosumers
    assert free.without_burning.total(everyone) == pytest.approx(
        CostsWithExternalities(prepared).total(everyone), rel=1e-9
    )


def test_what_can_only_be_met_by_burning_cannot_be_met() -> None:
    """A full battery and surplus: alone, without exchange, there is a dispatch that burns, and no other."""
    given = case([line("root", "a")], [prosumer("A", "a", FULL)], {"A": [0.004]}, externalities=False, tie_break=1e-3)
    assert CostsWithoutExternalities(PreparedCase.of(given)).cost(1) == pytest.approx(0.0)
    asked = replace(given, dispatch=replace(given.dispatch, battery="exclusive"))
    found = CostsWithoutExternalities(PreparedCase.of(asked)).coalition(1)
    assert found.total == np.inf
    assert "batteries of A charge and discharge at once to burn energy, which none can" in found.reason
    with pytest.raises(InfeasibleError, match='battery = "convex"'):
        dispatch(
            CostsWithoutExternalities(PreparedCase.of(asked)).coalition_problem(
                PreparedCase.of(asked).family.subgraph(1)
            )
        )
