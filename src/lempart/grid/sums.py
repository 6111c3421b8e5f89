"""Sums over places and steps, for one case or for many draws at once.

Arrays have any number of leading axes (none: one case; one: draws), then places, then steps. The bits of a draw don't
depend on how many draws there are: every number is added up in one order, over values that lie in memory alike.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray


def places_first(values: NDArray[Any]) -> NDArray[Any]:
    """Return a view of values of shape ``(..., places, steps)``: shape ``(places, ..., steps)``."""
    return values if values.ndim == 2 else np.moveaxis(values, -2, 0)


def places_back(values: NDArray[Any]) -> NDArray[Any]:
    """Return the view that :func:`places_first` takes back."""
    return values if values.ndim == 2 else np.moveaxis(values, 0, -2)


def times(matrix: sp.csr_array, values: NDArray[Any]) -> NDArray[Any]:
    """Return a real sparse matrix times values of shape ``(..., columns, steps)``: shape ``(..., rows, steps)``.

    Each number is summed up in the order of its row.
    """
    laid = np.ascontiguousarray(places_first(values))
    flat = laid if laid.ndim == 2 else laid.reshape(laid.shape[0], int(np.prod(laid.shape[1:])))
    product = (matrix @ flat.view(np.float64)).view(laid.dtype)
    return places_back(product.reshape(matrix.shape[0], *laid.shape[1:]))


def grouped(matrix: sp.csr_array, amounts: NDArray[Any]) -> NDArray[Any]:
    """Return the same of amounts without steps, shape ``(..., columns)``: shape ``(..., rows)``."""
    flat = amounts.reshape(-1, amounts.shape[-1])
    total: NDArray[Any] = (matrix @ np.ascontiguousarray(flat.T)).T
    return total.reshape(*amounts.shape[:-1], matrix.shape[0])


def over_places(values: NDArray[Any]) -> NDArray[Any]:
    """Return sums over places, the last axis but one, one after the other: shape ``(..., steps)``."""
    if not values.shape[-2]:
        return np.zeros((*values.shape[:-2], values.shape[-1]), dtype=values.dtype)
    total: NDArray[Any] = np.add.accumulate(values, axis=-2)[..., -1, :]
    return total


def summed(values: NDArray[Any]) -> NDArray[Any]:
    """Return sums over the last axis."""
    if values.ndim and values.strides[-1] != values.itemsize:
        values = np.ascontiguousarray(values)
    total: NDArray[Any] = values.sum(axis=-1)
    return total
