"""What is said of losses and of what they leave to the operator, for amounts worked out by hand elsewhere."""

from __future__ import annotations

import pytest

from lempart.formats.result import GridLossesFile
from lempart.telling.losses import loss_sentences, surplus_sentence


def lost(mwh: float, cost: float, without: tuple[float, float] | None = None) -> GridLossesFile:
    """Return what lines lose, without the lines."""
    both = (None, None) if without is None else without
    return GridLossesFile((("A", "B"),), mwh, cost, (), *both)


@pytest.mark.parametrize(
    ("told", "total", "sentences"),
    [
        (None, 100.0, ()),
        (lost(0.0, 0.0), 100.0, ("Lines lose nothing.",)),
        (lost(1.5e-5, 0.0015), -3.0, ("Lines lose 0.015 kWh, which costs 0.0015 CHF at the PCC.",)),
        (
            lost(0.015985, 1.598461, (0.0058744, 0.587440)),
            59.465748,
            (
                "Lines lose 16 kWh, which costs 1.60 CHF at the PCC, 2.7 % of the total.",
                "Without markets, everyone alone, they would lose 5.87 kWh, 0.59 CHF.",
            ),
        ),
        (
            lost(2.5, 0.0, (3.0, 0.0)),
            59.0,
            (
                "Lines lose 2.5 MWh, which costs nothing at the PCC.",
                "Without markets, everyone alone, they would lose 3 MWh.",
            ),
        ),
    ],
)
def test_what_lines_lose(told: GridLossesFile | None, total: float, sentences: tuple[str, ...]) -> None:
    """Energy, cost and share of the total; no share of a total that is earned, no price of what costs nothing."""
    assert loss_sentences(told, total, "CHF") == sentences


@pytest.mark.parametrize(
    ("surplus", "beyond", "sentence"),
    [
        (0.0, None, ""),
        (3.2, None, "Congestion leaves the operator a network surplus of 3.20 CHF."),
        (1e-12, 0.0, "The operator is left nothing; what is paid for losses is what they cost."),
        (
            3.2,
            0.0,
            "Congestion leaves the operator a network surplus of 3.20 CHF; what is paid for losses is what they cost.",
        ),
        (
            0.721193,
            0.721193,
            "The operator is left a network surplus of 0.72 CHF: "
            "marginal prices collect 0.72 CHF more than losses cost.",
        ),
        (
            -0.010802,
            -0.010802,
            "The operator lacks 0.01 CHF: marginal prices collect 0.01 CHF less than losses cost.",
        ),
        (
            3.0,
            0.5,
            "The operator is left a network surplus of 3.00 CHF: 2.50 CHF by congestion, and marginal prices collect "
            "0.50 CHF more than losses cost.",
        ),
    ],
)
def test_what_the_operator_is_left(surplus: float, beyond: float | None, sentence: str) -> None:
    """What the surplus consists of, in both pricings; nothing is said of nothing where losses aren't priced."""
    assert surplus_sentence(surplus, beyond, "CHF") == sentence
