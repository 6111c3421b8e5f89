"""What a leaving group may expect of the others, by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, TypeAlias

from lempart.arguments import checks_arguments
from lempart.cost import CostModel
from lempart.game import DeviationModel, DissolveIntoSingletons, Inertia, NoExternalities, Optimistic, Pessimistic

DeviationName: TypeAlias = Literal["inertia", "dissolve", "optimistic", "pessimistic"]


@checks_arguments
def deviation_model(costs: CostModel, name: DeviationName) -> DeviationModel:
    """Return the model of what a deviating coalition can expect; ``UsageError`` where there is none of that name."""
    if costs.characteristic is not None:
        return NoExternalities(costs.characteristic)
    family = costs.setting.family
    models: dict[DeviationName, Callable[[], DeviationModel]] = {
        "inertia": lambda: Inertia(costs, family),
        "dissolve": lambda: DissolveIntoSingletons(costs, family),
        "optimistic": lambda: Optimistic(costs, family),
        "pessimistic": lambda: Pessimistic(costs, family),
    }
    return models[name]()
