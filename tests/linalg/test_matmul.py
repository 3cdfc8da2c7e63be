"""matmul: certificates at every edge of the blocking, all layouts, stacks, the same bits on any number of threads."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import mlcore
from mlcore import linalg

from ..certificates import assert_gemm_accurate, assert_same_bits
from ..strategies import LAYOUTS, arrays, dtypes, edges, gemm_blocking, in_layout, lanes


def normal(rng, shape, dtype):
    return rng.normal(size=shape).astype(dtype)


@pytest.mark.parametrize("shape", [(m, n, k) for m in range(4) for n in range(4) for k in range(4)])
def test_smallest(shape, dtype, rng):
    m, n, k = shape
    A, B = normal(rng, (m, k), dtype), normal(rng, (k, n), dtype)
    C = linalg.matmul(A, B)
    assert C.dtype == dtype
    assert_gemm_accurate(C, A, B)


def edge_shapes(dtype):
    """Each size of the problem at each edge of the blocking, the other two small, then large enough to be packed."""
    block, L = gemm_blocking(dtype), lanes(dtype)
    for m in edges(block.MR // 2, block.MR, 2 * block.MR, block.MC):
        yield from [(m, 33, 20), (m, 2 * block.small, block.small + 9)]
    for n in edges(L, 2 * L, block.NR, 2 * block.NR, block.NC):
        yield from [(5, n, 7), (block.MC + 3, n, 40)]
    for k in edges(block.KC, 2 * block.KC, block.split_k):
        yield from [(5, 7, k), (block.MC + 1, block.NR + 1, k)]


@pytest.mark.parametrize("type_name", ["float32", "float64"])
def test_block_edges(type_name, rng):
    dtype = np.dtype(type_name)
    for m, n, k in sorted(set(edge_shapes(dtype))):
        A, B = normal(rng, (m, k), dtype), normal(rng, (k, n), dtype)
        assert_gemm_accurate(linalg.matmul(A, B), A, B)


@pytest.mark.parametrize("left", LAYOUTS)
@pytest.mark.parametrize("right", LAYOUTS)
@pytest.mark.parametrize("shape", [(5, 6, 7), (70, 65, 300), (1, 40, 30), (40, 1, 30), (300, 300, 2)])
def test_layouts(left, right, shape, dtype, rng):
    m, n, k = shape
    A, B = normal(rng, (m, k), dtype), normal(rng, (k, n), dtype)
    before = A.copy(), B.copy()
    C = linalg.matmul(in_layout(A, left), in_layout(B, right))
    assert_gemm_accurate(C, A, B)
    assert_same_bits(A, before[0])
    assert_same_bits(B, before[1])


@given(st.data(), dtypes, st.tuples(*[st.integers(0, 40)] * 3))
def test_any_layout(data, dtype, shape):
    m, n, k = shape
    A, B = data.draw(arrays(dtype, (m, k))), data.draw(arrays(dtype, (k, n)))
    assert_gemm_accurate(linalg.matmul(A, B), A, B)


@pytest.mark.parametrize("layout", ["C", "Fortran", "every second", "backwards", "offset"])
@pytest.mark.parametrize("shape", [(9, 50, 20), (150, 130, 140), (30, 1, 20), (1, 30, 20)])
def test_out(layout, shape, dtype, rng):
    m, n, k = shape
    A, B = normal(rng, (m, k), dtype), normal(rng, (k, n), dtype)
    out = in_layout(np.full((m, n), np.nan, dtype), layout)
    assert linalg.matmul(A, B, out=out) is out
    assert_gemm_accurate(out, A, B)


def test_out_may_be_an_input(dtype, rng):
    A, B = normal(rng, (20, 20), dtype), normal(rng, (20, 20), dtype)
    expected = linalg.matmul(A, B)
    assert_same_bits(linalg.matmul(A, B, out=A), expected)
    A = normal(rng, (20, 20), dtype)
    expected = linalg.matmul(A, A.T)
    linalg.matmul(A, A.T, out=A)
    assert_same_bits(A, expected)


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ((4,), (4,)),
        ((4,), (4, 3)),
        ((2, 4), (4,)),
        ((7, 2, 4), (4,)),
        ((4,), (7, 4, 3)),
        ((7, 2, 4), (7, 4, 3)),
        ((7, 1, 2, 4), (5, 4, 3)),
        ((1, 2, 4), (6, 1, 4, 3)),
        ((0, 2, 4), (4, 3)),
        ((3, 0, 4), (3, 4, 2)),
        ((3, 2, 0), (3, 0, 2)),
        ((1000, 3, 3), (1000, 3, 3)),
        ((40, 16, 16), (16, 16)),
        ((3, 70, 80), (3, 80, 90)),
    ],
)
def test_stacks(a, b, dtype, rng):
    A, B = normal(rng, a, dtype), normal(rng, b, dtype)
    C = linalg.matmul(A, B)
    expected = np.matmul(A, B)
    assert np.shape(C) == expected.shape
    assert C.dtype == dtype
    tolerance = 10 * (A.shape[-1] + 1) * np.finfo(dtype).eps
    np.testing.assert_allclose(C, expected, rtol=tolerance, atol=5 * tolerance)


@pytest.mark.parametrize("m", [2, 3, 4, 5, 8, 16])
def test_stacks_of_small_matrices(m, dtype, rng):
    A, B = normal(rng, (100, m, m), dtype), normal(rng, (100, m, m), dtype)
    for left, right in [(A, B), (A[::-2], B[::2]), (A.swapaxes(1, 2), B), (A, B.swapaxes(1, 2)), (A[:1], B), (A, B[7])]:
        C = linalg.matmul(left, right)
        for i in range(len(C)):
            a = left[min(i, len(left) - 1)]
            b = right if right.ndim == 2 else right[min(i, len(right) - 1)]
            assert_gemm_accurate(C[i], a, b)


@pytest.mark.parametrize(
    "shape", [(300, 290, 310), (40, 30, 9000), (3, 5000, 200), (5000, 3, 200), (600, 1, 900), (1, 700, 900)]
)
def test_same_bits_on_any_number_of_threads(shape, dtype, rng):
    m, n, k = shape
    A, B = normal(rng, (m, k), dtype), normal(rng, (k, n), dtype)
    for left, right in [(A, B), (np.asfortranarray(A), np.asfortranarray(B))]:
        with mlcore.num_threads(1):
            expected = linalg.matmul(left, right)
        for threads in (2, 3, 8):
            with mlcore.num_threads(threads):
                assert_same_bits(linalg.matmul(left, right), expected)


def test_stack_bits_on_any_number_of_threads(threads, dtype, rng):
    A, B = normal(rng, (3000, 5, 4), dtype), normal(rng, (3000, 4, 6), dtype)
    C = linalg.matmul(A, B)
    with mlcore.num_threads(1):
        assert_same_bits(C, linalg.matmul(A, B))


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("size", [3, 70, 200])
def test_not_a_number_and_infinity(value, size, dtype, rng):
    A, B = abs(normal(rng, (size, size), dtype)), abs(normal(rng, (size, size), dtype))
    A[1, 2] = value
    C = linalg.matmul(A, B)
    assert_gemm_accurate(np.delete(C, 1, 0), np.delete(A, 1, 0), B)
    assert np.isnan(C[1]).all() if np.isnan(value) else (C[1] == value).all()


def test_types(rng):
    single, double = normal(rng, (3, 3), "f4"), normal(rng, (3, 3), "f8")
    assert linalg.matmul(single, single).dtype == np.float32
    assert linalg.matmul(single, double).dtype == np.float64
    assert linalg.matmul([[1, 2], [3, 4]], [[True, False], [True, True]]).tolist() == [[3.0, 2.0], [7.0, 4.0]]
    assert isinstance(linalg.matmul(single[0], single[0]), np.float32)


@pytest.mark.parametrize("bad", [np.zeros((2, 2), complex), np.zeros((2, 2), np.float16), np.array([["a"]]), [[None]]])
def test_refused_types(bad):
    with pytest.raises(TypeError, match=r"x1 has dtype .* expected float32, float64 or integers"):
        linalg.matmul(bad, np.eye(2))


@pytest.mark.parametrize(
    ("a", "b", "message"),
    [
        ((2, 3), (2, 3), r"the last axis of x1 has 3 elements, the last but one axis of x2 2"),
        ((2, 3), (2,), r"the last axis of x1 has 3 elements, the last axis of x2 2"),
        ((2, 2, 3), (3, 3, 2), r"arrays of shapes \(2, 2, 3\) and \(3, 3, 2\) cannot be broadcast"),
        ((), (3,), r"matmul of shapes \(\) and \(3,\): expected at least 1 and 1 axes"),
    ],
)
def test_refused_shapes(a, b, message):
    with pytest.raises(ValueError, match=message):
        linalg.matmul(np.ones(a), np.ones(b))


@pytest.mark.parametrize(
    ("out", "error", "message"),
    [
        (np.zeros((2, 3)), ValueError, r"out has shape \(2, 3\); expected \(2, 2\)"),
        (np.zeros((2, 2), np.float32), TypeError, "out has dtype float32; expected float64"),
        (in_layout(np.zeros((2, 2)), "read-only"), ValueError, "out is read-only"),
        (in_layout(np.zeros((2, 2)), "misaligned"), ValueError, "out is misaligned"),
        ([[0.0, 0.0], [0.0, 0.0]], TypeError, "out is a list; expected a numpy.ndarray of float64"),
    ],
)
def test_refused_out(out, error, message):
    with pytest.raises(error, match=message):
        linalg.matmul(np.eye(2), np.eye(2), out=out)


@pytest.mark.parametrize("n", [2, 1000])
def test_stacks_of_matrices_without_rows_or_columns(n, dtype):
    A, B = np.ones((3, 0, 4), dtype), np.ones((3, 4, n), dtype)
    assert linalg.matmul(A, B).shape == (3, 0, n)
    assert linalg.matmul(B.swapaxes(1, 2), A.swapaxes(1, 2)).shape == (3, n, 0)
    around = np.ones((3, 5, n), dtype)
    linalg.matmul(A, B, out=around[:, :0])
    linalg.matmul(around[:, :0, :1], np.ones((3, 1, n), dtype), out=around[:, 5:])
    assert (around == 1).all()


def test_one_transposed_matrix_for_a_whole_stack(dtype, rng):
    A, W = rng.normal(size=(5, 7, 4, 6)).astype(dtype)[:, ::2], rng.normal(size=(60, 6)).astype(dtype)
    products = linalg.matmul(A, W.T)
    for i, j in np.ndindex(products.shape[:2]):
        assert_same_bits(products[i, j], linalg.matmul(A[i, j], W.T.copy()))
