"""The page on bills against what is written: every name of the JSON and of the CSV is on it, and the reverse."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from lempart import bills_json, read_case, shipped_case_path, solve
from lempart.bills import BILL_RULES, BillParts, bill_records

PAGE = Path(__file__).parents[2] / "docs" / "bills.md"

pytestmark = pytest.mark.skipif(not PAGE.exists(), reason="the pages are only in the repository")


def _same_names(found: Any, shown: Any, where: str) -> None:
    if isinstance(shown, dict) and isinstance(found, dict):
        assert set(found) == set(shown), where
        for name, value in shown.items():
            _same_names(found[name], value, f"{where}.{name}")
    elif isinstance(shown, list) and isinstance(found, list) and found:
        for item in found:
            _same_names(item, shown[0], f"{where}[]")
    elif isinstance(shown, float):
        assert isinstance(found, float) or found is None, where
    elif shown is not None and found is not None:
        assert type(found) is type(shown), where


def test_the_json_is_what_the_page_shows() -> None:
    """Names and types both ways, in every market and bill; and the numbers of the market shown."""
    shown = json.loads(re.findall(r"```json\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)[0])
    found = json.loads(
        json.dumps(bills_json(solve(read_case(shipped_case_path("example-2"))).bills()), allow_nan=False)
    )
    _same_names(found, shown, "bills")
    example, real = shown["markets"][0], found["markets"][1]
    assert real["members"] == example["members"]
    for name in ("cost", "largest_gain"):
        assert real[name] == pytest.approx(example[name], abs=1e-3)
    bill, expected = real["bills"][0], example["bills"][0]
    assert bill["parts"] == pytest.approx(expected["parts"], abs=0.02)
    for name in ("amount", "transfer", "alone"):
        assert bill[name] == pytest.approx(expected[name], abs=1e-3)


def test_rules_parts_and_columns_are_explained() -> None:
    """Every rule and part has its row; every column of the CSV is named."""
    text = PAGE.read_text(encoding="utf-8")
    for name in (*BILL_RULES, *BillParts.__dataclass_fields__):
        assert f"| `{name}` |" in text, name
    records = bill_records(solve(read_case(shipped_case_path("example-2"))).bills())
    parts = set(BillParts.__dataclass_fields__)
    for column in set(records[0]) - parts:
        assert f"`{column}`" in text, column
