"""The contract of estimators, shown on two small ones, with and without scikit-learn in the process."""

from __future__ import annotations

import copy
import inspect
import pickle
import subprocess
import sys
import textwrap
from dataclasses import KW_ONLY
from typing import Annotated, Any, Literal

import numpy as np
import pytest

import mlcore
from mlcore._interop import twin
from mlcore._parameters import Interval, Seed
from mlcore._validation import check_sample_weight
from mlcore.base import Classifier, Clusterer, Estimator, Regressor, Transformer
from mlcore.exceptions import (
    InvalidParameterError,
    NotFittedError,
    VersionWarning,
)


class Centre(Transformer):
    """Subtract the mean."""

    count: Annotated[int, Interval(0)] | Annotated[float, Interval(0, 1, "neither")] | None = None
    _: KW_ONLY
    scale: Annotated[float, Interval(0, closed="left")] = 1.0
    mode: Literal["mean", "none"] = "mean"
    copy: bool = True
    inner: Any = None
    random_state: Seed = None

    def fit(self, X, y=None, sample_weight=None):
        self._check_parameters()
        X = self._check_X(X, reset=True)
        weights = check_sample_weight(sample_weight, X.shape[0], X.dtype)
        self.mean_ = np.average(X, axis=0, weights=weights).astype(X.dtype)
        return self

    def transform(self, X):
        self._check_is_fitted()
        return self._check_X(X) - self.mean_

    def fit_transform(self, X, y=None, sample_weight=None):
        return self.fit(X, y, sample_weight).transform(X)


class Mean(Regressor):
    """Predict the mean of the targets."""

    def fit(self, X, y):
        self._check_X(X, reset=True)
        self.mean_ = float(np.mean(y))
        return self

    def predict(self, X):
        self._check_is_fitted()
        return np.full(self._check_X(X).shape[0], self.mean_)


@pytest.fixture
def X():
    return np.random.default_rng(0).normal(size=(20, 3))


def python(program: str) -> str:
    """Run a program in a fresh interpreter and return what it prints."""
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program)], capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


# ---------------------------------------------------------------- hyper-parameters


def test_the_constructor_comes_from_the_fields():
    signature = inspect.signature(Centre)
    assert list(signature.parameters) == ["count", "scale", "mode", "copy", "inner", "random_state"]
    assert signature.parameters["count"].kind is inspect.Parameter.POSITIONAL_OR_KEYWORD
    assert signature.parameters["scale"].kind is inspect.Parameter.KEYWORD_ONLY
    assert Centre(3).count == 3
    with pytest.raises(TypeError):
        Centre(3, 2.0)


def test_repr_shows_what_differs_from_the_default():
    assert repr(Centre()) == "Centre()"
    assert repr(Centre(3, scale=2.0, mode="none")) == "Centre(count=3, scale=2.0, mode='none')"


def test_params_go_in_and_out_nested():
    est = Centre(2, inner=Centre(5))
    params = est.get_params()
    assert params["count"] == 2
    assert params["inner__count"] == 5
    assert "inner__count" not in est.get_params(deep=False)
    assert est.set_params(count=3, inner__count=7) is est
    assert (est.count, est.inner.count) == (3, 7)
    assert est.set_params() is est


def test_an_unknown_name_sets_nothing():
    est = Centre()
    with pytest.raises(ValueError, match=r"Invalid parameter 'typo' for estimator Centre\(\)\. Valid parameters are"):
        est.set_params(scale=3.0, typo=1)
    assert est.scale == 1.0


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        ({"count": -1}, r"an int in the range \[0, inf\), a float in the range \(0, 1\) or None\. Got -1 instead"),
        ({"count": 1.0}, r"Got 1\.0 instead"),
        ({"count": True}, "Got True instead"),
        ({"count": "3"}, "Got '3' instead"),
        ({"count": np.nan}, "Got nan instead"),
        ({"scale": -0.5}, r"a float in the range \[0, inf\)"),
        ({"scale": np.inf}, "Got inf instead"),
        ({"scale": None}, "Got None instead"),
        ({"mode": "median"}, r"one of \{'mean', 'none'\}"),
        ({"mode": 1}, "Got 1 instead"),
        ({"copy": 1}, "True or False"),
        ({"random_state": "0"}, "an int, a numpy Generator, a numpy RandomState or None"),
    ],
)
def test_a_wrong_parameter_is_refused_in_fit_and_not_before(bad, words, X):
    est = Centre(**bad)
    with pytest.raises(InvalidParameterError, match=words) as info:
        est.fit(X)
    name = next(iter(bad))
    assert str(info.value).startswith(f"The '{name}' parameter of Centre must be ")
    assert isinstance(info.value, ValueError)
    assert isinstance(info.value, TypeError)


