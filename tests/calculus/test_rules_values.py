"""What derivatives are worth: relative accuracy over all magnitudes against mpmath, and the values at edges and infinities."""

import math

import mpmath as mp
import numpy as np
import pytest

from mlcore import calculus
from mlcore.calculus import TracingError, derivative, grad, hessian, taylor

INF, NAN = np.inf, np.nan
SMALL = 10.0 ** np.arange(-300, 0, 13)
LARGE = 10.0 ** np.arange(1, 301, 13)
BOTH = np.concatenate([SMALL, LARGE, -SMALL, -LARGE])
NEAR_ONE = 1 - 2.0 ** -np.arange(1, 53, 3)
UNIT = np.concatenate([NEAR_ONE, -NEAR_ONE, SMALL])
MIDDLE = np.linspace(-340, 340, 35)

CASES = {  # function, its derivatives in mpmath, points
    "tanh": (np.tanh, [lambda x: mp.sech(x) ** 2, lambda x: -2 * mp.tanh(x) * mp.sech(x) ** 2], [*MIDDLE, *SMALL, -0.7]),
    "arctanh": (np.arctanh, [lambda x: 1 / (1 - x * x), lambda x: 2 * x / (1 - x * x) ** 2], UNIT),
    "arcsin": (np.arcsin, [lambda x: 1 / mp.sqrt(1 - x * x), lambda x: x / mp.sqrt(1 - x * x) ** 3], UNIT),
    "arccos": (np.arccos, [lambda x: -1 / mp.sqrt(1 - x * x), lambda x: -x / mp.sqrt(1 - x * x) ** 3], UNIT),
    "arctan": (np.arctan, [lambda x: 1 / (1 + x * x), lambda x: -2 * x / (1 + x * x) ** 2], BOTH),
    "arcsinh": (np.arcsinh, [lambda x: 1 / mp.sqrt(1 + x * x), lambda x: -x / mp.sqrt(1 + x * x) ** 3], BOTH),
    "arccosh": (np.arccosh, [lambda x: 1 / mp.sqrt(x * x - 1)], [*(1 + 2.0 ** -np.arange(1, 53, 3)), *LARGE]),
    "log1p": (np.log1p, [lambda x: 1 / (1 + x), lambda x: -1 / (1 + x) ** 2], [*SMALL, *LARGE, *-NEAR_ONE]),
    "expm1": (np.expm1, [mp.exp, mp.exp], [*MIDDLE, *SMALL]),
    "tan": (np.tan, [lambda x: mp.sec(x) ** 2], [*SMALL, -20.0, 1.57, np.pi / 2]),
    "sqrt": (np.sqrt, [lambda x: 1 / (2 * mp.sqrt(x))], [*SMALL, *LARGE]),
    "cbrt": (np.cbrt, [lambda x: 1 / (3 * mp.cbrt(x) ** 2)], [*SMALL, *LARGE]),
    "power": (lambda x: x**3, [lambda x: 3 * x * x, lambda x: 6 * x], BOTH),
    "power, broken": (lambda x: x**1.5, [lambda x: 1.5 * mp.sqrt(x)], [*SMALL, *LARGE]),
    "power, exponent": (lambda p: 2.5**p, [lambda p: mp.mpf(2.5) ** p * mp.log(2.5)], MIDDLE),
    "hypot": (lambda x: np.hypot(x, 1.0), [lambda x: x / mp.sqrt(1 + x * x)], BOTH),
    "arctan2": (lambda x: np.arctan2(x, 1.0), [lambda x: 1 / (1 + x * x)], BOTH),
    "logaddexp": (
        lambda x: np.logaddexp(x, 1.0),
        [lambda x: 1 / (1 + mp.exp(1 - x)), lambda x: mp.exp(1 - x) / (1 + mp.exp(1 - x)) ** 2],
        [*MIDDLE, *SMALL, 0.9, 1.0],
    ),
    "logaddexp, shifted": (lambda x: np.logaddexp(1e6, x), [lambda x: 1 / (1 + mp.exp(1000000 - x))], [1e6 - 30, 1e6, 1e6 + 3]),
    "i0": (
        np.i0,
        [lambda x: mp.besseli(1, x), lambda x: (mp.besseli(0, x) + mp.besseli(2, x)) / 2],
        [*MIDDLE / 10, *SMALL, -3.0],
    ),
    "logaddexp2": (lambda x: np.logaddexp2(1.0, x), [lambda x: 1 / (1 + mp.mpf(2) ** (1 - x))], MIDDLE),
}


