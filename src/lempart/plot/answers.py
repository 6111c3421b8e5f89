"""Results as the plain data that charts are made of, whether they come from a solution or from its JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from lempart.errors import UsageError
from lempart.formats.result import PartitionKey, partition_key
from lempart.result import Solution, solution_json

Result: TypeAlias = Solution | Mapping[str, Any]
"""A solution, or the JSON that ``lempart solve --json`` writes."""


def result_of(source: Result) -> Mapping[str, Any]:
    """Return a result as plain data.

    Raises
    ------
    UsageError
        When it is neither a solution nor the JSON of one.
    """
    if isinstance(source, Solution):
        return solution_json(source)
    if not isinstance(source, Mapping) or "partitions" not in source or "players" not in source:
        raise UsageError("source: this is no result: expected a Solution, or the JSON that lempart solve writes")
    return source


def marks_of(result: Mapping[str, Any]) -> dict[PartitionKey, str]:
    """Return which partitions are ``optimal``, ``optimal stable`` or both, ties included."""
    marks: dict[PartitionKey, str] = {}
    for entry, word in ((result.get("optimal"), "optimal"), (result.get("optimal_stable"), "optimal stable")):
        if entry is not None:
            for blocks in (entry["partition"], *entry.get("ties", ())):
                held = marks.get(partition_key(blocks))
                marks[partition_key(blocks)] = "optimal and stable" if held == "optimal" else word
    return marks


def chosen_rows(result: Mapping[str, Any], shown: int) -> Sequence[Mapping[str, Any]]:
    """Return the viable partitions to show, cheapest first: the cheapest, and whatever the answer is about.

    Those are the optimal ones, everyone in one market, and everyone alone, as far as they were evaluated.
    """
    viable = [entry for entry in result["partitions"] if entry["total"] is not None]
    players = len(result["players"])
    marks = marks_of(result)

    def matters(entry: Mapping[str, Any]) -> bool:
        return partition_key(entry["partition"]) in marks or len(entry["partition"]) in (1, players)

    extra = [entry for entry in viable[shown:] if matters(entry)]
    room = max(shown - len(extra), 1)
    picked = viable[:room] + [entry for entry in viable[room:] if matters(entry)]
    return picked[: max(shown, 1)] if len(picked) > shown else picked
