"""From the folder of a study to a page: one scene for each point and voltage penalty, as its statistics tell it."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from lempart.case import case_hash
from lempart.cost import Setting
from lempart.errors import InputError
from lempart.io import read_case
from lempart.partition import Partition, mask_of, members
from lempart.report.deviation import partition_after
from lempart.report.feeder import feeder_rows
from lempart.report.pictures import missing, study_pictures
from lempart.report.rows import AxisRow, Blocks, LeaverRow, MarketRow, Page, PartitionRow, Scene
from lempart.report.study_answer import study_answer, study_why
from lempart.report.wording import axis_name, axis_value, count_of

HEADER, STATISTICS = "study.json", "statistics.json"
Z_95 = 1.959963984540054
SHARES = ("optimal", "stable", "optimal_stable")
_RESUME = "Run lempart study with --resume, or lempart reproduce table-4 again: what is finished isn't computed twice."


def study_page(folder: Path) -> Page:
    """Return the page of a study.

    Raises
    ------
    InputError
        When the folder's statistics or its copy of the case are missing.
    """
    source = _Study.read(folder)
    data, study = source.data, source.data["study"]
    scenes = tuple(source.scene(point, r) for point in data["points"] for r in range(len(source.readings)))
    count, without = len(source.partitions), missing()
    return Page(
        kind="study",
        title=str(study["name"]),
        currency=str(data["currency"]),
        players=source.setting.player_names,
        nodes=feeder_rows(source.setting),
        single_boundary=source.setting.family.single_boundary,
        deviation="inertia" if source.setting.case.market.externalities else "none",
        axes=source.axes,
        scenes=scenes,
        evaluated=count,
        partition_count=source.setting.family.count(),
        facts=_facts(source),
        notes=tuple(filter(None, (*_not_viable(data["points"]), without))),
        pictures=() if without else study_pictures(folder, data, len(source.readings)),
    )


@dataclass(frozen=True, eq=False)
class _Study:
    data: Mapping[str, Any]
    setting: Setting

    @classmethod
    def read(cls, folder: Path) -> _Study:
        path = folder / STATISTICS
        try:
            data = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise InputError.of(str(path), f"can't be read: {error}", _RESUME) from None
        if not all("partitions" in told for point in data.get("points", ()) for told in point["penalties"]):
            message = "each of its draws was searched, so that no partition was costed in all of them"
            raise InputError.of(str(folder), message, "Report a study that lists its partitions, or takes all.")
        if not data.get("points"):
            raise InputError.of(str(path), "it has no finished point", _RESUME)
        if not (folder / "case").is_dir():
            raise InputError.of(str(folder), "it holds no copy of the study's case", _RESUME)
        case = read_case(folder / "case")
        if case_hash(case) != json.loads((folder / HEADER).read_text(encoding="utf-8"))["case_hash"]:
            raise InputError.of(str(folder), "the case in it is not the one that was studied", _RESUME)
        return cls(data, Setting.of(case))

    @cached_property
    def readings(self) -> list[Any]:
        """Return the voltage penalties."""
        return [told["voltage_penalty"] for told in self.data["points"][0]["penalties"]]

    @cached_property
    def axes(self) -> tuple[AxisRow, ...]:
        """Return what the sliders move over: the study's axes, then the voltage penalty where there are several.

        A study that was stopped has the points it finished; then they are one axis of their own.
        """
        axes, currency = self.data["study"]["axes"], str(self.data["currency"])
        named = [axis_name(axis["name"], currency) for axis in axes]
        found = [
            AxisRow(name, tuple(axis_value(axis["name"], value) for value in axis["values"]))
            for name, axis in zip(named, axes, strict=True)
        ]
        if math.prod(len(axis["values"]) for axis in axes) != len(self.data["points"]):
            told = [
                [f"{name} {axis_value(axis, p['point'][axis])}" for name, axis in zip(named, p["point"], strict=True)]
                for p in self.data["points"]
            ]
            found = [AxisRow("Finished points", tuple(map(", ".join, told)))]
        if len(self.readings) > 1:
            found.append(AxisRow(axis_name("voltage_penalty", currency), tuple(map(str, self.readings))))
        return tuple(axis for axis in found if len(axis.values) > 1)

    @cached_property
    def partitions(self) -> Mapping[str, Partition]:
        """Return the study's partitions by the label that its statistics give them."""
        names, family = self.setting.player_names, self.setting.family
        number = {name: index for index, name in enumerate(names)}
        listed = self.data["study"]["partitions"]
        found = (
            [Partition.of(mask_of(number[name] for name in block) for block in blocks) for blocks in listed]
            if listed
            else list(family.enumerate())
        )
        return {" ".join("{" + ", ".join(self.setting.names(mask)) + "}" for mask in one): one for one in found}

    def scene(self, point: Mapping[str, Any], r: int) -> Scene:
        """Return what the draws of a point say under one voltage penalty."""
        told = point["penalties"][r]
        rows = tuple(self.row(entry, told["blocking"] or ()) for entry in told["partitions"])
        labels = [entry["partition"] for entry in told["partitions"]]
        stable = told["optimal_stable_in_expectation"]
        optimal = (labels.index(told["optimal"]),)
        best = () if stable is None else (labels.index(stable),)
        players, currency = self.setting.player_names, str(self.data["currency"])
        return Scene(
            partitions=rows,
            optimal=optimal,
            optimal_stable=best,
            answer=study_answer(rows, optimal, best, players, currency),
            why=study_why(rows, optimal, best, players, currency, point["draws"]),
            draws=point["draws"],
        )

    def row(self, entry: Mapping[str, Any], blocking: Sequence[Mapping[str, Any]]) -> PartitionRow:
        """Return one partition's row."""
        whole = self.partitions[entry["partition"]]
        return PartitionRow(
            blocks=_blocks(whole),
            total=entry["mean"],
            stable=entry["stable_in_expectation"],
            parts=entry["parts"],
            markets=tuple(self.market(whole, mask, blocking) for mask in whole),
            error=_half_width(entry["standard_error"]),
            dearer=entry["dearer_than_best"],
            dearer_error=_half_width(entry["dearer_standard_error"]),
            shares={name: entry[name]["share"] for name in SHARES} | {"viable": entry["viable"]},
            reason="" if entry["mean"] is not None else "not viable in some draw",
        )

    def market(self, whole: Partition, mask: int, blocking: Sequence[Mapping[str, Any]]) -> MarketRow:
        """Return one market's row: who blocks it, in what share of draws."""
        label = self._label(mask)
        if self.setting.case.market.externalities:
            label += " in " + " ".join(map(self._label, whole))
        found = sorted((b for b in blocking if b["coalition"] == label), key=lambda b: -float(b["share"]))
        return MarketRow(
            members=members(mask),
            cost=None,
            stable=None,
            shortfall=None,
            bills=None,
            rule="",
            leavers=tuple(self.leaver(whole, mask, block) for block in found),
        )

    def leaver(self, whole: Partition, market: int, block: Mapping[str, Any]) -> LeaverRow:
        """Return a group that would leave in some draws, and where it would go."""
        leaving = next(m for m in self.setting.family.subcoalitions(market) if self._label(m) == block["by"])
        deviation = "inertia" if self.setting.case.market.externalities else "none"
        after = partition_after(self.setting, whole, market, leaving, deviation)
        return LeaverRow(
            members=members(leaving), share=block["share"], after=None if after is None else _blocks(after)
        )

    def _label(self, mask: int) -> str:
        return "{" + ", ".join(self.setting.names(mask)) + "}"


