"""A few components of a large matrix: found from products with the data, the Gram matrix never being formed."""

from __future__ import annotations

import numpy as np
import pytest

import mlcore
from mlcore.decomposition import PCA, _principal
from mlcore.exceptions import ConvergenceError

FLOATS = [np.float32, np.float64]
SHAPES = [(1300, 1020), (1020, 1300)]


@pytest.fixture
def never_formed(monkeypatch):
    """Fail where a Gram matrix is formed after all."""

    def refuse(*_):
        raise AssertionError("a Gram matrix was formed")

    monkeypatch.setattr(_principal, "_by_features", refuse)
    monkeypatch.setattr(_principal, "_by_samples", refuse)


def sample(shape, dtype, decay=0.995, seed=0):
    rng = np.random.default_rng(seed)
    return (rng.normal(size=shape) * decay ** np.arange(shape[1])).astype(dtype)


def reference(X, k, weights=None):
    """Mean, variances and axes by a singular value decomposition in float64."""
    X = X.astype(np.float64)
    w = np.ones(len(X)) if weights is None else weights.astype(np.float64)
    mean = np.average(X.astype(np.longdouble), axis=0, weights=w).astype(np.float64)
    s, Vt = np.linalg.svd(np.sqrt(w)[:, None] * (X - mean), full_matrices=False)[1:]
    return mean, s[:k] ** 2 / (w.sum() - 1), Vt[:k], (s**2).sum() / (w.sum() - 1), min(int(w.sum()), X.shape[1])


def assert_agrees(pca, X, weights=None, rtol=None):
    k = pca.n_components_
    mean, variances, axes, total, size = reference(X, k, weights)
    eps = np.finfo(pca.components_.dtype).eps
    # The residual is 1e-6 (2e-5) of the largest eigenvalue; the error of an eigenvalue is its square over the gap.
    rtol = rtol or (1e-9 if eps < 1e-10 else 100 * eps)
    np.testing.assert_allclose(pca.mean_, mean, rtol=4 * eps, atol=20 * eps * abs(X).mean())
    np.testing.assert_allclose(pca.explained_variance_, variances, rtol=rtol)
    np.testing.assert_allclose(pca.explained_variance_ratio_, variances / total, rtol=rtol + 20 * eps)
    np.testing.assert_allclose(pca.components_ @ pca.components_.T, np.eye(k), atol=50 * eps)
    gaps = abs(np.diff(variances)).min() / variances[0]
    np.testing.assert_allclose(abs((pca.components_ * axes).sum(axis=1)), 1, atol=(2e-5 / gaps) ** 2 + 20 * eps)
    rest = (total - variances.sum()) / (size - k)
    np.testing.assert_allclose(pca.noise_variance_, rest, rtol=1e3 * eps + rtol * variances.sum() / (rest * size))


@pytest.mark.usefixtures("never_formed")
@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("solver", ["auto", "power"])
def test_the_leading_components(dtype, shape, solver):
    X = sample(shape, dtype)
    assert_agrees(PCA(6, svd_solver=solver).fit(X), X)


@pytest.mark.usefixtures("never_formed")
@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("shape", SHAPES)
def test_weights_are_repetitions(dtype, shape):
    X = sample(shape, dtype)
    weights = np.random.default_rng(1).integers(0, 3, len(X)).astype(dtype)
    assert_agrees(PCA(6).fit(X, sample_weight=weights), X, weights)


@pytest.mark.usefixtures("never_formed")
@pytest.mark.parametrize("shape", SHAPES)
def test_a_large_mean_costs_nothing(shape):
    X = (sample(shape, np.float32) + 1e4).astype(np.float32)
    assert_agrees(PCA(6).fit(X), X, rtol=2e-5)


@pytest.mark.usefixtures("never_formed")
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("scale", [1e-150, 1e150])
def test_extreme_scales(shape, scale):
    X = sample(shape, np.float64)
    plain, scaled = PCA(4).fit(X), PCA(4).fit(X * scale)
    np.testing.assert_allclose(scaled.singular_values_ / scale, plain.singular_values_, rtol=1e-9)
    np.testing.assert_allclose(abs((scaled.components_ * plain.components_).sum(axis=1)), 1, atol=1e-7)


@pytest.mark.usefixtures("never_formed")
@pytest.mark.parametrize("shape", SHAPES)
def test_constant_columns(shape):
    X = sample(shape, np.float64)
    X[:, ::7] = 0.1
    pca = PCA(6).fit(X)
    assert_agrees(pca, X)
    assert abs(pca.components_[:, ::7]).max() < 1e-9  # a share of the random start


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("shape", SHAPES)
def test_equal_bits_on_any_number_of_threads(dtype, shape):
    X = sample(shape, dtype)
    with mlcore.num_threads(1):
        one = PCA(5).fit(X)
    for threads in (2, 3):
        with mlcore.num_threads(threads):
            other = PCA(5).fit(X)
        np.testing.assert_array_equal(one.components_, other.components_)
        np.testing.assert_array_equal(one.explained_variance_, other.explained_variance_)


