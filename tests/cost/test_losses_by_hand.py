"""Two homes on one feeder with losses: every amount from fractions, by hand and by an independent program."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from lempart import costs_of
from lempart.case import Case, Convex
from lempart.cost import (
    CoalitionSeries,
    CostsWithExternalities,
    CostsWithoutExternalities,
    PartitionSeries,
    edge_allocation,
)
from lempart.dispatch import dispatch
from support.cases import case, line, prosumer

NEAR = 1e-6

A, B, BOTH = 0b01, 0b10, 0b11


def two_homes(
    externalities: bool = True,
    *,
    x: tuple[float, float] = (0.0, 0.0),
    q: tuple[float, float] = (0.0, 0.0),
    perfect: bool = False,
    **market: object,
) -> Case:
    """Return 0-1-2 with A at 1 and B at 2; both can inject anything, at ``30|a| + 50a^2`` and ``10|b| + 100b^2``."""
    flexible = {
        name: Convex(
            np.full(1, -10.0), np.full(1, 10.0), absolute_cost_per_mwh=linear, quadratic_cost_per_mw2h=quadratic
        )
        for name, linear, quadratic in (("A", 30.0, 50.0), ("B", 10.0, 100.0))
    }
    forecast = {"A": [0.5 + 1j * q[0]], "B": [-1.0 + 1j * q[1]]}
    fields = {"price_per_mwh": 100.0, "tax_per_mwh": 40.0, "imbalance_penalty_per_mwh": 300.0, "losses": "priced"}
    return case(
        [line("root", "1", 0.02, x[0]), line("1", "2", 0.03, x[1])],
        [prosumer("A", "1", flexible["A"]), prosumer("B", "2", flexible["B"])],
        forecast,
        realization=None if perfect else {"A": [0.4 + 1j * q[0]], "B": [-1.0 + 1j * q[1]]},
        externalities=externalities,
        tie_break=1e-9,
        **{**fields, **market},
    )


def with_externalities(**fields: object) -> CostsWithExternalities:
    """Return the costs of the case with externalities."""
    costs = costs_of(two_homes(**fields))  # type: ignore[arg-type]
    assert isinstance(costs, CostsWithExternalities)
    return costs


@pytest.mark.parametrize(
    ("partition", "injected", "prices", "parts"),
    [
        (
            "A|B",
            (0.282625, 0.651760),
            (98.262463, 100.351906),
            (61.469217, -33.438416, 41.234604, 0.587440, 30.0, 99.852845),
        ),
        (
            "A,B",
            (0.297287, 0.270528),
            (99.728739, 64.105572),
            (23.361422, 3.218475, 1.287390, 1.598461, 30.0, 59.465748),
        ),
    ],
)
def test_dispatch_prices_and_parts(
    partition: str, injected: tuple[float, ...], prices: tuple[float, ...], parts: tuple[float, ...]
) -> None:
    """The dispatch, nodal prices with marginal losses, and the parts of what a partition costs."""
    costs = with_externalities()
    found, (part,) = costs.partition(partition), costs.dispatched(partition)
    assert part.solved.flexible_mva[:, 0].real == pytest.approx(injected, abs=NEAR)
    assert part.solved.nodal_prices[1:3, 0].real == pytest.approx(prices, abs=NEAR)
    own = found.parts.as_dict()
    names = ("flexibility", "import", "tax", "loss", "imbalance")
    assert [*(own[name] for name in names), found.total] == pytest.approx(parts, abs=NEAR)
    assert own["line"] == own["voltage"] == 0.0


@pytest.mark.parametrize(
    ("rule", "apart", "together", "surplus"),
    [
        ("average", (1.971613, 97.881232), 59.465748, (0.0, 0.0)),
        ("marginal", (2.701180, 97.872858), 59.454946, (0.721193, -0.010802)),
    ],
)
def test_who_pays(rule: str, apart: tuple[float, float], together: float, surplus: tuple[float, float]) -> None:
    """Bills by either rule, and what the operator is left with: nothing by average losses."""
    costs = with_externalities(loss_pricing=rule)
    found, merged = costs.partition("A|B"), costs.partition("A,B")
    assert [own.total for own in found.coalitions] == pytest.approx(apart, abs=NEAR)
    assert merged.coalitions[0].total == pytest.approx(together, abs=NEAR)
    assert (found.network_surplus, merged.network_surplus) == pytest.approx(surplus, abs=NEAR)


def test_average_losses_are_shared_in_full() -> None:
    """By the average rule the coalitions' losses add up to the network's."""
    for partition in ("A|B", "A,B"):
        found = with_externalities().partition(partition)
        each = sum(own.parts.as_dict()["loss"] for own in found.coalitions if own.parts is not None)
        assert each == pytest.approx(found.parts.as_dict()["loss"], abs=1e-12)


def test_without_externalities() -> None:
    """What coalitions cost at zero exchange, and the closed form that shares it among edges."""
    costs = costs_of(two_homes(externalities=False, perfect=True))
    assert isinstance(costs, CostsWithoutExternalities)
    assert [costs.cost(mask) for mask in (A, B, BOTH)] == pytest.approx([27.5, 110.0, 21.062092], abs=NEAR)
    (part,) = costs.dispatched("A,B")
    assert part.solved.flexible_mva[:, 0].real == pytest.approx([0.251634, 0.248366], abs=NEAR)
    shares = edge_allocation(part.solved)
    at = [part.grid.names.index(name) for name in ("A", "B", "2")]
    assert shares[at] == pytest.approx([-30.747683, 53.504635, -1.694861], abs=NEAR)
    assert shares.sum() == pytest.approx(21.062092, abs=NEAR)


def test_reactive_power() -> None:
    """Complex prices: reactance counts at the price of reactive power, and given reactive flows lose what they lose."""
    fields = {"x": (0.01, 0.02), "q": (-0.1, -0.2)}
    costs = with_externalities(**fields, tax_per_mwh=0.0, reactive_price_per_mvarh=5.0)
    found, (part,) = costs.partition("A|B"), costs.dispatched("A|B")
    assert costs.prepared.losses.weight[1:3, 0] == pytest.approx([2.05, 3.1])
    assert part.solved.flexible_mva[:, 0].real == pytest.approx([0.674240, 0.454045], abs=NEAR)
    assert part.solved.nodal_prices[1:3, 0] == pytest.approx([97.424031 + 6.23j, 100.808954 + 7.47j], abs=NEAR)
    assert found.parts.as_dict()["loss"] == pytest.approx(1.804633, abs=NEAR)
    shares = [own.parts.as_dict()["loss"] for own in found.coalitions if own.parts is not None]
    assert shares == pytest.approx([1.224886, 0.579747], abs=NEAR)
    assert part.loss_cost.sum() == pytest.approx(1.804633, abs=NEAR)
    assert found.total == pytest.approx(48.589447, abs=NEAR)


@pytest.mark.parametrize("externalities", [True, False])
def test_violations_are_those_with_losses(externalities: bool) -> None:
    """A load of 1.2 MW that nobody forecast: 1.2288 MW enter a line of 1 MVA, and ``dv`` is -0.048576 behind it.

    For half an hour, at 50 an MVAh and 1,000 a p.u. and hour: 5.72 for the line and 4.488 for what of that is beyond
    0.98 squared less 1; and the losses of 0.0288 MW are 1.44, at 100 an MWh.
    """
    given = case(
        [line("root", "a", 0.02, rating=1.0), line("root", "b")],
        [prosumer("A", "a"), prosumer("B", "b")],
        {"A": [0.0], "B": [0.0]},
        realization={"A": [-1.2]},
        band=(0.98, 1.02),
        step_hours=0.5,
        externalities=externalities,
        price_per_mwh=100.0,
        line_penalty_per_mvah=50.0,
        voltage_penalty=1000.0,
        losses="priced",
    )
    costs, scenario = costs_of(given), given.scenario
    found = costs.partition("A,B").parts.as_dict()
    assert (found["line"], found["voltage"], found["loss"]) == pytest.approx((5.72, 4.488, 1.44))
    (part,) = costs.dispatched("A,B")
    assert (part.line_cost.sum(), part.voltage_cost.sum()) == pytest.approx((5.72, 4.488))
    assert part.loss_cost.sum() == pytest.approx(1.44)
    draws = np.array([scenario.forecast] * 2), np.array([scenario.realization, 0.0 * scenario.realization])
    if externalities:
        series = PartitionSeries(costs.prepared).at(*draws).costs(costs.prepared.partition_of("A,B"))
        parts = [series.draw(draw).parts.as_dict() for draw in range(2)]
    else:
        names = costs.prepared.coalition_part_names
        rows = CoalitionSeries(costs.prepared, BOTH).costs(*draws).parts[0]
        parts = [dict(zip(names, row.tolist(), strict=True)) for row in rows]
    names = ("line", "voltage", "loss")
    assert [parts[0][name] for name in names] == pytest.approx([5.72, 4.488, 1.44])
    assert [parts[1][name] for name in names] == [0.0, 0.0, 0.0]


def test_losses_are_shown() -> None:
    """A notebook's table has a column for them, and none without."""
    costs = with_externalities()
    assert '<th style="text-align: right">loss</th>' in costs.partition("A|B")._repr_html_()
    plain = costs_of(replace(two_homes(), market=replace(two_homes().market, losses="none")))
    assert ">loss<" not in plain.partition("A|B")._repr_html_()


def test_losses_at_negative_prices_are_told() -> None:
    """Where losses would be worth having they weigh nothing, and a note says so."""
    costs = with_externalities(price_per_mwh=-20.0)
    assert not costs.prepared.losses.weight.any()
    (note,) = [one for one in costs.prepared.notes if one.where == "market.losses"]
    assert "losses at negative prices are not counted" in note.message
    assert costs.partition("A|B").parts.as_dict()["loss"] == 0.0


def test_without_losses_nothing_is_added() -> None:
    """``losses = "none"`` has no seventh part, and neither has a grid without impedances any amount in it."""
    plain = replace(two_homes().market, losses="none")
    costs = costs_of(replace(two_homes(), market=plain))
    assert "loss" not in costs.partition("A|B").parts.as_dict()
    assert dispatch(costs.problems(costs.prepared.partition_of("A|B"))[0]).problem.losses is None
