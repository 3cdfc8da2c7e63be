"""Compiled functions and the rest of the package: integrals and analyses of them, and inside of them."""

import numpy as np
import pytest

from mlcore import calculus
from mlcore.calculus import RecordingError, TracingError
from mlcore.calculus import compile as compiled


def test_integrands_that_are_compiled():
    """Integrals call with arrays of many shapes, or with one number at a time."""
    for a, b in ((0.0, 1.0), (0.0, np.inf)):
        expected = calculus.integrate(lambda x: np.exp(-x * x), a, b).value
        found = calculus.integrate(compiled(lambda x: np.exp(-x * x), changes="record"), a, b)
        assert abs(found.value - expected) <= 1e-14
        found = calculus.integrate(compiled(lambda x: np.exp(-x * x)), a, b, vectorized=False)
        assert abs(found.value - expected) <= 1e-14
    assert abs(calculus.integrate(compiled(np.exp), 0.0, 1.0).value - np.expm1(1.0)) <= 1e-14  # numbers come first
    with pytest.raises(RecordingError, match=r"argument 0 is float64 of shape \(\), recorded was float64 of shape"):
        calculus.integrate(compiled(np.exp), -np.inf, 0.0)
    F = calculus.antiderivative(compiled(np.exp, changes="record"), 0.0, 1.0)
    assert abs(F(1.0) - np.expm1(1.0)) <= 1e-14
    product = compiled(lambda x: np.exp(x[:, 0] * x[:, 1]), changes="record")
    expected = calculus.integrate_nd(lambda x: np.exp(x[:, 0] * x[:, 1]), [0, 0], [1, 1]).value
    assert abs(calculus.integrate_nd(product, [0, 0], [1, 1]).value - expected) <= 1e-13


def test_an_antiderivative_inside():
    F = calculus.antiderivative(lambda x: np.exp(-x * x), 0.0, 1.0)
    c = compiled(calculus.grad(lambda x: np.sum(F(x * x))))
    c(np.full(3, 0.5))
    x = np.array([0.1, 0.7, 0.9])
    np.testing.assert_allclose(c(x), 2 * x * np.exp(-(x**4)), rtol=1e-12)


def loss(x):
    return x[0] ** 2 + x[0] * x[1] ** 2 - np.cos(x[1]) + 0.1 * x[1]


def test_losses_that_are_compiled():
    c, x = compiled(loss), np.array([0.1, -0.2])
    found, expected = (calculus.hessian_spectrum(f, x).eigenvalues for f in (c, loss))
    np.testing.assert_allclose(found, expected, rtol=1e-13)
    found, expected = (calculus.critical_point(f, x).gradient for f in (c, loss))
    np.testing.assert_allclose(found, expected, rtol=1e-14)
    found, expected = (calculus.loss_landscape(f, x, rng=0, resolution=5) for f in (c, loss))
    np.testing.assert_allclose(found.values, expected.values, rtol=1e-13)
    assert calculus.check_grads(c, x) < 1e-8
    assert "none in Python" in repr(c)


@pytest.mark.parametrize(
    "analysis",
    [
        lambda x: calculus.hessian_spectrum(loss, x).eigenvalues,
        lambda x: calculus.hessian_spectrum(lambda y: x[0] * loss(y), np.ones(2)).eigenvalues,
        lambda x: calculus.critical_point(loss, x).eigenvalues,
        lambda x: calculus.loss_landscape(loss, x).values,
        lambda x: calculus.loss_landscape(loss, np.ones(2), directions=[x]).values,
        lambda x: calculus.integrate(np.exp, 0.0, x[0]).value,
        lambda x: calculus.integrate(lambda t: np.exp(t * x[0]), 0.0, 1.0).value,
        lambda x: calculus.integrate_nd(lambda t: np.exp(t[:, 0] * x[0]), [0, 0], [1, 1]).value,
        lambda x: calculus.monte_carlo(lambda t: np.exp(t[:, 0] * x[0]), [0, 0], [1, 1]).value,
        lambda x: calculus.antiderivative(lambda t: np.exp(t * x[0]), 0.0, 1.0)(0.5),
    ],
)
def test_analyses_of_recorded_values_are_refused(analysis):
    with pytest.raises(TracingError, match="under recording"):
        compiled(analysis)(np.array([0.5, 0.2]))
