"""Exit codes and messages: 0 done, 1 the input or its answer, 2 usage, 3 a solver; never a traceback."""

from __future__ import annotations

from pathlib import Path

import pytest

from lempart.errors import SolverError
from support.command_line import Lempart, toml_case


def test_help_and_version(lempart: Lempart) -> None:
    """Help goes to standard output with code 0 and names every command."""
    found = lempart("--help")
    assert found.code == 0
    for name in ("solve", "check", "cost", "import", "cases", "reproduce"):
        assert f"  {name} " in found.out
        assert lempart(name, "--help").code == 0
    assert lempart("--version").out.startswith("lempart, version ")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["solv"], "No such command 'solv'"),
        (["solve"], "Missing argument 'CASE'"),
        (["solve", "example-1", "--bogus"], "No such option '--bogus'"),
        (["solve", "example-1", "--search", "magic"], "'magic' is not one of"),
        (["solve", "example-1", "--stop-after", "soon"], "'soon' is not a valid float"),
        (["solve", "example-1", "--stop-after", "-1"], "-1.0 is not in the range"),
        (["check", "example-1", "more"], "unexpected extra argument"),
        (["cost", "example-1"], "Missing option '--partition'"),
        (["reproduce", "table-99"], "'table-99'"),
        (["cost", "example-1", "--partition", "P1,X|P2"], "no such player: X. Players are: P1, P2, P3"),
        (["cost", "example-1", "--partition", "P1,P2|P2"], "in more than one coalition: P2"),
        (["cost", "example-1", "--partition", '[["P1", "P2"'], "not a JSON list of lists of names"),
        (["cost", "example-1", "--partition", '["P1", "P2"]'], "not a JSON list of lists of names"),
        (["cost", "example-1", "--partition", "[[1], [2]]"], "not a JSON list of lists of names"),
        (["import", "pandapower", "net.json"], "Missing option '--out'"),
    ],
)
def test_usage_errors(lempart: Lempart, arguments: list[str], told: str) -> None:
    """A call that makes no sense: code 2, nothing on standard output, the reason on standard error."""
    found = lempart(*arguments)
    assert found.code == 2
    assert found.out == ""
    assert told in found.err


def test_overlapping_coalitions_are_named_with_their_edge(lempart: Lempart, tmp_path: Path) -> None:
    """On a chain {A, C} carries the edge on which {B, D} lies too: both coalitions and the edge are named."""
    path = toml_case(tmp_path, prosumers=("A", "B", "C", "D"), chain=True)
    found = lempart("cost", path, "--partition", "A,C|B,D")
    assert found.code == 2
    assert "{A, C} and {B, D} share the edge above node b2" in found.err


@pytest.mark.parametrize(
    ("case", "told"),
    [
        ("nowhere", "nowhere: there is no such case file or folder. Shipped cases are: example-1"),
        ("", "CASE is empty"),
    ],
)
@pytest.mark.parametrize("command", ["solve", "check"])
def test_no_such_case(lempart: Lempart, command: str, case: str, told: str) -> None:
    """A case that isn't there: code 1, and the names of those that ship."""
    found = lempart(command, case)
    assert (found.code, found.out) == (1, "")
    assert told in found.err


def test_folder_without_a_case(lempart: Lempart, tmp_path: Path) -> None:
    """A folder without case.toml says which file it looked for."""
    found = lempart("solve", tmp_path)
    assert found.code == 1
    assert "case.toml: there is no such file" in found.err


def test_check_prints_every_problem(lempart: Lempart, tmp_path: Path) -> None:
    """Three mistakes are reported at once, on standard output, counted, with code 1; solve refuses with the same."""
    path = toml_case(tmp_path)
    text = path.read_text(encoding="utf-8")
    path.write_text(
        text.replace("base_kv = 0.4", "base_kv = -0.4")
        .replace('"n1"\nforecast', '"n9"\nforecast')
        .replace("power_mw = 10.0", "power_mw = -10.0", 1),
        encoding="utf-8",
    )
    found = lempart("check", path)
    assert found.code == 1
    assert found.out.count("error ") >= 3
    for part in ("base_kv", "n9", "power_mw"):
        assert part in found.out
    assert found.err == ""
    refused = lempart("solve", path)
    assert refused.code == 1
    assert refused.out == ""
    for part in ("problems:", "base_kv", "n9", "power_mw"):
        assert part in refused.err


def test_check_of_a_good_case(lempart: Lempart, tmp_path: Path) -> None:
    """A valid case: code 0, its warnings, and one line with what it holds, numbers with the right nouns."""
    found = lempart("check", toml_case(tmp_path, prosumers=("A",)))
    assert found.code == 0
    assert "made is valid, 1 warning: 1 prosumer, 1 player, 2 nodes, 3 steps of 1 h" in found.out
    assert "1 edge-disjoint partition." in found.out