@pytest.mark.parametrize("name", CASES)
def test_relative_accuracy(name):
    """Forward, reverse and compiled, within 10 eps of mpmath, wherever the derivative is a normal number."""
    function, exact, points = CASES[name]
    with mp.workdps(700), np.errstate(over="ignore"):  # x^3 itself overflows
        for order, formula in enumerate(exact, 1):
            inner = derivative(function, order - 1) if order > 1 else function
            reverse = grad(inner)
            for x in points:
                expected = formula(mp.mpf(float(x)))
                if not 1e-300 < abs(expected) < 1e300:
                    continue
                for found in (derivative(function, order)(float(x)), reverse(float(x))):
                    assert abs(mp.mpf(float(found)) / expected - 1) < 10 * 2**-52, (order, x, found, float(expected))


def test_compiled_slopes_are_the_same_and_native():
    x = np.concatenate([MIDDLE, SMALL, [0.0, INF, -INF]])
    of_two = [lambda x: np.logaddexp(x, 1.0), lambda x: np.logaddexp2(1.0, x), lambda x: np.maximum(x, 0.3)]
    for f in (np.tanh, np.arctan, *of_two):
        slope = grad(lambda x, f=f: np.sum(f(x)))
        c = calculus.compile(slope)
        np.testing.assert_allclose(c(x), slope(x), rtol=4e-15)
        assert "none in Python" in repr(c)
        second = calculus.directional_derivative(slope, np.ones_like(x[:-2]))
        c = calculus.compile(second)
        np.testing.assert_allclose(c(x[:-2]), second(x[:-2]), rtol=4e-15)
        assert "none in Python" in repr(c)


EDGES = {  # function, point: gradient
    np.logaddexp: {
        (INF, 0.0): (1, 0),
        (0.0, INF): (0, 1),
        (-INF, 0.0): (0, 1),
        (INF, -INF): (1, 0),
        (INF, INF): (0.5, 0.5),
        (-INF, -INF): (0.5, 0.5),
        (2.0, 2.0): (0.5, 0.5),
        (800.0, -800.0): (1, 0),
    },
    np.logaddexp2: {(INF, 0.0): (1, 0), (-INF, 0.0): (0, 1), (-INF, -INF): (0.5, 0.5)},
    np.maximum: {(NAN, 0.0): (1, 1), (0.0, NAN): (1, 1), (1.0, 1.0): (0.5, 0.5), (INF, INF): (0.5, 0.5), (1.0, 2.0): (0, 1)},
    np.minimum: {(NAN, 0.0): (1, 1), (1.0, 1.0): (0.5, 0.5), (-INF, 0.0): (1, 0), (1.0, 2.0): (1, 0)},
    np.fmax: {(NAN, 0.0): (0, 1), (0.0, NAN): (1, 0), (1.0, 1.0): (0.5, 0.5), (1.0, 2.0): (0, 1), (NAN, NAN): (1, 1)},
    np.fmin: {(NAN, 0.0): (0, 1), (0.0, NAN): (1, 0), (1.0, 1.0): (0.5, 0.5), (1.0, 2.0): (1, 0), (INF, NAN): (1, 0)},
    np.hypot: {(0.0, 0.0): (0, 0), (3.0, 0.0): (1, 0), (1e300, 1e300): (0.5**0.5, 0.5**0.5), (1e-320, 0.0): (1, 0)},
    np.arctan2: {(0.0, 1.0): (1, 0), (0.0, -2.0): (-0.5, 0), (1e200, 1e200): (0.5e-200, -0.5e-200), (0.0, 0.0): (NAN, NAN)},
    np.power: {(0.0, 0.0): (0, 0), (0.0, 1.0): (1, 0), (0.0, 2.0): (0, 0), (2.0, 0.0): (0, math.log(2)), (0.0, 0.5): (INF, 0)},
    np.remainder: {(0.9, 0.1): (1, -8), (-0.9, 0.1): (1, 9), (3.0, INF): (1, 0)},  # 0.9 / 0.1 is 9.0
    np.fmod: {(0.9, 0.1): (1, -8), (-0.9, 0.1): (1, 8), (3.0, INF): (1, 0)},
}
CASES_OF_TWO = [(f, x, expected) for f, cases in EDGES.items() for x, expected in cases.items()]


@pytest.mark.parametrize(("f", "x", "expected"), CASES_OF_TWO, ids=[f"{f.__name__}{x}" for f, x, _ in CASES_OF_TWO])
def test_edges(f, x, expected):
    with np.errstate(all="ignore"):
        for found in (
            grad(f, argnums=(0, 1))(*x),
            calculus.compile(grad(f, argnums=(0, 1)))(*x),
            (derivative(lambda a: f(a, x[1]))(x[0]), derivative(lambda b: f(x[0], b))(x[1])),
        ):
            np.testing.assert_allclose(np.array(found), expected, rtol=1e-14, atol=1e-330)
        rows = grad(lambda a, b: np.sum(f(a, b)), argnums=(0, 1))(np.full(3, x[0]), np.full((2, 3), x[1]))
        np.testing.assert_allclose([rows[0][0], rows[1][0, 0]], np.array(expected) * (2, 1), rtol=1e-14, atol=1e-330)


