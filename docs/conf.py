"""The documentation site: sphinx-build -W docs build/docs."""

import sys
from pathlib import Path

import lempart

sys.path.insert(0, str(Path(__file__).parent / "_ext"))

project = "lempart"
author = copyright = "the lempart authors"  # noqa: A001  # Sphinx' own name
release = lempart.__version__

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx.ext.viewcode",
    "sphinx_click",
    "sphinx_copybutton",
    "sphinx-mathjax-offline",  # formulas without a network
    "link_names",
]
exclude_patterns = ["_ext"]

myst_enable_extensions = ["colon_fence", "deflist", "dollarmath"]
myst_heading_anchors = 4

autodoc_default_options = {"members": True}
autodoc_typehints = "signature"
autodoc_member_order = "bysource"
autodoc_preserve_defaults = True
napoleon_google_docstring = False
napoleon_use_ivar = False
napoleon_use_rtype = False

html_theme = "furo"
html_title = f"lempart {release}"
html_static_path: list[str] = []
html_show_sphinx = False
copybutton_prompt_text = "$ "
