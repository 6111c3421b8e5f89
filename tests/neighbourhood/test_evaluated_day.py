"""One day of the neighbourhood study, against sums made here from the case and its dispatches."""

from __future__ import annotations

from dataclasses import asdict, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lempart.cost import CostsWithExternalities, PartitionCost, PreparedCase
from lempart.dispatch import dispatch
from lempart.errors import InfeasibleError
from lempart.partition import Partition
from lempart.prosumption import NeighbourhoodOptions, neighbourhood_case
from lempart.reproduce.table_5 import (
    VARIATIONS,
    Evaluation,
    SolvedDay,
    braces,
    day_tables,
    kind_of,
    near_ties,
    options_of,
    run_days,
    solve_day,
)
from lempart.reproduce.table_5.day import ALONE, GRAND, partition_label

# A cold day on which forecast errors violate voltages, players' and common ones; few heat pumps make it quick.
COLD = NeighbourhoodOptions(day=17, seed=1, electrification=0.3, minimum_voltage_pu=0.97)
CHECKED = (ALONE, GRAND, "a|b,d|c,e", "a,b,d|c|e")


@cache
def _day(options: NeighbourhoodOptions) -> SolvedDay:
    return solve_day(options)


@cache
def _by_name(solved: SolvedDay) -> dict[str, Any]:
    """Return what is known of each partition: its row of the printed table, and its parts and who leaves."""
    verdicts = day_tables(solved)[1]
    rows = {row.label.split(":")[0]: dict(zip(verdicts.columns, row.ours, strict=True)) for row in verdicts.rows}
    names = solved.solution.costs.prepared.names
    found = {}
    for item in solved.solution.search.evaluated:
        label = partition_label(solved.solution.names(item.partition))
        cost, verdict = solved.solution.cost(item.partition), item.verdict
        assert cost.parts is not None
        assert verdict is not None
        blocking = [(set(names(own.coalition)), set(names(own.blocking[0].coalition)), own.blocking[0].gain)
                    for own in verdict.coalitions if own.blocking]  # fmt: skip
        more = {"parts": cost.parts.as_dict(), "unrecovered": cost.unrecovered, "blocking": blocking}
        found[label] = {**rows[braces(label)], **asdict(solved.day.evaluation(label)), **more}
    return found


def _partition(prepared: PreparedCase, label: str) -> Partition:
    index = {name: 1 << i for i, name in enumerate(prepared.player_names)}
    return Partition.of(sum(index[name] for name in block.split(",")) for block in label.split("|"))


def _costed(options: NeighbourhoodOptions, label: str) -> tuple[CostsWithExternalities, PartitionCost]:
    costs = CostsWithExternalities(PreparedCase.of(neighbourhood_case(options)))
    return costs, costs.partition(_partition(costs.prepared, label))


def test_the_day_is_one_that_tests_something() -> None:
    """All 34 partitions; violations of both kinds, prices that differ from the PCC's, stable and unstable ones."""
    day = _day(COLD).day
    found = [_by_name(_day(COLD))[item.partition] for item in day.evaluations]
    assert (day.day, day.seed, day.elastic) == (17, 1, False)
    assert len({item["partition"] for item in found}) == 34
    assert [item["network"] for item in found] == sorted(item["network"] for item in found)
    assert max(item["internal"] for item in found) > 0.1
    assert max(item["common"] for item in found) > 0.1
    assert max(item["transit tax"] for item in found) > 0.1
    assert abs(found[0]["surplus"]) > 0.1
    assert 0 < sum(item["stable"] for item in found) < 34


@pytest.mark.parametrize("label", CHECKED)
def test_every_franc_is_paid_once(label: str) -> None:
    """The players' and regular customers' costs are the network's, plus its surplus, less what is unrecovered."""
    item = _by_name(_day(COLD))[label]
    _, cost = _costed(COLD, label)
    players = sum(own.total for own in cost.coalitions)
    regular = sum(own.total for own in cost.regular)
    assert item["network"] == pytest.approx(cost.total, rel=1e-7)
    assert item["neighbourhood"] == pytest.approx(players, rel=1e-6)
    paid = item["neighbourhood"] + regular
    assert paid == pytest.approx(item["network"] + item["surplus"] - item["unrecovered"], abs=1e-4)
    assert sum(item["parts"].values()) == pytest.approx(item["network"], rel=1e-12)


