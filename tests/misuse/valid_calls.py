"""One valid call of every public function, and which of the wrong-looking values its arguments may hold."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import scipy.sparse as sp

import lempart
from lempart import (
    ac,
    conic,
    deviations,
    dispatch,
    game,
    grid,
    io,
    partition,
    plot,
    prosumption,
    report,
    reproduce,
    result,
    study,
)
from lempart import bills as bills_room
from lempart import case as records
from lempart import cost as priced
from lempart import search as searches
from study.small_study import write_study

WRONG: dict[str, Callable[[], Any]] = {
    "none": lambda: None,
    "text": lambda: "nonsense",
    "empty": lambda: "",
    "negative": lambda: -1,
    "whole": lambda: 3,
    "number": lambda: 3.5,
    "nan": lambda: math.nan,
    "flag": lambda: True,
    "list": list,
    "mapping": dict,
    "object": object,
}
"""What is put in the place of each argument, by the names that :attr:`Call.may` uses."""

TEXT = "text empty"
NUMBER = "negative whole number"


@dataclass(frozen=True)
class Call:
    """A valid call: the function, its arguments by name, and those of ``WRONG`` that an argument may hold.

    Where an argument may hold a value, the call answers or raises one of the project's errors; any other value is
    refused by name. ``slow`` calls aren't made with values that they may hold.
    """

    function: Callable[..., Any]
    arguments: dict[str, Any]
    may: dict[str, str]
    slow: bool = False


def valid_calls(folder: Path) -> list[Call]:
    """Return a valid call of each public function."""
    found: list[Call] = []

    def add(
        function: Callable[..., Any], may: dict[str, str] | None = None, /, *, slow: bool = False, **arguments: Any
    ) -> None:
        found.append(Call(function, arguments, may or {}, slow))

    case = lempart.read_case(lempart.shipped_case_path("example-1"))
    solution = lempart.solve(case)
    costs, apart, together = solution.costs, solution.optimal, partition.Partition.of([0b111])
    assert apart is not None
    prepared = costs.prepared
    bills, cost = solution.bills(), costs.partition(together)
    state = priced.grid_state(costs, together)
    document = lempart.solution_json(solution)
    saved = folder / "result.json"
    saved.write_text("{}", encoding="utf-8")

    add(
        lempart.solve,
        {"solver": "none", "workers": "whole"},
        case=case,
        search=searches.Exhaustive(),
        deviation="inertia",
        stop=searches.never,
        progress=searches.silent,
        costs="market",
        solver=conic.SolverSettings(),
        workers=1,
    )
    add(lempart.check, {"unread": "list mapping"}, case=case, unread=[])
    add(lempart.costs_of, {"solver": "none"}, case=case, solver=None)
    add(priced.cost_model, {"solver": "none"}, case=case, costs="market", solver=None)
    add(searches.search_of, search="tree")
    add(lempart.progress_line, {"every_seconds": "whole number"}, every_seconds=0.2)
    add(lempart.read_case, {"path": TEXT}, path=str(lempart.shipped_case_path("example-1")))
    add(lempart.shipped_case_path, {"name": TEXT}, name="example-1")
    add(
        lempart.write_case,
        {"folder": TEXT, "overwrite": "flag"},
        slow=True,
        case=case,
        folder=folder / "written",
        tables="inline",
        overwrite=True,
    )
    add(lempart.solution_json, solution=solution)
    add(lempart.bills_json, bills=bills)
    add(records.case_hash, case=case)
    add(
        records.air_source_cop,
        {"outdoor_c": f"{NUMBER} list", "flow_temperature_c": NUMBER},
        outdoor_c=[0.0],
        flow_temperature_c=45.0,
    )

    checked = ac.check_ac(costs, apart)
    add(ac.check_ac, costs=costs, partition=apart)
    add(ac.ac_json, check=checked)
    add(ac.ac_power_flow, grid=prepared.grid, injection_mva=np.zeros((3, 3), complex))

    builder = conic.ProgramBuilder()
    x = builder.variable("x", (1,))
    builder.minimize_squares(x, np.ones(1))
    builder.nonnegative("one", x - conic.Affine.of_constant(np.ones(1)))
    program = builder.build()
    solved = conic.solve(program).require("x")
    face, row = conic.DualFace.of(solved), sp.csr_array((1, len(solved.z)))
    linear = conic.LinearProgram(
        np.ones(1), sp.csr_array(np.ones((1, 1))), np.ones(1), np.ones(1), np.zeros(1), np.ones(1)
    )
    add(conic.solve, {"settings": "none"}, program=program, settings=None)
    add(conic.kkt_residuals, solution=solved)
    add(conic.of_least_norm, solution=solved)
    add(
        conic.closest_dual,
        {"scale": "whole number", "settings": "none"},
        face=face,
        matrix=row,
        target=np.zeros(1),
        scale=1.0,
        settings=None,
    )
    add(conic.solve_linear, program=linear)
    add(conic.solve_many_rows, program=linear)
    add(conic.solve_mixed_integer, {"seconds": "whole number"}, program=linear, integer=np.zeros(1, bool), seconds=1.0)
    add(conic.stacked, {"parts": "list"}, parts=[x])

    market = replace(case.market, externalities=False, single_boundary=True)
    strict = lempart.costs_of(replace(case, market=market))
    problem = costs.problem(apart)

    flows = grid.line_flows(prepared.grid, np.zeros((3, 3), complex))
    add(dispatch.build_ex_ante, problem=problem)
    add(dispatch.dispatch, {"solver": "none"}, problem=problem, solver=None)
    add(grid.realized_state, grid=prepared.grid, injection_mva=np.zeros((3, 3), complex))
    add(dispatch.voltage_nodes, grid=prepared.grid)
    add(grid.line_flows, grid=prepared.grid, injection_mva=np.zeros((3, 3), complex))
    add(grid.carried_flows, grid=prepared.grid, injection_mva=np.zeros((3, 3), complex))
    add(grid.loss_weights, grid=prepared.grid, price_per_mwh=np.ones(3, complex))
    add(grid.radial_grid, case=case)
    add(grid.squared_voltage_deviations, grid=prepared.grid, flows_mva=flows)
    add(
        priced.balancing_allocation,
        {"step_hours": "whole number", "of": "none list"},
        mismatch_mva=np.ones((3, 3), complex),
        rate_per_mwh=np.ones(3),
        step_hours=1.0,
        of=[0, 1],
    )
    add(
        priced.edge_allocation,
        solved=dispatch.dispatch(strict.coalition_problem(strict.prepared.family.subgraph(0b111))),
    )
    add(priced.flexible_injections, costs=costs, partition=apart)
    add(priced.grid_state, costs=costs, partition=apart)
    add(priced.key_figures, {"paid": "none mapping"}, costs=costs, partition=apart, paid={0: 1.0, 1: 1.0, 2: 1.0})
    add(priced.outline_of, costs=costs, partition=apart)
    lines = tuple(replace(line, r_ohm=0.01) for line in case.grid.lines)
    market, wires = replace(case.market, losses="priced"), replace(case.grid, lines=lines)
    lossy = lempart.costs_of(replace(case, market=market, grid=wires))
    lossy_state, lossy_alone = priced.with_and_without(lossy, together)
    add(priced.with_and_without, costs=lossy, partition=together)
    add(priced.line_losses, prepared=lossy.prepared, state=lossy_state)
    add(priced.push_down, tree=prepared.grid.tree, allocation=np.ones(prepared.grid.node_count))

    table = game.TableGame({mask: float(mask.bit_count()) for mask in range(1, 8)})
    family, deviation = prepared.family, game.NoExternalities(table)
    add(partition.exclusions, family=family)
    rows = game.priced_rows(table.cost, 0b111, family)
    assert rows is not None
    shares = {0: 1.0, 1: 1.0, 2: 1.0}
    question = {"worth": table.cost, "coalition": 0b111, "family": family}
    optional = {"coalition": "whole", "options": "none", "turnover": "none whole number", "bounds": "none"}
    chosen = game.CoreOptions()
    add(game.core_verdict, optional, **question, options=chosen, turnover=1.0, bounds=None)
    add(game.has_core, optional, **question, options=chosen, turnover=1.0, bounds=None)
    add(game.priced_rows, {**optional, "ahead": "none"}, **question, players="prosumers", turnover=1.0, ahead=None)
    add(
        game.shapley,
        {"coalition": "whole", "exact_up_to": "whole", "draws": "whole", "seed": "whole"},
        **question,
        exact_up_to=12,
        draws=10,
        seed=0,
    )
    add(game.least_core, rows=rows)
    add(game.nucleolus, rows=rows)
    add(game.excesses, rows=rows, allocation=shares)
    add(game.core_membership, rows=rows, allocation=shares, tolerance=1e-6, known_to=float)
    add(game.kohlberg_certificate, rows=rows, allocation=shares, tolerance=1e-6)
    whole = {"partition": together, "family": family, "deviation": deviation}
    add(game.is_stable, optional, **whole, options=chosen)
    add(game.partition_verdict, {"options": "none", "known": "none mapping"}, **whole, options=chosen, known={})
    anything = " ".join(WRONG)
    add(game.independent_game, {"deviation": anything}, deviation=deviation)
    add(searches.additive_bounds_of, {"game": anything}, game=table, stop=searches.never)
    add(
        searches.search_result,
        {
            "method": TEXT,
            "game": anything,
            "evaluated": "list mapping",
            "options": "none",
            "reason": TEXT,
            "lower_bound": f"none {NUMBER}",
            "coalition_count": "none whole",
            "coalitions_costed": "none whole",
            "more_ties": "flag",
        },
        method="mine",
        family=family,
        game=table,
        evaluated=[searches.Evaluated(together, 1.0)],
        options=None,
        ending=searches.Ending.FINISHED,
        reason="",
        lower_bound=1.0,
        coalition_count=1,
        coalitions_costed=1,
        more_ties=False,
    )
    add(game.turnover_of, dict.fromkeys(("game", "mask"), anything), game=table, mask=1)
    add(priced.shared_over, {"costs": anything, "workers": "whole"}, costs=costs, workers=1)
    add(partition.canonical_subgraph, {"prosumers": "list mapping"}, tree=prepared.grid.tree, prosumers=[0, 1])
    add(partition.mask_of, {"indices": "list mapping none empty"}, indices=[0, 1])
    names = ("P1", "P2", "P3")
    add(partition.coalition_of, {"given": "whole"}, given="P1", players=names)
    add(partition.partition_of, given="P1,P2", players=names)
    add(partition.members, {"mask": "whole flag"}, mask=5)
    add(partition.submasks, {"mask": "whole flag"}, mask=5)
    add(partition.merges, family=family, partition=apart)
    add(partition.splits, family=family, partition=together)

    options = {"name": f"none {TEXT}", "rating_mva": "none whole number", "root": f"none {TEXT}"}
    add(io.check_case, {"path": TEXT}, path=str(lempart.shipped_case_path("example-1")))
    add(io.keep_copy, {"folder": TEXT}, slow=True, case=case, folder=folder / "copy")
    add(io.from_matpower, {**options, "path": TEXT}, slow=True, path="none.m", name=None, rating_mva=1.0, root="pcc")
    add(
        io.from_pandapower,
        {**options, "net": TEXT},
        slow=True,
        net=folder / "none.json",
        name=None,
        rating_mva=1.0,
        root="pcc",
    )
    add(
        io.from_simbench,
        {
            "code": TEXT,
            "start": f"none {TEXT}",
            "steps": "whole",
            "step_hours": "whole number",
            "week_roll_seed": "none whole",
            **options,
        },
        slow=True,
        code="1-LV-rural1--0-no_sw",
        start=None,
        steps=24,
        step_hours=1.0,
        forecast="perfect",
        week_roll_seed=None,
        name=None,
    )

    shown = {"title": TEXT, "shown": "whole"}
    chart = plot.costs(solution)
    add(plot.bills, shown, source=bills, title="")
    add(
        plot.costs,
        {**shown, "point": "none mapping", "penalty": f"none {TEXT}"},
        source=document,
        shown=3,
        point=None,
        penalty=None,
        title="",
    )
    add(
        plot.feeder,
        {**shown, "partition": "none", "state": "none"},
        source=solution,
        partition=apart,
        state=None,
        layout="tree",
        title="",
    )
    add(plot.lattice, shown, source=solution, shown=3, title="")
    add(plot.loadings, shown, prepared=prepared, state=state, title="")
    add(
        plot.losses,
        {**shown, "without": "none"},
        prepared=lossy.prepared,
        state=lossy_state,
        without=lossy_alone,
        shown=3,
        title="",
    )
    add(plot.voltages, shown, prepared=prepared, state=state, title="")
    add(plot.profiles, {**shown, "players": "none list"}, prepared=prepared, players=["P1"], shown=3, title="")
    add(plot.look, {"members": "list"}, members=["P1"], players=["P1", "P2"], theme="light")
    add(plot.theme, name="dark")
    add(plot.spec, chart=chart, theme="light")
    add(plot.render, chart=chart, suffix=".json", theme="light")
    add(plot.save, {"path": TEXT}, slow=True, chart=chart, path=folder / "chart.json", theme="light")
    add(plot.stacked, {"description": TEXT}, charts=(chart, chart), description="")

    hours = np.ones(24)
    house = prosumption.OLD_HOUSE
    add(
        prosumption.heat_gains_kw,
        {"mean_load_kw": NUMBER},
        archetype=house,
        south_wall_w_per_m2=hours,
        mean_load_kw=1.0,
    )
    add(
        prosumption.heat_pump,
        {"end_c": f"none {NUMBER}", "capacity_wh_per_m2k": "whole number", "two_masses": "flag"},
        archetype=house,
        outdoor_c=hours,
        gains_kw=hours,
        power_factor=1.0,
        end_c=22.0,
        capacity_wh_per_m2k=100.0,
        two_masses=False,
    )
    add(prosumption.heat_pump_power_mw, archetype=house)
    add(
        prosumption.homes,
        {"seed": "whole", "pv_scale": "whole number", "order": "none"},
        seed=0,
        loads="synpro",
        electrification=1.0,
        pv_share=0.3,
        pv_scale=1.0,
        order=None,
    )
    drawn = prosumption.NeighbourhoodOptions()
    add(prosumption.neighbourhood_case, {"options": "none"}, options=drawn)
    add(prosumption.neighbourhood_homes, options=drawn)
    add(prosumption.photovoltaic_yield, plane_w_per_m2=hours, outdoor_c=hours)
    add(
        prosumption.plane_irradiance,
        {"first_hour": "whole"},
        site=prosumption.Site(50.0, 8.0, 1.0),
        plane=prosumption.Plane(30.0, 180.0),
        direct_w_per_m2=hours,
        diffuse_w_per_m2=hours,
        first_hour=0,
        albedo=0.2,
    )
    add(prosumption.scaled_towards_actual, {"scale": "whole number"}, forecast=hours, actual=hours, scale=1.0)

    gap = game.CoreGap(-1.0, 1.0, None, "")
    add(bills_room.bill_records, bills=bills)
    add(result.burning_json, {"compared": "flag"}, costs=costs, cost=cost, compared=False)
    add(
        result.evaluated_bills,
        {"most_partitions": "whole", "most_groups": "whole"},
        solution=solution,
        rule="equal",
        most_partitions=2,
        most_groups=8,
        progress=searches.silent,
        stop=searches.never,
    )
    add(result.evaluated_bills_json, solution=solution, progress=searches.silent, stop=searches.never)
    add(result.gap_json, {"label": "list"}, gap=gap, label=["P1"])
    add(
        bills_room.make_bills,
        {"deviation_name": TEXT, "options": "none"},
        costs=costs,
        partition=apart,
        deviation=deviations.deviation_model(costs, "inertia"),
        deviation_name="inertia",
        rule="equal",
        options=None,
        progress=searches.silent,
    )
    add(result.partition_json, {"verdict": "none"}, solution=solution, cost=cost, verdict=None)
    add(result.read_result, {"file": TEXT, "bills": "flag"}, slow=True, file=saved, bills=False)
    add(result.result_file, {"path": TEXT}, path=folder)
    add(result.result_folder, {"folder": TEXT}, slow=True, folder=folder / "held", case=case)
    add(searches.after_seconds, {"seconds": "whole number"}, seconds=1.0)
    add(searches.search_method, {"all_cores": "flag"}, name="auto", all_cores=True)
    add(report.read_page, {"folder": TEXT, "pictures": "flag"}, slow=True, folder=folder / "none", pictures=False)
    add(reproduce.theorem_1, {"trees": "whole", "seed": "whole"}, slow=True, trees=1, seed=0)
    found += _of_studies(folder)
    return found


def _of_studies(folder: Path) -> list[Call]:
    spec, case = study.read_study(write_study(folder / "spec", draws=2, block=2))
    stored = folder / "study"
    study.run_study(spec, case, stored)
    totals = study.read_totals(stored)
    axis = "forecast_noise"
    diagram = study.phase_diagram(totals, axis, penalty=totals.penalties[0])
    crossing = study.crossings(totals, totals.partitions[0], totals.partitions[1], axis, penalty=totals.penalties[0])
    at = {"at": "none mapping", "penalty": f"none {TEXT}", "seed": "whole", "replicates": "whole"}
    statistics = study.study_statistics(spec, case, stored)
    study.write_statistics(stored, study.statistics_json(spec, case, statistics))
    page = report.read_page(stored, pictures=False)
    document = study.phase_json([(diagram, [crossing])])
    return [
        Call(
            plot.phase,
            {"source": document, "penalty": None, "stable": None, "title": ""},
            {"penalty": f"none {TEXT}", "stable": "none flag", "title": TEXT},
        ),
        Call(report.page_html, {"page": page}, {}),
        Call(study.read_study, {"path": folder / "spec" / "study.toml"}, {"path": TEXT}),
        Call(study.plan_of, {"spec": spec, "case": case}, {}),
        Call(
            study.run_study,
            {
                "spec": spec,
                "case": case,
                "folder": folder / "again",
                "resume": False,
                "workers": 1,
                "cluster": None,
                "until_se": None,
                "progress": None,
            },
            {
                "folder": TEXT,
                "resume": "flag",
                "workers": "whole",
                "cluster": "none",
                "until_se": "none whole number",
                "progress": "none",
            },
            slow=True,
        ),
        Call(study.open_results, {"folder": stored}, {"folder": TEXT}),
        Call(study.read_totals, {"folder": stored}, {"folder": TEXT}),
        Call(study.read_statistics, {"folder": stored}, {"folder": TEXT}),
        Call(
            study.write_statistics,
            {"folder": folder / "other", "data": {}},
            {"folder": TEXT, "data": "mapping"},
            slow=True,
        ),
        Call(study.study_statistics, {"spec": spec, "case": case, "folder": stored}, {"folder": TEXT}),
        Call(study.search_statistics, {"spec": spec, "case": case, "folder": stored}, {"folder": TEXT}, slow=True),
        Call(study.statistics_json, {"spec": spec, "case": case, "found": statistics}, {"found": "list"}),
        Call(study.search_statistics_json, {"spec": spec, "case": case, "found": ()}, {"found": "list"}, slow=True),
        Call(
            study.phase_diagram,
            {
                "results": totals,
                "x_axis": axis,
                "y_axis": None,
                "at": None,
                "penalty": totals.penalties[0],
                "seed": 0,
                "replicates": 100,
            },
            {**at, "x_axis": TEXT, "y_axis": f"none {TEXT}"},
        ),
        Call(
            study.crossings,
            {
                "results": totals,
                "first": totals.partitions[0],
                "second": totals.partitions[1],
                "axis": axis,
                "at": None,
                "penalty": totals.penalties[0],
                "seed": 0,
                "replicates": 100,
            },
            {**at, "first": TEXT, "second": TEXT, "axis": TEXT},
        ),
        Call(study.phase_json, {"found": [(diagram, [crossing])]}, {}),
    ]
