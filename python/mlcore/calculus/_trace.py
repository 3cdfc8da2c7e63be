"""Values under differentiation, and what happens when an operation meets one. The place to start reading.

A function is differentiated by being called with a `Traced` value in place of an array. NumPy hands every ufunc and function
that meets one to the two protocols of the class; Python hands over operators (`_operators.py`). All of them look up the rule in
a table (`_table.py`, `_derivative_rule.py`). `apply` then computes the plain answer and lets the trace write down what its mode
needs: a line of the tape (`_reverse.py`), a tangent beside the value (`_forward.py`), the coefficients of a power series
(`_series.py`), or the operation itself, to be replayed (`_recording.py`).

Traces nest: inside `grad(grad(f))` the value of the inner trace's variable is a variable of the outer one. Each trace takes a
number when it begins, larger than those of all before. An operation belongs to the youngest trace among its operands; for that
trace the others are constants, and the answer is computed by applying the same rule to the values, which reaches the older
traces in turn. There is no list of active traces: nothing to undo after an exception, nothing for threads to share.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Final, NoReturn

import numpy as np

from mlcore.calculus._operators import Operators
from mlcore.calculus._refusals import TracingError, code_line, spelled
from mlcore.calculus._table import call

if TYPE_CHECKING:
    from mlcore.calculus._derivative_rule import Rule

__all__ = ["Trace", "Traced", "apply", "kept_too_long", "plain_of", "settled", "shape_of", "value_of"]

_numbers: Final = itertools.count(1)
_COMPLEX: Final = frozenset(map(np.dtype, "FDG"))


class Trace:
    """One differentiation in progress. A mode says what `record` keeps."""

    __slots__ = ("closed", "number")

    def __init__(self) -> None:
        self.number = next(_numbers)
        self.closed = False

    def record(
        self, rule: Rule, operands: tuple[Any, ...], values: list[Any], parameters: Mapping[str, Any], answer: Any
    ) -> Any:
        raise TypeError("a mode of differentiation defines this")

    def run(self, f: Callable[..., Any], /, *args: Any, **keywords: Any) -> Any:
        """Call f once, and let nothing be added afterwards."""
        try:
            return f(*args, **keywords)
        except ValueError as error:  # NumPy's word for `out[i] = x`; its cause says more
            if isinstance(error.__cause__, TracingError):
                raise error.__cause__ from None
            raise
        finally:
            self.closed = True


def apply(rule: Rule, operands: tuple[Any, ...], parameters: Mapping[str, Any]) -> Any:
    """Call a rule's function on operands of which one at least is traced."""
    trace: Trace | None = None
    for x in operands:
        if isinstance(x, Traced) and (trace is None or x.owner.number > trace.number):
            trace = x.owner
    if trace is None:
        return rule.function(*operands, **parameters)
    if trace.closed:
        kept_too_long()
    values, older = [], False
    for x in operands:
        if isinstance(x, Traced):
            if x.owner is trace:
                x = x.value
            older = older or isinstance(x, Traced)
        elif type(x) in (list, tuple):
            array = np.asarray(x)  # pullbacks calculate with it; a traced item is refused
            x = array if array.dtype.kind in "fiub" else x
        values.append(x)
    if older:
        return trace.record(rule, operands, values, parameters, apply(rule, tuple(values), parameters))
    answer = rule.function(*values, **parameters)
    if getattr(answer, "dtype", None) in _COMPLEX:
        raise TracingError(
            f"{code_line()}{spelled(rule.function)} gives complex numbers here; expected real numbers. Write the real and the "
            "imaginary part as two."
        )
    return trace.record(rule, operands, values, parameters, answer)


def kept_too_long() -> NoReturn:
    raise TracingError(
        f"{code_line()}a value was kept from a differentiation that is over, and used again. Return what is needed later "
        "from the function, or pass it as an argument."
    )


def value_of(x: Any) -> Any:
    """The number or array inside all differentiations: plain, or one that is being recorded."""
    while isinstance(x, Traced) and not x.recorded:
        x = x.value
    return x


def plain_of(x: Any) -> Any:
    """The plain number or array inside all traces. What is computed from its elements is lost to a recording."""
    while isinstance(x, Traced):
        x = x.value
    return x


def settled(x: Any) -> Any:
    """The same as `value_of`, made plain: a recording notes that it must be so at every replay."""
    x = value_of(x)
    return x.settle() if isinstance(x, Traced) else x


