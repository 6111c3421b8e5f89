"""The neighbourhood study: many days as ordinary studies, one for each variation and seed, in one folder."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np

from lempart.errors import InputError
from lempart.prosumption import neighbourhood_case
from lempart.reproduce.table_5.day import Day, Evaluation, partition_label
from lempart.reproduce.table_5.plan import folder_name, study_of
from lempart.study import (
    StudyPlan,
    StudyRun,
    StudySpec,
    open_results,
    run_study,
    statistics_json,
    study_statistics,
    write_statistics,
)
from lempart.study.statistics.statistics_json import STATISTICS
from lempart.study.store.header import read_header, stored_spec

Report: TypeAlias = Callable[[int, int, int], None]
"""Told days done in all, of how many, and how many of them by this run."""

RECORDS = "records.jsonl"
"""What versions before 0.2 kept of this study."""


@dataclass(frozen=True, eq=False)
class FoundDays:
    """The days of a study, and what of its folders was damaged and made anew."""

    days: tuple[Day, ...]
    damaged: tuple[str, ...]


def run_days(
    out: Path,
    variations: Sequence[str],
    days: Sequence[int],
    seeds: Sequence[int],
    *,
    losses: bool = False,
    workers: int = 1,
    resume: bool = False,
    progress: Report | None = None,
) -> FoundDays:
    """Evaluate every day of every variation and seed into folders below ``out``, one ordinary study each.

    Days whose forecast can't be met within hard limits are evaluated again with priced ones, in a study beside.

    Parameters
    ----------
    out
        Where the studies are kept.
    variations, days, seeds
        What is evaluated; days are those of the year.
    losses
        Whether losses are priced, which the paper leaves out.
    workers
        Processes.
    resume
        Go on with what the folders hold.
    progress
        Told after every day.

    Raises
    ------
    InputError
        When the folders hold days already and ``resume`` is False, or belong to other studies.
    LempartError
        As :func:`lempart.study.run_study` does.
    """
    if (out / RECORDS).exists():
        message = f"it holds {RECORDS} of an earlier version, which kept its days otherwise"
        raise InputError.of(str(out), message, "Choose another folder.")
    steps = _Steps(progress or (lambda _done, _total, _new: None), len(variations) * len(seeds) * len(days))
    damaged: list[str] = []

    def run(spec: StudySpec, tell: Report) -> None:
        assert spec.neighbourhood is not None
        case = neighbourhood_case(spec.neighbourhood)
        folder = out / spec.name
        ended = run_study(spec, case, folder, resume=resume, workers=workers, progress=tell)
        if ended.new_draws or not (folder / STATISTICS).exists():
            write_statistics(folder, statistics_json(spec, case, study_statistics(spec, case, folder)))
        damaged.extend(f"{spec.name}: {told}" for told in ended.damaged)
        steps.finished(ended)

    for seed in seeds:
        for variation in variations:
            run(study_of(variation, seed, days, losses=losses), steps.tell)
            if lost := _not_viable(out / folder_name(variation, seed, losses=losses)):
                run(study_of(variation, seed, lost, elastic=True, losses=losses), _silent)
    return FoundDays(stored_days(out, variations, seeds, losses=losses), tuple(damaged))


def _silent(_done: int, _total: int, _new: int) -> None:
    """Say nothing: these days were counted already."""


@dataclass
class _Steps:
    """Counts days over several studies."""

    report: Report
    total: int
    done: int = 0
    new: int = 0

    def tell(self, done: int, _total: int, new: int) -> None:
        self.report(self.done + done, self.total, self.new + new)

    def finished(self, ended: StudyRun) -> None:
        self.done = min(self.total, self.done + sum(ended.draws))
        self.new += ended.new_draws


def stored_days(out: Path, variations: Sequence[str], seeds: Sequence[int], *, losses: bool = False) -> tuple[Day, ...]:
    """Return the days of studies below ``out``; variations and seeds that aren't there are left out.

    ``losses`` are priced or not: the two have folders of their own.

    Raises
    ------
    InputError
        When a folder isn't what was written.
    """
    return tuple(
        day for seed in seeds for variation in variations for day in _days(out, variation, seed, losses=losses)
    )


def _days(out: Path, variation: str, seed: int, *, losses: bool) -> Iterator[Day]:
    hard = out / folder_name(variation, seed, losses=losses)
    if not hard.is_dir():
        return
    with_prices = out / folder_name(variation, seed, elastic=True, losses=losses)
    priced = dict(_evaluations(with_prices)) if with_prices.is_dir() else {}
    for day, found in _evaluations(hard):
        if day in priced or _viable(found):
            yield Day.of(variation, day, seed, elastic=day in priced, found=priced.get(day, found))


def _not_viable(folder: Path) -> list[int]:
    """Return the days on which no dispatch meets the limits."""
    return [day for day, found in _evaluations(folder) if not _viable(found)]


def _viable(found: Sequence[Evaluation]) -> bool:
    return found[0].network < float("inf")  # all partitions are, or none is


def _evaluations(folder: Path) -> Iterator[tuple[int, list[Evaluation]]]:
    """Yield the days that a study has done and what each partition costs on them."""
    data = open_results(folder)
    plan = _frame(folder)
    labels = [partition_label(plan.prepared.names(mask) for mask in partition) for partition in plan.partitions]
    here = {"penalty": 0, "draw": 0}
    for index, day in enumerate(data["day"].values.tolist()):
        at = data.isel(day=index, **here)
        total, stable, surplus, parts = (
            _values(at, name) for name in ("total", "stable", "surplus", "coalition_parts")
        )
        if np.isnan(total).any():
            continue  # not done yet
        kept = [str(name) for name in data["coalition_part"].values]
        violations = parts[:, [kept.index("line"), kept.index("voltage")]].sum(axis=1)
        costs = parts.sum(axis=1)
        yield (
            int(day),
            [
                Evaluation(
                    label,
                    float(total[p]),
                    float(costs[list(own)].sum()),
                    float(surplus[p]),
                    float(violations[list(own)].sum()),
                    bool(stable[p]),
                )
                for p, (label, own) in enumerate(zip(labels, plan.coalitions_in, strict=True))
            ],
        )


def _values(at: Any, name: str) -> Any:
    return at[name].values


def _frame(folder: Path) -> StudyPlan:
    """Return what a study of the neighbourhood costs; partitions and coalitions are the same on all of its days."""
    spec = stored_spec(read_header(folder))
    assert spec.neighbourhood is not None
    return StudyPlan.of(spec, neighbourhood_case(spec.neighbourhood))
