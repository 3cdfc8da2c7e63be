"""The polynomial that taylor returns: values, arithmetic, the estimates of error and radius, text."""

import mpmath as mp
import numpy as np
import pytest

from mlcore.calculus import TaylorPolynomial, taylor

EPS = np.finfo(float).eps


def test_values():
    p = taylor(np.sin, 0.5, 6)
    x = np.array([[0.1, 0.5], [1.0, -0.3]])
    exact = sum(c * (x - 0.5) ** k for k, c in enumerate(p.coefficients))
    np.testing.assert_allclose(p(x), exact, rtol=8 * EPS)
    assert p(0.5) == np.sin(0.5)
    assert np.ndim(p(0.2)) == 0
    q = taylor(lambda t: np.exp(t * np.arange(3.0)), 0.0, 4)
    assert q(0.1).shape == (3,)
    assert q(x).shape == q.remainder(x).shape == (2, 2, 3)
    np.testing.assert_allclose(q(x)[..., 2], taylor(lambda t: np.exp(2 * t), 0.0, 4)(x), rtol=8 * EPS)
    assert taylor(np.sin, 0.5, 0)(x).tolist() == np.full((2, 2), np.sin(0.5)).tolist()
    assert np.isnan(p(np.nan))


def test_derivative_and_integral():
    p = taylor(np.sin, 0.3, 6)
    for other, order in ((p.derivative(), 5), (p.integral().derivative().derivative(), 5)):
        assert other.order == order
        np.testing.assert_allclose(other.coefficients, taylor(np.cos, 0.3, order).coefficients, rtol=1e-14)
        np.testing.assert_allclose(other.remainder(0.5), taylor(np.cos, 0.3, order).remainder(0.5), rtol=1e-13)
    integral = p.integral(constant=2.0)
    assert integral.order == 7
    assert integral.coefficients[0] == 2.0
    assert abs(integral(0.6) - 2 - np.cos(0.3) + np.cos(0.6)) <= integral.remainder(0.6) < 1e-8
    vector = taylor(lambda t: np.exp(t * np.arange(3.0)), 0.0, 4)
    np.testing.assert_allclose(vector.derivative().coefficients[2], np.arange(3.0) ** 3 / 2, rtol=1e-14)
    assert vector.integral([1.0, 2, 3]).coefficients[0].tolist() == [1, 2, 3]


def test_derivatives_of_order_zero_use_what_follows():
    p = taylor(np.exp, 0.0, 0)
    first = p.derivative()
    assert (first.order, first.coefficients.tolist(), first.following.tolist()) == (0, [1.0], [1.0])
    second = first.derivative()
    assert (second.order, second.coefficients.tolist(), second.following.tolist()) == (0, [1.0], [])
    assert second.remainder(1.0) == 0
    with pytest.raises(ValueError, match="higher order"):
        second.derivative()


def test_arithmetic():
    x0, n = 0.4, 8
    p, q = taylor(np.sin, x0, n), taylor(lambda x: 2 + x * x, x0, n)
    for found, f in {
        p + q: lambda x: np.sin(x) + 2 + x * x,
        p - q: lambda x: np.sin(x) - 2 - x * x,
        p * q: lambda x: np.sin(x) * (2 + x * x),
        p / q: lambda x: np.sin(x) / (2 + x * x),
        -p: lambda x: -np.sin(x),
        2 + p - 1: lambda x: 1 + np.sin(x),
        1 - p: lambda x: 1 - np.sin(x),
        np.float64(3) * p / 2: lambda x: 1.5 * np.sin(x),
        1 / q: lambda x: 1 / (2 + x * x),
        p**5: lambda x: np.sin(x) ** 5,
        p**0: lambda x: 1.0,
    }.items():
        exact = taylor(f, x0, n)
        assert (found.order, found.center, found.function) == (n, x0, None)
        np.testing.assert_allclose(found.coefficients, exact.coefficients, rtol=1e-12, atol=1e-15)
        m = min(len(found.following), len(exact.following))  # 2, or 8 if two are zero
        assert m >= 2
        np.testing.assert_allclose(found.following[:m], exact.following[:m], rtol=1e-12, atol=1e-15)


def test_arithmetic_of_other_orders_and_shapes():
    p = taylor(np.exp, 0.0, 6)
    product = p * taylor(np.exp, 0.0, 3)
    assert (product.order, len(product.following)) == (3, 2)
    np.testing.assert_allclose(product.coefficients, taylor(lambda x: np.exp(2 * x), 0.0, 3).coefficients, rtol=1e-14)
    both = np.array([1.0, 2.0])
    for several in (both * p, p * both, taylor(lambda x: both * np.exp(x), 0.0, 6) * 1.0):
        assert isinstance(several, TaylorPolynomial)
        np.testing.assert_allclose(several.known, np.outer(p.known, both), rtol=1e-14)
    for several in (both + p, taylor(lambda x: x * 0 + both, 0.0, 6) + p):
        np.testing.assert_allclose(several(0.1), p(0.1) + both, rtol=1e-14)


