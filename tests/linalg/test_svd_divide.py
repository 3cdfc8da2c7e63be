"""svd by divide and conquer: certificates on spectra that deflate much, little, or in unusual ways."""

import numpy as np
import pytest

import mlcore
from mlcore import linalg

from ..interrupts import interrupt
from .gallery import MATRICES
from .spectra import SPECTRA, orthogonal, orthogonality

DTYPES = [np.float32, np.float64]
SIZES = [47, 48, 49, 50, 63, 64, 65, 66, 67, 96, 97, 98, 99, 130, 131, 200, 300]


def check(A):
    U, s, Vh = linalg.svd(A, full_matrices=False)
    n, eps, largest = max(A.shape), np.finfo(A.dtype).eps, np.linalg.norm(A.astype(np.float64), 2)
    assert s.dtype == U.dtype == Vh.dtype == A.dtype
    assert np.all(s >= 0)
    assert np.all(np.diff(s) <= 0)
    wide = [x.astype(np.float64) for x in (U, s, Vh)]
    assert np.linalg.norm(wide[0] * wide[1] @ wide[2] - A) <= 10 * n * eps * largest
    assert orthogonality(U) <= 10
    assert orthogonality(Vh.T) <= 10
    return s


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("n", SIZES)
def test_random(n, dtype):
    rng = np.random.default_rng(n)
    A = rng.normal(size=(n, n)).astype(dtype)
    reference = np.linalg.svd(A.astype(np.float64), compute_uv=False)
    for B in (A, A[:, : n - 1], A[: n - 1]):
        check(B)
    assert abs(linalg.svd(A).S - reference).max() <= 10 * n * np.finfo(dtype).eps * reference[0]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("spectrum", SPECTRA)
@pytest.mark.parametrize("n", [70, 201])
def test_spectra(n, spectrum, dtype):
    rng = np.random.default_rng(7)
    values = abs(SPECTRA[spectrum](n, rng))
    s = check(((orthogonal(n, rng) * values) @ orthogonal(n, rng)).astype(dtype))
    assert abs(s[::-1] - np.sort(values)).max() <= 10 * n * np.finfo(dtype).eps * values.max()


def bidiagonal(d, e):
    return np.diag(np.asarray(d, dtype=float)) + np.diag(np.asarray(e, dtype=float), 1)


N = 150
PARTICULAR = {
    "ones": bidiagonal(np.ones(N), np.ones(N - 1)),
    "nilpotent": bidiagonal(np.zeros(N), np.ones(N - 1)),
    "graded down": bidiagonal(0.5 ** np.arange(N), 0.5 ** np.arange(N - 1)),
    "graded up": bidiagonal(0.5 ** np.arange(N)[::-1], 0.5 ** np.arange(N - 1)[::-1]),
    "zeros inside": bidiagonal(np.arange(N) % 3, np.arange(N - 1) % 2),
    "zero in the middle": bidiagonal(np.arange(N) != N // 2, np.full(N - 1, 0.1)),
    "decoupled in the middle": bidiagonal(np.ones(N), np.arange(N - 1) != N // 2),
    "equal blocks": np.kron(np.eye(10), bidiagonal(np.arange(1, 16), np.ones(14))),
    "tiny half": bidiagonal(np.r_[np.ones(75), np.full(75, 1e-30)], np.r_[np.ones(75), np.full(74, 1e-30)]),
    "negative": bidiagonal(-np.arange(N), -np.ones(N - 1)),
    "last column only": np.outer(np.ones(N), np.arange(N) == N - 1).astype(float),
    "diagonal": np.diag(np.arange(float(N))),
}


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", PARTICULAR)
def test_particular(name, dtype):
    A = PARTICULAR[name].astype(dtype)
    check(A)
    check(A.T)
    check(A[::-1])


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", MATRICES)
def test_gallery(name, dtype):
    check(MATRICES[name](N, np.random.default_rng(1)).astype(dtype))


@pytest.mark.parametrize("dtype", DTYPES)
def test_scale(dtype):
    A = np.random.default_rng(5).normal(size=(90, 90)).astype(dtype)
    U, s, Vh = linalg.svd(A)
    for exponent in (np.finfo(dtype).maxexp - 10, np.finfo(dtype).minexp + 30):
        scaled = linalg.svd(np.ldexp(A, exponent))
        np.testing.assert_array_equal(scaled.S, np.ldexp(s, exponent))
        np.testing.assert_array_equal(scaled.U, U)
        np.testing.assert_array_equal(scaled.Vh, Vh)


@pytest.mark.parametrize("threads", [2, 3, 8])
def test_same_bits_on_any_number_of_threads(threads):
    rng = np.random.default_rng(11)
    inputs = [rng.normal(size=shape) for shape in [(300, 300), (600, 250), (6, 70, 70)]]
    with mlcore.num_threads(1):
        expected = [linalg.svd(x, full_matrices=False) for x in inputs]
    with mlcore.num_threads(threads):
        for x, one in zip(inputs, expected, strict=True):
            for got, wanted in zip(linalg.svd(x, full_matrices=False), one, strict=True):
                np.testing.assert_array_equal(got, wanted)


@pytest.mark.parametrize("threads", [1, 2])
def test_interrupt(threads):
    A = np.random.default_rng(12).normal(size=(1200, 1200))
    with mlcore.num_threads(threads):
        interrupt(lambda: linalg.svd(A), after=0.5)
