"""PCA in portions: partial_fit, merge, and weights as repetition."""

from __future__ import annotations

import copy

import numpy as np
import pytest

from mlcore.decomposition import PCA
from mlcore.exceptions import NotFittedError

FLOATS = [np.float32, np.float64]
ATTRIBUTES = ("mean_", "components_", "explained_variance_", "explained_variance_ratio_", "singular_values_")


def sample(n=90, d=5, dtype=np.float64, seed=0, shift=10.0):
    rng = np.random.default_rng(seed)
    Q = np.linalg.qr(rng.normal(size=(d, d)))[0]
    return (rng.normal(size=(n, d)) * 0.7 ** np.arange(d) @ Q + shift * rng.normal(size=d)).astype(dtype)


def assert_same(a, b, slack=200.0):
    """Equal to rounding, in every attribute."""
    eps = np.finfo(b.components_.dtype).eps
    for name in ATTRIBUTES:
        x, y = getattr(a, name), getattr(b, name)
        assert x.dtype == y.dtype
        np.testing.assert_allclose(x, y, atol=slack * eps * np.abs(y).max(), err_msg=name)
    assert a.n_samples_ == pytest.approx(b.n_samples_, rel=1e-14)
    assert a.n_components_ == b.n_components_
    np.testing.assert_allclose(a.noise_variance_, b.noise_variance_, atol=slack * eps * b.explained_variance_[0])


# ---------------------------------------------------------------- portions


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("cuts", [[45], [1, 2, 3], [88], [10, 20, 30, 40, 50, 60, 70, 80]])
@pytest.mark.parametrize("n_components", [None, 2, 0.9, "mle"])
def test_partial_fit_in_portions_is_one_fit(dtype, cuts, n_components):
    X = sample(dtype=dtype)
    whole, parts = PCA(n_components).fit(X), PCA(n_components)
    for rows in np.split(X, cuts):
        assert parts.partial_fit(rows) is parts
    assert_same(parts, whole)


@pytest.mark.parametrize("dtype", FLOATS)
def test_portions_with_different_means(dtype):
    """Between portions lies more variance than within them."""
    X = sample(dtype=dtype)
    X[30:60] += 50
    X[60:] -= 80
    parts = PCA()
    for rows in np.split(X, 3):
        parts.partial_fit(rows)
    assert_same(parts, PCA().fit(X), slack=1e3)


def test_fit_forgets_and_partial_fit_goes_on():
    X = sample()
    pca = PCA().fit(X[:40]).partial_fit(X[40:])
    assert_same(pca, PCA().fit(X))
    pca.fit(X[:50])
    np.testing.assert_array_equal(pca.components_, PCA().fit(X[:50]).components_)


@pytest.mark.parametrize("dtype", FLOATS)
def test_partial_fit_goes_on_after_the_full_decomposition(dtype):
    X = sample(dtype=dtype)
    pca = PCA(2, svd_solver="full").fit(X[:40]).partial_fit(X[40:])
    assert_same(pca, PCA(2).fit(X))


def test_few_samples_are_only_counted():
    X = sample()
    pca = PCA(3).partial_fit(X[:1]).partial_fit(X[1:2])
    with pytest.raises(NotFittedError):
        pca.transform(X)
    pca.partial_fit(X[2:4])
    assert_same(pca, PCA(3).fit(X[:4]), slack=1e3)


def test_more_components_than_features_are_refused_at_once():
    with pytest.raises(ValueError, match="n_components=6 must be between 0 and"):
        PCA(6).partial_fit(sample())


def test_types_of_portions_are_joined():
    X = sample()
    pca = PCA().partial_fit(X[:40].astype(np.float32))
    assert pca.components_.dtype == np.float32
    pca.partial_fit(X[40:])
    assert pca.components_.dtype == np.float64
    np.testing.assert_allclose(pca.explained_variance_, PCA().fit(X).explained_variance_, rtol=1e-5)


def test_portions_must_have_the_same_features():
    pca = PCA().partial_fit(sample())
    with pytest.raises(ValueError, match="X has 4 features, but PCA is expecting 5"):
        pca.partial_fit(sample(d=4))
    assert pca.n_samples_ == 90


def test_a_portion_that_fails_changes_nothing():
    X = sample()
    pca = PCA()
    for bad in (np.full((2, 5), np.nan), np.ones((2, 5), complex)):
        with pytest.raises(ValueError, match=r"NaN|Complex"):
            pca.partial_fit(bad)
    pca.partial_fit(X[:50])
    before = copy.deepcopy(pca)
    with pytest.raises(ValueError, match="NaN"):
        pca.partial_fit(np.full((2, 5), np.nan))
    assert_same(pca, before, slack=0)
    assert_same(pca.partial_fit(X[50:]), PCA().fit(X))


# ---------------------------------------------------------------- merging


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("first", [PCA.fit, PCA.partial_fit])
@pytest.mark.parametrize("second", [PCA.fit, PCA.partial_fit])
@pytest.mark.parametrize("cut", [2, 3, 45])
def test_merging_is_fitting_all(dtype, first, second, cut):
    """A portion of 2 samples of 5 features goes through the n x n route and comes back from its components."""
    X = sample(dtype=dtype)
    a, b = first(PCA(), X[:cut]), second(PCA(), X[cut:])
    before = copy.deepcopy(b)
    assert a.merge(b) is a
    assert_same(a, PCA().fit(X), slack=1e3)
    assert_same(b, before, slack=0)


