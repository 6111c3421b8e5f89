"""Every JSON file that lempart writes for others to read: its name, who writes it, and its record."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lempart.formats.ac import AcFile
from lempart.formats.bills import BillsFile, PartitionBillsFile
from lempart.formats.phase import PhaseFile
from lempart.formats.result import ResultFile
from lempart.formats.schema import schema_of
from lempart.formats.statistics import SearchStatisticsFile, StatisticsFile
from lempart.formats.study import MarkerFile, StudyFile


@dataclass(frozen=True, slots=True)
class FileKind:
    """One kind of file.

    Attributes
    ----------
    name
        What it is called.
    written_by
        Which command writes it.
    record
        What describes it.
    """

    name: str
    written_by: str
    record: type

    @property
    def schema(self) -> dict[str, Any]:
        """Return its JSON Schema."""
        return schema_of(self.record, self.name)


FILES: Mapping[str, FileKind] = {
    "result": FileKind("result.json", "lempart solve --out FOLDER, lempart solve --json FILE", ResultFile),
    "bills": FileKind("bills.json", "lempart solve --out FOLDER", BillsFile),
    "bill": FileKind("bills of one partition", "lempart bill --json FILE", PartitionBillsFile),
    "statistics": FileKind("statistics.json", "lempart study", StatisticsFile),
    "search-statistics": FileKind(
        "statistics.json of a search study", "lempart study, with search = …", SearchStatisticsFile
    ),
    "phase": FileKind("phase diagram", "lempart phase --json FILE", PhaseFile),
    "ac": FileKind("ac.json", "lempart check-ac", AcFile),
    "study": FileKind("study.json", "lempart study", StudyFile),
    "marker": FileKind("finished/POINT-BLOCK", "lempart study", MarkerFile),
}
"""By the name of its schema."""
