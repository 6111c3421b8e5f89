"""``lempart cost --cores`` against the paper's Example 2, whose cores are known."""

from __future__ import annotations

import json

import pytest

from support.command_line import Lempart


def cores(lempart: Lempart, partition: str) -> list[dict]:
    done = lempart("cost", "example-2", "--partition", partition, "--cores", "--json", "-")
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