def test_merging_keeps_ones_own_parameters():
    X = sample()
    a = PCA(2).fit(X[:45]).merge(PCA(4).fit(X[45:]))
    assert_same(a, PCA(2).fit(X))


def test_merging_is_commutative_and_associative():
    X = sample()

    def part(i):
        return PCA().fit(X[30 * i : 30 * i + 30])

    left = part(0).merge(part(1)).merge(part(2))
    right = part(2).merge(part(1).merge(part(0)))
    assert_same(left, right)


def test_merging_with_oneself_doubles_the_data():
    X = sample()
    a = PCA().fit(X)
    assert_same(a.merge(a), PCA().fit(np.vstack([X, X])))


def test_merging_what_dropped_something_is_refused():
    X = sample(4, 9)
    short = PCA(2).fit(X)
    with pytest.raises(ValueError, match="Use partial_fit instead of fit, or n_components=None"):
        PCA().fit(sample(90, 9)).merge(short)
    with pytest.raises(ValueError, match="never formed"):
        short.partial_fit(X)
    PCA().fit(sample(90, 9)).merge(PCA(2).partial_fit(X))


def test_merging_needs_its_like():
    pca = PCA().fit(sample())
    with pytest.raises(TypeError, match="other must be a PCA"):
        pca.merge(sample())
    with pytest.raises(ValueError, match="other was fitted on 4 features, this PCA on 5"):
        pca.merge(PCA().fit(sample(d=4)))
    with pytest.raises(NotFittedError):
        pca.merge(PCA())


def test_merging_compares_names():
    pd = pytest.importorskip("pandas")
    X = sample()
    a = PCA().fit(pd.DataFrame(X, columns=list("abcde")))
    with pytest.raises(ValueError, match="The feature names should match"):
        a.merge(PCA().fit(pd.DataFrame(X, columns=list("abcdx"))))


# ---------------------------------------------------------------- weights


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("shape", [(40, 5), (8, 20), (12, 12)])
@pytest.mark.parametrize("n_components", [None, 3, 0.8])
def test_a_weight_counts_repetitions(dtype, shape, n_components):
    X = sample(*shape, dtype)
    weights = np.random.default_rng(1).integers(0, 4, shape[0])
    weights[:2] = [3, 0]
    weighted = PCA(n_components).fit(X, sample_weight=weights)
    repeated = PCA(n_components).fit(X.repeat(weights, axis=0))
    assert_same(weighted, repeated, slack=2e3)
    assert isinstance(weighted.n_samples_, int)
    np.testing.assert_allclose(weighted.transform(X), repeated.transform(X), atol=2e4 * np.finfo(dtype).eps)


def test_weights_in_portions():
    X = sample()
    w = np.random.default_rng(2).uniform(0, 2, 90)
    parts = PCA().partial_fit(X[:30], sample_weight=w[:30]).partial_fit(X[30:], sample_weight=w[30:])
    whole = PCA().fit(X, sample_weight=w)
    assert_same(parts, whole)
    assert whole.n_samples_ == pytest.approx(w.sum())


def test_fit_transform_with_weights():
    X = sample()
    w = np.arange(90.0)
    np.testing.assert_array_equal(PCA(2).fit_transform(X, sample_weight=w), PCA(2).fit(X, sample_weight=w).transform(X))


def test_a_number_as_weight():
    X = sample()
    assert_same(PCA().fit(X, sample_weight=2), PCA().fit(np.vstack([X, X])))


def test_weights_of_too_little():
    with pytest.raises(ValueError, match=r"sample weights sum to 0\.9"):
        PCA().fit(sample(), sample_weight=0.01)
    with pytest.raises(ValueError, match=r"sample_weight.shape == \(3,\)"):
        PCA().fit(sample(), sample_weight=[1, 2, 3])
    with pytest.raises(ValueError, match="must not be negative"):
        PCA().fit(sample(), sample_weight=-1.0)


def test_one_sample_that_counts():
    X = sample()
    w = np.zeros(90)
    w[4] = 5
    pca = PCA(2).fit(X, sample_weight=w)
    np.testing.assert_array_equal(pca.explained_variance_, 0)
    np.testing.assert_allclose(pca.mean_, X[4], rtol=1e-15)


@pytest.mark.parametrize("solver", ["auto", "full", "covariance_eigh", "power", "randomized"])
def test_more_components_than_rows_by_weights(solver):
    X = np.random.default_rng(0).normal(size=(5, 12))
    weighted = PCA(8, svd_solver=solver).fit(X, sample_weight=np.full(5, 2))
    repeated = PCA(8, svd_solver="full").fit(X.repeat(2, axis=0))
    np.testing.assert_allclose(weighted.singular_values_, repeated.singular_values_, atol=1e-12)
    np.testing.assert_allclose(weighted.components_ @ weighted.components_.T, np.eye(8), atol=1e-13)
    np.testing.assert_allclose(weighted.transform(X), repeated.transform(X), atol=1e-12)
