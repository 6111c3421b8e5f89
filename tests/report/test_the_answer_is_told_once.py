"""Terminal, report and notebook say the answer in the same sentences, whatever it is."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from lempart import Solution, read_case, shipped_case_path, solve, write_case
from lempart.case import Case
from lempart.formats.result import ResultFile
from lempart.formats.typed import of_json
from lempart.report import page_html, read_page
from lempart.result import solution_json
from lempart.result.answer import answer_of
from lempart.search import after_seconds, search_method
from lempart.telling.answer import Answer, answer_sentences, caveat_sentences, losses_told, proof_sentence
from study.small_study import write_study
from support.command_line import Lempart
from support.feeders import random_feeder

BURNING = Path(__file__).parents[1] / "data" / "burning" / "negative-prices.toml"


def _tree() -> Case:
    return random_feeder(3, prosumers=6, children=5, externalities=False, single_boundary=True)


def _shipped(name: str) -> Callable[[], Case]:
    return lambda: read_case(shipped_case_path(name))


def _lossy(**market: str) -> Callable[[], Case]:
    def made() -> Case:
        given = read_case(shipped_case_path("example-2"))
        lines = tuple(replace(line, r_ohm=0.002) for line in given.grid.lines)
        grid, fields = (
            replace(given.grid, lines=lines),
            {"losses": "priced", "price_per_mwh": np.full(given.horizon.steps, 50.0), **market},
        )
        return replace(given, grid=grid, market=replace(given.market, **fields))  # type: ignore[arg-type]

    return made


def _burning() -> Case:
    return read_case(BURNING)


CASES: dict[str, tuple[Callable[[], Case], tuple[str, ...]]] = {
    "ties, and a cheaper one that isn't stable": (_shipped("example-2"), ()),
    "the cheapest is stable": (_shipped("example-1"), ()),
    "stopped": (_shipped("example-2"), ("--stop-after", "0")),
    "coalitions were costed": (_tree, ("--search", "tree")),
    "batteries burn": (_burning, ()),
    "lines lose": (_lossy(), ()),
    "lines lose at marginal prices": (_lossy(loss_pricing="marginal"), ()),
    "lines lose, but the time was up": (_lossy(), ("--stop-after", "0")),
}


def _said(page: str) -> str:
    """Return a page's words: no tags, no scripts, one space between two words."""
    return " ".join(
        html.unescape(re.sub(r"<[^>]*>", " ", re.sub(r"<script.*?</script>", "", page, flags=re.S))).split()
    )


def _sentences(answer: Answer) -> list[str]:
    return [*answer_sentences(answer), proof_sentence(answer), *losses_told(answer), *caveat_sentences(answer)]


def _solved(case: Case, options: tuple[str, ...]) -> Solution:
    search = dict(zip(options[::2], options[1::2], strict=True))
    stop = after_seconds(0.0) if "--stop-after" in search else None
    return solve(case, search_method(search.get("--search", "auto")), **({} if stop is None else {"stop": stop}))


@pytest.mark.parametrize("name", CASES)
def test_everywhere_the_same_sentences(name: str, lempart: Lempart, tmp_path: Path) -> None:
    """The answer, its proof and what to mind stand word for word in all three; the report adds its reasons."""
    made, options = CASES[name]
    case = made()
    write_case(case, tmp_path / "case")
    terminal = " ".join(lempart("solve", tmp_path / "case", "--out", tmp_path / "out", *options).out.split())
    report = _said(page_html(read_page(tmp_path / "out", pictures=False)))
    solution = _solved(case, options)
    told = _sentences(answer_of(solution.costs, solution.search))
    for sentence in told:
        assert sentence in terminal
        assert sentence in report
    notebook = _said(solution._repr_html_())
    for sentence in _sentences(answer_of(solution.costs, solution.search, compared=False)):
        assert sentence in notebook


@pytest.mark.parametrize("made", [_shipped("example-2"), _lossy()])
def test_a_file_says_what_its_solution_says(made: Callable[[], Case]) -> None:
    """The record that is made of ``result.json`` is the one that is made of the solution."""
    solution = solve(made())
    assert Answer.of_file(of_json(ResultFile, solution_json(solution))) == answer_of(solution.costs, solution.search)


def test_claims_that_only_a_proof_allows() -> None:
    """Without a proof nothing is called optimal, the cheapest of all, or non-existent."""
    solution = solve(read_case(shipped_case_path("example-2")))
    known = answer_of(solution.costs, solution.search)
    unknown = replace(known, proven=False, stopped="interrupted", lower_bound=230.0, gap=0.04, gap_of_savings=0.8)
    said = " ".join(_sentences(unknown))
    assert "Best stable partition so far: {P1} {P2, P3} at 241.00 CHF." in said
    assert "1.00 CHF more than the cheapest so far, {P1, P2, P3}" in said
    least = "No partition costs less than 230.00 CHF: a gap of 4 %"
    assert f"{least}, or 80 % of what can be saved at most against everyone alone." in said
    assert f"{least}." in " ".join(_sentences(replace(unknown, gap_of_savings=None)))
    assert "Optimal" not in said
    nothing = " ".join(_sentences(replace(unknown, optimal_stable=())))
    assert nothing.startswith("No stable partition is known yet. The cheapest so far, {P1, P2, P3} at 240.00 CHF,")
    assert "No stable partition exists." in _sentences(replace(known, optimal_stable=()))


@pytest.mark.parametrize("more", ["", 'search = "exhaustive"'])
def test_studies_too(more: str, lempart: Lempart, tmp_path: Path) -> None:
    """At every point and voltage penalty the terminal says what the report does, of costed and of searched draws."""
    path = write_study(tmp_path, draws=3, block=3, externalities=True, example="example-2", more=more)
    terminal = " ".join(lempart("study", path, "--out", tmp_path / "out", "--workers", "1").out.split())
    page = read_page(tmp_path / "out", pictures=False)
    assert len(page.scenes) > 1
    for scene in page.scenes:
        assert " ".join(scene.answer) in terminal
