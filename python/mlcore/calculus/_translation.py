"""From the lines of a recording to the nodes of a program, with equal operations written once.

Begin with `Translation._node` and `_native`, which decide what a line becomes. What views are views of, NumPy itself is asked
for: the function is applied to an array that stands for the node, and the address and the strides of the answer are read.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from mlcore.calculus._native import ELEMENTWISE, NUMBERS, OF_TRUTH, REDUCTIONS, VIEWS
from mlcore.calculus._nodes import F32, F64, I64, KINDS, Node, steps
from mlcore.calculus._operators import cast
from mlcore.calculus._python_step import PythonCall, arrays_of, replayed, with_references
from mlcore.calculus._recording import ITEM, Line, Recording, Reference
from mlcore.calculus._rules_index import put_item
from mlcore.calculus._rules_join import joined

__all__ = ["Translation"]

_HELD = {"float64": F64, "float32": F32, "int64": I64, "bool": F64}  # the kinds in which the core holds them
_FLOATS = {"float64": F64, "float32": F32}


class Translation:
    """The nodes of a recording."""

    def __init__(self, recording: Recording) -> None:
        self.nodes: list[Node] = []
        self._known: dict[Any, Node] = {}
        self._lines: list[Any] = []
        for line in recording.lines:
            self._lines.append(self._node(line))

    def of_line(self, i: int) -> Node:
        node: Node = self._lines[i]
        return node

    def constant(self, value: Any) -> Node:
        array = np.array(value)
        if array.dtype.kind not in "fiub" or array.dtype.itemsize > 8:
            raise TypeError(f"a constant of type {array.dtype} in a compiled function; expected real numbers.")
        kind = _HELD.get(array.dtype.name, I64 if array.dtype.kind in "iu" else F64)
        key = ("constant", array.dtype.str, array.shape, array.tobytes())
        return self._known.get(key) or self._add(key, Node("constant", (), array.shape, kind, array.dtype, array))

    def cast(self, x: Node, kind: int) -> Node:
        """The same numbers, held in another type."""
        if x.op == "constant":
            return x if x.kind == kind and x.dtype == KINDS[kind] else self.constant(x.what.astype(KINDS[kind]))
        if x.kind == kind:
            return x
        return self._make("cast", (x,), x.shape, kind, KINDS[kind])

    def contiguous(self, x: Node) -> Node:
        return x if x.op != "view" else self._make("copy", (x,), x.shape, x.kind, x.dtype)

    # ---- one line ----
    def _node(self, line: Line) -> Any:
        """The node of a line's answer, or a list of several."""
        if line.function is None:
            value = np.asarray(line.answer)
            return self._add(None, Node("argument", (), value.shape, _HELD[value.dtype.name], value.dtype))
        if line.function is ITEM:
            whole, i = line.args
            return self._lines[whole.line][i]
        if isinstance(line.answer, tuple):
            return self._python(line)
        return self._native(line) or self._python(line)[0]

    def _native(self, line: Line) -> Node | None:
        """The node of an operation that the core does itself, if it does."""
        function, args, keywords, answer = line
        shape = np.shape(answer)
        dtype = np.asarray(answer).dtype if isinstance(answer, bool | int | float) else np.result_type(answer)
        if function in ELEMENTWISE or function in OF_TRUTH:
            return self._elementwise(function, args, keywords, shape, dtype)
        if function in REDUCTIONS:
            return self._reduction(function, args, keywords, shape, dtype)
        if function in VIEWS:
            return self._view(function, args, keywords, shape)
        if function is put_item:
            return self._put(args, shape, keywords["key"])
        if function is joined:
            return self._join(args, shape, dtype, **keywords)
        if function is np.matmul and not keywords:
            return self._product(args, shape, dtype)
        if function is cast and dtype.name in _FLOATS:
            node = self.cast(self._operand(args[0]), _FLOATS[dtype.name])
            return node if node.dtype == dtype else None  # a truth value, held as a number
        if function in (np.tril, np.triu):
            mask = function(np.ones(shape[-2:], bool), **keywords)
            return self._elementwise(np.where, (mask, args[0], 0), {}, shape, dtype)
        return None

    def _operand(self, x: Any) -> Node:
        return self.of_line(x.line) if isinstance(x, Reference) else self.constant(x)

    def _elementwise(self, function: Any, args: Any, keywords: Any, shape: tuple[int, ...], dtype: Any) -> Node | None:
        if keywords or dtype.name not in ("float64", "float32", "bool"):
            return None
        nodes = [self._operand(x) for x in args]
        name = _operation(function, nodes, dtype)
        if name is None:
            return None
        kind = _computed_in(args, nodes, dtype)
        nodes = [self.cast(x, kind) for x in nodes]
        if name == "power":
            name, nodes = self._power(nodes, shape)
        for x in _equals(name, nodes):
            if x.shape == shape and x.dtype == dtype:
                return x
        return self._make("loop", tuple(nodes), shape, kind, dtype, NUMBERS[name])

    def _power(self, nodes: list[Node], shape: tuple[int, ...]) -> tuple[str, list[Node]]:
        """Squares are one multiplication."""
        x, p = nodes
        if x.shape == shape and _is_number(p, 2.0):
            return "square", [x]
        if x.shape == shape and _is_number(p, 1.0):
            return "positive", [x]
        return "power", nodes

    def _reduction(self, function: Any, args: Any, keywords: Any, shape: tuple[int, ...], dtype: Any) -> Node | None:
        (x,) = [self._operand(a) for a in args]
        counted = x.dtype == np.bool_ and function is np.sum
        if set(keywords) - {"axis", "keepdims"} or (x.dtype.name not in ("float64", "float32") and not counted):
            return None
        axis = keywords.get("axis")
        ndim = len(x.shape)
        axes = range(ndim) if axis is None else (axis if isinstance(axis, tuple) else (axis,))
        chosen = tuple(sorted(a % ndim for a in axes)) if ndim else ()
        if counted and x.kind == F32:
            x = self.cast(x, F64)
        kept = tuple(n for i, n in enumerate(x.shape) if i not in chosen)
        node = self._make("reduce", (x,), kept, x.kind, dtype, (REDUCTIONS[function], chosen))
        return node if kept == shape else self._view(np.reshape, (node, shape), {}, shape)

    def _product(self, args: Any, shape: tuple[int, ...], dtype: Any) -> Node | None:
        kind = _FLOATS.get(dtype.name)
        if kind is None:
            return None
        a, b = (self.cast(self._operand(x), kind) for x in args)
        return self._make("product", (a, b), shape, kind, dtype)

    def _view(self, function: Any, args: Any, keywords: Any, shape: tuple[int, ...]) -> Node:
        def of(array: Any) -> Any:
            return function(array, *args[1:], **keywords)

        x = args[0] if isinstance(args[0], Node) else self._operand(args[0])
        if x.op == "constant":
            return self.constant(of(x.what))
        if x.shape == shape and function in (np.reshape, np.broadcast_to, np.ravel, np.squeeze):
            return x
        place = _place_of_view(of, x, shape)
        if place is not None:
            return self._view_of(x.root, x, shape, *place)
        x = self.contiguous(x)
        places = np.asarray(of(np.arange(x.size).reshape(x.shape)))
        key = ("gather", id(x), places.shape, places.tobytes())
        return self._known.get(key) or self._add(key, Node("gather", (x,), places.shape, x.kind, x.dtype, places.ravel()))

    def _view_of(self, root: Node, x: Node, shape: tuple[int, ...], offset: int, strides: tuple[int, ...]) -> Node:
        contiguous = all(n == 1 or s == t for n, s, t in zip(shape, strides, steps(shape), strict=True))
        if shape == root.shape and offset == 0 and contiguous:
            return root
        key = ("view", id(root), shape, offset, strides)
        if key in self._known:
            return self._known[key]
        node = self._add(key, Node("view", (root,), shape, x.kind, x.dtype))
        node.strides = (offset, strides)
        return node

    def _put(self, args: Any, shape: tuple[int, ...], key: Any) -> Node | None:
        x = self._operand(args[0])
        if x.dtype.name not in ("float64", "float32"):
            return None
        places = np.arange(math.prod(shape)).reshape(shape)[key]
        x = self.contiguous(self._view(np.broadcast_to, (x, places.shape), {}, places.shape))
        return self._add(None, Node("put", (x,), shape, x.kind, x.dtype, np.ravel(places)))

    def _join(self, args: Any, shape: tuple[int, ...], dtype: Any, axis: int = 0) -> Node | None:
        kind = _FLOATS.get(dtype.name)
        if kind is None:
            return None
        parts = tuple(self.cast(self._operand(x), kind) for x in args)
        return self._make("join", parts, shape, kind, dtype, axis % len(shape))

    def _python(self, line: Line) -> list[Node]:
        """A call of a function that has no step of its own: a node, and one for each of its answers."""
        operands: list[Node] = []

        def counted(x: Reference) -> Reference:
            operands.append(self._lines[x.line])
            return Reference(len(operands) - 1)

        function, args, keywords, answer = line
        line = Line(function, with_references(counted, args), with_references(counted, dict(keywords)), answer)
        expected = arrays_of(answer, several=isinstance(answer, tuple))
        for x in expected:
            if x.dtype.name not in _HELD:
                raise TypeError(
                    f"{getattr(function, '__name__', function)} answers with {x.dtype} in a compiled function; "
                    "expected float64, float32, int64 or bool."
                )
        kinds = [_HELD[x.dtype.name] for x in expected]
        replay = replayed(line, [x.dtype for x in operands], kinds)
        whole = self._add(None, Node("python", tuple(self.contiguous(x) for x in operands), (), F64, np.float64))
        items = [
            self._add(None, Node("item", (whole,), x.shape, kind, x.dtype, i))
            for i, (x, kind) in enumerate(zip(expected, kinds, strict=True))
        ]
        whole.what = PythonCall(function, replay, items, len(self._lines))
        return items

    # ---- the list of nodes ----
    def _make(self, op: str, args: tuple[Node, ...], shape: tuple[int, ...], kind: int, dtype: Any, what: Any = None) -> Node:
        key = (op, tuple(map(id, args)), shape, kind, np.dtype(dtype).str, what)
        return self._known.get(key) or self._add(key, Node(op, args, shape, kind, dtype, what))

    def _add(self, key: Any, node: Node) -> Node:
        node.number = len(self.nodes)
        self.nodes.append(node)
        if key is not None:
            self._known[key] = node
        return node


