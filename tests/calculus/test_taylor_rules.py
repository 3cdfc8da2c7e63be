"""The coefficients of every elementwise rule and of compositions, against mpmath's derivatives at 60 digits, to order 20."""

from fractions import Fraction

import mpmath as mp
import numpy as np
import pytest

from mlcore.calculus import _series, derivative, taylor
from mlcore.calculus._derivative_rule import Rule
from mlcore.calculus._table import RULES

ORDER = 20


def mp_log(base):
    return lambda x: mp.log(x) / mp.log(base)


def odd(f):
    return lambda x: f(x) if x > 0 else -f(-x)


ONE = {  # name: function, the same in mpmath, centres
    "exp": (np.exp, mp.exp, (0.0, 0.7, -30.0)),
    "exp2": (np.exp2, lambda x: mp.mpf(2) ** x, (0.7,)),
    "expm1": (np.expm1, mp.expm1, (0.7, 1e-9)),
    "log": (np.log, mp.log, (1.7, 1e-3)),
    "log2": (np.log2, mp_log(2), (0.3,)),
    "log10": (np.log10, mp_log(10), (3.1,)),
    "log1p": (np.log1p, mp.log1p, (0.5, 1e-9)),
    "sqrt": (np.sqrt, mp.sqrt, (2.3, 1e-4)),
    "cbrt": (np.cbrt, odd(mp.cbrt), (2.3, -1.3)),
    "square": (np.square, lambda x: x * x, (2.3, 0.0)),
    "reciprocal": (np.reciprocal, lambda x: 1 / x, (2.3, -0.01)),
    "sin": (np.sin, mp.sin, (0.0, 0.7, 100.0)),
    "cos": (np.cos, mp.cos, (0.0, -0.7)),
    "tan": (np.tan, mp.tan, (0.7, 1.5)),
    "arcsin": (np.arcsin, mp.asin, (0.4, 0.999)),
    "arccos": (np.arccos, mp.acos, (-0.6, 0.0)),
    "arctan": (np.arctan, mp.atan, (0.0, 0.7, -5.0)),
    "sinh": (np.sinh, mp.sinh, (0.7,)),
    "cosh": (np.cosh, mp.cosh, (-0.7,)),
    "tanh": (np.tanh, mp.tanh, (0.0, 0.7, 12.0)),
    "arcsinh": (np.arcsinh, mp.asinh, (0.7, 0.0)),
    "arccosh": (np.arccosh, mp.acosh, (1.7, 1.001)),
    "arctanh": (np.arctanh, mp.atanh, (0.6, 0.0)),
    "sinc": (np.sinc, lambda x: mp.sinc(mp.pi * x), (0.0, 1e-4, 0.05, 0.8)),
    "degrees": (lambda x: np.degrees(x) + np.rad2deg(x), lambda x: x * 360 / mp.pi, (0.6,)),
    "radians": (lambda x: np.radians(x) + np.deg2rad(x), lambda x: x * mp.pi / 90, (0.6,)),
    "abs": (lambda x: np.abs(np.sin(x)) + np.fabs(x), lambda x: -mp.sin(x) - x, (-0.7,)),
    "abs, touching": (lambda x: np.abs(-x * x - x**3), lambda x: x * x + x**3, (0.0,)),
    "negative": (lambda x: -np.positive(x), lambda x: -x, (0.3,)),
}
TWO = {
    "add": (lambda x: np.sin(x) + x - 3, lambda x: mp.sin(x) + x - 3, (0.4,)),
    "divide": (lambda x: (1 + x) / (2 - x) + 3 / (1 + np.sin(x)), lambda x: (1 + x) / (2 - x) + 3 / (1 + mp.sin(x)), (0.7,)),
    "divide by a number": (lambda x: np.exp(x) / 3, lambda x: mp.exp(x) / 3, (0.7,)),
    "hypot": (lambda x: np.hypot(np.sin(x), x + 1), lambda x: mp.sqrt(mp.sin(x) ** 2 + (x + 1) ** 2), (0.3,)),
    "hypot of large": (lambda x: np.hypot(1e200 * x, 1e200), lambda x: mp.mpf(1e200) * mp.sqrt(x * x + 1), (0.3,)),
    "arctan2": (lambda x: np.arctan2(np.sin(x), x - 1), lambda x: mp.atan2(mp.sin(x), x - 1), (0.3,)),
    "logaddexp": (lambda x: np.logaddexp(np.sin(x), x * x), lambda x: mp.log(mp.exp(mp.sin(x)) + mp.exp(x * x)), (0.3,)),
    "logaddexp2": (lambda x: np.logaddexp2(np.sin(x), 0), lambda x: mp.log(2 ** mp.sin(x) + 1) / mp.log(2), (0.3,)),
    "logaddexp of large": (lambda x: np.logaddexp(800 * x, 790), lambda x: mp.log(mp.exp(800 * x) + mp.exp(790)), (1.0,)),
    "power 3": (lambda x: x**3, lambda x: x**3, (1.3, 0.0, -0.4)),
    "power 12 of a sum": (lambda x: (x + x**2 - 1e-8) ** 12, lambda x: (x + x**2 - mp.mpf(1e-8)) ** 12, (0.0,)),
    "power 200": (lambda x: x**200, lambda x: x**200, (1.1,)),
    "power 0": (lambda x: x**0, lambda x: mp.mpf(1), (0.3, 0.0)),
    "power -3": (lambda x: x**-3.0, lambda x: x**-3, (-1.3,)),
    "power 2.5": (lambda x: np.power(x, 2.5), lambda x: x ** mp.mpf(2.5), (1.3,)),
    "power -0.5": (lambda x: (1 + x * x) ** -0.5, lambda x: 1 / mp.sqrt(1 + x * x), (0.0, 0.8)),
    "power of a constant": (lambda x: 2.5**x, lambda x: mp.mpf(2.5) ** x, (1.3,)),
    "power of both": (lambda x: np.float_power(x, x) * x**x, lambda x: x ** (2 * x), (1.3,)),
    "remainder": (lambda x: np.remainder(np.exp(x), 1.5), lambda x: mp.exp(x) - 1.5, (0.7,)),
    "fmod": (lambda x: np.fmod(-7, x), lambda x: 10 * x - 7, (0.69,)),
    "maximum": (lambda x: np.maximum(np.sin(x), x - 5) + np.fmax(x, 1), lambda x: mp.sin(x) + 1, (0.7,)),
    "minimum": (lambda x: np.minimum(np.sin(x), x - 5) + np.fmin(x, 1), lambda x: x - 5 + x, (0.7,)),
    "maximum, touching": (lambda x: np.maximum(x**2, -(x**4)), lambda x: x**2, (0.0,)),
    "maximum of equals": (lambda x: np.maximum(np.sin(x), np.sin(x)), mp.sin, (0.0,)),
    "copysign": (lambda x: np.copysign(np.exp(x), -x), lambda x: -mp.exp(x), (0.7,)),
    "copysign, touching": (lambda x: np.copysign(np.exp(x), -x * x), lambda x: -mp.exp(x), (0.0,)),
    "where": (lambda x: np.where(x > 0, np.sin(x), np.log(-x)), mp.sin, (0.7,)),
    "clip": (lambda x: np.clip(np.exp(x), 1.5, 3), mp.exp, (0.7,)),
}
COMPOSITIONS = {
    "exp of sin": (lambda x: np.exp(np.sin(x)) / (1 + x**2), lambda x: mp.exp(mp.sin(x)) / (1 + x**2), (0.0, 0.3)),
    "logistic": (lambda x: 1 / (1 + np.exp(-x)), lambda x: 1 / (1 + mp.exp(-x)), (0.7, -3.0)),
    "normal": (lambda x: np.exp(-x * x / 2), lambda x: mp.exp(-x * x / 2), (1.7,)),
    "deep": (lambda x: np.tanh(np.sin(np.tanh(np.exp(x) * x))), lambda x: mp.tanh(mp.sin(mp.tanh(mp.exp(x) * x))), (0.4,)),
    "roots": (lambda x: np.log(np.sqrt(1 + x**4) + x), lambda x: mp.log(mp.sqrt(1 + x**4) + x), (0.4,)),
    "waves": (lambda x: np.cos(3 * np.sin(x) - x), lambda x: mp.cos(3 * mp.sin(x) - x), (0.4,)),
}
CASES = {**ONE, **TWO, **COMPOSITIONS}


