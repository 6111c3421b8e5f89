"""Who becomes a prosumer, with which sign, and which market they get."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from lempart.case import Case
from lempart.errors import InputError, Problem
from lempart.io.networks.case import cases
from lempart.io.networks.network import DEFAULT_MARKET, ImportOptions
from support.networks import branch, load, network, plant

CHAIN = [branch(0, 1), branch(1, 2), branch(2, 3)]
DRAWN = network(
    4, CHAIN, [plant(1, 0.5), load(1, 0.2 + 0.1j), load(1, 0.3, "second"), plant(2, 0.7), plant(1, 0.01, "p")]
)


def case_of(**options: Any) -> Case:
    return imported(**options)[0]


def imported(**options: Any) -> tuple[Case, tuple[Problem, ...]]:
    (only,) = cases(DRAWN, ImportOptions(**options))
    return only.case, only.notes


def power(case: Case) -> dict[str, complex]:
    names = [person.name for person in case.prosumers]
    return dict(zip(names, case.scenario.forecast[:, 0].tolist(), strict=True))


def test_generation_joins_the_first_load_of_its_bus() -> None:
    """Consumption is negative; both plants at B1 join "load 1", the one at B2 stands alone."""
    assert power(case_of()) == pytest.approx({"load 1": 0.31 - 0.1j, "second": -0.3, "plant 2": 0.7})


def test_one_prosumer_per_bus() -> None:
    """All of a bus added up, named after it; the same power in total."""
    assert power(case_of(prosumers="bus")) == pytest.approx({"B1": 0.01 - 0.1j, "B2": 0.7})


def test_realisation_is_the_forecast() -> None:
    """A snapshot knows no errors of forecast."""
    case = case_of()
    np.testing.assert_array_equal(case.scenario.forecast, case.scenario.realization)


def test_players_are_those_named() -> None:
    assert [person.player for person in case_of().prosumers] == [True, True, True]
    assert [person.player for person in case_of(players=("second",)).prosumers] == [False, True, False]


def test_unknown_players_are_named() -> None:
    """Also when no name fits: the error is about the name, not about a case without players."""
    with pytest.raises(InputError, match=r"no prosumer is called ghost.*load 1, second, plant 2"):
        case_of(players=("ghost",))


def test_many_players_get_a_note() -> None:
    """Thirteen players: the exhaustive search will be long, said before anyone waits for it."""
    crowd = network(2, [branch(0, 1)], [load(1, name=f"P{place}") for place in range(13)])
    (many,) = cases(crowd, ImportOptions())
    assert any("13 players" in note.message for note in many.notes)
    (few,) = cases(crowd, ImportOptions(players=("P1", "P2")))
    assert not any("players" in note.message for note in few.notes)


def test_the_market_s_defaults_are_listed() -> None:
    """Every value taken by default stands in one note; those the user gave don't."""
    case, notes = imported(market={"tax_per_mwh": 57.6})
    (note,) = [note for note in notes if note.where == "market"]
    assert case.market.tax_per_mwh.tolist() == [57.6]
    assert case.market.price_per_mwh.tolist() == [DEFAULT_MARKET["price_per_mwh"]]
    assert "tax_per_mwh" not in note.message
    assert "price_per_mwh = 139.0" in note.message
    assert note.severity == "warning"


def test_a_complete_market_gets_no_note() -> None:
    _, notes = imported(market=dict(DEFAULT_MARKET))
    assert not [note for note in notes if note.where == "market"]


def test_unknown_market_entries() -> None:
    with pytest.raises(InputError, match="has no entry tax"):
        case_of(market={"tax": 1.0})


def test_nobody_to_trade() -> None:
    with pytest.raises(InputError, match="has no load or generator in service"):
        cases(network(2, [branch(0, 1)], []), ImportOptions())
