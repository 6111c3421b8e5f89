"""The public tables that ship with the package, one year hour by hour: a feeder, its meters, loads, weather."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np

from lempart.typing import FloatArray, frozen_array

HOURS_PER_DAY = 24
DAYS = 365
BASE_KV = 0.4


@dataclass(frozen=True)
class FeederLine:
    """One cable of the feeder, drawn from the busbar outwards."""

    start: str
    end: str
    r_ohm: float
    x_ohm: float
    rating_mva: float


@dataclass(frozen=True)
class Meter:
    """One metered customer: where, and SimBench's shape and peak of its load."""

    node: str
    shape: str
    peak_kw: float


@dataclass(frozen=True, eq=False)
class Weather:
    """The test reference year TRY06 of the DWD, shape ``(8760,)`` each; radiation on the horizontal plane."""

    outdoor_c: FloatArray
    direct_w_per_m2: FloatArray
    diffuse_w_per_m2: FloatArray


@cache
def feeder() -> tuple[FeederLine, ...]:
    """Return the cables of SimBench's rural feeder; the first starts at the busbar."""
    return tuple(
        FeederLine(start, end, float(r), float(x), float(rating) / 1e3)
        for start, end, r, x, rating in _rows("simbench/feeder.csv")
    )


@cache
def meters() -> tuple[Meter, ...]:
    """Return the feeder's 47 meters, from the busbar outwards."""
    return tuple(Meter(node, shape, float(peak)) for node, shape, peak in _rows("simbench/meters.csv"))


@cache
def simbench_shapes() -> dict[str, FloatArray]:
    """Return SimBench's load shapes by name as shares of their peak, shape ``(8760,)`` each."""
    columns = _columns("simbench/loads.csv")
    return {name.removesuffix("_permille"): frozen_array(values / 1e3) for name, values in columns.items()}


@cache
def synpro_households() -> dict[str, FloatArray]:
    """Return synPRO's household loads by type in kW, without heating, shape ``(8760,)`` each."""
    columns = _columns("synpro/households.csv")
    return {name.removesuffix("_w"): frozen_array(values / 1e3) for name, values in columns.items()}


@cache
def synpro_heat() -> dict[str, FloatArray]:
    """Return synPRO's space heat by building in kW, shape ``(8760,)`` each."""
    return {name.removesuffix("_w"): frozen_array(values / 1e3) for name, values in _columns("synpro/heat.csv").items()}


@cache
def weather() -> Weather:
    """Return the weather that synPRO's profiles were simulated with."""
    columns = _columns("synpro/weather.csv")
    names = ("outdoor_c", "direct_horizontal_w_per_m2", "diffuse_horizontal_w_per_m2")
    return Weather(*(frozen_array(columns[name]) for name in names))


def _text(path: str) -> list[str]:
    return files("lempart").joinpath("data", *path.split("/")).read_text(encoding="utf-8").splitlines()


def _rows(path: str) -> list[list[str]]:
    """Return the rows of a small table, without its header."""
    return list(csv.reader(_text(path)))[1:]


def _columns(path: str) -> dict[str, FloatArray]:
    lines = _text(path)
    values = np.loadtxt(lines[1:], delimiter=",", ndmin=2)
    return dict(zip(lines[0].split(","), values.T, strict=True))
