"""Reports of what no one could list: many partitions, large markets; their words against the numbers of the result."""

from __future__ import annotations

import json
from pathlib import Path

from lempart import write_case
from lempart.display import count_of, large
from lempart.report.wording import market, partition
from support.command_line import Lempart
from support.feeders import random_feeder


def test_a_proof_covers_what_was_not_listed(tmp_path: Path, lempart: Lempart) -> None:
    """Ten partitions are listed, and the answer is the cheapest of all there are: coalitions were costed."""
    case = random_feeder(3, prosumers=6, children=5, externalities=False, single_boundary=True)
    write_case(case, tmp_path / "case", tables="csv")
    folder = tmp_path / "result"
    assert lempart("solve", tmp_path / "case", "--search", "tree", "--out", folder).code == 0
    data = json.loads((folder / "result.json").read_text("utf-8"))
    assert data["evaluated"] < data["partition_count"]
    run = lempart("report", folder, "--out", tmp_path / "r.html")
    assert "It is also the cheapest of all." in run.out
    page = (tmp_path / "r.html").read_text("utf-8")
    costed = f"{data['coalitions_costed']} of {data['coalition_count']} coalitions costed"
    assert f"{costed}, of which {data['partition_count']} partitions can be made" in page


def test_large_numbers_can_be_read() -> None:
    """Digits up to a trillion, then powers of ten, also beyond what a float holds."""
    assert large(3) == "3"
    assert large(28_657) == "28,657"
    assert large(38_650_000_000_000_000) == "3.9 × 10^16"
    assert large(7 * 10**400) == "10^400"
    assert (count_of(1, "partition"), count_of(10**12, "partition")) == ("1 partition", "1.0 × 10^12 partitions")


def test_large_markets_are_cut() -> None:
    """Twenty members, or markets, are all named; of more the first members, and the largest markets."""
    players = [f"P{i}" for i in range(40)]
    assert market(range(20), players).count("P") == 20
    assert market(range(21), players) == "{P0, P1, P2, P3, … 17 more}"
    alone = tuple((i,) for i in range(20))
    assert partition(alone, players).count("{") == 20
    assert (
        partition((*alone, (20, 21)), players)
        == "{P20, P21} {P0} {P1} {P2} {P3} {P4} {P5} {P6} and 13 more, 13 of them alone"
    )
