r"""Recurrences for the coefficients of power series: x and y hold those of an operand and of the answer.

Each follows from a differential equation by comparing the coefficients of :math:`t^{k-1}`, where :math:`y'` has
:math:`k y_k`. From :math:`y' = y x'`, for the exponential function, it is :math:`k y_k = \sum_{j=1}^k j x_j y_{k-j}`.

Functions with a kink take the branch of the first coefficient that is not zero, if its power is even; there is no series
otherwise. Whatever is not listed here needs no rule (`_series.py`).

Source: A. Griewank and A. Walther, "Evaluating Derivatives", 2nd ed., SIAM 2008, section 13.2.
"""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np

from mlcore.calculus._rules_elementwise import LOG2, LOG10
from mlcore.calculus._rules_linalg import _norm2
from mlcore.calculus._rules_products import _einsum
from mlcore.calculus._rules_reductions import _axes, spread
from mlcore.calculus._series import COMPOSED, RECURRENCES, Coefficients, convolved, degrees
from mlcore.calculus._trace import _line, shape_of, value_of

__all__: list[str] = []


# ---- arithmetic ----
def _product(n: int, y0: Any, a: Coefficients, b: Coefficients) -> Coefficients:
    return [y0, *[convolved(a, b, k) for k in degrees(n, a, b)]]


def _quotient(n: int, y0: Any, a: Coefficients, b: Coefficients) -> Coefficients:
    if len(b) == 1:
        return [y0, *[c / b[0] for c in a[1:]]]
    y = [y0]
    for k in range(1, n + 1):
        y.append(((a[k] if k < len(a) else 0.0) - convolved(b, y, k, 1)) / b[0])
    return y


def _sum(a: Coefficients, b: Coefficients) -> Coefficients:
    return [x if y is None else y if x is None else x + y for x, y in itertools.zip_longest(a, b)]


def _scaled(factor: float, a: Coefficients) -> Coefficients:
    return [factor * c for c in a]


def _square(n: int, a: Coefficients) -> Coefficients:
    return _product(n, a[0] * a[0], a, a)


RECURRENCES[np.multiply] = _product
RECURRENCES[np.divide] = _quotient
RECURRENCES[np.square] = lambda n, y0, x: _product(n, y0, x, x)
RECURRENCES[np.reciprocal] = lambda n, y0, x: _quotient(n, y0, [1.0], x)


# ---- powers: x y' = p y x' ----
def _root(n: int, y0: Any, x: Coefficients, p: Any) -> Coefficients:
    y = [y0]
    for k in range(1, n + 1 if len(x) > 1 else 1):
        total: Any = 0.0
        for j in range(1, min(k, len(x) - 1) + 1):
            total = total + (p * j - (k - j)) * (x[j] * y[k - j])
        y.append(total / (k * x[0]))
    return y


def _sqrt(n: int, y0: Any, x: Coefficients) -> Coefficients:
    y = [y0]
    for k in range(1, n + 1 if len(x) > 1 else 1):
        y.append(((x[k] if k < len(x) else 0.0) - convolved(y, y, k, 1, k - 1)) / (2 * y0))
    return y


def _whole_power(n: int, x: Coefficients, p: Any) -> Coefficients:
    """By squaring, for numbers 0, 1, 2, ..., so that x may be zero."""
    largest = int(np.max(p, initial=0))
    y: Coefficients = [np.ones(np.broadcast_shapes(shape_of(x[0]), np.shape(p)))[()]]
    for bit in range(largest.bit_length()):
        longer = _product(n, y[0] * x[0], y, x)
        chosen = (p >> bit) & 1 == 1
        if np.all(chosen):
            y = longer
        elif np.any(chosen):
            y = [np.where(chosen, c, 0.0 if d is None else d) for c, d in itertools.zip_longest(longer, y)]
        if largest >> bit > 1:
            x = _square(n, x)
    return y


