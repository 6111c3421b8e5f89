"""What the tests of pictures share: solved once, drawn once."""

from __future__ import annotations

from functools import cache
from typing import Any

from lempart import Solution, plot, read_case, shipped_case_path, solve
from lempart.bills import make_bills
from lempart.cost import grid_state
from lempart.deviations import deviation_model


@cache
def solved(name: str = "example-2") -> Solution:
    """Return the solution of a shipped case, all partitions evaluated."""
    from lempart.search import Exhaustive

    return solve(read_case(shipped_case_path(name)), Exhaustive())


@cache
def bills(name: str = "example-2") -> Any:
    """Return its bills by the nucleolus."""
    costs = solved(name).costs
    model = deviation_model(costs, "inertia")
    return make_bills(costs, solved(name).optimal_stable, model, deviation_name="inertia", rule="nucleolus")


@cache
def operation(name: str = "example-2") -> tuple[Any, Any]:
    """Return the prepared case, and the state of the grid under the optimal stable partition."""
    costs = solved(name).costs
    return costs.prepared, grid_state(costs, solved(name).optimal_stable)


CHARTS = {
    "feeder": lambda: plot.feeder(solved()),
    "map": lambda: plot.feeder(solved("rural-feeder-5").costs.prepared),
    "costs": lambda: plot.costs(solved()),
    "lattice": lambda: plot.lattice(solved()),
    "bills": lambda: plot.bills(bills()),
    "voltages": lambda: plot.voltages(*operation("ieee33-branches")),
    "loadings": lambda: plot.loadings(*operation()),
    "profiles": lambda: plot.profiles(solved().costs.prepared),
    "branch_profiles": plot.branch_profiles,
    "stacked": lambda: plot.stacked(drawn("feeder"), drawn("costs")),
}


@cache
def drawn(name: str) -> Any:
    """Return one of the charts."""
    return CHARTS[name]()


@cache
def scene_of(name: str) -> Any:
    """Return what a chart looks like once it is drawn."""
    return scenegraph(drawn(name))


def scenegraph(chart: Any) -> Any:
    """Return a chart's drawn items."""
    import vl_convert

    return vl_convert.vegalite_to_scenegraph(plot.spec(chart))["scenegraph"]


def marks(node: Any, name: str) -> list[Any]:
    """Return the drawn items of the marks of that name, wherever they are."""
    own = node.get("items", []) if isinstance(node, dict) else []
    found = list(own) if isinstance(node, dict) and node.get("name") == f"{name.replace('-', '_')}_marks" else []
    return found + [item for child in own for item in marks(child, name)]


def dataset(chart: Any, name: str) -> list[dict[str, Any]]:
    """Return a chart's inline data of that name."""
    return next(found for found in _datasets(plot.spec(chart)) if found["name"] == name)["values"]


def _datasets(spec: Any) -> list[Any]:
    if isinstance(spec, list):
        return [found for one in spec for found in _datasets(one)]
    if not isinstance(spec, dict):
        return []
    own = [spec["data"]] if isinstance(spec.get("data"), dict) and "name" in spec["data"] else []
    return own + [found for key, value in spec.items() if key != "data" for found in _datasets(value)]
