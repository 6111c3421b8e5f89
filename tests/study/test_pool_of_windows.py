"""Pools of processes on a system that can't wait for many, against the standard library's own refusal there."""

from __future__ import annotations

import sys
from concurrent.futures import ProcessPoolExecutor

import pytest

from lempart.processes import obey_parent, process_pool


def test_more_workers_than_windows_can_wait_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """The library refuses 62 processes on Windows; 200 that are asked for are as many as can be had."""
    monkeypatch.setattr(sys, "platform", "win32")
    with pytest.raises(ValueError, match="max_workers must be <= 61"):
        ProcessPoolExecutor(62)
    process_pool(200, obey_parent).shutdown()


def test_elsewhere_as_many_as_are_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine of 100 cores is used whole."""
    monkeypatch.setattr(sys, "platform", "linux")
    pool = process_pool(100, obey_parent)
    pool.shutdown()
    assert pool._max_workers == 100
