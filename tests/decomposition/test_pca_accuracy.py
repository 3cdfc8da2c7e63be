"""PCA against 60-digit arithmetic, and where the Gram matrix alone would fail."""

from __future__ import annotations

import numpy as np
import pytest
from mpmath import mp, mpf

from mlcore.decomposition import PCA
from mlcore.exceptions import AccuracyWarning

FLOATS = [np.float32, np.float64]


def exact(X, weights=None):
    """Mean, variances and axes (rows) from exact moments and mpmath's eigensolver, rounded to float64 at the end."""
    with mp.workdps(60):
        n, d = X.shape
        w = [mpf(1)] * n if weights is None else [mpf(float(v)) for v in weights]
        rows = [[mpf(float(x)) for x in row] for row in X]
        total = mp.fsum(w)
        mean = [mp.fsum(w[i] * rows[i][j] for i in range(n)) / total for j in range(d)]
        C = mp.matrix(d, d)
        for j in range(d):
            for k in range(j + 1):
                C[j, k] = mp.fsum(w[i] * (rows[i][j] - mean[j]) * (rows[i][k] - mean[k]) for i in range(n)) / (total - 1)
                C[k, j] = C[j, k]
        values, vectors = mp.eigsy(C)
        order = range(d - 1, -1, -1)
        axes = np.array([[float(vectors[j, k]) for j in range(d)] for k in order])
        axes *= np.sign(axes[np.arange(d), np.abs(axes).argmax(axis=1)])[:, None]
        # Deviations, so that the variances of tiny data do not underflow on the way out.
        deviations = np.array([float(mp.sqrt(max(values[k], mpf(0)))) for k in order])
        return np.array([float(m) for m in mean]), deviations, axes


def graded(n, d, ratio, seed=0):
    """A sample whose j-th standard deviation is about ratio**j, in turned directions."""
    rng = np.random.default_rng(seed)
    Q = np.linalg.qr(rng.normal(size=(d, d)))[0]
    return rng.normal(size=(n, d)) * ratio ** np.arange(d) @ Q


def assert_agrees(pca, X, slack, weights=None):
    """Deviations within `slack` of the largest, axes within slack over their gap."""
    mean, deviations, axes = exact(X, weights)
    k = pca.n_components_
    eps = np.finfo(pca.components_.dtype).eps
    np.testing.assert_allclose(pca.mean_, mean, rtol=4 * eps, atol=4 * eps * deviations[0])
    found = np.sqrt(pca.explained_variance_.astype(np.float64))
    # The result itself is rounded to its type.
    assert (np.abs(found - deviations[:k]) <= slack * deviations[0] + 2 * eps * deviations[:k]).all()
    for j in range(k):
        gap = np.abs(np.delete(deviations, j) - deviations[j]).min() / deviations[0]
        assert np.abs(pca.components_[j] - axes[j]).max() <= 2 * eps + 4 * slack / gap


# ---------------------------------------------------------------- against exact arithmetic


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("shape", [(12, 5), (5, 5), (30, 3)])
@pytest.mark.parametrize("shift", [0.0, 100.0])
def test_an_ordinary_spectrum(dtype, shape, shift):
    X = (graded(*shape, 0.6) + shift).astype(dtype)
    k = min(shape[0] - 1, shape[1])
    assert_agrees(PCA(k).fit(X), X, slack=50 * np.finfo(dtype).eps)


@pytest.mark.parametrize("dtype", FLOATS)
def test_fewer_samples_than_features(dtype):
    X = graded(5, 9, 0.7).astype(dtype)
    assert_agrees(PCA(4).fit(X), X, slack=50 * np.finfo(dtype).eps)


@pytest.mark.parametrize("ratio", [0.1, 1e-2, 1e-3])
@pytest.mark.parametrize("shape", [(20, 6), (6, 20)])
def test_small_components_are_as_good_as_from_a_singular_value_decomposition(ratio, shape):
    """Variances down to ratio**8 of the largest: eps is 2e-16, and the Gram matrix ends there."""
    n, d = shape
    X = graded(n, d, ratio ** (1 if n > d else 0.3))
    k = 5
    assert_agrees(PCA(k).fit(X), X, slack=200 * np.finfo(np.float64).eps)


