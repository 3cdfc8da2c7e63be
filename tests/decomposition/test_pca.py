"""PCA: what it learns, how it is used, and what it refuses."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

import mlcore
from mlcore.decomposition import PCA
from mlcore.exceptions import AccuracyWarning, ConvergenceError, InvalidParameterError, NotFittedError

FLOATS = [np.float32, np.float64]


def sample(n=60, d=6, dtype=np.float64, seed=0):
    """Rows with a decaying spectrum, turned, and away from the origin."""
    rng = np.random.default_rng(seed)
    Q = np.linalg.qr(rng.normal(size=(d, d)))[0]
    return (rng.normal(size=(n, d)) * 0.7 ** np.arange(d) @ Q + rng.normal(size=d)).astype(dtype)


# ---------------------------------------------------------------- the definition


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("solver", ["auto", "full", "covariance_eigh", "power", "randomized"])
@pytest.mark.parametrize("shape", [(60, 6), (6, 60), (7, 7), (2, 1), (2, 5), (500, 2)])
def test_components_are_eigenvectors_of_the_covariance(dtype, solver, shape):
    X = sample(*shape, dtype)
    k = max(1, min(shape) - 1)
    pca = PCA(k, svd_solver=solver).fit(X)
    V = pca.components_.astype(np.float64)
    C = np.cov(X.astype(np.float64), rowvar=False).reshape(shape[1], shape[1])
    eps = np.finfo(dtype).eps
    assert pca.components_.dtype == dtype
    assert np.abs(V @ V.T - np.eye(k)).max() <= 20 * eps
    residual = C @ V.T - V.T * pca.explained_variance_.astype(np.float64)
    limit = 20 * eps if solver != "power" else (2e-6 if dtype == np.float64 else 2e-4)
    assert np.abs(residual).max() <= limit * pca.explained_variance_[0]
    assert (np.diff(pca.explained_variance_) <= 0).all()


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("shape", [(60, 6), (6, 60)])
def test_attributes_agree_with_each_other(dtype, shape):
    X = sample(*shape, dtype)
    pca = PCA(4).fit(X)
    n, d = shape
    tight = {"rtol": 20 * np.finfo(dtype).eps}
    total = X.astype(np.float64).var(axis=0, ddof=1).sum()
    np.testing.assert_allclose(pca.mean_, X.astype(np.float64).mean(axis=0), atol=4 * np.finfo(dtype).eps)
    np.testing.assert_allclose(pca.singular_values_, np.sqrt(pca.explained_variance_ * (n - 1)), **tight)
    np.testing.assert_allclose(pca.explained_variance_ratio_, pca.explained_variance_ / total, **tight)
    rest = total - pca.explained_variance_.astype(np.float64).sum()
    np.testing.assert_allclose(pca.noise_variance_, rest / (min(n, d) - 4), rtol=1e4 * np.finfo(dtype).eps)
    assert pca.n_samples_ == n
    assert isinstance(pca.n_samples_, int)
    assert pca.n_components_ == 4
    for name in ("components_", "explained_variance_", "explained_variance_ratio_", "singular_values_", "mean_"):
        assert getattr(pca, name).dtype == dtype
    assert pca.components_.flags.c_contiguous


@pytest.mark.parametrize("shape", [(60, 6), (6, 60)])
def test_the_largest_entry_of_each_component_is_positive(shape):
    V = PCA(4).fit(sample(*shape)).components_
    assert (V[np.arange(4), np.abs(V).argmax(axis=1)] > 0).all()


# ---------------------------------------------------------------- projecting and back


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("whiten", [False, True])
@pytest.mark.parametrize("shape", [(60, 6), (6, 60)])
def test_transform_and_back(dtype, whiten, shape):
    X = sample(*shape, dtype)
    pca = PCA(whiten=whiten)
    T = pca.fit_transform(X)
    assert T.dtype == dtype
    eps = np.finfo(dtype).eps
    np.testing.assert_allclose(pca.transform(X), T)
    np.testing.assert_allclose(pca.inverse_transform(T), X, atol=100 * eps)
    live = min(shape[0] - 1, shape[1])
    wanted = np.ones(live) if whiten else pca.explained_variance_[:live]
    np.testing.assert_allclose(T[:, :live].var(axis=0, ddof=1), wanted, rtol=1e3 * eps)
    cov = np.cov(T[:, :live].astype(np.float64), rowvar=False)
    assert np.abs(cov - np.diag(np.diag(cov))).max() <= 1e3 * eps * cov.max()


@pytest.mark.parametrize("k", [0, 1, 3])
def test_fewer_components(k):
    X = sample()
    pca = PCA(k).fit(X)
    T = pca.transform(X)
    assert T.shape == (60, k)
    expected = (X - X.mean(axis=0)) @ pca.components_.T
    np.testing.assert_allclose(T, expected, atol=1e-13)
    np.testing.assert_allclose(pca.inverse_transform(T), X.mean(axis=0) + expected @ pca.components_, atol=1e-13)


def test_mixed_types():
    X = sample()
    single, double = PCA(3).fit(X.astype(np.float32)), PCA(3).fit(X)
    assert single.transform(X).dtype == np.float64
    assert double.transform(X.astype(np.float32)).dtype == np.float64
    assert single.inverse_transform(np.zeros((1, 3), np.float32)).dtype == np.float32
    assert PCA().fit(np.arange(12).reshape(4, 3) % 5).components_.dtype == np.float64


@pytest.mark.parametrize("d", [1, 6, 40])
def test_blocks_of_rows_are_joined(d, monkeypatch):
    X = sample(45, d) + 1e6
    pca = PCA(1).fit(X)
    whole, scores = pca.transform(X), pca.score_samples(X)
    for block in (1, 7 * d, 8 * d - 1, 45 * d, 46 * d):
        monkeypatch.setattr("mlcore.decomposition._project._BLOCK", block)
        np.testing.assert_allclose(pca.transform(X), whole, atol=1e-12)
        np.testing.assert_allclose(pca.score_samples(X), scores, rtol=1e-12)


# ---------------------------------------------------------------- how many components


def test_a_fraction_of_the_variance():
    X = sample()
    ratio = np.cumsum(PCA().fit(X).explained_variance_ratio_)
    for j in range(5):
        assert PCA(float(ratio[j] - 1e-9)).fit(X).n_components_ == j + 1
        assert PCA(float(ratio[j] + 1e-9)).fit(X).n_components_ == j + 2
    assert PCA(1 - 1e-16).fit(X).n_components_ == 6


def test_minka_finds_the_dimension_of_a_signal():
    rng = np.random.default_rng(1)
    X = rng.normal(size=(400, 10))
    X[:, :4] *= [9.0, 7.0, 6.0, 5.0]
    assert PCA("mle").fit(X).n_components_ == 4
    assert PCA("mle").fit(1e-7 * X).n_components_ == 4


@pytest.mark.parametrize(("shape", "k"), [((10, 4), 5), ((4, 10), 5), ((3, 3), 4)])
def test_too_many_components(shape, k):
    with pytest.raises(ValueError, match=rf"n_components={k} must be between 0 and min\(n_samples, n_features\)="):
        PCA(k).fit(sample(*shape))


def test_minka_needs_samples():
    with pytest.raises(ValueError, match="only supported if n_samples >= n_features, got 4 samples of 10 features"):
        PCA("mle").fit(sample(4, 10))


@pytest.mark.parametrize("k", [0.5, "mle"])
@pytest.mark.parametrize("solver", ["power", "randomized"])
def test_leading_components_need_a_number(k, solver):
    with pytest.raises(ValueError, match=f"svd_solver='{solver}'"):
        PCA(k, svd_solver=solver).fit(sample())


@pytest.mark.parametrize(
    "bad",
    [
        {"n_components": -1},
        {"n_components": 1.0},
        {"n_components": "most"},
        {"svd_solver": "arpack"},
        {"tol": -1.0},
        {"iterated_power": 0},
        {"n_oversamples": 0},
        {"power_iteration_normalizer": "LU"},
        {"whiten": "yes"},
    ],
)
@pytest.mark.parametrize("method", ["fit", "fit_transform", "partial_fit"])
def test_wrong_parameters(bad, method):
    with pytest.raises(InvalidParameterError, match=f"The '{next(iter(bad))}' parameter of PCA must be"):
        getattr(PCA(**bad), method)(sample())


# ---------------------------------------------------------------- probabilistic PCA


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("k", [0, 2, 5, 6])
def test_the_model_is_a_gaussian(dtype, k):
    stats = pytest.importorskip("scipy.stats")
    X = sample(dtype=dtype)
    pca = PCA(k).fit(X)
    C, P = pca.get_covariance(), pca.get_precision()
    tol = 1e4 * np.finfo(dtype).eps
    assert C.dtype == P.dtype == dtype
    np.testing.assert_allclose(C @ P, np.eye(6), atol=tol)
    np.testing.assert_allclose(C, C.T, atol=tol)
    if k == 6:
        np.testing.assert_allclose(C, np.cov(X, rowvar=False), atol=tol)
    gaussian = stats.multivariate_normal(pca.mean_.astype(np.float64), C.astype(np.float64))
    np.testing.assert_allclose(pca.score_samples(X), gaussian.logpdf(X.astype(np.float64)), rtol=tol)
    np.testing.assert_allclose(pca.score(X), gaussian.logpdf(X.astype(np.float64)).mean(), rtol=tol)


def test_whitening_does_not_change_the_model():
    X = sample()
    plain, white = PCA(3).fit(X), PCA(3, whiten=True).fit(X)
    np.testing.assert_array_equal(plain.get_covariance(), white.get_covariance())
    assert plain.score(X) == white.score(X)


def test_a_singular_model():
    X = sample()
    X[:, 2] = 5.0
    pca = PCA().fit(X)
    with pytest.raises(np.linalg.LinAlgError, match="singular"):
        pca.get_precision()
    # The density has no value; the stand-in falls steeply away from the plane that the data lies in.
    near, far = X[:1].copy(), X[:1].copy()
    far[0, 2] += 1e-3
    assert pca.score_samples(near)[0] > pca.score_samples(far)[0] + 1e6
    with pytest.raises(np.linalg.LinAlgError, match="singular"):
        PCA().fit(np.ones((5, 3))).score(np.ones((5, 3)))


# ---------------------------------------------------------------- data without variance


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("value", [0.0, 1.0, 0.1, 1e6 + 0.1])
@pytest.mark.parametrize("solver", ["auto", "full", "covariance_eigh"])
def test_constant_columns(dtype, value, solver):
    X = np.full((50, 5), value, dtype)
    X[:, [1, 3]] = sample(50, 2, dtype)
    pca = PCA(svd_solver=solver).fit(X)
    V = pca.components_.astype(np.float64)
    np.testing.assert_allclose(V @ V.T, np.eye(5), atol=20 * np.finfo(dtype).eps)
    np.testing.assert_allclose(V[:2][:, [0, 2, 4]], 0, atol=20 * np.finfo(dtype).eps)
    np.testing.assert_array_equal(pca.explained_variance_[2:], 0)
    np.testing.assert_allclose(pca.explained_variance_ratio_.sum(), 1, rtol=1e-6)


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("shape", [(5, 3), (3, 5), (2, 2)])
@pytest.mark.parametrize("value", [0.0, 0.1, -3e5])
def test_all_samples_equal(dtype, shape, value):
    X = np.full(shape, value, dtype)
    for whiten in (False, True):
        pca = PCA(whiten=whiten).fit(X)
        k = min(shape)
        np.testing.assert_array_equal(pca.explained_variance_, np.zeros(k))
        np.testing.assert_array_equal(pca.explained_variance_ratio_, np.zeros(k))
        assert pca.noise_variance_ == 0
        np.testing.assert_allclose(pca.components_ @ pca.components_.T, np.eye(k), atol=1e-6)
        assert np.isfinite(pca.transform(X)).all()


@pytest.mark.parametrize("solver", ["auto", "full", "covariance_eigh", "power", "randomized"])
def test_fewer_samples_than_components_of_variance(solver):
    X = sample(4, 9)
    pca = PCA(4, svd_solver=solver).fit(X)
    assert pca.explained_variance_[3] == 0
    assert pca.explained_variance_[2] > 0
    np.testing.assert_allclose(pca.components_ @ pca.components_.T, np.eye(4), atol=1e-14)
    np.testing.assert_allclose(pca.transform(X)[:, 3], 0, atol=1e-13)


def test_collinear_columns_are_no_loss_for_auto():
    X = sample(80, 4)
    X = np.column_stack([X, X[:, 0] + X[:, 1], X[:, 2] - X[:, 3]])
    pca = PCA().fit(X)
    np.testing.assert_array_equal(pca.explained_variance_[4:], 0)
    np.testing.assert_allclose(pca.components_ @ pca.components_.T, np.eye(6), atol=1e-14)
    with pytest.warns(AccuracyWarning, match="2 of the 6 components asked for were lost"):
        PCA(svd_solver="covariance_eigh").fit(X)
    PCA(4, svd_solver="covariance_eigh").fit(X)


# ---------------------------------------------------------------- what is refused


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("shape", [(50, 4), (4, 50), (2, 1)])
@pytest.mark.parametrize("method", ["fit", "fit_transform", "partial_fit"])
def test_nan_and_infinity_are_found_while_learning(value, dtype, shape, method):
    X = sample(*shape, dtype)
    X[1, shape[1] - 1] = value
    with pytest.raises(ValueError, match=rf"Input X contains .*X\[1, {shape[1] - 1}\]"):
        getattr(PCA(), method)(X)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("shift", [0.0, 1e6])
@pytest.mark.parametrize("k", [0, 2, 4])
@pytest.mark.parametrize("method", ["transform", "score_samples", "score"])
def test_nan_and_infinity_are_found_while_using(value, shift, k, method):
    X = sample(50, 4) + shift
    pca = PCA(k).fit(X)
    X[49, 0] = value
    with pytest.raises(ValueError, match=r"Input X contains .*X\[49, 0\]"):
        getattr(pca, method)(X)


def test_bad_data():
    with pytest.raises(ValueError, match=r"1 sample\(s\).* a minimum of 2 is required"):
        PCA().fit([[1.0, 2.0]])
    with pytest.raises(ValueError, match=r"0 feature\(s\)"):
        PCA().fit(np.ones((3, 0)))
    with pytest.raises(ValueError, match="Reshape your data"):
        PCA().fit([1.0, 2.0])
    with pytest.raises(TypeError, match="Complex data not supported"):
        PCA().fit(np.ones((3, 2), complex))
    with pytest.raises(ValueError, match="X has 2 columns, but this PCA has 3 components"):
        PCA(3).fit(sample()).inverse_transform(np.ones((1, 2)))


@pytest.mark.parametrize(
    "use",
    [
        lambda p: p.transform(sample()),
        lambda p: p.inverse_transform(sample()),
        lambda p: p.score(sample()),
        lambda p: p.get_covariance(),
        lambda p: p.get_precision(),
        lambda p: p.get_feature_names_out(),
        lambda p: p.merge(PCA().fit(sample())),
    ],
)
def test_unfitted(use):
    with pytest.raises(NotFittedError):
        use(PCA())


# ---------------------------------------------------------------- layouts, copies, threads


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("shape", [(40, 7), (7, 40)])
@pytest.mark.parametrize(
    "view",
    [
        np.asfortranarray,
        lambda A: np.repeat(np.repeat(A, 2, axis=0), 3, axis=1)[::2, ::3],
        lambda A: A[::-1, ::-1].copy()[::-1, ::-1],
        lambda A: np.pad(A, 1)[1:-1, 1:-1],
        lambda A: np.frombuffer(b"x" + A.tobytes(), A.dtype, offset=1).reshape(A.shape),
    ],
    ids=["F", "sliced", "negative", "offset", "unaligned"],
)
def test_any_layout(dtype, shape, view):
    X = sample(*shape, dtype)
    A = view(X.copy())
    A.flags.writeable = False
    np.testing.assert_array_equal(A, X)
    ours, plain = PCA(3), PCA(3)
    tol = 1e3 * np.finfo(dtype).eps
    np.testing.assert_allclose(ours.fit_transform(A), plain.fit_transform(X), atol=tol)
    np.testing.assert_allclose(ours.score_samples(A), plain.score_samples(X), rtol=tol)
    np.testing.assert_array_equal(A, X)


@pytest.mark.parametrize("copy", [True, False])
def test_the_data_is_never_written(copy):
    X = sample()
    before = X.copy()
    pca = PCA(2, copy=copy)
    pca.fit(X, sample_weight=np.ones(60))
    pca.fit_transform(X)
    pca.score(X)
    pca.partial_fit(X)
    np.testing.assert_array_equal(X, before)


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("shape", [(4000, 30), (300, 450), (500, 420)])
@pytest.mark.parametrize("solver", ["full", "covariance_eigh", "power", "randomized"])
def test_equal_bits_on_any_number_of_threads(dtype, shape, solver):
    X = sample(*shape, dtype)

    def run(threads):
        with mlcore.num_threads(threads):
            pca = PCA(5, svd_solver=solver)
            T = pca.fit_transform(X)
            return pca.components_, pca.explained_variance_, T, pca.score_samples(X)

    one = run(1)
    for threads in (2, 3, 8):
        for a, b in zip(one, run(threads), strict=True):
            np.testing.assert_array_equal(a, b)


def test_pickle():
    X = sample()
    pca = PCA(3, whiten=True).fit(X)
    back = pickle.loads(pickle.dumps(pca))
    np.testing.assert_array_equal(back.transform(X), pca.transform(X))
    np.testing.assert_array_equal(back.partial_fit(X).components_, pca.partial_fit(X).components_)


def test_the_start_of_the_power_method():
    X = sample(80, 20)
    first, second = (PCA(3, svd_solver="power").fit(X).components_ for _ in range(2))
    np.testing.assert_array_equal(first, second)
    for seed in (1, np.random.default_rng(1), np.random.RandomState(1)):
        other = PCA(3, svd_solver="power", random_state=seed, tol=1e-10).fit(X).components_
        np.testing.assert_allclose(other, first, atol=1e-4)


def test_a_power_method_that_may_not_iterate():
    X = np.random.default_rng(0).normal(size=(600, 450))
    with pytest.raises(ConvergenceError):
        PCA(10, svd_solver="power", iterated_power=1).fit(X)
    # auto has another way.
    capped, exact = PCA(10, iterated_power=1).fit(X), PCA(10, svd_solver="covariance_eigh").fit(X)
    np.testing.assert_array_equal(capped.components_, exact.components_)


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("shape", [(900, 420), (420, 900)])
def test_a_sketch_of_the_leading_components(dtype, shape):
    rng = np.random.default_rng(0)
    X = (rng.normal(size=shape) * 0.9 ** np.arange(shape[1]) + 3).astype(dtype)
    sketched, full = PCA(5, svd_solver="randomized").fit(X), PCA(5, svd_solver="full").fit(X)
    rtol = 1e-9 if dtype == np.float64 else 50 * np.finfo(dtype).eps
    np.testing.assert_allclose(sketched.explained_variance_, full.explained_variance_, rtol=rtol)
    np.testing.assert_allclose(sketched.components_, full.components_, atol=100 * rtol**0.5)
    np.testing.assert_allclose(sketched.noise_variance_, full.noise_variance_, rtol=1e4 * np.finfo(dtype).eps)
    rough = PCA(5, svd_solver="randomized", iterated_power=1, n_oversamples=1).fit(X)
    assert abs(rough.explained_variance_ / full.explained_variance_ - 1).max() > 10 * rtol


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("shape", [(900, 420), (420, 900)])
@pytest.mark.parametrize("decay", [1.0, 0.9])
def test_the_leading_components_of_many(dtype, shape, decay):
    """Large enough for the block iteration, with and without gaps in the spectrum."""
    rng = np.random.default_rng(0)
    X = (rng.normal(size=shape) * decay ** np.arange(shape[1])).astype(dtype)
    few, full = PCA(5).fit(X), PCA(5, svd_solver="covariance_eigh").fit(X)
    # The residual is 1e-6 (2e-5) of the largest eigenvalue; the error of an eigenvalue is its square over the gap.
    rtol = 1e-10 if dtype == np.float64 else 50 * np.finfo(dtype).eps
    np.testing.assert_allclose(few.explained_variance_, full.explained_variance_, rtol=rtol)
    np.testing.assert_allclose(few.components_ @ few.components_.T, np.eye(5), atol=20 * np.finfo(dtype).eps)
    total = X.astype(np.float64).var(axis=0, ddof=1).sum()
    rest = total - few.explained_variance_.astype(np.float64).sum()
    np.testing.assert_allclose(few.noise_variance_, rest / (420 - 5), rtol=1e4 * np.finfo(dtype).eps)
