"""Tables on screens of any width: nothing is cut off."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest
from rich.cells import cell_len
from rich.console import Console

from lempart.cli.tables import print_table
from lempart.display import amount, count_of
from support.command_line import Lempart, toml_case

HEADERS = ("", "partition", "total", "flexibility", "tax")
ROWS = [
    ["1", "{Anna, Bert, Charles} {Dora}", "1,234.56", "0.00", "7.00"],
    ["2", "{Anna} {Bert, Charles, Dora} {Émile 🏠}", "not viable", "0.00", ""],
]


def printed(width: int, **options: int) -> str:
    file = io.StringIO()
    to = Console(file=file, width=width, highlight=False, markup=False)
    print_table(to, "Title", HEADERS, ROWS, left=2, **options)
    return file.getvalue()


@pytest.mark.parametrize("width", [20, 30, 40, 60, 80, 120])
def test_every_amount_and_name_is_there(width: int) -> None:
    """Whatever the width, every amount stands whole on one line, and every name can be read."""
    text = printed(width)
    for cell in ("1,234.56", "not viable", "7.00"):
        assert any(cell in line for line in text.splitlines()), text
    squeezed = re.sub(r"\s+", "", text)
    for name in ("Anna", "Bert", "Charles", "Dora", "Émile🏠"):
        assert name in squeezed
    assert "flexibility" not in text  # a column of zeros is left out
    assert all(cell_len(line) <= max(width, len("    total not viable,")) for line in text.splitlines())


def test_the_layout_changes_where_columns_no_longer_fit() -> None:
    """Wide: one header and one line per row. Narrow: each amount with its name."""
    assert "total 1,234.56, tax 7.00" in printed(40)
    wide = printed(80).splitlines()
    assert wide[1].split() == ["partition", "total", "tax"]
    assert len(wide) == 4


def test_zeros_are_kept_on_request() -> None:
    """``zeros`` keeps columns of zeros, as a comparison with a printed table wants."""
    assert "flexibility" in printed(120, zeros=True)


def test_columns_is_obeyed(lempart: Lempart, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """``COLUMNS=60`` holds also where the output isn't a terminal."""
    path = toml_case(tmp_path, prosumers=tuple(f"prosumer at the end of lane {i}" for i in range(3)))
    monkeypatch.setenv("COLUMNS", "60")
    lines = lempart("solve", path).out.splitlines()
    assert all(cell_len(line) <= 60 for line in lines[3:] if "allocation in the core" not in line)
    assert any(line.startswith("    total ") for line in lines)


def test_words() -> None:
    """Amounts have two decimals and never a negative zero; numbers agree with their nouns."""
    assert [amount(v) for v in (-0.001, 1234.5, -3.14159)] == ["0.00", "1,234.50", "-3.14"]
    assert [count_of(n, "line") for n in (0, 1, 2, 1500)] == ["no lines", "1 line", "2 lines", "1,500 lines"]
