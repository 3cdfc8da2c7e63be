"""From the lines of a recording to nodes: what a compiled program computes, with equal operations written once.

A node is an argument, a constant, a view of another node, or the answer of an operation that the core can do: elementwise, a
reduction, a matrix product, elements moved to other places. All else is a call of Python, and counted.

Truth values are held as numbers 1 and 0, and so are counts of them. What views are views of, NumPy itself is asked for: the
function is applied to an array that stands for the node, and the address and the strides of the answer are read.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from mlcore.calculus._operators import cast
from mlcore.calculus._recording import ITEM, Recording, Reference
from mlcore.calculus._rules_index import put_item, take_item
from mlcore.calculus._rules_join import joined

__all__ = ["F32", "F64", "I64", "KINDS", "OPERATIONS", "Graph", "Node"]

F64, F32, I64 = 0, 1, 2
KINDS = (np.dtype(np.float64), np.dtype(np.float32), np.dtype(np.int64))

# As in cpp/calculus/kernels.hpp.
OPERATIONS = (
    "positive", "add", "subtract", "multiply", "divide", "negative", "absolute", "square", "reciprocal", "sqrt", "maximum",
    "minimum", "fmax", "fmin", "sign", "less", "less_equal", "greater", "greater_equal", "equal", "not_equal", "logical_and",
    "logical_or", "logical_not", "logical_xor", "isnan", "isinf", "isfinite", "where", "exp", "expm1", "log", "log1p", "sin",
    "cos", "tan", "tanh", "sinh", "cosh", "exp2", "log2", "log10", "arcsin", "arccos", "arctan", "arcsinh", "arccosh",
    "arctanh", "cbrt", "floor", "ceil", "trunc", "rint", "power", "arctan2", "hypot", "copysign", "fmod", "remainder",
    "floor_divide", "logaddexp", "logaddexp2",
)
_NUMBER = {name: i for i, name in enumerate(OPERATIONS)}
_ELEMENTWISE: dict[Any, str] = {getattr(np, name): name for name in OPERATIONS}
_ELEMENTWISE |= {np.fabs: "absolute", np.float_power: "power"}
_OF_TRUTH: dict[Any, str] = {np.bitwise_and: "logical_and", np.bitwise_or: "logical_or", np.bitwise_xor: "logical_xor"}
_OF_TRUTH |= {np.invert: "logical_not"}
_OF_TRUTH |= {np.multiply: "logical_and", np.add: "logical_or", np.maximum: "logical_or", np.minimum: "logical_and"}
_REDUCTIONS = {np.sum: 0, np.prod: 1, np.max: 2, np.min: 3}
_VIEWS = {np.reshape, np.transpose, np.swapaxes, np.moveaxis, np.expand_dims, np.squeeze, np.ravel, np.flip, np.rot90}
_VIEWS |= {np.broadcast_to, np.roll, take_item}


class Node:
    """One value of the program."""

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


class Graph:
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
        kind = {"float64": F64, "float32": F32, "bool": F64}.get(array.dtype.name, I64 if array.dtype.kind in "iu" else F64)
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
    def _node(self, line: Any) -> Any:
        function, args, keywords, answer = line
        if function is None:
            value = np.asarray(answer)
            kind = {"float64": F64, "float32": F32, "int64": I64, "bool": F64}[value.dtype.name]
            return self._add(None, Node("argument", (), value.shape, kind, value.dtype))
        if function is ITEM:
            whole = self._lines[args[0].line]
            return whole[args[1]]
        if isinstance(answer, tuple):
            return self._python(line)
        dtype, shape = np.result_type(answer), np.shape(answer)
        if isinstance(answer, bool | int | float):
            dtype = np.asarray(answer).dtype
        node = None
        if function in _ELEMENTWISE or function in _OF_TRUTH:
            node = self._elementwise(function, args, keywords, shape, dtype)
        elif function in _REDUCTIONS:
            node = self._reduction(function, args, keywords, shape, dtype)
        elif function in _VIEWS:
            node = self._view(function, args, keywords, shape)
        elif function is put_item:
            node = self._put(args, shape, keywords["key"])
        elif function is joined:
            node = self._join(args, shape, dtype, **keywords)
        elif function is np.matmul and not keywords:
            node = self._product(args, shape, dtype)
        elif function is cast and dtype.name in ("float64", "float32"):
            node = self.cast(self._operand(args[0]), F32 if dtype.name == "float32" else F64)
            node = node if node.dtype == dtype else None  # a truth value, held as a number
        elif function in (np.tril, np.triu):
            mask = function(np.ones(shape[-2:], bool), **keywords)
            node = self._elementwise(np.where, (mask, args[0], 0), {}, shape, dtype)
        return node if node is not None else self._python(line)[0]

    def _operand(self, x: Any) -> Node:
        return self.of_line(x.line) if isinstance(x, Reference) else self.constant(x)

    def _elementwise(self, function: Any, args: Any, keywords: Any, shape: tuple[int, ...], dtype: Any) -> Node | None:
        if keywords or dtype.kind not in "fb" or dtype.name not in ("float64", "float32", "bool"):
            return None
        nodes = [self._operand(x) for x in args]
        types = [x.dtype for x in nodes]
        name = _ELEMENTWISE.get(function)
        truth = all(t == np.bool_ for t in types)
        if dtype == np.bool_ and truth and function in _OF_TRUTH:
            name = _OF_TRUTH[function]
        elif name is None or (dtype == np.bool_ and np.result_type(*types).kind in "iu" and not all(map(_is_exact, nodes))):
            return None
        if dtype == np.bool_:  # computed in the type of the operands, of which a Python number has none of its own
            own = [t for x, t in zip(args, types, strict=True) if type(x) not in (bool, int, float) and t != np.bool_]
            of_f32 = all(t == np.float32 for t in own) if own else all(n.kind == F32 for n in nodes if n.op != "constant")
            kind = F32 if of_f32 else F64
        else:
            kind = F32 if dtype.name == "float32" else F64
        nodes = [self.cast(x, kind) for x in nodes]
        if name == "power":
            name, nodes = self._power(nodes, shape)
        if name in ("multiply", "divide") and _is_number(nodes[1], 1.0) and nodes[0].shape == shape and nodes[0].dtype == dtype:
            return nodes[0]
        if name == "multiply" and _is_number(nodes[0], 1.0) and nodes[1].shape == shape and nodes[1].dtype == dtype:
            return nodes[1]
        if name == "positive" and nodes[0].dtype == dtype:
            return nodes[0]
        return self._make("loop", tuple(nodes), shape, kind, dtype, _NUMBER[name])

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
        node = self._make("reduce", (x,), kept, x.kind, dtype, (_REDUCTIONS[function], chosen))
        return node if kept == shape else self._view(np.reshape, (node, shape), {}, shape)

    def _product(self, args: Any, shape: tuple[int, ...], dtype: Any) -> Node | None:
        kind = {"float64": F64, "float32": F32}.get(dtype.name)
        if kind is None:
            return None
        a, b = (self.cast(self._operand(x), kind) for x in args)
        return self._make("product", (a, b), shape, kind, dtype)

    def _view(self, function: Any, args: Any, keywords: Any, shape: tuple[int, ...]) -> Node:
        x = args[0] if isinstance(args[0], Node) else self._operand(args[0])
        if x.op == "constant":
            return self.constant(function(x.what, *args[1:], **keywords))
        if x.shape == shape and function in (np.reshape, np.broadcast_to, np.ravel, np.squeeze):
            return x
        root, (offset, strides) = x.root, x.place()
        item = KINDS[root.kind].itemsize
        memory = np.empty(max(root.size, 1), KINDS[root.kind])
        start = memory[offset:] if x.size else memory
        stand_in = np.lib.stride_tricks.as_strided(start, x.shape, [s * item for s in strides])
        try:
            found = np.asarray(_call(function, stand_in, args[1:], keywords))
        except MemoryError:
            found = np.empty(0)
        if found.shape == shape and found.size and np.may_share_memory(found, memory):
            away = (found.__array_interface__["data"][0] - memory.__array_interface__["data"][0]) // item
            return self._view_of(root, x, shape, away, tuple(s // item for s in found.strides))
        x = self.contiguous(x)
        places = np.asarray(_call(function, np.arange(x.size).reshape(x.shape), args[1:], keywords))
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
        kind = {"float64": F64, "float32": F32}.get(dtype.name)
        if kind is None:
            return None
        parts = tuple(self.cast(self._operand(x), kind) for x in args)
        return self._make("join", parts, shape, kind, dtype, axis % len(shape))

    def _python(self, line: Any) -> list[Node]:
        """A call of a function that has no step of its own: a node, and one for each of its answers."""
        inputs: list[Node] = []
        forms: list[Any] = []

        def enter(x: Any) -> Any:
            if isinstance(x, Reference):
                node = self._lines[x.line]
                inputs.append(self.contiguous(node))
                forms.append(node.dtype)
                return Reference(len(inputs) - 1)
            return x

        function, args, keywords, answer = line
        args, keywords = _entered(enter, args), _entered(enter, dict(keywords))
        several = isinstance(answer, tuple)
        expected = [np.asarray(x) for x in (answer if several else (answer,))]
        names = {"float64": F64, "float32": F32, "int64": I64, "bool": F64}
        for x in expected:
            if x.dtype.name not in names:
                raise TypeError(
                    f"{getattr(function, '__name__', function)} answers with {x.dtype} in a compiled function; "
                    "expected float64, float32, int64 or bool."
                )
        kinds = [names[x.dtype.name] for x in expected]
        answers = [(x.shape, x.dtype, KINDS[kind]) for x, kind in zip(expected, kinds, strict=True)]
        replay = _replayed(function, args, keywords, forms, answers, several)
        whole = self._add(None, Node("python", tuple(inputs), (), F64, np.float64, (replay, function)))
        items = [
            self._add(None, Node("item", (whole,), x.shape, kind, x.dtype, i))
            for i, (x, kind) in enumerate(zip(expected, kinds, strict=True))
        ]
        whole.what = (replay, function, items, len(self._lines))
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


def _is_number(x: Node, value: float) -> bool:
    return x.op == "constant" and x.size == 1 and x.shape in ((), (1,) * len(x.shape)) and x.what.item() == value


def _is_exact(x: Node) -> bool:
    """Whether its integers are the same in float64."""
    return bool(np.all(np.abs(x.what) < 2**53)) if x.op == "constant" else x.kind != I64


def _call(function: Any, x: Any, rest: Any, keywords: Any) -> Any:
    return function(x, *rest, **keywords)


def _entered(enter: Callable[[Any], Any], x: Any) -> Any:
    if isinstance(x, Reference):
        return enter(x)
    if isinstance(x, tuple | list):
        items = [_entered(enter, item) for item in x]
        return type(x)(*items) if hasattr(x, "_fields") else type(x)(items)
    if isinstance(x, dict):
        return {name: _entered(enter, item) for name, item in x.items()}
    return x


def _replayed(function: Any, args: Any, keywords: Any, forms: list[Any], expected: list[Any], several: bool) -> Any:
    name = getattr(function, "__name__", str(function))

    def replay(arrays: list[Any]) -> list[Any]:
        values = [a.astype(t)[()] if a.dtype != t else a[()] for a, t in zip(arrays, forms, strict=True)]

        def given(x: Reference) -> Any:
            return values[x.line]

        answer = function(*_entered(given, args), **_entered(given, keywords))
        found = [np.asarray(x) for x in (answer if several else (answer,))]
        for x, (shape, dtype, _) in zip(found, expected, strict=True):
            if x.shape != shape or x.dtype != dtype:
                raise ValueError(
                    f"{name} answered with {x.dtype} of shape {x.shape}, recorded was {dtype} of shape {shape}. Compile anew."
                )
        return [np.ascontiguousarray(x, kind) for x, (_, _, kind) in zip(found, expected, strict=True)]

    return replay
