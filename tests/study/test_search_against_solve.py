"""Studies that search every draw: their oracle is ``lempart.solve`` on the draw's own case."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lempart.errors import InputError
from lempart.partition import Partition
from lempart.result import Solution
from lempart.solving import solve
from lempart.study import SearchPlan, open_results, plan_of, read_study, read_totals, run_study, search_statistics
from lempart.study.draw.draws import draws_at
from lempart.study.statistics.moments import wilson
from study.small_study import contents, run, write_study

SEARCH = 'search = "exhaustive"'


def limited_study(folder: Path, *, draws: int, externalities: bool) -> Path:
    """Write a study of Example 2 on lines with a voltage drop, which forecast errors carry beyond the band."""
    path = write_study(folder, draws=draws, block=2, externalities=externalities, more=SEARCH, example="example-2")
    text = (folder / "case.toml").read_text(encoding="utf-8").replace("r_ohm = 0.0", "r_ohm = 0.004")
    text = text.replace("base_kv = 0.4", "base_kv = 0.4\nvoltage_band_pu = [0.97, 1.03]")
    (folder / "case.toml").write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("externalities", [False, True])
def test_every_draw_is_its_case_solved(tmp_path: Path, externalities: bool) -> None:
    """Partition, total, parts and proof of every draw are those of ``solve`` on its case, for both penalties."""
    spec, case = read_study(limited_study(tmp_path, draws=3, externalities=externalities))
    run_study(spec, case, tmp_path / "out")
    data, plan = open_results(tmp_path / "out"), plan_of(spec, case)
    assert isinstance(plan, SearchPlan)
    seen, penalised = set(), 0
    for i, point in enumerate(spec.points):
        draws = draws_at(spec, case, point)
        for r, reading in enumerate(spec.readings):
            for index in range(3):
                drawn = draws.case(index)
                here = replace(drawn, market=replace(drawn.market, voltage_penalty=reading))
                found = solve(here)
                kept = data.isel(forecast_noise=i, penalty=r, draw=index)
                for outcome, best in (("optimal", found.optimal), ("optimal stable", found.optimal_stable)):
                    one = kept.sel(outcome=outcome)
                    assert best is not None
                    assert plan.partition(tuple(one["market"].values.tolist())) == best
                    assert float(one["total"]) == pytest.approx(found.cost(best).total, rel=1e-12)
                    assert float(one["parts"].sum()) == pytest.approx(float(one["total"]))
                    seen.add(best)
                penalised += float(kept["parts"].sel(part="voltage").max()) > 0.0
                assert bool(kept["proven"])
                assert float(kept["lower_bound"]) == pytest.approx(float(kept["total"].sel(outcome="optimal")))
    assert len(seen) > 1  # not the same answer whatever is drawn
    assert penalised


def test_frequencies_are_those_of_the_draws(tmp_path: Path) -> None:
    """Shares count the stored answers; the price of stability is a paired difference; several workers agree."""
    path = limited_study(tmp_path, draws=5, externalities=True)
    spec, case = read_study(path)
    run_study(spec, case, tmp_path / "one")
    done = run("study", str(path), "--out", str(tmp_path / "two"), "--workers", "2")
    assert done.returncode == 0, done.stderr
    assert "share of draws" in done.stdout
    told = json.loads((tmp_path / "two" / "statistics.json").read_text(encoding="utf-8"))
    (tmp_path / "two" / "statistics.json").unlink()
    assert contents(tmp_path / "one") == contents(tmp_path / "two")
    data = open_results(tmp_path / "one")
    for i, at in enumerate(search_statistics(spec, case, tmp_path / "one")):
        for o, outcome in enumerate(("optimal", "optimal stable")):
            kept = data.isel(forecast_noise=i, penalty=1).sel(outcome=outcome)
            counts = Counter(map(tuple, kept["market"].values.tolist()))
            shares = {tuple(_markets(w.partition)): w.share for w in at.winners[1][o]}
            assert shares == {markets: count / 5 for markets, count in counts.items()}
            assert at.winners[1][o][0].interval == wilson(at.winners[1][o][0].share, 5)
            assert at.totals.mean[1, o] == pytest.approx(float(kept["total"].mean()))
        totals = data["total"].isel(forecast_noise=i, penalty=1).values
        apart = totals[:, 1] - totals[:, 0]
        assert at.stability.mean[1] == pytest.approx(apart.mean(), abs=1e-9)
        assert at.stability.standard_error[1] == pytest.approx(apart.std(ddof=1) / np.sqrt(5), abs=1e-9)
        stated = told["points"][i]["penalties"][1]["optimal_stable"]
        assert stated["mean"] == pytest.approx(at.totals.mean[1, 1])
        assert sum(winner["share"] for winner in stated["winners"]) == pytest.approx(1.0)


def test_the_two_answers_are_kept_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the cheapest and the cheapest stable partition differ, each has its place, and the difference its sign."""

    def answers(*arguments: Any, **options: Any) -> Solution:
        found = solve(*arguments, **options)
        ranked = found.search.evaluated
        return replace(found, search=replace(found.search, optimal=ranked[:1], optimal_stable=ranked[-1:]))

    monkeypatch.setattr("lempart.study.evaluate.searcher.solve", answers)
    spec, case = read_study(write_study(tmp_path, draws=2, block=2, externalities=True, more=SEARCH))
    run_study(spec, case, tmp_path / "out")
    kept = open_results(tmp_path / "out").isel(forecast_noise=1, penalty=0)
    ranked = solve(draws_at(spec, case, spec.points[1]).case(1)).search.evaluated
    totals = kept["total"].isel(draw=1).sel(outcome=["optimal", "optimal stable"]).values
    assert totals == pytest.approx([ranked[0].total, ranked[-1].total])
    assert kept["market"].isel(draw=1).sel(outcome="optimal").values.tolist() == _markets(ranked[0].partition)
    assert totals[1] > totals[0] + 1.0
    at = search_statistics(spec, case, tmp_path / "out")[1]
    apart = kept["total"].sel(outcome="optimal stable") - kept["total"].sel(outcome="optimal")
    assert at.stability.mean[0] == pytest.approx(float(apart.mean()))


