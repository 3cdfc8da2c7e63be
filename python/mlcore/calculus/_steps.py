"""From nodes to the steps of a program of the core (cpp/calculus/tape.hpp).

A step reads and writes views: the slot of a piece of memory, an offset, and strides, in elements. What a loop writes for itself
alone lies in block registers, each taken again after its last use.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from mlcore.calculus._nodes import KINDS, Node, steps

__all__ = ["Steps"]

View = tuple[int, int, list[int]]

_COPY = 0  # the number of the operation


class Steps:
    """Writes to a program of the core.

    Parameters
    ----------
    core : mlcore._core.calculus.Program
    slots : dict of int
        For the id of each node that lies in memory its slot.
    """

    def __init__(self, core: Any, slots: dict[int, int]) -> None:
        self.core = core
        self.slots = slots

    def add(self, x: Node) -> None:
        """The step of one operation, which shares no loop."""
        getattr(self, f"_{x.op}")(x)

    def _slot(self, x: Node) -> int:
        return self.slots[id(x.root)]

    def _reach(self, x: Node, shape: tuple[int, ...]) -> tuple[int, int, list[int]]:
        """A node broadcast to a shape, as a view."""
        offset, strides = x.place()
        strides = tuple(0 if n == 1 else s for n, s in zip(x.shape, strides, strict=True))
        return self._slot(x), offset, [0] * (len(shape) - len(x.shape)) + list(strides)

    def guard(self, x: Node, value: Any) -> None:
        """A comparison; the program ends where the values are others."""
        self.core.add_guard(x.kind, (self._slot(x), 0, []), np.ascontiguousarray(value, KINDS[x.kind]).tobytes())

    def loop(self, group: list[Node]) -> None:
        """The step of elementwise operations that share a loop."""
        shape, kind = group[0].shape, group[0].kind
        inside = {id(x) for x in group}
        last = {id(a): i for i, x in enumerate(group) for a in x.args if id(a) in inside}
        places = _Places()
        place: dict[int, int] = {}
        code = []
        for i, x in enumerate(group):
            read = [place[id(a)] if id(a) in inside else places.view(self._reach(a, shape)) for a in x.args]
            for a in {id(a) for a in x.args if last.get(id(a)) == i}:
                places.release(place[a])
            to = places.view((self._slot(x), 0, list(steps(shape)))) if id(x) in self.slots else places.register()
            place[id(x)] = to
            code.append((x.what if x.op == "loop" else _COPY, [to, *read, *[read[0]] * (3 - len(read))]))
            if id(x) not in last:
                places.release(to)
        lines = [[operation, *map(places.number, operands)] for operation, operands in code]
        self.core.add_loop(kind, shape, places.views, places.registers, lines)

    def _reduce(self, x: Node) -> None:
        reduction, axes = x.what
        (a,) = x.args
        offset, strides = a.place()
        kept = [i for i in range(len(a.shape)) if i not in axes]
        self.core.add_reduction(
            x.kind,
            reduction,
            [a.shape[i] for i in kept],
            [strides[i] for i in kept],
            [a.shape[i] for i in axes],
            [strides[i] for i in axes],
            (self._slot(a), offset, []),
            (self._slot(x), 0, []),
        )

    def _product(self, x: Node) -> None:
        a, b = x.args
        row, column = len(a.shape) == 1, len(b.shape) == 1
        k = a.shape[-1]
        m, n = (1 if row else a.shape[-2]), (1 if column else b.shape[-1])
        stack = x.shape[: len(x.shape) - (not row) - (not column)]

        def strided(y: Node, vector: bool, as_row: bool) -> tuple[int, int, list[int]]:
            offset, strides = y.place()
            core_axes = ([0, strides[-1]] if as_row else [strides[-1], 0]) if vector else list(strides[-2:])
            outer = () if vector else [0 if size == 1 else s for size, s in zip(y.shape[:-2], strides[:-2], strict=True)]
            return self._slot(y), offset, [0] * (len(stack) - len(outer)) + [*outer, *core_axes]

        result = (self._slot(x), 0, list(steps((*stack, m, n))))
        self.core.add_product(x.kind, stack, m, n, k, strided(a, row, True), strided(b, column, False), result)

    def _gather(self, x: Node) -> None:
        self.core.add_gather(x.kind, (self._slot(x.args[0]), 0, []), x.what.tolist(), (self._slot(x), 0, []))

    def _put(self, x: Node) -> None:
        self.core.add_zeros(x.kind, (self._slot(x), 0, []), x.size)
        self.core.add_add_at(x.kind, (self._slot(x.args[0]), 0, []), x.what.tolist(), (self._slot(x), 0, []))

    def _join(self, x: Node) -> None:
        strides, first = steps(x.shape), 0
        for a in x.args:
            to = (self._slot(x), first * strides[x.what], list(strides))
            self.core.add_copy(a.shape, self._reach(a, a.shape), a.kind, to, x.kind)
            first += a.shape[x.what]

    def _cast(self, x: Node) -> None:
        self.copy(x.args[0], self._slot(x), x.kind)

    def copy(self, x: Node, slot: int, kind: int) -> None:
        """The numbers of a node, to a place of their own."""
        self.core.add_copy(x.shape, self._reach(x, x.shape), x.kind, (slot, 0, list(steps(x.shape))), kind)

    def _python(self, x: Node) -> None:
        read = [(self._slot(a), a.kind, a.shape) for a in x.args]
        written = [(self.slots[id(item)], item.kind, item.shape) for item in x.what.answers]
        self.core.add_python(x.what.replay, read, written)


class _Places:
    """Where the operands of one loop are: registers 0, 1, ..., and views ~0, ~1, ..., which are counted behind them at last."""

    def __init__(self) -> None:
        self.views: list[View] = []
        self.registers = 0
        self._known: dict[Any, int] = {}
        self._free: list[int] = []

    def view(self, v: View) -> int:
        key = (v[0], v[1], tuple(v[2]))
        if key not in self._known:
            self._known[key] = len(self.views)
            self.views.append(v)
        return ~self._known[key]

    def register(self) -> int:
        if self._free:
            return self._free.pop()
        self.registers += 1
        return self.registers - 1

    def release(self, place: int) -> None:
        """A register may be taken again; a view stays."""
        if place >= 0:
            self._free.append(place)

    def number(self, place: int) -> int:
        return place if place >= 0 else self.registers + ~place
