"""Values under differentiation, and how NumPy's calls reach the rules.

A function is differentiated by being called with a `Traced` value in place of an array. NumPy hands every ufunc and function
that meets one to the two protocols of the class, `apply` looks up the rule, computes the plain answer and lets the trace
write down what its mode needs: a line of the tape (`_reverse.py`), or a tangent beside the value (`_forward.py`).

Traces nest: inside `grad(grad(f))` the value of the inner trace's variable is a variable of the outer one. Each trace takes a
number when it begins, larger than those of all before. An operation belongs to the youngest trace among its operands; for that
trace the others are constants, and the answer is computed by applying the same rule to the values, which reaches the older
traces in turn. There is no list of active traces: nothing to undo after an exception, nothing for threads to share.
"""

from __future__ import annotations

import functools
import itertools
import sys
from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Final

import numpy as np

__all__ = ["RULES", "Rule", "Trace", "Traced", "TracingError", "apply", "plain_of", "refuse", "settled", "shape_of", "value_of"]

_numbers: Final = itertools.count(1)
_COMPLEX: Final = frozenset(map(np.dtype, "FDG"))


class TracingError(TypeError):
    """Something was done to a value under differentiation whose derivative would be lost."""


class Rule:
    """How one function is differentiated.

    Parameters
    ----------
    function : callable
        Takes the operands, and parameters by keyword.
    vjps : tuple of callables, or callable
        For each operand the pullback ``(g, answer, *operands, **parameters) -> gradient``, or the function that gives it for
        operand i, where there may be any number of operands.
    jvp : callable, optional
        ``(tangents, answer, *operands, **parameters) -> tangent of the answer``, the tangent of a constant operand being
        None. Without it the pullback is transposed.
    names : tuple of str
        What the function's positional arguments are called, operands first.
    parameters : tuple of str
        The keywords that the pullback knows.
    kind : {"", "linear", "bilinear", "written"}, default ""
        "linear" if the answer is linear in all operands together, "bilinear" for a product of two, "written" if a recording
        is to have the lines of what the function is written with.
    """

    __slots__ = ("function", "jvp", "kind", "names", "operands", "parameters", "vjps")

    def __init__(
        self,
        function: Callable[..., Any],
        vjps: tuple[Callable[..., Any], ...] | Callable[[int], Callable[..., Any]],
        jvp: Callable[..., Any] | None = None,
        *,
        names: tuple[str, ...] = (),
        parameters: tuple[str, ...] = (),
        kind: str = "",
    ) -> None:
        self.kind = kind
        self.function = function
        self.vjps = vjps
        self.jvp = jvp
        self.names = names
        self.operands = len(vjps) if isinstance(vjps, tuple) else sys.maxsize
        self.parameters = frozenset(parameters)

    def vjp(self, i: int) -> Callable[..., Any]:
        return self.vjps[i] if isinstance(self.vjps, tuple) else self.vjps(i)

    def __call__(self, *args: Any, **keywords: Any) -> Any:
        if len(args) == self.operands and not keywords:
            return apply(self, args, keywords)
        if self.names:
            keywords = {**dict(zip(self.names, args, strict=False)), **keywords}
            args = tuple(keywords.pop(name) for name in self.names[: self.operands])
        for name in [name for name in keywords if name not in self.parameters]:
            refuse(self.function, name, keywords.pop(name))
        return apply(self, args, keywords)



def CAST(x: Any, dtype: Any) -> Any:
    """The same numbers in another type."""
    return np.asarray(x).astype(dtype)[()]


# What NumPy or mlcore.linalg calls -> what is done with its arguments: a Rule, or a function that is composed of others.
RULES: Final[dict[Any, Callable[..., Any]]] = {}


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
        raise TracingError(
            f"{_line()}a value was kept from a differentiation that is over, and used again. Return what is needed later "
            "from the function, or pass it as an argument."
        )
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
            f"{_line()}{spelled(rule.function)} gives complex numbers here; expected real numbers. Write the real and the "
            "imaginary part as two."
        )
    return trace.record(rule, operands, values, parameters, answer)


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


