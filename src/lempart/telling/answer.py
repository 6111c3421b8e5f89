"""The answer of a search: which partition it is, how it stands to the cheapest, what is proven, what to mind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lempart.display import count_of, gain, large, money, short_braces
from lempart.formats.result import (
    BestFile,
    BurningFile,
    GridLossesFile,
    PartitionFile,
    PartitionKey,
    ResultFile,
    partition_key,
)
from lempart.telling.caveats import accuracy, burning, burning_partitions, open_ties
from lempart.telling.losses import loss_sentences, surplus_sentence
from lempart.text import some_of

_MAX_TIES_NAMED = 3
_OPTIMAL_WITHIN = 1e-6  # of its cost: a solver's last digits


@dataclass(frozen=True, slots=True)
class Told:
    """A partition as far as sentences name it.

    Attributes
    ----------
    blocks
        The names of each coalition's players.
    total
        ``Phi``, in currency.
    stable
        Whether nobody would leave; None where that wasn't checked or isn't known.
    """

    blocks: Sequence[Sequence[str]]
    total: float
    stable: bool | None

    @property
    def name(self) -> str:
        """Return the partition as people write it."""
        return short_braces(self.blocks)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a search says of a case, whether it has just ended or is read from ``result.json``.

    Attributes
    ----------
    currency
        Of all amounts.
    optimal, optimal_stable
        The cheapest partitions, and the cheapest stable ones, ties included; empty where none is known.
    proven, stopped
        Whether no better answer can exist; why the search was stopped early, empty where it wasn't.
    partition_count, evaluated, checked
        How many partitions there are, were costed, and were found to be stable or unstable.
    gap, lower_bound
        How far the cheapest may lie above the least possible cost, as a share; that cost. None where nothing is known.
    gap_of_savings
        The same, as a share of what can be saved against everyone alone at most.
    coalition_count, coalitions_costed
        How many coalitions there are and were costed, of a search that costs coalitions; None otherwise.
    more_ties
        Whether more partitions cost as little as the answer.
    burning, burning_in
        What batteries burn in the answer, None where none does; in how many of the evaluated partitions some do.
    losses
        What lines lose in the answer; None where losses aren't priced or the time was up.
    network_surplus, loss_surplus
        What the answer leaves to the operator, and what of it is for losses; the latter None where they aren't priced.
    ties_open
        In how many of them no solver could tell which of several dispatches of least cost is meant.
    known_to
        How far off the bills of the answer may be, in currency.
    """

    currency: str
    optimal: tuple[Told, ...]
    optimal_stable: tuple[Told, ...]
    proven: bool
    stopped: str
    partition_count: int
    evaluated: int
    checked: int
    gap: float | None
    lower_bound: float | None
    gap_of_savings: float | None
    coalition_count: int | None
    coalitions_costed: int | None
    more_ties: bool
    burning: BurningFile | None
    losses: GridLossesFile | None
    network_surplus: float
    loss_surplus: float | None
    burning_in: int
    ties_open: int
    known_to: float

    @classmethod
    def of_file(cls, told: ResultFile) -> Answer:
        """Return what ``result.json`` says."""
        entries = {partition_key(one.partition): one for one in told.partitions}
        best = told.optimal_stable or told.optimal
        first = None if best is None else entries[partition_key(best.partition)]
        return cls(
            currency=told.currency,
            optimal=_best(told.optimal, entries),
            optimal_stable=_best(told.optimal_stable, entries),
            proven=told.proven,
            stopped=told.stopped or "",
            partition_count=told.partition_count,
            evaluated=told.evaluated,
            checked=sum(one.stable is not None for one in told.partitions),
            gap=told.gap,
            lower_bound=told.lower_bound,
            gap_of_savings=told.gap_of_savings,
            coalition_count=told.coalition_count,
            coalitions_costed=told.coalitions_costed,
            more_ties=told.more_ties,
            burning=None if first is None else first.burning,
            losses=told.losses,
            network_surplus=0.0 if first is None else first.network_surplus or 0.0,
            loss_surplus=None if first is None else first.loss_surplus,
            burning_in=sum(one.burning is not None for one in told.partitions),
            ties_open=sum(one.tie_open for one in told.partitions),
            known_to=0.0 if first is None else max(own.known_to for own in first.coalitions),
        )

    @property
    def best(self) -> Told | None:
        """Return the optimal stable partition, or else the cheapest."""
        return (*self.optimal_stable, *self.optimal, None)[0]

    @property
    def optimum_proven(self) -> bool:
        """Return whether no partition is cheaper than the cheapest found, but for a solver's last digits."""
        return self.gap is not None and self.gap <= _OPTIMAL_WITHIN


