"""What a leaving group may expect of the others, by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, TypeAlias

from lempart.arguments import checks_arguments
from lempart.cost import CostModel
from lempart.errors import UsageError
from lempart.game import (
    DeviationModel,
    DissolveIntoSingletons,
    Inertia,
    NoExternalities,
    Optimistic,
    PartitionGame,
    Pessimistic,
)
from lempart.partition import Family

DeviationName: TypeAlias = Literal["inertia", "dissolve", "optimistic", "pessimistic"]

DeviationLike: TypeAlias = DeviationName | DeviationModel | Callable[[PartitionGame, Family], DeviationModel]
"""A name, a model, or a function or class that makes one of the game and the family of partitions."""


@checks_arguments
def deviation_model(costs: CostModel, name: DeviationName) -> DeviationModel:
    """Return the model of what a deviating coalition can expect; ``UsageError`` where there is none of that name.

    Parameters
    ----------
    costs
        The case's costs.
    name
        ``"inertia"``, ``"dissolve"``, ``"optimistic"`` or ``"pessimistic"``; all agree without externalities.
    """
    if costs.characteristic is not None:
        return NoExternalities(costs.characteristic)
    family = costs.prepared.family
    models: dict[DeviationName, Callable[[], DeviationModel]] = {
        "inertia": lambda: Inertia(costs, family),
        "dissolve": lambda: DissolveIntoSingletons(costs, family),
        "optimistic": lambda: Optimistic(costs, family),
        "pessimistic": lambda: Pessimistic(costs, family),
    }
    return models[name]()


def belief_of(costs: CostModel, deviation: DeviationLike) -> tuple[str, DeviationModel]:
    """Return a deviation model with what it is called: by its name, as it is, or made of the costs.

    Raises
    ------
    UsageError
        What was made has no ``worth``.
    """
    if isinstance(deviation, str):
        return deviation, deviation_model(costs, deviation)
    made: Any = deviation
    if isinstance(deviation, type) or not hasattr(deviation, "worth"):
        made = made(costs, costs.prepared.family)
    if not callable(getattr(made, "worth", None)):
        raise UsageError(f"a deviation must have worth(deviating, coalition, partition); found {made!r:.80}")
    return str(getattr(made, "name", type(made).__name__)), made
