"""``lempart bill`` as its user meets it: results, files, and every way to get it wrong."""

from __future__ import annotations

import csv
import io
import json
import shutil
from pathlib import Path

import pytest

from lempart.display import gain
from support.command_line import Lempart, toml_case

GRAND = ("--partition", "P1,P2,P3")


def words(text: str) -> str:
    return " ".join(text.split())


def test_a_solved_folder_is_billed_by_the_nucleolus(lempart: Lempart, solved: Path) -> None:
    """The optimal stable partition: the answer first, then amounts, parts, and what each would pay elsewhere."""
    run = lempart("bill", solved)
    assert run.code == 0
    assert run.out.startswith("Bills of {P1} {P2, P3} by nucleolus: 241.00 CHF in all. Nobody gains by leaving.")
    text = words(run.out)
    assert (
        "{P2, P3}: in the core; {P2} comes closest to leaving and would lose 5.50; proven to be the nucleolus" in text
    )
    assert "{P2, P3} P2 {P2} 78.50 84.00 84.00" in text
    assert "settlement is what the rule shifts" in text


def test_an_unstable_partition_says_who_gains(lempart: Lempart, solved: Path) -> None:
    """A partition of one's own: pairs would leave the grand market of Example 2, for 3 each."""
    run = lempart("bill", solved, *GRAND)
    assert run.code == 0
    assert "Somebody gains by leaving." in run.out
    assert "not in the core; {P1, P2} would gain 3.00 by leaving" in words(run.out)
    assert "P3 {P1, P3} 80.00 84.00 78.50" in words(run.out)


def test_result_file_case_and_shipped_name_give_the_same(lempart: Lempart, solved: Path, tmp_path: Path) -> None:
    """The folder, its result.json, a JSON of ``solve --json`` of a shipped case, and the case with a partition."""
    (tmp_path / "alone").mkdir()
    lone = Path(shutil.copy(solved / "result.json", tmp_path / "alone" / "mine.json"))
    runs = [
        lempart("bill", *given)
        for given in (
            (solved,),
            (solved / "result.json",),
            (lone,),
            ("example-2", "--partition", "P1|P2,P3"),
            (solved / "case", "--partition", "P2,P3"),
        )
    ]
    assert {run.code for run in runs} == {0}
    assert len({run.out for run in runs}) == 1


@pytest.mark.parametrize("rule", ["nucleolus", "least-core", "shapley", "dual", "equal", "by-energy"])
def test_every_rule_has_json_and_csv_with_the_same_numbers(
    lempart: Lempart, solved: Path, rule: str, tmp_path: Path
) -> None:
    """JSON and CSV agree, sum to the market's cost, and parts to bills."""
    files = tmp_path / "b.json", tmp_path / "b.csv"
    assert lempart("bill", solved, "--rule", rule, *GRAND, "--json", files[0], "--csv", files[1]).code == 0
    data = json.loads(files[0].read_text(encoding="utf-8"))
    assert data["rule"] == rule
    assert data["seed"] == (0 if rule == "shapley" else None)
    assert data["partition"] == [["P1", "P2", "P3"]]
    (market,) = data["markets"]
    assert sum(bill["amount"] for bill in market["bills"]) == pytest.approx(market["cost"], rel=1e-12)
    rows = list(csv.DictReader(io.StringIO(files[1].read_text(encoding="utf-8"))))
    for row, bill in zip(rows, market["bills"], strict=True):
        assert row["player"] == bill["player"]
        assert float(row["amount"]) == bill["amount"]
        assert sum(bill["parts"].values()) == pytest.approx(bill["amount"], abs=1e-9)
        assert {name: float(row[name]) for name in bill["parts"]} == bill["parts"]
        assert float(row["best_deviation_pays"]) == bill["best_deviation"]["pays"]
        assert row["in_core"] == str(market["in_core"])


def test_standard_output_is_data_alone(lempart: Lempart, solved: Path) -> None:
    """``-`` writes JSON or CSV and nothing else; both at once is a usage error."""
    assert json.loads(lempart("bill", solved, "--json", "-").out)["total"] == pytest.approx(241.0, abs=1e-3)
    rows = list(csv.DictReader(io.StringIO(lempart("bill", solved, "--csv", "-").out)))
    assert [row["player"] for row in rows] == ["P1", "P2", "P3"]
    run = lempart("bill", solved, "--csv", "-", "--json", "-")
    assert run.code == 2
    assert "only one of --json and --csv" in run.err


def test_sampled_shapley_says_so_and_repeats(lempart: Lempart, solved: Path) -> None:
    """Beyond --exact-up-to orders are drawn: errors and the seed are shown; the same seed, the same bills."""
    options = ("--rule", "shapley", *GRAND, "--exact-up-to", "2", "--draws", "30", "--seed", "7")
    run = lempart("bill", solved, *options)
    assert "estimated from 30 random orders, seed 7" in words(run.out)
    assert "±" in run.out
    assert lempart("bill", solved, *options).out == run.out


def test_what_a_leaver_expects_is_taken_from_the_result(lempart: Lempart, tmp_path: Path) -> None:
    """Solved with another deviation model, billed with it; --deviation overrides."""
    folder = tmp_path / "dissolve"
    lempart("solve", "example-1", "--out", folder, "--deviation", "dissolve")
    assert json.loads(lempart("bill", folder, "--json", "-").out)["deviation"] == "dissolve"
    run = lempart("bill", folder, "--json", "-", "--deviation", "pessimistic")
    assert json.loads(run.out)["deviation"] == "pessimistic"


