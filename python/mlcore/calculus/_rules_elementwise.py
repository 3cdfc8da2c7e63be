"""Derivatives of NumPy's elementwise functions: y stands for the answer.

Where a function has a kink the mean of both sides is taken (0 for ``abs`` at 0, one half each for ``maximum`` of equals), which
is a subgradient. A composition that is smooth all the same, ``abs(x)**2``, has its gradient there, and a Hessian of 0 where
that of ``x**2`` is 2: the second derivative of ``abs`` is taken for 0, not for the impulse that it is.

NaN goes through ``maximum(x, 0)``, and so does its gradient, 1, as in PyTorch; that of ``fmax`` goes to the operand chosen.

Partial derivatives keep their relative accuracy far out, where they are small: none is the difference of nearly equal numbers.
"""

from __future__ import annotations

import functools
import math
from typing import Any

import numpy as np

from mlcore._core import calculus as _core
from mlcore.calculus._derivative_rule import Rule
from mlcore.calculus._rules import composed, constant, elementwise, on_values, written
from mlcore.calculus._trace import Traced, plain_of, value_of

_IN_CORE = (np.float64, np.float32)
LOG2, LOG10 = math.log(2.0), math.log(10.0)  # not NumPy's numbers, which make float64 of float32


# ---- slopes without cancellation, whose own slopes would cancel again if they were composed of operations ----
def _one_minus_square(x: Any) -> Any:
    return (1 - x) * (1 + x)


def _one_over_one_plus_square(x: Any) -> Any:
    with np.errstate(over="ignore"):  # 1 / inf is right
        return 1 / (1 + x * x)


def _one_over_cosh_squared(x: Any) -> Any:
    """4 e / (1 + e)^2 with e = exp(-2 |x|): 1 - tanh(x)^2 would cancel, and cosh(x) overflow."""
    if type(x) is np.ndarray and x.dtype in _IN_CORE:  # in one go through memory, not in eight
        return _core.one_over_cosh_squared(x)
    ratio = np.exp(-2 * np.abs(x))
    return 4 * ratio / (1 + ratio) ** 2


def _part(a: Any, b: Any, exp: Any = np.exp) -> Any:
    """exp(a) / (exp(a) + exp(b)), of infinities, too; equal ones have one half each."""
    with np.errstate(invalid="ignore", over="ignore"):  # inf - inf, max - -max
        difference = a - b
    ratio = exp(-np.abs(difference))  # of the smaller to the larger
    return np.where(a == b, 0.5, np.where(difference > 0, 1.0, ratio) / (1 + ratio))


_part2 = functools.partial(_part, exp=np.exp2)

def _root_of_squares(x: Any) -> Any:
    return np.sqrt(x)


def _root_of_powers(x: Any, p: Any) -> Any:
    return x ** (1 / p)


_ONE_MINUS_SQUARE = written(_one_minus_square, lambda y, x: -2 * x)
_ONE_OVER_ONE_PLUS_SQUARE = written(_one_over_one_plus_square, lambda y, x: -2 * (x * y) * y)
ONE_OVER_COSH_SQUARED = written(_one_over_cosh_squared, lambda y, x: -2 * np.tanh(x) * y, native=True)
ROOT_OF_SQUARES = written(_root_of_squares, lambda y, x: 0.5 / length_or_one(y))
"""Of a sum of squares, which like a length has the slope 0 where all of them are 0."""
ROOT_OF_POWERS = written(_root_of_powers, lambda y, x, p: y / (p * length_or_one(x)), 0)
_PART: Rule = written(_part, lambda y, a, b: y * _PART(b, a), lambda y, a, b: -y * _PART(b, a))
_PART2: Rule = written(_part2, lambda y, a, b: LOG2 * y * _PART2(b, a), lambda y, a, b: -LOG2 * y * _PART2(b, a))