def expected(f, x0, n):
    with mp.workdps(60):
        return [mp.re(c) for c in mp.taylor(f, mp.mpf(x0), n)]


@pytest.mark.parametrize(("name", "x0"), [(name, x0) for name, case in CASES.items() for x0 in case[2]])
def test_coefficients(name, x0):
    """To 1e-13 of the largest of the coefficient and its two neighbours."""
    f, exact, _ = CASES[name]
    found = taylor(f, x0, ORDER).coefficients
    wanted = expected(exact, x0, ORDER)
    error = np.array([float(abs(mp.mpf(float(c)) - w)) for c, w in zip(found, wanted, strict=True)])
    size = np.array([0.0, *[float(abs(w)) for w in wanted], 0.0])
    scale = np.max([size[:-2], size[1:-1], size[2:]], axis=0)
    assert found.shape == (ORDER + 1,)
    assert np.all(error <= 1e-13 * scale + 1e-30 * size.max()), (error / np.where(scale > 0, scale, 1)).max()


def test_every_elementwise_rule_occurs(monkeypatch):
    met = set()
    record = _series.Series.record

    def watched(self, rule, *rest):
        met.add(rule)
        return record(self, rule, *rest)

    monkeypatch.setattr(_series.Series, "record", watched)
    for f, _, centers in CASES.values():
        taylor(f, centers[0], 2)
    left_out = [key for key, rule in RULES.items() if isinstance(key, np.ufunc) and isinstance(rule, Rule) and rule not in met]
    assert [f for f in left_out if f is not np.matmul] == []


