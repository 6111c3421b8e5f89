"""Results in Python: what they say of themselves, as HTML, as data frames and as datasets."""

from __future__ import annotations

import importlib
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

from lempart import Partition, progress_line, read_case, shipped_case_path, solve
from lempart.cost import CostsWithoutExternalities
from lempart.display import MAX_TABLE_ROWS, html_table
from lempart.errors import InputError, UsageError
from lempart.partition import members
from lempart.result import Solution
from lempart.search import Exhaustive
from support.command_line import toml_case
from support.feeders import random_feeder

NASTY = ("<script>alert(1)</script>", 'a"b', "R&D")


@pytest.fixture(scope="module")
def nasty(tmp_path_factory: pytest.TempPathFactory) -> Solution:
    """Return a solved case whose players have markup for names."""
    return solve(read_case(toml_case(tmp_path_factory.mktemp("nasty"), prosumers=NASTY)), Exhaustive(all_cores=True))


@pytest.fixture(scope="module")
def example() -> Solution:
    return solve(read_case(shipped_case_path("example-2")), Exhaustive(all_cores=True))


@pytest.fixture(scope="module")
def feeder() -> Solution:
    return solve(read_case(shipped_case_path("rural-feeder-5")))


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.texts: list[str] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002
        self.tags.add(tag)
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def read(html: str) -> _Reader:
    reader = _Reader()
    reader.feed(html)
    assert not reader.open, "every tag is closed"
    return reader


def test_html_shows_names_and_never_runs_them(nasty: Solution) -> None:
    """A player called ``<script>`` is text wherever it is named; tags are only those of paragraphs and tables."""
    bills = nasty.bills("equal", Partition.of([0b111]))
    for shown in (nasty, nasty.case, bills):
        page = read(shown._repr_html_())
        assert page.tags <= {"p", "table", "caption", "thead", "tbody", "tr", "th", "td"}
        text = " ".join(page.texts)
        assert all(name in text for name in NASTY)


def test_reprs_are_one_line_that_answers(example: Solution) -> None:
    """Case, solution, cost, verdict and bills say what they are and what was found, in one line, no arrays."""
    grand = Partition.of([0b111])
    assert repr(example.case) == (
        "<Case 'example-2': 3 prosumers, 3 players, 3 lines, 3 steps of 1 h, with externalities>"
    )
    assert repr(example.cost(grand)).startswith("<PartitionCost of players {0, 1, 2}: 240.00 (line 240.00")
    verdict = example.verdict(grand)
    assert verdict is not None
    assert repr(verdict.coalitions[0]) == (
        "<CoreVerdict of players 0, 1, 2: unstable, costs 240.00 of which 235.50 can be collected; "
        "players 0, 1 gain 3.00 by leaving>"
    )
    assert repr(verdict).startswith("<PartitionVerdict: unstable; <CoreVerdict")
    assert repr(example.bills()) == "<Bills of 'example-2' by nucleolus: 3 bills in 2 markets, 241.00 CHF, in the core>"
    for value in (example.case, example, example.cost(grand), verdict, verdict.coalitions[0]):
        assert "\n" not in repr(value)


def test_html_of_costs_and_verdicts_has_their_numbers(example: Solution) -> None:
    """The tables hold what each coalition pays, who would leave, or what each pays where it is stable."""
    grand = Partition.of([0b111])
    assert "240.00" in read(example.cost(grand)._repr_html_()).texts
    verdict, best = example.verdict(grand), example.verdict(example.optimal_stable or grand)
    assert verdict is not None
    assert best is not None
    assert {"0, 1", "3.00"} <= set(read(verdict.coalitions[0]._repr_html_()).texts)
    assert {"player", "pays", "78.50"} <= set(read(best.coalitions[1]._repr_html_()).texts)


def test_long_tables_are_cut_with_a_count() -> None:
    """Twenty rows are shown, the rest counted; None is an empty cell and minus zero is zero."""
    page = read(html_table("t", ("a", "b"), [[f"r{i}", -0.001] for i in range(MAX_TABLE_ROWS + 3)]))
    assert "and 3 more" in page.texts
    assert f"r{MAX_TABLE_ROWS - 1}" in page.texts
    assert f"r{MAX_TABLE_ROWS}" not in page.texts
    assert "0.00" in page.texts
    assert "-0.00" not in page.texts
    assert "None" not in read(html_table("t", ("a",), [[None]])).texts


def test_frames_have_the_solutions_numbers(example: Solution) -> None:
    """Partitions cheapest first with parts, a row per coalition, a row per bill; the currency goes along."""
    partitions = example.to_frame()
    assert list(partitions["partition"])[:2] == ["P1,P2,P3", "P1|P2,P3"]
    assert list(partitions["total"]) == [item.total for item in example.search.evaluated]
    parts = partitions[["flexibility", "import", "tax", "line", "voltage", "imbalance"]]
    assert parts.sum(axis=1).to_numpy() == pytest.approx(partitions["total"].to_numpy())
    assert partitions.attrs["currency"] == "CHF"
    coalitions = example.to_frame("coalitions")
    assert len(coalitions) == sum(len(item.partition) for item in example.search.evaluated) == 10
    bills = example.to_frame("bills", rule="equal")
    assert bills.loc["P2", "amount"] == pytest.approx(78.5, abs=1e-3)
    assert bills.attrs["rule"] == "equal"
    with pytest.raises(UsageError, match=r"kind must be .* found 'prices'"):
        example.to_frame("prices")  # type: ignore[arg-type]


