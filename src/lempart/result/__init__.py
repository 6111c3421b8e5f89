"""The answer for a case: search, costs and stability joined in one record, and the files that it is kept in."""

from lempart._renamed import renamed
from lempart.result.burning import burning_json
from lempart.result.evaluated_bills import evaluated_bills, evaluated_bills_json
from lempart.result.folder import ResultFolder, result_folder
from lempart.result.progress import progress_line
from lempart.result.solution import Solution
from lempart.result.stored import StoredResult, read_result, result_file
from lempart.result.to_json import gap_json, partition_json, solution_json

__all__ = [
    "ResultFolder",
    "Solution",
    "StoredResult",
    "burning_json",
    "evaluated_bills",
    "evaluated_bills_json",
    "gap_json",
    "partition_json",
    "progress_line",
    "read_result",
    "result_file",
    "result_folder",
    "solution_json",
]

_IN_BILLS = (
    "BILL_RULES",
    "BestDeviation",
    "Bill",
    "BillOptions",
    "BillParts",
    "BillRule",
    "Bills",
    "MarketBills",
    "bill_records",
    "bills_json",
    "make_bills",
)

__getattr__ = renamed(
    __name__,
    {
        **{name: f"lempart.bills.{name}" for name in _IN_BILLS},
        "DeviationName": "lempart.deviations.DeviationName",
        "deviation_model": "lempart.deviations.deviation_model",
        "solve": "lempart.solve",
    },
)
