"""The radial grid as read-only arrays, node by node in topological order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from lempart.arguments import checks_arguments
from lempart.case import CaseFields, Line
from lempart.tree import Tree
from lempart.typing import BoolArray, FloatArray, IntArray, frozen_array

DEEP = 100
"""Edges between a node and the PCC, on average, from which on a grid is deep."""


@dataclass(frozen=True, eq=False)
class RadialGrid:
    """A rooted grid whose every leaf holds one prosumer. Edge ``n`` leads from node ``n`` to its parent.

    Attributes
    ----------
    tree
        Parents and the prosumers' leaves; node 0 is the PCC.
    names
        Bus name of each node; a service edge's leaf is named after its prosumer.
    r_pu, x_pu
        ``z_n`` of edge ``n`` on a 1 MVA base, shape ``(nodes,)``; 0 at the root.
    rating_mva
        ``S_n`` bar, shape ``(nodes,)``; infinite where unlimited.
    dv_min, dv_max
        Band of the squared voltage deviation in p.u., shape ``(nodes,)``; infinite where unlimited.
    """

    tree: Tree
    names: tuple[str, ...]
    r_pu: FloatArray
    x_pu: FloatArray
    rating_mva: FloatArray
    dv_min: FloatArray
    dv_max: FloatArray

    def __post_init__(self) -> None:
        for name in ("r_pu", "x_pu", "rating_mva", "dv_min", "dv_max"):
            object.__setattr__(self, name, frozen_array(getattr(self, name)))

    @property
    def node_count(self) -> int:
        """Return the number of nodes, the PCC included."""
        return self.tree.node_count

    @property
    def is_deep(self) -> bool:
        """Return whether paths to the PCC are so long that sums over them are walked, without a matrix of all paths."""
        return bool(self.tree.depth.sum() > DEEP * self.node_count)

    def paths(self, nodes: IntArray) -> sp.csr_array:
        """Return a 0/1 matrix, shape ``(given nodes, nodes)``: whose path from the PCC has which edges."""
        rows, at = np.arange(len(nodes)), np.asarray(nodes, dtype=np.int64)
        found = [(rows[:0], at[:0])]
        while len(at):
            rows, at = rows[at > 0], at[at > 0]
            found.append((rows, at))
            at = self.tree.parent[at]
        row, edge = (np.concatenate(part) for part in zip(*found, strict=True))
        return sp.csr_array((np.ones(len(edge)), (row, edge)), shape=(len(nodes), self.node_count))

    @cached_property
    def _every_path(self) -> sp.csr_array:
        return self.paths(np.arange(self.node_count))

    def over_paths(self, values: NDArray[Any]) -> NDArray[Any]:
        """Return what edges have, ``(nodes, ...)``, summed over the path from the PCC to each node, in order."""
        if not self.is_deep:
            return np.asarray(self._every_path @ values.reshape(len(values), -1)).reshape(values.shape)
        below = values.copy()
        below[0] = 0.0
        return self.tree.summed_down(below)

    def below_edges(self, values: NDArray[Any]) -> NDArray[Any]:
        """Return what nodes have, ``(nodes, ...)``, summed over those below each edge; 0 at the PCC."""
        if not self.is_deep:
            return np.asarray(self._every_path.T @ values.reshape(len(values), -1)).reshape(values.shape)
        found = self.tree.summed_up(values)
        found[0] = 0.0
        return found

    @cached_property
    def path_resistance_pu(self) -> FloatArray:
        """Return ``R_n``, the resistance of the path from the PCC to each node, shape ``(nodes,)``."""
        resistance = self.r_pu.tolist()
        for node, parent in enumerate(self.tree.parent.tolist()):
            if node:
                resistance[node] += resistance[parent]
        return frozen_array(resistance)

    @cached_property
    def has_rating(self) -> BoolArray:
        """Return which edges have a finite rating, shape ``(nodes,)``."""
        return np.isfinite(self.rating_mva) & (np.arange(self.node_count) > 0)

    @cached_property
    def has_band(self) -> BoolArray:
        """Return which nodes have a voltage band, shape ``(nodes,)``; the PCC has none."""
        return (np.isfinite(self.dv_min) | np.isfinite(self.dv_max)) & (np.arange(self.node_count) > 0)

    def tightened(self, voltage_margin_pu: float, line_margin: float) -> RadialGrid:
        """Return the grid with limits drawn in: bands by p.u. of voltage, ratings by a share of each.

        A band ``[a, b]`` becomes ``[a + margin, b - margin]``; what is unlimited stays so.

        Raises
        ------
        ValueError
            When a margin is negative, or leaves nothing of a rating or no band around the PCC's voltage.
        """
        if voltage_margin_pu == 0.0 and line_margin == 0.0:
            return self
        if voltage_margin_pu < 0.0 or not 0.0 <= line_margin < 1.0:
            raise ValueError("margins are >= 0, and the line margin is below 1")
        with np.errstate(invalid="ignore"):  # the root of minus infinity, where there is no lower limit
            dv_min = np.where(
                np.isfinite(self.dv_min), (np.sqrt(1.0 + self.dv_min) + voltage_margin_pu) ** 2 - 1.0, -np.inf
            )
        dv_max = (np.sqrt(1.0 + self.dv_max) - voltage_margin_pu) ** 2 - 1.0
        if np.any(dv_min > 1e-12) or np.any(dv_max < -1e-12):
            raise ValueError(f"a voltage margin of {voltage_margin_pu:g} p.u. leaves no band around 1.0")
        return replace(self, rating_mva=self.rating_mva * (1.0 - line_margin), dv_min=dv_min, dv_max=dv_max)

    def alone(self, prosumers: Sequence[int], *, shared: bool) -> RadialGrid:
        """Return the rated lines that carry these prosumers' power alone, hung below the PCC: no impedances, no bands.

        Prosumers are in the order given; the line of each is there, rated or not. Without ``shared`` lines that carry
        the power of several are left out.
        """
        parent, leaves = self.tree.parent.tolist(), self.tree.leaf[list(prosumers)].tolist()
        these = np.zeros(self.node_count, dtype=np.int64)
        these[leaves] = 1
        below = self.tree.summed_up(these)
        limited = (self.tree.prosumers_below == below) & (below <= (len(leaves) if shared else 1)) & self.has_rating
        kept = [0, *np.union1d(leaves, np.flatnonzero(limited)).tolist()]
        position = {node: index for index, node in enumerate(kept)}
        above = [0] * self.node_count  # the next node that is kept, on the way to the PCC
        for node in range(1, self.node_count):
            above[node] = parent[node] if parent[node] in position else above[parent[node]]
        tree = Tree.of([-1, *(position[above[node]] for node in kept[1:])], [position[leaf] for leaf in leaves])
        none, free = np.zeros(len(kept)), np.full(len(kept), np.inf)
        rating = self.rating_mva[kept]
        return RadialGrid(tree, tuple(self.names[node] for node in kept), none, none, rating, -free, free)

    def below(self, root: int, nodes: IntArray, prosumers: IntArray) -> RadialGrid:
        """Return the grid of the given ``nodes`` (each the child end of its edge) hung below ``root``.

        ``prosumers`` are the indices of the prosumers whose leaves are among ``nodes``, in the new order.
        """
        kept = np.concatenate([[root], np.sort(nodes)])
        above, leaf = self.tree.parent[kept[1:]], self.tree.leaf[prosumers]
        parent = np.concatenate([[-1], np.searchsorted(kept, above)])  # kept ascends: the root is above all others
        r_pu, x_pu = self.r_pu[kept], self.x_pu[kept]
        r_pu[0] = x_pu[0] = 0.0
        return RadialGrid(
            tree=Tree(parent, np.searchsorted(kept, leaf)),
            names=tuple(self.names[node] for node in kept),
            r_pu=r_pu,
            x_pu=x_pu,
            rating_mva=self.rating_mva[kept],
            dv_min=self.dv_min[kept],
            dv_max=self.dv_max[kept],
        )


@checks_arguments
def radial_grid(case: CaseFields) -> RadialGrid:
    """Return the grid of a valid case: rooted at the PCC, pruned, each prosumer at a leaf of its own.

    Where a prosumer sits at a bus that is not a leaf, or several share a bus, every prosumer gets a service edge of
    zero impedance without limits, so that all are treated alike. Buses without a prosumer below them are dropped.
    """
    order, parent_line = _rooted(case)
    sites = [prosumer.node for prosumer in case.prosumers]
    interior = {parent for parent, _ in parent_line.values()}
    service = len(set(sites)) < len(sites) or any(site in interior or site == case.grid.pcc for site in sites)
    kept = _with_prosumers_below(order, parent_line, set(sites))
    position = {bus: index for index, bus in enumerate(kept)}
    lines: list[Line | None] = [None] + [parent_line[bus][1] for bus in kept[1:]]
    parent = [-1] + [position[parent_line[bus][0]] for bus in kept[1:]]
    names = list(kept)
    leaf = [position[site] for site in sites]
    if service:
        parent += leaf
        names += [prosumer.name for prosumer in case.prosumers]
        leaf = list(range(len(kept), len(kept) + len(sites)))
        lines += [None] * len(sites)
    base = case.grid.base_kv**2
    bands = np.array([_squared_band(case, line) for line in lines])
    ratings = [np.inf if line is None or line.rating_mva is None else line.rating_mva for line in lines]
    return RadialGrid(
        tree=Tree.of(parent, leaf),
        names=tuple(names),
        r_pu=np.array([0.0 if line is None else line.r_ohm / base for line in lines]),
        x_pu=np.array([0.0 if line is None else line.x_ohm / base for line in lines]),
        rating_mva=np.array(ratings),
        dv_min=bands[:, 0],
        dv_max=bands[:, 1],
    )


def _rooted(case: CaseFields) -> tuple[list[str], dict[str, tuple[str, Line]]]:
    """Return the buses from the PCC downwards, and each bus's parent and line."""
    at: dict[str, list[Line]] = {}
    for line in case.grid.lines:
        at.setdefault(line.from_node, []).append(line)
        at.setdefault(line.to_node, []).append(line)
    order = [case.grid.pcc]
    parent_line: dict[str, tuple[str, Line]] = {}
    for bus in order:
        for line in at.get(bus, []):
            other = line.to_node if line.from_node == bus else line.from_node
            if other != case.grid.pcc and other not in parent_line:
                parent_line[other] = (bus, line)
                order.append(other)
    return order, parent_line


def _with_prosumers_below(order: list[str], parent_line: dict[str, tuple[str, Line]], sites: set[str]) -> list[str]:
    needed = {order[0], *sites}
    for bus in reversed(order[1:]):
        if bus in needed:
            needed.add(parent_line[bus][0])
    return [bus for bus in order if bus in needed]


def _squared_band(case: CaseFields, line: Line | None) -> tuple[float, float]:
    """Return ``(a**2 - 1, b**2 - 1)``; service edges and the PCC have none."""
    band = None if line is None else line.voltage_band_pu or case.grid.voltage_band_pu
    return (-np.inf, np.inf) if band is None else (band[0] ** 2 - 1.0, band[1] ** 2 - 1.0)
