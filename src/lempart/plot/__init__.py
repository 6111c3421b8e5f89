"""Pictures: one chart definition for the report, notebooks and papers.

Charts are Altair charts, drawn without a browser or a network. The names below are loaded when first used; those that
draw need the extra ``lempart[plot]``, colours and layout don't.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from lempart.optional import needed

if TYPE_CHECKING:
    from lempart.plot.bill_bars import bills
    from lempart.plot.colours import look
    from lempart.plot.cost_bars import costs
    from lempart.plot.drawing import stacked
    from lempart.plot.feeder_picture import feeder
    from lempart.plot.files import SUFFIXES, javascript_bundle, render, save, spec
    from lempart.plot.lattice_map import lattice
    from lempart.plot.loss_bars import losses
    from lempart.plot.operation import loadings, voltages
    from lempart.plot.phase_map import phase
    from lempart.plot.profile_panels import branch_profiles, profiles
    from lempart.plot.themes import theme

_HOME = {
    "SUFFIXES": "files",
    "bills": "bill_bars",
    "branch_profiles": "profile_panels",
    "costs": "cost_bars",
    "feeder": "feeder_picture",
    "javascript_bundle": "files",
    "lattice": "lattice_map",
    "loadings": "operation",
    "look": "colours",
    "losses": "loss_bars",
    "phase": "phase_map",
    "profiles": "profile_panels",
    "render": "files",
    "save": "files",
    "spec": "files",
    "stacked": "drawing",
    "theme": "themes",
    "voltages": "operation",
}

__all__ = [
    "SUFFIXES",
    "bills",
    "branch_profiles",
    "costs",
    "feeder",
    "javascript_bundle",
    "lattice",
    "loadings",
    "look",
    "losses",
    "phase",
    "profiles",
    "render",
    "save",
    "spec",
    "stacked",
    "theme",
    "voltages",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'lempart.plot' has no attribute {name!r}")
    try:
        module = importlib.import_module(f"lempart.plot.{_HOME[name]}")
    except ModuleNotFoundError:
        needed("altair", "plot", "pictures")
        raise
    return getattr(module, name)


def __dir__() -> list[str]:
    return sorted(__all__)
