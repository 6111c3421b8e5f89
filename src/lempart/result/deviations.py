"""What a leaving group may expect of the others, by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, TypeAlias

from lempart.arguments import checks_arguments
from lempart.cost import Costs, DecoupledCosts
from lempart.game import DeviationModel, DissolveIntoSingletons, Inertia, NoExternalities, Optimistic, Pessimistic

DeviationName: TypeAlias = Literal["inertia", "dissolve", "optimistic", "pessimistic"]


@checks_arguments
def deviation_model(costs: Costs, name: DeviationName) -> DeviationModel:
    """Return the model of what a deviating coalition can expect; ``UsageError`` where there is none of that name."""
    if isinstance(costs, DecoupledCosts):
        return NoExternalities(costs)
    family = costs.setting.family
    models: dict[DeviationName, Callable[[], DeviationModel]] = {
        "inertia": lambda: Inertia(costs, family),
        "dissolve": lambda: DissolveIntoSingletons(costs, family),
        "optimistic": lambda: Optimistic(costs, family),
        "pessimistic": lambda: Pessimistic(costs, family),
    }
    return models[name]()