class Traced:
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
                f"{_line()}the result of np.{ufunc.__name__} was to be written into an existing array, whose derivative would "
                "be lost. Write y = y + x in place of y += x, and leave out= away."
            )
        name: Any = ufunc if method == "__call__" else (ufunc, method)
        return call(name, inputs, keywords)

    def __array_function__(self, function: Any, types: Any, args: Any, keywords: Any) -> Any:
        return call(function, args, keywords)

    def __mlcore_function__(self, function: Any, args: Any, keywords: Any) -> Any:
        return call(function, args, keywords)

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        raise TracingError(
            f"{_line()}a value under differentiation was to become a plain array, and its derivative would be lost. Write "
            "np.stack([x, y]) or np.concatenate in place of np.array([x, y]); build a result from its parts in place of "
            "out[i] = x; and use NumPy's functions, or teach others with mlcore.calculus.rule."
        )

    def __float__(self) -> float:
        raise TracingError(
            f"{_line()}a value under differentiation was to become a plain number, and its derivative would be lost. "
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
            f"{_line()}a value under differentiation was to be pickled, and its derivative would be lost. Compute in this "
            "process, without what stores or sends its arguments."
        )

    def __setitem__(self, key: Any, value: Any) -> None:
        raise TracingError(
            f"{_line()}an element of a value under differentiation was to be overwritten. Write np.where(mask, new, x), or "
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
        raise TracingError(
            f"{_line()}the array method or attribute .{name} has no derivative here. Use np.{name} if there is such a function."
        )


def call(name: Any, args: tuple[Any, ...], keywords: Mapping[str, Any]) -> Any:
    """Do what the table says about `name`, one of NumPy's functions."""
    rule = RULES.get(name)
    if rule is None:
        raise TracingError(
            f"{_line()}{spelled(name)} has no rule of differentiation. Write it with functions that have one, or teach it with "
            "mlcore.calculus.rule."
        )
    return rule(*args, **keywords)


def refuse(function: Any, name: str, value: Any) -> None:
    """An argument that no rule heeds: an error, unless it is as good as left out."""
    if value is None or value is np._NoValue:
        return
    if name == "out":
        raise TracingError(
            f"{_line()}the result of {spelled(function)} was to be written into an existing array, whose derivative would be "
            "lost. Leave out= away."
        )
    raise TracingError(
        f"{_line()}the argument {name}={value!r} of {spelled(function)} has no rule of differentiation. Write it with "
        "functions that have one."
    )


def spelled(name: Any) -> str:
    """A function's name as a user would write it."""
    function, method = name if isinstance(name, tuple) else (name, None)
    module = (getattr(function, "__module__", None) or "numpy").partition("._")[0]
    return f"{module}.{getattr(function, '__name__', function)}" + (f".{method}" if method else "")


def _line() -> str:
    """Where in the user's code this happens: "FILE, line N, CODE: ", or nothing."""
    frame = sys._getframe(1)
    ours = __name__.split(".", 1)[0]
    while frame.f_back is not None:
        module = frame.f_globals.get("__name__", "")
        if module != ours and not module.startswith((ours + ".", "numpy")):
            return f"{frame.f_code.co_filename}, line {frame.f_lineno}, in {frame.f_code.co_name}: "
        frame = frame.f_back
    return ""


# ---- operators and methods: the same as NumPy's functions of these names ----


def _add_operators() -> None:
    binary = {
        "add": np.add,
        "sub": np.subtract,
        "mul": np.multiply,
        "truediv": np.divide,
        "pow": np.power,
        "mod": np.remainder,
        "floordiv": np.floor_divide,
        "matmul": np.matmul,
    }
    compare = {
        "lt": np.less,
        "le": np.less_equal,
        "gt": np.greater,
        "ge": np.greater_equal,
        "eq": np.equal,
        "ne": np.not_equal,
    }
    for name, ufunc in {**binary, **compare}.items():
        setattr(Traced, f"__{name}__", lambda self, other, ufunc=ufunc: RULES[ufunc](self, other))
    for name, ufunc in binary.items():
        setattr(Traced, f"__r{name}__", lambda self, other, ufunc=ufunc: RULES[ufunc](other, self))
    for name, ufunc in {"neg": np.negative, "pos": np.positive, "abs": np.absolute}.items():
        setattr(Traced, f"__{name}__", lambda self, ufunc=ufunc: RULES[ufunc](self))
    methods = "sum mean prod max min var std cumsum cumprod dot ravel squeeze swapaxes take repeat trace diagonal clip ptp conj"
    plain = "argmax argmin argsort any all nonzero searchsorted round"
    for name in (methods + " " + plain).split():
        if hasattr(np, name):
            setattr(Traced, name, functools.partialmethod(_call_by_name, name))


def _call_by_name(self: Any, name: str, *args: Any, **keywords: Any) -> Any:
    return call(getattr(np, name), (self, *args), keywords)


def _reshape(self: Any, *shape: Any, order: Any = "C") -> Any:
    return np.reshape(self, shape[0] if len(shape) == 1 else shape, order=order)


def _transpose(self: Any, *axes: Any) -> Any:
    return np.transpose(self, (axes[0] if len(axes) == 1 else axes) or None)


def _astype(self: Any, dtype: Any, **_: Any) -> Any:
    if np.dtype(dtype).kind != "f":
        raise TracingError(f"{_line()}a value under differentiation was to become {np.dtype(dtype)}, which has no derivative.")
    return RULES[CAST](self, dtype=np.dtype(dtype))


_add_operators()
for _name, _method in {
    "reshape": _reshape,
    "transpose": _transpose,
    "astype": _astype,
    "flatten": lambda self, order="C": _reshape(self, -1, order=order),
    "copy": lambda self, order="C": call(np.positive, (self,), {}),
}.items():
    setattr(Traced, _name, _method)
