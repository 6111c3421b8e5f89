"""Table V for one day, and the tables of many days."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np

from lempart.case import Case
from lempart.partition import Partition
from lempart.prosumption import ForecastErrors
from lempart.reproduce.comparison import Comparison, Row
from lempart.reproduce.table_5.day import ALONE, GRAND, Day, Evaluation, SolvedDay, braces, kind_of, partition_label
from lempart.result import Solution

PAPER = {"everyone alone": (94.0, 659.0), "optimal stable": (57.0, 582.0), "one market of all": (149.0, 713.0)}
"""Neighbourhood and network cost in CHF (Table V); the paper's optimal stable partition is {a, e} {b} {c} {d}."""

NOTE = (
    "The paper's grid, loads and day are not public; this is SimBench's rural feeder with synPRO households and the "
    "weather of the region they were simulated for, on a day chosen by rule (the coldest), nothing tuned. Costs are "
    "of the same order; that they differ is expected. A neighbourhood's cost is the sum of its players' coalition "
    "costs, beside which the operator's network surplus stands."
)
SEASONS = {"winter": (12, 1, 2), "spring": (3, 4, 5), "summer": (6, 7, 8), "autumn": (9, 10, 11)}
VIOLATION_BINS = (0.005, 0.5, 5.0, np.inf)


def day_tables(solved: SolvedDay) -> tuple[Comparison, ...]:
    """Return Table V for one day, all partitions with their verdicts, and how wrong the forecast was."""
    day, solution = solved.day, solved.solution
    stable = day.optimal_stable
    chosen = [("everyone alone", ALONE), ("optimal stable", stable[0]), ("one market of all", GRAND)]
    rows = [
        Row(f"{label} {braces(name)}", (*PAPER[label], None), (item.neighbourhood, item.network, item.surplus))
        for label, name in chosen
        for item in [day.evaluation(name)]
    ]
    columns = ("neighbourhood, CHF", "network, CHF", "network surplus, CHF")
    ties = "; ".join(braces(name) for name in stable)
    found = f"Optimal: {'; '.join(braces(name) for name in day.optimal)}. Optimal stable: {ties}. "
    if solved.infeasible:
        found += f"Limits are priced (elastic), since with hard ones {solved.infeasible} "
    with_losses = ", losses priced" if solution.case.market.losses == "priced" else ""
    title = f"Table V: day {day.day}, seed {day.seed}{with_losses}"
    table = Comparison(title, columns, tuple(rows), found + NOTE, exact=False)
    return (table, _verdicts(day, solution), _forecast(solution.case))


def _verdicts(day: Day, solution: Solution) -> Comparison:
    columns = ("network", "neighbourhood", "own tax", "transit tax", "internal", "common", "core shortfall")
    partition_of = {
        partition_label(solution.names(item.partition)): item.partition for item in solution.search.evaluated
    }
    rows = tuple(_verdict(item, partition_of[item.partition], solution) for item in day.evaluations)
    note = "Tax and violations of the five players' coalitions; 'common' violations are shared by all homes. CHF a day."
    return Comparison("All partitions, cheapest first", columns, rows, note)


def _verdict(item: Evaluation, partition: Partition, solution: Solution) -> Row:
    cost, verdict = solution.cost(partition), solution.verdict(partition)
    assert verdict is not None
    transit = sum(own.transit_tax for own in cost.coalitions)
    own_tax = sum(own.parts.tax for own in cost.coalitions if own.parts is not None) - transit
    shortfall = max(max(own.shortfall, 0.0) for own in verdict.coalitions)
    told = "stable"
    if not item.stable:
        block = next(block for own in verdict.coalitions for block in own.blocking[:1])
        leaving = ",".join(sorted(solution.costs.prepared.names(block.coalition)))
        told = f"{braces(leaving)} leaves for {block.gain:.2f}"
    amounts = (item.network, item.neighbourhood, own_tax, transit, item.internal, cost.common_violations, shortfall)
    return Row(f"{braces(item.partition)}: {told}", (None,) * len(amounts), amounts)


def _forecast(case: Case) -> Comparison:
    """Return the errors of the load forecast: of each player, of the five together, and of all homes."""
    forecast, actual = case.scenario.forecast.real, case.scenario.realization.real
    players = [m for m, prosumer in enumerate(case.prosumers) if prosumer.player]
    five = ForecastErrors.of(forecast[players], actual[players])
    all_homes = ForecastErrors.of(forecast, actual)
    rows = [
        Row(case.prosumers[m].name, (None,) * 3, (100 * five.nrmse[i], 100 * five.nmae[i], 100 * five.bias[i]))
        for i, m in enumerate(players)
    ]
    for label, errors in (("the five together", five), (f"all {len(forecast)} homes together", all_homes)):
        pooled = (errors.pooled_nrmse, errors.pooled_nmae, errors.pooled_bias)
        rows.append(Row(label, (None,) * 3, tuple(100 * value for value in pooled)))
    note = "Of the net injection without heat pumps, in % of its mean modulus; errors that aren't shared cancel."
    return Comparison("How wrong the forecast was", ("nRMSE %", "nMAE %", "bias %"), tuple(rows), note)


