"""dot, vecdot, outer, cross, matvec, vecmat: parity with NumPy in shape and type, certificates in value."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import mlcore
from mlcore import linalg

from ..certificates import assert_dot_accurate, assert_gemm_accurate, assert_same_bits, assert_within, eps, wide
from ..strategies import LAYOUTS, arrays, dtypes, edges, in_layout, lanes

LENGTHS = [0, 1, 2, 3, *edges(4, 8, 16, 32, 64, 128, 256, 512, 8192), 30000, 600000]


def normal(rng, shape, dtype):
    return rng.normal(size=shape).astype(dtype)


def like_numpy(result, expected, dtype):
    assert np.shape(result) == np.shape(expected)
    assert result.dtype == dtype
    tolerance = 500 * np.finfo(dtype).eps
    np.testing.assert_allclose(result, expected, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("n", LENGTHS)
def test_dot_of_every_length(n, dtype, rng):
    x, y = normal(rng, n, dtype), normal(rng, n, dtype)
    value = linalg.dot(x, y)
    assert type(value) is dtype.type
    assert_dot_accurate(value, x, y)


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("n", [1, 5, 300, 9000])
def test_dot_has_the_same_bits_in_every_layout(layout, n, dtype, rng):
    x, y = normal(rng, n, dtype), normal(rng, n, dtype)
    expected = linalg.dot(x, y)
    assert_same_bits(linalg.dot(in_layout(x, layout), y), expected)
    assert_same_bits(linalg.dot(x, in_layout(y, layout)), expected)


def test_dot_against_exact_fractions(dtype, rng):
    x, y = normal(rng, 100, dtype), normal(rng, 100, dtype)
    exact = sum(Fraction(float(a)) * Fraction(float(b)) for a, b in zip(x, y, strict=True))
    error = abs(Fraction(float(linalg.dot(x, y))) - exact)
    assert error <= 10 * Fraction(eps(x)) * Fraction(float(np.sum(abs(wide(x) * wide(y)))))


@pytest.mark.parametrize("n", [100, 20000, 500000])
def test_dot_has_the_same_bits_on_any_number_of_threads(n, threads, dtype, rng):
    x, y = normal(rng, 2 * n, dtype), normal(rng, 2 * n, dtype)
    for a, b in [(x, y), (x[::2], y[::-2])]:
        with mlcore.num_threads(1):
            expected = linalg.dot(a, b)
        assert_same_bits(linalg.dot(a, b), expected)


DOT_SHAPES = [
    ((3, 4), (4,)),
    ((4,), (4, 5)),
    ((3, 4), (4, 5)),
    ((2, 3, 4), (4,)),
    ((4,), (5, 4, 6)),
    ((2, 3, 4), (5, 4, 6)),
    ((2, 3, 4), (4, 5)),
    ((0, 4), (4, 0)),
    ((3, 0), (0, 2)),
    ((), (3,)),
    ((2, 2), ()),
    ((), ()),
]


@pytest.mark.parametrize(("a", "b"), DOT_SHAPES)
def test_dot_of_arrays(a, b, dtype, rng):
    a, b = np.asarray(rng.normal(size=a), dtype), np.asarray(rng.normal(size=b), dtype)
    expected = np.dot(a, b)
    like_numpy(linalg.dot(a, b), expected, dtype)
    out = np.empty(np.shape(expected), dtype)
    assert linalg.dot(a, b, out=out) is out
    like_numpy(out, expected, dtype)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("n", [3, 1000, 20000])
def test_dot_of_not_a_number_and_infinity(value, n, dtype):
    x, y = np.ones(n, dtype), np.ones(n, dtype)
    x[n // 2] = value
    np.testing.assert_equal(linalg.dot(x, y), dtype.type(value))
    y[n // 2] = 0
    assert np.isnan(linalg.dot(x, y))


@pytest.mark.parametrize(
    ("a", "b"),
    [
        *[((5,), (5,)), ((3, 5), (5,)), ((3, 5), (3, 5)), ((4, 1, 5), (3, 5))],
        *[((0, 5), (5,)), ((3, 0), (3, 0)), ((2, 3, 900), (3, 900))],
    ],
)
def test_vecdot(a, b, dtype, rng):
    x, y = normal(rng, a, dtype), normal(rng, b, dtype)
    value = linalg.vecdot(x, y)
    assert np.shape(value) == np.broadcast_shapes(a[:-1], b[:-1])
    assert_dot_accurate(value, x, y)


@pytest.mark.parametrize("axis", [0, 1, 2, -1, -2, -3])
@pytest.mark.parametrize("shape", [(9, 4, 5), (300, 40, 1), (1, 300, 40), (50, 2, 300)])
def test_vecdot_along_an_axis(axis, shape, dtype, rng):
    x, y = normal(rng, shape, dtype), normal(rng, shape, dtype)
    assert_dot_accurate(linalg.vecdot(x, y, axis=axis), np.moveaxis(x, axis, -1), np.moveaxis(y, axis, -1))
    assert_dot_accurate(linalg.vecdot(x[:, ::-1], y, axis=axis), np.moveaxis(x[:, ::-1], axis, -1), np.moveaxis(y, axis, -1))


@given(st.data(), dtypes, st.tuples(st.integers(0, 20), st.integers(0, 20), st.integers(0, 20)))
def test_vecdot_in_any_layout(data, dtype, shape):
    x, y = data.draw(arrays(dtype, shape)), data.draw(arrays(dtype, shape))
    assert_dot_accurate(linalg.vecdot(x, y), x, y)


@pytest.mark.parametrize("shape", [(20000, 30), (30, 20000), (2000, 3000)])
def test_vecdot_has_the_same_bits_on_any_number_of_threads(shape, threads, dtype, rng):
    x, y = normal(rng, shape, dtype), normal(rng, shape, dtype)
    for axis in (0, 1):
        with mlcore.num_threads(1):
            expected = linalg.vecdot(x, y, axis=axis)
        assert_same_bits(linalg.vecdot(x, y, axis=axis), expected)


def test_vecdot_out(dtype, rng):
    x = normal(rng, (4, 4), dtype)
    expected = linalg.vecdot(x, x)
    assert_same_bits(linalg.vecdot(x, x, out=x[:, 1]), expected)


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("shape", [(0, 3), (3, 0), (1, 1), (5, 9), (130, 260)])
def test_outer(layout, shape, dtype, rng):
    x, y = normal(rng, shape[0], dtype), normal(rng, shape[1], dtype)
    assert_same_bits(linalg.outer(in_layout(x, layout), in_layout(y, layout)), np.outer(x, y))
    if layout not in ("misaligned", "byte-swapped", "read-only"):
        out = in_layout(np.empty(shape, dtype), layout)
        linalg.outer(x, y, out=out)
        assert_same_bits(out, np.outer(x, y))


def test_outer_over_its_own_input(dtype, rng):
    A = normal(rng, (6, 6), dtype)
    expected = np.outer(A[0], A[:, 1])
    linalg.outer(A[0], A[:, 1], out=A)
    assert_same_bits(A, expected)


@pytest.mark.parametrize("axis", [0, 1, 2, -1])
def test_cross_like_numpy(axis, dtype, rng):
    a, b = normal(rng, (3, 3, 3), dtype), normal(rng, (3, 3, 3), dtype)
    b = b[:1] if axis != 0 else b
    expected = np.linalg.cross(a, b, axis=axis)
    like_numpy(linalg.cross(a, b, axis=axis), expected, dtype)
    out = np.empty_like(expected)
    linalg.cross(a, b, axis=axis, out=out)
    like_numpy(out, expected, dtype)


def test_cross_is_right_when_the_products_cancel(dtype, rng):
    a = normal(rng, (500, 3), dtype)
    b = (a * (1 + 4 * eps(a) * rng.normal(size=a.shape))).astype(dtype)  # nearly parallel
    for i in range(len(a)):
        p, q = ([Fraction(float(v)) for v in x[i]] for x in (a, b))
        exact = [p[1] * q[2] - p[2] * q[1], p[2] * q[0] - p[0] * q[2], p[0] * q[1] - p[1] * q[0]]
        for got, want in zip(linalg.cross(a[i], b[i]), exact, strict=True):
            assert abs(Fraction(float(got)) - want) <= 2 * Fraction(eps(a)) * abs(want)


def test_cross_in_place_and_infinite(dtype, rng):
    a, b = normal(rng, (5, 3), dtype), normal(rng, (5, 3), dtype)
    expected = linalg.cross(a, b)
    assert linalg.cross(a, b, out=a) is a
    assert_same_bits(a, expected)
    large = np.finfo(dtype).max
    assert linalg.cross(np.array([0, large, 1], dtype), np.array([0, 1, large], dtype))[0] == np.inf


MATRIX_SHAPES = [(m, n) for m in (0, 1, 2, 3, 7, 8, 9, 33) for n in (0, 1, 2, 3, 7, 8, 9, 33)]
MATRIX_SHAPES += [(512, 513), (513, 70), (70, 513), (3, 9000), (9000, 3), (8193, 20), (20, 8193), (2, 100000), (100000, 2)]


@pytest.mark.parametrize("shape", MATRIX_SHAPES)
def test_matvec_of_every_shape(shape, dtype, rng):
    A, x, y = normal(rng, shape, dtype), normal(rng, shape[1], dtype), normal(rng, shape[0], dtype)
    for B in (A, np.asfortranarray(A)):
        result = linalg.matvec(B, x)
        assert result.dtype == dtype
        assert_gemm_accurate(result, A, x)
        assert_gemm_accurate(linalg.vecmat(y, B), A.T, y)


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("shape", [(5, 6), (130, 70), (40, 300)])
def test_matvec_layouts(layout, shape, dtype, rng):
    A, x, y = normal(rng, shape, dtype), normal(rng, shape[1], dtype), normal(rng, shape[0], dtype)
    for B in (in_layout(A, layout), in_layout(A.T, layout).T):
        assert_gemm_accurate(linalg.matvec(B, in_layout(x, layout)), A, x)
        assert_gemm_accurate(linalg.vecmat(in_layout(y, layout), B), A.T, y)


@given(st.data(), dtypes, st.tuples(st.integers(0, 60), st.integers(0, 60)))
def test_matvec_in_any_layout(data, dtype, shape):
    A, x = data.draw(arrays(dtype, shape)), data.draw(arrays(dtype, shape[1:]))
    assert_gemm_accurate(linalg.matvec(A, x), A, x)


@pytest.mark.parametrize("shape", [(1000, 1100), (7, 200000), (200000, 7), (60000, 100)])
def test_matvec_has_the_same_bits_on_any_number_of_threads(shape, threads, dtype, rng):
    A = normal(rng, shape, dtype)
    x, y = normal(rng, shape[1], dtype), normal(rng, shape[0], dtype)
    for B in (A, np.asfortranarray(A), A[:, ::-1]):
        with mlcore.num_threads(1):
            expected = linalg.matvec(B, x), linalg.vecmat(y, B)
        assert_same_bits(linalg.matvec(B, x), expected[0])
        assert_same_bits(linalg.vecmat(y, B), expected[1])


@pytest.mark.parametrize(
    ("a", "v"), [((4, 1, 5, 6), (3, 6)), ((5, 6), (7, 6)), ((7, 5, 6), (6,)), ((0, 5, 6), (6,)), ((900, 3, 3), (900, 3))]
)
def test_stacks_of_matvec(a, v, dtype, rng):
    A, x = normal(rng, a, dtype), normal(rng, v, dtype)
    y = normal(rng, (*v[:-1], a[-2]), dtype)
    like_numpy(linalg.matvec(A, x), np.matvec(A, x), dtype)
    like_numpy(linalg.vecmat(y, A), np.vecmat(y, A), dtype)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_matvec_of_not_a_number_and_infinity(value, dtype, rng):
    A, x = abs(normal(rng, (50, 70), dtype)), abs(normal(rng, 70, dtype))
    A[3, 60] = value
    for B in (A, np.asfortranarray(A)):
        y = linalg.matvec(B, x)
        np.testing.assert_equal(y[3], dtype.type(value))
        assert_gemm_accurate(np.delete(y, 3), np.delete(A, 3, 0), x)


def test_a_partial_last_vector_reads_nothing_beyond_it(dtype, rng):
    """What lies after the end of a row or column must not matter, not even if it is NaN."""
    for n in range(1, 2 * lanes(dtype) + 2):
        memory = np.full((n + 3, n + 40), np.nan, dtype)
        A = memory[:n, :n]
        A[...] = rng.normal(size=(n, n))
        x = memory[n, :n]
        x[...] = rng.normal(size=n)
        assert_gemm_accurate(linalg.matvec(A, x), A, x)
        assert_gemm_accurate(linalg.matvec(A.T, x), A.T, x)
        assert_dot_accurate(linalg.dot(x, x), x, x)


def test_types_and_lists(rng):
    single, double = normal(rng, 3, "f4"), normal(rng, 3, "f8")
    assert linalg.dot(single, double).dtype == np.float64
    assert linalg.dot([1, 2], [3, 4]) == 11.0
    assert linalg.vecdot([[1, 2]], [3, 4]).tolist() == [11.0]
    assert linalg.outer([1, 2], (3,)).tolist() == [[3.0], [6.0]]
    assert linalg.matvec([[1, 2], [3, 4]], [True, False]).tolist() == [1.0, 3.0]
    with pytest.raises(TypeError, match="complex128"):
        linalg.vecdot([1j], [1.0])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: linalg.dot([1, 2], [1, 2, 3]), "dot of vectors with 2 and 3 elements"),
        (lambda: linalg.dot(np.ones((2, 3)), np.ones((4, 2, 2))), r"dot of shapes \(2, 3\) and \(4, 2, 2\)"),
        (lambda: linalg.vecdot([1, 2], [1, 2, 3]), r"vecdot of shapes \(2,\) and \(3,\)"),
        (lambda: linalg.vecdot(np.ones((2, 3)), np.ones((4, 3))), "cannot be broadcast"),
        (lambda: linalg.vecdot(1.0, 2.0), r"vecdot of shapes \(\) and \(\)"),
        (lambda: linalg.outer([[1.0]], [1.0]), r"x1 has shape \(1, 1\); expected a vector"),
        (lambda: linalg.cross([1, 2], [3, 4]), "cross of vectors with 2 elements; expected 3"),
        (lambda: linalg.matvec([1.0], [1.0]), r"matvec of shapes \(1,\) and \(1,\): expected at least 2 and 1 axes"),
        (lambda: linalg.matvec(np.eye(2), np.ones(3)), "the last axis of x1 has 2 elements, the last axis of x2 3"),
        (lambda: linalg.vecmat(np.ones(3), np.eye(2)), "the last axis of x1 has 3 elements, the last but one axis of x2 2"),
    ],
)
def test_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_inputs_are_not_written(dtype, rng):
    x, A = normal(rng, 40, dtype), normal(rng, (40, 40), dtype)
    kept = x.copy(), A.copy()
    for call in (linalg.dot, linalg.outer):
        call(x, x)
    linalg.matvec(A, x)
    linalg.vecmat(x, A)
    assert_same_bits(x, kept[0])
    assert_same_bits(A, kept[1])


def test_assert_within_sees_a_wrong_element():
    with pytest.raises(AssertionError, match="1 of 3 wrong"):
        assert_within([1.0, 2.0, 3.0], [1.0, 2.0, 3.1], 0.01)


def test_masked_elements_are_refused():
    x = np.ma.masked_array([1.0, 2.0], [False, True])
    with pytest.raises(ValueError, match=r"masked elements; expected numbers throughout"):
        linalg.dot(x, x)
    with pytest.raises(ValueError, match="masked elements"):
        linalg.vecdot(x, x, axis=0)
    with pytest.raises(ValueError, match="masked elements"):
        linalg.gram_schmidt(x[:, None])
    assert linalg.dot(np.ma.masked_array([1.0, 2.0]), [1.0, 2.0]) == 5.0  # nothing is masked
