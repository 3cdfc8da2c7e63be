"""eigh_topk: residual certificates, spectra that are known, and every way in which it may fail."""

from functools import cache

import numpy as np
import pytest
from numpy.linalg import LinAlgError

import mlcore
from mlcore import linalg
from mlcore.exceptions import ConvergenceError

from ..interrupts import interrupt
from .spectra import orthogonal, orthogonality, symmetric

DTYPES = [np.float32, np.float64]


def default_tol(dtype):
    return float(np.finfo(dtype).eps) ** (2 / 3)


def check(A, k, *, exact=None, tol=None, **options):
    """Certificates: residual, orthogonality, and that the values are the largest of all, `exact` or else from NumPy."""
    before = A.copy()
    result = linalg.eigh_topk(A, k, tol=tol, rng=0, **options)
    values, vectors, status, n_iter, residuals, history, method = result
    n, eps = len(A), np.finfo(A.dtype).eps
    assert status == "converged"
    assert values.dtype == vectors.dtype == A.dtype
    assert values.shape == residuals.shape == (k,)
    assert vectors.shape == (n, k)
    assert np.all(np.diff(values) <= 0)
    assert np.isfinite(history).all()
    assert (method == "eigh") == (len(history) == 0)
    assert (method == "eigh") == (n_iter == 0)
    np.testing.assert_array_equal(A, before)
    if k == 0:
        return result
    assert orthogonality(vectors) <= 10
    B, V = A.astype(np.float64), vectors.astype(np.float64)
    spectrum = np.linalg.eigvalsh(B) if exact is None else np.sort(exact)
    norm = abs(spectrum).max()
    limit = max(default_tol(A.dtype) if tol is None else tol, 4 * n**0.5 * eps)
    defect = np.linalg.norm(B @ V - V * values.astype(np.float64), axis=0)
    assert defect.max() <= (1.1 * limit + 10 * n * eps) * norm
    # Relative to the largest Ritz value: not more than the norm, and half of it if the other end is far from converged.
    assert np.all(residuals * norm >= defect - 2 * n * eps * norm)
    assert np.all(residuals * norm <= 2 * defect + 2 * n * eps * norm)
    assert abs(values - spectrum[::-1][:k]).max() <= (limit + 10 * n * eps) * norm
    return result


def gaussian_covariance(n, rng):
    X = rng.normal(size=(n, n))
    return X.T @ X / n


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("k", [0, 1, 2, 7, 8, 9, 20])
@pytest.mark.parametrize("n", [20, 100, 300])
def test_flat_spectrum(n, k, dtype):
    result = check(gaussian_covariance(n, np.random.default_rng(n)).astype(dtype), k)
    assert result.method == ("block_lanczos" if k > 0 and n == 300 else "eigh")


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("n", [0, 1, 2, 3])
def test_tiny(n, dtype):
    A = symmetric(np.arange(n) - 1.0, np.random.default_rng(n)).astype(dtype)
    for k in range(n + 1):
        check(A, k)


@pytest.mark.parametrize("k", [149, 150, 240, 299, 300])
def test_most_of_the_spectrum(k):
    assert check(symmetric(np.linspace(-1, 1, 300), np.random.default_rng(0)), k).method == "eigh"