def test_infeasible_limits(lempart: Lempart, tmp_path: Path) -> None:
    """Lines that can't carry the forecast: which, by how much, and what to do; code 1 and nothing on stdout."""
    path = toml_case(tmp_path, battery_mw=0.0, rating_mva=0.4)
    for arguments in (["solve", path], ["cost", path, "--partition", "P1,P2"]):
        found = lempart(*arguments)
        assert (found.code, found.out) == (1, "")
        assert "line root-n0 by 0.6 MVA" in found.err
        assert 'limits = "elastic"' in found.err


def test_nothing_viable(lempart: Lempart, tmp_path: Path) -> None:
    """Without externalities: who can't balance with anyone, and what to do."""
    path = toml_case(tmp_path, prosumers=("A", "B"), battery_mw=0.0, externalities=False)
    found = lempart("solve", path)
    assert (found.code, found.out) == (1, "")
    assert "no partition is viable: A, B are in no viable coalition" in found.err
    assert "Add flexibility, or set externalities = true" in found.err
    one = lempart("cost", path, "--partition", "A|B")
    assert one.code == 1
    assert "{A} {B} is not viable." in one.out


def test_no_stable_partition(lempart: Lempart, tmp_path: Path) -> None:
    """The answer "none" is code 1; it is printed, with who leaves what, and written."""
    path = toml_case(tmp_path, battery_mw=0.6, rating_mva=1.0, externalities=False, tax=0.0)
    found = lempart("solve", path, "--json", tmp_path / "out.json")
    assert found.code == 1
    assert "No stable partition exists. The cheapest, {P1, P2, P3} at 240.00 CHF, is not stable." in found.out
    assert "Proven: all 5 partitions costed" in found.out
    assert "{P1, P2} gains" in found.out
    assert found.out.count("not viable") == 4
    assert '"optimal_stable": null' in (tmp_path / "out.json").read_text(encoding="utf-8")


def _fail(error: BaseException) -> object:
    def fail(*_: object, **__: object) -> None:
        raise error

    return fail


def test_solver_failure(lempart: Lempart, monkeypatch: pytest.MonkeyPatch) -> None:
    """A solver that gives up is code 3, and its message is printed."""
    monkeypatch.setattr(lempart_solve(), "solve_case", _fail(SolverError("the solver stalled at step 4")))
    found = lempart("solve", "example-1")
    assert (found.code, found.out) == (3, "")
    assert found.err == "lempart: the solver stalled at step 4\n"


def test_a_bug_is_a_message_too(lempart: Lempart, monkeypatch: pytest.MonkeyPatch) -> None:
    """An unexpected error asks to be reported and says how to see more; code 3, no traceback."""
    monkeypatch.setattr(lempart_solve(), "solve_case", _fail(ZeroDivisionError("oops")))
    found = lempart("solve", "example-1")
    assert found.code == 3
    assert "internal error, please report it: ZeroDivisionError: oops (LEMPART_DEBUG=1 shows where)" in found.err


def test_interruption_outside_the_search(lempart: Lempart, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C while a case is read: code 130 and one word."""
    monkeypatch.setattr(lempart_solve(), "load", _fail(KeyboardInterrupt()))
    found = lempart("solve", "example-1")
    assert found.code == 130
    assert found.err.strip() == "lempart: interrupted"


def lempart_solve() -> object:
    """Return the module, which the function of the same name in its package hides."""
    import sys

    return sys.modules["lempart.cli.solve"]


@pytest.mark.parametrize(
    ("kind", "name", "told"),
    [
        ("pandapower", "nofile.json", "nofile.json: no such file"),
        ("matpower", "nofile.m", "nofile.m: can't be opened"),
    ],
)
def test_import_of_a_missing_file(lempart: Lempart, tmp_path: Path, kind: str, name: str, told: str) -> None:
    """A grid that isn't there: code 1, and no folder is made."""
    found = lempart("import", kind, tmp_path / name, "--out", tmp_path / "case")
    assert (found.code, found.out) == (1, "")
    assert told in found.err
    assert not (tmp_path / "case").exists()


def test_import_without_ratings(lempart: Lempart, tmp_path: Path) -> None:
    """A grid whose lines have no rating is refused until the user says by what to replace it."""
    source = tmp_path / "two.m"
    source.write_text(
        "function mpc = two\nmpc.version = '2';\nmpc.baseMVA = 1;\n"
        "mpc.bus = [1 3 0 0 0 0 1 1 0 12.66 1 1.05 0.95; 2 1 0.1 0.05 0 0 1 1 0 12.66 1 1.05 0.95];\n"
        "mpc.gen = [1 0 0 10 -10 1 100 1 10 0];\n"
        "mpc.branch = [1 2 0.01 0.01 0 0 0 0 0 0 1 -360 360];\n",
        encoding="utf-8",
    )
    refused = lempart("import", "matpower", source, "--out", tmp_path / "case")
    assert refused.code == 1
    assert "rating" in refused.err
    assert not (tmp_path / "case").exists()
    done = lempart("import", "matpower", source, "--out", tmp_path / "case", "--rating-mva", "2")
    assert done.code == 0
    assert f"Next: lempart check {tmp_path / 'case'}" in done.out
    assert lempart("check", tmp_path / "case").code == 0
