"""A table of the paper beside the same table computed here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its label, the paper's values (None where it prints none) and ours, column by column.

    ``paper_marks`` and ``marks`` are what stands behind each of them, such as ``*``; empty: no column has any.
    """

    label: str
    paper: tuple[float | None, ...]
    ours: tuple[float, ...]
    paper_marks: tuple[str, ...] = ()
    marks: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Return the row as plain data; marks only where there are any."""
        row: dict[str, Any] = {"label": self.label, "paper": list(self.paper), "ours": list(self.ours)}
        if self.marks:
            row |= {"paper_marks": list(self.paper_marks), "marks": list(self.marks)}
        return row


@dataclass(frozen=True, slots=True)
class Comparison:
    """One table of the paper.

    Attributes
    ----------
    title, note
        What the table is, and what a reader has to know of it.
    columns
        Names of the value columns, with their unit.
    scientific
        Whether the values span many orders of magnitude (residuals rather than money).
    exact
        Whether our values should equal the paper's; not where its data isn't public.
    """

    title: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    note: str = ""
    scientific: bool = False
    exact: bool = True

    @property
    def largest_deviation(self) -> float:
        """Return the largest absolute difference between the paper's values and ours."""
        return max(
            (abs(p - o) for row in self.rows for p, o in zip(row.paper, row.ours, strict=True) if p is not None),
            default=0.0,
        )

    def as_dict(self) -> dict[str, Any]:
        """Return the table as plain data."""
        return {
            "title": self.title,
            "note": self.note,
            "columns": list(self.columns),
            "largest_deviation": self.largest_deviation,
            "rows": [row.as_dict() for row in self.rows],
        }
