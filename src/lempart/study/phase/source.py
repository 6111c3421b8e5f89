"""The totals of a study, point by point and block by block, as phase diagrams and crossings read them."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from lempart.arguments import checks_arguments
from lempart.errors import InputError, Problem
from lempart.formats.statistics import StatisticsFile
from lempart.study.spec.axes import Point
from lempart.study.spec.spec import Axis, StudySpec
from lempart.study.statistics.statistics_json import STATISTICS, stored_statistics
from lempart.study.store.chunk import Chunk
from lempart.study.store.zarr_store import dataset, stored, study_folder
from lempart.typing import BoolArray, FloatArray


@dataclass(frozen=True, eq=False)
class StudyTotals:
    """Total costs of every partition, draw by draw; a draw is the same scenario at every point.

    Attributes
    ----------
    axes
        Those of the study; points are their combinations, the last axis fastest.
    penalties, partitions
        Labels of the voltage penalties and of the partitions.
    blocks
        Which blocks of draws each point has; a block of that number holds the same draws at every point.
    read
        Takes a point and a block, returns ``Phi`` in currency, shape ``(penalties, draws, partitions)``; infinite
        where a partition isn't viable.
    expected_stable
        Whether each partition is stable in the game of expected costs, by point, shape ``(penalties, partitions)``;
        a point isn't there where that is unknown.
    """

    axes: tuple[Axis, ...]
    penalties: tuple[str, ...]
    partitions: tuple[str, ...]
    blocks: Mapping[int, tuple[int, ...]]
    read: Callable[[int, int], FloatArray]
    expected_stable: Mapping[int, BoolArray]
    currency: str = "CHF"

    @classmethod
    def of_arrays(
        cls,
        axes: Sequence[Axis],
        partitions: Sequence[str],
        totals: FloatArray,
        expected_stable: BoolArray | None = None,
        *,
        block: int = 50,
    ) -> StudyTotals:
        """Return totals held in memory, under a single voltage penalty.

        Parameters
        ----------
        totals
            ``Phi`` in currency, shape ``(*axes, draws, partitions)``.
        expected_stable
            Shape ``(*axes, partitions)``; None: unknown.
        """
        draws = totals.shape[-2]
        flat = totals.reshape(-1, 1, draws, len(partitions))
        held = {} if expected_stable is None else dict(enumerate(expected_stable.reshape(-1, 1, len(partitions))))
        blocks = tuple(range(-(-draws // block)))
        return cls(
            tuple(axes),
            ("",),
            tuple(partitions),
            dict.fromkeys(range(len(flat)), blocks),
            lambda point, number: flat[point][:, number * block : (number + 1) * block],
            held,
        )

    @property
    def shape(self) -> tuple[int, ...]:
        """Return the number of values of each axis."""
        return tuple(len(axis.values) for axis in self.axes)

    def axis(self, name: str) -> Axis:
        """Return an axis by its name; InputError where there is none."""
        for axis in self.axes:
            if axis.name == name:
                return axis
        raise InputError.of("axes", f"the study has no axis {name!r}", f"It has: {self._axes_told()}.")

    def points_along(self, names: Sequence[str], at: Point) -> tuple[tuple[int, ...], dict[str, float]]:
        """Return the points over the named axes, the last fastest, and where the other axes are fixed.

        Raises
        ------
        InputError
            With everything that is wrong: an axis that isn't there or is named twice, a value that an axis doesn't
            have, an axis of several values that is neither varied nor fixed.
        """
        problems = [*_name_problems(names, at), *(p for name in (*names, *at) for p in self._unknown(name))]
        fixed: dict[str, int] = {}
        for axis in self.axes:
            if axis.name in names:
                continue
            near = [i for i, v in enumerate(axis.values) if np.isclose(v, at.get(axis.name, np.nan), rtol=1e-9, atol=0)]
            if near or (len(axis.values) == 1 and axis.name not in at):
                fixed[axis.name] = near[0] if near else 0
                continue
            values = ", ".join(f"{value:g}" for value in axis.values)
            told = f"it doesn't have the value {at[axis.name]:g}" if axis.name in at else "it isn't fixed"
            problems.append(Problem(f"axis {axis.name}", told, f"Fix it at one of: {values}."))
        if problems:
            raise InputError(problems)
        varied = itertools.product(*(range(len(self.axis(name).values)) for name in names))
        wheres = [fixed | dict(zip(names, index, strict=True)) for index in varied]
        order = [axis.name for axis in self.axes]
        points = tuple(
            int(np.ravel_multi_index([where[name] for name in order], self.shape)) if order else 0 for where in wheres
        )
        return points, {name: self.axis(name).values[index] for name, index in fixed.items()}

    def penalty_index(self, penalty: str | None) -> int:
        """Return where a voltage penalty stands; None is the only one, InputError where there are several."""
        if penalty is None and len(self.penalties) == 1:
            return 0
        if penalty is None or penalty not in self.penalties:
            told = "none is named" if penalty is None else f"the study doesn't have {penalty!r}"
            raise InputError.of("voltage penalty", told, f"It has: {', '.join(self.penalties)}.")
        return self.penalties.index(penalty)

    def partition_index(self, name: str) -> int:
        """Return where a partition stands, by its label, whatever the spaces; InputError where it isn't there."""
        told = [_without_spaces(label) for label in self.partitions]
        if _without_spaces(name) not in told:
            shown = "; ".join(self.partitions[:8]) + ("; …" if len(self.partitions) > 8 else "")
            raise InputError.of("partition", f"the study doesn't have {name!r}", f"It has: {shown}.")
        return told.index(_without_spaces(name))

    def totals(self, point: int, block: int, penalty: int) -> FloatArray:
        """Return ``Phi`` under one voltage penalty, shape ``(draws, partitions)``."""
        found: FloatArray = self.read(point, block)[penalty]
        return found

    def _unknown(self, name: str) -> list[Problem]:
        if any(axis.name == name for axis in self.axes):
            return []
        return [Problem(f"axis {name}", "the study doesn't have it", f"It has: {self._axes_told()}.")]

    def _axes_told(self) -> str:
        return ", ".join(axis.name for axis in self.axes) or "no axes"


