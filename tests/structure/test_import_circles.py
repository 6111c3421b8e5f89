"""Modules import each other in one direction only, by the graph that grimp reads from the source."""

from __future__ import annotations

import graphlib

import grimp
import pytest

# Importer and imported, in circles that are still there. The list only shrinks: whoever mends one takes its lines away.
KNOWN = {}


@pytest.fixture(scope="module")
def imports() -> dict[str, set[str]]:
    """Return what each module imports, inside functions and for type checkers included."""
    graph = grimp.build_graph("lempart", cache_dir=None)
    return {module: set(graph.find_modules_directly_imported_by(module)) for module in graph.modules}


def test_no_module_imports_itself_by_way_of_others(imports: dict[str, set[str]]) -> None:
    """There is an order in which each module comes after all that it imports."""
    kept = {module: {name for name in names if (module, name) not in KNOWN} for module, names in imports.items()}
    try:
        order = list(graphlib.TopologicalSorter(kept).static_order())
    except graphlib.CycleError as error:
        pytest.fail("imported by the next, each: " + ", ".join(error.args[1]))
    assert set(order) == set(imports)


def test_known_circles_are_still_there(imports: dict[str, set[str]]) -> None:
    """What is known is there, and not kept for later use."""
    assert [pair for pair in sorted(KNOWN) if pair[0] not in _reached(pair[1], imports)] == []


def _reached(module: str, imports: dict[str, set[str]]) -> set[str]:
    """Return what a module imports, by whatever way."""
    found: set[str] = set()
    waiting = [module]
    while waiting:
        new = imports[waiting.pop()] - found
        found |= new
        waiting.extend(new)
    return found
