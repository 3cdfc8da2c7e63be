"""The certificates themselves: kernels that are wrong on purpose must be caught."""

import numpy as np
import pytest

from mlcore import linalg

from ..certificates import (
    assert_dot_accurate,
    assert_gemm_accurate,
    assert_gram_accurate,
    assert_moments_accurate,
    assert_norm_accurate,
    assert_same_bits,
    assert_triangular_solution,
)
from ..strategies import gemm_blocking, lanes


def gemm_with_edge_tiles_one_term_short(A, B):
    """Right inside, but rows below the last whole tile lack the last term of their sums."""
    C = (A.astype(np.float64) @ B.astype(np.float64)).astype(A.dtype)
    edge = len(A) // gemm_blocking(A.dtype).MR * gemm_blocking(A.dtype).MR
    C[edge:] = (A[edge:, :-1].astype(np.float64) @ B[:-1].astype(np.float64)).astype(A.dtype)
    return C


def gemm_that_reads_one_column_too_far(A, B):
    """The last columns of C, a partial vector and the column before it, are shifted by one."""
    C = A @ B
    last = C.shape[1] // lanes(A.dtype) * lanes(A.dtype) - 1
    C[:, last:] = np.roll(C[:, last:], 1, axis=1)
    return C


def gemm_in_half_the_precision(A, B):
    half = np.float16 if A.dtype == np.float32 else np.float32
    return (A.astype(half).astype(np.float64) @ B.astype(half).astype(np.float64)).astype(A.dtype)


@pytest.mark.parametrize(
    "wrong", [gemm_with_edge_tiles_one_term_short, gemm_that_reads_one_column_too_far, gemm_in_half_the_precision]
)
@pytest.mark.parametrize("k", [3, 40, 300])
def test_a_wrong_product_is_caught(wrong, k, dtype, rng):
    m, n = 2 * gemm_blocking(dtype).MR + 1, 2 * lanes(dtype) + 3
    A, B = rng.normal(size=(m, k)).astype(dtype), rng.normal(size=(k, n)).astype(dtype)
    assert_gemm_accurate(linalg.matmul(A, B), A, B)
    with pytest.raises(AssertionError, match="wrong, first at"):
        assert_gemm_accurate(wrong(A, B), A, B)


def test_a_forgotten_beta_is_caught(dtype, rng):
    A, B, C = (rng.normal(size=(9, 9)).astype(dtype) for _ in range(3))
    assert_gemm_accurate(2 * linalg.matmul(A, B) + C, A, B, alpha=2.0, beta=1.0, before=C)
    with pytest.raises(AssertionError, match="wrong, first at"):
        assert_gemm_accurate(2 * linalg.matmul(A, B), A, B, alpha=2.0, beta=1.0, before=C)


def test_a_dot_without_its_tail_is_caught(dtype, rng):
    n = 3 * lanes(dtype) + 1
    x, y = rng.normal(size=(2, n)).astype(dtype)
    with pytest.raises(AssertionError, match="1 of 1 wrong"):
        assert_dot_accurate(np.dot(x[:-1], y[:-1]), x, y)


def test_a_naive_norm_is_caught(dtype):
    x = np.full(4, 1e-30 if dtype == np.float32 else 1e-200, dtype)
    with pytest.raises(AssertionError, match="1 of 1 wrong"):
        assert_norm_accurate(np.sqrt((x * x).sum()), x)


def test_an_uncentred_covariance_is_caught(dtype, rng):
    X = (rng.normal(size=(100, 5)) + 100).astype(dtype)
    mean = X.mean(0)
    C = X.T @ X - len(X) * np.outer(mean, mean)
    with pytest.raises(AssertionError):
        assert_gram_accurate(((C + C.T) / 2).astype(dtype), X, center=True)


def test_a_textbook_variance_is_caught(dtype, rng):
    X = (rng.normal(size=(1000, 3)) + 1e6).astype(dtype)
    Y = X.astype(np.float64)
    mean, variance = Y.mean(0), (Y * Y).mean(0) - Y.mean(0) ** 2
    with pytest.raises(AssertionError, match="3 of 3 wrong"):
        assert_moments_accurate(mean.astype(dtype), variance.astype(dtype), X)


def test_a_solution_of_other_equations_is_caught(dtype, rng):
    a, b = (np.tril(rng.normal(size=(40, 40))) + 4 * np.eye(40)).astype(dtype), rng.normal(size=40).astype(dtype)
    x = linalg.solve_triangular(a, b, lower=True)
    assert_triangular_solution(x, a, b, lower=True)
    a[39, 38] *= 1.001
    with pytest.raises(AssertionError, match="1 of 40 wrong"):
        assert_triangular_solution(x, a, b, lower=True)


def test_one_bit_is_caught(dtype):
    x = np.ones(5, dtype)
    y = x.copy()
    y[2] = np.nextafter(y[2], 2)
    with pytest.raises(AssertionError, match="1 of 5 elements differ"):
        assert_same_bits(x, y)
