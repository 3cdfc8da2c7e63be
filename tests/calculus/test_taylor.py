"""taylor: its arguments, where there is no series, and taylor among the other derivatives."""

import math

import mpmath as mp
import numpy as np
import pytest

from mlcore import calculus
from mlcore.calculus import TracingError, derivative, grad, hessian, jacobian, taylor

EPS = np.finfo(float).eps


# ---- what f may be ----
def test_simple_functions():
    assert taylor(lambda x: 3, 0.0, 2).coefficients.tolist() == [3, 0, 0]
    assert taylor(lambda x: 2.5, 1.0, 0).coefficients.tolist() == [2.5]
    assert taylor(lambda x: x, 2, 3).coefficients.tolist() == [2, 1, 0, 0]
    assert taylor(lambda x: np.array([1, 2]), 2, 1).coefficients.tolist() == [[1, 2], [0, 0]]
    assert taylor(lambda x: np.array([1, 2, 3]) * x**3, 1, 1).coefficients.tolist() == [[1, 2, 3], [3, 6, 9]]
    assert taylor(lambda x: x > 0, 1.0, 1).coefficients.tolist() == [1, 0]


@pytest.mark.parametrize("x0", [1, np.int8(1), np.float32(1), np.array(1.0), True])
def test_any_real_number_is_a_centre(x0):
    p = taylor(np.exp, x0, 3)
    assert p.center == 1.0
    assert p.coefficients.dtype == p.following.dtype == np.float64
    np.testing.assert_allclose(p.coefficients, math.e / np.array([1, 1, 2, 6]), rtol=4 * EPS)


def test_defaults():
    p = taylor(np.exp)
    assert (p.center, p.order) == (0.0, 5)


@pytest.mark.parametrize("x0", [1j, "1", None, np.array("a")])
def test_other_centres_are_no_numbers(x0):
    with pytest.raises(TypeError, match=r"x0 is .* expected one real number"):
        taylor(np.sin, x0, 2)


@pytest.mark.parametrize("x0", [np.nan, np.inf, -np.inf])
def test_centres_are_finite(x0):
    with pytest.raises(ValueError, match="expected a finite number"):
        taylor(np.sin, x0, 2)


def test_several_variables_go_along_a_line():
    with pytest.raises(ValueError, match=r"shape \(2,\).*along a line: taylor\(lambda t: f\(x0 \+ t \* v\)"):
        taylor(lambda x: x[0] * x[1], np.ones(2), 2)
    x0, v = np.array([1.0, 2.0]), np.array([1.0, -1.0])

    def f(x):
        return x[0] ** 2 * x[1] + np.exp(x[0])

    p = taylor(lambda t: f(x0 + t * v), 0.0, 2)
    np.testing.assert_allclose(p.coefficients, [f(x0), grad(f)(x0) @ v, v @ hessian(f)(x0) @ v / 2], rtol=1e-14)


@pytest.mark.parametrize("order", [-1, 201, 10**6])
def test_orders_have_a_range(order):
    with pytest.raises(ValueError, match="0 to 200"):
        taylor(np.sin, 0.0, order)


@pytest.mark.parametrize("order", [2.0, "2", None])
def test_orders_are_integers(order):
    with pytest.raises(TypeError, match="expected an int"):
        taylor(np.sin, 0.0, order)


def test_the_largest_order():
    p = taylor(np.exp, 1.0, 200)
    exact = [float(mp.e / mp.factorial(k)) for k in range(100)]
    np.testing.assert_allclose(p.coefficients[:100], exact, rtol=1e-13)
    np.testing.assert_allclose(taylor(lambda x: 1 / (1 - x), 0.0, 200).coefficients, 1.0)


@pytest.mark.parametrize("f", [lambda x: float(x), lambda x: math.sin(x), lambda x: np.array([x, x]), lambda x: int(x)])
def test_conversions_are_refused_with_their_line(f):
    with pytest.raises(TracingError, match=r"test_taylor\.py, line \d+, in <lambda>: .*Write "):
        taylor(f, 1.0, 2)


