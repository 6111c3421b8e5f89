"""A feeder as the plain data of its picture: where nodes are drawn, who is in which market, what is violated."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, get_args

import numpy as np

from lempart.cost import GridState, PreparedCase
from lempart.errors import UsageError
from lempart.partition import Partition
from lempart.plot.colours import slot
from lempart.plot.map_places import has_map, map_places
from lempart.plot.names import edge_name, market_name, short
from lempart.plot.places import Box, LayoutName, Places, tree_places
from lempart.typing import FloatArray

VIOLATED = 1e-6
"""A limit counts as violated from this much on, in p.u. or as a share of a rating: a solver's tolerance."""


@dataclass(frozen=True, eq=False)
class FeederData:
    """What the picture of a feeder shows, one dictionary per mark.

    Attributes
    ----------
    nodes
        ``id``, ``name``, ``kind`` (pcc, junction, player, regular), ``x``, ``y`` (pixels); ``label`` with
        ``label_x``, ``label_y`` and ``label_align``; ``market`` and ``slot`` (None outside markets);
        ``voltage_min_pu``, ``voltage_max_pu``, ``violation`` (a text, or empty) of the realised state, where it is
        known; ``voltages`` tells them as a text.
    edges
        ``id`` (of the child node), ``x``, ``y``, ``x2``, ``y2``, ``middle_x``, ``middle_y``, ``market``, ``slot``,
        ``rating_mva``, ``loading`` (the largest share of the rating, realised), ``violation``; ``rating`` and
        ``loaded`` tell the two as texts.
    box
        What all of it takes up: left, top, right, bottom in pixels.
    straight
        Lines lead straight from node to node, as on a map.
    metres_per_pixel
        The scale of a map; None where there is none.
    """

    nodes: list[dict[str, Any]]
    edges: list[dict[str, Any]]
    players: tuple[str, ...]
    markets: dict[str, str]
    box: Box
    straight: bool
    metres_per_pixel: float | None


def feeder_data(
    prepared: PreparedCase, partition: Partition | None, state: GridState | None = None, layout: LayoutName = "tree"
) -> FeederData:
    """Return the picture's data; without a partition nobody is in a market.

    Raises
    ------
    UsageError
        When the state is that of another grid or partition, or a map is wanted where the case has no places.
    """
    if state is not None and (state.grid is not prepared.grid or state.partition != partition):
        raise UsageError("the state of the grid belongs to another partition: dispatch the one that is drawn")
    owner = _owners(prepared)
    labels = [
        short(owner[n]) if n in owner and _is_player(prepared, n) else "" for n in range(prepared.grid.node_count)
    ]
    labels[0] = "PCC"
    places = _places(prepared, labels, layout)
    market_of = edge_markets(prepared, partition)
    nodes = [_node(prepared, places, n, labels[n], owner, market_of, state) for n in range(prepared.grid.node_count)]
    edges = [_edge(prepared, places, n, market_of, state) for n in range(1, prepared.grid.node_count)]
    markets = dict(market_of.values())
    ordered = {name: markets[name] for name in prepared.player_names if name in markets}
    return FeederData(
        nodes, edges, prepared.player_names, ordered, places.box, places.straight, places.metres_per_pixel
    )


def _places(prepared: PreparedCase, labels: list[str], layout: LayoutName) -> Places:
    if layout not in get_args(LayoutName):
        raise UsageError(f"layout = {layout!r}: expected one of {', '.join(get_args(LayoutName))}")
    if layout == "map" or (layout == "auto" and has_map(prepared.case, prepared.grid)):
        return map_places(prepared.case, prepared.grid, labels)
    return tree_places(prepared.grid, labels)


def _owners(prepared: PreparedCase) -> dict[int, str]:
    """Return the prosumer at each leaf."""
    return {int(n): p.name for n, p in zip(prepared.grid.tree.leaf, prepared.case.prosumers, strict=True)}


def _is_player(prepared: PreparedCase, node: int) -> bool:
    regular = {int(prepared.grid.tree.leaf[m]) for m in prepared.family.regular}
    return node not in regular


