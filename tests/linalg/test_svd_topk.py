"""svd_topk and randomized_svd: residuals, agreement with svd, error estimates that hold."""

import numpy as np
import pytest

import mlcore
from mlcore import linalg

from ..certificates import assert_same_bits
from .spectra import orthogonal, orthogonality

SPECTRA = {
    "slow": lambda n: 1 / np.arange(1.0, n + 1),
    "fast": lambda n: 0.7 ** np.arange(n),
    "steps": lambda n: np.repeat(10.0 ** -np.arange(n / 5), 5)[:n],
    "repeated": lambda n: np.where(np.arange(n) < 30, 2.0, 1.0),
    "low rank": lambda n: np.where(np.arange(n) < 6, 1.0 + np.arange(n), 0.0),
    "tiny": lambda n: 1e-200 / np.arange(1.0, n + 1),
    "huge": lambda n: 1e200 / np.arange(1.0, n + 1),
    "zero": np.zeros,
    "below the square root of eps": lambda n: np.concatenate([[1.0], 1e-9 * 0.9 ** np.arange(n - 1)]),
}


def matrix_of(values, m, n, rng):
    k = min(m, n)
    unit = values.max() or 1
    return ((orthogonal(m, rng)[:, :k] * (values / unit)) @ orthogonal(n, rng)[:k]) * unit


def check_factors(A, result, k, allowed):
    m, n = A.shape
    assert (result.U.shape, result.S.shape, result.Vh.shape) == ((m, k), (k,), (k, n))
    assert result.U.dtype == result.S.dtype == result.Vh.dtype == A.dtype
    assert orthogonality(result.U) <= allowed
    assert orthogonality(result.Vh.T) <= allowed
    assert np.all(np.diff(result.S) <= 0)


@pytest.mark.parametrize("spectrum", SPECTRA)
@pytest.mark.parametrize("shape", [(300, 260), (260, 300), (60, 40)])
@pytest.mark.parametrize("k", [1, 12])
def test_topk(spectrum, shape, k, dtype, rng):
    values = SPECTRA[spectrum](min(shape))
    if dtype == np.float32 and spectrum in ("tiny", "huge"):
        values = values / values.max() * (1e-32 if spectrum == "tiny" else 1e32)
    A = matrix_of(values, *shape, rng).astype(dtype)
    result = linalg.svd_topk(A, k, rng=0)
    check_factors(A, result, k, 10)
    s = np.linalg.svd(A.astype(np.float64), compute_uv=False)
    bound = max(np.finfo(dtype).eps ** (2 / 3), 10 * max(shape) * np.finfo(dtype).eps)
    assert abs(result.S - s[:k]).max() <= bound * s[0]
    assert result.residuals.max() <= bound
    small = min(shape) < 200
    if small or (spectrum == "below the square root of eps" and k > 1 and dtype == np.float64):
        assert result.method == "svd"
    elif spectrum in ("fast", "slow", "low rank", "tiny", "huge"):
        assert result.method == "block_lanczos"
        assert result.n_iter > 0


@pytest.mark.parametrize("spectrum", SPECTRA)
@pytest.mark.parametrize("shape", [(300, 260), (260, 300), (60, 40)])
@pytest.mark.parametrize("n_iter", [0, 3])
def test_randomized(spectrum, shape, n_iter, dtype, rng):
    values = SPECTRA[spectrum](min(shape))
    if dtype == np.float32 and spectrum in ("tiny", "huge"):
        values = values / values.max() * (1e-32 if spectrum == "tiny" else 1e32)
    k, A = 8, matrix_of(values, *shape, rng).astype(dtype)
    result = linalg.randomized_svd(A, k, n_iter=n_iter, rng=0)
    unit = float(values.max()) or 1.0
    B, S = A.astype(np.float64) / unit, result.S.astype(np.float64) / unit
    s = np.linalg.svd(B, compute_uv=False)
    eps = np.finfo(dtype).eps
    check_factors(A, result, k, 20)
    assert (s[:k] + 100 * eps >= S).all()
    error = np.linalg.norm(B - (result.U.astype(np.float64) * S) @ result.Vh, 2)
    assert error <= max(s[k] * (1.1 if n_iter else 15), 100 * eps)
    assert error <= result.error / unit + 100 * eps
    assert result.error / unit <= 8 * error + 1000 * eps


def test_against_the_plain_sketch(rng):
    """Block Krylov with q products beats subspace iteration with q products: the reason it is used."""
    A = matrix_of(1 / np.sqrt(np.arange(1.0, 401)), 400, 400, rng)
    s = np.linalg.svd(A, compute_uv=False)
    W = rng.normal(size=(400, 20))
    for _ in range(3):
        W = np.linalg.qr(A.T @ np.linalg.qr(A @ W)[0])[0]
    subspace = np.linalg.svd(A @ W, compute_uv=False)[:10]
    krylov = linalg.randomized_svd(A, 10, n_iter=3, rng=1).S
    assert abs(krylov - s[:10]).max() < abs(subspace - s[:10]).max() / 5


def test_same_seed_same_bits(threads, dtype, rng):
    A = rng.normal(size=(300, 250)).astype(dtype)
    with mlcore.num_threads(threads):
        found = [*linalg.svd_topk(A, 5, rng=3)[:3], *linalg.randomized_svd(A, 5, rng=3)[:3]]
    with mlcore.num_threads(1):
        expected = [*linalg.svd_topk(A, 5, rng=3)[:3], *linalg.randomized_svd(A, 5, rng=3)[:3]]
    for one, other in zip(found, expected, strict=True):
        assert_same_bits(one, other)


@pytest.mark.parametrize("shape", [(0, 0), (0, 5), (5, 0), (1, 1), (3, 7)])
def test_small_and_empty(shape, dtype, rng):
    A = rng.normal(size=shape).astype(dtype)
    for k in {0, min(shape)}:
        for result in (linalg.svd_topk(A, k), linalg.randomized_svd(A, k)):
            check_factors(A, result, k, 10)
            assert result.method == "svd"


def test_refused(rng):
    A = rng.normal(size=(5, 4))
    for function in (linalg.svd_topk, linalg.randomized_svd):
        for k in (-1, 5):
            with pytest.raises(ValueError, match=f"k is {k}; expected 0 to 4"):
                function(A, k)
        for bad in (np.nan, np.inf):
            with pytest.raises(np.linalg.LinAlgError, match="contains NaN or infinity"):
                function(np.full((300, 300), bad), 1)
        with pytest.raises(TypeError, match=r"[Cc]omplex"):
            function(A * 1j, 1)
    with pytest.raises(ValueError, match="tol is -1"):
        linalg.svd_topk(A, 1, tol=-1)
    with pytest.raises(ValueError, match="max_iter is 0"):
        linalg.svd_topk(A, 1, max_iter=0)
    with pytest.raises(ValueError, match="oversample is -1"):
        linalg.randomized_svd(A, 1, oversample=-1)
    with pytest.raises(ValueError, match="n_iter is -2"):
        linalg.randomized_svd(A, 1, n_iter=-2)


@pytest.mark.parametrize("size", [1e-300, 1e300, 1e307])
@pytest.mark.parametrize("n", [20, 300])
def test_the_error_bound_stays_in_range(size, n):
    """Of a diagonal matrix the error is the first value that is left out."""
    values = np.linspace(1, 0.1, n) * size
    found = linalg.randomized_svd(np.diag(values), 3, rng=0)
    assert values[3] * (1 - 1e-10) <= found.error <= 10 * values[3]
