"""``ac.json``: a dispatch checked by an exact AC power flow. Errors are AC less LinDistFlow; steps count from 1."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, TypeAlias

from lempart.formats.blocks import Blocks
from lempart.formats.typed import Format

FORMAT = 1

Series: TypeAlias = tuple[float | None, ...]


@dataclass(frozen=True, slots=True)
class DispatchFile:
    """How the dispatch that is checked was asked for.

    Attributes
    ----------
    limits
        Whether limits were hard or elastic.
    voltage_margin_pu, line_margin
        By how much they were tightened: voltages in p.u., lines as a share of their rating.
    """

    limits: str
    voltage_margin_pu: float
    line_margin: float


@dataclass(frozen=True, slots=True)
class SuggestedFile:
    """Margins that cover LinDistFlow's error at the forecast, in the place of those of the dispatch.

    Attributes
    ----------
    voltage_margin_pu
        Of voltages, in p.u.; null where that isn't known.
    line_margin
        Of lines, as a share of their rating; null where that isn't known.
    """

    voltage_margin_pu: float | None
    line_margin: float | None


@dataclass(frozen=True, slots=True)
class NotConvergedFile:
    """A step whose power flow wasn't found.

    Attributes
    ----------
    step
        Which one.
    reason
        Why.
    """

    step: int
    reason: str


@dataclass(frozen=True, slots=True)
class VoltageFile:
    """How far LinDistFlow's voltages are off.

    Attributes
    ----------
    largest_error_pu
        The error of largest size, with its sign.
    node, step
        Where and when it is; null where there is none.
    mean_error_pu
        The mean size of the errors.
    share_of_drop
        The errors as a share of the voltage drops; null where nothing drops.
    lowest_ac_pu, lowest_linear_pu, highest_ac_pu, highest_linear_pu
        The lowest and the highest voltage by each of the two power flows.
    """

    largest_error_pu: float | None
    node: str | None
    step: int | None
    mean_error_pu: float | None
    share_of_drop: float | None
    lowest_ac_pu: float | None
    lowest_linear_pu: float | None
    highest_ac_pu: float | None
    highest_linear_pu: float | None


@dataclass(frozen=True, slots=True)
class FlowFile:
    """How far LinDistFlow's flows are off.

    Attributes
    ----------
    largest_error_mva
        The error of largest size, with its sign.
    node, step
        On which node's edge to its parent, and when; null where there is none.
    mean_error_mva
        The mean size of the errors.
    largest_error_of_rating
        The largest error as a share of the line's rating; null without ratings.
    head_flow_error
        The error at the PCC, as a share of the flow there; null where nothing flows.
    """

    largest_error_mva: float | None
    node: str | None
    step: int | None
    mean_error_mva: float | None
    largest_error_of_rating: float | None
    head_flow_error: float | None


@dataclass(frozen=True, slots=True)
class VoltageViolationFile:
    """A node whose voltage leaves its band.

    Attributes
    ----------
    node
        Its name.
    steps
        When.
    worst_pu
        By how much at worst.
    """

    node: str
    steps: tuple[int, ...]
    worst_pu: float


@dataclass(frozen=True, slots=True)
class LineViolationFile:
    """A line that is overloaded.

    Attributes
    ----------
    node, parent
        Its ends.
    steps
        When.
    worst_mva
        By how much at worst.
    """

    node: str
    parent: str
    steps: tuple[int, ...]
    worst_mva: float


@dataclass(frozen=True, slots=True)
class ViolationsFile:
    """Violations that only one of the two power flows sees.

    Attributes
    ----------
    voltage_count, line_count
        How many there are, each step of each node or line counted.
    voltage, line
        Where, when and how large.
    """

    voltage_count: int
    line_count: int
    voltage: tuple[VoltageViolationFile, ...]
    line: tuple[LineViolationFile, ...]


@dataclass(frozen=True, slots=True)
class LossesFile:
    """What is lost in lines, which LinDistFlow leaves out unless losses are priced.

    Attributes
    ----------
    mwh, mvarh
        Active and reactive energy over the horizon.
    cost
        What they cost at the price of the grid above, in currency.
    own_mwh, own_cost
        What the model itself says of them; absent where losses aren't priced.
    """

    mwh: float
    mvarh: float
    cost: float
    own_mwh: float | None = None
    own_cost: float | None = None


@dataclass(frozen=True, slots=True)
class PerStepFile:
    """The largest errors of every step; null where its power flow wasn't found.

    Attributes
    ----------
    voltage_error_pu, flow_error_mva, flow_error_of_rating
        Of voltages, of flows, and of flows as a share of ratings.
    loss_mw
        What is lost in all lines.
    """

    voltage_error_pu: Series
    flow_error_mva: Series
    flow_error_of_rating: Series
    loss_mw: Series


@dataclass(frozen=True, slots=True)
class PerNodeFile:
    """The largest error of every node's voltage.

    Attributes
    ----------
    node
        The nodes.
    voltage_error_pu
        Their errors.
    """

    node: tuple[str, ...]
    voltage_error_pu: Series


@dataclass(frozen=True, slots=True)
class PerEdgeFile:
    """The largest error of every edge's flow.

    Attributes
    ----------
    node
        The nodes whose edges to their parents they are.
    flow_error_mva, flow_error_of_rating
        Their errors, and as a share of the rating.
    """

    node: tuple[str, ...]
    flow_error_mva: Series
    flow_error_of_rating: Series


@dataclass(frozen=True, slots=True)
class ComparisonFile:
    """The two power flows beside each other, at the forecast or at the realisation.

    Attributes
    ----------
    not_converged
        Steps whose AC power flow wasn't found.
    voltage, flow
        How far voltages and flows are off.
    missed
        Violations that the AC power flow alone sees.
    false_alarms
        Violations that LinDistFlow alone sees.
    losses
        What LinDistFlow leaves out.
    per_step, per_node, per_edge
        The largest errors of each step, node and edge.
    """

    not_converged: tuple[NotConvergedFile, ...]
    voltage: VoltageFile
    flow: FlowFile
    missed: ViolationsFile
    false_alarms: ViolationsFile
    losses: LossesFile
    per_step: PerStepFile
    per_node: PerNodeFile
    per_edge: PerEdgeFile


@dataclass(frozen=True, slots=True)
class AcFile:
    """The AC check of one partition.

    Attributes
    ----------
    format
        Of this file.
    case
        Name of the case.
    version
        The version of lempart that wrote it.
    case_hash
        SHA-256 of the case.
    tool
        What solved the AC power flows.
    currency
        Of all amounts.
    partition
        Whose dispatch is checked, as lists of players.
    dispatch
        How that dispatch was asked for.
    suggested
        Margins that cover the errors found.
    forecast, realization
        The comparison at each.
    """

    format: Annotated[int, Format(FORMAT)]
    case: str
    version: str
    case_hash: str
    tool: str
    currency: str
    partition: Blocks
    dispatch: DispatchFile
    suggested: SuggestedFile
    forecast: ComparisonFile
    realization: ComparisonFile