@pytest.mark.parametrize("shape", [(20, 6), (6, 20)])
def test_small_components_in_float32(shape):
    X = graded(*shape, 0.05 if shape[0] > shape[1] else 0.3).astype(np.float32)
    assert_agrees(PCA(5).fit(X), X, slack=4 * np.finfo(np.float32).eps)


@pytest.mark.parametrize("shape", [(2000, 10), (10, 300), (40, 12)])
@pytest.mark.parametrize("solver", ["auto", "full"])
def test_ten_decades_of_singular_values(shape, solver):
    """1, 0.1, ... 1e-9, each right to 1e-6 of itself; the Gram matrix would lose all from 1e-8 on."""
    rng = np.random.default_rng(0)
    n, d = shape
    expected = 10.0 ** -np.arange(min(10, n - 1))
    U = np.linalg.qr(np.column_stack([np.ones(n), rng.normal(size=(n, expected.size))]))[0][:, 1:]  # columns of mean 0
    X = (U * expected) @ np.linalg.qr(rng.normal(size=(d, d)))[0][: expected.size]
    pca = PCA(expected.size, svd_solver=solver).fit(X)
    np.testing.assert_allclose(pca.singular_values_, expected, rtol=1e-6)


def test_small_components_with_weights_and_a_large_mean():
    X = graded(20, 5, 1e-2) + 100
    weights = np.random.default_rng(1).integers(0, 4, 20).astype(float)
    # Subtracting the mean loses eps * 100.
    assert_agrees(PCA().fit(X, sample_weight=weights), X, 200 * np.finfo(np.float64).eps * 100, weights)


@pytest.mark.parametrize("solver", ["covariance_eigh", "power"])
def test_the_gram_matrix_alone_says_what_it_lost(solver):
    X = graded(40, 6, 1e-3)
    with pytest.warns(AccuracyWarning, match="3 of the 6 components asked for were lost"):
        pca = PCA(6, svd_solver=solver, tol=1e-12).fit(X)
    np.testing.assert_array_equal(pca.explained_variance_[3:], 0)
    np.testing.assert_allclose(pca.components_ @ pca.components_.T, np.eye(6), atol=1e-13)
    np.testing.assert_allclose(pca.explained_variance_[:2], PCA(2).fit(X).explained_variance_, rtol=1e-8)


def test_partial_fit_says_what_it_lost():
    X = graded(40, 6, 1e-3)
    with pytest.warns(AccuracyWarning, match="3 of the 6 components"):
        PCA().partial_fit(X)
    PCA(2).partial_fit(X)


# ---------------------------------------------------------------- large means


@pytest.mark.parametrize(("dtype", "mean", "slack"), [(np.float32, 1e6, 1e-6), (np.float64, 1e9, 1e-13)])
@pytest.mark.parametrize("shape", [(3000, 8), (8, 40)])
def test_a_large_mean_costs_no_digits(dtype, mean, slack, shape):
    """The data is rounded where it lies; what follows works on the differences."""
    rng = np.random.default_rng(0)
    d = shape[1]
    spread = 1e3 if dtype == np.float32 else 1.0
    X = (mean + spread * rng.normal(size=shape) * 0.8 ** np.arange(d)).astype(dtype)
    centred = X.astype(np.longdouble) - X.astype(np.longdouble).mean(axis=0)
    centred = centred.astype(np.float64)
    k = 5
    pca = PCA(k)
    T = pca.fit_transform(X)
    s, Vh = np.linalg.svd(centred, full_matrices=False)[1:]
    np.testing.assert_allclose(pca.singular_values_, s[:k], rtol=20 * slack)
    signs = np.sign((pca.components_ * Vh[:k]).sum(axis=1))
    np.testing.assert_allclose(pca.components_, signs[:, None] * Vh[:k], atol=200 * slack)
    # mean_ itself is rounded to float64.
    offset = 4 * np.finfo(np.float64).eps * mean
    np.testing.assert_allclose(T, centred @ pca.components_.T.astype(np.float64), atol=50 * slack * spread + offset)
    np.testing.assert_allclose(pca.score_samples(X), PCA(k).fit(centred).score_samples(centred), rtol=1e4 * slack + offset)


