"""Equations of their own for unknowns."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp
from scipy.sparse.csgraph import maximum_bipartite_matching

from lempart.typing import IntArray


def own_rows(matrix: sp.csr_array) -> IntArray:
    """Return for each column a row that has an entry there and is no other column's; -1 for columns left without.

    As many columns as possible have one.
    """
    # SciPy before 1.15 keeps the wide integers that rows or columns were chosen with, and matches by narrow ones alone.
    narrow = matrix.data, matrix.indices.astype(np.int32), matrix.indptr.astype(np.int32)
    found = maximum_bipartite_matching(sp.csr_array(narrow, shape=matrix.shape), perm_type="row")
    return np.asarray(found, dtype=np.int64)
