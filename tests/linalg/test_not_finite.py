"""NaN and infinity in every place of a matrix: the documented error or NaN, at once, from every function."""

import contextlib
import faulthandler
import sys
from itertools import product

import numpy as np
import pytest

from mlcore import linalg

from .functions import ARITHMETIC, LOWER_TRIANGLE, NUMBERS, REFUSING

SIZES = [1, 2, 7, 17, 50]
BAD = [np.nan, np.inf, -np.inf]


@pytest.fixture(autouse=True)
def _no_hang():
    """End the process and say where it was, if a test of some milliseconds takes two minutes."""
    faulthandler.dump_traceback_later(120, exit=True, file=sys.__stderr__)
    yield
    faulthandler.cancel_dump_traceback_later()


def matrix(n, dtype, rng):
    A = rng.normal(size=(n, n))
    return (A @ A.T + n * np.eye(n)).astype(dtype)


def places(n):
    """Corners, edges, the diagonal and what lies beside it."""
    some = sorted({0, 1, n // 2, n - 2, n - 1} & set(range(n)))
    return list(product(some, some))


def spoiled(A, value, place):
    A = A.copy()
    A[place] = value
    return A


def parts(result):
    return [np.asarray(part) for part in (result if isinstance(result, tuple) else (result,))]


@pytest.mark.parametrize("n", SIZES)
@pytest.mark.parametrize("name", REFUSING)
def test_refused(name, n, dtype, rng):
    A = matrix(n, dtype, rng)
    REFUSING[name](A)
    for value, place in product(BAD, places(n)):
        if name == "svd, reduced" and place[1]:
            continue
        with pytest.raises(np.linalg.LinAlgError, match="contains NaN or infinity"):
            REFUSING[name](spoiled(A, value, place))


@pytest.mark.parametrize("n", SIZES)
@pytest.mark.parametrize("name", LOWER_TRIANGLE)
def test_refused_in_the_triangle_that_is_read(name, n, dtype, rng):
    A = matrix(n, dtype, rng)
    expected = parts(LOWER_TRIANGLE[name](A))
    for value, (i, j) in product(BAD, places(n)):
        bad = spoiled(A, value, (i, j))
        if i >= j:
            with pytest.raises(np.linalg.LinAlgError, match="contains NaN or infinity"):
                LOWER_TRIANGLE[name](bad)
        else:
            for found, clean in zip(parts(LOWER_TRIANGLE[name](bad)), expected, strict=True):
                np.testing.assert_array_equal(found, clean)


@pytest.mark.parametrize("n", SIZES)
@pytest.mark.parametrize("call", [linalg.cholesky, lambda a: linalg.factor(a, "cholesky").L], ids=["cholesky", "factor"])
def test_cholesky(call, n, dtype, rng):
    A = matrix(n, dtype, rng)
    expected = call(A)
    for value, (i, j) in product(BAD, places(n)):
        bad = spoiled(A, value, (i, j))
        if i < j:
            np.testing.assert_array_equal(call(bad), expected)
        elif i == j and value == np.inf:
            assert call(bad)[i, i] == np.inf
        else:
            with pytest.raises(np.linalg.LinAlgError, match="not positive definite"):
                call(bad)


@pytest.mark.parametrize("n", SIZES)
@pytest.mark.parametrize("name", ARITHMETIC)
def test_not_a_number_spreads(name, n, dtype, rng):
    A = matrix(n, dtype, rng)
    for place in places(n):
        found = parts(ARITHMETIC[name](spoiled(A, np.nan, place)))
        assert any(np.isnan(part).any() for part in found), place
        for value in (np.inf, -np.inf):  # only that it ends, with a result or a zero pivot
            with contextlib.suppress(np.linalg.LinAlgError):
                ARITHMETIC[name](spoiled(A, value, place))


@pytest.mark.parametrize("n", SIZES)
@pytest.mark.parametrize("name", NUMBERS)
def test_numbers(name, n, dtype, rng):
    call, of_nan, of_infinity = NUMBERS[name]
    A = matrix(n, dtype, rng)
    for place in places(n):
        for value, expected in zip(BAD, (of_nan, of_infinity, of_infinity), strict=True):
            found = call(spoiled(A, value, place))
            assert found.dtype == dtype
            np.testing.assert_equal(float(found), expected)


@pytest.mark.parametrize("name", REFUSING | LOWER_TRIANGLE)
def test_nothing_but_not_a_number(name, dtype):
    for value in BAD:
        with pytest.raises(np.linalg.LinAlgError, match="contains NaN or infinity"):
            (REFUSING | LOWER_TRIANGLE)[name](np.full((50, 50), value, dtype))