def test_arithmetic_that_has_no_answer():
    p = taylor(np.exp, 0.0, 3)
    with pytest.raises(ValueError, match="one centre"):
        p + taylor(np.exp, 1.0, 3)
    with pytest.raises(ZeroDivisionError, match="zero at the centre"):
        p / taylor(np.sin, 0.0, 3)
    for other in ("a", None, 1j, np.complex128(1)):
        with pytest.raises(TypeError):
            p + other
    with pytest.raises(ValueError, match="exponent"):
        p ** -1
    with pytest.raises(TypeError, match="exponent"):
        p**0.5


# ---- what the error is said to be ----
@pytest.mark.parametrize("n", [0, 1, 4, 9])
@pytest.mark.parametrize(
    ("f", "exact", "x0", "radius"),
    [
        (np.exp, mp.exp, 0.3, 2.0),
        (np.sin, mp.sin, 0.0, 2.0),
        (np.log, mp.log, 2.0, 2.0),
        (np.sqrt, mp.sqrt, 3.0, 3.0),
        (lambda x: 1 / (1 - x), lambda x: 1 / (1 - x), 0.0, 1.0),
        (np.arctan, mp.atan, 0.0, 1.0),
        (np.tanh, mp.tanh, 0.5, 1.65),
    ],
)
def test_the_remainder_is_an_estimate(f, exact, x0, radius, n):
    """Up to half the radius: an error of at most 1 / (1 - q^2) = 4/3 of it, and not a small part of it."""
    p = taylor(f, x0, n)
    with mp.workdps(40):
        for q in (-0.5, -0.2, 0.2, 0.5):
            x = x0 + q * radius
            value = sum((mp.mpf(float(c)) * (mp.mpf(x) - mp.mpf(x0)) ** k for k, c in enumerate(p.coefficients)), mp.mpf(0))
            error, rounding = float(abs(exact(mp.mpf(x)) - value)), 4 * EPS * float(np.abs(p.coefficients).max())
            assert error <= 4 / 3 * p.remainder(x) * (1 + 1e-12) + rounding
            assert error >= 0.05 * p.remainder(x) - rounding


def test_the_remainder_of_polynomials_and_gaps():
    assert taylor(lambda x: x**3 + x, 0.5, 3).remainder(2.0) == 0
    assert taylor(lambda x: x**3 + x, 0.5, 2).remainder(np.array([0.5, 1.5])).tolist() == [0, 1]
    assert taylor(lambda x: x**10, 0.0, 4).remainder(1.0) == 1  # the next two terms are zero, not the next eight
    assert taylor(lambda x: x**20, 0.0, 4).remainder(1.0) == 0  # an estimate
    for f in (lambda x: np.cos(x * x), lambda x: np.stack([np.exp(-(x**4)), np.sin(x)])):
        p = taylor(f, 0.0, 4)
        np.testing.assert_allclose(p.remainder(0.3), np.abs(f(0.3) - p(0.3)), rtol=0.01)


@pytest.mark.parametrize(
    ("f", "x0", "exact"),
    [
        (np.log, 2.0, 2.0),
        (np.sqrt, 3.0, 3.0),
        (np.tan, 0.0, np.pi / 2),
        (np.arctan, 0.0, 1.0),
        (lambda x: 1 / (1 + x * x), 1.0, 2**0.5),
        (lambda x: np.stack([1 / (3 - x), 1 / (2 - x)]), 0.0, [3.0, 2.0]),
    ],
)
def test_radius(f, x0, exact):
    np.testing.assert_allclose(taylor(f, x0, 30).radius, exact, rtol=0.05)


def test_radius_without_an_answer():
    assert taylor(lambda x: x**3, 0.0, 10).radius == np.inf
    assert np.isnan(taylor(np.exp, 0.0, 1).radius)
    assert taylor(np.exp, 0.0, 40).radius > 10


# ---- text ----
@pytest.mark.parametrize(
    ("f", "x0", "order", "text"),
    [
        (np.sin, 0.0, 5, "x - x^3/6 + x^5/120 + O(x^6)"),
        (lambda x: 3, 0.0, 2, "3 + O(x^3)"),
        (lambda x: 0 * x, 0.0, 2, "0 + O(x^3)"),
        (np.exp, 0.0, 0, "1 + O(x)"),
        (np.log, 1.0, 2, "(x - 1) - (x - 1)^2/2 + O((x - 1)^3)"),
        (lambda x: -x * x, -0.5, 1, "-1/4 + (x + 0.5) + O((x + 0.5)^2)"),
        (np.exp, 1.0, 0, "2.71828 + O(x - 1)"),
        (lambda x: 1e-20 * x + 1e30, 0.0, 1, "1e+30 + 1e-20 x + O(x^2)"),
        (lambda x: x**14 / 3, 0.0, 14, "x^14/3 + O(x^15)"),
    ],
)
def test_text(f, x0, order, text):
    assert str(taylor(f, x0, order)) == repr(taylor(f, x0, order)) == text


def test_text_of_arrays():
    text = str(taylor(lambda t: t * np.ones((3, 4)), 0.0, 1)).splitlines()
    assert text[0] == "Taylor polynomials of order 1 at x = 0, of shape (3, 4):"
    assert text[5] == "  [1, 0]  x + O(x^2)"
    assert text[-1] == "  ... and 4 more"
    assert len(text) == 10
    assert "nan" in str(taylor(np.exp, 0.0, 1) * np.nan)
