"""Recording: a trace that writes down the operations themselves, for a program that does without Python.

A recording is the oldest trace of a call: whatever is differentiated inside computes values and gradients with NumPy's
functions on `Recorded` values, and each of these is a line here. So the program of ``grad(f)`` is recorded in the same way as
that of f.

An operation on constants alone is not recorded; its answer is a constant. Where a recorded value has to become plain (the
condition of an ``if``, an index, a permutation that sorts), the recording keeps a *guard*: what the value was, and the line of
the user's code.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from mlcore.calculus._derivative_rule import Rule
from mlcore.calculus._operators import cast
from mlcore.calculus._refusals import TracingError, code_line, spelled
from mlcore.calculus._table import RULES, call
from mlcore.calculus._trace import Trace, Traced, plain_of

__all__ = ["ITEM", "Guard", "Line", "Recorded", "Recording", "Reference"]

_MOST_LINES = 1_000_000  # some kilobytes each while a program is made

# Answers that depend on shapes and types alone.
_OF_SHAPES = {np.shape, np.ndim, np.size, np.zeros_like, np.ones_like, np.empty_like, np.result_type, np.can_cast}
_OF_SHAPES |= {np.broadcast_shapes, np.iscomplexobj, np.isrealobj, np.min_scalar_type}
# Answers whose shapes depend on which elements are zero.
_OF_ZEROS = {np.nonzero, np.flatnonzero, np.argwhere}


def ITEM(whole: Any, i: int) -> Any:
    """One of several answers of an operation."""
    return whole[i]


class Reference(NamedTuple):
    """In place of an operand: the line that it came from."""

    line: int


class Line(NamedTuple):
    """One operation. `answer` is what it gave, of which the program needs the shape and the type."""

    function: Any
    args: tuple[Any, ...]
    keywords: Mapping[str, Any]
    answer: Any


class Guard(NamedTuple):
    """A value that must be the same at every replay."""

    line: int
    value: Any
    where: str
    before: int
    """The first line that was written afterwards."""


class Recorded(Traced):
    """A value that knows its line in the recording."""

    __slots__ = ("line",)
    recorded = True

    def __init__(self, trace: Recording, value: Any, line: int) -> None:
        self.owner = trace
        self.value = value
        self.line = line

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **keywords: Any) -> Any:
        ours = all(x.recorded for x in inputs if isinstance(x, Traced))
        if ours and method == "__call__" and keywords.get("out") is None:
            return self.owner.call(ufunc, inputs, keywords)  # type: ignore[attr-defined]
        return super().__array_ufunc__(ufunc, method, *inputs, **keywords)

    def __array_function__(self, function: Any, types: Any, args: Any, keywords: Any) -> Any:
        if function in RULES or any(t is not Recorded and issubclass(t, Traced) for t in types):
            return call(function, args, keywords)
        return self.owner.call(function, args, keywords)  # type: ignore[attr-defined]

    def __mlcore_function__(self, function: Any, args: Any, keywords: Any) -> Any:
        traced = [x for x in (*args, *keywords.values()) if isinstance(x, Traced)]
        if function in RULES or not all(x.recorded for x in traced):
            return call(function, args, keywords)
        return self.owner.call(function, args, keywords)  # type: ignore[attr-defined]

    def astype(self, dtype: Any, **_: Any) -> Any:
        return self.owner.call(cast, (self, np.dtype(dtype)), {})  # type: ignore[attr-defined]

    def settle(self) -> Any:
        owner: Any = self.owner
        owner.guards.append(Guard(self.line, np.array(self.value), code_line(), len(owner.lines)))
        return self.value

    def __bool__(self) -> bool:
        return bool(_truth(self).settle())

    def __index__(self) -> int:
        if self.dtype.kind not in "iub":
            raise TypeError(
                f"{code_line()}a number of type {self.dtype} was to be an index or a count; expected an integer. Write "
                "np.floor(x).astype(int), which every replay compares."
            )
        return int(self.settle())

    __int__ = __index__

    def __hash__(self) -> int:
        return hash(self.settle()) if self.dtype.kind in "iub" and not self.shape else object.__hash__(self)

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        if self.dtype.kind not in "iub":
            raise TracingError(
                f"{code_line()}a value under recording was to become a plain array, and would be the same at every replay. "
                "Write np.stack([x, y]) or np.concatenate in place of np.array([x, y]); build a result from its parts in place "
                "of out[i] = x; and use NumPy's functions."
            )
        return np.array(self.settle(), dtype)

    def __float__(self) -> float:
        if self.dtype.kind in "iub":
            return float(self.settle())
        raise TracingError(
            f"{code_line()}a value under recording was to become a plain number, and would be the same at every replay. Write "
            "np.sin in place of math.sin, np.stack or np.concatenate of the parts in place of out[i] = x, and leave float() "
            "away."
        )

    __complex__ = __float__

    def __and__(self, other: Any) -> Any:
        return np.bitwise_and(self, other)

    def __or__(self, other: Any) -> Any:
        return np.bitwise_or(self, other)

    def __xor__(self, other: Any) -> Any:
        return np.bitwise_xor(self, other)

    def __invert__(self) -> Any:
        return np.invert(self)

    __rand__, __ror__, __rxor__ = __and__, __or__, __xor__


class Recording(Trace):
    """The trace of `compile`."""

    __slots__ = ("_kept", "guards", "lines")

    def __init__(self) -> None:
        super().__init__()
        self.number = 0  # the oldest: an operation on a value under differentiation as well belongs to that
        self.lines: list[Line] = []
        self.guards: list[Guard] = []
        self._kept: dict[int, tuple[Any, Any]] = {}

    def argument(self, value: Any) -> Recorded:
        return self._write(None, (), {}, value)

    def record(
        self, rule: Rule, operands: tuple[Any, ...], values: list[Any], parameters: Mapping[str, Any], answer: Any
    ) -> Any:
        if rule.kind == "written":
            return rule.function(*operands, **parameters)
        return self._answer(rule.function, operands, parameters, answer)

    def call(self, function: Any, args: tuple[Any, ...], keywords: Mapping[str, Any]) -> Any:
        """Do an operation that needs no derivative, and write it down."""
        if self.closed:
            raise TracingError(f"{code_line()}a value was kept from a recording that is over, and used again.")
        plain = function(*_mapped(plain_of, args), **_mapped(plain_of, dict(keywords)))
        if function in _OF_SHAPES:
            _mapped(_settled_count, (args[1:], dict(keywords)))
            return plain
        if function in _OF_ZEROS:
            _truth(args[0]).settle()
            return plain
        if isinstance(plain, str):
            return plain
        values = plain if isinstance(plain, tuple | list) else (plain,)
        if not all(isinstance(x, np.ndarray | np.generic | bool | int | float) for x in values):
            raise TracingError(
                f"{code_line()}{spelled(function)} answers with a {type(plain).__name__}, which holds more than numbers and "
                "would be the same at every replay. Call it outside the compiled function and pass the numbers it gives as "
                "arguments."
            )
        if isinstance(plain, list):
            return list(self._answer(function, args, keywords, tuple(plain)))
        return self._answer(function, args, keywords, plain)

    def _answer(self, function: Any, args: tuple[Any, ...], keywords: Mapping[str, Any], answer: Any) -> Any:
        args, keywords = _mapped(self._operand, args), _mapped(self._operand, dict(keywords))
        if not isinstance(answer, tuple):
            return self._write(function, args, keywords, answer)
        whole = Reference(self._write(function, args, keywords, answer).line)
        items = [self._write(ITEM, (whole, i), {}, item) for i, item in enumerate(answer)]
        return type(answer)(*items) if hasattr(answer, "_fields") else tuple(items)

    def _operand(self, x: Any) -> Any:
        if isinstance(x, Recorded) and x.owner is self:
            return Reference(x.line)
        if not isinstance(x, np.ndarray):
            return x
        kept, original = self._kept.get(id(x), (None, None))
        if kept is None or not _same(kept, x):
            kept, original = np.array(x), x  # the array may be changed afterwards
            self._kept[id(x)] = kept, original
        return kept

    def _write(self, function: Any, args: tuple[Any, ...], keywords: Mapping[str, Any], answer: Any) -> Recorded:
        if len(self.lines) == _MOST_LINES:
            raise TracingError(
                f"{code_line()}the function did more than {_MOST_LINES} operations, and a program holds every one of them. "
                "Compile the body of its loop, or use operations on whole arrays."
            )
        self.lines.append(Line(function, args, keywords, answer))
        return Recorded(self, answer, len(self.lines) - 1)


def _settled_count(x: Any) -> None:
    """An axis or a length, on which an answer's shape depends."""
    if isinstance(x, Recorded) and x.dtype.kind in "iu" and not x.shape:
        x.settle()


def _truth(x: Any) -> Any:
    """Whether each number is other than zero."""
    return x if x.dtype.kind == "b" else np.not_equal(x, 0)


def _same(a: Any, b: Any) -> bool:
    return bool(a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes())


def _mapped(f: Any, x: Any) -> Any:
    """f of every leaf of tuples, lists and dicts."""
    if isinstance(x, tuple | list):
        items = [_mapped(f, item) for item in x]
        return type(x)(*items) if hasattr(x, "_fields") else type(x)(items)
    if isinstance(x, dict):
        return {name: _mapped(f, item) for name, item in x.items()}
    return f(x)