@pytest.mark.parametrize("f", [lambda x: (x, x), lambda x: [x], lambda x: {"a": x}])
def test_structures_are_refused(f):
    with pytest.raises(TypeError, match="expected a number or an array"):
        taylor(f, 1.0, 2)


@pytest.mark.parametrize("f", [lambda x: None, lambda x: "a", lambda x: 1j * x])
def test_other_answers_are_refused(f):
    with pytest.raises(TypeError, match="expected real numbers"):
        taylor(f, 1.0, 2)


def test_errors_of_the_function_pass():
    with pytest.raises(ZeroDivisionError):
        taylor(lambda x: 1 // 0, 1.0, 2)


# ---- where there is no series ----
NONE = {
    "sqrt at 0": (np.sqrt, 0.0),
    "sqrt of a square": (lambda x: np.sqrt(x * x), 0.0),
    "sqrt below 0": (np.sqrt, -1.0),
    "cbrt at 0": (np.cbrt, 0.0),
    "log at 0": (np.log, 0.0),
    "log below 0": (np.log, -1.0),
    "a pole": (lambda x: 1 / x, 0.0),
    "0 / 0": (lambda x: np.sin(x) / x, 0.0),
    "a power at 0": (lambda x: x**2.5, 0.0),
    "a negative power at 0": (lambda x: x**-1.0, 0.0),
    "x^x at 0": (lambda x: x**x, 0.0),
    "a negative base": (lambda x: (-2.0) ** x, 2.0),
    "arcsin at 1": (np.arcsin, 1.0),
    "arccosh at 1": (np.arccosh, 1.0),
    "arctan2 of zeros": (lambda x: np.arctan2(x, x), 0.0),
    "hypot of zeros": (lambda x: np.hypot(x, x), 0.0),
    "overflow": (np.exp, 1000.0),
    "overflow of a coefficient": (lambda x: np.exp(1e200 * x), 0.0),
    "one element": (lambda x: np.sqrt(x * np.arange(3)), 1.0),
    "a NaN of the function's": (lambda x: x + np.nan, 1.0),
}


@pytest.mark.parametrize("order", [0, 3])
@pytest.mark.parametrize("name", NONE)
def test_no_series_is_an_error(name, order):
    f, x0 = NONE[name]
    with pytest.raises(ValueError, match=r"has no Taylor series at x0 = .* Choose a centre"):
        taylor(f, x0, order)


KINKS = [np.abs, np.fabs, lambda x: np.maximum(x, 0), lambda x: np.minimum(0, x), lambda x: np.clip(x, 0, 1)]
KINKS += [lambda x: np.copysign(1 + x, x), lambda x: np.fmax(x, x * x), lambda x: np.abs(x**3)]


@pytest.mark.parametrize("f", KINKS)
def test_a_kink_at_the_centre_is_an_error(f):
    with pytest.raises(ValueError, match=r"test_taylor\.py, line \d+.*kink or jump exactly at the centre"):
        taylor(lambda x: f(x), 0.0, 3)
    left, right = taylor(f, -0.25, 3), taylor(f, 0.25, 3)
    np.testing.assert_allclose([left(-0.2), right(0.3)], [f(-0.2), f(0.3)], rtol=1e-15, atol=1e-16)


def test_branches_and_steps_are_those_of_the_centre():
    assert taylor(lambda x: x**2 if x > 0 else -x, 0.0, 2).coefficients.tolist() == [0, -1, 0]
    assert taylor(lambda x: np.where(x > 0, x**2, np.sqrt(0 * x)), 2.0, 2).coefficients.tolist() == [4, 4, 1]
    assert taylor(lambda x: np.sort(np.stack([x, 1 - x])), 0.0, 1).coefficients.tolist() == [[0, 1], [1, -1]]
    assert taylor(lambda x: np.floor(x) + np.sign(x), 1.0, 1).coefficients.tolist() == [2, 0]


def test_warnings_and_the_state_of_the_unit_are_left_alone():
    before = np.geterr()
    with np.errstate(all="raise"):
        taylor(lambda x: np.where(x > 0, x, np.log(x * 0)), 1.0, 3)
        taylor(np.exp, -700.0, 30)
    assert np.geterr() == before


# ---- among the other derivatives ----
def test_series_of_derivatives():
    np.testing.assert_allclose(taylor(grad(np.sin), 0.3, 8).coefficients, taylor(np.cos, 0.3, 8).coefficients, rtol=1e-14)
    second = taylor(derivative(np.exp, 2), 0.3, 5)
    np.testing.assert_allclose(second.coefficients, taylor(np.exp, 0.3, 5).coefficients, rtol=1e-14)

    def slope(t):  # of a function of two variables, along a curve
        return grad(lambda x: np.sum(np.tanh(x) ** 3))(np.stack([t, t * t]))

    def exact(t):
        return 3 * np.tanh(t) ** 2 / np.cosh(t) ** 2

    p = taylor(slope, 0.4, 6).coefficients
    np.testing.assert_allclose(p[:, 0], taylor(exact, 0.4, 6).coefficients, rtol=1e-12)
    np.testing.assert_allclose(p[:, 1], taylor(lambda t: exact(t * t), 0.4, 6).coefficients, rtol=1e-12)


def test_derivatives_of_coefficients():
    def third(a):
        return taylor(lambda x: np.exp(a * x), 0.0, 3).coefficients[3]

    assert math.isclose(grad(third)(2.0), 2.0, rel_tol=1e-14)
    assert math.isclose(derivative(third, 2)(2.0), 2.0, rel_tol=1e-14)
    assert math.isclose(grad(lambda x0: taylor(np.sin, x0, 3).coefficients[3])(0.7), math.sin(0.7) / 6, rel_tol=1e-14)
    rows = jacobian(lambda a: taylor(lambda x: np.exp(a * x), 0.0, 2).coefficients)(np.array([1.0, 2.0]))
    np.testing.assert_allclose(rows, [np.zeros((2, 2)), np.eye(2), np.diag([1.0, 2.0])], rtol=1e-14)
    twice = hessian(lambda a: taylor(lambda x: np.exp(a[0] * x) * np.cos(a[1] * x), 0.0, 3).coefficients[2])
    np.testing.assert_allclose(twice(np.array([1.0, 2.0])), [[1, 0], [0, -1]], atol=1e-14)


def test_derivatives_of_polynomials_and_series_of_series():
    p = taylor(np.sin, 0.0, 5)
    assert math.isclose(derivative(p, 2)(0.3), p.derivative().derivative()(0.3), rel_tol=1e-14)
    np.testing.assert_allclose(taylor(p, 0.0, 5).coefficients, p.coefficients, rtol=1e-14)
    assert math.isclose(grad(lambda a: (p * a + a)(0.3))(2.0), p(0.3) + 1, rel_tol=1e-14)
    mixed = taylor(lambda x: taylor(lambda y: np.exp(x * y), 0.0, 3).coefficients[2], 1.0, 3)
    np.testing.assert_allclose(mixed.coefficients, [0.5, 1, 0.5, 0], atol=1e-15)


def test_rules_of_the_users_own():
    @calculus.rule(lambda x: np.asarray(x) ** 3)
    def cube(g, y, x):
        return g * 3 * x * x

    found = taylor(lambda x: cube(np.sin(x)), 0.4, 9).coefficients
    np.testing.assert_allclose(found, taylor(lambda x: np.sin(x) ** 3, 0.4, 9).coefficients, rtol=1e-12, atol=1e-15)


def test_a_value_kept_from_a_series_is_refused():
    kept = []
    taylor(lambda x: kept.append(x) or x, 0.0, 2)
    with pytest.raises(TracingError, match="kept from a differentiation"):
        np.sin(kept[0])