def shape_of(x: Any) -> tuple[int, ...]:
    """The shape of that, without a call that would be traced."""
    plain = plain_of(x)
    shape: tuple[int, ...] = plain.shape if isinstance(plain, np.ndarray) else np.shape(plain)
    return shape


class Traced(Operators):
    """A number or an array under differentiation: what a function gets in place of its argument.

    It has an array's attributes and the methods that have derivatives. Comparisons give plain booleans, so that a function may
    branch on values.
    """

    __slots__ = ("owner", "value")
    __array_priority__: ClassVar[float] = 1000.0
    recorded: ClassVar[bool] = False
    """Whether this is no differentiation but a recording (`_recording.py`)."""

    def __init__(self, trace: Trace, value: Any) -> None:
        self.owner = trace
        self.value = value

    # ---- NumPy's protocols ----

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **keywords: Any) -> Any:
        if keywords.get("out") is not None:
            raise TracingError(
                f"{code_line()}the result of np.{ufunc.__name__} was to be written into an existing array, whose derivative "
                "would be lost. Write y = y + x in place of y += x, and leave out= away."
            )
        name: Any = ufunc if method == "__call__" else (ufunc, method)
        return call(name, inputs, keywords)

    def __array_function__(self, function: Any, types: Any, args: Any, keywords: Any) -> Any:
        return call(function, args, keywords)

    def __mlcore_function__(self, function: Any, args: Any, keywords: Any) -> Any:
        return call(function, args, keywords)

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        raise TracingError(
            f"{code_line()}a value under differentiation was to become a plain array, and its derivative would be lost. Write "
            "np.stack([x, y]) or np.concatenate in place of np.array([x, y]); build a result from its parts in place of "
            "out[i] = x; and use NumPy's functions, or teach others with mlcore.calculus.rule."
        )

    def __float__(self) -> float:
        raise TracingError(
            f"{code_line()}a value under differentiation was to become a plain number, and its derivative would be lost. "
            "Write np.sin in place of math.sin, np.stack or np.concatenate of the parts in place of out[i] = x, and leave "
            "float() away."
        )

    __int__ = __index__ = __complex__ = __float__

    def __copy__(self) -> Traced:
        return self  # nothing can be written into it

    def __deepcopy__(self, memo: Any) -> Traced:
        return self

    def __reduce_ex__(self, protocol: Any) -> Any:
        raise TracingError(
            f"{code_line()}a value under differentiation was to be pickled, and its derivative would be lost. Compute in this "
            "process, without what stores or sends its arguments."
        )

    def __setitem__(self, key: Any, value: Any) -> None:
        raise TracingError(
            f"{code_line()}an element of a value under differentiation was to be overwritten. Write np.where(mask, new, x), or "
            "np.concatenate of the parts."
        )

    # ---- what an array has ----

    @property
    def shape(self) -> tuple[int, ...]:
        return shape_of(self)

    @property
    def ndim(self) -> int:
        return np.ndim(plain_of(self))

    @property
    def size(self) -> int:
        return np.size(plain_of(self))

    @property
    def dtype(self) -> np.dtype[Any]:
        return np.result_type(plain_of(self))

    @property
    def T(self) -> Any:
        return call(np.transpose, (self,), {})

    @property
    def mT(self) -> Any:
        return call(np.swapaxes, (self, -1, -2), {})

    @property
    def real(self) -> Any:
        return self

    def __len__(self) -> int:
        if not self.shape:
            raise TypeError("len() of a number under differentiation; expected an array of one axis or more.")
        return self.shape[0]

    def __iter__(self) -> Any:
        return (self[i] for i in range(len(self)))

    def __getitem__(self, key: Any) -> Any:
        return call(Traced.__getitem__, (self, key), {})

    def __bool__(self) -> bool:
        return bool(value_of(self))

    def settle(self) -> Any:
        """The plain value, which a recording then insists on."""
        return plain_of(self)

    def __format__(self, spec: str) -> str:
        return format(plain_of(self), spec) if spec else repr(self)

    def __repr__(self) -> str:
        return f"Traced({plain_of(self)!r})"

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or not hasattr(np.ndarray, name):
            raise AttributeError(name)
        remedy = f"Use np.{name}." if callable(getattr(np, name, None)) else "Leave it away, or write it with NumPy functions."
        raise TracingError(f"{code_line()}the array method or attribute .{name} has no derivative here. {remedy}")
