"""Results as the records that charts are made of, whether they come from a solution or from its JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias, TypeVar, cast

from lempart.errors import UsageError
from lempart.formats.result import PartitionFile, PartitionKey, ResultFile, partition_key
from lempart.formats.typed import check_of, of_json
from lempart.result import Solution, solution_json

R = TypeVar("R")

Result: TypeAlias = Solution | ResultFile | Mapping[str, Any]
"""A solution, or what ``lempart solve --json`` writes: its JSON, or the record of it."""


def record_of(record: type[R], source: R | Mapping[str, Any], otherwise: str) -> R:
    """Return a record, or JSON as one.

    Parameters
    ----------
    record
        Which one.
    source
        The record itself, or its JSON.
    otherwise
        What is said of anything else.

    Raises
    ------
    UsageError
        When it is anything else, with the first fault.
    """
    if isinstance(source, record):
        return source
    made, told = cast(Any, record), cast(Any, source)
    for fault in check_of(made)(told, ""):
        raise UsageError(f"source: {otherwise}: {f'{fault.where} {fault.message}'.strip()}")
    found: R = of_json(made, told)
    return found


def result_of(source: Result) -> ResultFile:
    """Return a result as a record.

    Raises
    ------
    UsageError
        When it is neither a solution nor the JSON of one.
    """
    told = solution_json(source) if isinstance(source, Solution) else source
    return record_of(ResultFile, told, "this is no result; expected a Solution, or the JSON that lempart solve writes")


def marks_of(result: ResultFile) -> dict[PartitionKey, str]:
    """Return which partitions are ``optimal``, ``optimal stable`` or both, ties included."""
    marks: dict[PartitionKey, str] = {}
    for best, word in ((result.optimal, "optimal"), (result.optimal_stable, "optimal stable")):
        for blocks in () if best is None else (best.partition, *best.ties):
            held = marks.get(partition_key(blocks))
            marks[partition_key(blocks)] = "optimal and stable" if held == "optimal" else word
    return marks


def viable_rows(result: ResultFile) -> list[tuple[float, PartitionFile]]:
    """Return the viable partitions with what they cost, cheapest first."""
    return [(entry.total, entry) for entry in result.partitions if entry.total is not None]


def chosen_rows(result: ResultFile, shown: int) -> Sequence[tuple[float, PartitionFile]]:
    """Return the viable partitions to show, cheapest first: the cheapest, and whatever the answer is about.

    Those are the optimal ones, everyone in one market, and everyone alone, as far as they were evaluated.
    """
    viable, marks = viable_rows(result), marks_of(result)

    def matters(entry: PartitionFile) -> bool:
        return partition_key(entry.partition) in marks or len(entry.partition) in (1, len(result.players))

    extra = [row for row in viable[shown:] if matters(row[1])]
    room = max(shown - len(extra), 1)
    picked = viable[:room] + [row for row in viable[room:] if matters(row[1])]
    return picked[: max(shown, 1)] if len(picked) > shown else picked
