"""Modules import each other in one direction only, by the graph that grimp reads from the source."""

from __future__ import annotations

import graphlib

import grimp
import pytest


def test_no_module_imports_itself_by_way_of_others() -> None:
    """There is an order in which each comes after all that it imports, for types and inside functions included."""
    graph = grimp.build_graph("lempart", cache_dir=None)
    imports = {module: graph.find_modules_directly_imported_by(module) for module in graph.modules}
    try:
        order = list(graphlib.TopologicalSorter(imports).static_order())
    except graphlib.CycleError as error:
        pytest.fail("imported by the next, each: " + ", ".join(error.args[1]))
    assert set(order) == graph.modules
