"""Cases with rules against the same cases without, their partitions filtered by plain predicates of the columns."""

from __future__ import annotations

import json
import math
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lempart import read_case, solution_json, solve, write_case
from lempart.case import PRESETS, Case, Group, MarketRules, Node, case_hash
from lempart.cost import costs_of
from lempart.errors import InputError, UsageError
from lempart.io import check_case
from support.cases import case, line, prosumer
from support.feeders import random_feeder

CASES = int(os.environ.get("LEMPART_CASES", "8"))


def _drawn(seed: int) -> tuple[Case, MarketRules]:
    """Return a feeder whose prosumers have columns and places, and one to four rules."""
    rng = np.random.default_rng([seed, 5])
    given = random_feeder(seed, prosumers=int(rng.integers(4, 6)), steps=2, single_boundary=bool(seed % 2))
    people = tuple(
        replace(
            one,
            areas=(("village", str(rng.integers(2))), ("line", str(rng.integers(3)))),
            connection_kw=float(rng.integers(10, 40)),
            generation_kw=float(rng.choice([0.0, 5.0, 20.0])),
            eligible=bool(rng.random() < 0.85),
        )
        for one in given.prosumers
    )
    nodes = tuple(Node(one.node, *rng.uniform(0.0, 1000.0, 2)) for one in people)
    keys: dict[str, Any] = {
        "same": (("village",), ("village", "line"))[int(rng.integers(2))],
        "max_distance_m": 700.0,
        "max_members": int(rng.integers(2, 4)),
        "min_members": 3,
        "min_producers": 2,
        "min_production_share": 0.2,
        "max_plant_kw": 10.0,
    }
    chosen = rng.permutation(list(keys))[: int(rng.integers(1, 4))]
    grid = replace(given.grid, nodes=nodes, coordinates="metres")
    return replace(given, prosumers=people, grid=grid), MarketRules(**{name: keys[name] for name in chosen})


def _may(given: Case, rules: MarketRules, names: tuple[str, ...]) -> bool:
    """Return whether prosumers may form a market, said as plainly as the page of tariffs does."""
    who = [one for one in given.prosumers if one.name in names]
    if len(who) == 1:
        return True
    place = {node.name: (node.x, node.y) for node in given.grid.nodes}
    made = [one.generation_kw or 0.0 for one in who]
    return all(
        [
            all(one.eligible for one in who),
            all(len({dict(one.areas)[level] for one in who}) == 1 for level in rules.same),
            rules.max_distance_m is None
            or all(math.dist(place[a.node], place[b.node]) <= rules.max_distance_m for a in who for b in who),
            rules.max_members is None or len(who) <= rules.max_members,
            rules.min_members is None or len(who) >= rules.min_members,
            rules.min_producers is None or sum(kw > 0 for kw in made) >= rules.min_producers,
            rules.min_production_share is None
            or sum(made) >= rules.min_production_share * sum(one.connection_kw or 0.0 for one in who) - 1e-9,
            rules.max_plant_kw is None or max(made) <= rules.max_plant_kw,
        ]
    )


def test_solutions() -> None:
    """Proves partitions, costs, the answer of every search, and what the result says of each rule."""
    excluding = 0
    for seed in range(CASES):
        given, rules = _drawn(seed)
        free = costs_of(replace(given, prosumers=tuple(replace(one, eligible=True) for one in given.prosumers)))
        ruled = replace(given, rules=rules)
        every = list(free.prepared.family.enumerate())
        kept = [p for p in every if all(_may(given, rules, free.prepared.names(mask)) for mask in p)]
        excluding += len(kept) < len(every)
        least = min(free.total(partition) for partition in kept)
        solution = solve(ruled, "exhaustive")
        found = solution.search
        assert {item.partition for item in found.evaluated} == set(kept)
        assert found.optimal[0].total == pytest.approx(least, rel=1e-9)
        bounded = solve(ruled, "bounded").search
        assert bounded.proven
        assert bounded.optimal[0].total == pytest.approx(least, rel=1e-6)
        assert {i.partition for i in bounded.optimal_stable} == {i.partition for i in found.optimal_stable}
        local = solve(ruled, "local").search
        assert {item.partition for item in local.evaluated} <= set(kept)
        told = solution_json(solution)["rules"]
        several = [m for m in free.prepared.family.connected(free.prepared.family.everyone) if m & (m - 1)]
        assert told["coalitions"] == len(several)
        assert told["allowed"] == sum(_may(given, rules, free.prepared.names(mask)) for mask in several)
    assert excluding > CASES // 2


