"""``lempart plot``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import click

from lempart import plot as pictures
from lempart.bills import BILL_RULES, BillRule, make_bills
from lempart.cli.common import progress_bar
from lempart.cli.solved import named_partition, solved
from lempart.cli.streams import tell
from lempart.cli.targets import must_be_writable
from lempart.cost import CostModel, GridState, costs_of, grid_state, with_and_without
from lempart.deviations import deviation_model
from lempart.errors import UsageError
from lempart.partition import Partition
from lempart.plot.places import LayoutName
from lempart.result import solution_json
from lempart.search import Exhaustive
from lempart.solving import solve as solve_case

PICTURES = ("feeder", "voltages", "loadings", "losses", "costs", "lattice", "bills", "profiles", "phase")
_STUDY = ("costs", "phase")


@click.command(help="Draw a picture of SOURCE: a case, or a folder of solve --out or of a study.")
@click.argument("source")
@click.option("--picture", type=click.Choice(PICTURES), required=True, help="Which picture.")
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    required=True,
    help="Where to: .svg, .png, .pdf, or .json (Vega-Lite).",
)
@click.option("--partition", "text", help="Coalitions apart by '|', players by ','. Default: the optimal stable one.")
@click.option(
    "--layout",
    type=click.Choice(["auto", "tree", "map"]),
    default="auto",
    show_default=True,
    help="How to draw the feeder; auto: on a map if the case says where its buses stand.",
)
@click.option("--theme", type=click.Choice(["light", "dark"]), default="light", show_default=True)
@click.option(
    "--top", type=click.IntRange(min=1), help="How many partitions or lines to show (costs, lattice, losses)."
)
@click.option(
    "--rule", type=click.Choice(BILL_RULES), default="nucleolus", show_default=True, help="How costs are shared."
)
@click.option("--at", "fixed", multiple=True, metavar="AXIS=VALUE", help="Which point of a study (costs, phase).")
@click.option("--penalty", help="Which voltage penalty of a study.")
@click.option("--x", "x_axis", metavar="AXIS", help="Across (phase).")
@click.option("--y", "y_axis", metavar="AXIS", help="Upward (phase).")
def plot(
    source: str,
    picture: str,
    out: Path,
    text: str | None,
    layout: LayoutName,
    theme: Literal["light", "dark"],
    top: int | None,
    rule: BillRule,
    fixed: tuple[str, ...],
    penalty: str | None,
    x_axis: str | None,
    y_axis: str | None,
) -> None:
    """Draw one picture and write it."""
    if out.suffix.lower() not in pictures.SUFFIXES:
        raise UsageError(f"{out}: the name of a picture ends in {', '.join(pictures.SUFFIXES)}")
    must_be_writable(out, source)
    if (Path(source) / "statistics.json").is_file() or (Path(source) / "study.json").is_file():
        chart = _study_chart(Path(source), picture, fixed, penalty, (x_axis, y_axis), top)
    elif picture == "phase":
        raise UsageError("a phase diagram needs the folder of a study (lempart study STUDY.toml --out FOLDER)")
    else:
        chart = _Drawing(source, text, rule, layout, {} if top is None else {"shown": top}).chart(picture)
    pictures.save(chart, out, theme)
    tell(f"{out}: {chart.description}")


@dataclass(frozen=True, eq=False)
class _Drawing:
    """What the pictures of a case are drawn from; whatever a picture needs is computed for it alone."""

    source: str
    text: str | None
    rule: BillRule
    layout: LayoutName
    shown: dict[str, Any]

    def chart(self, picture: str) -> Any:
        draw: Mapping[str, Callable[[], Any]] = {
            "feeder": self._feeder,
            "voltages": lambda: pictures.voltages(*self._operation()),
            "loadings": lambda: pictures.loadings(*self._operation()),
            "losses": self._losses,
            "costs": lambda: pictures.costs(self._result(), **self.shown),
            "lattice": lambda: pictures.lattice(self._result(), **self.shown),
            "bills": self._bills,
            "profiles": lambda: pictures.profiles(costs_of(solved(self.source).case).prepared),
        }
        return draw[picture]()

    def _result(self) -> Mapping[str, Any]:
        found = solved(self.source)
        if found.result:
            return found.result
        with progress_bar() as progress:
            return solution_json(solve_case(found.case, Exhaustive(all_cores=True), progress=progress))

    def _partition(self) -> tuple[CostModel, Partition]:
        """Return the costs and the partition that is asked for; a case that isn't solved yet is solved."""
        found = solved(self.source)
        costs = costs_of(found.case)
        if self.text is not None or found.result:
            return costs, costs.prepared.partition_of(named_partition(found, self.text))
        with progress_bar() as progress:
            solution = solve_case(found.case, progress=progress)
        if solution.optimal_stable is None:
            raise UsageError("the case has no stable partition: name one with --partition")
        return solution.costs, solution.optimal_stable

    def _operation(self) -> tuple[Any, GridState]:
        costs, partition = self._partition()
        return costs.prepared, grid_state(costs, partition)

    def _losses(self) -> Any:
        costs, partition = self._partition()
        return pictures.losses(costs.prepared, *with_and_without(costs, partition), **self.shown)

    def _feeder(self) -> Any:
        costs, partition = self._partition()
        return pictures.feeder(costs.prepared, partition, grid_state(costs, partition), layout=self.layout)

    def _bills(self) -> Any:
        costs, partition = self._partition()
        name = "inertia" if costs.prepared.case.market.externalities else "none"
        model = deviation_model(costs, "inertia")
        return pictures.bills(make_bills(costs, partition, model, deviation_name=name, rule=self.rule))


def _study_chart(
    folder: Path,
    picture: str,
    fixed: tuple[str, ...],
    penalty: str | None,
    axes: tuple[str | None, str | None],
    top: int | None,
) -> Any:
    if picture not in _STUDY:
        raise UsageError(f"{folder} is a study: its pictures are {' and '.join(_STUDY)}")
    at = _fixed(fixed)
    if picture == "costs":
        from lempart.study import read_statistics

        shown: dict[str, Any] = {} if top is None else {"shown": top}
        return pictures.costs(read_statistics(folder), point=at, penalty=penalty, **shown)
    if axes[0] is None:
        raise UsageError("say over which axis: --x AXIS, and --y AXIS for a second one")
    from lempart.cli.phase import compared
    from lempart.study import phase_diagram, phase_json, read_totals

    results = read_totals(folder)
    reading = penalty if penalty is not None else results.penalties[0]
    diagram = phase_diagram(results, axes[0], axes[1], at, penalty=reading)
    return pictures.phase(phase_json([(diagram, compared(results, diagram))]))


def _fixed(texts: tuple[str, ...]) -> dict[str, float]:
    from lempart.cli.phase import fixed_axes

    return fixed_axes(texts)
