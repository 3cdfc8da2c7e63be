"""A computation graph in words: numbers and arrays in few characters, and the table."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape
from typing import Any, Final

import numpy as np

from mlcore import linalg
from mlcore.calculus._graph_nodes import GraphNode

__all__ = ["expression", "html", "local_derivatives", "number", "summary", "table"]

# Arrays of so many elements are written out.
_FEW: Final = 4
_LONGEST: Final = 60


def number(x: Any, digits: int = 6) -> str:
    """A number in so many digits, without "-0"."""
    text = f"{float(x):.{digits}g}"
    return "0" if text == "-0" else text


def summary(x: Any, digits: int = 6, norm: bool = True) -> str:
    """A number; the elements of a small array; the shape, range and norm of a large one; the shapes of several answers."""
    if isinstance(x, tuple):
        return ", ".join(str(np.shape(item)) for item in x)
    array = np.asarray(x)
    if array.dtype.kind not in "fiub":
        return _cut(str(x), 24)
    if array.ndim == 0:
        return number(array, digits)
    if 0 < array.size <= _FEW:
        return _nested(array, digits)
    shape = str(array.shape)
    if array.size == 0:
        return shape
    known = array[~np.isnan(array)]
    missing = array.size - known.size
    parts = [shape]
    if known.size:
        low, high = number(known.min(), digits), number(known.max(), digits)
        parts.append(f"all {low}" if low == high else f"{low}..{high}")
    if missing:
        parts.append(f"{missing} nan")
    elif norm:
        parts.append(f"norm {number(linalg.norm(array.astype(np.float64).ravel()), digits)}")
    return " ".join(parts)


def _nested(array: Any, digits: int) -> str:
    if array.ndim == 0:
        return number(array, digits)
    return "[" + ", ".join(_nested(part, digits) for part in array) + "]"


def expression(node: GraphNode, longest: int = _LONGEST) -> str:
    """The right-hand side of its line: multiply(v1, 2)."""
    if node.operation in ("input", "constant"):
        return node.operation
    words = [_constant(x.value) if x.name is None else x.name for x in node.operands]
    for key, value in node.parameters.items():
        if value is not None and value is not False and not (key == "order" and value == "C"):
            words.append(_parameter(value) if key in ("key", "item") else f"{key}={_parameter(value)}")
    return _cut(f"{node.operation}({', '.join(words)})", longest)


def _constant(x: Any) -> str:
    return summary(x, 4) if np.size(x) <= _FEW else f"array({', '.join(map(str, np.shape(x)))})"


def _parameter(value: Any) -> str:
    """An index, an axis, a flag, as it is written in a program."""
    if isinstance(value, slice):
        ends = ["" if end is None else str(end) for end in (value.start, value.stop, value.step)]
        return ":".join(ends[: 2 if value.step is None else 3])
    if value is Ellipsis:
        return "..."
    if isinstance(value, tuple):
        return "(" + ", ".join(_parameter(part) for part in value) + ("," if len(value) == 1 else "") + ")"
    if isinstance(value, np.ndarray):
        few = value.ndim and 0 < value.size <= _FEW
        return str(value.tolist()) if few or not value.ndim else _constant(value)
    if isinstance(value, np.generic):
        return str(value.item())
    return repr(value) if isinstance(value, str) and not value.isidentifier() else str(value)


def local_derivatives(node: GraphNode) -> str:
    """d/dx 3, d/dy 2"""
    return ", ".join(f"d/d{x.name} {number(x.local)}" for x in node.operands if x.local is not None)


def table(nodes: Sequence[GraphNode]) -> str:
    """A line for each node in the order of evaluation: values are read downwards, adjoints upwards."""
    rows = [
        (node.name, expression(node), summary(node.value), summary(node.adjoint), local_derivatives(node)) for node in nodes
    ]
    name, right, value, adjoint = (max(len(row[i]) for row in rows) for i in range(4))
    return "\n".join(
        f"{a:>{name}} = {b:<{right}}   value {c:>{value}}   adjoint {d:>{adjoint}}   {e}".rstrip() for a, b, c, d, e in rows
    )


def html(svg: str, text: str) -> str:
    """A drawing, which may be wider than the page, above its table."""
    return (
        f'<div style="overflow-x:auto">{svg}</div>\n<details><summary>values and adjoints</summary>'
        f'<pre style="overflow-x:auto">{escape(text)}</pre></details>'
    )


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else text[: math.ceil(longest / 2) - 1] + "…" + text[len(text) - longest // 2 :]