@pytest.mark.parametrize("label", CHECKED)
def test_tax_import_and_imbalance_from_injections(label: str) -> None:
    """A coalition's net exchange is its members' injection: own tax, regular customers' tax, import and imbalance.

    Transit tax is what the players pay beyond; without transit (everyone alone) there is none.
    """
    item = _by_name(_day(COLD))[label]
    costs, _ = _costed(COLD, label)
    prepared = costs.prepared
    partition = _partition(prepared, label)
    scenario = prepared.case.scenario
    injected = scenario.realization + dispatch(costs.problem(partition)).flexible_mva
    tax = COLD.tax_per_mwh
    own = sum(tax * np.abs(injected[list(prepared.family.subgraph(c).prosumers)].sum(axis=0)).sum() for c in partition)
    others = sum(tax * np.abs(injected[m]).sum() for m in prepared.family.regular)
    assert item["own tax"] == pytest.approx(own, abs=1e-3)
    assert item["own tax"] + item["transit tax"] + others == pytest.approx(item["parts"]["tax"], abs=1e-3)
    if label == ALONE:
        assert item["transit tax"] == pytest.approx(0.0, abs=1e-9)
    assert item["parts"]["import"] == pytest.approx(-COLD.price_per_mwh * injected.real.sum(), abs=1e-3)
    missed = np.abs((scenario.realization - scenario.forecast).sum(axis=0)).sum()
    assert item["parts"]["imbalance"] == pytest.approx(COLD.penalty_per_mwh * missed, rel=1e-9)
    violations = item["parts"]["line"] + item["parts"]["voltage"]
    assert item["internal"] + item["common"] == pytest.approx(violations, abs=1e-6)


def test_winners_are_the_cheapest_with_their_ties() -> None:
    """Optimal and optimal stable sets, found again from the list; who blocks belongs to the partition's coalition."""
    day = _day(COLD).day
    for winners, pool in (
        (day.optimal, day.evaluations),
        (day.optimal_stable, [item for item in day.evaluations if item.stable]),
    ):
        least = min(item.network for item in pool)
        assert list(winners) == [item.partition for item in pool if item.network <= least + 0.05]
    for item in _by_name(_day(COLD)).values():
        assert item["stable"] == (not item["blocking"])
        assert item["core shortfall"] >= (0.0 if item["stable"] else 1e-4)
        for coalition, leaving, gain in item["blocking"]:
            assert ",".join(sorted(coalition)) in item["partition"].split("|")
            assert leaving < coalition
            assert gain > 0.0


def _evaluation(partition: str, network: float) -> Evaluation:
    return Evaluation(partition, network, 0.0, 0.0, 0.0, stable=True)


@pytest.mark.parametrize(
    ("least", "inside", "outside"), [(10.0, 0.049, 0.051), (450.0, 0.049, 0.051), (1000.0, 0.099, 0.101)]
)
def test_width_of_a_tie(least: float, inside: float, outside: float) -> None:
    """5 centimes a day, or a ten-thousandth of the cost where that is more."""
    found = [_evaluation("c", least + outside), _evaluation("b", least + inside), _evaluation("a", least)]
    assert near_ties(found) == ("a", "b")
    assert near_ties(found[:1]) == ("c",)
    assert near_ties([]) == ()


def test_equal_costs_are_listed_by_name() -> None:
    """The order of evaluation leaves no trace."""
    found = [_evaluation(name, 1.0) for name in ("b", "c", "a")]
    assert near_ties(found) == near_ties(found[::-1]) == ("a", "b", "c")


def test_kinds() -> None:
    """Everyone alone, one market of all, and all else."""
    assert [kind_of(name) for name in (ALONE, GRAND, "a,e|b|c|d", "a,b,c,d|e")] == [
        "alone",
        "grand",
        "between",
        "between",
    ]


def _node_partitions(order: tuple[int, ...]) -> set[frozenset[frozenset[str]]]:
    """Return the partitions as sets of nodes, by their labels; labels must be in their one form."""
    case = neighbourhood_case(replace(COLD, order=order))
    prepared = PreparedCase.of(case)
    node = {prosumer.name: prosumer.node for prosumer in case.prosumers if prosumer.player}
    labels = [partition_label(map(prepared.names, partition)) for partition in prepared.family.enumerate()]
    assert sorted(node) == ["a", "b", "c", "d", "e"]
    for label in labels:
        assert label.split("|") == sorted(label.split("|"))
        assert all(block.split(",") == sorted(block.split(",")) for block in label.split("|"))
    assert {ALONE, GRAND} <= set(labels)
    assert len(set(labels)) == len(labels) == 34
    return {
        frozenset(frozenset(node[name] for name in block.split(",")) for block in label.split("|")) for label in labels
    }


