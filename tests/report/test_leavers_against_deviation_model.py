"""Where a leaving group ends up, and what it pays there, is what the deviation model priced."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path

import pytest

from lempart import costs_of, read_case
from lempart.deviations import DeviationName, deviation_model
from lempart.partition import Partition, mask_of
from lempart.report import read_page
from lempart.report.rows import LeaverRow, MarketRow, PartitionRow
from support.command_line import toml_case


def _leavers(folder: Path) -> list[tuple[PartitionRow, MarketRow, LeaverRow]]:
    return [
        (row, own, leaver)
        for row in read_page(folder, pictures=False).scenes[0].partitions
        for own in row.markets
        for leaver in own.leavers
    ]


@pytest.mark.parametrize("deviation", ["inertia", "dissolve"])
def test_destination_and_price(deviation: DeviationName, tmp_path: Path, solved: Callable[..., Path]) -> None:
    """On a star of four: the partition named costs the group what the model said, and what it is asked less gains."""
    case = toml_case(tmp_path, prosumers=("A", "B", "C", "D"), rating_mva=1.0)
    folder = solved(case.parent, "--all-cores", "--deviation", deviation)
    costs = costs_of(read_case(folder / "case"))
    model = deviation_model(costs, deviation)
    found = _leavers(folder)
    assert found
    for row, own, leaver in found:
        whole = Partition.of(map(mask_of, row.blocks))
        worth = model.worth(mask_of(leaver.members), mask_of(own.members), whole)
        assert leaver.after is not None
        after = Partition.of(map(mask_of, leaver.after))
        assert costs.coalition_cost(mask_of(leaver.members), after) == pytest.approx(worth, abs=1e-6)
        assert leaver.alone == pytest.approx(worth, abs=1e-6)
        assert leaver.asked is not None
        assert leaver.gain is not None
        assert leaver.asked - leaver.alone == pytest.approx(leaver.gain, abs=1e-9)


def test_where_the_others_may_regroup_no_destination_is_named(tmp_path: Path, solved: Callable[..., Path]) -> None:
    """The optimist's gains are told without a partition that nobody knows."""
    case = toml_case(tmp_path, prosumers=("A", "B", "C"), rating_mva=1.0)
    found = _leavers(solved(case.parent, "--all-cores", "--deviation", "optimistic"))
    assert found
    assert all(leaver.after is None and leaver.alone is None and leaver.gain for _, _, leaver in found)


def test_groups_that_prove_a_core_empty_where_no_more_is_known(tmp_path: Path, solved: Callable[..., Path]) -> None:
    """A verdict that ended with its proof names the balanced collection, and the least that is lacking."""
    case = toml_case(tmp_path, prosumers=("A", "B", "C", "D"), rating_mva=1.0)
    folder = solved(case.parent, "--all-cores")
    written = folder / "result.json"
    result = json.loads(written.read_text("utf-8"))
    entry = next(entry for entry in result["partitions"] if entry["stable"] is False)
    own = next(own for own in entry["coalitions"] if own["stable"] is False)
    highest, own["core_value"], own["blocking"] = own["core_value"], None, []
    own["core_gap"] = {"lowest": None, "highest": highest, "allocation": None, "stopped": "enough"}
    written.write_text(json.dumps(result), "utf-8")
    (folder / "bills.json").unlink()  # they are of the result as it was
    row = read_page(folder, pictures=False).scenes[0].partitions[result["partitions"].index(entry)]
    told = next(market for market in row.markets if market.stable is False)
    assert told.shortfall == pytest.approx(own["cost"] - highest)
    assert [leaver.alone for leaver in told.leavers] == [group["cost"] for group in own["balanced"]]
    assert all(leaver.gain is None and leaver.after is not None for leaver in told.leavers)


def test_without_externalities(tmp_path: Path, solved: Callable[..., Path]) -> None:
    """Strict self-consumption: what isn't viable is shown without amounts and with the reason."""
    case = toml_case(tmp_path, prosumers=("A", "B", "C"), externalities=False, battery_mw=0.4, rating_mva=9.0)
    folder = solved(case.parent, "--all-cores")
    result = json.loads((folder / "result.json").read_text("utf-8"))
    rows = read_page(folder, pictures=False).scenes[0].partitions
    told = [entry["total"] for entry in result["partitions"]]
    assert [row.total for row in rows] == told
    assert None in told
    for row in rows:
        assert (row.total is None) == bool(row.reason)
        assert row.total is None or math.isfinite(row.total)
