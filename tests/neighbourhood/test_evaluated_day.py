"""The record of one day, against sums made here from the case and its dispatches."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest

from lempart.cost import CostsWithExternalities, PartitionCost, PreparedCase
from lempart.dispatch import dispatch
from lempart.errors import InfeasibleError
from lempart.partition import Partition
from lempart.prosumption import NeighbourhoodOptions, neighbourhood_case
from lempart.study.neighbourhood import (
    ALONE,
    GRAND,
    Evaluation,
    evaluate_day,
    kind_of,
    near_ties,
    partition_label,
)

# A cold day on which forecast errors violate voltages, players' and common ones; few heat pumps make it quick.
COLD = NeighbourhoodOptions(day=17, seed=1, electrification=0.3, minimum_voltage_pu=0.97)
CHECKED = (ALONE, GRAND, "a|b,d|c,e", "a,b,d|c|e")


@cache
def _day(options: NeighbourhoodOptions) -> dict[str, Any]:
    return evaluate_day(options)


def _by_name(record: Mapping[str, Any]) -> dict[str, Any]:
    return {item["partition"]: item for item in record["partitions"]}


def _partition(setting: PreparedCase, label: str) -> Partition:
    index = {name: 1 << i for i, name in enumerate(setting.player_names)}
    return Partition.of(sum(index[name] for name in block.split(",")) for block in label.split("|"))


def _costed(options: NeighbourhoodOptions, label: str) -> tuple[CostsWithExternalities, PartitionCost]:
    costs = CostsWithExternalities(PreparedCase.of(neighbourhood_case(options)))
    return costs, costs.partition(_partition(costs.setting, label))


def test_the_day_is_one_that_tests_something() -> None:
    """All 34 partitions; violations of both kinds, prices that differ from the PCC's, stable and unstable ones."""
    record = _day(COLD)
    found = record["partitions"]
    assert (record["day"], record["seed"], record["infeasible"]) == (17, 1, "")
    assert len({item["partition"] for item in found}) == 34
    assert [item["network"] for item in found] == sorted(item["network"] for item in found)
    assert max(item["internal"] for item in found) > 0.1
    assert max(item["common"] for item in found) > 0.1
    assert max(item["transit_tax"] for item in found) > 0.1
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
    setting = costs.setting
    partition = _partition(setting, label)
    scenario = setting.case.scenario
    injected = scenario.realization + dispatch(costs.problem(partition)).flexible_mva
    tax = COLD.tax_per_mwh
    own = sum(tax * np.abs(injected[list(setting.family.subgraph(c).prosumers)].sum(axis=0)).sum() for c in partition)
    others = sum(tax * np.abs(injected[m]).sum() for m in setting.family.regular)
    assert item["own_tax"] == pytest.approx(own, abs=1e-3)
    assert item["own_tax"] + item["transit_tax"] + others == pytest.approx(item["parts"]["tax"], abs=1e-3)
    if label == ALONE:
        assert item["transit_tax"] == pytest.approx(0.0, abs=1e-9)
    assert item["parts"]["import"] == pytest.approx(-COLD.price_per_mwh * injected.real.sum(), abs=1e-3)
    missed = np.abs((scenario.realization - scenario.forecast).sum(axis=0)).sum()
    assert item["parts"]["imbalance"] == pytest.approx(COLD.penalty_per_mwh * missed, rel=1e-9)
    violations = item["parts"]["line"] + item["parts"]["voltage"]
    assert item["internal"] + item["common"] == pytest.approx(violations, abs=1e-6)


def test_winners_are_the_cheapest_with_their_ties() -> None:
    """Optimal and optimal stable sets, found again from the list; who blocks belongs to the partition's coalition."""
    record = _day(COLD)
    for which, pool in (
        ("optimal", record["partitions"]),
        ("optimal_stable", [item for item in record["partitions"] if item["stable"]]),
    ):
        least = min(item["network"] for item in pool)
        assert record[which] == [item["partition"] for item in pool if item["network"] <= least + 0.05]
    for item in record["partitions"]:
        assert item["stable"] == (not item["blocking"])
        assert item["shortfall"] >= (0.0 if item["stable"] else 1e-4)
        for coalition, leaving, gain in item["blocking"]:
            assert coalition in item["partition"].split("|")
            assert set(leaving.split(",")) < set(coalition.split(","))
            assert gain > 0.0


