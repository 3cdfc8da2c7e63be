"""Sphinx's settings: ``sphinx-build -W -b html docs out``."""

import re
import sys
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

import mlcore

sys.path.insert(0, str(Path(__file__).parent / "_extensions"))

project = "mlcore"
author = "the mlcore developers"
version = release = mlcore.__version__

extensions = [
    "myst_parser",
    "numpydoc",
    "picture",
    "rules",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.mathjax",
]
exclude_patterns = ["_extensions", "_templates"]
templates_path = ["_templates"]

myst_enable_extensions = ["amsmath", "dollarmath"]
numpydoc_show_class_members = False
autosummary_ignore_module_all = False  # what __all__ names is public, wherever it is defined
autosummary_imported_members = True
autodoc_typehints = "none"  # the docstrings say more

html_theme = "furo"
html_title = f"mlcore {version}"
html_static_path = ["_static"]
html_css_files = ["picture.css"]
html_copy_source = False
html_show_copyright = False


def initials(app: Sphinx, what: str, name: str, of: Any, options: Any, lines: list[str]) -> None:
    """The initial of an author at the beginning of a reference is no number of a list."""
    lines[:] = [re.sub(r"^(\s*(?:\.\. \[[^]]+\] )?[A-Z])\. ", r"\1\\. ", line) for line in lines]


def setup(app: Sphinx) -> None:
    app.connect("autodoc-process-docstring", initials)
