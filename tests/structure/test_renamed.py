"""Names that changed: the old ones give what the new ones give, and warn where they are used."""

from __future__ import annotations

import importlib
import sys
from dataclasses import dataclass
from types import ModuleType

import pytest

from lempart import read_case, shipped_case_path
from lempart._renamed import renamed, renamed_arguments
from lempart.cost import costs_of
from lempart.search import Automatic, BoundedSearch, LocalSearch, TreeProgram

NAMES = [
    ("lempart.game", "Standing", "CoreMembership"),
    ("lempart.game", "standing", "core_membership"),
    ("lempart.game", "gains_of", "excesses"),
    ("lempart.partition", "Node", "BranchingNode"),
]
OPTIONS = [
    (Automatic, "few", "exhaustive_up_to"),
    (BoundedSearch, "most_deviations", "max_deviations"),
    (LocalSearch, "most", "max_partitions"),
    (LocalSearch, "steps_tried", "max_neighbours"),
    (LocalSearch, "most_deviations", "max_deviations"),
    (LocalSearch, "checked", "max_checked"),
    (TreeProgram, "most_ties", "max_ties"),
]


@pytest.mark.parametrize(("module", "old", "new"), NAMES)
def test_public_names_of_yesterday(module: str, old: str, new: str) -> None:
    """Every public name that changed is still there, and says what it is called now."""
    package = importlib.import_module(module)
    with pytest.warns(DeprecationWarning, match=new):
        assert getattr(package, old) is getattr(package, new)


@pytest.mark.parametrize(("search", "old", "new"), OPTIONS)
def test_options_of_yesterday(search: type, old: str, new: str) -> None:
    """Every option of a search that changed its name is still taken by the old one."""
    with pytest.warns(DeprecationWarning, match=new):
        assert getattr(search(**{old: 7}), new) == 7


def test_a_module_answers_to_an_old_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """The old name is the same object, the warning names the new one and points here; other names don't exist."""
    module = ModuleType("somewhere")
    module.new = object()  # type: ignore[attr-defined]
    module.__getattr__ = renamed("somewhere", {"old": "new"})  # type: ignore[method-assign]
    monkeypatch.setitem(sys.modules, "somewhere", module)
    with pytest.warns(DeprecationWarning, match=r"somewhere\.old is now called new") as told:
        assert module.old is module.new
    assert told[0].filename == __file__
    with pytest.raises(AttributeError, match="no attribute 'other'"):
        _ = module.other


@renamed_arguments({"most": "max_rows"})
@dataclass(frozen=True, slots=True)
class Options:
    max_rows: int = 1


@renamed_arguments({"more": "extra"})
def function(first: int, *, extra: int = 0) -> int:
    return first + extra


def test_a_record_takes_and_answers_to_an_old_name() -> None:
    """As a keyword and as an attribute; the new name takes no warning."""
    with pytest.warns(DeprecationWarning, match="Options: most is now called max_rows") as told:
        made = Options(most=3)  # type: ignore[call-arg]
    assert told[0].filename == __file__
    assert made == Options(max_rows=3)
    with pytest.warns(DeprecationWarning, match=r"Options\.most is now called max_rows") as told:
        assert made.most == 3  # type: ignore[attr-defined]
    assert told[0].filename == __file__


def test_a_function_takes_an_old_keyword() -> None:
    """The value goes to the new one; both at once, or a name that never was, is the usual error."""
    with pytest.warns(DeprecationWarning, match="function: more is now called extra"):
        assert function(1, more=2) == 3  # type: ignore[call-arg]
    assert function(1, extra=2) == 3
    with pytest.raises(TypeError):
        function(1, more=2, extra=2)  # type: ignore[call-arg]
    with pytest.raises(TypeError):
        function(1, many=2)  # type: ignore[call-arg]


@pytest.mark.parametrize("name", ["example-1", "ieee33-branches"])
def test_a_cost_model_answers_to_its_case_by_the_old_name(name: str) -> None:
    """``costs.setting`` is ``costs.prepared``, of both models."""
    costs = costs_of(read_case(shipped_case_path(name)))
    with pytest.warns(DeprecationWarning, match="setting is now called prepared"):
        assert costs.setting is costs.prepared  # type: ignore[attr-defined]