def _markets(partition: Partition | None) -> list[int]:
    assert partition is not None
    blocks = sorted(partition, key=lambda mask: mask & -mask)
    return [next(k for k, mask in enumerate(blocks) if mask >> player & 1) for player in range(3)]


def test_a_draw_without_an_answer_is_counted_as_such(tmp_path: Path) -> None:
    """Draws whose forecast nobody can balance have no partition, an infinite total, and their reason is told."""
    path = write_study(tmp_path, draws=4, block=2, more=SEARCH)
    text = (tmp_path / "case.toml").read_text(encoding="utf-8")
    (tmp_path / "case.toml").write_text(text.replace("energy_mwh = 100.0", "energy_mwh = 0.5"), encoding="utf-8")
    spec, case = read_study(path)
    run_study(spec, case, tmp_path / "out")
    at = search_statistics(spec, case, tmp_path / "out")[0]
    totals = open_results(tmp_path / "out")["total"].isel(forecast_noise=0, penalty=0).values
    missing = np.isinf(totals[:, 0])
    assert 0 < missing.sum() < 4
    assert [w.share for w in at.winners[0][0] if w.partition is None] == [missing.mean()]
    assert np.isinf(at.totals.mean[0, 0])
    assert "no partition is viable" in at.not_viable[0]


def test_what_a_search_study_refuses(tmp_path: Path) -> None:
    """An unknown search, partitions beside a search, and phase diagrams of one are told."""
    for more, told in (
        ('search = "magic"', "search: there is no search 'magic'"),
        (f'{SEARCH}\npartitions = [[["P1"], ["P2"], ["P3"]]]', "search: partitions are listed too"),
        (f'{SEARCH}\noutputs = ["parts"]', "outputs: a search keeps"),
    ):
        with pytest.raises(InputError, match=told):
            read_study(write_study(tmp_path, more=more))
    spec, case = read_study(write_study(tmp_path, draws=1, more=SEARCH))
    run_study(spec, case, tmp_path / "out")
    with pytest.raises(InputError, match="searches every draw"):
        read_totals(tmp_path / "out")


def test_all_partitions_by_name(tmp_path: Path) -> None:
    """``partitions = "all"`` is what is done without it."""
    assert read_study(write_study(tmp_path, more='partitions = "all"'))[0] == read_study(write_study(tmp_path))[0]
