"""Every bad input has its own clear message: place, what is wrong, what to do.

Each entry spoils a valid case in one way and names fragments of the one problem that must come of it: exactly
one, so that no follow-up nonsense is told.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from good_case import Change, Document, good, with_tables, write

from lempart.errors import InputError
from lempart.io import check_case, read_case


def put(*path: str | int, value: object) -> Change:
    """Set the value at ``path``."""

    def change(document: Document) -> None:
        inner = document
        for key in path[:-1]:
            inner = inner[key]
        inner[path[-1]] = value

    return change


def both(one: Change, other: Change) -> Change:
    """Make one change, then the other."""

    def change(document: Document) -> None:
        one(document)
        other(document)

    return change


def drop(*path: str | int) -> Change:
    """Remove the value at ``path``."""

    def change(document: Document) -> None:
        inner = document
        for key in path[:-1]:
            inner = inner[key]
        del inner[path[-1]]

    return change


def rename(*path: str | int, to: str) -> Change:
    """Rename the last key of ``path``."""

    def change(document: Document) -> None:
        inner = document
        for key in path[:-1]:
            inner = inner[key]
        inner[to] = inner.pop(path[-1])

    return change


LINE = {"from": "n2", "to": "n3", "r_ohm": 0.01, "x_ohm": 0.0, "rating_mva": 1.0}


def add_line(**values: object) -> Change:
    """Add a line."""
    return lambda document: document["grid"]["lines"].append({**LINE, **values})


P1, P2, P3 = (("prosumers", index) for index in range(3))
BATTERY = (*P1, "flexibility", 0)
CURTAILMENT = (*P2, "flexibility", 0)
INVERTER = (*P2, "flexibility", 1)
CONVEX = (*P3, "flexibility", 0)

FILE = [
    # (change, where, message, remedy); all fragments
    (put("format", value=2), "format", "this version reads format 1", "update lempart"),
    (put("format", value="1"), "format", 'the text "1"', "format = 1"),
    (drop("format"), "format", "missing", "format = 1"),
    (drop("name"), "name", "missing", "Add name"),
    (put("name", value=""), "name", "an empty name", "name"),
    (put("nam", value="x"), "nam", "unknown key", "Did you mean name?"),
    (put("colour", value=1), "colour", "unknown key", "Remove it"),
    (put("time", value=3), "time", "expected a table [time]", "Begin it with [time]"),
    (drop("market"), "market", "missing", "[market]"),
    (put("grid", "steps", value=3), "grid.steps", "unknown key", "belongs under [time]"),
    # time
    (put("time", "steps", value=0), "time.steps", "0 steps", "at least one"),
    (put("time", "steps", value=3.5), "time.steps", "whole number", "without a fraction"),
    (put("time", "steps", value=10**9), "time.steps", "too many", "at most"),
    (put("time", "steps", value="three"), "time.steps", "expected a number", "number"),
    (put("time", "step_hours", value=0), "time.step_hours", "a step of 0 h", "> 0"),
    (put("time", "step_hours", value=float("nan")), "time.step_hours", "not a number", "Fill"),
    # market
    (
        put("market", "externalities", value="yes"),
        "market.externalities",
        "expected true or false",
        "without quotes",
    ),
    (put("market", "tax_per_mwh", value=-1.0), "market.tax_per_mwh", "negative (-1)", ">= 0"),
    (put("market", "tax_per_mwh", value="100"), "market.tax_per_mwh", 'the text "100"', "series"),
    (put("market", "tax_per_mwh", value=[1.0, -2.0, 3.0]), "market.tax_per_mwh[1]", "negative (-2)", ">= 0"),
    (put("market", "price_per_mwh", value=[50.0, 60.0]), "market.price_per_mwh", "2 values for 3 steps", "Add 1"),
    (put("market", "price_per_mwh", value=[50.0] * 5), "market.price_per_mwh", "5 values for 3 steps", "Remove 2"),
    (put("market", "price_per_mwh", value=[]), "market.price_per_mwh", "0 values for 3 steps", "Add 3"),
    (put("market", "price_per_mwh", value=[1.0, "x", 3.0]), "market.price_per_mwh[1]", 'the text "x"', "number"),
    (put("market", "price_per_mwh", value=True), "market.price_per_mwh", "found true", "numbers"),
    (
        put("market", "line_penalty_per_mvah", value=[1.0]),
        "market.line_penalty_per_mvah",
        "a list of 1",
        "one number",
    ),
    (put("market", "line_penalty_per_mvah", value=float("inf")), "market.line_penalty", "infinite", "finite"),
    (put("market", "line_penalty_per_mvah", value=-5), "market.line_penalty_per_mvah", "negative", ">= 0"),
    (
        put("market", "voltage_penalty", value="curtailmnt"),
        "market.voltage_penalty",
        '"curtailmnt"',
        "Did you mean",
    ),
    (put("market", "voltage_penalty", value=-1.0), "market.voltage_penalty", "negative", ">= 0"),
    (rename("market", "tax_per_mwh", to="tax_per_mw"), "market.tax_per_mw", "unknown key", "tax_per_mwh?"),
    (drop("market", "externalities"), "market.externalities", "missing", "externalities = true (or false)"),
    (drop("market", "imbalance_penalty_per_mwh"), "market.imbalance_penalty_per_mwh", "missing", "Add"),
    (put("dispatch", "limits", value="soft"), "dispatch.limits", '"hard" or "elastic"', "in quotes"),
    (put("dispatch", "tie_break_per_mw2h", value=0), "dispatch.tie_break_per_mw2h", "chance", "> 0"),
    # grid
    (put("grid", "pcc", value="rot"), "grid.pcc", 'no line begins or ends at "rot"', 'Did you mean "root"?'),
    (put("grid", "base_kv", value=0.0), "grid.base_kv", "0 kV", "> 0"),
    (put("grid", "base_kv", value="0,4"), "grid.base_kv", '"0,4"', "decimal point"),
    (put("grid", "voltage_band_pu", value=[1.05, 0.95]), "grid.voltage_band_pu", "reversed", "[0.95, 1.05]"),
    (put("grid", "voltage_band_pu", value=[1.01, 1.05]), "grid.voltage_band_pu", "doesn't hold 1.0", "around 1.0"),
    (put("grid", "voltage_band_pu", value=[0.95]), "grid.voltage_band_pu", "found 1", "[0.95, 1.05]"),
    (put("grid", "voltage_band_pu", value=0.05), "grid.voltage_band_pu", "the number 0.05", "square brackets"),
    (put("grid", "lines", value=[]), "grid.lines", "no lines", "Add one"),
    (drop("grid", "lines"), "grid.lines", "missing", "[[grid.lines]]"),
    (put("grid", "lines", value={}), "grid.lines", "a table of keys", "double brackets"),
    (put("grid", "lines", value=[7]), "grid.lines[0]", "the number 7", "key = value"),
    (put("grid", "lines", 0, "from", value=1), "grid.lines[0].from", "the number 1", '"1"'),
    (put("grid", "lines", 2, "r_ohm", value=-0.1), "grid.lines[2].r_ohm", "negative resistance (-0.1", ">= 0"),
    (put("grid", "lines", 2, "x_ohm", value=float("nan")), "grid.lines[2].x_ohm", "nan", "Fill"),
    (put("grid", "lines", 2, "rating_mva", value=-1), "grid.lines[2].rating_mva", "negative rating", "unlimited"),
    (
        put("grid", "lines", 2, "rating_mva", value=float("inf")),
        "grid.lines[2].rating_mva",
        "infinite",
        "unlimited",
    ),
    (drop("grid", "lines", 1, "max_pu"), "grid.lines[1].voltage_band_pu", "only min_pu", "both"),
    (put("grid", "lines", 1, "voltage_band_pu", value=[0.9, 1.1]), "grid.lines[1]", "given twice", "Keep"),
    (put("grid", "nodes", 1, "name", value="n9"), "grid.nodes[1].name", 'begins or ends at "n9"', 'Known: "root"'),
    (put("grid", "nodes", 1, "name", value="n1"), "grid.nodes[1].name", "has a place already, in grid.nodes[0]", "one"),
    (put("grid", "nodes", 1, "x", value=float("nan")), "grid.nodes[1].x", "not a number", "Fill"),
    (put("grid", "nodes", 1, "y", value=float("inf")), "grid.nodes[1].y", "infinite", "finite"),
    (put("grid", "nodes", 1, "x", value=530_000.0), "grid.nodes[1].x", "530000 is no longitude", '"metres"'),
    (put("grid", "nodes", 1, "y", value=-90.5), "grid.nodes[1].y", "-90.5 is no latitude", '"schematic"'),
    (drop("grid", "nodes", 1, "y"), "grid.nodes[1].y", "missing", "Add y"),
    (put("grid", "coordinates", value="meters"), "grid.coordinates", 'the text "meters"', 'Did you mean "metres"?'),
    (put("coordinates", value="metres"), "coordinates", "unknown key", "under [grid]"),
    (rename("grid", "lines", 0, "r_ohm", to="r_ohms"), "grid.lines[0].r_ohms", "unknown key", "r_ohm?"),
    (
        rename("grid", "lines", 0, "rating_mva", to="rating_kva"),
        "grid.lines[0].rating_kva",
        "unknown",
        "rating_mva?",
    ),
    (add_line(), "grid.lines[3]", 'not radial: "n2" - "n3" closes the loop "n2" - "n1" - "n3" - "n2"', "Open"),
    (add_line(**{"from": "n1"}), "grid.lines[3]", "parallel to grid.lines[2]", "merge"),
    (add_line(to="n2"), "grid.lines[3]", 'begins and ends at "n2"', "Correct"),
    (
        add_line(**{"from": "a", "to": "b"}),
        "grid.lines",
        '2 buses are not connected to the PCC "root": "a", "b"',
        "Add",
    ),
    (add_line(to=""), "grid.lines[3].to", "an empty name", "name"),
    # prosumers
    (put("prosumers", value=[]), "prosumers", "there is no prosumer", "[[prosumers]]"),
    (
        put("prosumers", 0, "name", value="P3"),
        "prosumers[2].name",
        '"P3" is also the name of prosumers[0]',
        "its own",
    ),
    (drop(*P1, "name"), "prosumers[0].name", "missing", "Add name"),
    (put(*P1, "name", value="P\x001"), "prosumers[0].name", "control character", "letters"),
    (put(*P1, "node", value="n9"), 'prosumers["P1"].node', 'no bus "n9"', "n1"),
    (put(*P1, "player", value=1), 'prosumers["P1"].player', "true or false", "without quotes"),
    (drop(*P1, "forecast_mw"), 'prosumers["P1"].forecast_mw', "missing", "Add forecast_mw"),
    (rename(*P1, "node", to="nod"), 'prosumers["P1"].nod', "unknown key, and node is missing", "Did you mean node?"),
    (rename(*P1, "forecast_mw", to="forcast_mw"), 'prosumers["P1"].forcast_mw', "unknown key", "forecast_mw?"),
    (put(*P1, "forecast_mw", value=[0.0] * 4), 'prosumers["P1"].forecast_mw', "4 values for 3 steps", "Remove 1"),
    (
        put(*P1, "forecast_mw", value=[0.0, "1.0", 0.0]),
        'prosumers["P1"].forecast_mw[1]',
        '"1.0"',
        "without the quotes",
    ),
    (put(*P1, "actual_mw", value=[0.0, float("nan"), 0.0]), 'prosumers["P1"].actual_mw[1]', "nan", "Fill"),
    (
        put(*P1, "forecast_mw", value=[0.0, float("inf"), 0.0]),
        'prosumers["P1"].forecast_mw[1]',
        "infinite",
        "finite",
    ),
    # flexibility
    (put(*BATTERY, "kind", value="batery"), 'prosumers["P1"].flexibility[0].kind', '"batery"', '"battery"?'),
    (drop(*BATTERY, "kind"), 'prosumers["P1"].flexibility[0].kind', "missing", "kind"),
    (drop(*BATTERY, "power_mw"), 'prosumers["P1"].flexibility[0].power_mw', "missing", "power_mw"),
    (put(*BATTERY, "power_mw", value=-1), 'prosumers["P1"].flexibility[0].power_mw', "negative (-1)", ">= 0"),
    (put(*BATTERY, "power_mw", value=float("inf")), "flexibility[0].power_mw", "unbounded flexibility", "limit"),
    (put(*BATTERY, "initial_soc", value=50), "flexibility[0].initial_soc", "50 is not from 0 to 1", "0.5 for 50 %"),
    (put(*BATTERY, "charge_efficiency", value=0), "flexibility[0].charge_efficiency", "above 0 to 1", "share"),
    (put(*BATTERY, "cost_per_mwh", value=-1), "flexibility[0].cost_per_mwh", "negative", ">= 0"),
    (put(*BATTERY, "cyclic", value="true"), "flexibility[0].cyclic", 'the text "true"', "without quotes"),
    (put(*BATTERY, "size", value=1), "flexibility[0].size", "unknown key", "known here: kind, power_mw"),
    (put(*CURTAILMENT, "available_mw", value=[0.1, -0.2, 0]), "flexibility[0].available_mw[1]", "(-0.2)", ">= 0"),
    (put(*CURTAILMENT, "available_mw", value=[0.1]), "flexibility[0].available_mw", "1 value for 3 steps", "Add 2"),
    (
        put(*INVERTER, "apparent_power_mva", value=0.25),
        "flexibility[1].generation_mw[1]",
        "0.3 MW don't fit through an inverter of 0.25 MVA",
        "raise",
    ),
    (
        put(*CONVEX, "minimum_mw", value=0.05),
        "flexibility[0].minimum_mw[0]",
        "more than maximum_mw, 0 MW",
        "Exchange",
    ),
    (put(*CONVEX, "rows_mw", value=[[1.0, 1.0]]), "flexibility[0].rows_m", "2 values for 3 steps", "Add 1"),
    (
        put(*CONVEX, "rows_mw", value=[[1.0], [1.0, 2.0]]),
        "flexibility[0].rows_mw",
        "different lengths: 1, 2",
        "each row",
    ),
    (put(*CONVEX, "upper", value=[1.0, 2.0]), "flexibility[0].upper", "2 rows, but rows_mw has 1", "each row"),
    (
        put(*CONVEX, "minimum_mw", value=float("-inf")),
        "flexibility[0].minimum_mw[0]",
        "unbounded flexibility",
        "limit",
    ),
    # groups
    (put("players", "branch 1", value=["P1", "P9"]), 'players["branch 1"][1]', 'no prosumer "P9"', 'Known: "P1"'),
    (put("players", "branch 1", value=["P1", "shop"]), 'players["branch 1"][1]', "regular customer", "Remove"),
    (put("players", "branch 1", value=["P1", "P1"]), 'players["branch 1"][1]', "already in this group", "once"),
    (
        put("players", "branch 2", value=["P2"]),
        'players["branch 2"][0]',
        'already in the group "branch 1"',
        "one group",
    ),
    (put("players", "branch 1", value=[]), 'players["branch 1"]', "without members", "remove it"),
    (rename("players", "branch 1", to="P3"), 'players["P3"]', "also the name of a prosumer", "Rename"),
    (put("players", "branch 1", value="P1"), 'players["branch 1"]', "expected a list of names", "square brackets"),
    (put("players", "branch 1", value=["P1", 2]), 'players["branch 1"][1]', "expected a text", '"2"'),
]

WARNINGS = [
    (put("time", "step_hours", value=60), "time.step_hours", "60 hours is unusual", "= 1 if minutes"),
    (put("time", "step_hours", value=900), "time.step_hours", "900 hours is unusual", "= 0.25 if seconds"),
    (put("market", "price_per_mwh", value=0.139), "market.price_per_mwh", "0.139 CHF/MWh", "139 if CHF/kWh"),
    (put("grid", "base_kv", value=400), "grid.base_kv", "400 kV is no voltage", "0.4 if volts"),
    (put("grid", "lines", 0, "r_ohm", value=1e3), "grid.lines", '"root" - "n1" with 1000 ohm', "milliohm"),
    (put("grid", "lines", 0, "rating_mva", value=250), "grid.lines", "with 250 MVA", "kVA"),
    (put(*P1, "forecast_mw", value=[0, 3000, 0]), 'prosumers["P1"].forecast_mw', "3000 MVA, much for 0.4 kV", "kW"),
    (put(*P1, "forecast_mw", value=[0, 7, 0]), 'prosumers["P1"].forecast_mw', "7 MVA, much for 0.4 kV", "kW"),
    (
        both(put("grid", "base_kv", value=20), put(*P1, "forecast_mw", value=[0, 7, 0])),
        'prosumers["P1"].forecast_mw',
        "more than all lines",
        "kW",
    ),
    (put(*BATTERY, "power_mw", value=100), "flexibility[0].power_mw", "100, much for 0.4 kV", "kW"),
    (drop("grid", "voltage_band_pu"), "grid.voltage_band_pu", "count as unlimited", "[0.95, 1.05]"),
    (drop("grid", "lines", 0, "rating_mva"), "grid.lines", "1 of 3 lines", "ratings"),
    (put(*P1, "name", value="P1 "), "prosumers[0].name", "ends with a blank", "Remove"),
]


@pytest.mark.parametrize(("change", "where", "message", "remedy"), FILE)
def test_error_of_a_case_file(change: Change, where: str, message: str, remedy: str, tmp_path: Path) -> None:
    document = good()
    change(document)
    if where == "prosumers[0].name" or (where, message) == ("prosumers", "there is no prosumer"):
        del document["players"]
    if '"P3" is also' in message:
        del document["players"]
    write(tmp_path, document)
    with pytest.raises(InputError) as caught:
        read_case(tmp_path)
    told = [str(problem) for problem in caught.value.problems]
    assert len(told) == 1, told
    problem = caught.value.problems[0]
    assert where in problem.where, told
    assert message in problem.message, told
    assert remedy in problem.remedy, told
    assert problem in check_case(tmp_path)


@pytest.mark.parametrize(("change", "where", "message", "remedy"), WARNINGS)
def test_warning_of_a_case_file(change: Change, where: str, message: str, remedy: str, tmp_path: Path) -> None:
    document = good()
    change(document)
    if where == "prosumers[0].name":
        del document["players"]
    write(tmp_path, document)
    read_case(tmp_path)
    (problem,) = check_case(tmp_path)
    assert problem.severity == "warning"
    assert where in problem.where, str(problem)
    assert message in problem.message, str(problem)
    assert remedy in problem.remedy, str(problem)


def test_the_good_case_has_no_problems(tmp_path: Path) -> None:
    """Or every test above would prove nothing."""
    assert check_case(write(tmp_path, good())) == []
    document, tables = with_tables(good())
    for name, text in tables.items():
        (tmp_path / name).write_text(text)
    assert check_case(write(tmp_path, document)) == []


def test_false_single_boundary_without_externalities_is_taken_as_true(tmp_path: Path) -> None:
    document = good()
    document["market"]["externalities"] = False
    assert read_case(write(tmp_path, document)).market.single_boundary is True
    (problem,) = check_case(tmp_path)
    assert (problem.where, problem.severity) == ("market.single_boundary", "warning")
    assert "taken as true" in problem.message
