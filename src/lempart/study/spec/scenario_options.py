"""How the scenarios of a study vary."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from lempart.arguments import check_fields

NoiseOn: TypeAlias = Literal["load-and-generation", "net"]


@dataclass(frozen=True, slots=True)
class ScenarioOptions:
    """How scenarios vary.

    Attributes
    ----------
    forecast_noise
        Standard deviation of the multiplicative forecast noise, 0.1 for 10 %.
    step_scaling
        Each step of a profile is multiplied by ``1 + step_scaling * U(-1, 1)``.
    shift_hours
        Each profile is shifted by ``shift_hours * U(-1, 1)`` hours, on the circle of the horizon.
    correlation
        Correlation of the forecast noise between prosumers (of the same step and kind), 0 to 1.
    noise_on
        Whether load and generation are misjudged apart, or the net injection.
    load_factor, generation_factor
        What all loads and all generation are multiplied by.
    """

    forecast_noise: float = 0.0
    step_scaling: float = 0.0
    shift_hours: float = 0.0
    correlation: float = 0.0
    noise_on: NoiseOn = "load-and-generation"
    load_factor: float = 1.0
    generation_factor: float = 1.0

    def __post_init__(self) -> None:
        check_fields(self, but=("noise_on",), nan=True)
