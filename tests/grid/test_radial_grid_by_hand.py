"""From buses and lines to the radial grid: rooting, pruning, service edges, limits."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from lempart.case import Line
from lempart.cost import CostsWithExternalities, costs_of
from lempart.grid import RadialGrid, radial_grid
from lempart.partition import Partition
from support.cases import case, line, prosumer


def _edges(grid: RadialGrid) -> set[tuple[str, str]]:
    """Return (node, parent) names."""
    return {(grid.names[n], grid.names[grid.tree.parent[n]]) for n in range(1, grid.node_count)}


def _of(grid: RadialGrid, name: str, values: np.ndarray) -> float:
    return float(values[grid.names.index(name)])


def test_lines_may_be_drawn_in_any_direction() -> None:
    """Every way of drawing three lines gives the same rooted grid, impedances with their edges."""
    drawn = [("root", "a", 0.1), ("a", "b", 0.2), ("a", "c", 0.3)]
    for flips in range(8):
        lines = [line(*((v, u) if flips >> i & 1 else (u, v)), r=r) for i, (u, v, r) in enumerate(drawn)]
        people = [prosumer("P", "b"), prosumer("Q", "c")]
        grid = radial_grid(case(lines, people, {"P": [0.0], "Q": [0.0]}))
        assert _edges(grid) == {("a", "root"), ("b", "a"), ("c", "a")}
        assert [_of(grid, name, grid.r_pu) for name in "abc"] == pytest.approx([0.1, 0.2, 0.3])
        assert grid.names[grid.tree.leaf[0]] == "b"


def test_ohms_become_per_unit_on_one_mva() -> None:
    """At 10 kV the base is 100 ohm."""
    grid = radial_grid(case([line("root", "a", r=2.0, x=3.0)], [prosumer("P", "a")], {"P": [0.0]}, base_kv=10.0))
    assert (grid.r_pu[1], grid.x_pu[1]) == pytest.approx((0.02, 0.03))


def test_buses_without_a_prosumer_below_are_dropped() -> None:
    """A dead branch carries no flow; kept, it would make ``a`` a boundary node of {P}."""
    lines = [line("root", "a"), line("a", "b"), line("a", "dead"), line("dead", "deader"), line("root", "lost")]
    grid = radial_grid(case(lines, [prosumer("P", "b")], {"P": [0.0]}))
    assert set(grid.names) == {"root", "a", "b"}


@pytest.mark.parametrize(
    "sites", [("b", "b", "c"), ("a", "b", "c"), ("root", "b", "c")], ids=["shared", "inner", "PCC"]
)
def test_if_one_needs_a_service_edge_all_get_one(sites: tuple[str, str, str]) -> None:
    """Several at one bus, one at an inner bus or at the PCC: then each prosumer has a new leaf, without limits."""
    lines = [line("root", "a", 0.1, 0.1, 1.0), line("a", "b", 0.1, 0.1, 1.0), line("a", "c", 0.1, 0.1, 1.0)]
    people = [prosumer(f"P{i}", site) for i, site in enumerate(sites)]
    grid = radial_grid(case(lines, people, {p.name: [0.0] for p in people}, band=(0.9, 1.1)))
    assert {("P0", sites[0]), ("P1", sites[1]), ("P2", sites[2])} <= _edges(grid)
    for m, person in enumerate(people):
        leaf = int(grid.tree.leaf[m])
        assert grid.names[leaf] == person.name
        assert (grid.r_pu[leaf], grid.x_pu[leaf]) == (0.0, 0.0)
        assert not grid.has_rating[leaf]
        assert not grid.has_band[leaf]
    assert grid.has_rating.sum() == grid.has_band.sum() == 3 if "c" in sites else 2


def test_without_need_nobody_gets_a_service_edge() -> None:
    """One prosumer per leaf bus: the tree is the drawn one."""
    grid = radial_grid(
        case(
            [line("root", "a"), line("root", "b")],
            [prosumer("P", "a"), prosumer("Q", "b")],
            {"P": [0.0], "Q": [0.0]},
        )
    )
    assert grid.node_count == 3


def test_a_service_edge_counts_no_violation_twice() -> None:
    """One bus, one excess: of dv by 0.1 at 1000 is 100, whether P hangs on the bus or on a service edge of it.

    P makes dv = 0.2 at bus a, whose band ends at 0.1. If its service leaf had the band too, it would cost 200.
    """
    totals = []
    for sites in (("a",), ("a", "a")):
        people = [prosumer(f"P{i}", site) for i, site in enumerate(sites)]
        forecast = {p.name: [0.0] for p in people}
        given = case(
            [line("root", "a", r=0.05)],
            people,
            forecast,
            realization={"P0": [2.0]},
            band=(0.9, float(np.sqrt(1.1))),
            voltage_penalty=1000.0,
        )
        costs = costs_of(given)
        assert isinstance(costs, CostsWithExternalities)
        parts = costs.partition(Partition.of([costs.prepared.family.everyone])).parts
        assert parts is not None
        totals.append(parts.voltage)
    assert totals == pytest.approx([100.0, 100.0])


def test_a_line_s_own_band_replaces_the_grid_s() -> None:
    """A line's ``voltage_band_pu`` holds at its end away from the PCC, however drawn: a^2 - 1 and b^2 - 1."""
    own = Line("b", "a", 0.1, 0.0, None, (0.9, 1.2))
    grid = radial_grid(case([line("root", "a"), own], [prosumer("P", "b")], {"P": [0.0]}, band=(0.95, 1.05)))
    assert _of(grid, "a", grid.dv_min) == pytest.approx(0.95**2 - 1)
    assert _of(grid, "a", grid.dv_max) == pytest.approx(1.05**2 - 1)
    assert _of(grid, "b", grid.dv_min) == pytest.approx(0.9**2 - 1)
    assert _of(grid, "b", grid.dv_max) == pytest.approx(1.2**2 - 1)
    assert not grid.has_band[0]


