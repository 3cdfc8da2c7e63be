"""PCA beside scikit-learn's, and inside its pipelines."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

from mlcore.decomposition import PCA

sklearn = pytest.importorskip("sklearn")

from sklearn import decomposition, set_config  # noqa: E402
from sklearn.datasets import load_digits, load_iris  # noqa: E402
from sklearn.linear_model import LogisticRegression  # noqa: E402
from sklearn.model_selection import GridSearchCV, cross_val_score  # noqa: E402
from sklearn.pipeline import FeatureUnion, make_pipeline  # noqa: E402
from sklearn.preprocessing import StandardScaler  # noqa: E402
from sklearn.utils import estimator_checks  # noqa: E402

FLOATS = [np.float32, np.float64]
FOREIGN = "ignore:Estimator PCA does not inherit from:UserWarning"


def data(n, d, dtype, seed=0):
    rng = np.random.default_rng(seed)
    Q = np.linalg.qr(rng.normal(size=(d, d)))[0]
    return (rng.normal(size=(n, d)) * np.linspace(3, 1, d) @ Q + 2).astype(dtype)


# ---------------------------------------------------------------- the same results


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("shape", [(50, 5), (5, 50), (20, 20), (200, 3), (2, 7), (7, 2), (3, 1), (120, 60)])
@pytest.mark.parametrize("n_components", [None, 1, 2, 0.5, 0.99])
@pytest.mark.parametrize("whiten", [False, True])
def test_same_results(dtype, shape, n_components, whiten):
    if n_components == 2 and min(shape) < 2:
        n_components = 1
    X, fresh = data(*shape, dtype), data(30, shape[1], dtype, seed=1)
    ours = PCA(n_components, whiten=whiten).fit(X)
    # Their answer in double precision, so that only our error is seen.
    theirs = decomposition.PCA(n_components, whiten=whiten, svd_solver="full").fit(X.astype(np.float64))
    tol = 1e4 * np.finfo(dtype).eps
    assert ours.n_components_ == theirs.n_components_
    assert ours.n_samples_ == theirs.n_samples_
    # The last of min(n, d) components has no variance if n <= d: any direction will do.
    k = min(ours.n_components_, shape[0] - 1)
    for name in ("explained_variance_", "explained_variance_ratio_", "singular_values_", "components_"):
        np.testing.assert_allclose(getattr(ours, name)[:k], getattr(theirs, name)[:k], atol=tol, err_msg=name)
    np.testing.assert_allclose(ours.mean_, theirs.mean_, atol=tol)
    np.testing.assert_allclose(ours.noise_variance_, theirs.noise_variance_, atol=tol)
    np.testing.assert_allclose(ours.transform(fresh)[:, :k], theirs.transform(fresh)[:, :k], atol=10 * tol)
    np.testing.assert_allclose(
        ours.inverse_transform(ours.transform(X)), theirs.inverse_transform(theirs.transform(X)), atol=10 * tol
    )
    # Their covariance of whitened data is that of something else; and both need some noise to invert it.
    if not whiten and ours.noise_variance_ > 1e-3:
        np.testing.assert_allclose(ours.get_covariance(), theirs.get_covariance(), atol=tol)
        np.testing.assert_allclose(ours.get_precision(), theirs.get_precision(), atol=10 * tol)
        np.testing.assert_allclose(ours.score_samples(fresh), theirs.score_samples(fresh), rtol=10 * tol)
        np.testing.assert_allclose(ours.score(X), theirs.score(X), rtol=10 * tol)


@pytest.mark.parametrize("load", [load_iris, load_digits])
@pytest.mark.parametrize("n_components", [None, 2, 0.9, "mle"])
def test_same_results_on_real_data(load, n_components):
    X = load().data
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # theirs: the logarithm of 0 in Minka's estimate
        theirs = decomposition.PCA(n_components, svd_solver="full").fit(X)
    ours = PCA(n_components).fit(X)
    if load is load_digits and n_components == "mle":
        # Pixels that are always 0 make their estimate depend on rounding; ours counts the others.
        assert 1 <= ours.n_components_ <= 61
        return
    assert ours.n_components_ == theirs.n_components_
    live = theirs.explained_variance_ > 1e-20
    np.testing.assert_allclose(ours.explained_variance_[live], theirs.explained_variance_[live], rtol=1e-9)
    np.testing.assert_allclose(ours.components_[live], theirs.components_[live], atol=1e-9)
    np.testing.assert_allclose(ours.transform(X)[:, live], theirs.transform(X)[:, live], atol=1e-8)


@pytest.mark.parametrize("seed", range(10))
def test_same_dimension_as_minkas(seed):
    rng = np.random.default_rng(seed)
    n, d = int(rng.integers(20, 200)), int(rng.integers(2, 12))
    X = rng.normal(size=(n, d)) * np.exp(rng.normal(size=d))
    assert PCA("mle").fit(X).n_components_ == decomposition.PCA("mle").fit(X).n_components_


def test_same_parameters():
    ours, theirs = PCA().get_params(), decomposition.PCA().get_params()
    assert ours == theirs


# ---------------------------------------------------------------- their own checks


@pytest.mark.filterwarnings(FOREIGN)
@pytest.mark.parametrize(
    "estimator",
    [PCA(), PCA(2, whiten=True), PCA(1, svd_solver="power"), PCA(0.9), PCA(svd_solver="covariance_eigh")],
    ids=repr,
)
def test_check_estimator(estimator):
    with warnings.catch_warnings():
        # One check fits repeated rows: the covariance matrix alone cannot see their rank, and says so.
        if estimator.svd_solver == "covariance_eigh":
            warnings.filterwarnings("ignore", "18 of the 27 components")
        results = estimator_checks.check_estimator(estimator, on_skip=None)
    assert len(results) > 45
    # Skipped unless the environment variable SCIPY_ARRAY_API is set; nothing else is.
    assert {r["check_name"] for r in results if r["status"] != "passed"} <= {"check_array_api_input"}


@pytest.mark.filterwarnings("ignore:X (does not have valid|has) feature names:UserWarning")
@pytest.mark.parametrize(
    "check",
    [
        estimator_checks.check_dataframe_column_names_consistency,
        estimator_checks.check_transformer_get_feature_names_out,
        estimator_checks.check_transformer_get_feature_names_out_pandas,
        estimator_checks.check_set_output_transform,
        estimator_checks.check_set_output_transform_pandas,
        estimator_checks.check_set_output_transform_polars,
        estimator_checks.check_global_output_transform_pandas,
        estimator_checks.check_global_set_output_transform_polars,
        estimator_checks.check_get_feature_names_out_error,
        estimator_checks.check_inplace_ensure_writeable,
    ],
    ids=lambda check: check.__name__,
)
@pytest.mark.parametrize("whiten", [False, True])
def test_the_checks_of_their_own_estimators(check, whiten):
    check("PCA", PCA(2, whiten=whiten))


# ---------------------------------------------------------------- in their company


def test_pipeline_and_grid_search():
    X, y = load_iris(return_X_y=True)
    pipe = make_pipeline(StandardScaler(), PCA(), LogisticRegression())
    grid = {"pca__n_components": [1, 2, 3], "pca__whiten": [False, True]}
    ours = GridSearchCV(pipe, grid, cv=3).fit(X, y)
    pipe.steps[1] = ("pca", decomposition.PCA(svd_solver="full"))
    theirs = GridSearchCV(pipe, grid, cv=3).fit(X, y)
    np.testing.assert_allclose(ours.cv_results_["mean_test_score"], theirs.cv_results_["mean_test_score"])
    assert ours.best_params_ == theirs.best_params_


def test_choosing_the_dimension_by_likelihood():
    X = data(200, 6, np.float64)
    for k in (1, 3, 6):
        np.testing.assert_allclose(
            cross_val_score(PCA(k), X), cross_val_score(decomposition.PCA(k, svd_solver="full"), X), rtol=1e-10
        )


@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_pipeline_of_data_frames(library):
    frames = pytest.importorskip(library)
    X, y = load_iris(return_X_y=True)
    frame = frames.DataFrame(X, columns=list("abcd")) if library == "pandas" else frames.DataFrame(X, schema=list("abcd"))
    pipe = make_pipeline(StandardScaler(), PCA(2)).set_output(transform=library)
    out = pipe.fit_transform(frame)
    assert isinstance(out, frames.DataFrame)
    assert list(out.columns) == ["pca0", "pca1"]
    assert list(pipe.get_feature_names_out()) == ["pca0", "pca1"]
    union = FeatureUnion([("a", PCA(1)), ("b", PCA(2))]).set_output(transform=library)
    assert list(union.fit_transform(frame).columns) == ["a__pca0", "b__pca0", "b__pca1"]
    assert make_pipeline(PCA(2), LogisticRegression()).fit(frame, y).score(frame, y) > 0.9


def test_sample_weight_is_routed():
    X = data(40, 3, np.float64)
    w = np.arange(40.0)
    set_config(enable_metadata_routing=True)
    try:
        pipe = make_pipeline(PCA(2).set_fit_request(sample_weight=True))
        pipe.fit(X, sample_weight=w)
    finally:
        set_config(enable_metadata_routing=False)
    np.testing.assert_array_equal(pipe[0].components_, PCA(2).fit(X, sample_weight=w).components_)


def test_html_of_a_pipeline():
    pipe = make_pipeline(StandardScaler(), PCA(2)).fit(data(20, 3, np.float64))
    assert "PCA" in sklearn.utils.estimator_html_repr(pipe)
