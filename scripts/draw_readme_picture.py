"""Draw the README's picture: rural-feeder-5 with its optimal stable partition, and what the partitions cost.

Run from the repository's root with matplotlib installed:  python scripts/draw_readme_picture.py
"""

from __future__ import annotations

from pathlib import Path

import matplotlib as mpl

mpl.use("svg")
import matplotlib.pyplot as plt
import numpy as np

from lempart import read_case, shipped_case_path, solve
from lempart.result import Solution
from lempart.search import Exhaustive

# Okabe and Ito's colour-blind safe palette.
MARKETS = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00"]
PARTS = {
    "import": "#999999",
    "tax": "#56B4E9",
    "imbalance": "#E69F00",
    "violations": "#D55E00",
    "flexibility": "#009E73",
}
TARGET = Path(__file__).parent.parent / "docs" / "images" / "rural-feeder-5.svg"


def positions(solution: Solution) -> tuple[np.ndarray, np.ndarray]:
    """Return where each node is drawn: along the feeder by depth, side branches and homes to the side."""
    tree = solution.costs.setting.grid.tree
    x = tree.depth.astype(float)
    y = np.zeros(tree.node_count)
    homes = set(tree.leaf.tolist())
    size = np.ones(tree.node_count)
    for node in range(tree.node_count - 1, 0, -1):
        size[tree.parent[node]] += size[node]
    for node in range(tree.node_count):
        inner = [child for child in tree.children[node] if child not in homes]
        for rank, child in enumerate(sorted(inner, key=lambda c: -size[c])):
            y[child] = y[node] - 2.2 * rank
        own = [child for child in tree.children[node] if child in homes]
        for rank, child in enumerate(own):
            x[child] = x[node] + 0.18 * rank
            y[child] = y[node] + (0.8 + 0.45 * rank) * (1 if y[node] >= 0 else -1)
    return x, y


def draw_feeder(axes: plt.Axes, solution: Solution) -> None:
    """Draw the feeder, the markets in colour."""
    setting = solution.costs.setting
    tree, (x, y) = setting.grid.tree, positions(solution)
    colour = ["#bbbbbb"] * tree.node_count
    width = [0.9] * tree.node_count
    for index, mask in enumerate(solution.optimal_stable):
        for edge in setting.family.subgraph(mask).edges:
            colour[edge], width[edge] = MARKETS[index], 2.6
    for node in range(1, tree.node_count):
        up = tree.parent[node]
        axes.plot([x[up], x[node]], [y[up], y[node]], color=colour[node], lw=width[node], zorder=1)
    players = {m for i in range(setting.family.player_count) for m in setting.family.prosumers(1 << i)}
    for m, leaf in enumerate(tree.leaf):
        own = m in players
        axes.scatter(x[leaf], y[leaf], s=46 if own else 10, color=colour[leaf] if own else "#888888", zorder=2)
        if own:
            name = setting.case.prosumers[m].name
            axes.annotate(name, (x[leaf], y[leaf]), (-3, 6), textcoords="offset points", rotation=55, fontsize=8)
    axes.scatter(x[0], y[0], s=60, marker="s", color="black", zorder=3)
    axes.annotate("transformer (PCC)", (x[0], y[0]), (0, -16), textcoords="offset points", ha="left", fontsize=8)
    names = " ".join("{" + ", ".join(block) + "}" for block in solution.names(solution.optimal_stable))
    axes.set_title(f"Optimal stable partition: {names}", loc="left", fontsize=10)
    axes.margins(0.03, 0.18)
    axes.set_axis_off()


def draw_costs(axes: plt.Axes, solution: Solution, shown: int = 8) -> None:
    """Draw the cost parts of the cheapest partitions, and everyone alone."""
    found = list(solution.search.evaluated)
    alone = next(item for item in found if len(item.partition) == solution.costs.setting.family.player_count)
    picked = [*found[: shown - 1], *([alone] if alone not in found[: shown - 1] else [found[shown - 1]])]
    labels = []
    for row, item in enumerate(picked):
        parts = solution.cost(item.partition).parts.as_dict()
        parts["violations"] = parts.pop("line") + parts.pop("voltage")
        left = 0.0
        for name, colour in PARTS.items():
            axes.barh(row, parts[name], left=left, color=colour, height=0.7, label=name if row == 0 else None)
            left += parts[name]
        word = {True: "stable", False: "not stable", None: ""}[item.stable]
        axes.annotate(f" {item.total:.2f} {word}", (left, row), va="center", fontsize=8)
        labels.append(" ".join("{" + ", ".join(block) + "}" for block in solution.names(item.partition)))
    axes.set_yticks(range(len(picked)), labels, fontsize=8)
    axes.invert_yaxis()
    axes.set_xlabel(f"cost of the network, {solution.case.market.currency} per day", fontsize=8)
    axes.tick_params(axis="x", labelsize=8)
    axes.margins(x=0.2)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(fontsize=8, frameon=False, ncols=len(PARTS), loc="upper left", bbox_to_anchor=(0.0, 1.16))


def main() -> None:
    """Solve the shipped feeder and draw it."""
    mpl.rcParams["svg.hashsalt"] = "lempart"
    solution = solve(read_case(shipped_case_path("rural-feeder-5")), Exhaustive(all_cores=True))
    figure, (top, bottom) = plt.subplots(2, 1, figsize=(10, 6.2), height_ratios=[1.0, 1.25], layout="constrained")
    draw_feeder(top, solution)
    draw_costs(bottom, solution)
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(TARGET, metadata={"Date": None})


if __name__ == "__main__":
    main()