def test_no_band_and_no_rating_mean_no_limit() -> None:
    """What isn't given is never guessed."""
    grid = radial_grid(case([line("root", "a")], [prosumer("P", "a")], {"P": [0.0]}))
    assert not grid.has_band.any()
    assert not grid.has_rating.any()


def test_path_resistance() -> None:
    """``R_n`` adds up along the path from the PCC."""
    lines = [line("root", "a", r=0.1), line("a", "b", r=0.2), line("a", "c", r=0.4)]
    grid = radial_grid(case(lines, [prosumer("P", "b"), prosumer("Q", "c")], {"P": [0.0], "Q": [0.0]}))
    assert [_of(grid, name, grid.path_resistance_pu) for name in ("root", "a", "b", "c")] == pytest.approx(
        [0, 0.1, 0.3, 0.5]
    )


def test_the_grid_below_a_node_starts_its_paths_there() -> None:
    """A coalition's own grid (Eq 9): its boundary node is its PCC, with R = 0 and no limit, prosumers in order."""
    lines = [
        line("root", "a", r=0.1, rating=1.0),
        line("a", "b", r=0.2, rating=2.0),
        line("a", "c", r=0.4, rating=3.0),
    ]
    people = [prosumer("P", "b"), prosumer("Q", "c")]
    whole = radial_grid(case(lines, people, {"P": [0.0], "Q": [0.0]}, band=(0.9, 1.1)))
    root, b, c = (whole.names.index(name) for name in "abc")
    own = whole.below(root, np.array([c, b]), np.array([0, 1]))
    assert set(own.names) == {"a", "b", "c"}
    assert own.names[0] == "a"
    assert [own.names[leaf] for leaf in own.tree.leaf] == ["b", "c"]
    assert _of(own, "c", own.path_resistance_pu) == pytest.approx(0.4)
    assert _of(own, "c", own.rating_mva) == 3.0
    assert not own.has_rating[0]
    assert not own.has_band[0]


def test_arrays_are_read_only() -> None:
    """A grid is a value: writing into it raises, and copying with ``replace`` keeps the rest."""
    grid = radial_grid(case([line("root", "a", r=0.1)], [prosumer("P", "a")], {"P": [0.0]}))
    with pytest.raises(ValueError, match="read-only"):
        grid.r_pu[1] = 0.0
    assert replace(grid, r_pu=np.zeros(2)).x_pu is not None
