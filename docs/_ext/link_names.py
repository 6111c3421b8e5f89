"""Turn every `lempart.x.y` in the text into a link to its documentation.

The pages stay plain Markdown, and read well wherever they are shown; a name that doesn't exist is a warning.
"""

from __future__ import annotations

import importlib
import re
from types import ModuleType
from typing import Any

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.transforms import SphinxTransform
from sphinx.util import logging

LOGGER = logging.getLogger(__name__)
NAME = re.compile(r"lempart(\.\w+)+")


class LinkNames(SphinxTransform):
    """Replaces literals that name a part of the package by references to where it is defined."""

    default_priority = 400

    def apply(self, **_: Any) -> None:
        """Replace them in one page; docstrings have links of their own."""
        if self.env.docname.startswith("api/") and self.env.docname != "api/index":
            return
        for literal in list(self.document.findall(nodes.literal)):
            name = literal.astext()
            if not NAME.fullmatch(name) or isinstance(literal.parent, nodes.reference):
                continue
            try:
                target = canonical(name)
            except ImportError:
                LOGGER.warning("there is no %s", name, location=literal)
                continue
            link = addnodes.pending_xref(
                "", refdomain="py", reftype="obj", reftarget=target, refexplicit=True, refwarn=True
            )
            link["refdoc"] = self.env.docname
            link += nodes.literal("", name, classes=["xref", "py"])
            literal.replace_self(link)


def canonical(name: str) -> str:
    """Return the name under which an object is documented: its package's, if it is public there, else its module's."""
    owner, found = None, importlib.import_module("lempart")
    for part in name.split(".")[1:]:
        owner, found = found, _part(found, part)
    if isinstance(found, ModuleType):
        return found.__name__
    if isinstance(owner, type):  # a method or a field
        return f"{canonical(f'{owner.__module__}.{owner.__qualname__}')}.{name.rpartition('.')[2]}"
    module = getattr(found, "__module__", owner.__name__)
    own = name.rpartition(".")[2]
    for package in _packages(module):
        if own in getattr(importlib.import_module(package), "__all__", ()):
            return f"{package}.{own}"
    return f"{module}.{own}"


def _part(owner: Any, part: str) -> Any:
    """Return an attribute, a field of a dataclass, or a module."""
    if isinstance(owner, type) and part in getattr(owner, "__dataclass_fields__", {}):
        return None
    try:
        return getattr(owner, part)
    except AttributeError:
        return importlib.import_module(f"{owner.__name__}.{part}")


def _packages(module: str) -> list[str]:
    """Return the packages around a module, the outermost but ``lempart`` itself first."""
    parts = module.split(".")
    return [".".join(parts[:length]) for length in range(2, len(parts))]


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the transform."""
    app.add_transform(LinkNames)
    return {"parallel_read_safe": True}