def test_no_warning_where_nothing_is_wrong():
    x = np.array([0.0, 800.0, -800.0, 1e200, -1e300, INF])
    for f in (np.tanh, np.arctan, lambda x: np.logaddexp(x, 0), lambda x: np.logaddexp(x, x), lambda x: np.maximum(x, 0)):
        assert np.isfinite(grad(lambda x, f=f: np.sum(f(x)))(x)).all()
    assert np.isfinite(hessian(lambda x: np.sum(np.tanh(x) + np.logaddexp(x, 0)))(x[:-1])).all()


def test_spread_of_equal_numbers():
    """A length of zero: the slope is the middle of all directions', as that of a norm."""
    norms = [lambda x, p=p: np.linalg.norm(x - np.mean(x), p) for p in (1, 1.5, 2, 3, np.inf)]
    for f in (*norms, np.std, np.nanstd, lambda x: np.std(x, axis=()).sum()):
        for run in (grad(f), calculus.compile(grad(f))):
            np.testing.assert_array_equal(run(np.full(3, 2.0)), 0)
    x = np.array([1.0, 2.0, 4.0])
    np.testing.assert_allclose(taylor(lambda t: np.std(x * t), 1.0, 2).coefficients, [np.std(x), np.std(x), 0], atol=1e-15)


def test_modified_bessel_function_far_out():
    for x in (300.0, -700.0):  # as exact as its argument: exp(x) has a relative error of x eps
        np.testing.assert_allclose(grad(np.i0)(x), float(mp.besseli(1, x)), rtol=1000 * 2**-52)


def test_powers():
    for x in (-2.0, 0.0, 3.0):
        for p in range(1, 5):
            assert grad(lambda x, p=p: x**p)(x) == p * x ** (p - 1)
            assert grad(lambda x, p=p: np.power(x, np.array([p, p])).sum())(x) == 2 * p * x ** (p - 1)
            assert derivative(lambda x, p=p: x**p, 2)(x) == (p * (p - 1) * x ** (p - 2) if p > 1 else 0)
    for x in (0.0, INF, NAN, 2.0):
        assert grad(lambda x: x**0)(x) == 0
    mixed = hessian(np.power, argnums=(0, 1))(2.0, 0.0)  # d2/dxdp x^p = x^(p-1) (1 + p log x)
    np.testing.assert_allclose(np.array(mixed), [[0, 0.5], [0.5, math.log(2) ** 2]], rtol=1e-15)


def test_series_far_out():
    assert taylor(np.tanh, 800.0, 3).coefficients[1] == 0
    np.testing.assert_allclose(taylor(np.tanh, 40.0, 1).coefficients[1], 4 * np.exp(-80.0), rtol=1e-15)


def test_round_and_divmod():
    assert round(2.6) == 3
    for x in (2.6, -2.5, 0.4):
        assert grad(lambda x: x * round(x))(x) == round(x)
        assert derivative(lambda x: x * round(x, 1))(x) == round(x, 1)
        assert grad(lambda x: x + [5, 6, 7, 8][round(x)])(x) == 1
        q, r = divmod(x, 0.7)
        assert grad(lambda x: divmod(x, 0.7)[0] * x)(x) == q
        assert grad(lambda x: divmod(x, 0.7)[1] ** 2)(x) == 2 * r
        assert grad(lambda x: divmod(5.0, x)[1])(x) == -(5.0 // x)
        fraction, whole = np.modf(x)
        np.testing.assert_allclose(grad(lambda x: np.modf(x)[0] ** 2 + x * np.modf(x)[1])(x), 2 * fraction + whole)
    x = np.array([2.6, -1.5, 0.3])
    np.testing.assert_array_equal(calculus.jvp(lambda x: np.divmod(x, 2.0), (x,), (np.ones(3),))[1], ([0, 0, 0], [1, 1, 1]))
    c = calculus.compile(lambda x: divmod(x, 0.7)[1] + round(x, 1) + np.modf(x)[0])
    np.testing.assert_allclose(c(x), divmod(x, 0.7)[1] + np.round(x, 1) + np.modf(x)[0], rtol=1e-15)
    assert calculus.compile(lambda x: round(x) * x)(2.6) == 3 * 2.6
    with np.errstate(invalid="ignore"):
        np.testing.assert_array_equal(calculus.vjp(np.modf, np.array([INF, -INF]))[0], np.modf(np.array([INF, -INF])))


@pytest.mark.parametrize("name", ["floor", "ceil", "trunc"])
def test_whole_numbers_of_math(name):
    for run in (grad, derivative, calculus.compile):
        with pytest.raises(TracingError, match=rf"test_rules_values.py, line \d+, .*math.{name} .*Write np.{name}, "):
            run(lambda x: x * getattr(math, name)(x))(2.5)
        assert np.isfinite(run(lambda x: x * getattr(np, name)(x))(2.5))
