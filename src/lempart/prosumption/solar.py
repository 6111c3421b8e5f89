"""The sun on a tilted plane, hour by hour.

Position: J. W. Spencer, "Fourier series representation of the position of the sun", Search 2(5), 1971. Angles and
the isotropic sky (Liu and Jordan's model): J. A. Duffie, W. A. Beckman, Solar Engineering of Thermal Processes, 4th
edition, sections 1.6 and 2.15.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lempart.arguments import Count, Share, checks_arguments
from lempart.typing import FloatArray

LOWEST_COS_ZENITH = np.cos(np.radians(87.0))
"""Direct light is not divided by less than this: at sunrise hourly means say nothing about the beam."""


@dataclass(frozen=True)
class Site:
    """Where the sun is seen from: degrees north and east, and the clock's hours ahead of UTC."""

    latitude_deg: float
    longitude_deg: float
    utc_offset_hours: float = 1.0


BAD_MARIENBERG = Site(50.667, 7.967)
"""The station of the test reference year TRY06."""


@dataclass(frozen=True)
class Plane:
    """A plane: tilt from the horizontal, azimuth from south with west positive, in degrees."""

    tilt_deg: float
    azimuth_deg: float = 0.0


ROOF, SOUTH_WALL = Plane(30.0), Plane(90.0)


@dataclass(frozen=True, eq=False)
class Sun:
    """Declination and hour angle (afternoon positive) in radians, shape of the hours asked for."""

    declination: FloatArray
    hour_angle: FloatArray

    @classmethod
    def at(cls, site: Site, hour_of_year: FloatArray) -> Sun:
        """Return the sun at clock times, hours since the beginning of a year of 365 days."""
        day = 2.0 * np.pi * np.floor(hour_of_year / 24.0) / 365.0
        once, twice, thrice = day, 2.0 * day, 3.0 * day
        declination = (
            0.006918
            - 0.399912 * np.cos(once)
            + 0.070257 * np.sin(once)
            - 0.006758 * np.cos(twice)
            + 0.000907 * np.sin(twice)
            - 0.002697 * np.cos(thrice)
            + 0.00148 * np.sin(thrice)
        )
        ahead_minutes = 229.18 * (
            0.000075
            + 0.001868 * np.cos(once)
            - 0.032077 * np.sin(once)
            - 0.014615 * np.cos(twice)
            - 0.04089 * np.sin(twice)
        )
        clock = hour_of_year % 24.0
        solar = clock + site.longitude_deg / 15.0 - site.utc_offset_hours + ahead_minutes / 60.0
        return cls(declination, np.radians(15.0 * (solar - 12.0)))

    def cos_zenith(self, site: Site) -> FloatArray:
        """Return the cosine of the zenith angle; negative at night."""
        latitude = np.radians(site.latitude_deg)
        cosine: FloatArray = np.sin(latitude) * np.sin(self.declination) + np.cos(latitude) * np.cos(
            self.declination
        ) * np.cos(self.hour_angle)
        return cosine

    def cos_incidence(self, site: Site, plane: Plane) -> FloatArray:
        """Return the cosine of the angle between sun and the plane's normal (Duffie and Beckman, Eq 1.6.2)."""
        latitude, tilt, turn = np.radians([site.latitude_deg, plane.tilt_deg, plane.azimuth_deg])
        sin_d, cos_d = np.sin(self.declination), np.cos(self.declination)
        sin_h, cos_h = np.sin(self.hour_angle), np.cos(self.hour_angle)
        cosine: FloatArray = (
            sin_d * np.sin(latitude) * np.cos(tilt)
            - sin_d * np.cos(latitude) * np.sin(tilt) * np.cos(turn)
            + cos_d * cos_h * np.cos(latitude) * np.cos(tilt)
            + cos_d * cos_h * np.sin(latitude) * np.sin(tilt) * np.cos(turn)
            + cos_d * sin_h * np.sin(tilt) * np.sin(turn)
        )
        return cosine


@checks_arguments
def plane_irradiance(
    site: Site,
    plane: Plane,
    direct_w_per_m2: FloatArray,
    diffuse_w_per_m2: FloatArray,
    first_hour: Count = 0,
    albedo: Share = 0.2,
) -> FloatArray:
    """Return the irradiance on a plane in W/m2, shape ``(hours,)``, under an isotropic sky.

    Parameters
    ----------
    site
        Where it is: latitude, longitude, time zone.
    plane
        Its tilt and azimuth in degrees.
    direct_w_per_m2, diffuse_w_per_m2
        Shape ``(hours,)``; means of consecutive hours on the horizontal plane.
    first_hour
        Hour of the year at which the first of them begins.
    albedo
        What the ground reflects.
    """
    middle: FloatArray = first_hour + np.arange(len(direct_w_per_m2), dtype=np.float64) + 0.5
    sun = Sun.at(site, middle)
    ratio = np.maximum(sun.cos_incidence(site, plane), 0.0) / np.maximum(sun.cos_zenith(site), LOWEST_COS_ZENITH)
    upwards = (1.0 + np.cos(np.radians(plane.tilt_deg))) / 2.0
    total: FloatArray = (
        direct_w_per_m2 * ratio
        + diffuse_w_per_m2 * upwards
        + (direct_w_per_m2 + diffuse_w_per_m2) * albedo * (1.0 - upwards)
    )
    return total


@checks_arguments
def photovoltaic_yield(plane_w_per_m2: FloatArray, outdoor_c: FloatArray) -> FloatArray:
    """Return PV power per installed power (kW per kWp), same shape.

    Linear in irradiance, -0.4 % per kelvin of the cell above 25 degC, 14 % system losses (A. P. Dobos, PVWatts
    Version 5 Manual, NREL/TP-6A20-62641, 2014); the cell is 25 K above the air at 800 W/m2 (NOCT 45 degC).

    Parameters
    ----------
    plane_w_per_m2
        Irradiance on the modules in W/m2, shape ``(steps,)``.
    outdoor_c
        Outdoor temperature in degC, shape ``(steps,)``.
    """
    cell_c = outdoor_c + plane_w_per_m2 * (45.0 - 20.0) / 800.0
    power: FloatArray = plane_w_per_m2 / 1000.0 * (1.0 - 0.004 * (cell_c - 25.0)) * (1.0 - 0.14)
    return np.maximum(power, 0.0)
