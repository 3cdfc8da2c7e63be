r"""Recurrences for the coefficients of power series: x and y hold those of an operand and of the answer.

Each follows from a differential equation by comparing the coefficients of :math:`t^{k-1}`, where :math:`y'` has
:math:`k y_k`. From :math:`y' = y x'`, for the exponential function, it is :math:`k y_k = \sum_{j=1}^k j x_j y_{k-j}`.

Choices, reductions and linear algebra are in `_rules_series_arrays.py`; whatever is in neither needs no rule (`_series.py`).

Source: A. Griewank and A. Walther, "Evaluating Derivatives", 2nd ed., SIAM 2008, section 13.2.
"""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np

from mlcore.calculus._rules_elementwise import LOG2, LOG10, ONE_OVER_COSH_SQUARED, ROOT_OF_POWERS, ROOT_OF_SQUARES
from mlcore.calculus._series import RECURRENCES, Coefficients, convolved, degrees
from mlcore.calculus._trace import shape_of, value_of

__all__ = ["product", "quotient", "root", "scaled", "square", "summed", "whole_power"]


# ---- arithmetic ----
def product(n: int, y0: Any, a: Coefficients, b: Coefficients) -> Coefficients:
    return [y0, *[convolved(a, b, k) for k in degrees(n, a, b)]]


def quotient(n: int, y0: Any, a: Coefficients, b: Coefficients) -> Coefficients:
    if len(b) == 1:
        return [y0, *[c / b[0] for c in a[1:]]]
    y = [y0]
    for k in range(1, n + 1):
        y.append(((a[k] if k < len(a) else 0.0) - convolved(b, y, k, 1)) / b[0])
    return y


def summed(a: Coefficients, b: Coefficients) -> Coefficients:
    return [x if y is None else y if x is None else x + y for x, y in itertools.zip_longest(a, b)]


def scaled(factor: float, a: Coefficients) -> Coefficients:
    return [factor * c for c in a]


def square(n: int, a: Coefficients) -> Coefficients:
    return product(n, a[0] * a[0], a, a)


RECURRENCES[np.multiply] = product
RECURRENCES[np.divide] = quotient
RECURRENCES[np.square] = lambda n, y0, x: product(n, y0, x, x)
RECURRENCES[np.reciprocal] = lambda n, y0, x: quotient(n, y0, [1.0], x)


# ---- powers: x y' = p y x' ----
def _root(n: int, y0: Any, x: Coefficients, p: Any) -> Coefficients:
    y = [y0]
    for k in range(1, n + 1 if len(x) > 1 else 1):
        total: Any = 0.0
        for j in range(1, min(k, len(x) - 1) + 1):
            total = total + (p * j - (k - j)) * (x[j] * y[k - j])
        y.append(total / (k * x[0]))
    return y


def root(n: int, y0: Any, x: Coefficients) -> Coefficients:
    y = [y0]
    for k in range(1, n + 1 if len(x) > 1 else 1):
        y.append(((x[k] if k < len(x) else 0.0) - convolved(y, y, k, 1, k - 1)) / (2 * y0))
    return y


def whole_power(n: int, x: Coefficients, p: Any) -> Coefficients:
    """By squaring, for numbers 0, 1, 2, ..., so that x may be zero."""
    largest = int(np.max(p, initial=0))
    y: Coefficients = [np.ones(np.broadcast_shapes(shape_of(x[0]), np.shape(p)))[()]]
    for bit in range(largest.bit_length()):
        longer = product(n, y[0] * x[0], y, x)
        chosen = (p >> bit) & 1 == 1
        if np.all(chosen):
            y = longer
        elif np.any(chosen):
            y = [np.where(chosen, c, 0.0 if d is None else d) for c, d in itertools.zip_longest(longer, y)]
        if largest >> bit > 1:
            x = square(n, x)
    return y


def _power(n: int, y0: Any, x: Coefficients, p: Coefficients) -> Coefficients:
    if len(p) > 1:
        log = _log(n, np.log(x[0]), x)
        return _exp(n, y0, product(n, log[0] * p[0], log, p))
    exponent = np.asarray(value_of(p[0]))
    whole = (exponent >= 0) & (exponent == np.floor(exponent)) & (exponent < 2**31)
    if not np.any(whole):
        return _root(n, y0, x, p[0])
    powers = whole_power(n, x, np.where(whole, exponent, 0).astype(np.int64))
    if np.all(whole):
        return [y0, *powers[1:]]
    roots = _root(n, y0, x, p[0])
    return [y0, *[np.where(whole, 0.0 if a is None else a, b) for a, b in itertools.zip_longest(powers[1:], roots[1:])]]


