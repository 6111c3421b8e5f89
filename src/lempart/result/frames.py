"""Results as pandas data frames and xarray datasets, for those who have them installed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np

from lempart.cost import CostModel, KeyFigures, grid_state, outline_of
from lempart.optional import needed
from lempart.partition import Partition
from lempart.result.figures import figure_records
from lempart.search import SearchResult
from lempart.typing import ComplexArray

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr


_LONG_NAMES = {
    "injection_mw": ("MW", "active power injected, inelastic and flexible; consumption negative"),
    "injection_mvar": ("Mvar", "reactive power injected, inelastic and flexible"),
    "flexible_mw": ("MW", "active power that flexibility adds, u"),
    "flexible_mvar": ("Mvar", "reactive power that flexibility adds"),
    "flow_mw": ("MW", "active power from the node towards the PCC, S_n; at the PCC what the neighbourhood exports"),
    "flow_mvar": ("Mvar", "reactive power from the node towards the PCC"),
    "loading": ("1", "modulus of the flow as a share of the line's rating; missing where there is none"),
    "voltage_pu": ("p.u.", "voltage magnitude, sqrt(1 + dv_n)"),
    "price_per_mwh": ("{currency}/MWh", "nodal price of active power, lambda_n"),
    "price_per_mvarh": ("{currency}/Mvarh", "nodal price of reactive power"),
}


def partitions_frame(costs: CostModel, search: SearchResult) -> pd.DataFrame:
    """Return one row per evaluated partition, cheapest first: total, viability, stability and parts of the cost."""
    rows = []
    for item in search.evaluated:
        cost = outline_of(costs, item.partition)
        row: dict[str, object] = {
            "partition": _named(costs, item.partition),
            "markets": len(item.partition),
            "total": cost.total,
            "viable": cost.viable,
            "stable": item.stable,
        }
        rows.append(row | ({} if cost.parts is None else cost.parts.as_dict()))
    return _table(rows, costs)


def coalitions_frame(costs: CostModel, search: SearchResult) -> pd.DataFrame:
    """Return one row per coalition of every evaluated partition: cost, core value, stability and parts."""
    rows = []
    for item in search.evaluated:
        found = costs.partition(item.partition)
        for index, (mask, cost) in enumerate(zip(item.partition, found.coalitions, strict=True)):
            verdict = None if item.verdict is None else item.verdict.coalitions[index]
            row: dict[str, object] = {
                "partition": _named(costs, item.partition),
                "members": ",".join(costs.prepared.names(mask)),
                "cost": cost.total,
                "core_value": None if verdict is None else verdict.core_value,
                "stable": None if verdict is None else verdict.stable,
            }
            rows.append(row | ({} if cost.parts is None else cost.parts.as_dict()))
    return _table(rows, costs)


def figures_frame(costs: CostModel, found: KeyFigures) -> pd.DataFrame:
    """Return one row per market and one per home: what is shared, taken and given, peaks, CO2 and savings."""
    return _table(figure_records(found), costs)


def series_dataset(costs: CostModel, partition: Partition) -> xr.Dataset:
    """Return the time series of a partition: injections, flows, loadings, voltages and nodal prices.

    Dimensions: ``stage`` (at the forecast, at the realisation), ``prosumer``, ``node`` (a flow is that of the edge to
    the node's parent) and ``step``. Every variable says its unit and sign. Without externalities markets are
    dispatched apart: what belongs to no market is missing, and voltages and prices are those on the market's own grid.

    Raises
    ------
    InputError
        xarray isn't installed.
    InfeasibleError
        The partition can't be dispatched.
    """
    xarray = needed("xarray", "notebook", "to_xarray")
    prepared = costs.prepared
    state = grid_state(costs, partition)
    scenario, stages = prepared.case.scenario, (state.expected, state.realized)
    injection = np.stack([scenario.forecast, scenario.realization]) + state.flexible_mva
    flow = np.stack([stage.flows_mva for stage in stages])
    price = _nodal_prices(costs, partition)
    at_prosumers, at_nodes = ("stage", "prosumer", "step"), ("stage", "node", "step")
    values = {
        "injection_mw": (at_prosumers, injection.real),
        "injection_mvar": (at_prosumers, injection.imag),
        "flexible_mw": (at_prosumers[1:], state.flexible_mva.real),
        "flexible_mvar": (at_prosumers[1:], state.flexible_mva.imag),
        "flow_mw": (at_nodes, flow.real),
        "flow_mvar": (at_nodes, flow.imag),
        "loading": (at_nodes, np.stack([stage.loading(prepared.grid) for stage in stages])),
        "voltage_pu": (at_nodes, np.stack([stage.voltage_pu for stage in stages])),
        "price_per_mwh": (at_nodes[1:], price.real),
        "price_per_mvarh": (at_nodes[1:], price.imag),
    }
    currency, hours = prepared.case.market.currency, prepared.case.horizon.step_hours
    steps = np.arange(prepared.case.horizon.steps)
    dataset: xr.Dataset = xarray.Dataset(
        {
            name: (dims, array, {"units": unit.format(currency=currency), "long_name": long_name})
            for (name, (dims, array)), (unit, long_name) in zip(values.items(), _LONG_NAMES.values(), strict=True)
        },
        coords={
            "stage": ["forecast", "realization"],
            "prosumer": [prosumer.name for prosumer in prepared.case.prosumers],
            "node": list(prepared.grid.names),
            "step": ("step", steps, {"long_name": "time step"}),
            "start_hours": ("step", steps * hours, {"units": "h", "long_name": "start of the step"}),
            "market": ("prosumer", _markets(costs, partition), {"long_name": "market; empty for regular customers"}),
        },
        attrs={
            "case": prepared.case.name,
            "partition": json.dumps([prepared.names(mask) for mask in partition], ensure_ascii=False),
            "step_hours": hours,
            "currency": currency,
        },
    )
    return dataset


def _nodal_prices(costs: CostModel, partition: Partition) -> ComplexArray:
    """Return ``lambda_n``, shape ``(nodes, steps)``; NaN at nodes above no edge of any market dispatched apart."""
    prepared = costs.prepared
    prices = np.full((prepared.grid.node_count, prepared.case.horizon.steps), complex(np.nan, np.nan))
    for part in costs.dispatched(partition):
        kept = part.own_nodes
        prices[part.nodes[kept]] = part.nodal_prices[kept]
    return prices


def _markets(costs: CostModel, partition: Partition) -> list[str]:
    """Return the name of every prosumer's market, empty for regular customers."""
    prepared = costs.prepared
    market = [""] * len(prepared.case.prosumers)
    for mask in partition:
        for prosumer in prepared.family.prosumers(mask):
            market[prosumer] = ",".join(prepared.names(mask))
    return market


def _table(rows: list[dict[str, object]], costs: CostModel) -> pd.DataFrame:
    frame: pd.DataFrame = needed("pandas", "notebook", "to_frame").DataFrame(rows)
    frame.attrs |= {"case": costs.prepared.case.name, "currency": costs.prepared.case.market.currency}
    return frame


def _named(costs: CostModel, partition: Partition) -> str:
    return "|".join(",".join(costs.prepared.names(mask)) for mask in partition)
