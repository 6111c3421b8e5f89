"""Random valid cases with every kind of flexibility and difficult names, for round trips."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import strategies as st

from lempart.case import (
    Battery,
    Case,
    Convex,
    Curtailment,
    DispatchOptions,
    ElectricVehicle,
    Flexibility,
    Grid,
    Group,
    HeatPump,
    Horizon,
    Inverter,
    Line,
    Market,
    Node,
    Prosumer,
    Scenario,
    Shiftable,
)

DIFFICULT = [
    "a.b",
    "a,b",
    'say "x"',
    "ä ö",
    "1",
    "1e5",
    "true",
    "nan",
    "[1]",
    "a;b",
    "#",
    "'",
    "\\",
    "日本",
    "=",
    "P|Q",
]
NAMES = st.sampled_from(DIFFICULT) | st.text(
    st.characters(exclude_categories=("Cc", "Cs")), min_size=1, max_size=8
).filter(lambda name: bool(name.strip()))
SIGNED = st.floats(-5.0, 5.0, allow_subnormal=False) | st.sampled_from([0.0, -0.0, 1e-300, 0.1 + 0.2, 1 / 3])
POSITIVE = st.floats(0.0, 5.0, allow_subnormal=False) | st.sampled_from([1e-17, 0.1 + 0.2])
POWERS = st.floats(1e-3, 5.0) | st.floats(-5.0, -1e-3) | st.sampled_from([0.0, -0.0, 0.1 + 0.2, 1 / 3])
SHARE = st.floats(0.01, 1.0)
OHM = st.floats(1e-6, 5.0) | st.sampled_from([0.0, 0.1 + 0.2])


def series(steps: int, values: st.SearchStrategy[float]) -> st.SearchStrategy[np.ndarray]:
    """Return a series, now and then constant."""
    varied = st.lists(values, min_size=steps, max_size=steps).map(np.array)
    return varied | values.map(lambda value: np.full(steps, value))


def devices(steps: int) -> dict[type, st.SearchStrategy[Any]]:
    """Return how to draw each kind of flexibility."""
    rows = st.integers(0, 2).flatmap(lambda count: _convex(steps, count))
    return {
        Battery: st.builds(Battery, POSITIVE, POSITIVE, SHARE, POSITIVE, POSITIVE, SHARE, SHARE, cyclic=st.booleans()),
        Curtailment: st.builds(Curtailment, series(steps, POSITIVE), POSITIVE),
        Inverter: st.builds(Inverter, st.just(6.0), series(steps, SIGNED), POSITIVE, st.booleans()),
        Convex: rows,
        HeatPump: st.builds(
            HeatPump,
            POSITIVE,
            SHARE,
            SHARE,
            series(steps, SIGNED),
            cop=st.just(np.zeros(0)) | series(steps, SHARE),
            gains_kw=series(steps, POSITIVE),
            flow_temperature_c=st.just(40.0),
            end_c=st.none() | st.just(21.0),
        ),
        Shiftable: st.builds(Shiftable, POSITIVE, POSITIVE, st.just(1), st.none() | st.just(steps), SHARE),
        ElectricVehicle: st.builds(
            ElectricVehicle,
            POSITIVE,
            POSITIVE,
            series(steps, st.floats(0.0, 0.9, allow_subnormal=False)),
            series(steps, POSITIVE),
            SHARE,
        ),
    }


def _convex(steps: int, rows: int) -> st.SearchStrategy[Convex]:
    matrix = st.lists(series(steps, SIGNED), min_size=rows, max_size=rows).map(
        lambda found: np.array(found).reshape(rows, steps)
    )
    return st.builds(
        Convex,
        series(steps, st.floats(-3.0, 0.0, allow_subnormal=False)),
        series(steps, POSITIVE),
        matrix,
        matrix,
        st.lists(SIGNED, min_size=rows, max_size=rows).map(np.array),
        st.none() | POSITIVE,
        series(steps, SIGNED),
        POSITIVE,
        POSITIVE,
    )


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """Draw a valid case."""
    steps = draw(st.integers(1, 4))
    buses = draw(st.lists(NAMES, min_size=2, max_size=5, unique=True))
    lines = tuple(
        Line(
            *draw(st.permutations([bus, draw(st.sampled_from(buses[:index]))])),
            r_ohm=draw(OHM),
            x_ohm=draw(SIGNED),
            rating_mva=draw(st.none() | POSITIVE),
            voltage_band_pu=draw(st.none() | st.just((0.9, 1.1)) | st.just((0.0, float("inf")))),
        )
        for index, bus in enumerate(buses)
        if index
    )
    names = draw(st.lists(NAMES, min_size=1, max_size=4, unique=True))
    kind = st.one_of(list(devices(steps).values()))
    people = tuple(
        Prosumer(
            name,
            draw(st.sampled_from(buses)),
            index == 0 or draw(st.booleans()),
            tuple(_all(draw, kind)),
        )
        for index, name in enumerate(names)
    )
    players = [person.name for person in people if person.player]
    groups = [Group("the group", tuple(players))] if draw(st.booleans()) and "the group" not in names else []
    externalities = draw(st.booleans())
    forecast, realization = draw(_profiles(steps, len(names))), draw(_profiles(steps, len(names)))
    return Case(
        name=draw(NAMES),
        horizon=Horizon(steps, draw(st.floats(0.01, 24.0))),
        market=Market(
            externalities,
            not externalities or draw(st.booleans()),
            *(draw(series(steps, values)) for values in (POSITIVE, SIGNED, SIGNED, POSITIVE)),
            line_penalty_per_mvah=draw(POSITIVE),
            voltage_penalty=draw(st.sampled_from(["curtailment", "curtailment-branch"]) | POSITIVE),
            strict_reactive=draw(st.booleans()),
            currency=draw(NAMES),
            losses=draw(st.sampled_from(["none", "priced"])),
            loss_pricing=draw(st.sampled_from(["average", "marginal"])),
            tax_on=draw(st.sampled_from(["apparent", "active"])),
        ),
        grid=Grid(
            buses[0],
            draw(st.floats(1.0, 100.0)),
            lines,
            draw(st.none() | st.just((0.95, 1.05))),
            tuple(Node(bus, draw(SIGNED), draw(SIGNED)) for bus in draw(st.permutations(buses))[1:]),
            draw(st.sampled_from(["wgs84", "metres", "schematic"])),
        ),
        prosumers=people,
        scenario=Scenario(forecast, draw(st.sampled_from([forecast, realization]))),
        groups=tuple(groups),
        dispatch=DispatchOptions(
            draw(st.sampled_from(["hard", "elastic"])),
            draw(st.none() | SHARE),
            battery=draw(st.sampled_from(["convex", "exclusive"])),
        ),
    )


def _all(draw: st.DrawFn, kind: st.SearchStrategy[Flexibility]) -> list[Flexibility]:
    return draw(st.lists(kind, max_size=3))


def _profiles(steps: int, people: int) -> st.SearchStrategy[np.ndarray]:
    parts = st.tuples(
        *(st.lists(series(steps, POWERS), min_size=people, max_size=people).map(np.array) for _ in range(2))
    )

    def joined(both: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
        values = np.empty((people, steps), dtype=np.complex128)
        values.real, values.imag = both
        return values

    return parts.map(joined)
