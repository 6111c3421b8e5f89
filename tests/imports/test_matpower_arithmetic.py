"""MATLAB's arithmetic and text as MATLAB reads them, and what looks like them and is refused."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from test_matpower_files import BRANCH, BUS, CONVERSION, FEEDER, GEN, HEADER, imported, power

from lempart.errors import InputError
from lempart.io import from_matpower
from lempart.io.networks.matpower.arithmetic import NotFollowedError, value_of
from lempart.io.networks.matpower.text import statements

# From the table of operator precedence in MATLAB's documentation, worked out by hand.
WORTH = [
    ("2^3^2", 64.0),
    ("2.^3.^2", 64.0),
    ("-2^2", -4.0),
    ("2^-1", 0.5),
    ("2^+1", 2.0),
    ("(-2)^2", 4.0),
    ("2*-3", -6.0),
    ("--3", 3.0),
    ("-+-3", 3.0),
    ("6/2*3", 9.0),
    ("2-3-4", -5.0),
    ("1 - 2 * 3 + 4", -1.0),
    ("3./2", 1.5),
    ("3.*2", 6.0),
    ("3.5./.5", 7.0),
    ("1.e1 + 1.", 11.0),
    ("1E+2 - 1e-2", 99.99),
    ("2 ^ (1 + 1)", 4.0),
    ("sqrt(16)^2 / abs(-4)", 4.0),
    ("-sqrt(4)^2", -4.0),
    ("0.01*10^6", 10000.0),
    ("((((3))))", 3.0),
]

REFUSED = [
    ("2^-1^2", "needs brackets"),
    ("1e999", "1e999 is too large"),
    ("10^400", "too large"),
    ("1" * 400, "1{17}... is too large"),
    ("9^9^9^9", "too large"),
    ("1/0", "zero"),
    ("0^-1", "zero|0.0 cannot"),
    ("(-1)^.5", "no real number"),
    ("sqrt(-1)", "invalid"),
    ("acos(2)", "invalid"),
    ("tan(3", "not closed"),
    ("(" * 10_000 + "1" + ")" * 10_000, "more than 1,000 signs|nested too deeply"),
    ("(" * 400 + "1" + ")" * 400, "nested too deeply"),
    ("sqrt(" * 100 + "1" + ")" * 100, "nested too deeply"),
    ("1" + "+1" * 10_000, "more than 1,000 signs"),
    ("-" * 10_000 + "1", "more than 1,000 signs"),
    ("", "ends early"),
    ("1 2", "`2` isn't understood there"),
    ("1_000", "isn't understood"),
    ("１２", "isn't understood"),
    ("0x10", "`x10` isn't understood"),
    ("3d2", "`d2` isn't understood"),
    ("3i", "`i` isn't understood"),
    ("2**3", "`\\*` isn't understood"),
    ("7 // 2", "`/` isn't understood"),
    ("7 % 2", "isn't understood"),
    ("x", "x isn't understood"),
    ("x'", "isn't understood"),
    ("sin", "sin isn't understood"),
    ("exp(1)", "exp isn't understood"),
    ("true", "true isn't understood"),
    ("1 == 1", "isn't understood"),
    ("a.b", "isn't understood"),
    ("system('ls')", "isn't understood"),
    ("lambda: 3", "isn't understood"),
    ("[1 2]", "isn't understood"),
]


def unknown(name: str) -> float:
    raise NotFollowedError(f"{name} isn't understood")


@pytest.mark.parametrize(("text", "worth"), WORTH)
def test_what_expressions_are_worth(text: str, worth: float) -> None:
    assert value_of(text, unknown) == pytest.approx(worth, rel=1e-15)


@pytest.mark.parametrize(("text", "told"), REFUSED, ids=[text[:20] for text, _ in REFUSED])
def test_what_is_no_arithmetic_of_case_files(text: str, told: str) -> None:
    """Refused with the reason, and never by running out of stack."""
    with pytest.raises((NotFollowedError, ArithmeticError), match=told):
        value_of(text, unknown)


@pytest.mark.parametrize(
    ("code", "line", "told"),
    [
        ("x = 1e999;", 27, "1e999 is too large"),
        ("\n\nx = 1 / 0;", 29, "zero"),
        ("mpc.bus(:, PD) = mpc.bus(:, PD) / (1 - 1);", 27, "divide by zero"),
        ("mpc.bus(:, [PD QD]) = mpc.bus(:, PD);", 27, "both sides differ in shape"),
        ("mpc.bus(:, PD) = mpc.bus(:, PD)^2;", 27, "matrix algebra"),
        ("mpc.bus(:, PD) = 2 / mpc.bus(:, PD);", 27, "matrix algebra"),
        ("mpc.bus(:, PD) = mpc.gen(:, PG) + mpc.bus(:, PD);", 27, "differ in shape"),
        ("mpc.bus = mpc.bus * 2;", 27, "mpc.bus is no matrix in square brackets"),
        ("mpc.bus = 'none';", 27, "mpc.bus is no matrix"),
        ("mpc.version = '1';", 27, "only case format 2 is read"),
        ("PD = 4;", 27, "PD has a meaning of its own"),
        ("sin = 4;", 27, "sin has a meaning of its own"),
        ("[PQ, PV, REF, NONE, BUS_I, BUS_TYPE, QD, PD] = idx_bus;", 27, "QD is not the column of that name"),
        ("[PD] = idx_mine;", 27, "PD is not the column of that name"),
        ("!touch acted", 27, "only assignments are followed"),
        ("mpc.branch = [ 1 2 0.1 - 0.05 ];", 27, "it ends early"),
        ("%{\nnever closed", None, "a block comment, %{, is not closed"),
        ("x = 1;\n" * 10_001, None, "more than 10,000 statements"),
    ],
)
def test_errors_name_line_and_text(tmp_path: Path, code: str, line: int | None, told: str) -> None:
    with pytest.raises(InputError) as caught:
        imported(tmp_path, FEEDER + "define_constants;\n" + code)
    assert told in str(caught.value)
    if line is not None:
        assert f"feeder.m line {line}: can't follow `{code.split(maxsplit=1)[0][:20]}" in str(caught.value)


@pytest.mark.parametrize(
    "addition",
    [
        # What only looks like code: a line break of other languages within a comment, code in a string.
        "% note\u2028mpc.bus(:, PD) = 7 * mpc.bus(:, PD);\n",
        "% note\x0cmpc.bus(:, PD) = 7 * mpc.bus(:, PD);\n",
        "x = 'a; mpc.baseMVA = 1';\n",
        'x = "it\'s; mpc.baseMVA = 1 % no";\n',
        "%{\n%{\nx = inner\n%}\nmpc.baseMVA = 1;\n%}\n",
        "x = 1; ... mpc.baseMVA = 1;\n\n",
        "mpc.genfuel = {\n'hydro';\n};\n",
        "x = 3; x = x * 2 % three; mpc.baseMVA = x\n",
    ],
)
def test_what_is_no_code_changes_nothing(tmp_path: Path, addition: str) -> None:
    text = HEADER + BUS + GEN + BRANCH + addition + CONVERSION
    assert imported(tmp_path, text).case == imported(tmp_path, FEEDER + CONVERSION).case


@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
def test_line_ends_of_other_systems(tmp_path: Path, ends: str) -> None:
    (tmp_path / "feeder.m").write_bytes((FEEDER + CONVERSION).replace("\n", ends).encode())
    (only,) = from_matpower(tmp_path / "feeder.m", rating_mva="unlimited")
    assert power(only.case) == pytest.approx({"load 20": -0.4 + 0.2j, "load 300": -0.1 - 0.06j})


def test_signs_in_a_matrix(tmp_path: Path) -> None:
    """In MATLAB ``[1 -2]`` are two entries and ``[1-2]`` is one."""
    text = FEEDER.replace("	20	1	400	-200	0	0", "	20	1	400-100 +200	0	0")
    assert power(imported(tmp_path, text).case)["load 20"] == pytest.approx(-300 - 200j)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("	20	1	400", "	20	1	NaN", "mpc.bus row 2: PD is nan, which no case has"),
        ("	20	1	400", "	20	1	1e300", r"mpc.bus row 2: PD is 1e\+300"),
        ("	20	1	0.5", "	20	1	Inf", "mpc.branch row 1: BR_R is inf"),
        ("	20	1	0.5", "	20	1.5	0.5", r"mpc.branch: 1.5 is no bus number"),
        ("	20	1	0.5", "	1e12	1	0.5", r"mpc.branch: 1000000000000.0 is no bus number"),
        ("baseMVA = 10", "baseMVA = 1e300", r"mpc.baseMVA: is 1e\+300, which no case has"),
    ],
)
def test_numbers_that_can_t_be_computed_with(tmp_path: Path, old: str, new: str, told: str) -> None:
    """Told with matrix, row and column."""
    with pytest.raises(InputError, match=told):
        imported(tmp_path, FEEDER.replace(old, new))


STORAGE = "mpc.storage = [\n20 0 0 0.1 1 0.05 0.05 0.9 0.9 1 -1 1 0 0 0 0 1;\n];\n"
SWITCH = "mpc.switch = [\n20 300 0 0 1 1000 1;\n];\n"


@pytest.mark.parametrize(("kind", "code"), [("storage", STORAGE), ("switch", SWITCH)])
def test_other_matrices_are_refused_by_name(tmp_path: Path, kind: str, code: str) -> None:
    """A battery, a switch: once left out without a word."""
    with pytest.raises(InputError, match=f"1 elements of kind {kind} have no counterpart .*: mpc.{kind}"):
        imported(tmp_path, FEEDER + code)
    assert imported(tmp_path, FEEDER + code, ignore_elements=(kind,)).case == imported(tmp_path, FEEDER).case


def test_what_is_left_out_of_a_file_is_said(tmp_path: Path) -> None:
    """Costs, a generator at a bus that doesn't exist, the load of an isolated bus."""
    narrow = GEN.replace("\t10" + "\t0" * 12 + ";", "\t10\t0;")
    gen = narrow.replace("];", "\t9\t1\t0\t0\t0\t1\t1\t1\t1\t0;\n];")
    text = HEADER + BUS.replace("300\t1\t100", "300\t4\t100") + gen + BRANCH
    notes = "\n".join(map(str, imported(tmp_path, text).notes))
    assert "mpc.gencost was not read" in notes
    assert "generators at buses that are isolated or don't exist were left out: 9" in notes
    assert "loads at isolated buses were left out: 300" in notes