def test_series_give_back_the_costs(feeder: Solution) -> None:
    """Import, tax and flexibility of the partition from the dataset alone: price times flow at the PCC, and so on.

    The flow of the PCC at the realisation, at market prices, is the import part of the cost. Flows are sums of the
    injections below, voltages follow from them, and every variable names its unit.
    """
    dataset = feeder.to_xarray()
    assert feeder.optimal is not None
    market, cost = feeder.case.market, feeder.cost(feeder.optimal).parts
    assert cost is not None
    pcc = dataset.isel(node=0).sel(stage="realization")
    assert -(pcc.flow_mw.values @ market.price_per_mwh) == pytest.approx(cost.import_, rel=1e-5)
    assert dataset.injection_mw.sum("prosumer").values == pytest.approx(dataset.flow_mw.isel(node=0).values)
    assert dataset.price_per_mwh.isel(node=0).values == pytest.approx(market.price_per_mwh, abs=1e-3)
    forecast = dataset.injection_mw.sel(stage="forecast") - dataset.flexible_mw
    assert forecast.values == pytest.approx(feeder.case.scenario.forecast.real)
    assert dict(dataset.sizes) == {"stage": 2, "prosumer": 47, "node": 91, "step": 24}
    for name, variable in dataset.data_vars.items():
        assert variable.attrs["units"], name
        assert variable.attrs["long_name"], name
    assert dataset.price_per_mwh.attrs["units"] == "CHF/MWh"
    assert 0.9 < float(dataset.voltage_pu.min()) < float(dataset.voltage_pu.max()) < 1.1
    assert set(dataset.market.values) == {"", "H24,H63,H83,H1,H65"}


def test_series_of_markets_on_their_own_graphs() -> None:
    """Without externalities each market balances at the forecast, and prices are those of its own dispatch."""
    solution = solve(random_feeder(1, prosumers=4, externalities=False, perfect=True))
    assert isinstance(solution.costs, CostsWithoutExternalities)
    assert solution.optimal is not None
    dataset = solution.to_xarray(solution.optimal)
    grouped = dataset.injection_mw.sel(stage="forecast").groupby("market").sum()
    assert np.abs(grouped.values).max() < 1e-5
    family = solution.costs.prepared.family
    inside = sorted({edge for mask in solution.optimal for edge in family.subgraph(mask).edges})
    assert np.isfinite(dataset.price_per_mwh.values[inside]).all()
    assert np.isnan(dataset.price_per_mwh.values[0]).all()
    for mask in solution.optimal:
        names = dataset.prosumer.values[list(members(mask))]
        assert set(dataset.market.sel(prosumer=names).values) == {",".join(solution.costs.prepared.names(mask))}


@pytest.mark.parametrize("library", ["pandas", "xarray"])
def test_missing_libraries_are_named_with_the_remedy(
    example: Solution, library: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without pandas or xarray: which one, and the command that installs it."""
    real = importlib.import_module

    def without(name: str, package: str | None = None) -> object:
        if name == library:
            raise ImportError(name)
        return real(name, package)

    monkeypatch.setattr(importlib, "import_module", without)
    with pytest.raises(InputError, match=rf'{library}.*isn\'t installed.*pip install "lempart\[notebook\]"'):
        example.to_frame() if library == "pandas" else example.to_xarray()


def test_progress_is_one_line_rewritten(capsys: pytest.CaptureFixture[str]) -> None:
    """Every report overwrites the one before, whatever its length, and the last of a phase ends the line."""
    report = progress_line(every_seconds=0.0)
    report("costing partitions", 1, 10)
    report("short", 2, 10)
    report("short", 10, 10)
    out, err = capsys.readouterr()
    assert out == ""
    first, second, third = err.split("\r")[1:]
    assert first == "costing partitions: 1 of 10"
    assert second.rstrip() == "short: 2 of 10"
    assert len(second) == len(first)
    assert third.rstrip(" ") == "short: 10 of 10\n"
    slow = progress_line(every_seconds=60.0)
    slow("phase", 1, 3)
    slow("phase", 2, 3)
    assert "2 of 3" not in capsys.readouterr().err


def test_progress_of_a_solve(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """It fits ``solve`` and ``bills``: every phase is told to its end."""
    solution = solve(read_case(toml_case(tmp_path)), progress=progress_line(0.0))
    assert "costing partitions: 5 of 5" in capsys.readouterr().err
    solution.bills("nucleolus", Partition.of([0b111]), progress=progress_line(0.0))
    assert "groups priced: 6 of 6" in capsys.readouterr().err


def test_what_has_no_answer_has_no_series(example: Solution) -> None:
    """A partition that isn't admissible is refused by name."""
    with pytest.raises(UsageError, match="not an admissible partition"):
        example.to_xarray(Partition.of([0b01]))
