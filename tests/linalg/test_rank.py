"""cond, matrix_rank, pinv, orth, null_space, projector, and the norms that need singular values."""

import numpy as np
import pytest
import scipy.linalg

from mlcore import linalg

from .gallery import MATRICES
from .spectra import orthogonal, orthogonality

STACK = (3, 2, 6, 4)


def of_rank(m, n, rank, rng, dtype):
    return (orthogonal(m, rng)[:, :rank] * np.linspace(1, 2, rank) @ orthogonal(n, rng)[:rank]).astype(dtype)


@pytest.mark.parametrize("shape", [(5, 5), (9, 4), (4, 9), (40, 30)])
def test_rank_and_spaces(shape, dtype, rng):
    m, n = shape
    for rank in range(min(shape) + 1):
        A = of_rank(m, n, rank, rng, dtype)
        assert linalg.matrix_rank(A) == rank
        tolerance = 30 * max(shape) * np.finfo(dtype).eps
        Q, Z, P = linalg.orth(A), linalg.null_space(A), linalg.projector(A)
        assert Q.shape == (m, rank)
        assert Z.shape == (n, n - rank)
        assert Q.dtype == Z.dtype == P.dtype == dtype
        assert orthogonality(Q) <= 10
        assert orthogonality(Z) <= 10
        np.testing.assert_allclose(A @ Z, np.zeros((m, n - rank)), atol=tolerance)
        np.testing.assert_allclose(P @ A, A, atol=tolerance)
        np.testing.assert_array_equal(P, P.T)
        np.testing.assert_allclose(P @ P, P, atol=tolerance)
        np.testing.assert_allclose(np.trace(P), rank, atol=tolerance)


def test_norms_beyond_the_range(dtype):
    """Elements are in range, singular values are not; what does not depend on them does not feel it."""
    size = dtype.type(0.9) * np.finfo(dtype).max
    A = np.array([[1, 0.5], [-0.5, 1]], dtype) * size
    assert linalg.svdvals(A)[0] == np.inf
    stack = np.stack([A, np.full((2, 2), size), np.eye(2, dtype=dtype) * np.finfo(dtype).tiny])
    np.testing.assert_array_equal(linalg.matrix_rank(stack), [2, 1, 2])
    assert linalg.orth(A).shape == (2, 2)
    assert linalg.null_space(A).shape == (2, 0)
    np.testing.assert_allclose(linalg.projector(A), np.eye(2), atol=4 * np.finfo(dtype).eps)
    np.testing.assert_allclose(linalg.cond(A), 1, rtol=4 * np.finfo(dtype).eps)
    np.testing.assert_allclose(linalg.pinv(A) * size, [[0.8, -0.4], [0.4, 0.8]], rtol=1e-5)  # subnormal
    with pytest.raises(np.linalg.LinAlgError, match="contains NaN or infinity"):
        linalg.matrix_rank(np.full((2, 2), np.inf, dtype))


def test_rank_like_numpy(dtype, rng):
    A = rng.normal(size=STACK).astype(dtype)
    A[0, 1, :, 2] = A[0, 1, :, 0]
    for options in ({}, {"tol": 0.5}, {"rtol": 0.3}, {"tol": np.full((3, 2), 1.0)}):
        np.testing.assert_array_equal(linalg.matrix_rank(A, **options), np.linalg.matrix_rank(A, **options))
    assert linalg.matrix_rank(np.zeros(3)) == 0
    assert linalg.matrix_rank([0.0, 2.0]) == 1
    assert linalg.matrix_rank(np.zeros((0, 3))) == 0
    symmetric = A[..., :4, :] + np.swapaxes(A[..., :4, :], -1, -2)
    np.testing.assert_array_equal(linalg.matrix_rank(np.tril(symmetric), hermitian=True), linalg.matrix_rank(symmetric))
    with pytest.raises(ValueError, match="only one of them"):
        linalg.matrix_rank(A, tol=1, rtol=1)


@pytest.mark.parametrize("name", MATRICES)
@pytest.mark.parametrize("p", [None, 2, -2, 1, -1, np.inf, -np.inf, "fro", "nuc"])
def test_condition_numbers(name, p, dtype, rng):
    A = MATRICES[name](7, rng).astype(dtype)
    found = linalg.cond(A, p)
    assert found.dtype == dtype
    s = np.linalg.svd(A.astype(np.float64), compute_uv=False)
    if s[-1] <= 7 * np.finfo(dtype).eps * s[0]:
        negative = not isinstance(p, str) and p is not None and p < 0  # norms that say nothing of the largest
        assert negative or found > 0.01 / np.finfo(dtype).eps
    else:
        bound = 1000 * np.finfo(dtype).eps * s[0] / s[-1]
        np.testing.assert_allclose(found, np.linalg.cond(A.astype(np.float64), p), rtol=bound)