def test_labels_do_not_depend_on_the_order_along_the_feeder() -> None:
    """Whoever sits where: names in alphabetical order, and the same partitions of the nodes."""
    assert _node_partitions((0, 1, 2, 3, 4)) == _node_partitions((3, 1, 4, 0, 2)) == _node_partitions((4, 3, 2, 1, 0))


def test_limits_that_cannot_be_met_are_priced_and_told() -> None:
    """At 0.99 p.u. the forecast is infeasible: the day says which voltage, and is that of elastic limits."""
    options = replace(COLD, minimum_voltage_pu=0.99)
    solved = _day(options)
    assert solved.day.elastic
    assert "no dispatch meets the limits" in solved.infeasible
    assert "lower limit 0.99 p.u." in solved.infeasible
    with pytest.raises(InfeasibleError):
        _costed(options, ALONE)
    _, cost = _costed(replace(options, limits="elastic"), ALONE)
    assert solved.day.evaluation(ALONE).network == pytest.approx(cost.total, rel=1e-6)
    assert len(solved.day.evaluations) == 34


def test_single_boundary_is_a_choice_of_partitions_and_deviations() -> None:
    """Fewer partitions at the same cost; only coalitions with one boundary node can leave, so that more may hold."""
    free, single = _by_name(_day(COLD)), _by_name(_day(replace(COLD, single_boundary=True)))
    assert set(single) < set(free)
    assert {ALONE, GRAND} <= set(single)
    prepared = PreparedCase.of(neighbourhood_case(replace(COLD, single_boundary=True)))
    admissible = [set(prepared.names(mask)) for partition in prepared.family.enumerate() for mask in partition]
    for name, item in single.items():
        assert item["network"] == pytest.approx(free[name]["network"], rel=1e-6)
        assert item["stable"] or not free[name]["stable"]
        assert all(leaving in admissible for _, leaving, _ in item["blocking"])


def test_perfect_forecasts_make_the_grand_market_optimal() -> None:
    """Proposition V.1: no violation, nothing to balance, no partition cheaper than one market of all."""
    solved = _day(replace(COLD, forecast_error_scale=0.0))
    for item in _by_name(solved).values():
        assert item["internal"] == pytest.approx(0.0, abs=1e-3)
        assert item["common"] == pytest.approx(0.0, abs=1e-3)
        assert item["parts"]["imbalance"] == pytest.approx(0.0, abs=1e-9)
    least = solved.day.evaluations[0].network
    assert solved.day.evaluation(GRAND).network <= least * (1.0 + 1e-6)
    assert GRAND in solved.day.optimal


def test_readings_of_the_voltage_penalty_differ_after_the_fact_alone() -> None:
    """Within hard limits a penalty changes no dispatch: same import and tax, other voltage costs, same imbalance."""
    path, branch = _by_name(_day(COLD)), _by_name(_day(replace(COLD, voltage_penalty="curtailment-branch")))
    for name, item in path.items():
        for part in ("flexibility", "import", "tax", "line", "imbalance"):
            assert branch[name]["parts"][part] == pytest.approx(item["parts"][part], rel=1e-6, abs=1e-4), part
        assert item["parts"]["voltage"] > 0.0
        assert branch[name]["parts"]["voltage"] > 1.5 * item["parts"]["voltage"]


def test_a_study_finds_on_its_days_what_solving_them_finds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The engine of studies beside ``solve``, on a day within hard limits and on one whose limits have to be priced."""
    cold = {"electrification": 0.3, "minimum_voltage_pu": 0.985}
    monkeypatch.setitem(VARIATIONS, "no heat pumps", cold)  # type: ignore[arg-type]
    found = run_days(tmp_path, ["no heat pumps"], (17, 196), (1,)).days
    assert [day.elastic for day in found] == [True, False]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["no-heat-pumps-seed-1", "no-heat-pumps-seed-1-elastic"]
    for day in found:
        alone = solve_day(options_of("no heat pumps", day.day, 1)).day
        assert (day.elastic, day.optimal, day.optimal_stable) == (alone.elastic, alone.optimal, alone.optimal_stable)
        for one in day.evaluations:
            other = alone.evaluation(one.partition)
            assert one.stable == other.stable
            for name in ("network", "neighbourhood", "surplus", "internal"):
                assert getattr(one, name) == pytest.approx(getattr(other, name), abs=1e-6), name
