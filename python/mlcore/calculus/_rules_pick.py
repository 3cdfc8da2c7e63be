"""Elements picked from a table by indices that are computed from values.

``table[i]`` is linear in the table, and its transpose adds up what belongs to the same place. The indices are an operand, not a
parameter: a compiled program computes them anew at every replay, where ``x[i]`` would insist on those that it has seen.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from mlcore.calculus._derivative_rule import Rule
from mlcore.calculus._trace import Traced, shape_of

__all__ = ["in_double", "pick", "spread_out"]


def in_double(x: Any) -> Any:
    """In float64, which some of NumPy's functions compute in whatever they are given."""
    if not isinstance(x, Traced):
        return np.asarray(x, float)
    return x if x.dtype == np.float64 else x.astype(np.float64)


def _pick(table: Any, i: Any) -> Any:
    return table[i]


def _spread_out(g: Any, i: Any, *, n: int) -> Any:
    return np.bincount(np.ravel(i), np.ravel(g), n).astype(np.result_type(g))


pick: Rule = Rule(
    _pick,
    (lambda g, y, table, i: spread_out(g, i, n=shape_of(table)[0]), lambda g, y, table, i: np.zeros(shape_of(i))),
    lambda tangents, y, table, i: pick(tangents[0], i),
    kind="linear",
)
"""``(table, i)``: elements of an array of one axis."""
spread_out: Rule = Rule(
    _spread_out,
    (lambda g, y, x, i, n: pick(g, i), lambda g, y, x, i, n: np.zeros(shape_of(i))),
    lambda tangents, y, x, i, n: spread_out(tangents[0], i, n=n),
    parameters=("n",),
    kind="linear",
)
"""``(x, i, n=...)``: an array of n zeros to which each x[k] was added at i[k]."""