def study_tables(days: Sequence[Day], *, losses: bool = False) -> tuple[Comparison, ...]:
    """Return what a study found: how often each kind of partition wins and holds, by season and by variation.

    Parameters
    ----------
    days
        Its days.
    losses
        Whether losses are priced in it, which titles say then.
    """
    variations = list(dict.fromkeys(day.variation for day in days))
    first = "headline" if "headline" in variations else variations[0]
    called = f"{first}, losses priced" if losses else first
    of_first = [day for day in days if day.variation == first]
    by_season = {season: [day for day in of_first if month_of(day.day) in months] for season, months in SEASONS.items()}
    common = _common_days(days)
    by_variation = {name: [r for r in days if r.variation == name and (r.day, r.seed) in common] for name in variations}
    seasons = {**by_season, "all days": of_first}
    tables = [
        _shares(f"Every day ({called}): who wins, who holds", seasons),
        _mean_costs(f"Every day ({called}): costs", seasons),
    ]
    if len(variations) > 1:
        title = f"One setting changed at a time ({len(common)} days and seeds in common)"
        tables += [_shares(title, by_variation), _mean_costs(f"{title}: costs", by_variation)]
    return (*tables, _winners(called, of_first), _stability_by_violations(days))


def _shares(title: str, groups: Mapping[str, Sequence[Day]]) -> Comparison:
    columns = (
        "days",
        "elastic",
        "optimal: alone %",
        "between %",
        "grand %",
        "optimal stable: alone %",
        "between %",
        "grand %",
    )
    rows = tuple(Row(name, (None,) * len(columns), _share_row(group)) for name, group in groups.items() if group)
    note = (
        "Days on which everyone alone, the grand market of all five, or something between is the cheapest partition, "
        "and the cheapest stable one; a tie counts for each kind in it, in equal parts. 'elastic': days whose forecast "
        "no dispatch could meet, solved with priced limits."
    )
    return Comparison(title, columns, rows, note)


def _share_row(days: Sequence[Day]) -> tuple[float, ...]:
    shares = [
        100.0 * float(np.mean([_kind_share(getattr(day, which), kind) for day in days]))
        for which in ("optimal", "optimal_stable")
        for kind in ("alone", "between", "grand")
    ]
    return (float(len(days)), float(sum(r.elastic for r in days)), *shares)


def _mean_costs(title: str, groups: Mapping[str, Sequence[Day]]) -> Comparison:
    columns = tuple(
        f"{what}: {which}" if which == "alone" else which
        for what in ("neighbourhood", "network", "surplus")
        for which in ("alone", "stable", "grand")
    )
    rows = tuple(Row(name, (None,) * len(columns), _cost_row(group)) for name, group in groups.items() if group)
    note = "Mean over the days, CHF a day: everyone alone, the optimal stable partition, one market of all five."
    return Comparison(title, columns, rows, note)


def _cost_row(days: Sequence[Day]) -> tuple[float, ...]:
    chosen = [(ALONE, day.optimal_stable[0], GRAND) for day in days]
    return tuple(
        float(np.mean([getattr(day.evaluation(names[i]), what) for day, names in zip(days, chosen, strict=True)]))
        for what in ("neighbourhood", "network", "surplus")
        for i in range(3)
    )


def _kind_share(winners: Sequence[str], kind: str) -> float:
    return sum(kind_of(name) == kind for name in winners) / len(winners)


def _winners(variation: str, days: Sequence[Day]) -> Comparison:
    """Return how often each partition is the optimal stable one, ties in equal parts."""
    counts: Counter[str] = Counter()
    for day in days:
        for name in day.optimal_stable:
            counts[name] += 1 / len(day.optimal_stable)  # type: ignore[assignment]
    rows = tuple(
        Row(braces(name), (None, None), (float(count), 100.0 * count / len(days)))
        for name, count in counts.most_common(12)
    )
    return Comparison(f"The optimal stable partitions, every day ({variation})", ("days", "%"), rows)


def _stability_by_violations(days: Sequence[Day]) -> Comparison:
    """Return how often the grand market holds, by what violations inside it cost."""
    rows = []
    lowest, grand = 0.0, [day.evaluation(GRAND) for day in days]
    for highest in VIOLATION_BINS:
        inside = [g for g in grand if lowest <= g.internal < highest]
        label = f"{lowest:g} to {highest:g} CHF" if np.isfinite(highest) else f"{lowest:g} CHF and more"
        share = 100.0 * float(np.mean([g.stable for g in inside])) if inside else 0.0
        rows.append(Row(label, (None, None), (float(len(inside)), share)))
        lowest = highest
    note = "All days, seeds and variations: what drives the stability of the grand market is violations inside it."
    columns = ("days", "grand market stable %")
    return Comparison("Violations inside the grand market, and whether it holds", columns, tuple(rows), note)


def _common_days(days: Sequence[Day]) -> set[tuple[int, int]]:
    """Return the days and seeds that every variation has, so that variations are compared on the same days."""
    by_variation: dict[str, set[tuple[int, int]]] = {}
    for day in days:
        by_variation.setdefault(day.variation, set()).add((day.day, day.seed))
    return set.intersection(*by_variation.values()) if by_variation else set()


def month_of(day: int) -> int:
    """Return the month (1 to 12) of a day of the year."""
    return int((np.datetime64("2021-01-01") + (day - 1)).astype("datetime64[M]").astype(int)) % 12 + 1
