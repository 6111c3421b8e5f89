"""MATPOWER case files: what their code converts is converted, what isn't understood is refused."""

from __future__ import annotations

import contextlib
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lempart.case import Case, check
from lempart.errors import InputError
from lempart.io import from_matpower
from lempart.io.networks.matpower.text import statements
from lempart.io.networks.network import Imported

HEADER = """function mpc = feeder
%FEEDER  a feeder with three buses, [brackets] and 'quotes' in a comment
mpc.version = '2';
mpc.baseMVA = 10;
"""
BUS = """
%% bus data
%	bus_i	type	Pd	Qd	Gs	Bs	area	Vm	Va	baseKV	zone	Vmax	Vmin
mpc.bus = [ %% (Pd and Qd are specified in kW & kVAr here)
	1	3	0	0	0	0	1	1	0	12.5	1	1	1;
	20	1	400	-200	0	0	1	1	0	12.5	1	1.1	0.9;
	300	1	100	60	0	0	1	1	0	12.5	1	1.05	0.95
];
"""
GEN = """
mpc.gen = [
	1	0	0	10	-10	1	100	1	10	0	0	0	0	0	0	0	0	0	0	0	0;
];
"""
BRANCH = """
mpc.branch = [ %% (r and x specified in ohms here)
	20	1	0.5	0.25	0	3	0	0	0	0	1	-360	360;
	20	300	1.0, 0.5, 0	0	0	0	0	0	1	-360	360;
	1	300	9	9	0	0	0	0	0	0	0	-360	360;
];
mpc.gencost = [
	2	0	0	3	0.01*10^6	20	0;
];
"""
CONVERSION = """
%% convert branch impedances from Ohms to p.u.
[PQ, PV, REF, NONE, BUS_I, BUS_TYPE, PD, QD, GS, BS, BUS_AREA, VM, ...
    VA, BASE_KV, ZONE, VMAX, VMIN, LAM_P, LAM_Q, MU_VMAX, MU_VMIN] = idx_bus;
[F_BUS, T_BUS, BR_R, BR_X, BR_B, RATE_A, RATE_B, RATE_C, ...
    TAP, SHIFT, BR_STATUS, PF, QF, PT, QT, MU_SF, MU_ST, ...
    ANGMIN, ANGMAX, MU_ANGMIN, MU_ANGMAX] = idx_brch;
Vbase = mpc.bus(1, BASE_KV) * 1e3;      %% in Volts
Sbase = mpc.baseMVA * 1e6;              %% in VA
mpc.branch(:, [BR_R BR_X]) = mpc.branch(:, [BR_R BR_X]) / (Vbase^2 / Sbase);

%% convert loads from kW to MW
mpc.bus(:, [PD, QD]) = mpc.bus(:, [PD, QD]) / 1e3;
"""
FEEDER = HEADER + BUS + GEN + BRANCH


def imported(tmp_path: Path, text: str, **options: Any) -> Imported:
    file = tmp_path / "feeder.m"
    file.write_text(text)
    (only,) = from_matpower(file, **{"rating_mva": "unlimited", **options})
    assert not [problem for problem in check(only.case) if problem.severity == "error"]
    return only


def power(case: Case) -> dict[str, complex]:
    names = [person.name for person in case.prosumers]
    return dict(zip(names, case.scenario.forecast[:, 0].tolist(), strict=True))


def test_ohms_and_kilowatts_are_converted(tmp_path: Path) -> None:
    """The case has the file's ohms, and MW for its kW; unconverted they would be 15.6 and 1000 times as large."""
    case = imported(tmp_path, FEEDER + CONVERSION).case
    lines = {(line.from_node, line.to_node): (line.r_ohm, line.x_ohm, line.rating_mva) for line in case.grid.lines}
    assert lines["bus 1", "bus 20"] == pytest.approx((0.5, 0.25, 3.0))
    assert lines["bus 20", "bus 300"] == (pytest.approx(1.0), pytest.approx(0.5), None)
    assert power(case) == pytest.approx({"load 20": -0.4 + 0.2j, "load 300": -0.1 - 0.06j})
    assert (case.grid.pcc, case.grid.base_kv, case.name) == ("bus 1", 12.5, "feeder")
    bands = [line.voltage_band_pu or case.grid.voltage_band_pu for line in case.grid.lines]
    assert bands == [(0.9, 1.1), (0.95, 1.05)]