def _name_problems(names: Sequence[str], at: Point) -> list[Problem]:
    if len(set(names)) < len(names):
        return [Problem(f"axis {names[0]}", "it is both x and y", "Name two axes.")]
    both = [name for name in names if name in at]
    return [Problem(f"axis {name}", "it is both varied and fixed", "Do one or the other.") for name in both]


def _without_spaces(name: str) -> str:
    return "".join(name.split()).replace("},{", "}{")


@checks_arguments
def read_totals(folder: str | Path) -> StudyTotals:
    """Return the totals that a study's folder holds, finished or not; draws are read from disk when asked for.

    Stability in the expected game is that of ``statistics.json``. It counts as unknown at points where that file has
    another number of draws than the store: a study that was stopped while it went on.

    Raises
    ------
    InputError
        When there is no study, or more than one, or it is damaged.
    """
    folder = Path(folder)
    folder = study_folder(folder)
    store, data = stored(folder), dataset(folder)
    spec = store.spec
    if spec.search is not None:
        remedy = "List partitions, or all, to compare their means; statistics.json has how often each wins."
        raise InputError.of(str(folder), "its study searches every draw and doesn't cost the same partitions", remedy)
    store.require_whole()
    finished: dict[int, list[int]] = {}
    for chunk in sorted(store.finished()):
        finished.setdefault(chunk.point, []).append(chunk.block)
    blocks = {point: tuple(numbers) for point, numbers in finished.items()}
    draws = {
        point: sum(stop - start for start, stop in map(spec.draws_of, numbers)) for point, numbers in blocks.items()
    }
    return StudyTotals(
        spec.axes,
        tuple(map(str, data["penalty"].values)),
        tuple(map(str, data["partition"].values)),
        blocks,
        lambda point, block: store.read("total", Chunk(block, point)),
        _expected_stable(folder, spec, draws),
        str(data.attrs.get("currency", "")),
    )


def _expected_stable(folder: Path, spec: StudySpec, draws: Mapping[int, int]) -> dict[int, BoolArray]:
    if not (folder / STATISTICS).exists():
        return {}
    found: dict[int, BoolArray] = {}
    points = {tuple(point.values()): index for index, point in enumerate(spec.points)}
    statistics = stored_statistics(folder)
    for told in statistics.points if isinstance(statistics, StatisticsFile) else ():
        point = points[tuple(told.point.values())]
        held = [[one.stable_in_expectation for one in reading.partitions] for reading in told.penalties]
        if told.draws == draws.get(point) and not any(one is None for row in held for one in row):
            found[point] = np.array(held, dtype=bool)
    return found