# ---- elementwise operations ----
def _operation(function: Any, nodes: list[Node], dtype: Any) -> str | None:
    """What the core calls it, if it gives the same answer."""
    types = [x.dtype for x in nodes]
    if dtype == np.bool_ and function in OF_TRUTH and all(t == np.bool_ for t in types):
        return OF_TRUTH[function]
    if dtype == np.bool_ and np.result_type(*types).kind in "iu" and not all(map(_is_exact, nodes)):
        return None
    return ELEMENTWISE.get(function)


def _computed_in(args: Any, nodes: list[Node], dtype: Any) -> int:
    """The type of the answer; of truth values that of the operands, of which a Python number has none of its own."""
    if dtype != np.bool_:
        return F32 if dtype.name == "float32" else F64
    own = [x.dtype for a, x in zip(args, nodes, strict=True) if type(a) not in (bool, int, float) and x.dtype != np.bool_]
    of_f32 = all(t == np.float32 for t in own) if own else all(x.kind == F32 for x in nodes if x.op != "constant")
    return F32 if of_f32 else F64


def _equals(name: str, nodes: list[Node]) -> list[Node]:
    """The operands that the answer equals if it has their shape and type: in +x, x * 1, 1 * x and x / 1."""
    if name == "positive":
        return nodes
    found = []
    if name in ("multiply", "divide") and _is_number(nodes[1], 1.0):
        found.append(nodes[0])
    if name == "multiply" and _is_number(nodes[0], 1.0):
        found.append(nodes[1])
    return found


def _is_number(x: Node, value: float) -> bool:
    return x.op == "constant" and x.size == 1 and x.shape in ((), (1,) * len(x.shape)) and x.what.item() == value


def _is_exact(x: Node) -> bool:
    """Whether its integers are the same in float64."""
    return bool(np.all(np.abs(x.what) < 2**53)) if x.op == "constant" else x.kind != I64


# ---- views ----
def _place_of_view(function: Any, x: Node, shape: tuple[int, ...]) -> tuple[int, tuple[int, ...]] | None:
    """Offset and strides of function(x) in the root, if it is a view: read off for an array that stands for x."""
    offset, strides = x.place()
    item = KINDS[x.root.kind].itemsize
    memory = np.empty(max(x.root.size, 1), KINDS[x.root.kind])
    start = memory[offset:] if x.size else memory
    stand_in = np.lib.stride_tricks.as_strided(start, x.shape, [s * item for s in strides])
    try:
        found = np.asarray(function(stand_in))
    except MemoryError:
        return None
    if found.shape != shape or not found.size or not np.may_share_memory(found, memory):
        return None
    away = found.__array_interface__["data"][0] - memory.__array_interface__["data"][0]
    return away // item, tuple(s // item for s in found.strides)