def test_tree_program_keeps_them() -> None:
    """Proves the search without externalities the same, where partitions of those who may are told from the others."""
    for seed in range(4):
        given, rules = _drawn(seed)
        market = replace(given.market, externalities=False, single_boundary=True)
        ruled = replace(given, market=market, rules=rules)
        tree, every = (solve(ruled, search).search for search in ("tree", "exhaustive"))
        assert [i.total for i in tree.optimal_stable] == pytest.approx(
            [i.total for i in every.optimal_stable], rel=1e-6
        )
        assert tree.partition_count == every.partition_count


def test_a_written_case_keeps_its_rules(tmp_path: Path) -> None:
    """Proves round trips with either kind of tables, a preset's keys written out, and one hash for preset and keys."""
    given, _ = _drawn(3)
    preset = PRESETS["it-cacer"]
    people = tuple(replace(one, areas=(("primary_substation", "a,b"), *one.areas)) for one in given.prosumers)
    ruled = replace(given, prosumers=people, rules=MarketRules(preset="it-cacer", min_members=3))
    for tables in ("inline", "csv"):
        write_case(ruled, tmp_path / tables, tables=tables)  # type: ignore[arg-type]
        assert read_case(tmp_path / tables) == ruled
    assert "max_plant_kw = 1000.0" in (tmp_path / "csv" / "case.toml").read_text(encoding="utf-8")
    assert ruled.rules.given == {**preset.keys, "min_members": 3}
    explicit = replace(ruled, rules=MarketRules(**ruled.rules.given))
    assert case_hash(explicit) == case_hash(ruled)
    assert case_hash(replace(ruled, rules=MarketRules())) != case_hash(ruled)


def _two(rules: MarketRules, **people: Any) -> Case:
    lines = [line("root", "a"), line("root", "b")]
    given = case(lines, [prosumer("A", "a"), prosumer("B", "b")], {"A": [1.0], "B": [-1.0]}, tax_per_mwh=10.0)
    return replace(given, prosumers=tuple(replace(one, **people) for one in given.prosumers), rules=rules)


@pytest.mark.parametrize(
    ("rules", "people", "told"),
    [
        (MarketRules(preset="ch-leg"), {}, 'no preset "ch-leg".*ch-leg-2026'),
        (MarketRules(max_members=1), {}, "max_members: 1, so that no market may form"),
        (MarketRules(min_members=4, max_members=3), {}, r"min_members: 4 is more than max_members \(3\)"),
        (MarketRules(min_production_share=5.0), {"connection_kw": 1.0, "generation_kw": 1.0}, "Write 0.05 for 5 %"),
        (MarketRules(same=("village",)), {}, "no prosumer has a column area_village"),
        (MarketRules(same=("village",)), {"areas": (("vilage", "x"),)}, 'Did you mean "vilage"'),
        (MarketRules(min_producers=1), {}, "generation_kw: rules.min_producers needs everyone's"),
        (MarketRules(min_production_share=0.1), {"generation_kw": 1.0}, "connection_kw: rules.min_production"),
        (MarketRules(max_plant_kw=1.0), {"generation_kw": -1.0}, "negative"),
        (MarketRules(max_distance_m=100.0), {}, 'needs the places of all buses with players: a, b have none'),
        (MarketRules(max_distance_m=-1.0), {}, "negative"),
    ],
)  # fmt: skip
def test_mistakes_are_told(rules: MarketRules, people: dict[str, Any], told: str) -> None:
    """Proves what is missing for a rule, and rules that leave nothing, told with what to do."""
    with pytest.raises(InputError, match=told):
        _two(rules, **people)


