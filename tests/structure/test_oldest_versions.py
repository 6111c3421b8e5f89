"""The code against the lower bounds of NumPy and SciPy: no name that came later, as far as reading tells."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

LATER = {
    "np": {
        "2.1": ("astype", "cumulative_prod", "cumulative_sum", "unstack"),
        "2.2": ("matvec", "vecmat"),
    },
    "sp": {
        "1.15": ("expand_dims", "permute_dims", "safely_cast_index_arrays", "swapaxes"),
        "1.16": ("broadcast_to", "get_index_dtype"),
    },
}
"""What modules got after the versions in constraints/oldest.txt, by the version that brought it."""


def _later(source: str) -> Iterator[str]:
    """Yield names and arguments of a module's source that the oldest versions don't have."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            for version, names in LATER.get(node.value.id, {}).items():
                if node.attr in names:
                    yield f"line {node.lineno}: {node.value.id}.{node.attr} is of {version}"
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("scipy.sparse"):
            names = {alias.name for alias in node.names}
            yield from (
                f"line {node.lineno}: {name}" for name in names & {n for group in LATER["sp"].values() for n in group}
            )


def test_nothing_is_later_than_the_oldest() -> None:
    """Names that only newer versions have appear nowhere."""
    found = [
        f"{path.relative_to(ROOT)}: {told}"
        for folder in ("src", "tests", "benchmarks", "scripts")
        for path in sorted((ROOT / folder).rglob("*.py"))
        for told in _later(path.read_text(encoding="utf-8"))
    ]
    assert not found


@pytest.mark.parametrize("source", ["np.unstack(x)", "sp.swapaxes(x)", "from scipy.sparse import permute_dims"])
def test_what_is_later_is_seen(source: str) -> None:
    """The reading finds what it looks for."""
    assert list(_later(source))