def test_rational_functions_against_fractions():
    """(2 + x^3) / (3 - x + 4 x^2)^2 about 1/2: long division of exact polynomials."""
    x = [Fraction(1, 2), Fraction(1)] + [Fraction(0)] * (ORDER - 1)

    def times(a, b):
        return [sum((a[j] * b[k - j] for j in range(k + 1)), Fraction(0)) for k in range(ORDER + 1)]

    def plus(*terms):
        return [sum(c, Fraction(0)) for c in zip(*terms, strict=True)]

    def constant(c):
        return [Fraction(c)] + [Fraction(0)] * ORDER

    numerator = plus(constant(2), times(x, times(x, x)))
    root = plus(constant(3), [-c for c in x], [4 * c for c in times(x, x)])
    denominator, exact = times(root, root), []
    for k in range(ORDER + 1):
        exact.append((numerator[k] - sum(denominator[k - j] * exact[j] for j in range(k))) / denominator[0])
    found = taylor(lambda x: (2 + x**3) / (3 - x + 4 * x * x) ** 2, 0.5, ORDER).coefficients
    np.testing.assert_allclose(found, [float(c) for c in exact], rtol=1e-13)


def test_nested_derivatives_agree():
    def f(x):
        return np.exp(np.sin(x)) * np.arctan2(x, 2 + x * x) / np.hypot(1, x)

    p = taylor(f, 0.3, 5)
    factorial = 1.0
    for k in range(6):
        np.testing.assert_allclose(p.coefficients[k] * factorial, derivative(f, k)(0.3), rtol=1e-13)
        factorial *= k + 1


@pytest.mark.parametrize("exponents", [[0, 1, 2, 3], [[5.0], [-1.0]], [0.5, 7, -2.5, 1], [2.0, 2.0]])
def test_arrays_of_exponents(exponents):
    found = taylor(lambda x: (0.5 + x * x) ** np.array(exponents), 0.3, 8)
    for at, p in np.ndenumerate(exponents):
        single = taylor(lambda x, p=p: (0.5 + x * x) ** p, 0.3, 8)
        np.testing.assert_allclose(found.coefficients[(slice(None), *at)], single.coefficients, rtol=1e-13, atol=1e-15)
    zero = taylor(lambda x: x ** np.arange(4), 0.0, 3)
    np.testing.assert_array_equal(zero.coefficients, np.eye(4))


def test_sinc_far_out():
    """Its series near zero is not summed there."""
    assert np.isfinite(taylor(np.sinc, 1e100, 3).coefficients).all()
    x = 1e5 + 0.25
    np.testing.assert_allclose(derivative(np.sinc)(x), np.cos(np.pi * x) / x - np.sin(np.pi * x) / (np.pi * x * x), rtol=1e-12)
