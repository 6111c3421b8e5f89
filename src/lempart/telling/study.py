"""The answer at one point of a study in sentences: what to commit to on average, or who wins the draws most often."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

from lempart.display import count_of, half_width, money, percent, plus_minus, short_braces
from lempart.formats.statistics import (
    OutcomeFile,
    PartitionStatisticsFile,
    PenaltyFile,
    SearchPenaltyFile,
    WinnerFile,
)

Name: TypeAlias = Callable[[str], str]
"""How a partition is written whose label in the statistics is given; labels are as long as they may be."""

_CENT = 5e-3  # less is written 0.00


def study_sentences(told: PenaltyFile, currency: str, name: Name) -> tuple[str, ...]:
    """Return which partition to commit to and what it costs on average, then how it stands to the cheapest."""
    by_label = {one.partition: one for one in told.partitions}
    if told.optimal is None:
        return "No partition is viable in every draw.", "So none can be committed to, and there are no mean costs."
    cheapest, stable = by_label[told.optimal], told.optimal_stable_in_expectation
    if stable is None:
        known = "wasn't computed" if cheapest.stable_in_expectation is None else "isn't given for any that was costed"
        first = f"On average {_at(cheapest, currency, name)} is the cheapest partition."
        return first, f"Stability in the game of expected costs {known}."
    best = by_label[stable]
    first = f"On average the cheapest partition that holds together is {_at(best, currency, name)}."
    if best is cheapest:
        return first, _runner_up(told, currency, name)
    return first, (
        f"It costs {_dearer(best, currency)} more than the cheapest, {name(cheapest.partition)}, "
        "which doesn't hold together."
    )


def draws_sentence(told: PenaltyFile, draws: int, name: Name) -> str:
    """Return in how many draws the answer is the cheapest and stable; empty where there is no answer."""
    label = told.optimal_stable_in_expectation or told.optimal
    best = next((one for one in told.partitions if one.partition == label), None)
    if best is None:
        return ""
    cheapest, stable = percent(best.optimal.share), percent(best.stable.share)
    return f"Of {count_of(draws, 'draw')}, {name(best.partition)} is the cheapest in {cheapest} and stable in {stable}."


def _at(one: PartitionStatisticsFile, currency: str, name: Name) -> str:
    mean = "not viable" if one.mean is None else f"at {money(one.mean, currency)}{plus_minus(one.standard_error)}"
    return f"{name(one.partition)} {mean}"


def _dearer(one: PartitionStatisticsFile, currency: str) -> str:
    assert one.dearer_than_best is not None
    return money(one.dearer_than_best, currency) + plus_minus(one.dearer_standard_error)


def _runner_up(told: PenaltyFile, currency: str, name: Name) -> str:
    others = [
        (one.mean, one)
        for one in told.partitions
        if one.partition != told.optimal and one.mean is not None and one.dearer_than_best is not None
    ]
    if not others:
        return "No other partition was costed in every draw."
    _, second = min(others, key=lambda pair: pair[0])
    error = half_width(second.dearer_standard_error)
    dearer = f"{name(second.partition)} costs {_dearer(second, currency)} more"
    if error is not None and (second.dearer_than_best or 0.0) > error:
        return f"It is also the cheapest of all: {dearer}."
    return f"It is also the cheapest of all, but {dearer}: the draws don't tell them apart."


def searched_sentences(told: SearchPenaltyFile, currency: str) -> tuple[str, ...]:
    """Return which partition is the cheapest stable one most often, then what winners cost and stability adds."""
    winners = most_frequent(told.optimal_stable)
    if not winners:
        return "No stable partition was found in any draw.", _winners_cost(told, currency)
    best, *others = winners
    ties = f", as often as {count_of(len(others), 'other')}" if others else ""
    first = f"Most often the cheapest partition that holds together is {_winner(best)}{ties}."
    return first, _winners_cost(told, currency)


def searched_reasons(told: SearchPenaltyFile, draws: int) -> tuple[str, ...]:
    """Return how varied the winners are, who is the cheapest most often, and what is proven."""
    outcomes = (told.optimal, told.optimal_stable)
    winners = sum(one.partition is not None and one.share > 0 for one in told.optimal_stable.winners)
    said = [
        f"Each of {count_of(draws, 'draw')} was searched on its own, and {count_of(winners, 'partition')} won some. "
        "This says what would form if everyone knew ahead what happens, not what to commit to once and for all."
    ]
    if cheapest := most_frequent(told.optimal):
        said.append(f"Whether it holds together or not, {_winner(cheapest[0], ' is the cheapest most often')}.")
    for outcome, name in zip(outcomes, ("viable", "stable"), strict=True):
        if (none := without_answer(outcome)) > 0:
            said.append(f"In {percent(none)} of the draws no {name} partition was found.")
    if (tied := told.optimal_stable.tied) > 0:
        said.append(f"In {percent(tied)} of the draws others cost as little as the winner; the one found first counts.")
    proof = "in every draw" if told.proven == 1 else f"in {percent(told.proven)} of the draws"
    return (*said, f"The answer is proven {proof}.")


def most_frequent(outcome: OutcomeFile) -> Sequence[WinnerFile]:
    """Return the partitions that win most draws; none where no draw has a winner."""
    winners = [one for one in outcome.winners if one.partition is not None]
    most = max((one.share for one in winners), default=0.0)
    return [one for one in winners if one.share == most and most > 0.0]


def without_answer(outcome: OutcomeFile) -> float:
    """Return the share of draws that have no winner."""
    return sum(one.share for one in outcome.winners if one.partition is None)


def _winner(one: WinnerFile, verb: str = "") -> str:
    assert one.partition is not None
    low, high = one.interval
    between = "" if low is None or high is None else f" (95 %: {100 * low:.0f} to {percent(high)})"
    return f"{short_braces(one.partition)}{verb}: in {percent(one.share)} of the draws{between}"


def _winners_cost(told: SearchPenaltyFile, currency: str) -> str:
    best, price = told.optimal_stable, told.price_of_stability
    if best.mean is None or price.mean is None:
        return "What stability costs isn't known: some draws have no such partition."
    mean = f"{money(best.mean, currency)}{plus_minus(best.standard_error)}"
    if price.mean < _CENT:
        return f"A draw's cheapest stable partition costs {mean} on average, no more than the cheapest of all."
    dearer = f"{money(price.mean, currency)}{plus_minus(price.standard_error)}"
    return f"A draw's cheapest stable partition costs {mean} on average; of that, stability costs {dearer}."
