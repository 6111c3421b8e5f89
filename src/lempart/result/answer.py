"""What a solution says, as the record that sentences are made of."""

from __future__ import annotations

from collections.abc import Iterable

from lempart.cost import CostModel, outline_of
from lempart.result.burning import burning_record
from lempart.result.losses import losses_record
from lempart.search import Ending, Evaluated, SearchResult
from lempart.telling.answer import Answer, Told


def answer_of(costs: CostModel, search: SearchResult, *, compared: bool = True) -> Answer:
    """Return what a search says, as ``result.json`` would.

    Parameters
    ----------
    costs
        The case's costs.
    search
        What was found.
    compared
        Whether to look for what the answer costs where no battery burns energy, which takes some more dispatches.
    """
    found = [outline_of(costs, item.partition) for item in search.evaluated]
    best = (*search.optimal_stable, *search.optimal)
    first = costs.partition(best[0].partition) if best else None
    late = search.ending is Ending.STOPPED  # the time was up: nothing more is dispatched
    return Answer(
        currency=costs.prepared.case.market.currency,
        optimal=_told(costs, search.optimal),
        optimal_stable=_told(costs, search.optimal_stable),
        proven=search.proven,
        stopped=search.stopped,
        partition_count=search.partition_count,
        evaluated=len(search.evaluated),
        checked=sum(item.stable is not None for item in search.evaluated),
        gap=search.gap,
        gap_of_savings=search.gap_of_savings,
        lower_bound=search.lower_bound,
        coalition_count=search.coalition_count,
        coalitions_costed=search.coalitions_costed,
        more_ties=search.more_ties,
        burning=None if first is None else burning_record(costs, first, compared=compared),
        losses=None if first is None or late else losses_record(costs, first.partition),
        network_surplus=0.0 if first is None else first.network_surplus,
        loss_surplus=None if first is None else first.loss_surplus,
        burning_in=sum(bool(cost.burning) for cost in found),
        ties_open=sum(cost.tie_open for cost in found),
        known_to=0.0 if first is None else max(own.known_to for own in (*first.coalitions, *first.regular)),
    )


def _told(costs: CostModel, found: Iterable[Evaluated]) -> tuple[Told, ...]:
    return tuple(Told(tuple(map(costs.prepared.names, item.partition)), item.total, item.stable) for item in found)
