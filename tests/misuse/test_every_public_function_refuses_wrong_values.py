"""Every public function is called with wrong values in the place of each argument; none crashes, none answers."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from inspect import signature
from itertools import islice
from pathlib import Path
from types import FunctionType
from typing import Any

import pytest

import lempart
from lempart.errors import InputError, LempartError, UsageError
from misuse.valid_calls import WRONG, Call, valid_calls

PACKAGES = ["lempart", *(f"lempart.{item.name}" for item in pkgutil.iter_modules(lempart.__path__) if item.ispkg)]


def _public_functions() -> dict[int, FunctionType]:
    """Return every function with an argument that some package exports, by identity."""
    found = {}
    for name in PACKAGES:
        package = importlib.import_module(name)
        for exported in getattr(package, "__all__", ()):
            value = getattr(package, exported)
            if isinstance(value, FunctionType) and signature(value).parameters:
                found[id(value)] = value
    return found


@pytest.fixture(scope="module")
def calls(tmp_path_factory: pytest.TempPathFactory) -> list[Call]:
    return valid_calls(tmp_path_factory.mktemp("calls"))


HARMLESS = {"never", "silent"}
"""Functions that look at none of their arguments."""


def test_there_is_a_call_of_every_public_function(calls: list[Call]) -> None:
    """A function that is exported has a valid call here, with all of its arguments."""
    known = {id(call.function): call for call in calls}
    public = _public_functions()
    assert not sorted(
        value.__qualname__ for key, value in public.items() if key not in known and value.__name__ not in HARMLESS
    )
    for call in calls:
        assert id(call.function) in public, f"{call.function.__qualname__} isn't exported"
        named = [key for key, item in signature(call.function).parameters.items() if item.kind is not item.VAR_KEYWORD]
        assert not set(named) - set(call.arguments), call.function.__qualname__


def _made(call: Call, arguments: Mapping[str, Any]) -> Any:
    rest = [key for key, item in signature(call.function).parameters.items() if item.kind is item.VAR_POSITIONAL]
    several = [item for key in rest for item in arguments[key]]
    answer = call.function(*several, **{key: value for key, value in arguments.items() if key not in rest})
    if isinstance(answer, Iterator) and not isinstance(answer, AbstractContextManager):
        list(islice(answer, 10))
    return answer


def _wrong_arguments(call: Call) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for name in call.arguments:
        several = any(
            key == name and item.kind is item.VAR_POSITIONAL
            for key, item in signature(call.function).parameters.items()
        )
        for label, make in WRONG.items():
            value = make()
            yield name, label, {**call.arguments, name: (call.arguments[name][0], value) if several else value}


def test_every_wrong_value_is_refused_by_name(
    calls: list[Call], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """One wrong argument at a time beside right ones: told by its name, never a crash from inside, never an answer."""
    monkeypatch.chdir(tmp_path)
    failures = []
    for call in calls:
        for name, label, arguments in _wrong_arguments(call):
            allowed = label in call.may.get(name, "").split()
            if allowed and call.slow:
                continue
            where = f"{call.function.__module__}.{call.function.__name__}({name}={WRONG[label]()!r})"
            try:
                answer = _made(call, arguments)
            except (UsageError, InputError) as told:
                named = {name, str(WRONG[label]() or name)}
                if not allowed and not any(word.lower() in str(told).lower() for word in named):
                    failures.append(f"{where}: {told} doesn't name it")
            except LempartError as told:
                if not allowed:
                    failures.append(f"{where}: {type(told).__name__} {told}")
            except Exception as crash:
                failures.append(f"{where}: {type(crash).__name__}: {crash}")
            else:
                if not allowed:
                    failures.append(f"{where} answers {answer!r:.60}")
    assert not failures, f"{len(failures)}\n" + "\n".join(failures)


def test_valid_calls_are_valid(calls: list[Call]) -> None:
    """What stands beside the wrong values is right: the calls that are quick are answered."""
    for call in calls:
        if not call.slow:
            _made(call, call.arguments)
