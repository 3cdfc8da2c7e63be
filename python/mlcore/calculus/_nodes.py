"""The nodes of a compiled program: its values, each with the operation that gives it.

A node is an argument, a constant, a view of another node, or the answer of an operation that the core can do: elementwise, a
reduction, a matrix product, elements moved to other places. All else is a call of Python.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

__all__ = ["F32", "F64", "I64", "KINDS", "Node", "steps"]

# The types in which the core holds numbers. Truth values are held as numbers 1 and 0, and so are counts of them.
F64, F32, I64 = 0, 1, 2
KINDS = (np.dtype(np.float64), np.dtype(np.float32), np.dtype(np.int64))


class Node:
    """One value of the program.

    What `what` holds depends on the operation: of a constant the array, of an elementwise operation its number, of a reduction
    its number and the axes, of a join the axis, of a gather and a put the places in the array that is not contiguous, of a call
    of Python a `PythonCall`, of one of its answers which it is.
    """

    __slots__ = ("args", "dtype", "kind", "level", "number", "op", "shape", "strides", "what")

    def __init__(
        self, op: str, args: tuple[Node, ...], shape: tuple[int, ...], kind: int, dtype: Any, what: Any = None
    ) -> None:
        self.op = op
        self.args = args
        self.shape = shape
        self.kind = kind
        self.dtype = np.dtype(dtype)
        self.what = what
        self.number = self.level = 0
        self.strides: tuple[int, tuple[int, ...]] = (0, ())  # of a view: offset and strides in the root

    @property
    def root(self) -> Node:
        return self.args[0] if self.op == "view" else self

    @property
    def size(self) -> int:
        return math.prod(self.shape)

    def place(self) -> tuple[int, tuple[int, ...]]:
        """Offset and strides, in elements of the root."""
        return self.strides if self.op == "view" else (0, steps(self.shape))


def steps(shape: tuple[int, ...]) -> tuple[int, ...]:
    """The strides of a contiguous array, in elements."""
    found, step = [], 1
    for n in reversed(shape):
        found.append(step)
        step *= max(n, 1)
    return tuple(reversed(found))
