"""Modules import each other in one direction only, by the graph that grimp reads from the source."""

from __future__ import annotations

import graphlib

import grimp
import pytest


@pytest.fixture(scope="module")
def imports() -> dict[str, set[str]]:
    """Return what each module imports, inside functions and for type checkers included."""
    graph = grimp.build_graph("lempart", cache_dir=None)
    return {module: set(graph.find_modules_directly_imported_by(module)) for module in graph.modules}


def test_no_module_imports_itself_by_way_of_others(imports: dict[str, set[str]]) -> None:
    """There is an order in which each module comes after all that it imports."""
    try:
        order = list(graphlib.TopologicalSorter(imports).static_order())
    except graphlib.CycleError as error:
        pytest.fail("imported by the next, each: " + ", ".join(error.args[1]))
    assert set(order) == set(imports)
