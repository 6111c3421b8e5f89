"""What the shared clean-up makes of networks small enough to redraw by hand."""

from __future__ import annotations

import cmath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lempart.case import check
from lempart.errors import InputError
from lempart.io.networks.case import cases
from lempart.io.networks.network import Bus, ImportOptions, Network
from lempart.io.networks.tree import supply
from support.networks import branch, load, network


def lines_of(drawn: Network, **options: object) -> dict[tuple[str, str], tuple[float, float, float | None]]:
    (imported,) = cases(drawn, ImportOptions(**options))
    assert not [problem for problem in check(imported.case) if problem.severity == "error"]
    lines = imported.case.grid.lines
    return {(line.from_node, line.to_node): (line.r_ohm, line.x_ohm, line.rating_mva) for line in lines}


def test_branches_point_away_from_the_external_grid() -> None:
    """However a branch is drawn, its first bus is the one nearer the PCC; else voltages would rise along loads."""
    drawn = network(4, [branch(3, 2), branch(1, 0), branch(2, 1)], [load(3)])
    assert list(lines_of(drawn)) == [("B0", "B1"), ("B1", "B2"), ("B2", "B3")]


def test_closed_switches_fuse_buses() -> None:
    """B1 to B3 are one bus: named after the first, with every limit of the three, and both loads on it."""
    buses = [Bus("B0", 10, (0.9, 1.1)), Bus("B1", 10, (0.9, 1.1)), Bus("B2", 10, (0.93, 1.2)), Bus("B3", 10)]
    drawn = network(buses, [branch(0, 3)], [load(1), load(2)], fused=((1, 2), (3, 2)))
    (imported,) = cases(drawn, ImportOptions(voltage_band_pu=(0.8, 1.05)))
    assert [line.to_node for line in imported.case.grid.lines] == ["B1"]
    assert imported.case.grid.voltage_band_pu == (0.93, 1.05)
    assert {person.node for person in imported.case.prosumers} == {"B1"}


def test_a_bridged_branch_is_dropped_with_a_note() -> None:
    """A line whose two ends a closed switch joins carries nothing; without the note it would just vanish."""
    drawn = network(3, [branch(0, 1), branch(1, 2, name="bridged")], [load(2)], fused=((1, 2),))
    (imported,) = cases(drawn, ImportOptions())
    assert len(imported.case.grid.lines) == 1
    assert any(note.where == "bridged" for note in imported.notes)


def test_equal_parallel_lines_add_their_ratings() -> None:
    """Two equal lines: half the impedance, twice the rating, and no loop."""
    drawn = network(2, [branch(0, 1), branch(1, 0, name="twin")], [load(1)])
    assert lines_of(drawn)["B0", "B1"] == pytest.approx((0.5, 0.25, 2.0))


@given(st.lists(st.tuples(*[st.floats(0.01, 10)] * 3), min_size=2, max_size=4))
def test_the_current_divider_limits_parallel_lines(data: list[tuple[float, float, float]]) -> None:
    """At the joint rating one line is exactly at its own and none is above it, by solving for the currents."""
    drawn = network(2, [branch(0, 1, r_ohm=r, x_ohm=x, rating_mva=s, name=f"{r}") for r, x, s in data], [load(1)])
    (r_joint, x_joint, rating) = lines_of(drawn)["B0", "B1"]
    assert rating is not None
    drop = complex(r_joint, x_joint) * rating
    shares = [abs(drop / complex(r, x)) / s for r, x, s in data]
    assert max(shares) == pytest.approx(1)
    currents = sum(drop / complex(r, x) for r, x, _ in data)
    assert cmath.isclose(currents, rating, rel_tol=1e-9)


def test_parallel_transformers_at_another_level() -> None:
    """Impedances given at different voltage levels are compared at one: 4 ohm at 20 kV is 1 ohm at 10 kV."""
    twins = [branch(0, 1, x_ohm=0), branch(0, 1, r_ohm=4, x_ohm=0, kv=20.0, name="seen from 20 kV")]
    assert lines_of(network(2, twins, [load(1)]))["B0", "B1"] == pytest.approx((0.5, 0, 2.0))


