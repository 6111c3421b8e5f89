"""An import takes limits from the source or from the user, and from nowhere else."""

from __future__ import annotations

from typing import Any

import pytest

from lempart.errors import InputError
from lempart.io.networks.case import cases
from lempart.io.networks.network import Bus, Imported, ImportOptions, Network
from support.networks import branch, load, network

UNRATED = [branch(0, 1), branch(1, 2, rating_mva=None)]
UNBANDED = [Bus("B0", 10.0), Bus("B1", 10.0, (0.9, 1.1)), Bus("B2", 10.0)]


def imported(drawn: Network, **options: Any) -> Imported:
    (only,) = cases(drawn, ImportOptions(**options))
    return only


def test_missing_limits_are_all_named_at_once() -> None:
    """Line, bus and the option that answers each, in one error; the PCC needs no band."""
    with pytest.raises(InputError) as caught:
        imported(network(UNBANDED, UNRATED, [load(2)]))
    rating, band = caught.value.problems
    assert "1 lines have no rating, or a placeholder: L12" in rating.message
    assert "rating_mva=" in rating.remedy
    assert "1 buses have no voltage band: B2" in band.message
    assert "voltage_band_pu=" in band.remedy


def test_a_number_fills_only_what_is_missing() -> None:
    """L01 keeps its own 1 MVA, B1 its own band; L12 and B2 take the user's."""
    case = imported(network(UNBANDED, UNRATED, [load(2)]), rating_mva=0.4, voltage_band_pu=(0.95, 1.05)).case
    assert [line.rating_mva for line in case.grid.lines] == [1.0, 0.4]
    bands = [line.voltage_band_pu or case.grid.voltage_band_pu for line in case.grid.lines]
    assert bands == [(0.9, 1.1), (0.95, 1.05)]


def test_unlimited_is_absent_in_the_case() -> None:
    """A case says "unlimited" by silence; where another bus has a band, it stands at its line."""
    case = imported(network(UNBANDED, UNRATED, [load(2)]), rating_mva="unlimited", voltage_band_pu="unlimited").case
    assert [line.rating_mva for line in case.grid.lines] == [1.0, None]
    assert case.grid.voltage_band_pu is None
    assert [line.voltage_band_pu for line in case.grid.lines] == [(0.9, 1.1), None]


def test_an_answer_nobody_asked_for_is_reported() -> None:
    """The source's own limits win; the user is told that the option did nothing."""
    notes = imported(network(2, [branch(0, 1)], [load(1)]), rating_mva=3.0, voltage_band_pu=(0.95, 1.05)).notes
    for option in ("rating_mva", "voltage_band_pu"):
        assert any(note.where == option and "was not used" in note.message for note in notes)


def test_limits_outside_the_part_that_is_kept_are_not_asked_for() -> None:
    """L01 has no rating, but the case begins at B1."""
    drawn = network(3, [branch(0, 1, rating_mva=None), branch(1, 2)], [load(2)])
    assert imported(drawn, root="B1").case.grid.pcc == "B1"


@pytest.mark.parametrize(
    ("option", "message"),
    [
        ({"rating_mva": 0.0}, "rating_mva: 0.0 is no rating"),
        ({"rating_mva": -1.0}, "rating_mva: -1.0 is no rating"),
        ({"rating_mva": float("nan")}, "rating_mva: nan is no rating"),
        ({"rating_mva": "much"}, "rating_mva: 'much' is no rating"),
        ({"voltage_band_pu": (1.05, 0.95)}, "is no voltage band"),
        ({"voltage_band_pu": (1.01, 1.05)}, "is no voltage band"),
        ({"voltage_band_pu": (0.95,)}, "is no voltage band"),
        ({"voltage_band_pu": "wide"}, "is no voltage band"),
        ({"prosumers": "house"}, "prosumers: 'house' is unknown"),
    ],
)
def test_senseless_options(option: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        ImportOptions(**option)
