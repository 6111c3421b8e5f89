"""A valid case with everything in it, and ways to spoil it."""

from __future__ import annotations

import copy
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from lempart.io.case_files.toml_text import toml_text

GOOD = """
format = 1
name = "good"

[time]
steps = 3
step_hours = 1.0

[market]
externalities = true
single_boundary = false
tax_per_mwh = 100.0
price_per_mwh = [50.0, 60.0, 70.0]
reactive_price_per_mvarh = 0.0
imbalance_penalty_per_mwh = 200.0
line_penalty_per_mvah = 200.0
voltage_penalty = "curtailment"

[dispatch]
limits = "hard"

[grid]
pcc = "root"
base_kv = 0.4
voltage_band_pu = [0.95, 1.05]

[[grid.lines]]
from = "root"
to = "n1"
r_ohm = 0.01
x_ohm = 0.005
rating_mva = 1.0

[[grid.lines]]
from = "n1"
to = "n2"
r_ohm = 0.01
x_ohm = 0.005
rating_mva = 1.0
min_pu = 0.9
max_pu = 1.1

[[grid.lines]]
from = "n1"
to = "n3"
r_ohm = 0.01
x_ohm = 0.005
rating_mva = 1.0

[[grid.nodes]]
name = "n1"
x = 6.6
y = 46.52

[[grid.nodes]]
name = "n3"
x = 6.601
y = 46.521

[[prosumers]]
name = "P1"
node = "n1"
forecast_mw = [0.0, 0.1, -0.1]
actual_mw = [0.0, 0.12, -0.12]

[[prosumers.flexibility]]
kind = "battery"
power_mw = 0.1
energy_mwh = 0.2
cost_per_mwh = 19.0

[[prosumers]]
name = "P2"
node = "n2"
forecast_mw = [0.1, 0.2, 0.1]
forecast_mvar = [0.0, 0.01, 0.0]

[[prosumers.flexibility]]
kind = "curtailment"
available_mw = [0.2, 0.3, 0.2]

[[prosumers.flexibility]]
kind = "inverter"
apparent_power_mva = 0.4
generation_mw = [0.2, 0.3, 0.2]

[[prosumers]]
name = "P3"
node = "n3"
forecast_mw = -0.05

[[prosumers.flexibility]]
kind = "convex"
minimum_mw = -0.1
maximum_mw = [0.0, 0.1, 0.1]
rows_mw = [[1.0, 1.0, 1.0]]
upper = [0.1]

[[prosumers]]
name = "shop"
node = "n3"
player = false
forecast_mw = [-0.02, -0.02, -0.03]

[players]
"branch 1" = ["P1", "P2"]
"""

Document = dict[str, Any]
Change = Callable[[Document], object]


def good() -> Document:
    """Return the case as a dictionary of its own."""
    return tomllib.loads(GOOD)


def write(folder: Path, document: Document) -> Path:
    """Write a case file and return its folder."""
    (folder / "case.toml").write_text(toml_text(document), encoding="utf-8")
    return folder


def with_tables(document: Document) -> tuple[Document, dict[str, str]]:
    """Return the case with its lines, prosumers and profiles in CSV tables."""
    document = copy.deepcopy(document)
    lines = "from,to,r_ohm,x_ohm,rating_mva,min_pu,max_pu\n" + "".join(
        f"{one['from']},{one['to']},{one['r_ohm']},{one['x_ohm']},{one['rating_mva']},"
        f"{one.get('min_pu', '')},{one.get('max_pu', '')}\n"
        for one in document["grid"]["lines"]
    )
    prosumers = "name,node,player\n" + "".join(
        f"{one['name']},{one['node']},{str(one.get('player', True)).lower()}\n" for one in document["prosumers"]
    )
    tables = {
        "lines.csv": lines,
        "nodes.csv": "name,x,y\nn1,6.6,46.52\nn3,6.601,46.521\n",
        "prosumers.csv": prosumers,
        "profiles.csv": ("step,P1,P2,P3,shop\n0,0.0,0.1,-0.05,-0.02\n1,0.1,0.2,-0.05,-0.02\n2,-0.1,0.1,-0.05,-0.03\n"),
        "series.csv": "step,sun,price\n0,0.2,50\n1,0.3,60\n2,0.2,70\n",
        "flexibility.csv": (
            "prosumer,kind,power_mw,energy_mwh,cost_per_mwh,available_mw\n"
            "P1,battery,0.1,0.2,19,\n"
            "P2,curtailment,,,,sun\n"
        ),
    }
    document["grid"] |= {"lines": "lines.csv", "nodes": "nodes.csv"}
    document |= {"prosumers": "prosumers.csv", "forecast": "profiles.csv"}
    document |= {"series": "series.csv", "flexibility": "flexibility.csv"}
    document["market"]["price_per_mwh"] = "price"
    return document, tables