def test_per_unit_stays_per_unit(tmp_path: Path) -> None:
    """Without conversion code the entries are p.u. and MW: 0.5 p.u. is 0.5 x 12.5^2 / 10 ohm."""
    case = imported(tmp_path, FEEDER).case
    assert case.grid.lines[0].r_ohm == pytest.approx(0.5 * 12.5**2 / 10)
    assert power(case)["load 20"] == pytest.approx(-400 + 200j)


@pytest.mark.parametrize(
    "code",
    [
        # Column numbers instead of names, and a field of mpc as variable.
        """mpc.Vbase = mpc.bus(1,10)*10^3; % in Volts
           mpc.Sbase = mpc.baseMVA * 1e6
           mpc.branch(:, [3, 4]) = mpc.branch(:, [3, 4]) / (mpc.Vbase^2 / mpc.Sbase);
           mpc.bus(:, [3, 4]) = mpc.bus(:, [3, 4]) ./ 1e3;""",
        # One column at a time, elementwise operators, a unary minus.
        """define_constants
           zb = mpc.bus(1, BASE_KV)^2 / mpc.baseMVA;
           mpc.branch(:, BR_R) = mpc.branch(:, BR_R) .* (1 / zb); mpc.branch(:, BR_X) = mpc.branch(:, BR_X) ./ zb;
           mpc.bus(:, PD) = -(-mpc.bus(:, PD)) * 10^-3, mpc.bus(:, QD) = mpc.bus(:, QD) * 1e-3""",
    ],
)
def test_other_spellings_of_the_conversion(tmp_path: Path, code: str) -> None:
    """All spellings give the case of the usual one."""
    usual = imported(tmp_path, FEEDER + CONVERSION).case
    other = imported(tmp_path, FEEDER + code).case
    assert [line.from_node for line in other.grid.lines] == [line.from_node for line in usual.grid.lines]
    np.testing.assert_allclose(other.scenario.forecast, usual.scenario.forecast, rtol=1e-12)
    for one, two in zip(other.grid.lines, usual.grid.lines, strict=True):
        assert (one.r_ohm, one.x_ohm) == pytest.approx((two.r_ohm, two.x_ohm))


def test_power_factor_code(tmp_path: Path) -> None:
    """As case141 ends: Q from P and a power factor, then P itself; in the wrong order Q would be too small."""
    code = "pf = 0.85;\nmpc.bus(:, QD) = mpc.bus(:, PD) * sin(acos(pf));\nmpc.bus(:, PD) = mpc.bus(:, PD) * pf;\n"
    found = power(imported(tmp_path, FEEDER + CONVERSION + code).case)["load 20"]
    assert found == pytest.approx(-0.4 * complex(0.85, math.sqrt(1 - 0.85**2)))


def test_a_second_function_in_the_file_is_not_followed(tmp_path: Path) -> None:
    """Some files append MATPOWER's idx_bus: only the case's own function counts."""
    more = "\nfunction [PQ, PV] = idx_bus\nPQ = 1;\nfor k = 1:3\n  disp(k)\nend\n"
    assert imported(tmp_path, FEEDER + CONVERSION + more).case == imported(tmp_path, FEEDER + CONVERSION).case


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("if true\n", "only assignments are followed"),
        ("mpc = scale_load(2, mpc);", "`, mpc)` isn't understood"),
        ("mpc.bus(2, PD) = 5;", "only whole columns are followed"),
        ("mpc.bus(:, PD) = mpc.bus(:, PD) * factor;", "factor isn't understood"),
        ("mpc.bus(:, LOAD) = 5;", "the columns LOAD are unknown"),
        ("mpc.bus(:, 99) = 5;", "has no columns 99"),
        (
            "mpc.bus(:, [PD QD]) = mpc.branch(:, [BR_R BR_X]);\nmpc.bus(:, PD) = mpc.areas(:, 1);",
            "no mpc.areas yet",
        ),
        ("mpc.bus(:, PD) = mpc.bus(:, PD) * mpc.bus(:, QD);", "matrix algebra isn't followed"),
        ("x = 3 +;", "it is no plain arithmetic"),
        ("x = __import__('os').getcwd();", "isn't understood"),
        ("system('ls');", "only assignments are followed"),
        ("mpc.gen = [ 1 2; 3 ];", "row 2 has 1 entries instead of 2"),
        ("mpc.branch = [ a b ];", "a isn't understood"),
    ],
)
def test_code_beyond_conversions_is_refused(tmp_path: Path, code: str, reason: str) -> None:
    """The statement is quoted with the reason: skipping it could be wrong by a factor of 1000."""
    with pytest.raises(InputError) as caught:
        imported(tmp_path, FEEDER + "define_constants;\n" + code)
    assert "can't follow `" in str(caught.value)
    assert reason in str(caught.value)


