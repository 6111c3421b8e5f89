"""``lempart cost --cores`` against the paper's Example 2, whose cores are known."""

from __future__ import annotations

import json

import pytest

from support.command_line import Lempart


def cores(lempart: Lempart, partition: str, *more: str) -> list[dict]:
    done = lempart("cost", "example-2", "--partition", partition, "--cores", "--json", "-", *more)
    assert done.code == 0
    return json.loads(done.out)["coalitions"]


def test_an_empty_core_comes_with_its_proof(lempart: Lempart) -> None:
    """Three pairs at 157 each can collect 235.5 of the grand coalition's 240; each pair would gain 3."""
    (grand,) = cores(lempart, "P1,P2,P3")
    assert (grand["stable"], grand["allocation"]) == (False, None)
    assert grand["core_value"] == pytest.approx(235.5, abs=1e-3)
    assert [block["gain"] for block in grand["blocking"]] == pytest.approx([3.0] * 3, abs=1e-3)
    assert [item["weight"] for item in grand["balanced"]] == pytest.approx([0.5] * 3)
    assert (grand["core_method"], grand["sub_coalitions_priced"]) == ("enumeration", 6)
    assert grand["core_gap"] is None


def test_a_core_comes_with_bills(lempart: Lempart) -> None:
    """{P1, P2} pay 157 together, and neither more than alone."""
    pair, single = cores(lempart, "P1,P2|P3")
    assert pair["stable"]
    assert sum(pair["allocation"].values()) == pytest.approx(pair["cost"])
    assert single["allocation"] == pytest.approx({"P3": single["cost"]})


def test_people_read_the_same(lempart: Lempart) -> None:
    """Who would leave, and for how much; without the option nothing about cores."""
    told = lempart("cost", "example-2", "--partition", "P1,P2,P3", "--cores").out
    assert "unstable" in told
    assert "{P1, P2} gains 3.00" in told
    assert "Cores" not in lempart("cost", "example-2", "--partition", "P1,P2,P3").out


def test_stopped_at_once(lempart: Lempart) -> None:
    """Nothing was priced: all that is known is that no more than the cost can be collected."""
    (grand,) = cores(lempart, "P1,P2,P3", "--stop-after", "0")
    assert (grand["stable"], grand["core_value"], grand["sub_coalitions_priced"]) == (None, None, 0)
    gap = grand["core_gap"]
    assert (gap["lowest"], gap["allocation"]) == (None, None)
    assert gap["highest"] == pytest.approx(grand["cost"])
    told = lempart("cost", "example-2", "--partition", "P1,P2,P3", "--cores", "--stop-after", "0").out
    assert "undecided" in told
    assert "at least 0.00" in told
    assert "Stopped: the 0 s allowed have passed" in told


def test_stopping_needs_something_to_stop(lempart: Lempart) -> None:
    """A usage error that says what is missing."""
    done = lempart("cost", "example-2", "--partition", "P1,P2,P3", "--stop-after", "5")
    assert done.code == 2
    assert "--cores" in done.err
