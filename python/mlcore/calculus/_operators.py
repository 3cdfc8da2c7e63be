"""The operators and methods of an array, for values under differentiation: each is a function of NumPy's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from mlcore.calculus._refusals import TracingError, code_line
from mlcore.calculus._table import RULES, call

__all__ = ["Operators", "cast"]


def cast(x: Any, dtype: Any) -> Any:
    """The same numbers in another type. Its rule is in `_rules_reshape.py`."""
    return np.asarray(x).astype(dtype)[()]


def _unary(ufunc: np.ufunc) -> Callable[..., Any]:
    return lambda self: RULES[ufunc](self)


def _binary(ufunc: np.ufunc) -> Callable[..., Any]:
    return lambda self, other: RULES[ufunc](self, other)


def _reflected(ufunc: np.ufunc) -> Callable[..., Any]:
    """For a value on the right of something that is none."""
    return lambda self, other: RULES[ufunc](other, self)


def _method(function: Any) -> Callable[..., Any]:
    return lambda self, /, *args, **keywords: call(function, (self, *args), keywords)


class Operators:
    """What `Traced` inherits."""

    __slots__ = ()

    __neg__, __pos__, __abs__ = _unary(np.negative), _unary(np.positive), _unary(np.absolute)
    __add__, __radd__ = _binary(np.add), _reflected(np.add)
    __sub__, __rsub__ = _binary(np.subtract), _reflected(np.subtract)
    __mul__, __rmul__ = _binary(np.multiply), _reflected(np.multiply)
    __truediv__, __rtruediv__ = _binary(np.divide), _reflected(np.divide)
    __pow__, __rpow__ = _binary(np.power), _reflected(np.power)
    __mod__, __rmod__ = _binary(np.remainder), _reflected(np.remainder)
    __floordiv__, __rfloordiv__ = _binary(np.floor_divide), _reflected(np.floor_divide)
    __matmul__, __rmatmul__ = _binary(np.matmul), _reflected(np.matmul)
    __lt__, __le__, __gt__, __ge__ = map(_binary, (np.less, np.less_equal, np.greater, np.greater_equal))
    __eq__, __ne__ = _binary(np.equal), _binary(np.not_equal)
    __hash__ = object.__hash__  # which == takes away, unless it is named

    sum, mean, prod, max, min = map(_method, (np.sum, np.mean, np.prod, np.max, np.min))
    var, std, ptp, cumsum, cumprod = map(_method, (np.var, np.std, np.ptp, np.cumsum, np.cumprod))
    ravel, squeeze, swapaxes, repeat = map(_method, (np.ravel, np.squeeze, np.swapaxes, np.repeat))
    take, trace, diagonal, clip, dot, conj = map(_method, (np.take, np.trace, np.diagonal, np.clip, np.dot, np.conj))
    conjugate = conj
    argmax, argmin, argsort, searchsorted = map(_method, (np.argmax, np.argmin, np.argsort, np.searchsorted))
    any, all, nonzero, round = map(_method, (np.any, np.all, np.nonzero, np.round))

    def reshape(self, *shape: Any, order: Any = "C") -> Any:
        return call(np.reshape, (self, shape[0] if len(shape) == 1 else shape), {"order": order})

    def flatten(self, order: Any = "C") -> Any:
        return self.reshape(-1, order=order)

    def transpose(self, *axes: Any) -> Any:
        return call(np.transpose, (self, (axes[0] if len(axes) == 1 else axes) or None), {})

    def copy(self, order: Any = "C") -> Any:
        return call(np.positive, (self,), {})

    def astype(self, dtype: Any, **_: Any) -> Any:
        if np.dtype(dtype).kind != "f":
            raise TracingError(
                f"{code_line()}a value under differentiation was to become {np.dtype(dtype)}, which has no derivative."
            )
        return RULES[cast](self, dtype=np.dtype(dtype))