@pytest.mark.parametrize("value", [np.nan, np.inf])
@pytest.mark.parametrize("shape", SHAPES)
def test_nan_and_infinity_are_found(value, shape):
    X = sample(shape, np.float64)
    X[700, 3] = value
    with pytest.raises(ValueError, match="contains"):
        PCA(5).fit(X)


@pytest.mark.parametrize("weight", [1.0, 0.005, 3.0])
@pytest.mark.parametrize("shape", SHAPES)
def test_the_scatter_matrix_is_not_there_to_be_added_to(shape, weight):
    X = sample(shape, np.float64)
    pca = PCA(5).fit(X, sample_weight=np.full(len(X), weight))
    with pytest.raises(ValueError, match=r"never formed\. Use partial_fit instead of fit, or n_components=None"):
        pca.partial_fit(X)


@pytest.mark.parametrize("shape", [*SHAPES, (30, 60)])
def test_a_far_off_row_of_weight_zero(shape):
    X = sample(shape, np.float64)
    weights = np.ones(len(X))
    X[5], X[7, 3], weights[[5, 7]] = 1e200, 1e16, 0
    kept = weights > 0
    found, expected = PCA(4).fit(X, sample_weight=weights), PCA(4).fit(X[kept])
    np.testing.assert_allclose(found.explained_variance_, expected.explained_variance_, rtol=1e-9)
    np.testing.assert_allclose(found.mean_, expected.mean_, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("shape", [(12000, 1000), (1000, 12000)])
def test_many_rows_far_from_the_origin(shape):
    """Where the plain sum of a column is off by a thousand units in the last place."""
    X = sample(shape, np.float64, decay=0.999)
    expected = PCA(3).fit(X).explained_variance_
    X[:, 7] = 0.1 * 2.0**48
    constant = PCA(3).fit(X)
    assert constant.mean_[7] == X[0, 7]
    assert abs(constant.components_[:, 7]).max() < 1e-7
    far = PCA(3).fit(sample(shape, np.float64, decay=0.999) + 2.0**40)
    np.testing.assert_allclose(far.explained_variance_, expected, rtol=1e-3 / shape[0] ** 0.5)  # the data itself is rounded


def test_all_samples_equal_and_many():
    pca = PCA(1).fit(np.full((12000, 1000), 0.1))
    assert not pca.explained_variance_.any()
    assert not pca.explained_variance_ratio_.any()


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("k", [20, 100])
def test_one_direction_that_dominates(dtype, k):
    """A residual small beside the largest eigenvalue is not enough for the others."""
    X = sample(SHAPES[0], dtype, decay=1.0)
    X[:, 0] *= 1000
    found, exact = PCA(k).fit(X), PCA(k, svd_solver="covariance_eigh").fit(X.astype(np.float64))
    np.testing.assert_allclose(found.explained_variance_, exact.explained_variance_, rtol=1e-4 if dtype == np.float32 else 1e-9)
    shared = np.linalg.svd(found.components_[:-5].astype(np.float64) @ exact.components_.T, compute_uv=False)
    assert shared.min() > 0.99


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(
    ("dtype", "size", "weight"), [(np.float64, 1e306, 1.0), (np.float32, 1e10, 1e30), (np.float32, 3e37, 1.0)]
)
def test_at_the_end_of_the_range(shape, dtype, size, weight):
    X = sample(shape, np.float64)
    X /= abs(X).max()
    plain = PCA(3).fit(X)
    with np.errstate(over="ignore"):
        big = PCA(3).fit((X * size).astype(dtype), sample_weight=np.full(len(X), weight, dtype))
    rtol = 1e-9 if dtype == np.float64 else 1e-5
    np.testing.assert_allclose(abs((big.components_ * plain.components_).sum(axis=1)), 1, atol=1e-4)
    if weight == 1:
        np.testing.assert_allclose(big.singular_values_.astype(np.float64) / size, plain.singular_values_, rtol=rtol)


def test_a_power_method_that_may_not_iterate():
    with pytest.raises(ConvergenceError):
        PCA(20, svd_solver="power", iterated_power=2).fit(sample(SHAPES[0], np.float64, decay=1.0))


@pytest.mark.parametrize("shape", SHAPES)
def test_auto_has_another_way(shape):
    """Not converged, or too small for a square: from the Gram matrix then, and deflation."""
    X = sample(shape, np.float64, decay=1.0)
    capped, exact = PCA(20, iterated_power=2).fit(X), PCA(20, svd_solver="covariance_eigh").fit(X)
    np.testing.assert_allclose(capped.explained_variance_, exact.explained_variance_, rtol=1e-12)
    X = sample(shape, np.float64, decay=0.02)
    few = PCA(6).fit(X)
    np.testing.assert_allclose(few.explained_variance_, reference(X, 6)[1], rtol=1e-4)


def test_all_samples_equal():
    pca = PCA(5).fit(np.full((1100, 1050), 3.7))
    assert not pca.explained_variance_.any()
    np.testing.assert_allclose(pca.components_ @ pca.components_.T, np.eye(5), atol=1e-15)
