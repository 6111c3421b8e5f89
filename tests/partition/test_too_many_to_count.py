"""Numbers of partitions that nobody could write down: told, not waited for."""

from __future__ import annotations

from math import comb

import pytest

from lempart.display import large
from lempart.errors import UsageError
from lempart.partition import Family
from lempart.partition.family import MAX_BRANCHES
from lempart.tree import Tree


def _star(players: int) -> Family:
    return Family(Tree.of([-1] + [0] * players, range(1, players + 1)), tuple((m,) for m in range(players)), False)


def test_a_bus_with_too_many_branches_is_told() -> None:
    """Bell(5,000) took minutes; now it says what meets where, and what to do."""
    with pytest.raises(UsageError, match=r"2,001 branches with players meet at one bus.*groups in \[players\]"):
        _star(MAX_BRANCHES + 1).count()


def test_many_are_counted_exactly_and_shortly_told() -> None:
    """Bell(200) is that of the recursion over binomial coefficients; its 276 digits are not written out."""
    bell = [1]
    for size in range(200):
        bell.append(sum(comb(size, k) * bell[k] for k in range(size + 1)))
    count = _star(200).count()
    assert count == bell[200]
    assert large(count) == f"{count / 10**275:.1f} × 10^275"


def test_numbers_beyond_the_digits_that_python_writes_are_told() -> None:
    """Python refuses to write a whole number of more than 4,300 digits."""
    assert large(10**5000) == "10^5000"