@pytest.mark.parametrize(
    "good",
    [
        {"count": 0},
        {"count": np.int32(3)},
        {"count": 0.5},
        {"count": np.float32(0.5)},
        {"scale": 0},
        {"scale": np.float64(2)},
        {"copy": np.True_},
        {"random_state": 3},
        {"random_state": np.random.default_rng(0)},
        {"random_state": np.random.RandomState(0)},
        {"inner": object()},
    ],
)
def test_right_parameters_are_taken(good, X):
    Centre(**good).fit(X)


def test_interval_ends():
    assert 0 in Interval(0, 1)
    assert 1 not in Interval(0, 1, "left")
    assert 0 not in Interval(0, 1, "right")
    assert np.inf not in Interval(0)
    assert np.nan not in Interval()
    assert str(Interval(0, 1, "right")) == "(0, 1]"


# ---------------------------------------------------------------- fitted or not


def test_unfitted(X):
    with pytest.raises(NotFittedError, match="This Centre instance is not fitted yet"):
        Centre().transform(X)
    with pytest.raises(AttributeError):
        Centre().get_feature_names_out()


def test_a_fit_that_fails_does_not_count(X):
    est = Centre()
    with pytest.raises(ValueError, match="sample_weight"):
        est.fit(X, sample_weight=[1, 2])
    assert not est.__sklearn_is_fitted__()


def test_our_exceptions_are_scikit_learns_too(X):
    sklearn = pytest.importorskip("sklearn.exceptions")
    with pytest.raises(sklearn.NotFittedError) as info:
        Centre().transform(X)
    assert isinstance(info.value, NotFittedError)
    back = pickle.loads(pickle.dumps(info.value))
    assert type(back) is NotFittedError
    assert str(back) == str(info.value)
    assert twin(NotFittedError) is twin(NotFittedError)
    assert twin(InvalidParameterError) is InvalidParameterError  # scikit-learn has it elsewhere


# ---------------------------------------------------------------- columns


def test_the_number_of_columns_is_compared(X):
    est = Centre().fit(X)
    assert est.n_features_in_ == 3
    with pytest.raises(ValueError, match="X has 2 features, but Centre is expecting 3 features as input"):
        est.transform(X[:, :2])


@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_feature_names(library, X):
    frames = pytest.importorskip(library)

    def frame(names):
        return frames.DataFrame({name: X[:, j] for j, name in enumerate(names)})

    est = Centre().fit(frame("abc"))
    assert est.feature_names_in_.dtype == object
    assert list(est.feature_names_in_) == ["a", "b", "c"]
    np.testing.assert_allclose(est.transform(frame("abc")), Centre().fit_transform(X))
    with pytest.raises(ValueError, match="must be in the same order as they were in fit"):
        est.transform(frame("bac"))
    with pytest.raises(
        ValueError, match="unseen at fit time:\n- d\nFeature names seen at fit time, yet now missing:\n- c"
    ):
        est.transform(frame("abd"))
    with pytest.raises(ValueError, match="yet now missing:\n- c"):
        est.transform(frame("ab"))
    with pytest.warns(UserWarning, match="X does not have valid feature names, but Centre was fitted with"):
        est.transform(X)
    est.fit(X)
    assert not hasattr(est, "feature_names_in_")
    with pytest.warns(UserWarning, match="X has feature names, but Centre was fitted without"):
        est.transform(frame("abc"))


def test_many_unknown_names_are_cut_short():
    pd = pytest.importorskip("pandas")
    wide = np.ones((3, 9))
    est = Centre().fit(pd.DataFrame(wide, columns=list("abcdefghi")))
    with pytest.raises(ValueError, match=r"- n\n- \.\.\.\n"):
        est.transform(pd.DataFrame(wide, columns=list("jklmnopqr")))