def _best(best: BestFile | None, entries: Mapping[PartitionKey, PartitionFile]) -> tuple[Told, ...]:
    every = () if best is None else (best.partition, *best.ties)
    found = [entries[partition_key(blocks)] for blocks in every]
    return tuple(Told(one.partition, one.total, one.stable) for one in found if one.total is not None)


def answer_sentences(answer: Answer) -> tuple[str, ...]:
    """Return which partition is the answer, its ties, and how it stands to the cheapest."""
    if not answer.optimal_stable:
        return (f"No stable partition {'is known yet' if answer.stopped else 'exists'}.", _cheapest_without(answer))
    first, *ties = answer.optimal_stable
    title = "Optimal stable partition" if answer.proven else "Best stable partition so far"
    told = [f"{title}: {first.name} at {money(first.total, answer.currency)}."]
    if ties:
        named = some_of([one.name for one in ties], _MAX_TIES_NAMED, by="; ")
        told.append(f"At the same cost: {named}." + (" There are more at that cost." if answer.more_ties else ""))
    return (*told, _beside_the_cheapest(answer, first))


def _cheapest_without(answer: Answer) -> str:
    if not answer.evaluated:
        return "The search was stopped before any partition was costed."
    if not answer.optimal:
        return f"None of the {answer.evaluated:,} costed so far is viable."
    cheapest = answer.optimal[0]
    return f"{_cheapest(answer)}, {_at(cheapest, answer)}, {_stability(cheapest)}."


def _beside_the_cheapest(answer: Answer, best: Told) -> str:
    if best in answer.optimal:
        return f"It is also the cheapest {'of all' if answer.optimum_proven else 'so far'}."
    cheapest = answer.optimal[0]
    dearer = f"{gain(best.total - cheapest.total)} {answer.currency}"
    said = f"{_cheapest(answer).lower()}, {_at(cheapest, answer)}, which {_stability(cheapest)}"
    return f"It costs {dearer} more than {said}."


def _cheapest(answer: Answer) -> str:
    return "The cheapest" if answer.optimum_proven else "The cheapest so far"


def _at(one: Told, answer: Answer) -> str:
    return f"{one.name} at {money(one.total, answer.currency)}"


def _stability(one: Told) -> str:
    return {True: "is stable", False: "is not stable", None: "was not checked for stability"}[one.stable]


def proof_sentence(answer: Answer) -> str:
    """Return whether the answer is proven, and what was looked at."""
    start = "Proven" if answer.proven else f"Not proven ({answer.stopped})"
    return f"{start}: {_looked_at(answer)}, stability of {answer.checked:,} checked, cheapest first.{_bound(answer)}"


def _looked_at(answer: Answer) -> str:
    seen, everything = answer.evaluated, count_of(answer.partition_count, "partition")
    if answer.coalition_count is not None:
        coalitions = f"{large(answer.coalitions_costed or 0)} of {count_of(answer.coalition_count, 'coalition')} costed"
        return f"by the tree program, {coalitions}, of which {everything} can be made"
    if seen == answer.partition_count:
        return "the only partition costed" if seen == 1 else f"all {everything} costed"
    others = ", none of the others is cheaper" if answer.proven else ""
    return f"{seen:,} of {everything} costed{others}"


def _bound(answer: Answer) -> str:
    """Return what is known of the partitions that weren't costed, where the answer isn't proven."""
    if answer.proven or answer.gap is None or answer.lower_bound is None:
        return ""
    if answer.optimum_proven:
        return " No partition costs less than the cheapest of these."
    least = money(answer.lower_bound, answer.currency)
    return f" No partition costs less than {least}: a gap of {100 * answer.gap:.2g} %{_of_savings(answer)}."


def _of_savings(answer: Answer) -> str:
    if answer.gap_of_savings is None:
        return ""
    return f", or {100 * answer.gap_of_savings:.2g} % of what can be saved at most against everyone alone"


def losses_told(answer: Answer) -> tuple[str, ...]:
    """Return what lines lose in the answer and what is left to the operator; nothing where losses aren't priced."""
    best = answer.best
    if answer.losses is None or best is None:
        return ()
    surplus = surplus_sentence(answer.network_surplus, answer.loss_surplus, answer.currency)
    return (*loss_sentences(answer.losses, best.total, answer.currency), *filter(None, (surplus,)))


def caveat_sentences(answer: Answer) -> tuple[str, ...]:
    """Return what to mind of the answer: batteries that burn energy, dispatches and bills that aren't exactly known."""
    best = answer.best
    told = (
        "" if answer.burning is None or best is None else f"{best.name}: {burning(answer.burning, answer.currency)}",
        burning_partitions(answer.burning_in, answer.evaluated),
        open_ties(answer.ties_open, answer.evaluated),
        accuracy(answer.known_to, answer.currency),
    )
    return tuple(filter(None, told))
