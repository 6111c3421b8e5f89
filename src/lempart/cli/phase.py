"""``lempart phase``."""

from __future__ import annotations

import itertools
import math
import string
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import click
import numpy as np
from rich.console import Console

from lempart.cli.common import write_json
from lempart.cli.tables import console, print_table, say
from lempart.cli.targets import must_be_writable
from lempart.errors import UsageError
from lempart.study import (
    Crossing,
    Crossings,
    PhaseDiagram,
    StudyTotals,
    Winners,
    crossings,
    phase_diagram,
    phase_json,
    read_totals,
)

LOPSIDED, SURE = 1.25, 0.975


@click.command(help="Show which partition is optimal, and optimal stable, over two axes of the study in FOLDER.")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--x", "x_axis", metavar="AXIS", required=True, help="The axis along which crossing points are sought.")
@click.option("--y", "y_axis", metavar="AXIS", default=None, help="The other axis; default: a single row.")
@click.option("--at", "fixed", metavar="AXIS=VALUE", multiple=True, help="Fix a further axis; may be repeated.")
@click.option(
    "--between",
    "pair",
    nargs=2,
    default=None,
    metavar="PARTITION PARTITION",
    help="Compare these two, such as '{A, B} {C}'; default: the optimal ones that are neighbours along x.",
)
@click.option("--seed", type=click.IntRange(min=0), default=0, help="Of the resampling behind probabilities.")
@click.option(
    "--json", "json_file", type=click.Path(path_type=Path, dir_okay=False), help="Also write it here ('-': stdout)."
)
def phase(
    folder: Path,
    x_axis: str,
    y_axis: str | None,
    fixed: tuple[str, ...],
    pair: tuple[str, str] | None,
    seed: int,
    json_file: Path | None,
) -> None:
    """Print the phase diagrams of a study, one for each voltage penalty, and its crossing points."""
    must_be_writable(json_file, folder)
    results, at, out = read_totals(folder), fixed_axes(fixed), console()
    found = []
    for penalty in results.penalties:
        diagram = phase_diagram(results, x_axis, y_axis, at, penalty=penalty, seed=seed)
        found.append((diagram, compared(results, diagram, pair, seed)))
        if str(json_file) != "-":
            _show(out, *found[-1])
    if json_file is not None:
        write_json(json_file, phase_json(found))


def compared(
    results: StudyTotals, diagram: PhaseDiagram, pair: tuple[str, str] | None = None, seed: int = 0
) -> list[Crossings]:
    """Return where the given pair cross, or else the optimal partitions that are neighbours along x."""
    axis, penalty = diagram.x.name, diagram.penalty
    return [crossings(results, *two, axis, where, penalty=penalty, seed=seed) for two, where in _pairs(diagram, pair)]


def fixed_axes(texts: Sequence[str]) -> dict[str, float]:
    """Return the values of axes that the user wrote as ``AXIS=VALUE``."""
    found: dict[str, float] = {}
    for text in texts:
        name, _, amount = text.partition("=")
        try:
            found[name.strip()] = float(amount)
        except ValueError:
            raise UsageError(f"--at {text}: write AXIS=VALUE, such as --at tax_per_mwh=100") from None
    return found


def _pairs(
    diagram: PhaseDiagram, pair: tuple[str, str] | None
) -> Iterator[tuple[tuple[str, str], Mapping[str, float]]]:
    """Yield what to compare, row by row: the given pair, or optimal partitions that are neighbours along x."""
    order = np.argsort(diagram.x.values)
    for j, row in enumerate(diagram.optimal.partition):
        at = dict(diagram.at) | ({} if diagram.y is None else {diagram.y.name: diagram.y.values[j]})
        seen = [diagram.partitions[int(p)] for p in row[order] if p >= 0]
        neighbours = dict.fromkeys(_larger_first(*two) for two in itertools.pairwise(seen) if two[0] != two[1])
        for two in [pair] if pair else neighbours:
            yield two, at


def _larger_first(one: str, other: str) -> tuple[str, str]:
    """Return the partition of fewer, and so larger, markets first: the question is when that pays."""
    first, second = sorted((one, other), key=lambda label: (label.count("{"), label))
    return first, second


