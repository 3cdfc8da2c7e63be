"""From nodes to a program of the core: which operations share a loop, where each value lies, in what order.

**Loops.** Elementwise nodes of one shape and type run in one loop if none of them waits for another step in between. With the
level of a node, 0 for arguments and one more than its operands otherwise, but the same as that of an operand in the same loop,
a loop is all the nodes of one shape, type and level. Levels in ascending order are an order of the steps.

**Guards** come as soon as their values are there. Calls of Python, which may fail where a branch goes the other way, wait for
all guards that were recorded before them.

**Places.** A value that only its own loop reads lives in a block register, taken again after its last use. Others have memory
of their own: the result's, or a piece of the workspace that is free again after the last level that reads it.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from mlcore._core import calculus as core
from mlcore.calculus._nodes import I64, KINDS, Node, steps
from mlcore.calculus._recording import Recording, Reference
from mlcore.calculus._translation import Translation

__all__ = ["Program", "planned"]

_COPY = 0  # the number of the operation


class Program(NamedTuple):
    """What runs, and what it is made of."""

    core: Any
    guards: dict[int, tuple[str, Any]]
    """For the number of each step that is a guard, where it was recorded and its value."""
    dtypes: list[Any]
    """Of each result, where it is not the type it is held in."""
    operations: int
    loops: int
    python: list[str]
    """The functions that replay calls in Python."""
    workspace: int


def planned(recording: Recording, arguments: list[int], outputs: list[Any]) -> Program:
    """The program of a recording. `arguments` are lines; `outputs` are references, or constants."""
    return _Plan(recording, arguments, outputs).program()


class _Plan:
    def __init__(self, recording: Recording, arguments: list[int], outputs: list[Any]) -> None:
        nodes = Translation(recording)
        self.arguments = [nodes.of_line(i) for i in arguments]
        self.outputs = [nodes.of_line(x.line) if isinstance(x, Reference) else nodes.constant(x) for x in outputs]
        self.guards = [(nodes.contiguous(nodes.of_line(g.line)), g) for g in recording.guards]
        self.core = core.Program()
        self.slots: dict[int, int] = {}
        self.nodes = self._used(nodes.nodes)
        self._set_levels()

    def _used(self, nodes: list[Node]) -> list[Node]:
        """The nodes that an output or a guard needs, in order."""
        found: set[int] = set()
        waiting = [*self.outputs, *[x for x, _ in self.guards]]
        while waiting:
            node = waiting.pop()
            if id(node) not in found:
                found.add(id(node))
                waiting += node.args
                if node.op == "python":  # writes all of its answers, also those that nothing reads
                    waiting += node.what.answers
        return [x for x in nodes if id(x) in found]

    @staticmethod
    def _loop_of(x: Node) -> Any:
        return (x.shape, x.kind) if x.op in ("loop", "copy") else None

    def _set_levels(self) -> None:
        guards = [(x, guard.before) for x, guard in self.guards]  # in the order of the recording
        guarded = first = 0
        for x in self.nodes:
            mine = self._loop_of(x)
            x.level = 0
            for a in x.args:
                if x.op in ("view", "item"):  # written when its operand is
                    x.level = a.level
                    continue
                shared = mine is not None and mine == self._loop_of(a)
                waits = a.root.op not in ("constant", "argument")
                x.level = max(x.level, a.level + (1 if waits and not shared else 0))
            if x.op not in ("argument", "constant", "view"):
                x.level = max(x.level, 1)
            if x.op == "python":
                while first < len(guards) and guards[first][1] <= x.what.before:
                    guard = guards[first][0]
                    guarded = max(guarded, guard.level if guard.number < x.number else guard.args[0].level + 1)  # a copy
                    first += 1
                x.level = max(x.level, guarded + 1) if first else x.level

    # ---- places ----
    def program(self) -> Program:
        for x in self.arguments:
            kind = 3 if x.dtype == np.bool_ else x.kind
            self.slots[id(x)] = self.core.add_argument(kind, x.shape)
        results = self._result_slots()
        self._add_constants()
        workspace = self._add_work()
        levels: dict[int, list[Node]] = {}
        for x in self.nodes:
            if x.op not in ("argument", "constant", "view", "item"):
                levels.setdefault(x.level, []).append(x)
        loops = 0
        guards = {}
        guarded: dict[int, list[Any]] = {}
        for x, guard in self.guards:
            guarded.setdefault(x.level, []).append((x, guard))
        for level in sorted({*levels, *guarded}):
            groups: dict[Any, list[Node]] = {}
            for x in levels.get(level, []):
                groups.setdefault(self._loop_of(x) or id(x), []).append(x)
            for group in groups.values():
                if self._loop_of(group[0]):
                    self._add_loop(group)
                    loops += 1
                else:
                    getattr(self, f"_add_{group[0].op}")(group[0])
            for x, guard in guarded.get(level, []):
                guards[self.core.steps] = guard.where, guard.value
                expected = np.ascontiguousarray(guard.value, KINDS[x.kind]).tobytes()
                self.core.add_guard(x.kind, (self._slot(x), 0, []), expected)
        for x, slot in results:  # what is a constant, an argument, a view, or a result already
            self._copy(x, slot, x.kind)
        operations = [x for x in self.nodes if x.op not in ("argument", "constant", "view", "item")]
        python = [getattr(x.what.function, "__name__", str(x.what.function)) for x in operations if x.op == "python"]
        held = [x.dtype == KINDS[x.kind] and (x.kind != I64 or x.shape != ()) for x in self.outputs]  # one integer is an array
        dtypes = [None if as_it_is else x.dtype for x, as_it_is in zip(self.outputs, held, strict=True)]
        return Program(self.core, guards, dtypes, len(operations), loops, python, workspace)

    def _result_slots(self) -> list[tuple[Node, int]]:
        """A slot for each result: of its node if that has a place of its own, otherwise of a copy."""
        copies = []
        for x in self.outputs:
            slot = self.core.add_result(x.kind, x.shape)
            if x.op in ("argument", "constant", "view") or id(x) in self.slots:
                copies.append((x, slot))
            else:
                self.slots[id(x)] = slot
        return copies

    def _add_constants(self) -> None:
        for x in self.nodes:
            if x.op == "constant":
                self.slots[id(x)] = self.core.add_constant(np.ascontiguousarray(x.what, KINDS[x.kind]).tobytes())

    def _add_work(self) -> int:
        """Memory for what is read outside the loop that computes it; first fit among what is free at that level."""
        last: dict[int, int] = {}
        stored: dict[int, Node] = {}
        end = max([x.level for x in self.nodes], default=0) + 1
        for x in self.nodes:
            if x.op in ("reduce", "product", "gather", "put", "join", "cast", "item"):
                stored[id(x)] = x
            if x.op == "item":
                last[id(x)] = max(last.get(id(x), 0), x.level)
            if x.op == "view":
                continue
            for a in x.args:
                r = a.root
                mine = self._loop_of(x)
                if a.op == "view" or mine is None or self._loop_of(r) != mine or r.level != x.level:
                    stored[id(r)] = r
                    last[id(r)] = max(last.get(id(r), 0), x.level)
        for x, until in [*[(x, end) for x in self.outputs], *[(x, x.level) for x, _ in self.guards]]:
            stored[id(x.root)] = x.root
            last[id(x.root)] = max(last.get(id(x.root), 0), until)
        free: list[list[int]] = []  # [offset, bytes, level after which it is free]
        total = 0
        for x in sorted(stored.values(), key=lambda x: (x.level, x.number)):
            if id(x) in self.slots or x.op in ("python", "constant", "argument"):
                continue
            size = -(-max(x.size, 1) * KINDS[x.kind].itemsize // 64) * 64
            until = last.get(id(x), x.level)
            block = next((b for b in free if b[1] >= size and b[2] < x.level), None)
            if block is None:
                block = [total, size, 0]
                total += size
                free.append(block)
            block[2] = until
            self.slots[id(x)] = self.core.add_work(block[0])
        self.core.set_work_bytes(total)
        return total

    def _slot(self, x: Node) -> int:
        return self.slots[id(x.root)]

    def _reach(self, x: Node, shape: tuple[int, ...]) -> tuple[int, int, list[int]]:
        """A node broadcast to a shape, as a view."""
        offset, strides = x.place()
        strides = tuple(0 if n == 1 else s for n, s in zip(x.shape, strides, strict=True))
        return self._slot(x), offset, [0] * (len(shape) - len(x.shape)) + list(strides)

    # ---- steps ----
    def _add_loop(self, group: list[Node]) -> None:
        shape, kind = group[0].shape, group[0].kind
        inside = {id(x) for x in group}
        last = {id(a): i for i, x in enumerate(group) for a in x.args if id(a) in inside}
        views: list[Any] = []
        numbers: dict[Any, int] = {}
        place: dict[int, Any] = {}
        free: list[int] = []
        registers = 0

        def view(v: tuple[int, int, list[int]]) -> int:
            key = (v[0], v[1], tuple(v[2]))
            if key not in numbers:
                numbers[key] = len(views)
                views.append(v)
            return ~numbers[key]

        code = []
        for i, x in enumerate(group):
            read = [place[id(a)] if id(a) in inside else view(self._reach(a, shape)) for a in x.args]
            for a in {id(a) for a in x.args if last.get(id(a)) == i}:
                if place[a] >= 0:
                    free.append(place[a])
            if id(x) in self.slots:
                to = view((self._slot(x), 0, list(steps(shape))))
            elif free:
                to = free.pop()
            else:
                to = registers
                registers += 1
            place[id(x)] = to
            operation = x.what if x.op == "loop" else _COPY
            code.append([operation, to, *read, *[read[0]] * (3 - len(read))])
            if id(x) not in last and to >= 0:
                free.append(to)
        for line in code:
            line[1:] = [p if p >= 0 else registers + ~p for p in line[1:]]
        self.core.add_loop(kind, shape, views, registers, code)

    def _add_reduce(self, x: Node) -> None:
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

    def _add_product(self, x: Node) -> None:
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

    def _add_gather(self, x: Node) -> None:
        self.core.add_gather(x.kind, (self._slot(x.args[0]), 0, []), x.what.tolist(), (self._slot(x), 0, []))

    def _add_put(self, x: Node) -> None:
        self.core.add_zeros(x.kind, (self._slot(x), 0, []), x.size)
        self.core.add_add_at(x.kind, (self._slot(x.args[0]), 0, []), x.what.tolist(), (self._slot(x), 0, []))

    def _add_join(self, x: Node) -> None:
        strides, first = steps(x.shape), 0
        for a in x.args:
            to = (self._slot(x), first * strides[x.what], list(strides))
            self.core.add_copy(a.shape, self._reach(a, a.shape), a.kind, to, x.kind)
            first += a.shape[x.what]

    def _add_cast(self, x: Node) -> None:
        self._copy(x.args[0], self._slot(x), x.kind)

    def _copy(self, x: Node, slot: int, kind: int) -> None:
        self.core.add_copy(x.shape, self._reach(x, x.shape), x.kind, (slot, 0, list(steps(x.shape))), kind)

    def _add_python(self, x: Node) -> None:
        read = [(self._slot(a), a.kind, a.shape) for a in x.args]
        written = [(self.slots[id(item)], item.kind, item.shape) for item in x.what.answers]
        self.core.add_python(x.what.replay, read, written)