RECURRENCES[np.sqrt] = RECURRENCES[ROOT_OF_SQUARES.function] = root
RECURRENCES[ROOT_OF_POWERS.function] = lambda n, y0, x, p: _root(n, y0, x, 1 / p[0])
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
RECURRENCES[np.exp2] = lambda n, y0, x: _exp(n, y0, scaled(LOG2, x))
RECURRENCES[np.expm1] = lambda n, y0, x: [y0, *_exp(n, np.exp(x[0]), x)[1:]]
RECURRENCES[np.log] = _log
RECURRENCES[np.log1p] = lambda n, y0, x: _divided(n, y0, x, summed([1.0], x))
RECURRENCES[np.log2] = lambda n, y0, x: _divided(n, y0, x, scaled(LOG2, x))
RECURRENCES[np.log10] = lambda n, y0, x: _divided(n, y0, x, scaled(LOG10, x))


# ---- trigonometric and hyperbolic functions, in pairs: y' = z x', z' = sign y x' ----
def _pair(n: int, y0: Any, z0: Any, x: Coefficients, sign: int) -> tuple[Coefficients, Coefficients]:
    y, z = [y0], [z0]
    for k in range(1, n + 1 if len(x) > 1 else 1):
        first, second = _slope_times(x, z, k), _slope_times(x, y, k)
        y.append(first)
        z.append(sign * second)
    return y, z


def _tangent(n: int, y0: Any, v0: Any, x: Coefficients, sign: int) -> Coefficients:
    """y' = v x' where v = 1 + sign y^2, begun with a value free of cancellation."""
    y, v = [y0], [v0]
    for k in range(1, n + 1 if len(x) > 1 else 1):
        y.append(_slope_times(x, v, k))
        v.append(sign * convolved(y, y, k))
    return y


def _one_plus(n: int, x: Coefficients, sign: int) -> Coefficients:
    """1 + sign x^2, with its first coefficient free of cancellation."""
    squares = scaled(sign, square(n, x))
    return [1 + x[0] * x[0] if sign > 0 else (1 - x[0]) * (1 + x[0]), *squares[1:]]


def _rooted(n: int, v: Coefficients) -> Coefficients:
    return root(n, np.sqrt(v[0]), v)


def _arccosh(n: int, y0: Any, x: Coefficients) -> Coefficients:
    return _divided(n, y0, x, _rooted(n, scaled(-1, _one_plus(n, x, -1))))


RECURRENCES[np.sin] = lambda n, y0, x: _pair(n, y0, np.cos(x[0]), x, -1)[0]
RECURRENCES[np.cos] = lambda n, y0, x: _pair(n, np.sin(x[0]), y0, x, -1)[1]
RECURRENCES[np.sinh] = lambda n, y0, x: _pair(n, y0, np.cosh(x[0]), x, 1)[0]
RECURRENCES[np.cosh] = lambda n, y0, x: _pair(n, np.sinh(x[0]), y0, x, 1)[1]
RECURRENCES[np.tan] = lambda n, y0, x: _tangent(n, y0, 1 + y0 * y0, x, 1)
RECURRENCES[np.tanh] = lambda n, y0, x: _tangent(n, y0, ONE_OVER_COSH_SQUARED(x[0]), x, -1)
RECURRENCES[np.arcsin] = lambda n, y0, x: _divided(n, y0, x, _rooted(n, _one_plus(n, x, -1)))
RECURRENCES[np.arccos] = lambda n, y0, x: _divided(n, y0, x, scaled(-1, _rooted(n, _one_plus(n, x, -1))))
RECURRENCES[np.arctan] = lambda n, y0, x: _divided(n, y0, x, _one_plus(n, x, 1))
RECURRENCES[np.arcsinh] = lambda n, y0, x: _divided(n, y0, x, _rooted(n, _one_plus(n, x, 1)))
RECURRENCES[np.arccosh] = _arccosh
RECURRENCES[np.arctanh] = lambda n, y0, x: _divided(n, y0, x, _one_plus(n, x, -1))
