"""A function whose code is seen to act on each point by itself is not compared with calls at single points."""

import functools
import math
import sys

import numpy as np
import pytest

from mlcore.calculus import integrate

TWO, MATRIX, SINGLE = 2.0, np.ones(1), np.float32(0.1)
FIRST = 90  # points, and four more for the comparison
read = pytest.mark.skipif(sys.version_info >= (3, 15), reason="the code of this version of Python is not read")


def local(x, power=2):
    y = np.exp(-x)
    z = y * np.sin(x + 1)
    return z**power


def make(a, b):
    return lambda x: np.exp(-a * x) + b


@read
@pytest.mark.parametrize(
    "f",
    [
        lambda x: np.exp(-(x**2)), lambda x: np.cos(math.pi * x) / TWO, lambda x, a=3, b=1j: np.exp(a * x),
        lambda x: np.power(x, TWO) - np.arctan2(x, 2) % 1, lambda x: -np.sqrt(x) // np.e, local,
        make(2, -1.0), make(np.float64(2), 1),
    ],
)  # fmt: skip
def test_is_seen(f) -> None:
    found = integrate(f, 0, 1)
    assert found.n_evaluations % (2 * 21 + 2) == FIRST % (2 * 21 + 2)
    expected = integrate(f, 0, 1, vectorized=False)
    assert abs(found.value - expected.value) <= found.error + expected.error


def raises(x):
    return np.exp(undefined * x)  # noqa: F821


def aliased(x):
    y = x
    y += 1.0
    return x * np.exp(y)


def given_out(x):
    return np.add(x, x, x) + np.exp(x)


class Callable:
    def __call__(self, x):
        return np.exp(x)


@pytest.mark.parametrize(
    "f",
    [
        # What may mix the points, or be another thing for numbers than for arrays.
        lambda x: np.exp(x) + np.sum(x), lambda x: np.exp(x - np.mean(x)), lambda x: np.exp(x) / np.max(x),
        lambda x: np.exp(x) if np.any(x > 0.5) else x, lambda x: np.exp(x) if np.all(x > 0.5) else x,
        lambda x: np.exp(x - (x[0] if np.ndim(x) else x)), lambda x: (x > 0.3) + (x > 0.6) + np.exp(0 * x),
        lambda x: np.multiply.reduce(np.atleast_1d(x)) * np.exp(x), lambda x: np.exp(x).cumsum().ravel()[-1] * np.sin(x),
        lambda x: np.exp(x @ x) if np.ndim(x) else np.exp(x * x), lambda x: np.exp(SINGLE * x), given_out, aliased,
        lambda x, *, a=2: np.exp(a * x), lambda *x: np.exp(x[0]), lambda x: np.exp(MATRIX * x),
        lambda x: math.exp(x) + np.exp(x),
        lambda x: max(np.exp(x), 0.5 * x), lambda x: np.exp(x) + sum(i * x for i in range(3)), lambda x: np.exp(x) + bool(x),
        functools.partial(np.power, 2.0), Callable(), lambda x: np.exp(np.exp), lambda x: np.modf(x)[0], np.modf,
        lambda x: (x - 0.5) ** 0.5 + np.exp(x), lambda x: (x - 0.25) ** 1.5 * np.exp(0j * x),
    ],
)  # fmt: skip
def test_all_others_are_compared(f) -> None:
    with np.errstate(all="ignore"):
        try:
            expected = integrate(f, 0, 1, vectorized=False)
        except (TypeError, ValueError) as error:
            with pytest.raises(type(error)):
                integrate(f, 0, 1)
            return
        found = integrate(f, 0, 1)
    assert found.n_evaluations % (2 * 21 + 2) != FIRST % (2 * 21 + 2)
    np.testing.assert_allclose(found.value, expected.value, rtol=1e-7)


def test_what_it_raises_passes_through() -> None:
    with pytest.raises(NameError, match="undefined"):
        integrate(raises, 0, 1)


def test_values_that_are_not_finite_are_compared() -> None:
    """Python's power of a negative number is complex, NumPy's is NaN."""
    with np.errstate(all="ignore"):
        found = integrate(lambda x: (x - 0.5) ** 0.5 * np.cos(0 * x), 0, 1)
    assert isinstance(found.value, complex)
    assert abs(found.value - (1 + 1j) * 2 / 3 * 0.5**1.5) <= found.error


def test_bare_functions_of_numpy() -> None:
    for f, exact in ((np.exp, math.e - 1), (np.sin, 1 - math.cos(1)), (np.sqrt, 2 / 3), (np.log, -1.0), (np.floor, 0.0)):
        found = integrate(f, 0, 1)
        assert abs(found.value - exact) <= found.error
    with np.errstate(all="ignore"):
        assert integrate(np.reciprocal, 0, 1).status != "converged"
    frompyfunc = np.frompyfunc(math.sin, 1, 1)
    assert integrate(frompyfunc, 0, 1).value == pytest.approx(1 - math.cos(1), rel=1e-15)
