"""Prices of imports and exports in the place of price and tax: the same case, and mistakes that are told."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lempart import read_case, solve, write_case
from lempart.case import Case, Market, Scenario, case_hash
from lempart.cost import costs_of
from lempart.errors import InputError, UsageError
from lempart.io import check_case
from lempart.study.spec.axes import case_at
from support.cases import case, line, prosumer

FILE = """
format = 1
name = "neighbours"

[time]
steps = 2
step_hours = 1.0

[market]
externalities = true
PRICES
imbalance_penalty_per_mwh = 300.0
line_penalty_per_mvah = 300.0

[grid]
pcc = "grid"
base_kv = 0.4
lines = [{ from = "grid", to = "street", r_ohm = 0.01, x_ohm = 0.0 }]

[[prosumers]]
name = "A"
node = "street"
forecast_mw = [0.010, 0.0]

[[prosumers]]
name = "B"
node = "street"
forecast_mw = [-0.012, 0.0]
"""
RETAIL = "import_price_per_mwh = 220.0\nexport_price_per_mwh = 60.0"
CLASSIC = "price_per_mwh = 140.0\ntax_per_mwh = 80.0"


def _file(folder: Path, prices: str) -> Path:
    (folder / "case.toml").write_text(FILE.replace("PRICES", prices), encoding="utf-8")
    return folder


def _told(folder: Path, prices: str) -> list[str]:
    return [str(problem) for problem in check_case(_file(folder, prices)) if problem.severity == "error"]


def _two_homes(**market: Any) -> Case:
    lines = [line("root", "hub"), line("hub", "a"), line("hub", "b")]
    given = case(lines, [prosumer("A", "a"), prosumer("B", "b")], {"A": [0.010], "B": [-0.012]})
    rest: dict[str, Any] = {"imbalance_penalty_per_mwh": 0.0, "line_penalty_per_mvah": 0.0}
    return replace(given, market=Market(externalities=True, **market, **rest))


def test_two_neighbours_by_hand() -> None:
    """A gives 10 kW and B takes 12 kW: apart they pay 12 * 0.22 - 10 * 0.06 = 2.04, together 2 * 0.22 = 0.44."""
    costs = costs_of(_two_homes(import_price_per_mwh=220.0, export_price_per_mwh=60.0))
    assert costs.total("A|B") == pytest.approx(2.04, abs=1e-9)
    assert costs.total("A,B") == pytest.approx(0.44, abs=1e-9)


def test_it_is_the_case_with_price_and_tax(tmp_path: Path) -> None:
    """Proves one case, bit for bit: hash and costs; what was given is written again, and survives other changes."""
    retail, classic = (read_case(_file(tmp_path, prices)) for prices in (RETAIL, CLASSIC))
    assert case_hash(retail) == case_hash(classic)
    for partition in ("A|B", "A,B"):
        assert costs_of(retail).total(partition) == costs_of(classic).total(partition)
    write_case(retail, tmp_path / "again")
    again = read_case(tmp_path / "again")
    assert again == retail
    text = (tmp_path / "again" / "case.toml").read_text(encoding="utf-8")
    assert "import_price_per_mwh = 220.0" in text
    assert "tax_per_mwh" not in text
    longer = retail.with_scenario(Scenario(np.zeros((2, 4))), step_hours=0.5).market
    assert longer.import_price_per_mwh.tolist() == [220.0] * 4
    assert longer.price_per_mwh.tolist() == [140.0] * 4
    assert replace(retail.market, losses="priced").import_price_per_mwh.tolist() == [220.0, 220.0]


def test_prices_that_have_no_exact_half() -> None:
    """Proves that a written case keeps its prices to the last bit, although sums of halves are rounded."""
    rng = np.random.default_rng(1)
    exported = rng.uniform(0.0, 90.0, 200)
    imported = exported + rng.uniform(0.0, 90.0, 200)
    rest: dict[str, Any] = {"imbalance_penalty_per_mwh": 0.0, "line_penalty_per_mvah": 0.0}
    market = Market(externalities=True, import_price_per_mwh=imported, export_price_per_mwh=exported, **rest)
    same = Market(
        externalities=True, import_price_per_mwh=market.import_price_per_mwh,
        export_price_per_mwh=market.export_price_per_mwh, **rest,
    )  # fmt: skip
    assert same == market
    assert np.array_equal(market.price_per_mwh, (imported + exported) / 2)


def test_series(tmp_path: Path) -> None:
    """Proves that one of both may vary and the other not, and that lengths are told."""
    given = read_case(_file(tmp_path, "import_price_per_mwh = [220.0, 60.0]\nexport_price_per_mwh = 60.0"))
    assert given.market.price_per_mwh.tolist() == [140.0, 60.0]
    assert given.market.tax_per_mwh.tolist() == [80.0, 0.0]
    (told,) = _told(tmp_path, "import_price_per_mwh = [220.0, 60.0, 1.0]\nexport_price_per_mwh = 60.0")
    assert "market.import_price_per_mwh" in told
    assert "3 values for 2 steps" in told


def test_mistakes_are_told(tmp_path: Path) -> None:
    """Proves one error for each mistake, with the key, the steps and what to do."""
    (both,) = _told(tmp_path, f"{RETAIL}\ntax_per_mwh = 80.0")
    assert "market.tax_per_mwh" in both
    assert "Give one pair" in both
    (half,) = _told(tmp_path, "import_price_per_mwh = 220.0")
    assert "export_price_per_mwh" in half
    assert "missing" in half
    (sold,) = _told(tmp_path, "import_price_per_mwh = [220.0, 50.0]\nexport_price_per_mwh = 60.0")
    assert "market.import_price_per_mwh" in sold
    assert "at step 2 (50 < 60 at step 2)" in sold
    (always,) = _told(tmp_path, "import_price_per_mwh = 50.0\nexport_price_per_mwh = 60.0")
    assert "at every step" in always
    (typed,) = _told(tmp_path, "import_price_per_mwh = 220.0\nexport_price_per_mw = 60.0")
    assert "Did you mean export_price_per_mwh?" in typed
    (word,) = _told(tmp_path, f'{RETAIL}\ntax_on = "activ"')
    assert "market.tax_on" in word
    (text,) = _told(tmp_path, 'import_price_per_mwh = "much"\nexport_price_per_mwh = 60.0')
    assert "market.import_price_per_mwh" in text


def test_mistakes_in_python_are_told() -> None:
    """Proves the same of records: half a pair, both pairs, and imports that cost less than exports earn."""
    with pytest.raises(UsageError, match="export_price_per_mwh beside import_price_per_mwh"):
        _two_homes(import_price_per_mwh=220.0)
    with pytest.raises(UsageError, match="Give one pair"):
        _two_homes(import_price_per_mwh=220.0, export_price_per_mwh=60.0, tax_per_mwh=1.0)
    with pytest.raises(InputError, match="less than the export price at every step"):
        _two_homes(import_price_per_mwh=50.0, export_price_per_mwh=60.0)


def test_studies_vary_either_pair(tmp_path: Path) -> None:
    """Proves axes: an export price keeps the import price, and a tax keeps lambda_0, whichever pair was given."""
    for prices in (RETAIL, CLASSIC):
        given = read_case(_file(tmp_path, prices))
        earned = case_at(given, {"export_price_per_mwh": 100.0}).market
        assert earned.import_price_per_mwh.tolist() == [220.0, 220.0]
        assert earned.price_per_mwh.tolist() == [160.0, 160.0]
        assert earned.tax_per_mwh.tolist() == [60.0, 60.0]
        taxed = case_at(given, {"tax_per_mwh": 10.0}).market
        assert taxed.price_per_mwh.tolist() == [140.0, 140.0]
        assert taxed.tax_per_mwh.tolist() == [10.0, 10.0]
        assert not taxed.import_price_per_mwh.size


def test_what_is_best_is_solved() -> None:
    """Proves the whole way: together is optimal and stable."""
    solution = solve(_two_homes(import_price_per_mwh=220.0, export_price_per_mwh=60.0))
    assert solution.names() == [["A", "B"]]
    assert solution.cost().total == pytest.approx(0.44, abs=1e-9)
