"""Archetypes against the heat they were simulated with; homes as they are drawn."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from lempart.errors import InputError
from lempart.prosumption import (
    HOUSE_MIX,
    OLD_FLAT,
    OLD_HOUSE,
    PASSIVE_HOUSE,
    PLAYER_NODES,
    PLAYERS,
    heat_gains_kw,
    heat_pump,
    heat_pump_power_mw,
    homes,
)
from lempart.prosumption.tables import synpro_heat, weather


@pytest.mark.parametrize(("building", "archetype"), [("old_house", OLD_HOUSE), ("passive_house", PASSIVE_HOUSE)])
def test_simulated_heat_loss_is_the_slope_of_the_simulated_heat(building: str, archetype: object) -> None:
    """Daily heat over daily outdoor temperature on heating days: within 4 % of the tabulated loss."""
    heat = synpro_heat()[building].reshape(365, 24).mean(axis=1)
    outdoor = weather().outdoor_c.reshape(365, 24).mean(axis=1)
    heating = heat > 0.05 * heat.max()
    slope, _ = np.polyfit(outdoor[heating], heat[heating], 1)
    assert -slope == pytest.approx(archetype.simulated_loss_kw_per_k, rel=0.04)


def test_computed_heat_loss_of_the_old_house() -> None:
    """U-values times areas, half of the ground, bridges of 0.10, ventilation 0.34 n V: 378 W/K."""
    windows, walls, roof, ground, doors = (2.19, 36.2), (0.38, 200.3), (0.37, 138.7), (0.48, 95.6), (2.66, 2.0)
    surfaces = (windows, walls, roof, (ground[0] / 2, ground[1]), doors)
    transmission = sum(u * area for u, area in surfaces)
    bridges = 0.10 * sum(area for _, area in (windows, walls, roof, ground, doors))
    loss = transmission + bridges + 0.34 * 0.7 * 402.5
    assert loss / 1e3 == pytest.approx(OLD_HOUSE.loss_kw_per_k, abs=5e-4)
    assert OLD_HOUSE.south_aperture_m2 == pytest.approx(0.6 * 0.77 * 15.8, abs=0.01)


def test_pump_is_sized_for_ten_below_zero() -> None:
    """Old house: 378 W/K over 30 K at COP 2.05, times 1.2: 6.64 kW; the flat 2.92 kW."""
    assert heat_pump_power_mw(OLD_HOUSE) == pytest.approx(1.2 * 0.378 * 30.0 / 2.05 / 1e3)
    assert heat_pump_power_mw(OLD_FLAT) == pytest.approx(2.915e-3, rel=1e-3)
    unit = heat_pump(OLD_HOUSE, np.zeros(24), np.zeros(24))
    assert unit.resistance_k_per_kw * unit.capacity_kwh_per_k == pytest.approx(30.7, abs=0.1)
    assert (unit.minimum_c, unit.maximum_c, unit.start_c, unit.end_c) == (20.0, 24.0, 22.0, 22.0)


def test_gains_of_the_sun_and_of_people() -> None:
    """500 W/m2 through 7.3 m2 and 0.3 kW; appliances of 12 kW peak heat no more than 5 W/m2 of floor."""
    assert heat_gains_kw(OLD_HOUSE, np.array([0.0, 500.0]), 0.3) == pytest.approx([0.3, 3.95])
    assert heat_gains_kw(OLD_HOUSE, np.zeros(1), 4.0) == pytest.approx([0.805])


def test_mix_is_met_as_closely_as_homes_allow() -> None:
    """35, 15, 35, 15 % of 47 homes, for every seed; who lives where differs."""
    order = [archetype for archetype, _ in HOUSE_MIX]
    for seed in range(3):
        found = Counter(home.archetype.name for home in homes(seed))
        assert [found[archetype.name] for archetype in order] == pytest.approx([16.45, 7.05, 16.45, 7.05], abs=1.0)
    assert [h.archetype for h in homes(0)] != [h.archetype for h in homes(1)]


def test_shares_are_exact_and_nested() -> None:
    """Half of 47 homes: 24 heat pumps, all among those of three quarters; 30 % of the 42 others have PV: 13."""
    half, more = homes(5, electrification=0.5), homes(5, electrification=0.75)
    heated = {home.name for home in half if home.heat_pump}
    assert len(heated) == 24
    assert heated < {home.name for home in more if home.heat_pump}
    sunny = [home for home in half if home.pv_kwp > 0 and not home.player]
    assert len(sunny) == 13
    assert all(2.0 <= home.pv_kwp <= 6.0 for home in sunny)
    assert not any(home.pv_kwp for home in homes(5, pv_scale=0.0))


def test_heat_pumps_and_pv_come_to_every_kind_of_house() -> None:
    """With half of the homes heated and sunny, each archetype has some with and some without: draws are apart."""
    found = homes(0, electrification=0.5, pv_share=0.5)
    for archetype, _ in HOUSE_MIX:
        own = [home for home in found if home.archetype == archetype]
        assert {home.heat_pump for home in own} == {True, False}
        assert {home.pv_kwp > 0 for home in own} == {True, False}


@pytest.mark.parametrize("loads", ["synpro", "simbench"])
def test_players_have_the_paper_s_sizes(loads: str) -> None:
    """Five players, one at each end node, in the given order; peak load and PV are Fig 9's."""
    found = [home for home in homes(2, loads=loads, order=(4, 0, 3, 1, 2)) if home.player]
    at = {home.node: home for home in found}
    assert [at[node].name for node in PLAYER_NODES] == ["e", "a", "d", "b", "c"]
    for home in found:
        size = next(player for player in PLAYERS if player.name == home.name)
        assert home.load_kw.max() == pytest.approx(size.load_kw)
        assert home.pv_kwp == size.pv_kwp


def test_order_must_name_every_player_once() -> None:
    with pytest.raises(InputError, match="permutation"):
        homes(0, order=(0, 1, 2, 3, 3))


def test_rolled_load_keeps_weekdays_and_energy() -> None:
    """Rolling by whole weeks keeps each weekday's energy (the odd 365th day aside) and the year's."""
    for home in homes(1)[:10]:
        load = home.load_kw[: 364 * 24].reshape(52, 7, 24)
        matches = [
            shape
            for shape in (h.load_kw[: 364 * 24].reshape(52, 7, 24) for h in homes(2))
            if np.allclose(shape.sum(axis=0), load.sum(axis=0))
        ]
        assert matches, "another seed has the same household, at other weeks"


@pytest.mark.parametrize("share", [-0.1, 1.5])
def test_shares_outside_their_range_are_refused(share: float) -> None:
    with pytest.raises(InputError, match="electrification"):
        homes(0, electrification=share)