def test_names_that_are_no_strings_are_no_names(X):
    pd = pytest.importorskip("pandas")
    assert not hasattr(Centre().fit(pd.DataFrame(X)), "feature_names_in_")
    with pytest.raises(TypeError, match=r"of the types \['int', 'str'\]"):
        Centre().fit(pd.DataFrame(X, columns=["a", 1, "b"]))


def test_feature_names_out(X):
    est = Centre().fit(X)
    assert list(est.get_feature_names_out()) == ["centre0", "centre1", "centre2"]
    assert list(est.get_feature_names_out(["a", "b", "c"])) == ["centre0", "centre1", "centre2"]
    with pytest.raises(ValueError, match="input_features should have length equal to number of features"):
        est.get_feature_names_out(["a"])


# ---------------------------------------------------------------- data frames out


def test_set_output_pandas(X):
    pd = pytest.importorskip("pandas")
    frame = pd.DataFrame(X, columns=list("abc"), index=[f"r{i}" for i in range(20)])
    est = Centre().set_output(transform="pandas")
    for out in (est.fit_transform(frame), est.fit(frame).transform(frame)):
        assert list(out.columns) == ["centre0", "centre1", "centre2"]
        assert list(out.index) == list(frame.index)
        np.testing.assert_allclose(out.to_numpy(), X - X.mean(axis=0))
    assert list(est.fit_transform(X).index) == list(range(20))


def test_set_output_polars(X):
    pl = pytest.importorskip("polars")
    out = Centre().set_output(transform="polars").fit_transform(X)
    assert isinstance(out, pl.DataFrame)
    assert out.columns == ["centre0", "centre1", "centre2"]
    np.testing.assert_allclose(out.to_numpy(), X - X.mean(axis=0))


def test_set_output_default_and_wrong(X):
    est = Centre().set_output(transform="default").set_output()
    assert isinstance(est.fit_transform(X), np.ndarray)
    with pytest.raises(ValueError, match="transform must be one of"):
        est.set_output(transform="excel")


def test_scikit_learns_global_setting_is_followed(X):
    sklearn = pytest.importorskip("sklearn")
    pd = pytest.importorskip("pandas")
    with sklearn.config_context(transform_output="pandas"):
        assert isinstance(Centre().fit_transform(X), pd.DataFrame)
        assert isinstance(Centre().set_output(transform="default").fit_transform(X), np.ndarray)


# ---------------------------------------------------------------- copies and pickles


def test_pickle_and_deepcopy(X):
    est = Centre(2, random_state=0).fit(X)
    for other in (pickle.loads(pickle.dumps(est)), copy.deepcopy(est), copy.copy(est)):
        assert other.get_params() == est.get_params()
        np.testing.assert_array_equal(other.transform(X), est.transform(X))
        assert not hasattr(other, "_mlcore_version")


def test_a_pickle_of_another_version_warns(X):
    est = Centre().fit(X)
    state = est.__getstate__()
    assert state["_mlcore_version"] == mlcore.__version__
    other = Centre.__new__(Centre)
    with pytest.warns(VersionWarning, match=r"pickled by mlcore 0\.0\.0 and is being read by"):
        other.__setstate__({**state, "_mlcore_version": "0.0.0"})
    np.testing.assert_array_equal(other.mean_, est.mean_)


def test_estimators_are_compared_by_identity():
    assert Centre() != Centre()
    assert len({Centre(), Centre()}) == 2


# ---------------------------------------------------------------- inside scikit-learn


def test_clone():
    base = pytest.importorskip("sklearn.base")
    est = Centre(2, inner=Centre(3)).set_output(transform="pandas")
    other = base.clone(est.fit(np.eye(3)))
    assert other.get_params()["inner__count"] == 3
    assert other.inner is not est.inner
    assert not hasattr(other, "mean_")
    assert other._sklearn_output_config == {"transform": "pandas"}


def test_tags():
    base = pytest.importorskip("sklearn.base")
    utils = pytest.importorskip("sklearn.utils")

    class Labels(Classifier):
        pass

    class Groups(Clusterer):
        pass

    assert base.is_regressor(Mean())
    assert base.is_classifier(Labels())
    assert utils.get_tags(Groups()).estimator_type == "clusterer"
    assert utils.get_tags(Centre()).transformer_tags.preserves_dtype == ["float64", "float32"]
    assert utils.get_tags(Mean()).target_tags.required
    assert not utils.get_tags(Centre()).target_tags.required


