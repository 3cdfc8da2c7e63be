"""Small matrices side by side in the lanes: eigh up to order 8, svd up to 16 x 8, by Jacobi rotations."""

import mpmath
import numpy as np
import pytest

import mlcore
from mlcore import linalg

from ..certificates import assert_same_bits
from ..interrupts import interrupt
from .gallery import MATRICES, scaled
from .spectra import SPECTRA, symmetric

ORDERS = range(1, 10)
SHAPES = [(m, n) for m in (1, 2, 3, 4, 7, 8, 9, 15, 16, 17) for n in (1, 2, 3, 5, 8, 9)]


def neighbours(m, n, dtype, rng):
    """A stack of matrices that need very different work, three times over so that every lane sees every kind."""
    kinds = [np.zeros((m, n)), np.eye(m, n), rng.normal(size=(m, n)), np.ones((m, n)), -rng.normal(size=(m, n))]
    kinds += [rng.normal(size=(m, n)) * 10.0 ** -np.arange(0, 3 * n, 3), scaled(rng.normal(size=(m, n)), "huge", dtype)]
    kinds += [scaled(rng.normal(size=(m, n)), "tiny", dtype), np.outer(rng.normal(size=m), rng.normal(size=n))]
    return np.concatenate([np.stack([kind.astype(dtype) for kind in kinds])[rng.permutation(len(kinds))] for _ in range(5)])


def assert_eigh(A, allowed=10):
    w, V = linalg.eigh(A)
    A = np.tril(A) + np.swapaxes(np.tril(A, -1), -1, -2)
    n, unit = A.shape[-1], 10 * A.shape[-1] * np.finfo(A.dtype).eps
    size = abs(A).max((-1, -2), initial=0).astype(np.float64)[..., None, None]
    size[size == 0] = 1
    B, d, V = A / size, w / size[..., 0], V.astype(np.float64)
    assert (np.diff(w) >= 0).all()
    assert abs(B @ V - V * d[..., None, :]).max(initial=0) <= n * unit
    assert abs(np.swapaxes(V, -1, -2) @ V - np.eye(n)).max(initial=0) <= unit


def assert_svd(A):
    m, n = A.shape[-2:]
    k, unit = min(m, n), 10 * max(m, n) * np.finfo(A.dtype).eps
    size = abs(A).max((-1, -2), initial=0).astype(np.float64)[..., None, None]
    size[size == 0] = 1
    B = A / size
    for full in (True, False):
        U, s, Vh = (x.astype(np.float64) for x in linalg.svd(A, full_matrices=full))
        assert U.shape[-2:] == (m, m if full else k)
        assert Vh.shape[-2:] == (n if full else k, n)
        assert (np.diff(s) <= 0).all()
        assert (s >= 0).all()
        assert abs(B - (U[..., :k] * (s / size[..., 0])[..., None, :]) @ Vh[..., :k, :]).max(initial=0) <= max(m, n) * unit
        assert abs(np.swapaxes(U, -1, -2) @ U - np.eye(U.shape[-1])).max(initial=0) <= unit
        assert abs(Vh @ np.swapaxes(Vh, -1, -2) - np.eye(Vh.shape[-2])).max(initial=0) <= unit
        assert abs(s - linalg.svdvals(A)).max(initial=0) <= unit * size.max()


@pytest.mark.parametrize("n", ORDERS)
def test_eigh_of_hard_matrices(n, dtype, rng):
    A = np.stack([MATRICES[name](n, rng).astype(dtype) for name in MATRICES])
    assert_eigh(A + np.swapaxes(A, -1, -2))
    assert_eigh(np.stack([symmetric(SPECTRA[name](n, rng), rng).astype(dtype) for name in SPECTRA]))


@pytest.mark.parametrize("n", ORDERS)
def test_svd_of_hard_matrices(n, dtype, rng):
    assert_svd(np.stack([MATRICES[name](n, rng).astype(dtype) for name in MATRICES]))


@pytest.mark.parametrize(("m", "n"), SHAPES)
def test_a_matrix_knows_nothing_of_its_neighbours(m, n, dtype, rng):
    A = neighbours(m, n, dtype, rng)
    assert_svd(A)
    together = [*linalg.svd(A), linalg.svdvals(A)]
    for i in range(0, len(A), 4):
        for one, all_of_them in zip([*linalg.svd(A[i]), linalg.svdvals(A[i])], together, strict=True):
            assert_same_bits(one, all_of_them[i])
    for one, other in zip(linalg.svd(A[::-1]), together, strict=False):
        assert_same_bits(one[::-1], other)


