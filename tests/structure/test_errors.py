"""Errors cross process boundaries whole."""

from __future__ import annotations

import pickle

from lempart.errors import InputError, Problem


def test_an_input_error_keeps_its_problems_when_pickled() -> None:
    """A worker's InputError arrives with each problem; by default its text would arrive, letter by letter."""
    error = InputError([Problem("a", "is wrong", "Mend it."), Problem("b", "is odd", "Look.", "warning")])
    arrived = pickle.loads(pickle.dumps(error))
    assert arrived.problems == error.problems
    assert str(arrived) == str(error)