def test_absent_ratings_are_refused(tmp_path: Path) -> None:
    """RATE_A = 0 means "no limit stated" in MATPOWER, and 9900 is used for the same; L 20-1 has its 3 MVA."""
    with pytest.raises(InputError, match="1 lines have no rating, or a placeholder: branch 20-300"):
        imported(tmp_path, FEEDER, rating_mva=None)
    dummy = FEEDER.replace("0.25	0	3", "0.25	0	9900")
    assert [line.rating_mva for line in imported(tmp_path, dummy, rating_mva=2.0).case.grid.lines] == [2.0, 2.0]


def test_equal_bounds_are_no_band(tmp_path: Path) -> None:
    """Vmax = Vmin = 1 marks a voltage that somebody holds, as at the reference bus; elsewhere it is asked for."""
    held = FEEDER.replace("1.05	0.95", "1	1")
    with pytest.raises(InputError, match="1 buses have no voltage band: bus 300"):
        imported(tmp_path, held)


def test_bus_names_and_generators(tmp_path: Path) -> None:
    """bus_name names buses; a generator off the reference bus feeds in at its load's bus, one at it is the grid."""
    names = "mpc.bus_name = {\n 'Station; {old';\n 'It''s %here';\n 'End';\n};\n"
    gen = GEN.replace(
        "];",
        "	300	0.03	0.01	0	0	1	100	1	1	0;\n	300	9	9	0	0	1	100	0	1	0;\n];",
    ).replace("	10	0	0	0	0	0	0	0	0	0	0	0	0;", "	10	0;")
    only = imported(tmp_path, HEADER + BUS + gen + BRANCH + CONVERSION + names)
    assert [line.to_node for line in only.case.grid.lines] == ["It's %here", "End"]
    assert power(only.case)["load 300"] == pytest.approx(-0.07 - 0.05j)
    assert any("voltage control is not modelled" in note.message for note in only.notes)


def test_taps_and_set_points_are_noted(tmp_path: Path) -> None:
    text = FEEDER.replace("0.25	0	3	0	0	0", "0.25	0	3	0	0	1.025").replace(
        "-10	1	100", "-10	1.02	100"
    )
    notes = "\n".join(note.message for note in imported(tmp_path, text).notes)
    assert "tap ratios of branch 20-1" in notes
    assert "bus 1 is held at 1.02 p.u." in notes


def test_isolated_buses_are_gone(tmp_path: Path) -> None:
    text = FEEDER.replace("300	1	100", "300	4	100")
    assert list(power(imported(tmp_path, text).case)) == ["load 20"]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "	20	1	400	-200	0	0",
            "	20	1	400	-200	0	3",
            "1 elements of kind shunt.*bus 20",
        ),
        ("	20	1	400", "	300	1	400", "bus 300 occurs twice"),
        ("	20	1	0.5", "	77	1	0.5", "names buses that don't exist: 77"),
        ("12.5	1	1.1", "0	1	1.1", "buses without a base voltage: 20"),
        ("baseMVA = 10", "baseMVA = 0", "mpc.baseMVA: is not above 0"),
        ("mpc.baseMVA = 10;", "", "has no mpc.baseMVA"),
        ("mpc.branch =", "mpc.lines =", "has no mpc.branch"),
        ("function mpc = feeder", "function [baseMVA, bus, gen] = feeder", "isn't in case format 2"),
        (
            "1	300	9	9	0	0	0	0	0	0	0",
            "1	300	9	9	0	0	0	0	0	0	1",
            "3 branches form a loop",
        ),
        ("	1	3	0", "	1	2	0", "no external grid in service"),
    ],
)
def test_files_that_can_t_be_a_case(tmp_path: Path, old: str, new: str, message: str) -> None:
    assert old in FEEDER
    with pytest.raises(InputError, match=message):
        imported(tmp_path, FEEDER.replace(old, new))