def _power(n: int, y0: Any, x: Coefficients, p: Coefficients) -> Coefficients:
    if len(p) > 1:
        log = _log(n, np.log(x[0]), x)
        return _exp(n, y0, _product(n, log[0] * p[0], log, p))
    exponent = np.asarray(value_of(p[0]))
    whole = (exponent >= 0) & (exponent == np.floor(exponent)) & (exponent < 2**31)
    if not np.any(whole):
        return _root(n, y0, x, p[0])
    powers = _whole_power(n, x, np.where(whole, exponent, 0).astype(np.int64))
    if np.all(whole):
        return [y0, *powers[1:]]
    roots = _root(n, y0, x, p[0])
    return [y0, *[np.where(whole, 0.0 if a is None else a, b) for a, b in itertools.zip_longest(powers[1:], roots[1:])]]


RECURRENCES[np.sqrt] = _sqrt
RECURRENCES[np.cbrt] = lambda n, y0, x: _root(n, y0, x, 1 / 3)
RECURRENCES[np.power] = RECURRENCES[np.float_power] = _power


# ---- y' = v x', and y' v = x' ----
def _slope_times(x: Coefficients, v: Coefficients, k: int) -> Any:
    """Coefficient k of y from those of v below k."""
    total: Any = 0.0
    for j in range(max(1, k + 1 - len(v)), min(k, len(x) - 1) + 1):
        total = total + j * x[j] * v[k - j]
    return total / k


def _divided(n: int, y0: Any, x: Coefficients, v: Coefficients) -> Coefficients:
    y = [y0]
    for k in range(1, n + 1 if len(x) > 1 else 1):
        total: Any = 0.0
        for j in range(max(1, k + 1 - len(v)), k):
            total = total + j * y[j] * v[k - j]
        y.append(((x[k] if k < len(x) else 0.0) - total / k) / v[0])
    return y


def _exp(n: int, y0: Any, x: Coefficients) -> Coefficients:
    y = [y0]
    for k in range(1, n + 1 if len(x) > 1 else 1):
        y.append(_slope_times(x, y, k))
    return y


def _log(n: int, y0: Any, x: Coefficients) -> Coefficients:
    return _divided(n, y0, x, x)


RECURRENCES[np.exp] = _exp
RECURRENCES[np.exp2] = lambda n, y0, x: _exp(n, y0, _scaled(LOG2, x))
RECURRENCES[np.expm1] = lambda n, y0, x: [y0, *_exp(n, np.exp(x[0]), x)[1:]]
RECURRENCES[np.log] = _log
RECURRENCES[np.log1p] = lambda n, y0, x: _divided(n, y0, x, _sum([1.0], x))
RECURRENCES[np.log2] = lambda n, y0, x: _divided(n, y0, x, _scaled(LOG2, x))
RECURRENCES[np.log10] = lambda n, y0, x: _divided(n, y0, x, _scaled(LOG10, x))


# ---- trigonometric and hyperbolic functions, in pairs: y' = z x', z' = sign y x' ----
def _pair(n: int, y0: Any, z0: Any, x: Coefficients, sign: int) -> tuple[Coefficients, Coefficients]:
    y, z = [y0], [z0]
    for k in range(1, n + 1 if len(x) > 1 else 1):
        first, second = _slope_times(x, z, k), _slope_times(x, y, k)
        y.append(first)
        z.append(sign * second)
    return y, z


def _tangent(n: int, y0: Any, x: Coefficients, sign: int) -> Coefficients:
    """y' = (1 + sign y^2) x'."""
    y = [y0]
    v = [1 + y0 * y0 if sign > 0 else (1 - y0) * (1 + y0)]
    for k in range(1, n + 1 if len(x) > 1 else 1):
        y.append(_slope_times(x, v, k))
        v.append(sign * convolved(y, y, k))
    return y


def _one_plus(n: int, x: Coefficients, sign: int) -> Coefficients:
    """1 + sign x^2, with its first coefficient free of cancellation."""
    square = _scaled(sign, _square(n, x))
    return [1 + x[0] * x[0] if sign > 0 else (1 - x[0]) * (1 + x[0]), *square[1:]]


def _rooted(n: int, v: Coefficients) -> Coefficients:
    return _sqrt(n, np.sqrt(v[0]), v)