def edge_markets(prepared: PreparedCase, partition: Partition | None) -> dict[int, tuple[str, str]]:
    """Return slot and name of the market that each edge (by its child node) lies in."""
    found: dict[int, tuple[str, str]] = {}
    for mask in partition or ():
        members = prepared.names(mask)
        for edge in prepared.family.subgraph(mask).edges:
            found[edge] = (slot(members, prepared.player_names), market_name(members))
    return found


def _node(
    prepared: PreparedCase,
    places: Places,
    node: int,
    label: str,
    owner: Mapping[int, str],
    market_of: Mapping[int, tuple[str, str]],
    state: GridState | None,
) -> dict[str, Any]:
    kind = "pcc" if node == 0 else "junction" if node not in owner else "player" if label else "regular"
    first, market = market_of.get(node, (None, None)) if node in owner else (None, None)
    record: dict[str, Any] = {
        "id": node,
        "name": owner.get(node, prepared.grid.names[node]),
        "bus": prepared.grid.names[node],
        "kind": kind,
        "x": float(places.x[node]),
        "y": float(places.y[node]),
        "label": label,
        "slot": first,
        "market": market,
        "violation": "",
    }
    anchor = places.labels[node]
    if anchor is not None:
        record |= {"label_x": round(anchor.x, 2), "label_y": round(anchor.y, 2), "label_align": anchor.align}
    if state is not None:
        record |= _voltages(prepared, node, state)
    return record


def _voltages(prepared: PreparedCase, node: int, state: GridState) -> dict[str, Any]:
    voltage = state.realized.voltage_pu[node]
    if np.isnan(voltage).any():
        return {"voltages": "in no market"}
    low, high = voltage_band(prepared.grid.dv_min[node]), voltage_band(prepared.grid.dv_max[node])
    beyond = np.maximum(low - voltage, voltage - high) if prepared.grid.has_band[node] else np.zeros_like(voltage)
    steps = int(np.count_nonzero(beyond > VIOLATED))
    side = "below" if low - voltage.min() > voltage.max() - high else "above"
    text = f"up to {beyond.max():.4f} p.u. {side} its band, {steps} of {len(voltage)} steps" if steps else ""
    low, high = float(voltage.min()), float(voltage.max())
    return {
        "voltage_min_pu": low,
        "voltage_max_pu": high,
        "voltages": f"{low:.4f} to {high:.4f}",
        "violation": text,
    }


def voltage_band(deviation: float | FloatArray) -> Any:
    """Return the voltage, in p.u., of a limit on the squared deviation; infinite ones stay so."""
    return np.where(np.isneginf(deviation), -np.inf, np.sqrt(np.maximum(1.0 + np.asarray(deviation), 0.0)))[()]


def _edge(
    prepared: PreparedCase,
    places: Places,
    node: int,
    market_of: Mapping[int, tuple[str, str]],
    state: GridState | None,
) -> dict[str, Any]:
    up = int(prepared.grid.tree.parent[node])
    first, market = market_of.get(node, (None, None))
    rating = float(prepared.grid.rating_mva[node])
    x, y, x2, y2 = (float(part[n]) for n in (up, node) for part in (places.x, places.y))
    record: dict[str, Any] = {
        "id": node,
        "name": edge_name(prepared.grid, node),
        "x": x,
        "y": y,
        "x2": x2,
        "y2": y2,
        "middle_x": (x + x2) / 2,
        "middle_y": (y + y2) / 2 if places.straight else y2,
        "slot": first,
        "market": market,
        "rating_mva": rating if np.isfinite(rating) else None,
        "rating": f"{rating:.3g} MVA" if np.isfinite(rating) else "unlimited",
        "loading": None,
        "loaded": "unknown",
        "violation": "",
    }
    if state is not None and prepared.grid.has_rating[node]:
        flow = state.realized.loading_mva[node]
        if not np.isnan(flow).any():
            over = flow > rating * (1.0 + VIOLATED)
            record["loading"] = float(flow.max() / rating)
            record["loaded"] = f"{100.0 * flow.max() / rating:.1f} %"
            if over.any():
                most = 1e3 * (flow.max() - rating)
                record["violation"] = f"up to {most:.3g} kVA over its rating, {over.sum()} of {len(flow)} steps"
    return record
