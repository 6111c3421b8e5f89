"""The ex-ante optimal power flow (Eqs 1, 3 and 4), one function per equation."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from lempart.arguments import checks_arguments
from lempart.conic import Affine, ConicProgram, ProgramBuilder
from lempart.dispatch.devices import DeviceBlock, device_blocks, scattered
from lempart.dispatch.losses import objective_losses
from lempart.dispatch.network import (
    FlowExpressions,
    constraint_line_limits,
    constraint_power_balance,
    constraint_voltage_limits,
)
from lempart.dispatch.problem import DispatchProblem
from lempart.dispatch.taxed_flows import TaxedFlows
from lempart.typing import ComplexArray, FloatArray, IntArray


@dataclass(frozen=True, eq=False)
class ExAnteModel:
    """A built ex-ante problem: the program, and the expressions that are read back from its solution.

    Attributes
    ----------
    active_mw, reactive_mvar
        Flexible injections ``u`` per prosumer and step.
    line_radius_slope
        ``d radius / d Q`` of each row of the parameter ``line radius``; empty where lines are cones.
    taxed
        The flows that tax is due on; None where there is no tax.
    given_tax
        The tax on flows that nothing decides; None where there are none.
    straight_tax
        Entries over taxed flows and steps of the rows ``tax on export`` and ``tax on import``: those taxed linearly.
    """

    problem: DispatchProblem
    program: ConicProgram
    devices: tuple[DeviceBlock, ...]
    active_mw: Affine
    reactive_mvar: Affine
    reactive_is_fixed: bool
    line_radius_slope: FloatArray
    taxed: TaxedFlows | None = None
    given_tax: GivenTax | None = None
    straight_tax: IntArray = field(default_factory=lambda: np.zeros(0, dtype=np.int64))


@dataclass(frozen=True, eq=False)
class GivenTax:
    """The tax ``rate |S|`` on flows that the forecast gives, per entry; ``entries`` over taxed flows and steps."""

    entries: IntArray
    rate: FloatArray
    active: Affine
    reactive: Affine


@dataclass(frozen=True, eq=False)
class ExAnteDraft:
    """All of an ex-ante problem but what depends on its exchanges, for :func:`finished` to complete."""

    problem: DispatchProblem
    builder: ProgramBuilder
    devices: tuple[DeviceBlock, ...]
    active_mw: Affine
    reactive_mvar: Affine
    flows: FlowExpressions
    line_radius_slope: FloatArray


@checks_arguments
def build_ex_ante(problem: DispatchProblem) -> ExAnteModel:
    """Return the ex-ante problem as a conic program."""
    return finished(draft_ex_ante(problem), problem)


def draft_ex_ante(problem: DispatchProblem) -> ExAnteDraft:
    """Return what problems that differ in their exchanges alone have in common."""
    steps, prosumers = problem.steps, len(problem.prosumers)
    context = problem.device_context
    builder = ProgramBuilder(cost_scale=price_scale(problem) * problem.power_scale_mw * problem.step_hours)

    devices = device_blocks(builder, problem.prosumers, context)
    active = _total([block.active_mw for block in devices], devices, prosumers, steps)
    reactive_parts = [(b.reactive_mvar, b) for b in devices if b.reactive_mvar is not None]
    reactive = _total([p for p, _ in reactive_parts], [b for _, b in reactive_parts], prosumers, steps)
    objective_flexibility(builder, devices)
    objective_tie_break(builder, problem, active, reactive)

    flows = constraint_power_balance(builder, problem, active, reactive if reactive_parts else None)
    slope = constraint_line_limits(builder, problem, flows)
    constraint_voltage_limits(builder, problem, flows)
    objective_losses(builder, problem, flows)
    return ExAnteDraft(problem, builder, devices, active, reactive, flows, slope)


def finished(
    draft: ExAnteDraft, problem: DispatchProblem, straight: bool | None = None, taxed: TaxedFlows | None = None
) -> ExAnteModel:
    """Return the model of ``problem``, which differs from the draft's in its exchanges at most.

    ``straight`` as in :func:`objective_tax`; ``taxed`` holds the flows that the problem's exchanges are, None: no more
    than those.
    """
    builder, flows = draft.builder.copy(), draft.flows
    given_tax, straight_tax = None, np.zeros(0, dtype=np.int64)
    if problem.balance == "market":
        objective_import(builder, problem, flows)
        if taxed is None and problem.exchanges is not None:
            taxed = TaxedFlows.of(problem.exchanges)
        given_tax, straight_tax = objective_tax(builder, problem, flows, taxed, straight)
    else:
        constraint_self_consumption(builder, problem, flows)
    return ExAnteModel(
        problem=problem,
        program=builder.build(),
        devices=draft.devices,
        active_mw=draft.active_mw,
        reactive_mvar=draft.reactive_mvar,
        reactive_is_fixed=flows.fixed_mvar is not None,
        line_radius_slope=draft.line_radius_slope,
        taxed=taxed,
        given_tax=given_tax,
        straight_tax=straight_tax,
    )


def objective_flexibility(builder: ProgramBuilder, devices: tuple[DeviceBlock, ...]) -> None:
    """Add ``sum c_m(u_m)``, the first term of Eq 3."""
    for block in devices:
        builder.minimize(block.linear_cost)
        for expression, weight in block.squares:
            builder.minimize_squares(expression, weight)


def objective_tie_break(builder: ProgramBuilder, problem: DispatchProblem, active: Affine, reactive: Affine) -> None:
    """Add ``rho |u|^2``: of the cheapest dispatches, the one of minimum norm. Never part of a reported cost."""
    for part in (active, reactive):
        if len(part.cols):
            builder.prefer_small(part, problem.tie_break * problem.step_hours)


def objective_import(builder: ProgramBuilder, problem: DispatchProblem, flows: FlowExpressions) -> None:
    """Add ``-<lambda_0, S_PCC>``, booked on the flow at the PCC so that the dual of Eq 1b there is ``lambda_0``."""
    at_pcc = np.arange(problem.steps)
    price = problem.tariffs.price * problem.step_hours
    builder.minimize(flows.active.take(at_pcc).scaled(-price.real))
    builder.minimize(flows.reactive.take(at_pcc).scaled(-price.imag))


def objective_tax(
    builder: ProgramBuilder,
    problem: DispatchProblem,
    flows: FlowExpressions,
    taxed: TaxedFlows | None,
    straight: bool | None = None,
    stage: str = "",
) -> tuple[GivenTax | None, IntArray]:
    """Add ``sum kappa |S_nb|`` over all boundary exchanges (Eqs 2 and 3), or ``sum kappa |P_nb|`` by the tariffs.

    Return the tax on flows that nothing decides, and which are taxed linearly, without reactive power or it untaxed.
    ``straight`` says whether those whose reactive power is given have none: None looks at the forecast, one by one.
    ``stage`` begins the names of rows and variables, where a program has flows of both stages.
    """
    steps, power = problem.steps, problem.power_scale_mw
    if taxed is None or not np.any(problem.tariffs.tax):
        return None, np.zeros(0, dtype=np.int64)
    active, reactive = (flow.mapped(taxed.matrix, steps) for flow in (flows.active, flows.reactive))
    if problem.tariffs.tax_on == "active":
        reactive, straight = Affine.of_constant(np.zeros(len(taxed.times) * steps)), True
    rate = tax_rates(problem, taxed)
    turns = builder.varies(reactive)
    given = ~(builder.varies(active) | turns)
    none = np.abs(builder.present_value(reactive)) <= 1e-12 * power if straight is None else straight
    linear = ~given & ~turns & none
    for kind, entries in (("", ~given & ~linear), (" of active power", linear)):
        at = np.flatnonzero(entries)
        if not len(at):
            continue
        modulus = builder.variable(f"{stage}{MODULUS}{kind}", (len(at),), scale=power)
        builder.minimize(modulus.scaled(rate[at]))
        if kind:
            builder.nonnegative(f"{stage}tax on export", modulus - active.take(at), scale=power)
            builder.nonnegative(f"{stage}tax on import", modulus + active.take(at), scale=power)
        else:
            builder.modulus_at_most(f"{stage}tax on exchange", modulus, active.take(at), reactive.take(at), scale=power)
    at = np.flatnonzero(given)
    if not len(at):
        return None, np.flatnonzero(linear)
    tax = GivenTax(at, rate[at], active.take(at), reactive.take(at))
    _tax_on_given(builder, tax)
    return tax, np.flatnonzero(linear)


def tax_rates(problem: DispatchProblem, taxed: TaxedFlows) -> FloatArray:
    """Return what an MVA of each taxed flow costs at each step, in currency, flow by flow."""
    rates: FloatArray = np.outer(taxed.times, problem.tariffs.tax * problem.step_hours).ravel()
    return rates


def _tax_on_given(builder: ProgramBuilder, tax: GivenTax) -> None:
    """Add the tax on exchanges that nothing decides, as ``kappa Re(conj(S0 / |S0|) S)`` with ``S0`` their value.

    That is the tax itself, and has its derivative by an injection, which the nodal price behind the exchange needs.
    """
    direction = unit(builder.present_value(tax.active) + 1j * builder.present_value(tax.reactive))
    builder.minimize(tax.active.scaled(tax.rate * direction.real))
    builder.minimize(tax.reactive.scaled(tax.rate * direction.imag))


def unit(value: ComplexArray) -> ComplexArray:
    """Return ``value / |value|``, 0 where the value is 0."""
    direction: ComplexArray = np.divide(value, np.abs(value), out=np.zeros_like(value), where=np.abs(value) > 0)
    return direction


def constraint_self_consumption(builder: ProgramBuilder, problem: DispatchProblem, flows: FlowExpressions) -> None:
    """Add Eq 9f: nothing is exchanged at the coalition's PCC (active power; with ``"complex"`` reactive too)."""
    at_pcc, power = np.arange(problem.steps), problem.power_scale_mw
    builder.equal_zero("no active exchange", flows.active.take(at_pcc), scale=power)
    if problem.balance == "complex":
        builder.equal_zero("no reactive exchange", flows.reactive.take(at_pcc), scale=power)


