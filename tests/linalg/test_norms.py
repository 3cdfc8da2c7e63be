"""norm, vector_norm, matrix_norm: parity with NumPy, no overflow or underflow, NaN and infinity."""

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import mlcore
from mlcore import linalg

from ..certificates import assert_norm_accurate, assert_same_bits, eps
from ..strategies import LAYOUTS, arrays, dtypes, edges, in_layout

VECTOR_ORDERS = [None, 1, 2, np.inf, -np.inf, 0, 3, 0.5, -1, -2.5]
MATRIX_ORDERS = [None, "fro", 1, -1, np.inf, -np.inf]
SCALES = {"float64": [1e200, 1e-200, 1e-308, 1e308, 5e-324], "float32": [1e30, 1e-30, 1e-38, 1e38, 1e-45]}


def close(result, expected, dtype):
    assert np.shape(result) == np.shape(expected)
    assert result.dtype == expected.dtype == dtype
    tolerance = 50 * np.finfo(dtype).eps
    np.testing.assert_allclose(result, expected, rtol=tolerance, atol=0)


def has_no_value(order, shape):
    return 0 in shape and order is not None and not isinstance(order, str) and order < 0


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("shape", [(5, 7, 9), (3, 40, 2), (1, 1, 1), (0, 3, 2), (2, 3, 0)])
def test_like_numpy(layout, shape, dtype, rng):
    x = in_layout(rng.normal(size=shape).astype(dtype), layout)
    plain = np.ascontiguousarray(x).astype(dtype)
    for keepdims in (False, True):
        for axis in (0, 1, 2, -1):
            for order in VECTOR_ORDERS:
                if not has_no_value(order, (shape[axis],)):
                    close(linalg.norm(x, order, axis, keepdims), np.linalg.norm(plain, order, axis, keepdims), dtype)
        for axes in ((0, 1), (1, 0), (2, 0), (-1, -2)):
            for order in MATRIX_ORDERS:
                if not has_no_value(order, (shape[axes[0]], shape[axes[1]])):
                    close(linalg.norm(x, order, axes, keepdims), np.linalg.norm(plain, order, axes, keepdims), dtype)
        close(linalg.norm(x, keepdims=keepdims), np.linalg.norm(plain, keepdims=keepdims), dtype)
        close(linalg.matrix_norm(x, keepdims=keepdims), np.linalg.matrix_norm(plain, keepdims=keepdims), dtype)
        for axis in (None, 1, (0, 2), (0, 1, 2)):
            expected = np.linalg.vector_norm(plain, axis=axis, keepdims=keepdims, ord=1)
            close(linalg.vector_norm(x, axis=axis, keepdims=keepdims, ord=1), expected, dtype)


@pytest.mark.parametrize("n", [0, 1, 2, 3, *edges(8, 16, 64, 128, 256, 8192), 300000])
def test_euclidean_norm_of_every_length(n, dtype, rng):
    x = rng.normal(size=2 * n).astype(dtype)
    assert_norm_accurate(linalg.norm(x[:n]), x[:n])
    assert_same_bits(linalg.norm(x[::2]), linalg.norm(x[::2].copy()))
    assert_same_bits(linalg.norm(x[::-2]), linalg.norm(x[::-2].copy()))


@given(st.data(), dtypes, st.tuples(st.integers(0, 30), st.integers(0, 30)))
def test_any_layout(data, dtype, shape):
    x = data.draw(arrays(dtype, shape))
    assert_norm_accurate(linalg.norm(x, axis=1), x)
    assert_norm_accurate(linalg.norm(x, axis=0), x.T)


@pytest.mark.parametrize("n", [1, 4, 1000, 20000])
@pytest.mark.parametrize("place", range(5))
def test_no_overflow_and_no_underflow(n, place, dtype, rng):
    scale = dtype.type(SCALES[dtype.name][place])
    x = np.full(n, scale)
    exact = mpmath.mpf(float(scale)) * mpmath.sqrt(n)
    largest = mpmath.mpf(float(np.finfo(dtype).max))
    value = linalg.norm(x)
    if exact > largest:
        assert value == np.inf
    else:
        smallest = float(np.finfo(dtype).smallest_subnormal)  # the spacing of the results below 1e-308
        assert abs(mpmath.mpf(float(value)) - exact) <= 10 * eps(x) * exact + smallest  # equal terms err the same way
    assert_same_bits(linalg.norm(np.stack([x] * 20), axis=0), np.full(n, linalg.norm(np.full(20, scale))))