@pytest.mark.filterwarnings("ignore:.*does not inherit from:UserWarning")
def test_check_estimator():
    checks = pytest.importorskip("sklearn.utils.estimator_checks")
    results = checks.check_estimator(Centre(), on_skip=None)
    assert len(results) > 40
    assert {r["check_name"] for r in results if r["status"] != "passed"} <= {"check_array_api_input"}


def test_pipeline_and_search(X):
    sklearn = pytest.importorskip("sklearn")
    from sklearn.linear_model import LinearRegression
    from sklearn.model_selection import GridSearchCV
    from sklearn.pipeline import make_pipeline

    y = X @ [1.0, 2.0, 3.0]
    pipe = make_pipeline(Centre(), LinearRegression()).fit(X, y)
    np.testing.assert_allclose(pipe.predict(X), y)
    assert "Centre" in sklearn.utils.estimator_html_repr(pipe)
    search = GridSearchCV(pipe, {"centre__scale": [1.0, 2.0]}, cv=3).fit(X, y)
    assert search.best_score_ > 0.99


def test_metadata_routing(X):
    sklearn = pytest.importorskip("sklearn")
    from sklearn.linear_model import LinearRegression
    from sklearn.pipeline import make_pipeline

    with pytest.raises(RuntimeError, match="enable_metadata_routing=True"):
        Centre().set_fit_request(sample_weight=True)
    weights = np.arange(20.0)
    with sklearn.config_context(enable_metadata_routing=True):
        est = Centre().set_fit_request(sample_weight=True)
        with pytest.raises(TypeError, match="Unexpected args"):
            est.set_fit_request(weight=True)
        assert sklearn.base.clone(est).get_metadata_routing().fit.requests == {"sample_weight": True}
        linear = LinearRegression().set_fit_request(sample_weight=False)
        pipe = make_pipeline(est, linear).fit(X, X[:, 0], sample_weight=weights)
    np.testing.assert_allclose(pipe[0].mean_, np.average(X, axis=0, weights=weights))


def test_requests_exist_only_where_there_is_something_to_request():
    assert not hasattr(Mean(), "set_predict_request")
    assert not hasattr(Centre(), "set_transform_request")


# ---------------------------------------------------------------- what is loaded, and when


def test_nothing_of_others_is_imported():
    program = """
        import sys
        import mlcore.base
        class E(mlcore.base.Transformer):
            a: int = 1
            def fit(self, X, y=None):
                self._check_parameters()
                self._check_X(X, reset=True)
                self.b_ = 1
                return self
            def transform(self, X):
                return self._check_X(X)
        E().fit([[1.0, 2.0]]).transform([[1.0, 2.0]])
        names = {"sklearn", "scipy", "pandas", "polars", "matplotlib", "threadpoolctl"}
        print(sorted(names & set(sys.modules)))
    """
    assert python(program).strip() == "[]"


@pytest.mark.parametrize("order", ["import mlcore, threadpoolctl", "import threadpoolctl, mlcore"])
def test_threadpoolctl_sees_and_limits_us(order):
    pytest.importorskip("threadpoolctl")
    program = f"""
        {order}
        before = mlcore.get_num_threads()
        ours = [i for i in threadpoolctl.threadpool_info() if i["user_api"] == "mlcore"]
        assert len(ours) == 1, ours
        assert ours[0]["num_threads"] == before
        assert ours[0]["version"] == mlcore.__version__
        with threadpoolctl.threadpool_limits(1):
            assert mlcore.get_num_threads() == 1
        with threadpoolctl.threadpool_limits(1, user_api="blas"):
            assert mlcore.get_num_threads() == before
        assert mlcore.get_num_threads() == before
        import sys
        assert not any(type(f).__module__.startswith("mlcore") for f in sys.meta_path)
        print("seen")
    """
    assert python(program).strip() == "seen"


def test_a_missing_threadpoolctl_is_no_harm():
    program = """
        import sys
        import mlcore
        sys.path = [p for p in sys.path if "site-packages" not in p]
        try:
            import threadpoolctl
        except ImportError:
            print("absent")
    """
    assert python(program).strip() == "absent"
    assert issubclass(Transformer, Estimator)