def _total(
    parts: list[Affine], blocks: list[DeviceBlock] | tuple[DeviceBlock, ...], prosumers: int, steps: int
) -> Affine:
    total = Affine.of_constant(np.zeros(prosumers * steps))
    for part, block in zip(parts, blocks, strict=True):
        total = total + scattered(part, block.prosumer, prosumers, steps)
    return total


MODULUS = "exchange modulus"
"""The name of the variables ``|S|`` of taxed flows."""

NEGLIGIBLE_PRICE = 1e-9
"""Prices below this share of what devices cost don't set the scale of the solver."""


def price_scale(problem: DispatchProblem) -> float:
    """Return a typical price, so that the solver sees costs of order one."""
    tariffs = problem.tariffs
    price = max(float(np.abs(tariffs.price).max(initial=0.0)), float(tariffs.tax.max(initial=0.0)))
    own = (
        float(getattr(item, name, 0.0))
        for prosumer in problem.prosumers
        for item in prosumer.flexibility
        for name in ("cost_per_mwh", "quadratic_cost_per_mw2h")
        if np.ndim(getattr(item, name, 0.0)) == 0
    )
    devices = max(own, default=0.0)
    if problem.balance != "market" or price <= NEGLIGIBLE_PRICE * devices:
        return devices or 1.0
    return price or 1.0
