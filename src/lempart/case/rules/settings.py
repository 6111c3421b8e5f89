"""Rules on the time axis, the market and the dispatch."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from lempart.case.prices import IMPORT_AND_EXPORT, derived_prices
from lempart.case.records import CaseFields
from lempart.case.rules.rule import rule, warning
from lempart.case.where import indexed
from lempart.errors import Problem
from lempart.text import some_of

MAX_STEPS = 1_000_000

BYTES_PER_DEVICE, BYTES_PER_PROSUMER = 10_000, 1_000
"""Memory that a dispatch may take for each step, measured on homes with batteries and without."""

MUCH_MEMORY = 4e9
"""Bytes of which is told that a dispatch may take them."""


def steps_are_usable(case: CaseFields) -> bool:
    """Return whether lengths can be judged by the number of steps."""
    return 1 <= case.horizon.steps <= MAX_STEPS


@rule()
def steps_are_positive(case: CaseFields) -> Iterator[Problem]:
    """Require a step, and no more steps than memory could hold."""
    if case.horizon.steps < 1:
        yield Problem("time.steps", f"{case.horizon.steps} steps", "A case needs at least one step.")
    if case.horizon.steps > MAX_STEPS:
        yield Problem("time.steps", f"{case.horizon.steps} steps are too many", f"Use at most {MAX_STEPS}.")


@rule("prosumers", "time.steps")
def memory_is_told(case: CaseFields) -> Iterator[Problem]:
    """Warn where a dispatch of all steps takes more memory than many machines have."""
    people, devices = len(case.prosumers), sum(len(prosumer.flexibility) for prosumer in case.prosumers)
    needed = case.horizon.steps * (BYTES_PER_DEVICE * devices + BYTES_PER_PROSUMER * people)
    if steps_are_usable(case) and needed >= MUCH_MEMORY:
        held = f"{case.horizon.steps:,} steps of {people:,} prosumers and {devices:,} devices"
        message = f"{held}: a dispatch may take {needed / 1e9:,.0f} GB of memory"
        yield warning(
            "time.steps", message, "Solve a part of the time, such as a month, if that is more than there is."
        )


@rule()
def step_length_is_positive(case: CaseFields) -> Iterator[Problem]:
    """Require that a step has a length."""
    if case.horizon.step_hours <= 0:
        yield Problem("time.step_hours", f"a step of {case.horizon.step_hours:g} h", "Give its length in hours, > 0.")


@rule()
def tax_and_penalties_are_not_negative(case: CaseFields) -> Iterator[Problem]:
    """Require tax and penalties >= 0: a negative one would make the dispatch unbounded or non-convex."""
    market = case.market
    for name in ("tax_per_mwh", "imbalance_penalty_per_mwh", "co2_kg_per_mwh"):
        if name in derived_prices(market):
            continue
        values = np.atleast_1d(getattr(market, name))
        negative = np.flatnonzero(values < 0)
        if len(negative):
            step = int(negative[0])
            place = f"market.{name}" if len(negative) == len(values) else indexed(f"market.{name}", step)
            yield Problem(place, f"negative ({values[step]:g})", "Give it as a cost, >= 0.")
    for name in ("line_penalty_per_mvah", "voltage_penalty"):
        value = getattr(market, name)
        if not isinstance(value, str) and value < 0:
            yield Problem(f"market.{name}", f"negative ({value:g})", "Give it as a cost, >= 0.")


@rule(*(f"market.{name}" for name in IMPORT_AND_EXPORT))
def imports_cost_no_less_than_exports_earn(case: CaseFields) -> Iterator[Problem]:
    """Require import >= export price at every step: else power could be bought and sold at once for a profit."""
    imported, exported = (getattr(case.market, name) for name in IMPORT_AND_EXPORT)
    if not derived_prices(case.market) or imported.shape != exported.shape:
        return
    steps = np.flatnonzero(imported < exported)
    if len(steps):
        first = int(steps[0])
        every = len(steps) == imported.size
        where = (
            "at every step"
            if every
            else f"at {'step' if len(steps) == 1 else 'steps'} {some_of([str(step + 1) for step in steps], 8)}"
        )
        bought, sold = imported.flat[first], exported.flat[first]
        message = f"less than the export price {where} ({bought:g} < {sold:g} at step {first + 1})"
        remedy = "Give an import price >= the export price: else whoever buys to sell earns money without end."
        yield Problem("market.import_price_per_mwh", message, remedy)


@rule("market.tax_on", "market.externalities")
def tax_on_has_a_tax(case: CaseFields) -> Iterator[Problem]:
    """Warn where it is chosen what the tax falls on, and nothing is taxed."""
    if case.market.tax_on == "active" and not case.market.externalities:
        message = "it changes nothing without externalities: no market exchanges anything that is taxed"
        yield warning("market.tax_on", message, "Set externalities = true, or leave it out.")


@rule("market.externalities", "market.single_boundary")
def self_consumption_has_single_boundaries(case: CaseFields) -> Iterator[Problem]:
    """Require Assumption IV.1 where there are no externalities."""
    if not case.market.externalities and not case.market.single_boundary:
        message = "false, but without externalities every market has a single boundary node"
        yield Problem("market.single_boundary", message, "Set it to true, or set externalities to true.")


@rule()
def margins_are_shares_of_the_limits(case: CaseFields) -> Iterator[Problem]:
    """Require margins >= 0, and a line margin that leaves something of the ratings."""
    voltage, line = case.dispatch.voltage_margin_pu, case.dispatch.line_margin
    if voltage < 0:
        yield Problem("dispatch.voltage_margin_pu", f"negative ({voltage:g})", "Give it in p.u., >= 0.")
    if line < 0:
        yield Problem("dispatch.line_margin", f"negative ({line:g})", "Give a share of the rating, such as 0.05.")
    if line >= 1:
        remedy = "Give a share of the rating below 1: 0.05 keeps 5 % free."
        yield Problem("dispatch.line_margin", f"{line:g} leaves nothing of the ratings", remedy)


WORDS = {
    "dispatch": {"limits": ("hard", "elastic"), "battery": ("convex", "exclusive")},
    "market": {
        "losses": ("none", "priced"),
        "loss_pricing": ("average", "marginal"),
        "tax_on": ("apparent", "active"),
    },
}


@rule()
def words_are_known(case: CaseFields) -> Iterator[Problem]:
    """Require words that mean something: another one would be taken for the default in silence."""
    for table, known in WORDS.items():
        for name, words in known.items():
            value = getattr(getattr(case, table), name)
            if value not in words:
                yield Problem(f"{table}.{name}", f"{value!r} means nothing", f"Write {words[0]!r} or {words[1]!r}.")


@rule()
def loss_pricing_has_losses(case: CaseFields) -> Iterator[Problem]:
    """Warn where a way to price losses is chosen and there are none, or nobody to sell them to."""
    market = case.market
    if market.loss_pricing == "marginal" and market.losses == "none":
        message = "it changes nothing without losses"
        yield warning("market.loss_pricing", message, 'Set losses = "priced" in [market], or leave it out.')
    elif market.loss_pricing == "marginal" and not market.externalities:
        message = "it changes nothing without externalities: every market pays the losses of its own edges"
        yield warning("market.loss_pricing", message, "Set externalities = true, or leave it out.")


@rule()
def tie_break_is_positive(case: CaseFields) -> Iterator[Problem]:
    """Require a tie-break weight > 0: with 0 the dispatch wouldn't be unique."""
    weight = case.dispatch.tie_break_per_mw2h
    if weight is not None and weight <= 0:
        message = f"{weight:g}, with which equally cheap dispatches are a matter of chance"
        yield Problem("dispatch.tie_break_per_mw2h", message, "Give a small number > 0, or leave it out.")