# ---------------------------------------------------------------- extreme scales


@pytest.mark.parametrize(
    ("dtype", "scale"),
    [(np.float64, 1e150), (np.float64, 1e-150), (np.float32, 1e18), (np.float32, 1e-18), (np.float32, 1e-25)],
)
@pytest.mark.parametrize("shape", [(30, 4), (4, 30)])
@pytest.mark.parametrize("shift", [0.0, 3.0])
def test_extreme_scales(dtype, scale, shape, shift):
    """A power of two apart, the results are the same to the last bit."""
    plain = (graded(*shape, 0.5) + shift).astype(dtype)
    factor = dtype(2.0 ** np.round(np.log2(scale)))
    X = plain * factor
    k = 3
    small, large = PCA(k).fit(plain), PCA(k).fit(X)
    tol = 30 * np.finfo(dtype).eps
    np.testing.assert_allclose(large.components_, small.components_, atol=tol)
    np.testing.assert_allclose(large.singular_values_ / factor, small.singular_values_, rtol=tol)
    np.testing.assert_allclose(large.explained_variance_ratio_, small.explained_variance_ratio_, rtol=tol)
    np.testing.assert_allclose(large.transform(X) / factor, small.transform(plain), atol=10 * tol)
    white, other = PCA(k, whiten=True).fit(X), PCA(k, whiten=True).fit(plain)
    np.testing.assert_allclose(white.transform(X), other.transform(plain), atol=10 * tol)
    np.testing.assert_allclose(white.inverse_transform(white.transform(X)) / factor, plain, atol=0.1 * abs(plain).max())
    densities = small.score_samples(plain) - plain.shape[1] * np.log(float(factor))
    if shape[0] > shape[1]:  # there is a density
        np.testing.assert_allclose(large.score_samples(X), densities, rtol=1e3 * tol)


@pytest.mark.parametrize("scale", [2.0**600, 2.0**-600])
@pytest.mark.filterwarnings("ignore:overflow encountered:RuntimeWarning")  # of the variances
def test_whitening_where_variances_leave_the_range(scale):
    X = graded(30, 4, 0.5)
    white = PCA(3, whiten=True).fit(X * scale)
    np.testing.assert_allclose(white.transform(X * scale), PCA(3, whiten=True).fit_transform(X), atol=1e-12)
    np.testing.assert_allclose(PCA(whiten=True).fit(X * scale).inverse_transform(PCA(whiten=True).fit_transform(X)) / scale, X)


@pytest.mark.parametrize("scale", [2.0**500, 2.0**-500])
def test_extreme_scales_merge(scale):
    X = graded(40, 4, 0.5)
    whole, parts = PCA().fit(X), PCA().fit(X[:15] * scale).merge(PCA().partial_fit(X[15:] * scale))
    np.testing.assert_allclose(parts.components_, whole.components_, atol=1e-13)
    np.testing.assert_allclose(parts.singular_values_ / scale, whole.singular_values_, rtol=1e-13)


@pytest.mark.parametrize("shape", [(5, 3), (3, 5)])
def test_values_near_the_end_of_the_range(shape):
    X = np.random.default_rng(0).uniform(-1, 1, size=shape)
    with pytest.warns(RuntimeWarning, match="overflow"):  # of the variances; all else is in range
        huge = PCA(2).fit(X * 2.0**1022)
    assert np.isfinite(huge.singular_values_).all()
    np.testing.assert_allclose(huge.components_, PCA(2).fit(X).components_, atol=1e-13)
    np.testing.assert_allclose(huge.explained_variance_ratio_, PCA(2).fit(X).explained_variance_ratio_, rtol=1e-13)


def test_a_large_mean_beside_a_constant_column():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(500, 3)) + [1e9, 0, 0]
    X = np.column_stack([X, np.full(500, 1e9 + 0.1)])
    pca = PCA().fit(X)
    assert pca.explained_variance_[3] == 0
    s = np.linalg.svd((X - X[0]) - (X - X[0]).mean(axis=0), compute_uv=False)
    np.testing.assert_allclose(pca.singular_values_[:3], s[:3], rtol=1e-11)