def _evaluation(partition: str, network: float) -> Evaluation:
    return Evaluation(partition, network, 0, 0, 0, 0, 0, 0, 0, {}, stable=True, shortfall=0.0, price_dependent=False,
                      blocking=())  # fmt: skip


@pytest.mark.parametrize(
    ("least", "inside", "outside"), [(10.0, 0.049, 0.051), (450.0, 0.049, 0.051), (1000.0, 0.099, 0.101)]
)
def test_width_of_a_tie(least: float, inside: float, outside: float) -> None:
    """5 centimes a day, or a ten-thousandth of the cost where that is more."""
    found = [_evaluation("c", least + outside), _evaluation("b", least + inside), _evaluation("a", least)]
    assert near_ties(found) == ["a", "b"]
    assert near_ties(found[:1]) == ["c"]
    assert near_ties([]) == []


def test_equal_costs_are_listed_by_name() -> None:
    """The order of evaluation leaves no trace."""
    found = [_evaluation(name, 1.0) for name in ("b", "c", "a")]
    assert near_ties(found) == near_ties(found[::-1]) == ["a", "b", "c"]


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
    setting = PreparedCase.of(case)
    node = {prosumer.name: prosumer.node for prosumer in case.prosumers if prosumer.player}
    labels = [partition_label(setting, partition) for partition in setting.family.enumerate()]
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
    """At 0.99 p.u. the forecast is infeasible: the record says which voltage, and is that of elastic limits."""
    options = replace(COLD, minimum_voltage_pu=0.99)
    record = _day(options)
    assert "no dispatch meets the limits" in record["infeasible"]
    assert "lower limit 0.99 p.u." in record["infeasible"]
    with pytest.raises(InfeasibleError):
        _costed(options, ALONE)
    _, cost = _costed(replace(options, limits="elastic"), ALONE)
    assert _by_name(record)[ALONE]["network"] == pytest.approx(cost.total, rel=1e-6)
    assert len(record["partitions"]) == 34


def test_single_boundary_is_a_choice_of_partitions_and_deviations() -> None:
    """Fewer partitions at the same cost; only coalitions with one boundary node can leave, so that more may hold."""
    record = _day(replace(COLD, single_boundary=True))
    free, single = _by_name(_day(COLD)), _by_name(record)
    assert set(single) < set(free)
    assert {ALONE, GRAND} <= set(single)
    setting = PreparedCase.of(neighbourhood_case(replace(COLD, single_boundary=True)))
    admissible = {
        block for partition in setting.family.enumerate() for block in partition_label(setting, partition).split("|")
    }
    for name, item in single.items():
        assert item["network"] == pytest.approx(free[name]["network"], rel=1e-6)
        assert item["stable"] or not free[name]["stable"]
        assert {leaving for _, leaving, _ in item["blocking"]} <= admissible


def test_perfect_forecasts_make_the_grand_market_optimal() -> None:
    """Proposition V.1: no violation, nothing to balance, no partition cheaper than one market of all."""
    record = _day(replace(COLD, forecast_error_scale=0.0))
    for item in record["partitions"]:
        assert item["internal"] == pytest.approx(0.0, abs=1e-3)
        assert item["common"] == pytest.approx(0.0, abs=1e-3)
        assert item["parts"]["imbalance"] == pytest.approx(0.0, abs=1e-9)
    least = record["partitions"][0]["network"]
    assert _by_name(record)[GRAND]["network"] <= least * (1.0 + 1e-6)
    assert GRAND in record["optimal"]


def test_readings_of_the_voltage_penalty_differ_after_the_fact_alone() -> None:
    """Within hard limits a penalty changes no dispatch: same import and tax, other voltage costs, same imbalance."""
    path, branch = _by_name(_day(COLD)), _by_name(_day(replace(COLD, voltage_penalty="curtailment-branch")))
    for name, item in path.items():
        for part in ("flexibility", "import", "tax", "line", "imbalance"):
            assert branch[name]["parts"][part] == pytest.approx(item["parts"][part], rel=1e-6, abs=1e-4), part
        assert item["parts"]["voltage"] > 0.0
        assert branch[name]["parts"]["voltage"] > 1.5 * item["parts"]["voltage"]