def test_condition_numbers_of_stacks(dtype, rng):
    A = rng.normal(size=(2, 3, 4, 4)).astype(dtype)
    A[0, 1] = 0
    A[1, 0, 2, 2] = np.nan
    A[1, 1, 0, 3] = np.inf
    A[1, 2] = np.eye(4)
    for p in (None, 1, "fro", "nuc", 2):
        found = linalg.cond(A, p)
        assert found.shape == (2, 3)
        assert found[0, 1] == np.inf
        assert np.isnan(found[1, :2]).all()
        expected = np.linalg.cond(A[0, [0, 2]].astype(np.float64), p)
        np.testing.assert_allclose(found[0, [0, 2]], expected, rtol=1e5 * np.finfo(dtype).eps)
    assert linalg.cond(A)[1, 2] == 1
    assert linalg.cond(rng.normal(size=(5, 2))).ndim == 0
    for shape in ((0, 0), (3,), (2, 0, 0)):
        with pytest.raises(np.linalg.LinAlgError, match="expected a matrix with elements"):
            linalg.cond(np.ones(shape))
    with pytest.raises(np.linalg.LinAlgError, match="expected square matrices"):
        linalg.cond(np.ones((2, 3)), 1)


@pytest.mark.parametrize("shape", [(5, 5), (9, 4), (4, 9), (30, 30), (0, 3), (3, 0)])
def test_pseudo_inverse(shape, dtype, rng):
    for rank in {0, 1, min(shape)} if min(shape) else {0}:
        A = of_rank(*shape, rank, rng, dtype)
        X = linalg.pinv(A)
        assert X.dtype == dtype
        assert X.shape == shape[::-1]
        tolerance = 100 * max(shape) * np.finfo(dtype).eps
        penrose = ((A @ X @ A, A), (X @ A @ X, X), ((A @ X).T, A @ X), ((X @ A).T, X @ A))
        for product, expected in penrose:
            np.testing.assert_allclose(product, expected, atol=tolerance)


def test_pseudo_inverse_like_numpy(dtype, rng):
    A = rng.normal(size=STACK).astype(dtype)
    tolerance = 1000 * np.finfo(dtype).eps
    for options in ({}, {"rcond": 0.5}, {"rtol": 0.2}, {"rcond": np.linspace(0, 0.9, 6).reshape(3, 2)}):
        np.testing.assert_allclose(linalg.pinv(A, **options), np.linalg.pinv(A, **options), atol=tolerance)
    symmetric = A[..., :4, :] + np.swapaxes(A[..., :4, :], -1, -2)
    np.testing.assert_allclose(linalg.pinv(np.tril(symmetric), hermitian=True), np.linalg.pinv(symmetric), atol=tolerance * 10)
    with pytest.raises(ValueError, match="two names of one thing"):
        linalg.pinv(A, 1e-3, rtol=1e-3)


@pytest.mark.parametrize("order", [2, -2, "nuc"])
def test_norms_from_singular_values(order, dtype, rng):
    x = rng.normal(size=(4, 5, 6)).astype(dtype)
    tolerance = 50 * np.finfo(dtype).eps
    for axis in ((0, 1), (2, 0), (-1, -2)):
        for keepdims in (False, True):
            found, expected = (f(x, order, axis, keepdims) for f in (linalg.norm, np.linalg.norm))
            assert found.dtype == dtype
            np.testing.assert_allclose(found, expected, rtol=tolerance)
    np.testing.assert_allclose(linalg.matrix_norm(x, ord=order), np.linalg.matrix_norm(x, ord=order), rtol=tolerance)
    x[0, 0, 0], x[1, 1, 1] = np.nan, np.inf
    found = linalg.matrix_norm(x, ord=order)
    assert np.isnan(found[0])
    assert np.isnan(found[1]) if order == -2 else found[1] == np.inf
    assert np.isfinite(found[2:]).all()
    if order != -2:
        assert linalg.matrix_norm(np.zeros((0, 3)), ord=order) == 0
    else:
        with pytest.raises(ValueError, match="smallest of no singular values"):
            linalg.matrix_norm(np.zeros((0, 3)), ord=order)


def test_refused(rng):
    bad = np.diag([1.0, np.nan])
    for function in (linalg.pinv, linalg.matrix_rank, linalg.orth, linalg.null_space, linalg.projector, linalg.polar):
        with pytest.raises(np.linalg.LinAlgError, match="contains NaN or infinity"):
            function(bad)
        with pytest.raises(TypeError, match=r"[Cc]omplex"):
            function(np.eye(2) * 1j)
    with pytest.raises(np.linalg.LinAlgError, match="expected a matrix, or a stack of them"):
        linalg.pinv(np.ones(3))
    for function in (linalg.orth, linalg.null_space, linalg.projector):
        with pytest.raises(ValueError, match="expected one matrix"):
            function(np.ones((2, 2, 2)))
    np.testing.assert_array_equal(scipy.linalg.null_space(np.ones((2, 5))).shape, linalg.null_space(np.ones((2, 5))).shape)
