"""What the commands say of batteries that charge and discharge at once."""

from __future__ import annotations

from lempart.cli.tables import braces, count_of, money
from lempart.cost import CostModel, PartitionCost
from lempart.formats.result import BurningFile
from lempart.formats.typed import of_json
from lempart.result import Solution, burning_json, burning_told


def burning_of_cost(costs: CostModel, cost: PartitionCost) -> str:
    """Return which batteries burn energy in a partition, and what it costs without; empty where none does."""
    told = burning_json(costs, cost, compared=True)
    return "" if told is None else burning_told(of_json(BurningFile, told), money)


def burning_of_answer(solution: Solution) -> list[str]:
    """Return what to say of the answer, and in how many of the partitions listed batteries burn energy."""
    search = solution.search
    answer = (*search.optimal_stable[:1], *search.optimal[:1])
    costs = [solution.cost(item.partition) for item in search.evaluated]
    burning = sum(bool(cost.burning) for cost in costs)
    if not burning:
        return []
    texts = [(item, burning_of_cost(solution.costs, solution.cost(item.partition))) for item in answer[:1]]
    said = [f"{braces(solution.names(item.partition))}: {text}" for item, text in texts if text]
    everywhere = f"In {burning:,} of {count_of(len(costs), 'partition')} costed batteries charge and discharge at once"
    return [*said, f"{everywhere}, so that real ones would make them cost more."]