def spectrum_of(name, n):
    i = np.arange(n)
    return {
        "one above": np.where(i == 0, 2.0, np.linspace(0, 1, n)),
        "geometric": 0.9**i,
        "steep": 10.0 ** -np.minimum(i, 30.0),
        "negative": -1.0 - i,
        "both signs": np.linspace(-1, 1, n) * (1 + np.linspace(0, 1, n) ** 8),
        "more negative": np.where(i < 5, 1.0 + i, -100.0 - i),
        "rank 3": np.where(i < 3, 1.0 + i, 0.0),
        "rank 12 of 15": np.where(i < 12, 1.0, 0.0),
        "zero": np.zeros(n),
        "identity": np.ones(n),
        "two values": np.where(i < n // 2, 1.0, 0.0),
        "6 equal": np.where(i < 6, 3.0, np.linspace(0, 1, n)),
        "8 equal": np.where(i < 8, 3.0, np.linspace(0, 1, n)),
        "9 equal": np.where(i < 9, 3.0, np.linspace(0, 1, n)),
        "14 equal": np.where(i < 14, 3.0, np.linspace(0, 1, n)),
        "30 equal": np.where(i < 30, 3.0, np.linspace(0, 1, n)),
        "10 below 1": np.where(i < 1, 4.0, np.where(i < 11, 3.0, np.linspace(0, 1, n))),
        "cluster 1e-14": np.where(i < 12, 3.0 + 1e-14 * i, np.linspace(0, 1, n)),
        "cluster 1e-11": np.where(i < 12, 3.0 + 1e-11 * i, np.linspace(0, 1, n)),
        "cluster 1e-8": np.where(i < 12, 3.0 + 1e-8 * i, np.linspace(0, 1, n)),
        "cluster 1e-5": np.where(i < 12, 3.0 + 1e-5 * i, np.linspace(0, 1, n)),
        "three clusters": np.where(i < 12, 1.0 + i // 4 + 1e-10 * i, np.linspace(0, 0.5, n)),
        "cluster at the edge": np.where(i < 10, 2.0 + i, np.where(i < 40, 1.0 + 1e-9 * i, np.linspace(0, 0.5, n))),
    }[name]


@cache
def with_spectrum(name):
    """A matrix of order 300; made once for all k and both types, which is most of the work of these tests."""
    return symmetric(spectrum_of(name, 300), np.random.default_rng(1))


SPECTRA = [
    *("one above", "geometric", "steep", "negative", "both signs", "more negative", "rank 3", "rank 12 of 15", "zero"),
    *("identity", "two values", "6 equal", "8 equal", "9 equal", "14 equal", "30 equal", "10 below 1"),
    *("cluster 1e-14", "cluster 1e-11", "cluster 1e-8", "cluster 1e-5", "three clusters", "cluster at the edge"),
]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("k", [1, 5, 15])
@pytest.mark.parametrize("name", SPECTRA)
def test_spectra(name, k, dtype):
    values = spectrum_of(name, 300)
    result = check(with_spectrum(name).astype(dtype), k, exact=values)
    assert result.method == "block_lanczos"


@pytest.mark.parametrize("name", ["30 equal", "two values", "cluster 1e-11", "identity"])
def test_repeated_eigenvalues_of_a_diagonal_matrix(name):
    # Products without rounding errors: no copy is found by chance.
    values = spectrum_of(name, 400)
    check(np.diag(values), 20, exact=values)


@pytest.mark.parametrize("tol", [1e-4, 1e-6, None])
@pytest.mark.parametrize("copies", [9, 19])
def test_copies_are_found_at_any_tolerance(copies, tol):
    # Eight converge within the first few blocks; a random block has to find the others, however early that was.
    values = np.sort(np.r_[1 - np.linspace(0, 3e-4, 4), np.full(copies, 0.9993), np.linspace(-1, 0.9992, 296 - copies)])[::-1]
    Q = orthogonal(300, np.random.default_rng(11))
    check((Q * values) @ Q.T, 15, exact=values, tol=tol)
    values = np.r_[np.ones(copies), 0.7 ** np.arange(1, 301 - copies)]
    check((Q * values) @ Q.T, 15, exact=values, tol=tol)


def test_residuals_are_those_of_the_vectors_before_and_after_a_restart():
    spectra, restarted = (0.9 ** np.arange(500), 1 - np.linspace(0, 1, 500) ** 2), []
    for values in spectra:
        A = symmetric(values, np.random.default_rng(12))
        result = check(A, 20, exact=values)
        defect = np.linalg.norm(A @ result.eigenvectors - result.eigenvectors * result.eigenvalues, axis=0)
        np.testing.assert_allclose(result.residuals, defect, rtol=1e-2, atol=50 * np.finfo(float).eps)
        restarted.append(result.n_iter * 8 > 20 + 128)
    assert restarted == [False, True]


@pytest.mark.parametrize(
    ("dtype", "tol"), [(np.float64, 0.0), (np.float64, 1e-12), (np.float64, 1e-4), (np.float32, 0.0), (np.float32, 1e-3)]
)
def test_tolerance(dtype, tol):
    A = gaussian_covariance(400, np.random.default_rng(2)).astype(dtype)
    loose, tight = (check(A, 6, tol=t) for t in (max(tol, 1e-3), tol))
    assert loose.n_iter <= tight.n_iter


def test_against_scipy():
    eigsh = pytest.importorskip("scipy.sparse.linalg").eigsh
    A = gaussian_covariance(350, np.random.default_rng(3))
    theirs = eigsh(A, k=8, which="LA", v0=np.ones(350))
    ours = linalg.eigh_topk(A, 8, rng=0)
    np.testing.assert_allclose(ours.eigenvalues, theirs[0][::-1], rtol=1e-13)
    np.testing.assert_allclose(abs((ours.eigenvectors * theirs[1][:, ::-1]).sum(axis=0)), 1, rtol=1e-12)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("n", [0, 1, 5, 60, 500])
def test_function(n, dtype):
    diagonal = np.linspace(-1, 2, n).astype(dtype)
    shapes = []

    def multiply(X):
        shapes.append(X.shape)
        assert X.dtype == dtype
        assert X.flags.c_contiguous
        product = diagonal[:, None] * X
        X[...] = np.nan  # X belongs to the function
        return product

    k = min(n, 4)
    result = linalg.eigh_topk(multiply, k, n=n, dtype=dtype, rng=0)
    assert result.eigenvalues.dtype == result.eigenvectors.dtype == dtype
    assert result.n_iter <= len(shapes)
    assert all(rows == n and columns <= 8 for rows, columns in shapes)
    np.testing.assert_allclose(result.eigenvalues, diagonal[::-1][:k], atol=20 * n * np.finfo(dtype).eps)


def test_function_that_returns_its_argument_or_a_list():
    for identity in (lambda X: X, lambda X: X.tolist()):
        np.testing.assert_allclose(linalg.eigh_topk(identity, 3, n=300, rng=0).eigenvalues, 1, rtol=1e-6)


@pytest.mark.parametrize(("dtype", "exponent"), [(np.float64, 660), (np.float64, -660), (np.float32, 110), (np.float32, -90)])
def test_scale(dtype, exponent):
    A = gaussian_covariance(300, np.random.default_rng(4)).astype(dtype)
    plain, scaled = linalg.eigh_topk(A, 5, rng=0), linalg.eigh_topk(np.ldexp(A, exponent), 5, rng=0)
    np.testing.assert_allclose(np.ldexp(scaled.eigenvalues, -exponent), plain.eigenvalues, rtol=1e3 * np.finfo(dtype).eps)
    assert orthogonality(scaled.eigenvectors) <= 10
    assert scaled.residuals.max() <= default_tol(dtype)
    small = np.ldexp(A[:50, :50], exponent)
    np.testing.assert_allclose(
        np.ldexp(linalg.eigh_topk(small, 3).eigenvalues, -exponent),
        np.linalg.eigvalsh(A[:50, :50].astype(float))[::-1][:3],
        rtol=1e3 * np.finfo(dtype).eps,
    )


def test_layouts_and_types():
    A = gaussian_covariance(300, np.random.default_rng(5))
    expected = linalg.eigh_topk(A, 4, rng=0).eigenvalues
    wide = np.zeros((600, 900))
    wide[::2, ::3] = A
    frozen = A.copy()
    frozen.flags.writeable = False
    for same in (np.asfortranarray(A), wide[::2, ::3], A[::-1, ::-1].copy()[::-1, ::-1], frozen):
        np.testing.assert_allclose(linalg.eigh_topk(same, 4, rng=0).eigenvalues, expected, rtol=1e-13)
    assert linalg.eigh_topk([[2, 1], [1, 2]], 1).eigenvalues.tolist() == pytest.approx([3.0])


@pytest.mark.parametrize("threads", [2, 3, 8])
def test_same_bits_on_any_number_of_threads(threads):
    A = gaussian_covariance(600, np.random.default_rng(6))
    with mlcore.num_threads(1):
        expected = linalg.eigh_topk(A, 7, rng=3)
    with mlcore.num_threads(threads):
        got = linalg.eigh_topk(A, 7, rng=3)
    for a, b in zip(got, expected, strict=True):
        np.testing.assert_array_equal(a, b)


def test_not_converged():
    A = gaussian_covariance(400, np.random.default_rng(7))
    with pytest.raises(ConvergenceError, match=r"15 products .* did not find the 10 largest") as caught:
        linalg.eigh_topk(A, 10, max_iter=15, rng=0)
    assert isinstance(caught.value, LinAlgError)
    result = caught.value.result
    assert (result.status, result.n_iter, result.method) == ("max_iter", 15, "block_lanczos")
    defect = np.linalg.norm(A @ result.eigenvectors - result.eigenvectors * result.eigenvalues, axis=0)
    np.testing.assert_allclose(result.residuals * np.linalg.norm(A, 2), defect, rtol=1e-2)
    with pytest.raises(ConvergenceError) as caught:
        linalg.eigh_topk(A, 10, max_iter=1, rng=0)
    assert caught.value.result.eigenvalues.shape == (8,)  # all that one block can say
    with pytest.raises(ConvergenceError):  # converged, but not known to be complete
        linalg.eigh_topk(np.diag(np.where(np.arange(400) < 30, 2.0, 0.0)), 10, max_iter=2, rng=0)


@pytest.mark.parametrize("n", [50, 300])
def test_almost_symmetric(n):
    rng, Q = np.random.default_rng(8), orthogonal(n, np.random.default_rng(9))
    S = rng.normal(size=(n, n))
    A = (Q * np.linspace(0, 1, n) ** 4) @ Q.T + 1e-8 * (S - S.T)
    with pytest.raises(ConvergenceError, match="products are inexact") as caught:
        linalg.eigh_topk(A, 3, rng=0)
    assert caught.value.result.status == "stagnated"
    assert linalg.eigh_topk(A, 3, rng=0, tol=1e-5).status == "converged"


def test_noisy_products():
    rng, Q = np.random.default_rng(8), orthogonal(300, np.random.default_rng(9))
    A = (Q * np.linspace(0, 1, 300) ** 4) @ Q.T

    def noisy(X):
        return A @ X + 1e-7 * rng.normal(size=X.shape)

    with pytest.raises(ConvergenceError):
        linalg.eigh_topk(noisy, 3, n=300, rng=0, max_iter=200)
    assert linalg.eigh_topk(noisy, 3, n=300, rng=0, tol=1e-4).status == "converged"


@pytest.mark.parametrize("n", [50, 400])
def test_not_symmetric(n):
    A = np.random.default_rng(10).normal(size=(n, n))
    with pytest.raises(ValueError, match="A is not symmetric"):
        linalg.eigh_topk(A, 3, rng=0)
    with pytest.raises(ValueError, match="A is not symmetric"):
        linalg.eigh_topk(lambda X: A @ X, 3, n=n, rng=0)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
@pytest.mark.parametrize("n", [50, 400])
def test_not_finite(n, bad):
    A = np.eye(n)
    A[3, 3] = bad
    with pytest.raises(LinAlgError, match="NaN or infinity"):
        linalg.eigh_topk(A, 3, rng=0)
    with pytest.raises(LinAlgError, match="NaN or infinity"):
        linalg.eigh_topk(lambda X: np.full_like(X, bad), 3, n=n, rng=0)


def test_wrong_arguments():
    A = np.eye(4)
    for k in (-1, 5):
        with pytest.raises(ValueError, match=f"k is {k}; expected 0 to 4"):
            linalg.eigh_topk(A, k)
    with pytest.raises(TypeError, match=r"k is 1\.5"):
        linalg.eigh_topk(A, 1.5)
    for tol in (-1.0, np.inf, np.nan):
        with pytest.raises(ValueError, match="tol is"):
            linalg.eigh_topk(A, 1, tol=tol)
    with pytest.raises(ValueError, match="max_iter is 0; expected 1 or more"):
        linalg.eigh_topk(A, 1, max_iter=0)
    with pytest.raises(LinAlgError, match="expected a square matrix"):
        linalg.eigh_topk(np.zeros((2, 3)), 1)
    with pytest.raises(ValueError, match="n is 5, but A has shape"):
        linalg.eigh_topk(A, 1, n=5)
    with pytest.raises(ValueError, match="n is None"):
        linalg.eigh_topk(lambda X: X, 1)
    with pytest.raises(TypeError, match="dtype is int64"):
        linalg.eigh_topk(lambda X: X, 1, n=4, dtype=np.int64)
    with pytest.raises(ValueError, match=r"returned an array of shape \(2, 8\)"):
        linalg.eigh_topk(lambda X: X[:2], 1, n=300)
    with pytest.raises(TypeError):
        linalg.eigh_topk(A.astype(complex), 1)
    with pytest.raises(TypeError, match="rng must be"):
        linalg.eigh_topk(np.eye(300), 1, rng="seed")


def test_interrupt():
    # The top of this spectrum is so crowded that the cap is minutes away.
    A = np.diag(1 - np.linspace(0, 1e-4, 1500) ** 2)
    interrupt(lambda: linalg.eigh_topk(A, 20, tol=0.0, max_iter=10**6, rng=0))