def _blocks(partition: Partition) -> Blocks:
    return tuple(members(mask) for mask in partition)


def _half_width(standard_error: float | None) -> float | None:
    return None if standard_error is None else Z_95 * standard_error


def _not_viable(points: Sequence[Mapping[str, Any]]) -> list[str]:
    reasons = dict.fromkeys(reason for point in points for reason in point["not_viable"])
    return [f"Not viable in some draw: {reason}" for reason in reasons][:3]


def _facts(source: _Study) -> tuple[tuple[str, str], ...]:
    study, setting = source.data["study"], source.setting
    market, horizon = setting.case.market, setting.case.horizon
    draws = sorted({point["draws"] for point in source.data["points"]})
    told = f"{draws[0]:,}" if len(draws) == 1 else f"{draws[0]:,} to {draws[-1]:,}"
    return (
        ("Study", str(study["name"])),
        ("Case", setting.case.name),
        ("Draws at each point", told),
        ("Points", count_of(len(source.data["points"]), "point")),
        ("Seed", str(study["seed"])),
        ("Prosumers", f"{len(setting.case.prosumers)}, of them {len(setting.family.regular)} regular customers"),
        ("Time", f"{horizon.steps} steps of {horizon.step_hours:g} h"),
        ("Model", "with externalities (Eq 8)" if market.externalities else "strict self-consumption (Eq 9)"),
        ("Intervals", "95 %, of the mean over the draws"),
    )
