"""The feeder as rows: drawn as every other picture draws it, from the PCC at the left."""

from __future__ import annotations

from lempart.cost import PreparedCase
from lempart.plot.layout import lay_out
from lempart.report.rows import NodeRow

WIDTH, NARROW, WIDE = 600.0, 16.0, 90.0
"""Pixels that the longest way down should take, and the bounds of one step of it."""
CHARACTER, BESIDE, REGULAR = 7.5, 30.0, 4.0
"""Pixels of a letter, from a member to its name and around it, and of a regular customer, who has none."""


def feeder_rows(prepared: PreparedCase) -> tuple[NodeRow, ...]:
    """Return every node of a case's radial grid, parents before children."""
    tree = prepared.grid.tree
    player_of = {m: number for number, own in enumerate(prepared.family.players) for m in own}
    prosumer_at = {int(leaf): m for m, leaf in enumerate(tree.leaf)}
    members = {node: m for node, m in prosumer_at.items() if m in player_of}
    labels = [prepared.case.prosumers[members[node]].name if node in members else "" for node in range(tree.node_count)]
    spacing = min(WIDE, max(NARROW, WIDTH / max(1, int(tree.depth.max()))))
    layout = lay_out(tree, spacing, [BESIDE + CHARACTER * len(text) if text else REGULAR for text in labels])
    highest = int(layout.row.min())
    found = []
    for node, name in enumerate(prepared.grid.names):
        m = prosumer_at.get(node)
        found.append(
            NodeRow(
                name=name,
                parent=int(tree.parent[node]),
                player=None if m is None else player_of.get(m),
                prosumer=None if m is None else prepared.case.prosumers[m].name,
                x=float(layout.x[node]),
                row=int(layout.row[node]) - highest,
            )
        )
    return tuple(found)
