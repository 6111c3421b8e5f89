"""What the oldest SciPy's graph routines take: indices of 32 bits, though matrices come to them with wider ones."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import scipy.sparse as sp

from lempart.conic import DualFace, ProgramBuilder, solve
from lempart.conic import matching as routines


def test_matching_is_asked_with_narrow_indices(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two equal limits in a row share one dual, and a wide index in the description of that changes nothing."""
    asked = []

    def matching(graph: sp.csr_array, **options: Any) -> Any:
        asked.append({graph.indices.dtype, graph.indptr.dtype})
        return found(graph, **options)

    found = routines.maximum_bipartite_matching
    monkeypatch.setattr(routines, "maximum_bipartite_matching", matching)
    builder = ProgramBuilder()
    x = builder.variable("x", (1,))
    for name in ("first", "second"):
        builder.nonnegative(name, x)
    builder.minimize(x)
    solution = solve(builder.build()).solution
    assert solution is not None
    face = DualFace.of(solution)
    wide = face.stationarity.copy()
    wide.indices, wide.indptr = (part.astype(np.int64) for part in (wide.indices, wide.indptr))
    one = sp.csr_array(np.array([[1.0, 0.0]]))
    assert replace(face, stationarity=wide).room(one) == pytest.approx(face.room(one))
    assert face.room(one)[0] > 0.5
    assert asked == [{np.dtype(np.int32)}] * len(asked)
    assert asked
