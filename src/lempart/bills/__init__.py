"""Bills: what every player of every market pays, by a rule, and why."""

from lempart.bills.make import make_bills
from lempart.bills.market import BillOptions
from lempart.bills.records import BestDeviation, Bill, BillParts, Bills, MarketBills
from lempart.bills.rules import BILL_RULES, BillRule
from lempart.bills.to_json import bill_records, bills_json

__all__ = [
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
]
