"""What is given: grid, market, prosumers, forecast and realisation."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

import numpy as np

from lempart.case.flexibility import Flexibility
from lempart.case.market_rules import NO_RULES, MarketRules
from lempart.case.prices import derive_prices
from lempart.case.record import ALWAYS_HASHED, NEEDED, NOT_HASHED, Record, freeze, require_given
from lempart.case.shapes import PerStep, array_axes
from lempart.typing import ComplexArray

VoltagePenalty: TypeAlias = Literal["curtailment", "curtailment-branch"] | float
TaxOn: TypeAlias = Literal["apparent", "active"]
Coordinates: TypeAlias = Literal["wgs84", "metres", "schematic"]


@dataclass(frozen=True, eq=False)
class Horizon(Record):
    """The time axis: ``steps`` intervals of ``step_hours`` hours each."""

    steps: int
    step_hours: float


@dataclass(frozen=True, eq=False)
class Market(Record):
    """Prices, tax and penalties, and which coalitions may form. Money is in ``currency``.

    A number stands for the same at all steps, here as in a case file; the case it becomes part of makes it a series.

    Attributes
    ----------
    externalities
        True: coupled power flow, coalition costs by Eq 8. False: strict self-consumption, Eq 9.
    single_boundary
        Assumption IV.1; always true without externalities, and false with them where it isn't given.
    tax_per_mwh
        kappa, shape ``(steps,)``: on the modulus of the power exchanged at each boundary node, per MVAh. It and the
        price may be left out where imports and exports have prices of their own.
    price_per_mwh, reactive_price_per_mvarh
        Real and imaginary part of lambda_0, shape ``(steps,)``; the imaginary part is 0 where it isn't given.
    imbalance_penalty_per_mwh
        alpha_0^dE, shape ``(steps,)``.
    line_penalty_per_mvah
        alpha_e^dS.
    voltage_penalty
        alpha_n^dv: ``"curtailment"`` is alpha^dE / (2 R_n) with the path resistance,
        ``"curtailment-branch"`` takes the branch's own resistance, a number is per (p.u. squared voltage x hour).
    strict_reactive
        Take S = 0 literally in Eq 9f; otherwise only active power must balance.
    losses
        ``"priced"``: losses of the grid are bought at the PCC, and paid by who causes them; ``"none"``: there are none.
    loss_pricing
        What coalitions pay for losses on edges of others (Eq 8): ``"average"``, their share of what they cost, or
        ``"marginal"``, what they add to them.
    tax_on
        What the tax falls on: ``"apparent"``, the modulus of complex power; ``"active"``, that of active power, which
        a meter bills.
    import_price_per_mwh, export_price_per_mwh
        What is paid for power that is taken and earned for power that is given, shape ``(steps,)``, import >= export:
        in the place of price and tax, which they make, ``lambda_0 = (import + export) / 2`` and ``kappa = (import -
        export) / 2``. Empty where price and tax are given.
    co2_kg_per_mwh
        What energy from outside a market emits, kg per MWh, shape ``(steps,)``, for key figures: no cost depends on
        it. Empty where that isn't known.

    Examples
    --------
    >>> from lempart.case import Market
    >>> market = Market(
    ...     externalities=False,
    ...     tax_per_mwh=100.0,
    ...     price_per_mwh=50.0,
    ...     imbalance_penalty_per_mwh=200.0,
    ...     line_penalty_per_mvah=200.0,
    ... )
    >>> market.single_boundary, market.voltage_penalty, market.currency
    (True, 'curtailment', 'CHF')
    >>> retail = Market(
    ...     externalities=True,
    ...     import_price_per_mwh=220.0,
    ...     export_price_per_mwh=60.0,
    ...     imbalance_penalty_per_mwh=200.0,
    ...     line_penalty_per_mvah=200.0,
    ... )
    >>> float(retail.price_per_mwh), float(retail.tax_per_mwh)
    (140.0, 80.0)
    """

    externalities: bool
    single_boundary: bool = NEEDED
    tax_per_mwh: PerStep = field(default=NEEDED, metadata=ALWAYS_HASHED)
    price_per_mwh: PerStep = field(default=NEEDED, metadata=ALWAYS_HASHED)
    reactive_price_per_mvarh: PerStep = field(default=NEEDED, metadata=ALWAYS_HASHED)
    imbalance_penalty_per_mwh: PerStep = field(default=NEEDED, metadata=ALWAYS_HASHED)
    line_penalty_per_mvah: float = NEEDED
    voltage_penalty: VoltagePenalty = "curtailment"
    strict_reactive: bool = False
    currency: str = "CHF"
    losses: Literal["none", "priced"] = "none"
    loss_pricing: Literal["average", "marginal"] = "average"
    tax_on: TaxOn = "apparent"
    import_price_per_mwh: PerStep = field(default_factory=lambda: np.zeros(0), metadata=NOT_HASHED)
    export_price_per_mwh: PerStep = field(default_factory=lambda: np.zeros(0), metadata=NOT_HASHED)
    co2_kg_per_mwh: PerStep = field(default_factory=lambda: np.zeros(0), metadata=NOT_HASHED)

    def __post_init__(self) -> None:
        freeze(self, "import_price_per_mwh", "export_price_per_mwh")
        derive_prices(self)
        names = ("tax_per_mwh", "price_per_mwh", "imbalance_penalty_per_mwh", "line_penalty_per_mvah")
        require_given(self, *names)
        if self.single_boundary is NEEDED:
            object.__setattr__(self, "single_boundary", self.externalities is False)
        if self.reactive_price_per_mvarh is NEEDED:
            object.__setattr__(self, "reactive_price_per_mvarh", 0.0)
        freeze(self, *array_axes(type(self)))


@dataclass(frozen=True, eq=False)
class DispatchOptions(Record):
    """How the ex-ante problem is solved.

    Attributes
    ----------
    limits
        ``"hard"``, or ``"elastic"``: what can't be met is priced at the ex-post penalty rates.
    tie_break_per_mw2h
        rho of the minimum-norm tie-break; None chooses it from the case's own prices and powers.
    voltage_margin_pu
        How far inside their bands voltages must stay ex-ante; ex-post the bands count as they are.
    line_margin
        The share of every rating that is kept free ex-ante; ex-post the ratings count as they are.
    battery
        Whether batteries with losses, vehicles among them, may charge and discharge in the same step, which burns
        energy: ``"convex"`` lets them (results tell where they do), ``"exclusive"`` forbids it.
    """

    limits: Literal["hard", "elastic"] = "hard"
    tie_break_per_mw2h: float | None = None
    voltage_margin_pu: float = 0.0
    line_margin: float = 0.0
    battery: Literal["convex", "exclusive"] = "convex"


@dataclass(frozen=True, eq=False)
class Line(Record):
    """An edge of the grid, drawn in any direction; ``rating_mva`` None means unlimited.

    ``voltage_band_pu`` is the band of the end away from the PCC; None takes the grid's.
    """

    from_node: str
    to_node: str
    r_ohm: float
    x_ohm: float
    rating_mva: float | None = None
    voltage_band_pu: tuple[float, float] | None = None


@dataclass(frozen=True, eq=False)
class Node(Record):
    """Where a bus stands on a map: ``x`` to the east (or right), ``y`` to the north (or up)."""

    name: str
    x: float
    y: float


@dataclass(frozen=True, eq=False)
class Grid(Record):
    """A radial grid; impedances are referred to ``base_kv``. ``voltage_band_pu`` None means no limits.

    Attributes
    ----------
    nodes
        Where buses stand, for those of which it is known; pictures need it, no result does, so it isn't hashed.
    coordinates
        What ``nodes`` are given in. ``"wgs84"``: longitude and latitude in degrees; ``"metres"``: on a plane;
        ``"schematic"``: places on a drawing, without a unit.
    """

    pcc: str
    base_kv: float
    lines: tuple[Line, ...]
    voltage_band_pu: tuple[float, float] | None = None
    nodes: tuple[Node, ...] = field(default=(), metadata=NOT_HASHED)
    coordinates: Coordinates = field(default="wgs84", metadata=NOT_HASHED)


@dataclass(frozen=True, eq=False)
class Prosumer(Record):
    """Someone connected at ``node``; ``player`` False is a regular customer, alone in every partition.

    Attributes
    ----------
    areas
        Pairs of a level and the area of that level which the prosumer is in: ``(("municipality", "Bern"),)``.
    connection_kw, generation_kw
        What it is connected for, and what its plants make at the most; None where no rule needs it.
    eligible
        Whether it may be in a market with others. One that isn't is alone, and still a player.
    """

    name: str
    node: str
    player: bool = True
    flexibility: tuple[Flexibility, ...] = ()
    areas: tuple[tuple[str, str], ...] = ()
    connection_kw: float | None = None
    generation_kw: float | None = None
    eligible: bool = True


@dataclass(frozen=True, eq=False)
class Group(Record):
    """Prosumers (by name) that move as one player."""

    name: str
    members: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Scenario(Record):
    """Inelastic injections, forecast U_hat and realisation U: complex MVA, shape ``(prosumers, steps)`` each.

    One number per prosumer, shape ``(prosumers,)``, stands for the same at all steps; without a realisation the
    forecast comes true.

    Examples
    --------
    >>> import numpy as np
    >>> from lempart import Scenario
    >>> scenario = Scenario(forecast=np.full((2, 24), -0.004), realization=np.full((2, 24), -0.005))
    >>> scenario.forecast.shape
    (2, 24)
    """

    forecast: ComplexArray
    realization: ComplexArray = NEEDED

    def __post_init__(self) -> None:
        if self.realization is NEEDED:
            object.__setattr__(self, "realization", self.forecast)
        freeze(self, "forecast", "realization", dtype=np.complex128)


@dataclass(frozen=True, eq=False)
class CaseFields(Record):
    """The fields of a :class:`~lempart.case.Case`, before any rule has looked at them."""

    name: str
    horizon: Horizon
    market: Market
    grid: Grid
    prosumers: tuple[Prosumer, ...]
    scenario: Scenario
    groups: tuple[Group, ...] = ()
    dispatch: DispatchOptions = DispatchOptions()
    rules: MarketRules = NO_RULES
