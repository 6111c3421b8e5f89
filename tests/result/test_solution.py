"""What a solution says of itself, and what solving refuses to say."""

from __future__ import annotations

import pytest

from lempart import Partition, solution_json, solve
from lempart.case import Case
from lempart.errors import InfeasibleError
from lempart.search import Exhaustive, after_seconds
from support.cases import battery, case, line, prosumer


def star(power_mw: float = 10.0, **changes: object) -> Case:
    """Return three prosumers on a star with the pattern of Example 2, batteries of ``power_mw`` each."""
    lines = [line("root", f"n{i}", rating=1.0) for i in range(3)]
    pattern = [0.0, 1.0, -1.0]
    forecast = {f"P{i}": pattern[-i:] + pattern[:-i] for i in range(3)}
    people = [
        prosumer(f"P{i}", f"n{i}", battery(power_mw, cost_per_mwh=15.0, quadratic_cost_per_mw2h=7.0)) for i in range(3)
    ]
    values: dict[str, object] = {"line_penalty_per_mvah": 200.0, "tax_per_mwh": 100.0} | changes
    realization = {name: [1.2 * mw for mw in series] for name, series in forecast.items()}
    return case(lines, people, forecast, realization=realization, **values)


def nobody_stable() -> Case:
    """Return a case where nobody can be alone (small batteries), and three together cost more than 3/2 pairs."""
    return star(0.6, externalities=False, tax_per_mwh=0.0)


def nothing_viable() -> Case:
    """Return a case without flexibility in which P0 and P1 balance each other, and P2 nobody."""
    forecast = {"P0": [1.0, 1.0], "P1": [-1.0, -1.0], "P2": [0.5, 0.5]}
    lines = [line("root", f"n{i}") for i in range(3)]
    return case(lines, [prosumer(f"P{i}", f"n{i}") for i in range(3)], forecast, externalities=False)


def test_repr_names_the_answer() -> None:
    """The one line a notebook shows: case, partition, cost, currency, proof."""
    found = solve(star())
    assert repr(found) == "<Solution of 'test': {{P0}, {P1, P2}} at 241.00 CHF (proven)>"


def test_repr_when_stopped() -> None:
    """A search that was stopped says so."""
    found = solve(star(), stop=after_seconds(0.0))
    assert repr(found).endswith("(not proven: the 0 s allowed have passed)>")


def test_repr_without_a_stable_partition() -> None:
    """Where nothing is stable, it says that and no number."""
    found = solve(nobody_stable())
    assert repr(found) == "<Solution of 'test': no stable partition (proven)>"
    assert found.optimal_stable is None
    assert found.optimal == Partition.of([7])


def test_no_stable_partition_in_json() -> None:
    """The JSON has null where there is no answer, and totals null with a reason where nothing is viable."""
    found = solution_json(solve(nobody_stable()))
    assert found["optimal_stable"] is None
    assert found["price_of_stability"] is None
    assert found["proven"]
    assert [entry["viable"] for entry in found["partitions"]] == [True, False, False, False, False]
    assert found["partitions"][0]["stable"] is False
    for entry in found["partitions"][1:]:
        assert entry["total"] is None
        assert entry["costs"] is None
        assert "not viable" in entry["reason"]


def test_nothing_viable_names_who_and_why() -> None:
    """Where no partition is viable the message names who can't balance with anyone, by how much, and a remedy."""
    with pytest.raises(InfeasibleError) as caught:
        solve(nothing_viable())
    text = str(caught.value)
    assert text.startswith("no partition is viable: P2 is in no viable coalition. In {P0, P1} {P2}:")
    assert "P2 can't balance without the grid" in text
    assert "+1 MWh over the horizon and between +0.5 and +0.5 MWh in a step" in text
    assert "externalities = true" in text


def test_nothing_viable_for_a_regular_customer() -> None:
    """A regular customer is alone in every partition; if it can't be, that is the reason, and it is named."""
    lines = [line("root", f"n{i}") for i in range(2)]
    people = [prosumer("P0", "n0", battery()), prosumer("shop", "n1", player=False)]
    given = case(lines, people, {"P0": [0.1], "shop": [-0.2]}, externalities=False)
    with pytest.raises(InfeasibleError, match=r"regular customers are alone in every one[^$]*\{shop\}"):
        solve(given)


def test_stopped_before_anything_viable_is_no_claim() -> None:
    """Stopped after one partition that isn't viable: nobody can say yet that none is, so no error is raised."""
    found = solve(nothing_viable(), stop=after_seconds(0.0))
    assert [item.total for item in found.search.evaluated] == [float("inf")]
    assert found.optimal is None
    assert not found.search.proven
    assert solution_json(found)["optimal"] is None


def test_deviation_models_are_recorded() -> None:
    """The JSON says which expectation of the others the verdicts rest on; without externalities none."""
    for name in ("inertia", "dissolve", "optimistic", "pessimistic"):
        found = solve(star(), Exhaustive(), deviation=name)  # type: ignore[arg-type]
        assert solution_json(found)["deviation"] == name
    assert solution_json(solve(nobody_stable()))["deviation"] == "none"