def test_filler_is_no_band(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="1 buses have no voltage band: bus 300"):
        imported(tmp_path, FEEDER.replace("1.05	0.95", "2	0"))


HOSTILE = [
    "%{\n" * 200_000,
    "'" * 500_001,
    "[" * 300_000,
    "mpc.bus(" * 60_000,
    "mpc." * 150_000,
    "x = " + "(" * 400_000,
    "mpc.bus = [" + "1 " * 300_000,
    "a" * 600_000,
    "...\n" * 150_000,
    ";" * 500_000,
    "x = 1" + "'" * 400_000,
    "mpc.bus_name = {" + "'a" * 200_000,
    "[" + "a," * 200_000 + "] = idx_bus",
]


@pytest.mark.parametrize("text", HOSTILE, ids=[text[:12] for text in HOSTILE])
def test_the_time_grows_with_the_text(tmp_path: Path, text: str) -> None:
    """Half a megabyte of what makes careless readers quadratic or exponential takes no ten seconds."""
    (tmp_path / "feeder.m").write_text(HEADER + text)
    start = time.process_time()
    with pytest.raises(InputError):
        from_matpower(tmp_path / "feeder.m")
    assert time.process_time() - start < 5


def test_the_largest_file_is_told(tmp_path: Path) -> None:
    with (tmp_path / "feeder.m").open("wb") as file:
        file.truncate(100 * 2**20)
    with pytest.raises(InputError, match="larger than 32 MiB"):
        from_matpower(tmp_path / "feeder.m")


def test_statements_know_their_lines() -> None:
    text = "\n% one\na = 1; b = ...\n 2;\nm = [\n1\n];\nc = 3"
    assert [(one.text, one.line) for one in statements(text)] == [
        ("a = 1", 3),
        ("b =   2", 3),
        ("m = [;1;]", 5),
        ("c = 3", 8),
    ]