def _arccosh(n: int, y0: Any, x: Coefficients) -> Coefficients:
    return _divided(n, y0, x, _rooted(n, _scaled(-1, _one_plus(n, x, -1))))


RECURRENCES[np.sin] = lambda n, y0, x: _pair(n, y0, np.cos(x[0]), x, -1)[0]
RECURRENCES[np.cos] = lambda n, y0, x: _pair(n, np.sin(x[0]), y0, x, -1)[1]
RECURRENCES[np.sinh] = lambda n, y0, x: _pair(n, y0, np.cosh(x[0]), x, 1)[0]
RECURRENCES[np.cosh] = lambda n, y0, x: _pair(n, np.sinh(x[0]), y0, x, 1)[1]
RECURRENCES[np.tan] = lambda n, y0, x: _tangent(n, y0, x, 1)
RECURRENCES[np.tanh] = lambda n, y0, x: _tangent(n, y0, x, -1)
RECURRENCES[np.arcsin] = lambda n, y0, x: _divided(n, y0, x, _rooted(n, _one_plus(n, x, -1)))
RECURRENCES[np.arccos] = lambda n, y0, x: _divided(n, y0, x, _scaled(-1, _rooted(n, _one_plus(n, x, -1))))
RECURRENCES[np.arctan] = lambda n, y0, x: _divided(n, y0, x, _one_plus(n, x, 1))
RECURRENCES[np.arcsinh] = lambda n, y0, x: _divided(n, y0, x, _rooted(n, _one_plus(n, x, 1)))
RECURRENCES[np.arccosh] = _arccosh
RECURRENCES[np.arctanh] = lambda n, y0, x: _divided(n, y0, x, _one_plus(n, x, -1))


# ---- kinks and choices ----
def _branch(x: Coefficients, name: str) -> Any:
    """The sign of x near its centre: 1, -1, or 0 where all coefficients are zero."""
    sign = np.sign(value_of(x[0]))
    for k, c in enumerate(x[1:], 1):
        here = (sign == 0) & (value_of(c) != 0)
        if np.any(here) and k % 2:
            raise ValueError(
                f"{_line()}np.{name} has a kink exactly at the centre, and so no Taylor series there. Move the centre, or "
                "write the branch that is meant."
            )
        sign = np.where(here, np.sign(value_of(c)), sign)
    return sign


def _chosen(condition: Any, a: Coefficients, b: Coefficients) -> Coefficients:
    pairs = itertools.zip_longest(a, b, fillvalue=0.0)
    return [np.where(condition, x, y) for x, y in pairs]


def _larger(name: str, sign: int) -> Any:
    def recurrence(n: int, y0: Any, a: Coefficients, b: Coefficients) -> Coefficients:
        difference = _sum(a, _scaled(-1, b))
        none = np.isnan(value_of(difference[0]))
        first = np.where(none, value_of(a[0]) == value_of(y0), sign * _branch(difference, name) > 0)
        return [y0, *_chosen(first, a, b)[1:]]

    return recurrence


def _absolute(n: int, y0: Any, x: Coefficients) -> Coefficients:
    sign = _branch(x, "abs")
    return [y0, *[c * sign for c in x[1:]]]


def _copysign(n: int, y0: Any, a: Coefficients, b: Coefficients) -> Coefficients:
    sign = np.copysign(1.0, value_of(b[0])) * _branch(a, "copysign")
    return [y0, *[c * sign for c in a[1:]]]


RECURRENCES[np.absolute] = RECURRENCES[np.fabs] = _absolute
RECURRENCES[np.copysign] = _copysign
RECURRENCES[np.maximum], RECURRENCES[np.fmax] = _larger("maximum", 1), _larger("fmax", 1)
RECURRENCES[np.minimum], RECURRENCES[np.fmin] = _larger("minimum", -1), _larger("fmin", -1)
RECURRENCES[np.where] = lambda n, y0, c, a, b: [y0, *_chosen(c[0], a, b)[1:]]


