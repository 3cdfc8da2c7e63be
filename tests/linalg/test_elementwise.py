"""add, subtract, scale, axpy: the bits of NumPy, broadcasting, results over their own inputs."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import mlcore
from mlcore import linalg

from ..certificates import assert_same_bits, assert_within, eps, wide
from ..strategies import LAYOUTS, arrays, dtypes, edges, in_layout

SHAPES = [(0,), (1,), (2,), (3,), (5, 0), (3, 4), (3, 4, 5), (2, 1, 300), (100, 3)] + [(n,) for n in edges(4, 8, 16, 8192)]


def normal(rng, shape, dtype):
    return np.asarray(rng.normal(size=shape), dtype)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_layout(shape, layout, dtype, rng):
    x, y = normal(rng, shape, dtype), normal(rng, shape, dtype)
    for a in (in_layout(x, layout), in_layout(x.T, layout).T):
        assert_same_bits(linalg.add(a, y), x + y)
        assert_same_bits(linalg.subtract(y, a), y - x)
        assert_same_bits(linalg.scale(0.7, a), dtype.type(0.7) * x)
        assert_axpy(linalg.axpy(0.7, a, y), 0.7, x, y)


def assert_axpy(z, alpha, x, y):
    alpha = float(x.dtype.type(alpha))
    product = alpha * wide(x)
    assert_within(z, product + wide(y), eps(z) * (abs(product) + abs(wide(y))))


BROADCASTS = [((3, 4), (4,)), ((3, 1), (1, 4)), ((5, 1, 3), (4, 1)), ((), (3,)), ((2, 3), ()), ((), ())]
BROADCASTS += [((0, 3), (1, 3)), ((70, 300), (70, 1))]


@pytest.mark.parametrize(("a", "b"), BROADCASTS)
def test_broadcasting(a, b, dtype, rng):
    x, y = normal(rng, a, dtype), normal(rng, b, dtype)
    for call, expected in [(linalg.add(x, y), x + y), (linalg.subtract(x, y), x - y), (linalg.add(y, x), y + x)]:
        assert type(call) is type(expected)
        assert_same_bits(call, expected)
    assert_axpy(linalg.axpy(-2.5, x, y), -2.5, *np.broadcast_arrays(x, y))


@given(st.data(), dtypes, st.lists(st.integers(0, 9), min_size=1, max_size=4))
def test_any_layout(data, dtype, shape):
    x, y = data.draw(arrays(dtype, tuple(shape))), data.draw(arrays(dtype, tuple(shape)))
    assert_same_bits(linalg.add(x, y), np.add(x, y))
    out = in_layout(np.empty(shape, dtype), "backwards, every second")
    linalg.subtract(x, y, out=out)
    assert_same_bits(out, np.subtract(x, y))


def test_the_result_is_laid_out_like_the_inputs(dtype, rng):
    x = normal(rng, (30, 40), dtype)
    assert linalg.add(x, x).flags.c_contiguous
    assert linalg.add(x.T, x.T).flags.f_contiguous
    assert linalg.scale(2.0, x.T).flags.f_contiguous


@pytest.mark.parametrize("n", [4, 300, 20000])
def test_over_its_own_input(n, dtype, rng):
    x, y = normal(rng, n, dtype), normal(rng, n, dtype)
    expected = x + y
    assert linalg.add(x, y, out=x) is x
    assert_same_bits(x, expected)
    expected = linalg.axpy(0.5, x, y)
    assert_same_bits(linalg.axpy(0.5, x, y, out=y), expected)
    expected = x[:-1] + x[1:]
    linalg.add(x[:-1], x[1:], out=x[1:])
    assert_same_bits(x[1:], expected)
    expected = x - x[::-1]
    linalg.subtract(x, x[::-1], out=x)
    assert_same_bits(x, expected)
    matrix = normal(rng, (n // 2, 2), dtype)
    expected = matrix + matrix[0]
    linalg.add(matrix, matrix[0], out=matrix)
    assert_same_bits(matrix, expected)


@pytest.mark.parametrize("shape", [(700000,), (3000, 250), (60000, 7)])
def test_same_bits_on_any_number_of_threads(shape, threads, dtype, rng):
    x, y = normal(rng, shape, dtype), normal(rng, shape, dtype)
    for a, b in [(x, y), (x.T, y.T), (x, y[:1]), (x[::-1], y)]:
        assert_same_bits(linalg.add(a, b), a + b)
        with mlcore.num_threads(1):
            expected = linalg.axpy(0.3, a, b)
        assert_same_bits(linalg.axpy(0.3, a, b), expected)


def test_types(rng):
    single, double = normal(rng, 3, "f4"), normal(rng, 3, "f8")
    for value in (2, 2.0, True, np.float64(2), np.array(2.0), np.float32(2), [1, 2, 3]):
        if not isinstance(value, list):
            assert linalg.add(single, value).dtype == (single + value).dtype
            assert linalg.subtract(value, single).dtype == np.subtract(value, single).dtype if value is not True else True
        assert linalg.add(double, value).dtype == np.float64
    assert linalg.axpy(np.float64(2), single, single).dtype == np.float32
    assert linalg.scale(2, single).dtype == np.float32
    assert linalg.add(1, 2) == 3.0


def test_not_a_number_and_infinity(dtype):
    x, y = np.array([np.nan, np.inf, -np.inf, np.inf], dtype), np.array([1, 1, 1, -np.inf], dtype)
    np.testing.assert_array_equal(linalg.add(x, y), np.array([np.nan, np.inf, -np.inf, np.nan], dtype))
    np.testing.assert_array_equal(linalg.scale(0.0, x), np.full(4, np.nan, dtype))


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: linalg.add([1, 2], [1, 2, 3]), ValueError, r"arrays of shapes \(2,\) and \(3,\) cannot be broadcast"),
        (lambda: linalg.scale("a", [1.0]), TypeError, "alpha is a str; expected a real number"),
        (lambda: linalg.axpy(1j, [1.0], [1.0]), TypeError, "alpha is a complex; expected a real number"),
        (lambda: linalg.add([1j], [1.0]), TypeError, "complex128"),
        (lambda: linalg.add([1.0], [1.0], out=np.zeros(2)), ValueError, r"out has shape \(2,\); expected \(1,\)"),
        (lambda: linalg.add([1.0], [1.0], out=np.zeros(1, "f4")), TypeError, "out has dtype float32; expected float64"),
    ],
)
def test_refused(call, error, message):
    with pytest.raises(error, match=message):
        call()