def test_scales_mixed_in_one_vector(dtype):
    small, one, large = {"float64": (1e-200, 1.0, 1e200), "float32": (1e-30, 1.0, 1e30)}[dtype.name]
    assert linalg.norm(np.array([small, one, large], dtype)) == dtype.type(large)
    assert linalg.norm(np.array([small, one], dtype)) == 1
    many = np.full(100000, small, dtype)
    many[7] = dtype.type(small) * 3
    assert_norm_accurate(linalg.norm(many), many, allowed=10)  # equal terms err the same way
    matrix = np.tile(np.array([small, one, large, 0], dtype), (300, 10))  # columns of each scale side by side
    assert_norm_accurate(linalg.norm(matrix, axis=0), matrix.T)


@pytest.mark.parametrize("order", [1, 2, np.inf, 3, 0.5, -1])
def test_powers_neither_overflow_nor_underflow(order, dtype):
    for scale in SCALES[dtype.name][:2]:
        x = np.array([3 * scale, -scale, 2 * scale], dtype)
        expected = scale * mpmath.mpf(float(np.linalg.norm(np.array([3.0, 1.0, 2.0]), order)))
        assert abs(float(linalg.norm(x, order)) / expected - 1) < 20 * eps(x)


@pytest.mark.parametrize("order", [None, 1, 2, np.inf, -np.inf, 3])
@pytest.mark.parametrize("n", [1, 3, 40, 9000])
def test_not_a_number_and_infinity(order, n, dtype):
    x = np.ones(n, dtype)
    x[n // 2] = np.nan
    assert np.isnan(linalg.norm(x, order))
    assert np.isnan(linalg.norm(np.stack([x] * 9), order, axis=0)[n // 2])
    x[n // 2] = -np.inf
    assert linalg.norm(x, order) == (1 if order == -np.inf and n > 1 else np.inf)
    if n > 1:
        x[0] = np.nan
        assert np.isnan(linalg.norm(x, order))


@pytest.mark.parametrize("shape", [(400000,), (3000, 200), (100, 8000)])
@pytest.mark.parametrize("order", [1, 2, np.inf])
def test_same_bits_on_any_number_of_threads(shape, order, threads, dtype, rng):
    x = rng.normal(size=shape).astype(dtype)
    for axis in range(x.ndim):
        with mlcore.num_threads(1):
            expected = linalg.norm(x, order, axis)
        assert_same_bits(linalg.norm(x, order, axis), expected)


def test_kinds_of_input():
    assert linalg.norm([3, 4]) == 5.0
    assert linalg.norm(-2.0) == 2.0
    assert linalg.norm(np.float32(-2)).dtype == np.float32
    assert linalg.matrix_norm([[3, 0], [0, 4]]) == 5.0
    assert linalg.vector_norm(np.zeros((0, 3))) == 0.0
    assert linalg.vector_norm(np.zeros((0, 3)), axis=0).tolist() == [0.0, 0.0, 0.0]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: linalg.norm(np.eye(2), 3), "ord is 3; for a matrix expected 'fro', 'nuc', 1, -1, 2, -2, inf or -inf"),
        (lambda: linalg.norm([1.0], "nuc"), "a norm of matrices"),
        (lambda: linalg.norm([1.0], "fro"), "a norm of matrices"),
        (lambda: linalg.vector_norm([1.0], ord=np.nan), "ord is nan; for a vector expected a number"),
        (lambda: linalg.norm(np.ones((2, 2, 2)), 1), "over 3 axes: expected axis to name one axis"),
        (lambda: linalg.norm(np.ones(3), axis=1), "axis 1 is out of bounds"),
        (lambda: linalg.norm(np.ones((3, 3)), axis=(0, 0)), "expected different axes"),
        (lambda: linalg.matrix_norm([1.0]), r"x has shape \(1,\); expected a matrix"),
        (lambda: linalg.norm([], -np.inf), "an empty vector does not have"),
        (lambda: linalg.norm(np.ones((3, 0)), -1), "the smallest of no sums"),
    ],
)
def test_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()
