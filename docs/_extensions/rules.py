"""The directive ``rules``: the functions that have a rule of differentiation, read off the table when the pages are built.

Its argument is the kind: ``elementwise``, ``numpy``, ``numpy.linalg`` or ``mlcore.linalg``.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from mlcore import calculus, linalg
from mlcore.calculus._table import RULES


def _named(room: Any, *, elementwise: bool = False) -> list[str]:
    """The public names in `room` of functions that the table has."""
    names = {name for name in dir(room) if not name.startswith("_")}
    functions = {name: getattr(room, name) for name in names}
    known = {name: f for name, f in functions.items() if callable(f) and not isinstance(f, type) and f in RULES}
    return sorted(name for name, f in known.items() if isinstance(f, np.ufunc) == elementwise)


KINDS: dict[str, Callable[[], list[str]]] = {
    "elementwise": lambda: _named(np, elementwise=True),
    "numpy": lambda: _named(np),
    "numpy.linalg": lambda: _named(np.linalg),
    "mlcore.linalg": lambda: _named(linalg),
}


class Rules(SphinxDirective):
    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        paragraph = nodes.paragraph()
        for i, name in enumerate(KINDS[self.arguments[0]]()):
            paragraph += [nodes.Text(", ")] * (i > 0) + [nodes.literal(name, name)]
        return [paragraph]


def setup(app: Sphinx) -> dict[str, Any]:
    assert calculus.__all__  # the rules are in the table once this is imported
    app.add_directive("rules", Rules)
    return {"parallel_read_safe": True}