# ---- arithmetic ----
elementwise(np.add, 1, 1)
elementwise(np.subtract, 1, -1)
elementwise(np.multiply, lambda y, a, b: b, lambda y, a, b: a)
elementwise(np.divide, lambda y, a, b: np.divide(1, b), lambda y, a, b: -y / b)  # 1 / 0.0 is an error of Python's
elementwise(np.negative, -1)
elementwise(np.positive, 1)
elementwise(np.reciprocal, lambda y, x: -y * y)
elementwise(np.square, lambda y, x: 2 * x)
elementwise(np.sqrt, lambda y, x: 0.5 / y)
elementwise(np.cbrt, lambda y, x: 1 / (3 * y * y))
elementwise(np.power, lambda y, x, p: _power_slope(x, p), lambda y, x, p: y * _log_or_zero(x))
elementwise(np.float_power, lambda y, x, p: _power_slope(x, p), lambda y, x, p: y * _log_or_zero(x))
elementwise(np.fmod, 1, lambda y, a, b: -np.rint((a - y) / b))  # a / b may round to the next whole number: 0.9 / 0.1 is 9.0
elementwise(np.remainder, 1, lambda y, a, b: -np.floor_divide(a, b))
elementwise(np.hypot, lambda y, a, b: a / length_or_one(y), lambda y, a, b: b / length_or_one(y))

# ---- exponentials and logarithms ----
elementwise(np.exp, lambda y, x: y)
elementwise(np.exp2, lambda y, x: LOG2 * y)
elementwise(np.expm1, lambda y, x: np.exp(x))
elementwise(np.log, lambda y, x: 1 / x)
elementwise(np.log2, lambda y, x: 1 / (LOG2 * x))
elementwise(np.log10, lambda y, x: 1 / (LOG10 * x))
elementwise(np.log1p, lambda y, x: 1 / (1 + x))
elementwise(np.logaddexp, lambda y, a, b: _PART(a, b), lambda y, a, b: _PART(b, a))
elementwise(np.logaddexp2, lambda y, a, b: _PART2(a, b), lambda y, a, b: _PART2(b, a))

# ---- trigonometric and hyperbolic functions ----
elementwise(np.sin, lambda y, x: np.cos(x))
elementwise(np.cos, lambda y, x: -np.sin(x))
elementwise(np.tan, lambda y, x: 1 + y * y)
elementwise(np.arcsin, lambda y, x: 1 / np.sqrt(_ONE_MINUS_SQUARE(x)))
elementwise(np.arccos, lambda y, x: -1 / np.sqrt(_ONE_MINUS_SQUARE(x)))
elementwise(np.arctan, lambda y, x: _ONE_OVER_ONE_PLUS_SQUARE(x))
elementwise(np.arctan2, lambda y, a, b: _over_square(b, np.hypot(a, b)), lambda y, a, b: -_over_square(a, np.hypot(a, b)))
elementwise(np.sinh, lambda y, x: np.cosh(x))
elementwise(np.cosh, lambda y, x: np.sinh(x))
elementwise(np.tanh, lambda y, x: ONE_OVER_COSH_SQUARED(x))
elementwise(np.arcsinh, lambda y, x: 1 / np.hypot(x, 1))
elementwise(np.arccosh, lambda y, x: 1 / (np.sqrt(x - 1) * np.sqrt(x + 1)))
elementwise(np.arctanh, lambda y, x: 1 / _ONE_MINUS_SQUARE(x))
elementwise(np.deg2rad, np.pi / 180)
elementwise(np.radians, np.pi / 180)
elementwise(np.rad2deg, 180 / np.pi)
elementwise(np.degrees, 180 / np.pi)

# ---- kinks ----
elementwise(np.absolute, lambda y, x: np.sign(x))
elementwise(np.fabs, lambda y, x: np.sign(x))
elementwise(np.maximum, lambda y, a, b: _share(a, b, _not_below(a, b)), lambda y, a, b: _share(a, b, _not_below(b, a)))
elementwise(np.minimum, lambda y, a, b: _share(a, b, _not_below(b, a)), lambda y, a, b: _share(a, b, _not_below(a, b)))
elementwise(np.fmax, lambda y, a, b: _share(a, b, (a > b) | np.isnan(b)), lambda y, a, b: _share(a, b, (b > a) | np.isnan(a)))
elementwise(np.fmin, lambda y, a, b: _share(a, b, (a < b) | np.isnan(b)), lambda y, a, b: _share(a, b, (b < a) | np.isnan(a)))
elementwise(np.copysign, lambda y, a, b: np.copysign(1, b) * np.sign(a), 0)

