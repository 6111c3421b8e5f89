"""Draw what the neighbourhood study found: the feeder with the winning markets, and who wins in which month.

Run from the repository's root, with matplotlib installed and a study's folder:

    lempart reproduce table-5 --study year --seeds 1 --out study
    python scripts/draw_neighbourhood_study.py study
"""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

import matplotlib as mpl

mpl.use("svg")
import matplotlib.pyplot as plt

from lempart.cost import PreparedCase
from lempart.prosumption import PLAYER_NODES, NeighbourhoodOptions, neighbourhood_case
from lempart.reproduce.table_5 import SEASONS, Day, braces, kind_of, month_of, stored_days

# Okabe and Ito's colour-blind safe palette.
MARKETS = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00"]
KINDS = {"alone": "#E69F00", "between": "#56B4E9", "grand": "#0072B2"}
MONTHS = "JFMAMJJASOND"
TARGET = Path(__file__).parent.parent / "docs" / "images" / "neighbourhood-study.svg"


def winners(days: list[Day]) -> Counter[str]:
    """Return how often each partition is the optimal stable one, ties in equal parts."""
    counts: Counter[str] = Counter()
    for day in days:
        for name in day.optimal_stable:
            counts[name] += 1 / len(day.optimal_stable)
    return counts


def draw_feeder(axes: plt.Axes, prepared: PreparedCase, season: str, days: list[Day]) -> None:
    """Draw the feeder, its end with the markets that win most often in a season."""
    best, count = winners(days).most_common(1)[0]
    colour = {name: MARKETS[i] for i, block in enumerate(best.split("|")) for name in block.split(",")}
    tree, names = prepared.grid.tree, prepared.grid.names
    path = [names.index(PLAYER_NODES[-1])]
    while tree.parent[path[-1]] >= 0:
        path.append(int(tree.parent[path[-1]]))
    path.reverse()
    axes.plot(range(len(path)), [0] * len(path), color="#bbbbbb", lw=1, zorder=1)
    axes.scatter(0, 0, marker="s", s=26, color="black", zorder=3)
    axes.scatter(range(1, len(path)), [0] * (len(path) - 1), s=4, color="#888888", zorder=2)
    owner = {p.node: p.name for p in prepared.case.prosumers if p.player}
    place = {owner[node]: path.index(names.index(node)) for node in PLAYER_NODES}
    for block in best.split("|"):
        at = sorted(place[name] for name in block.split(","))
        axes.plot([at[0], at[-1]], [0, 0], color=colour[block.split(",")[0]], lw=3, zorder=2)
    for name, x in place.items():
        axes.plot([x, x], [0, 0.5], color=colour[name], lw=3, zorder=2)
        axes.scatter(x, 0.5, s=60, color=colour[name], zorder=3)
        axes.annotate(name, (x, 0.5), (0, 7), textcoords="offset points", ha="center", fontsize=9)
    axes.set_title(f"{season}: {braces(best)} on {100 * count / len(days):.0f} % of days", loc="left", fontsize=9)
    axes.set_ylim(-0.5, 1.1)
    axes.set_axis_off()


def draw_months(axes: plt.Axes, every: list[Day]) -> None:
    """Draw the share of days on which each kind of partition is the optimal stable one, month by month."""
    for month in range(1, 13):
        found = winners([day for day in every if month_of(day.day) == month])
        days, bottom = sum(found.values()) or 1, 0.0
        for kind, colour in KINDS.items():
            share = 100 * sum(count for name, count in found.items() if kind_of(name) == kind) / days
            axes.bar(month, share, bottom=bottom, color=colour, label=kind if month == 1 else None)
            bottom += share
    axes.set_xticks(range(1, 13), list(MONTHS))
    axes.set_ylabel("optimal stable partition, % of days", fontsize=8)
    axes.tick_params(labelsize=8)
    axes.spines[["top", "right"]].set_visible(False)
    names = {"alone": "everyone alone", "between": "something between", "grand": "one market of all five"}
    handles, labels = axes.get_legend_handles_labels()
    axes.legend(
        handles,
        [names[label] for label in labels],
        fontsize=8,
        frameon=False,
        ncols=3,
        loc="lower center",
        bbox_to_anchor=(0.5, 1.0),
    )


def main() -> None:
    """Draw the study in the folder named on the command line."""
    mpl.rcParams["svg.hashsalt"] = "lempart"
    every = list(stored_days(Path(sys.argv[1]), ["headline"], range(100)))
    first = [day for day in every if day.seed == 0]
    prepared = PreparedCase.of(neighbourhood_case(NeighbourhoodOptions(seed=0)))
    figure, axes = plt.subplot_mosaic(
        [["winter", "months"], ["spring", "months"], ["summer", "months"], ["autumn", "months"]],
        figsize=(11, 4.6),
        width_ratios=[1.3, 1.0],
        layout="constrained",
    )
    for season, months in SEASONS.items():
        draw_feeder(axes[season], prepared, season, [day for day in first if month_of(day.day) in months])
    draw_months(axes["months"], every)
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(TARGET, metadata={"Date": None})


if __name__ == "__main__":
    main()