@pytest.mark.parametrize("n", ORDERS)
def test_eigenvectors_know_nothing_of_their_neighbours(n, dtype, rng):
    A = neighbours(n, n, dtype, rng)
    assert_eigh(A)
    w, V = linalg.eigh(A)
    for i in range(len(A)):
        assert_same_bits(linalg.eigh(A[i]).eigenvalues, w[i])
        assert_same_bits(linalg.eigh(A[i]).eigenvectors, V[i])


@pytest.mark.parametrize("n", [2, 3, 5, 8])
def test_small_eigenvalues_of_graded_positive_definite_matrices(n, rng):
    """D B D with B well conditioned: each to a small multiple of n eps cond(B) (Demmel, Veselic, theorem 2.3)."""
    B = symmetric(np.linspace(1, 3, n), rng)
    grades = 10.0 ** -(6.0 * rng.permutation(n))
    A = grades[:, None] * B * grades
    found = linalg.eigh(A).eigenvalues
    with mpmath.workdps(150):
        exact = sorted(mpmath.eigsy(mpmath.matrix(np.tril(A) + np.tril(A, -1).T), eigvals_only=True))
        for value, truth in zip(found, exact, strict=True):
            assert abs(mpmath.mpf(float(value)) - truth) <= 100 * n * 2.0**-52 * truth


@pytest.mark.parametrize("shape", [(2, 2), (3, 3), (8, 8), (16, 5), (5, 12)])
def test_small_singular_values_of_graded_columns(shape, rng):
    """B D with B well conditioned; the rows of the wide one are graded."""
    m, n = max(shape), min(shape)
    B = np.linalg.qr(rng.normal(size=(m, n)))[0] + 0.1 * rng.normal(size=(m, n))
    A = B * 10.0 ** -(7.0 * rng.permutation(n))
    A = A if shape[0] >= shape[1] else A.T
    with mpmath.workdps(200):
        exact = mpmath.svd_r(mpmath.matrix(A), compute_uv=False)
        for s in (linalg.svd(A).S, linalg.svdvals(A)):
            for value, truth in zip(s, exact, strict=True):
                assert abs(mpmath.mpf(float(value)) - truth) <= 100 * m * 2.0**-52 * truth


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_only_the_matrix_with_nan_is_at_fault(bad, dtype, rng):
    A = rng.normal(size=(21, 4, 4)).astype(dtype)
    for i in (0, 3, 20):
        spoiled = A.copy()
        spoiled[i, 3, 1] = bad
        spoiled[20, 3, 1] = bad
        with pytest.raises(np.linalg.LinAlgError, match=rf"a\[{i}\] contains NaN or infinity"):
            linalg.eigh(spoiled)
        with pytest.raises(np.linalg.LinAlgError, match=rf"a\[{i}\] contains NaN or infinity"):
            linalg.svd(spoiled)


def test_same_bits_on_any_number_of_threads(threads, dtype, rng):
    A = rng.normal(size=(3000, 5, 5)).astype(dtype)
    found = [*linalg.eigh(A), *linalg.svd(A), linalg.svdvals(A)]
    with mlcore.num_threads(1):
        for one, other in zip(found, [*linalg.eigh(A), *linalg.svd(A), linalg.svdvals(A)], strict=True):
            assert_same_bits(one, other)


def test_powers_of_two_change_no_digit(dtype, rng):
    A = rng.normal(size=(9, 6, 6)).astype(dtype)
    for exponent in (np.finfo(dtype).maxexp - 12, np.finfo(dtype).minexp + 20):
        factor = dtype.type(2.0**exponent)
        for function in (linalg.eigh, linalg.svd):
            for one, other in zip(function(A * factor), function(A), strict=True):
                assert_same_bits(one, other if one.ndim == 3 else other * factor)


@pytest.mark.parametrize("function", [linalg.eigh, linalg.svd, linalg.svdvals])
def test_interrupt(function, threads, rng):
    A = rng.normal(size=(100000, 8, 8))
    interrupt(lambda: function(A))