# ---- answers that are no smooth function of anything ----
constant(np.sign, np.floor, np.ceil, np.rint, np.trunc, np.fix, np.round, np.around, np.floor_divide, np.signbit)
constant(np.greater, np.greater_equal, np.less, np.less_equal, np.equal, np.not_equal)
constant(np.logical_and, np.logical_or, np.logical_not, np.logical_xor, np.isnan, np.isinf, np.isfinite)
constant(np.isclose, np.allclose, np.array_equal, np.any, np.all, np.iscomplexobj, np.isrealobj, np.isreal, np.iscomplex)


@composed(np.sinc)
def _sinc(x: Any) -> Any:
    t = np.pi * x
    near = t * t < 9  # further out the k-th derivative of sin(t) / t has rounding errors of k! / t^k
    square = np.where(near, t * t, 0)
    series: Any = 1.0
    for k in range(80, 0, -2):  # far more terms than the value needs: derivatives are right as well
        series = 1 - square / (k * (k + 1)) * series
    return np.where(near, series, np.sin(t) / np.where(near, 1, t))


def _i1(x: Any) -> Any:
    """(2 / pi) times the integral of sinh(x cos t) cos t over a quarter of a turn: midpoints, exact to rounding for |x| < 710.

    The rule's error for the whole turn with N points is that of the aliases, I_N(x) / I_0(x) = exp(-N^2 / 2|x|), N = 240.
    """
    terms = np.sinh(np.expand_dims(x, -1) * _COSINES) * _COSINES
    return np.sum(terms, axis=-1) / len(_COSINES)


_COSINES = np.cos((np.arange(60) + 0.5) * (np.pi / 120))
elementwise(np.i0, lambda y, x: _i1(x))


@composed(np.heaviside)
def _heaviside(x1: Any, x2: Any) -> Any:
    """A step, whose value at 0 is the second argument."""
    step = on_values(np.heaviside, x1, value_of(x2))
    return step if not isinstance(x2, Traced) or x2.recorded else np.where(value_of(x1) == 0, x2, step)


@composed(np.clip)
def _clip(a: Any, a_min: Any = None, a_max: Any = None, *, min: Any = None, max: Any = None) -> Any:
    low, high = (a_min if min is None else min), (a_max if max is None else max)
    a = a if low is None else np.maximum(a, low)
    return a if high is None else np.minimum(a, high)


@composed(np.nan_to_num)
def _nan_to_num(x: Any, copy: bool = True, nan: float = 0.0, posinf: Any = None, neginf: Any = None) -> Any:
    limits = np.finfo(np.result_type(plain_of(x)))
    high, low = (limits.max if posinf is None else posinf), (limits.min if neginf is None else neginf)
    x = np.where(np.isnan(x), nan, x)
    return np.where(x == np.inf, high, np.where(x == -np.inf, low, x))


def _one_if_zero(x: Any) -> Any:
    return np.where(x == 0, 1, x)


def length_or_one(length: Any) -> Any:
    """What to divide a vector by for its direction: 1 where the length is 0, for the direction 0, the middle of the slopes.

    The root says that the direction has no derivative there: without it second derivatives of norm(x)^2 would silently be 0.
    """
    return np.where(length == 0, 1 + np.sqrt(length), length)


def _over_square(x: Any, r: Any) -> Any:
    """x / r^2 without a square that would overflow."""
    return x / r / r


def _power_slope(x: Any, p: Any) -> Any:
    """p x**(p - 1), but 0 for p = 0, at x = 0 too. Its own derivative with respect to p is 1 / x there, so p - 1 stays."""
    if type(p) in (int, float):
        return p * x ** (p - 1 if p else 0)
    return p * np.where((x == 0) & (p == 0), 1, x) ** (p - 1)


def _log_or_zero(x: Any) -> Any:
    """0 where x is 0: there x**p does not change with p > 0."""
    return np.log(_one_if_zero(x))


def _not_below(a: Any, b: Any) -> Any:
    return np.logical_not(a < b)  # NaN is not


def _share(a: Any, b: Any, mine: Any) -> Any:
    return np.where(a == b, 0.5, mine)