def test_some_without_an_area_are_named() -> None:
    """Proves that those are named whose column is empty, and that a preset's area nobody has is one, with a warning."""
    given = _two(MarketRules())
    first = replace(given.prosumers[0], areas=(("village", "x"),))
    with pytest.raises(InputError, match=r'area_village: rules\.same needs everyone\'s: "B" has none'):
        replace(given, prosumers=(first, given.prosumers[1]), rules=MarketRules(same=("village",)))
    shared = _two(MarketRules(preset="de-42c-2026"), generation_kw=1.0)
    assert [str(p) for p in solve(shared).names()] == ["['A', 'B']"]


def test_drawings_have_no_distances() -> None:
    """Proves that a place on a drawing is no distance, and that degrees are: a hundredth of one north is 1,112 m."""
    places = (Node("a", 7.44, 46.95), Node("b", 7.44, 46.96))
    for coordinates, metres, together in (("wgs84", 1111.0, False), ("wgs84", 1113.0, True), ("metres", 1.0, True)):
        given = _two(MarketRules())
        grid = replace(given.grid, nodes=places, coordinates=coordinates)
        ruled = replace(given, grid=grid, rules=MarketRules(max_distance_m=metres))
        assert costs_of(ruled).prepared.family.count() == 1 + together
    with pytest.raises(InputError, match="can't be measured on a drawing"):
        replace(ruled, grid=replace(grid, coordinates="schematic"))


def test_groups_count_with_all_their_prosumers() -> None:
    """Proves that a group of two and a home are three members; a group alone may be whatever it is."""
    lines = [line("root", name) for name in "abc"]
    given = case(
        lines,
        [prosumer(name.upper(), name) for name in "abc"],
        {name: [1.0] for name in "ABC"},
        groups=[Group("pair", ("A", "B"))],
    )
    for most, expected in ((2, 1), (3, 2)):
        assert costs_of(replace(given, rules=MarketRules(max_members=most))).prepared.family.count() == expected
    alone = replace(given, rules=MarketRules(min_members=3))
    assert costs_of(alone).prepared.family.count() == 2


def test_partitions_that_break_rules_are_refused() -> None:
    """Proves that whoever asks for such a partition is told which rule it breaks."""
    costs = costs_of(_two(MarketRules(min_members=3)))
    with pytest.raises(UsageError, match=r"\{A, B\} breaks the rules: min_members"):
        costs.total("A,B")


def test_columns_of_files(tmp_path: Path) -> None:
    """Proves how columns are read: numbers that name areas, empty cells, unknown columns that are told as ever."""
    text = """
format = 1
name = "n"
prosumers = "prosumers.csv"
time = { steps = 1, step_hours = 1.0 }
grid = { pcc = "g", base_kv = 0.4, lines = [{ from = "g", to = "a", r_ohm = 0.1, x_ohm = 0.0 }] }
rules = { same = ["town"], max_membrs = 3 }
[market]
externalities = true
price_per_mwh = 1.0
tax_per_mwh = 1.0
imbalance_penalty_per_mwh = 1.0
line_penalty_per_mvah = 1.0
"""
    (tmp_path / "case.toml").write_text(text, encoding="utf-8")
    rows = "name,node,forecast_mw,area_town,eligible,conection_kw\nA,a,0,007,,1\nB,a,0,7,false,2\n"
    (tmp_path / "prosumers.csv").write_text(rows, encoding="utf-8")
    told = [str(problem) for problem in check_case(tmp_path) if problem.severity == "error"]
    assert any("rules.max_membrs: unknown key. Did you mean max_members?" in one for one in told)
    assert any('unknown column "conection_kw". Did you mean connection_kw?' in one for one in told)
    (tmp_path / "case.toml").write_text(text.replace("max_membrs", "max_members"), encoding="utf-8")
    (tmp_path / "prosumers.csv").write_text(rows.replace("conection", "connection"), encoding="utf-8")
    first, second = read_case(tmp_path).prosumers
    assert (first.areas, first.eligible, first.connection_kw) == ((("town", "007"),), True, 1.0)
    assert (second.areas, second.eligible, second.generation_kw) == ((("town", "7"),), False, None)


def test_presets_say_what_they_are() -> None:
    """Proves that each preset is made of known keys, with a source, a date, and that no key excludes everything."""
    for name, preset in PRESETS.items():
        assert MarketRules(preset=name).given == dict(preset.keys)
        assert preset.source
        assert len(preset.read) == 10
    json.dumps({name: dict(preset.keys) for name, preset in PRESETS.items()})