# ---- products of many factors ----
def _einsum_recurrence(n: int, y0: Any, *operands: Coefficients, subscripts: str) -> Coefficients:
    """Coefficient k: the products of coefficients whose powers add up to k."""
    found = [y0]
    for k in degrees(n, *operands):
        total: Any = 0.0
        for powers in _compositions(k, [len(c) - 1 for c in operands]):
            total = total + np.einsum(subscripts, *[c[j] for c, j in zip(operands, powers, strict=True)])
        found.append(total)
    return found


def _compositions(k: int, largest: list[int]) -> list[tuple[int, ...]]:
    """The tuples of numbers 0 ... largest_i with the sum k."""
    if len(largest) == 1:
        return [(k,)] if k <= largest[0] else []
    return [(j, *rest) for j in range(min(k, largest[0]) + 1) for rest in _compositions(k - j, largest[1:])]


def _folded(function: Any) -> Any:
    """A reduction by pairs, function(x_0, x_1) and so on."""

    def reduction(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
        shape = shape_of(x)
        axes = _axes(axis, len(shape))
        rest = [i for i in range(len(shape)) if i not in axes]
        flat = np.reshape(np.transpose(x, (*rest, *axes)), (*[shape[i] for i in rest], -1))
        while (m := shape_of(flat)[-1]) > 1:
            half = function(flat[..., : m // 2], flat[..., m // 2 : m // 2 * 2])
            flat = np.concatenate([half, flat[..., -1:]], -1) if m % 2 else half
        return np.reshape(flat, [1 if i in axes else size for i, size in enumerate(shape) if keepdims or i not in axes])

    return reduction


def _cumprod(x: Any, axis: int | None = None) -> Any:
    x = np.ravel(x) if axis is None else np.moveaxis(x, axis, -1)
    found = [x[..., 0]]
    for i in range(1, shape_of(x)[-1]):
        found.append(found[-1] * x[..., i])
    result = np.stack(found, -1)
    return result if axis is None else np.moveaxis(result, -1, axis)


def _length(n: int, y0: Any, parts: list[Coefficients]) -> Coefficients:
    """y^2 = sum of x^2, computed with x / y_0: no overflow."""
    square: Coefficients = [1.0]
    for x in parts:
        x = [c / y0 for c in x]
        square = _sum(square, [0.0, *_square(n, x)[1:]])
    return [y0, *[y0 * c for c in _sqrt(n, 1.0, square)[1:]]]


def _norm(n: int, y0: Any, x: Coefficients, axis: Any = None, keepdims: bool = False) -> Coefficients:
    size = spread(y0, x[0], axis, keepdims)
    square = _square(n, [c / size for c in x])
    return [y0, *[y0 * c for c in _sqrt(n, 1.0, [1.0, *[np.sum(c, axis=axis, keepdims=keepdims) for c in square[1:]]])[1:]]]


RECURRENCES[_einsum] = _einsum_recurrence
RECURRENCES[np.hypot] = lambda n, y0, a, b: _length(n, y0, [a, b])
RECURRENCES[_norm2] = _norm
COMPOSED[np.prod] = _folded(np.multiply)
COMPOSED[np.max] = _folded(np.maximum)
COMPOSED[np.min] = _folded(np.minimum)
COMPOSED[np.cumprod] = _cumprod


# ---- linear algebra: A X = B has  X_k = A_0^-1 (B_k - sum_{j=1}^k A_j X_{k-j}) ----
def _solve(n: int, y0: Any, a: Coefficients, b: Coefficients) -> Coefficients:
    y = [y0]
    for k in range(1, n + 1 if len(a) > 1 else len(b)):
        right = (b[k] if k < len(b) else 0.0) - convolved(a, y, k, 1, times=np.matmul)
        y.append(np.linalg.solve(a[0], right + np.zeros(shape_of(y0))))
    return y


def _inverse(n: int, y0: Any, a: Coefficients) -> Coefficients:
    y = [y0]
    for k in range(1, n + 1 if len(a) > 1 else 1):
        y.append(-np.matmul(y0, convolved(a, y, k, 1, times=np.matmul)))
    return y


RECURRENCES[np.linalg.solve] = _solve
RECURRENCES[np.linalg.inv] = _inverse
