"""The answer for a case: search, costs and stability joined in one result."""

from lempart.result.bills import BestDeviation, Bill, BillParts, Bills, MarketBills
from lempart.result.bills_json import bill_records, bills_json
from lempart.result.bills_make import make_bills
from lempart.result.bills_market import BillOptions
from lempart.result.bills_rules import BILL_RULES, BillRule
from lempart.result.burning import burning_in_draws, burning_json, burning_told
from lempart.result.deviations import DeviationName, deviation_model
from lempart.result.evaluated_bills import evaluated_bills, evaluated_bills_json
from lempart.result.folder import ResultFolder, result_folder
from lempart.result.notebook import progress_line
from lempart.result.solution import Solution, solve
from lempart.result.stored import StoredResult, read_result, result_file
from lempart.result.to_json import gap_json, partition_json, solution_json

__all__ = [
    "BILL_RULES",
    "BestDeviation",
    "Bill",
    "BillOptions",
    "BillParts",
    "BillRule",
    "Bills",
    "DeviationName",
    "MarketBills",
    "ResultFolder",
    "Solution",
    "StoredResult",
    "bill_records",
    "bills_json",
    "burning_in_draws",
    "burning_json",
    "burning_told",
    "deviation_model",
    "evaluated_bills",
    "evaluated_bills_json",
    "gap_json",
    "make_bills",
    "partition_json",
    "progress_line",
    "read_result",
    "result_file",
    "result_folder",
    "solution_json",
    "solve",
]