def test_impedances_are_referred_to_the_level_of_the_pcc() -> None:
    """A 0.4 kV line below a 20/0.4 kV transformer: r (20/0.4)^2 as seen from the PCC, so r_pu is the same."""
    buses = [Bus("MV", 20.0, (0.9, 1.1)), Bus("LV", 0.4, (0.9, 1.1)), Bus("house", 0.4, (0.9, 1.1))]
    drawn = network(buses, [branch(0, 1, kv=0.4, r_ohm=0.01, x_ohm=0.04), branch(1, 2, kv=0.4, r_ohm=0.1)], [load(2)])
    lines = lines_of(drawn)
    assert lines["MV", "LV"] == pytest.approx((25, 100, 1.0))
    assert lines["LV", "house"][0] / 20**2 == pytest.approx(0.1 / 0.4**2)


def test_the_loop_is_named() -> None:
    """The five branches of the loop are named in order, and L01, which only leads to it, is not."""
    ring = [branch(1, 2), branch(2, 3), branch(3, 4), branch(4, 5), branch(5, 1)]
    with pytest.raises(InputError) as caught:
        cases(network(6, [branch(0, 1), *ring], [load(3)]), ImportOptions())
    (problem,) = caught.value.problems
    assert "5 branches form a loop" in problem.message
    names = problem.message.rsplit(": ", 1)[1].split(" - ")
    assert set(names) == {"L12", "L23", "L34", "L45", "L51"}
    assert all(set(one[1:]) & set(other[1:]) for one, other in zip(names, names[1:] + names[:1], strict=True))


def test_a_meshed_network_is_refused_briefly() -> None:
    """Ten buses joined each to each have 36 loops: a few are named, the others counted."""
    mesh = [branch(one, other) for one in range(10) for other in range(one)]
    with pytest.raises(InputError) as caught:
        cases(network(10, mesh, [load(3)]), ImportOptions())
    assert len(caught.value.problems) == 6
    assert "31 more loops" in caught.value.problems[-1].message


def test_two_external_grids_on_one_part() -> None:
    """Radial as a graph, but fed from both ends: refused, both named."""
    with pytest.raises(InputError, match="'grid 0' and 'grid 2' feed the same part"):
        cases(network(3, [branch(0, 1), branch(1, 2)], [load(1)], sources=(0, 2)), ImportOptions())


def test_two_external_grids_apart_are_two_cases() -> None:
    """Each part becomes a case of its own, with its own loads and PCC."""
    drawn = network(4, [branch(0, 1), branch(2, 3)], [load(1), load(3)], sources=(0, 2))
    imported = cases(drawn, ImportOptions())
    assert [each.case.name for each in imported] == ["drawn grid 0", "drawn grid 2"]
    assert [[person.name for person in each.case.prosumers] for each in imported] == [["load 1"], ["load 3"]]
    assert [each.case.grid.pcc for each in imported] == ["B0", "B2"]


def test_a_loop_elsewhere_doesn_t_stop_a_part_that_was_asked_for() -> None:
    """With root= only the part that holds it has to be radial."""
    ring = [branch(2, 3), branch(3, 4), branch(4, 2)]
    drawn = network(5, [branch(0, 1), *ring], [load(1), load(3)], sources=(0, 2))
    assert list(lines_of(drawn, root="B0")) == [("B0", "B1")]
    with pytest.raises(InputError, match="form a loop"):
        cases(drawn, ImportOptions(root="B2"))


def test_islands_without_customers_are_dropped_and_said() -> None:
    """B2 and B3 have no supply and nobody on them."""
    (imported,) = cases(network(4, [branch(0, 1), branch(2, 3)], [load(1)]), ImportOptions())
    assert len(imported.case.grid.lines) == 1
    assert any("B2, B3" in note.message for note in imported.notes)


def test_islands_with_customers_are_an_error() -> None:
    """Dropping them would lose B3's load without a word."""
    with pytest.raises(InputError, match="1 buses with loads or generation have no supply: B3"):
        cases(network(4, [branch(0, 1), branch(2, 3)], [load(1), load(3)]), ImportOptions())


