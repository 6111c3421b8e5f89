"""The parts of a case file that are one table each: time, market, dispatch, groups of players."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import numpy as np

from lempart.case import DispatchOptions, Group, Horizon, Market, MarketRules, TaxOn
from lempart.case.prices import BOTH_GIVEN, GIVE_ONE_PAIR, IMPORT_AND_EXPORT, PRICE_AND_TAX
from lempart.case.records import VoltagePenalty
from lempart.case.rules.settings import MAX_STEPS
from lempart.case.where import indexed
from lempart.case.wording import suggestion
from lempart.io.case_files.log import Log
from lempart.io.case_files.section import Section
from lempart.io.case_files.series import SeriesReader
from lempart.io.readings import FLAG, NAMES, NUMBER, TEXT, WHOLE, UnreadableError, ValueReader, choice, number, shown

BELONGS = {
    "format": "at the top of the file, before the first [table]",
    "name": "at the top of the file, before the first [table]",
    "series": "at the top of the file, before the first [table]",
    "forecast": "at the top of the file, before the first [table]",
    "actual": "at the top of the file, before the first [table]",
    "steps": "under [time]",
    "step_hours": "under [time]",
    "pcc": "under [grid]",
    "base_kv": "under [grid]",
    "lines": "under [grid]",
    "voltage_band_pu": "under [grid]",
    "nodes": "under [grid]",
    "coordinates": "under [grid]",
    "externalities": "under [market]",
    "currency": "under [market]",
    "losses": "under [market]",
    "loss_pricing": "under [market]",
    "tax_on": "under [market]",
    "co2_kg_per_mwh": "under [market]",
    "price_per_mwh": "under [market]",
    "tax_per_mwh": "under [market]",
    "import_price_per_mwh": "under [market]",
    "export_price_per_mwh": "under [market]",
    "preset": "under [rules]",
    "same": "under [rules]",
    "max_distance_m": "under [rules]",
    "max_members": "under [rules]",
    "min_members": "under [rules]",
    "min_producers": "under [rules]",
    "min_production_share": "under [rules]",
    "max_plant_kw": "under [rules]",
    "limits": "under [dispatch]",
    "voltage_margin_pu": "under [dispatch]",
    "line_margin": "under [dispatch]",
    "battery": "under [dispatch]",
}
"""Where a key belongs that is often put elsewhere: in TOML, whatever follows ``[grid]`` is part of the grid."""

_LIMITS: ValueReader[Literal["hard", "elastic"]] = ValueReader(choice("hard", "elastic"), "hard")
_LOSSES: ValueReader[Literal["none", "priced"]] = ValueReader(choice("none", "priced"), "none")
_LOSS_PRICING: ValueReader[Literal["average", "marginal"]] = ValueReader(choice("average", "marginal"), "average")
_TAX_ON: ValueReader[TaxOn] = ValueReader(choice("apparent", "active"), "apparent")
_BATTERY: ValueReader[Literal["convex", "exclusive"]] = ValueReader(choice("convex", "exclusive"), "convex")


def read_horizon(section: Section) -> Horizon:
    """Return ``[time]``."""
    horizon = Horizon(section.get("steps", WHOLE), section.get("step_hours", NUMBER))
    section.close(BELONGS)
    return horizon


def usable_steps(horizon: Horizon, log: Log) -> int | None:
    """Return the number of steps if series can be read by it."""
    usable = "time.steps" not in log.unread and 1 <= horizon.steps <= MAX_STEPS
    return horizon.steps if usable else None


def read_market(section: Section, series: SeriesReader) -> Market:
    """Return ``[market]``."""
    externalities = section.get("externalities", FLAG)
    market = Market(
        externalities=externalities,
        single_boundary=_single_boundary(section, externalities),
        **_prices(section, series),
        reactive_price_per_mvarh=section.get("reactive_price_per_mvarh", series.per_step, series.per_step.convert(0.0)),
        imbalance_penalty_per_mwh=section.get("imbalance_penalty_per_mwh", series.per_step),
        line_penalty_per_mvah=section.get("line_penalty_per_mvah", NUMBER),
        voltage_penalty=section.get("voltage_penalty", _VOLTAGE_PENALTY, "curtailment"),
        strict_reactive=section.get("strict_reactive", FLAG, False),
        currency=section.get("currency", TEXT, "CHF"),
        losses=section.get("losses", _LOSSES, "none"),
        loss_pricing=section.get("loss_pricing", _LOSS_PRICING, "average"),
        tax_on=section.get("tax_on", _TAX_ON, "apparent"),
        co2_kg_per_mwh=section.get("co2_kg_per_mwh", series.per_step, np.zeros(0)),
    )
    section.close(BELONGS)
    return market


def _prices(section: Section, series: SeriesReader) -> dict[str, Any]:
    """Return price and tax, or the prices of imports and exports that are given in their place."""
    if not any(name in section for name in IMPORT_AND_EXPORT):
        return {name: section.get(name, series.per_step) for name in PRICE_AND_TAX}
    for name in PRICE_AND_TAX:
        if name in section:
            section.log.error(section.at(name), BOTH_GIVEN, GIVE_ONE_PAIR)
    return {name: section.get(name, series.per_step) for name in IMPORT_AND_EXPORT}


def _single_boundary(section: Section, externalities: bool) -> bool:
    """Return Assumption IV.1, which strict self-consumption implies."""
    stated = section.get("single_boundary", FLAG, None)
    readable = not section.log.unread & {section.at("externalities"), section.at("single_boundary")}
    if not externalities and readable:
        if stated is False:
            section.log.warn(
                section.at("single_boundary"),
                "false, but without externalities every market has a single boundary node; it is taken as true",
                "Write true, or set externalities = true.",
            )
        return True
    return bool(stated)


def _voltage_penalty(value: object) -> VoltagePenalty:
    words: tuple[VoltagePenalty, ...] = ("curtailment", "curtailment-branch")
    if value in words:
        return words[words.index(value)]
    try:
        return number(value)
    except UnreadableError:
        message = f'expected "curtailment", "curtailment-branch" or a number, found {shown(value)}'
        near = suggestion(value, [str(word) for word in words]) if isinstance(value, str) else None
        hint = f'Did you mean "{near}"?' if near else "Write one of these."
        raise UnreadableError(message, hint) from None


_VOLTAGE_PENALTY: ValueReader[VoltagePenalty] = ValueReader(_voltage_penalty, "curtailment")


def read_dispatch(section: Section) -> DispatchOptions:
    """Return ``[dispatch]``."""
    options = DispatchOptions(
        limits=section.get("limits", _LIMITS, "hard"),
        tie_break_per_mw2h=section.get("tie_break_per_mw2h", NUMBER, None),
        voltage_margin_pu=section.get("voltage_margin_pu", NUMBER, 0.0),
        line_margin=section.get("line_margin", NUMBER, 0.0),
        battery=section.get("battery", _BATTERY, "convex"),
    )
    section.close(BELONGS)
    return options


def read_rules(section: Section) -> MarketRules:
    """Return ``[rules]``."""
    rules = MarketRules(
        preset=section.get("preset", TEXT, None),
        same=section.get("same", NAMES, ()),
        max_distance_m=section.get("max_distance_m", NUMBER, None),
        max_members=section.get("max_members", WHOLE, None),
        min_members=section.get("min_members", WHOLE, None),
        min_producers=section.get("min_producers", WHOLE, None),
        min_production_share=section.get("min_production_share", NUMBER, None),
        max_plant_kw=section.get("max_plant_kw", NUMBER, None),
    )
    section.close(BELONGS)
    return rules


def read_groups(values: Mapping[str, object], log: Log) -> tuple[Group, ...]:
    """Return ``[players]``: the groups that move as one."""
    groups = []
    for name, value in values.items():
        try:
            groups.append(Group(name, NAMES.convert(value)))
        except UnreadableError as wrong:
            log.unreadable(indexed("players", name), wrong.message, wrong.remedy, wrong.at)
    return tuple(groups)