def test_names_with_commas_and_markup_survive(lempart: Lempart, tmp_path: Path) -> None:
    """Names are data: quoted in CSV, never a second column, never markup of the terminal."""
    names = ("a,b", "[red]x", "<script>")
    path = toml_case(tmp_path, prosumers=names)
    grand = json.dumps([list(names)])
    run = lempart("bill", path, "--partition", grand, "--rule", "equal", "--csv", "-")
    assert [row["player"] for row in csv.DictReader(io.StringIO(run.out))] == list(names)
    assert "[red]x" in lempart("bill", path, "--partition", grand, "--rule", "equal").out


def test_without_a_partition_a_case_is_not_billed(lempart: Lempart) -> None:
    """A case has no answer yet: the message says what to do."""
    run = lempart("bill", "example-2")
    assert run.code == 2
    assert "name one with --partition, or solve it with --out first" in run.err


def test_no_stable_partition(lempart: Lempart, solved: Path) -> None:
    """A result without a stable partition needs one to be named."""
    data = json.loads((solved / "result.json").read_text(encoding="utf-8"))
    (solved / "result.json").write_text(json.dumps(data | {"optimal_stable": None}), encoding="utf-8")
    run = lempart("bill", solved)
    assert run.code == 2
    assert "holds no stable partition" in run.err
    assert lempart("bill", solved, *GRAND).code == 0


def test_a_case_changed_since_is_refused(lempart: Lempart, solved: Path) -> None:
    """The case beside the result isn't the one solved: no bill is made of it."""
    file = solved / "case" / "case.toml"
    file.write_text(file.read_text(encoding="utf-8").replace("100.0", "101.0"), encoding="utf-8")
    run = lempart("bill", solved)
    assert run.code == 1
    assert "not the one that was solved" in run.err


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "can't be read: not valid JSON"),
        ("[1]", "isn't the result of lempart solve"),
        ('{"a": 1}', "isn't the result"),
    ],
)
def test_files_that_are_no_results(lempart: Lempart, tmp_path: Path, content: str, message: str) -> None:
    """Broken or foreign JSON is named with the remedy."""
    path = tmp_path / "x.json"
    path.write_text(content, encoding="utf-8")
    run = lempart("bill", path)
    assert run.code == 1
    assert message in run.err
    assert "lempart solve CASE --out FOLDER" in run.err


def test_a_result_without_its_case(lempart: Lempart, solved: Path) -> None:
    """A result whose case isn't beside it and doesn't ship can't be billed."""
    shutil.rmtree(solved / "case")
    data = json.loads((solved / "result.json").read_text(encoding="utf-8"))
    (solved / "result.json").write_text(json.dumps(data | {"case": "mine"}), encoding="utf-8")
    run = lempart("bill", solved)
    assert run.code == 1
    assert "there is no case beside it" in run.err


def test_a_market_too_large_for_the_rule(lempart: Lempart, solved: Path) -> None:
    """With fewer groups allowed than there are: the nucleolus is refused, equal shares say what wasn't checked."""
    run = lempart("bill", solved, *GRAND, "--most-groups", "5")
    assert run.code == 2
    assert "raise most_groups (--most-groups)" in run.err
    run = lempart("bill", solved, *GRAND, "--most-groups", "5", "--rule", "equal")
    assert run.code == 0
    assert "the core was not checked" in words(run.out)


def test_a_partition_that_is_not_viable(lempart: Lempart, tmp_path: Path) -> None:
    """Without batteries nobody balances alone: there is nothing to bill, and the reason is given."""
    path = toml_case(tmp_path, externalities=False, battery_mw=0.0)
    run = lempart("bill", path, "--partition", "P1|P2|P3", "--rule", "equal")
    assert run.code == 1
    assert "there are no bills, the partition is not viable" in run.err


def test_unknown_things(lempart: Lempart, solved: Path) -> None:
    """Unknown rules, players and cases exit with 2, 2 and 1 and name what there is."""
    run = lempart("bill", solved, "--rule", "fair")
    assert run.code == 2
    assert "nucleolus" in run.err
    run = lempart("bill", solved, "--partition", "P1,P9")
    assert run.code == 2
    assert "no such player: P9" in run.err
    assert lempart("bill", "no-such-case").code == 1


def test_narrow_screens_show_every_number(lempart: Lempart, solved: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """At 50 columns nothing is cut off: rows become lists."""
    wide = lempart("bill", solved).out
    monkeypatch.setenv("COLUMNS", "50")
    narrow = lempart("bill", solved).out
    for number in ("78.50", "84.00", "18.50", "241.00"):
        assert number in wide
        assert number in narrow


def test_who_gains_within_the_tie_break_does_not_gain(lempart: Lempart) -> None:
    """Bills from duals, which know of the tie-break: what it is worth to a group, 0.00018 here, is no gain.

    By Theorem VI.1 these bills are in the core.
    """
    found = Path(__file__).parents[1] / "data" / "found" / "dual-bill-and-tie.toml"
    run = lempart("bill", found, "--partition", "p0,p1,p2,p3,p4", "--rule", "dual")
    assert run.code == 0
    assert "Nobody gains by leaving." in run.out
    assert "in the core; {p0, p2, p3, p4} comes closest to leaving and would neither gain nor lose." in words(run.out)


def test_a_small_gain_is_told_with_its_digits() -> None:
    """Who gains is never told to gain 0.00."""
    assert [gain(value) for value in (1234.5, 0.005, 0.0018, 2e-5)] == ["1,234.50", "0.01", "0.002", "2e-05"]