def test_no_external_grid() -> None:
    with pytest.raises(InputError, match="no external grid in service"):
        cases(network(2, [branch(0, 1)], [load(1)], sources=()), ImportOptions())


def test_root_keeps_what_it_feeds() -> None:
    """Cut at B1: the line above, and the load on the other branch, are gone; B1's own load stays."""
    drawn = network(5, [branch(0, 1), branch(1, 2), branch(1, 3), branch(0, 4)], [load(1), load(2), load(4)])
    (imported,) = cases(drawn, ImportOptions(root="B1"))
    assert imported.case.grid.pcc == "B1"
    assert {line.to_node for line in imported.case.grid.lines} == {"B2", "B3"}
    assert [person.name for person in imported.case.prosumers] == ["load 1", "load 2"]


def test_feeder_keeps_one_way_out_of_the_pcc() -> None:
    """Only what is fed through B3, and not the customer at the busbar, who is fed without it."""
    drawn = network(5, [branch(0, 1), branch(1, 2), branch(1, 3), branch(3, 4)], [load(1), load(2), load(4)])
    (imported,) = cases(drawn, ImportOptions(feeder="B3"))
    assert imported.case.grid.pcc == "B1"
    assert [(line.from_node, line.to_node) for line in imported.case.grid.lines] == [("B1", "B3"), ("B3", "B4")]
    assert [person.name for person in imported.case.prosumers] == ["load 4"]


@pytest.mark.parametrize("options", [{"root": "B9"}, {"feeder": "B9"}])
def test_unknown_buses_are_named(options: dict[str, str]) -> None:
    with pytest.raises(InputError, match="no supplied bus is called 'B9'"):
        cases(network(2, [branch(0, 1)], [load(1)]), ImportOptions(**options))


def test_the_feeder_must_lie_below_the_pcc() -> None:
    with pytest.raises(InputError, match="'B0' is not fed from 'B0'"):
        cases(network(2, [branch(0, 1)], [load(1)]), ImportOptions(feeder="B0"))


@given(st.data())
def test_any_numbering_of_a_tree_comes_back(data: st.DataObject) -> None:
    """A random tree with shuffled bus numbers and branch directions is recovered parent by parent."""
    size = data.draw(st.integers(2, 12))
    parents = {node: data.draw(st.integers(0, node - 1)) for node in range(1, size)}
    number = data.draw(st.permutations(range(size)))
    edges = [(number[node], number[parent]) for node, parent in parents.items()]
    flipped = [pair if data.draw(st.booleans()) else pair[::-1] for pair in data.draw(st.permutations(edges))]
    drawn = network(size, [branch(*pair) for pair in flipped], [load(number[-1])], sources=(number[0],))
    (feeder,) = supply(drawn).feeders
    assert not feeder.problems
    assert {(b.to_bus, b.from_bus) for b in feeder.branches} == set(edges)
    seen = {number[0]}
    for each in feeder.branches:
        assert each.from_bus in seen
        seen.add(each.to_bus)


def test_unlimited_branches_in_parallel_stay_unlimited() -> None:
    """The user's "unlimited" for two unrated lines must not become a number."""
    twins = [branch(0, 1, rating_mva=None), branch(0, 1, rating_mva=None, name="twin")]
    assert lines_of(network(2, twins, [load(1)]), rating_mva="unlimited")["B0", "B1"][2] is None


def test_a_rated_line_limits_its_unlimited_twin() -> None:
    """Half the current flows through the rated line: twice its rating in all."""
    twins = [branch(0, 1, rating_mva=None), branch(0, 1, rating_mva=0.3, name="rated")]
    assert lines_of(network(2, twins, [load(1)]), rating_mva="unlimited")["B0", "B1"][2] == pytest.approx(0.6)


def test_a_line_without_impedance_takes_the_whole_current() -> None:
    twins = [branch(0, 1), branch(0, 1, r_ohm=0.0, x_ohm=0.0, rating_mva=0.7, name="bar")]
    assert lines_of(network(2, twins, [load(1)]))["B0", "B1"] == (0.0, 0.0, 0.7)