def _show(out: Console, diagram: PhaseDiagram, compared: Sequence[Crossings]) -> None:
    at = ", ".join(f"{name} = {value:g}" for name, value in diagram.at.items())
    where = f", at {at}" if at else ""
    under = f", voltage penalty {diagram.penalty}" if diagram.penalty else ""
    letters = _letters(diagram)
    known = bool(diagram.stability_known.any())
    for name, winners in [("Optimal", diagram.optimal), *([("Optimal stable", diagram.optimal_stable)] * known)]:
        rows = _rows(diagram, winners, letters, stable=winners is diagram.optimal_stable)
        axis = "" if diagram.y is None else f"{diagram.y.name} by "
        headers = ("", *(f"{value:g}" for value in diagram.x.values))
        print_table(out, f"\n{name} over {axis}{diagram.x.name}{where}{under}", headers, rows, zeros=True)
    for index, letter in letters.items():
        say(out, f"{letter}: {diagram.partitions[index]}")
    say(out, "* within error of another partition (95 %); -: none; ?: not known.")
    if not diagram.stability_known.all():
        say(out, "Stability is unknown where statistics.json is missing, older than the draws, or without coalitions.")
    for one in compared:
        say(out, sentence(one, None if diagram.y is None else diagram.y.name))


def _letters(diagram: PhaseDiagram) -> dict[int, str]:
    """Return a letter for each partition that wins somewhere, in the study's order."""
    shown = np.unique([diagram.optimal.partition, diagram.optimal_stable.partition])
    names = (
        "".join(text) for size in itertools.count(1) for text in itertools.product(string.ascii_uppercase, repeat=size)
    )
    return {int(index): letter for index, letter in zip(shown[shown >= 0], names, strict=False)}


def _rows(diagram: PhaseDiagram, winners: Winners, letters: Mapping[int, str], *, stable: bool) -> list[list[str]]:
    def cell(j: int, i: int) -> str:
        index = int(winners.partition[j, i])
        if diagram.draws[j, i] == 0 or (stable and not diagram.stability_known[j, i]):
            return "?"
        return "-" if index < 0 else letters[index] + "*" * bool(winners.uncertain[j, i])

    labels = [""] if diagram.y is None else [f"{value:g}" for value in diagram.y.values]
    return [[label, *(cell(j, i) for i in range(len(diagram.x.values)))] for j, label in enumerate(labels)]


def sentence(found: Crossings, y_axis: str | None = None) -> str:
    """Return in words where along the axis the first of two partitions pays, and how well that is known."""
    where = "" if y_axis is None else f"{y_axis} = {found.at[y_axis]:g}: "
    if found.outcome == "crossings":
        shares = [f"{100 * one.found:.0f} %" for one in found.crossings if one.found < SURE]
        doubt = f" Not surely within the axis: it is there in {', '.join(shares)} of resampled draws." if shares else ""
        return f"{where}{found.first} pays {_ranges(found)} against {found.second}.{doubt}"
    told = {
        "first pays": f"{found.first} pays over the whole axis {found.axis} against {found.second}",
        "second pays": f"{found.second} pays over the whole axis {found.axis} against {found.first}",
        "equal": f"{found.first} and {found.second} cost the same over the whole axis {found.axis}",
        "unknown": f"{found.first} and {found.second} are nowhere both viable in all draws",
    }[found.outcome]
    doubt = f", which holds in {100 * found.none_found:.0f} % of resampled draws" if found.none_found < SURE else ""
    return f"{where}{told}: no crossing within the axis{doubt}."


def _ranges(found: Crossings) -> str:
    """Return where the first partition pays: ``below a``, ``between a and b``, ``above b``."""
    ends = [_told(one) for one in found.crossings]
    below = found.crossings[0].cheaper_below
    texts = [f"below {found.axis} = {ends[0]}"] if below else []
    rest = ends[1:] if below else ends
    for k in range(0, len(rest), 2):
        within = rest[k : k + 2]
        name = "" if texts else f"{found.axis} = "
        texts.append(f"between {name}{within[0]} and {within[1]}" if len(within) == 2 else f"above {name}{within[0]}")
    return " and ".join(texts)


def _told(one: Crossing) -> str:
    """Return a crossing with its interval, to two digits of what is uncertain."""
    if math.isnan(one.low):
        return f"{one.value:.3g} (no interval from one draw)"
    below, above = one.value - one.low, one.high - one.value
    arms = [arm for arm in (below, above) if math.isfinite(arm) and arm > 0]
    digits = max(0, 1 - math.floor(math.log10(max(arms)))) if arms else 3
    if max(below, above) <= LOPSIDED * min(below, above):
        return f"{one.value:.{digits}f} ± {(below + above) / 2:.{digits}f} (95 %)"
    low = f"{one.low:.{digits}f}" if math.isfinite(one.low) else "below the axis"
    high = f"{one.high:.{digits}f}" if math.isfinite(one.high) else "beyond the axis"
    return f"{one.value:.{digits}f} (95 %: {low} to {high})"