def test_shunts_may_be_left_out(tmp_path: Path) -> None:
    text = FEEDER.replace("	20	1	400	-200	0	0", "	20	1	400	-200	0	3")
    assert imported(tmp_path, text, ignore_elements=("shunt",)).case == imported(tmp_path, FEEDER).case


@pytest.mark.parametrize("content", ["", "hello", "{}", "<xml/>", "mpc.bus = [", "'"])
def test_files_that_are_something_else(tmp_path: Path, content: str) -> None:
    with pytest.raises(InputError, match=r"feeder\.m"):
        imported(tmp_path, content)


def test_a_file_that_isn_t_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="can't be opened: No such file"):
        from_matpower(tmp_path / "none.m")


def test_statements() -> None:
    """Comments, continuations, quotes with a percent sign, transposes, block comments, several on a line."""
    text = "a = 1; b = 2, c = 'x % y' % z\n%{\nd = 4\n%}\nm = [1 2 % one\n 3 4];\ne = m' + ... rest\n 1\n"
    assert [statement.text for statement in statements(text)] == [
        "a = 1",
        "b = 2",
        "c = 'x % y'",
        "m = [1 2 ; 3 4]",
        "e = m' +   1",
    ]


def test_against_pandapower_s_case33bw(tmp_path: Path) -> None:
    """The Baran-Wu feeder written as MATPOWER writes it, in kW and ohms, gives pandapower's own network."""
    networks = pytest.importorskip("pandapower.networks")
    from lempart.io import from_pandapower

    net = networks.case33bw()
    load = net.load.set_index("bus")[["p_mw", "q_mvar"]].mul(1e3).to_dict("index")
    rows = [
        [
            bus + 1,
            3 if bus == 0 else 1,
            *load.get(bus, {"p": 0, "q": 0}).values(),
            0,
            0,
            1,
            1,
            0,
            12.66,
            1,
            1.1,
            0.9,
        ]
        for bus in net.bus.index
    ]
    branches = [
        [a + 1, b + 1, r * length, x * length, 0, 0, 0, 0, 0, 0, int(on), -360, 360]
        for a, b, r, x, length, on in net.line[
            ["from_bus", "to_bus", "r_ohm_per_km", "x_ohm_per_km", "length_km", "in_service"]
        ].itertuples(index=False)
    ]

    def matrix(name: str, entries: list[list[float]]) -> str:
        return f"mpc.{name} = [\n" + "".join("\t".join(map(repr, row)) + ";\n" for row in entries) + "];\n"

    ours = imported(tmp_path, HEADER + matrix("bus", rows) + GEN + matrix("branch", branches) + CONVERSION).case
    (theirs,) = from_pandapower(net, rating_mva="unlimited")
    assert ours.grid.voltage_band_pu == theirs.case.grid.voltage_band_pu
    number = {name: int(name) for name in net.bus.name.astype(str)}

    def impedances(case: Case, place: Any) -> dict[tuple[int, int], complex]:
        return {
            (place(line.from_node), place(line.to_node)): complex(line.r_ohm, line.x_ohm) for line in case.grid.lines
        }

    here = impedances(ours, lambda name: int(name.removeprefix("bus ")) - 1)
    there = impedances(theirs.case, lambda name: number[name])
    assert here == pytest.approx(there)
    np.testing.assert_allclose(ours.scenario.forecast, theirs.case.scenario.forecast, rtol=1e-9)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_damaged_files_end_in_an_input_error(tmp_path: Path, data: st.DataObject) -> None:
    """Cut, repeat or overwrite any piece of a good file: a case or an InputError, never another exception."""
    text = FEEDER + CONVERSION
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, min(len(text), start + 40)))
    junk = st.sampled_from(["", "NaN", "Inf", "-1", "1e999", "0", ";", "]", "[", "'", "/ 0", "^9^9^9", "\n", "%"])
    file = tmp_path / "damaged.m"
    file.write_text(text[:start] + data.draw(junk) + text[end:])
    with contextlib.suppress(InputError):
        from_matpower(file, rating_mva="unlimited", voltage_band_pu="unlimited")
