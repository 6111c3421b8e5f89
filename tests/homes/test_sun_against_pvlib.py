"""Sun and PV against pvlib, which computes the sun's position by NREL's far more elaborate algorithm."""

from __future__ import annotations

import numpy as np
import pytest

from lempart.prosumption import Plane, Sun, photovoltaic_yield, plane_irradiance
from lempart.prosumption.solar import BAD_MARIENBERG, ROOF, SOUTH_WALL
from lempart.prosumption.tables import weather

HOURS = np.arange(8760)
PLANES = (ROOF, SOUTH_WALL, Plane(45.0, -60.0), Plane(90.0, 90.0), Plane(0.0))


@pytest.fixture(scope="module")
def position():
    """Return pvlib's position of the sun in the middle of each hour."""
    pytest.importorskip("pvlib", reason="pvlib is the oracle")
    import pandas as pd
    from pvlib.solarposition import get_solarposition

    middles = pd.date_range("2021-01-01 00:30", periods=8760, freq="h", tz="Etc/GMT-1")
    return get_solarposition(middles, BAD_MARIENBERG.latitude_deg, BAD_MARIENBERG.longitude_deg)


def test_zenith(position) -> None:
    """Within 0.7 degrees at every hour, day and night; a clock off by half an hour would be off by 7."""
    cosine = Sun.at(BAD_MARIENBERG, HOURS + 0.5).cos_zenith(BAD_MARIENBERG)
    assert np.degrees(np.arccos(cosine)) == pytest.approx(position.zenith.to_numpy(), abs=0.7)


@pytest.mark.parametrize("plane", PLANES, ids=str)
def test_angle_of_incidence(position, plane: Plane) -> None:
    """Within 0.01 of pvlib's projection while the sun is up, whichever way the plane is turned."""
    from pvlib.irradiance import aoi_projection

    expected = aoi_projection(plane.tilt_deg, 180.0 + plane.azimuth_deg, position.zenith, position.azimuth)
    found = Sun.at(BAD_MARIENBERG, HOURS + 0.5).cos_incidence(BAD_MARIENBERG, plane)
    up = position.zenith.to_numpy() < 88.0
    assert found[up] == pytest.approx(expected.to_numpy()[up], abs=0.01)


@pytest.mark.parametrize("plane", PLANES, ids=str)
def test_irradiance_over_the_year(position, plane: Plane) -> None:
    """Isotropic sky: the year to 0.1 %, hours to 2 W/m2 in the mean square and never more than 30."""
    from pvlib.irradiance import get_total_irradiance

    sky = weather()
    cosine = np.cos(np.radians(np.minimum(position.zenith.to_numpy(), 87.0)))
    expected = get_total_irradiance(
        plane.tilt_deg,
        180.0 + plane.azimuth_deg,
        position.zenith,
        position.azimuth,
        sky.direct_w_per_m2 / cosine,
        sky.direct_w_per_m2 + sky.diffuse_w_per_m2,
        sky.diffuse_w_per_m2,
        albedo=0.2,
        model="isotropic",
    ).poa_global.to_numpy()
    found = plane_irradiance(BAD_MARIENBERG, plane, sky.direct_w_per_m2, sky.diffuse_w_per_m2)
    assert found.sum() == pytest.approx(expected.sum(), rel=1e-3)
    assert np.sqrt(np.mean((found - expected) ** 2)) < 2.0
    assert np.abs(found - expected).max() < 30.0


def test_photovoltaic_yield_is_pvwatts() -> None:
    """The PVWatts formula to rounding."""
    pytest.importorskip("pvlib", reason="pvlib is the oracle")
    from pvlib.pvsystem import pvwatts_dc

    plane, outdoor = np.array([0.0, 200.0, 800.0, 1000.0]), np.array([-5.0, 10.0, 20.0, 35.0])
    expected = pvwatts_dc(plane, outdoor + plane * 25.0 / 800.0, 1.0, -0.004) * 0.86
    assert photovoltaic_yield(plane, outdoor) == pytest.approx(expected, rel=1e-12)


def test_a_part_of_the_year_is_a_part_of_the_year() -> None:
    """Asked for one day, the hours are that day's: ``first_hour`` counts."""
    sky, day = weather(), slice(196 * 24, 197 * 24)
    year = plane_irradiance(BAD_MARIENBERG, ROOF, sky.direct_w_per_m2, sky.diffuse_w_per_m2)
    alone = plane_irradiance(BAD_MARIENBERG, ROOF, sky.direct_w_per_m2[day], sky.diffuse_w_per_m2[day], day.start)
    assert alone == pytest.approx(year[day], rel=1e-12)


def test_a_year_of_pv() -> None:
    """A south roof at Bad Marienberg makes 874 kWh per kWp in this year; the usual range is 850 to 950."""
    sky = weather()
    plane = plane_irradiance(BAD_MARIENBERG, ROOF, sky.direct_w_per_m2, sky.diffuse_w_per_m2)
    assert photovoltaic_yield(plane, sky.outdoor_c).sum() == pytest.approx(874.0, abs=0.1)
