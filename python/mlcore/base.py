"""The contract of estimators: scikit-learn's, kept without importing it.

An estimator is a class whose fields are its hyper-parameters and whose methods are its mathematics::

    class Centre(Transformer):
        scale: float = 1.0

        def fit(self, X, y=None):
            self._check_parameters()
            X = self._check_X(X, reset=True)
            self.mean_ = X.mean(axis=0)
            return self

        def transform(self, X):
            self._check_is_fitted()
            return self.scale * (self._check_X(X) - self.mean_)

Everything else (the constructor, `get_params`, `clone`, `repr`, feature names, data frames out, tags,
metadata routing, pickling with a version) is inherited from here. What `fit` learns ends in an
underscore, as in scikit-learn.
"""

from __future__ import annotations

import functools
import warnings
from dataclasses import dataclass, fields
from typing import Any, ClassVar, Self, dataclass_transform

import numpy as np
from numpy.typing import NDArray

from mlcore import _interop
from mlcore._parameters import check_parameters
from mlcore._routing import SetRequest, consumed_by
from mlcore._validation import FloatArray, as_matrix
from mlcore.exceptions import NotFittedError, VersionWarning

__all__ = ["Classifier", "Clusterer", "Estimator", "Regressor", "Transformer"]


@dataclass_transform(eq_default=False)
class Estimator:
    """Base of everything that has hyper-parameters and a `fit`.

    A subclass lists its hyper-parameters as annotated fields with defaults; the constructor follows
    from them and stores the values as they are. They are checked in `fit`, not before, so that
    `set_params` and searches may change them freely.
    """

    # Read by scikit-learn when it routes metadata, and absent where nothing beside X and y is taken.
    set_fit_request = SetRequest("fit")
    set_partial_fit_request = SetRequest("partial_fit")
    set_predict_request = SetRequest("predict")
    set_predict_proba_request = SetRequest("predict_proba")
    set_predict_log_proba_request = SetRequest("predict_log_proba")
    set_decision_function_request = SetRequest("decision_function")
    set_score_request = SetRequest("score")
    set_transform_request = SetRequest("transform")
    set_inverse_transform_request = SetRequest("inverse_transform")

    _defaults: ClassVar[dict[str, Any]] = {}

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        # Estimators are compared by identity: two models are not "equal" because their settings are.
        dataclass(eq=False, repr=False)(cls)
        cls._defaults = {field.name: field.default for field in fields(cls)}  # type: ignore[arg-type]

    # ------------------------------------------------------------ hyper-parameters

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Return the hyper-parameters.

        Parameters
        ----------
        deep : bool, default=True
            Whether to add those of estimators among them, as ``name__parameter``.

        Returns
        -------
        dict
            Names and values.
        """
        params: dict[str, Any] = {}
        for name in self._defaults:
            value = getattr(self, name)
            params[name] = value
            if deep and hasattr(value, "get_params") and not isinstance(value, type):
                for key, inner in value.get_params().items():
                    params[f"{name}__{key}"] = inner
        return params

    def set_params(self, **params: Any) -> Self:
        """Set hyper-parameters; ``name__parameter`` reaches into an estimator among them.

        Parameters
        ----------
        **params
            Names and values.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            If a name is unknown; then nothing has been set.
        """
        nested: dict[str, dict[str, Any]] = {}
        own: dict[str, Any] = {}
        for key, value in params.items():
            name, delimiter, inner = key.partition("__")
            if name not in self._defaults:
                raise ValueError(
                    f"Invalid parameter {name!r} for estimator {self}. Valid parameters are: {list(self._defaults)}."
                )
            if delimiter:
                nested.setdefault(name, {})[inner] = value
            else:
                own[name] = value
        for name, value in own.items():
            setattr(self, name, value)
        for name, inner_params in nested.items():
            getattr(self, name).set_params(**inner_params)
        return self

    def __repr__(self) -> str:
        """Return the call that makes this estimator, without what stands at its default."""
        shown = []
        for name, default in self._defaults.items():
            text = repr(getattr(self, name))
            if text != repr(default):
                shown.append(f"{name}={text}")
        return f"{type(self).__name__}({', '.join(shown)})"

    def _check_parameters(self) -> None:
        """Raise an `InvalidParameterError` if a hyper-parameter does not fit its annotation."""
        check_parameters(self)

    # ------------------------------------------------------------ data

    def _check_X(self, X: Any, *, reset: bool = False, finite: bool = True, min_samples: int = 1) -> FloatArray:
        """Turn `X` into a matrix and compare its columns with those of `fit`.

        Parameters
        ----------
        X : array-like or data frame of shape (n_samples, n_features)
            The data.
        reset : bool, default=False
            True in `fit`: learn the number and the names of the columns instead.
        finite : bool, default=True
            See `mlcore._validation.as_matrix`.
        min_samples : int, default=1
            The least number of rows.

        Returns
        -------
        ndarray of float32 or float64, shape (n_samples, n_features)
        """
        names = None if type(X) is np.ndarray else _interop.feature_names(X)
        if not reset:
            # Before the shape: a name that is missing explains why a column is.
            self._compare_names(names)
        matrix = as_matrix(X, finite=finite, min_samples=min_samples)
        n_features = matrix.shape[1]
        if reset:
            self.n_features_in_ = n_features
            if names is not None:
                self.feature_names_in_ = names
            elif "feature_names_in_" in self.__dict__:
                del self.feature_names_in_
        elif n_features != self.n_features_in_:
            raise ValueError(
                f"X has {n_features} features, but {type(self).__name__} is expecting "
                f"{self.n_features_in_} features as input."
            )
        return matrix

    def _compare_names(self, names: NDArray[np.object_] | None) -> None:
        fitted = self.__dict__.get("feature_names_in_")
        if names is None and fitted is None:
            return
        kind = type(self).__name__
        if fitted is None or names is None:
            warnings.warn(
                f"X has feature names, but {kind} was fitted without feature names"
                if fitted is None
                else f"X does not have valid feature names, but {kind} was fitted with feature names",
                UserWarning,
                stacklevel=4,
            )
            return
        if np.array_equal(fitted, names):
            return
        message = "The feature names should match those that were passed during fit.\n"
        unseen = sorted(set(names) - set(fitted))
        missing = sorted(set(fitted) - set(names))
        for title, which in (
            ("Feature names unseen at fit time:", unseen),
            ("Feature names seen at fit time, yet now missing:", missing),
        ):
            if which:
                shown = which[:5] + ["..."] * (len(which) > 5)
                message += title + "\n" + "".join(f"- {name}\n" for name in shown)
        if not unseen and not missing:
            message += "Feature names must be in the same order as they were in fit.\n"
        raise ValueError(message)

    # ------------------------------------------------------------ fitted or not

    def __sklearn_is_fitted__(self) -> bool:
        """Whether `fit` has run to its end: something beyond the shape of `X` has been learned."""
        return any(
            name[-1] == "_" and name not in ("n_features_in_", "feature_names_in_")
            for name in self.__dict__
            if name[0] != "_"
        )

    def _check_is_fitted(self) -> None:
        """Raise a `NotFittedError` before `fit`."""
        if not self.__sklearn_is_fitted__():
            raise _interop.twin(NotFittedError)(
                f"This {type(self).__name__} instance is not fitted yet. Call 'fit' with appropriate "
                "arguments before using this estimator."
            )

    # ------------------------------------------------------------ pickling

    def __getstate__(self) -> dict[str, Any]:
        """Return what is pickled: the attributes and the version."""
        return {**self.__dict__, "_mlcore_version": _version()}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Restore the attributes; warn if another version wrote them."""
        written = state.get("_mlcore_version", "unknown")
        self.__dict__.update({k: v for k, v in state.items() if k != "_mlcore_version"})
        if written != _version():
            warnings.warn(
                f"This {type(self).__name__} was pickled by mlcore {written} and is being read by "
                f"mlcore {_version()}. It may behave differently; fit it again to be sure.",
                VersionWarning,
                stacklevel=2,
            )

    # ------------------------------------------------------------ scikit-learn

    def __sklearn_tags__(self) -> Any:
        """Return scikit-learn's description of what this estimator takes and does."""
        return _interop.tags()

    def get_metadata_routing(self) -> Any:
        """Return scikit-learn's ``MetadataRequest``: which method takes what beside X and y.

        Returns
        -------
        sklearn.utils.metadata_routing.MetadataRequest
        """
        stored = self.__dict__.get("_metadata_request")
        return stored or _interop.metadata_request(self, consumed_by(type(self)))


class Transformer(Estimator):
    """An estimator that maps data to data: `fit`, `transform`, `fit_transform`, `set_output`."""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        for name in ("transform", "fit_transform"):
            if name in cls.__dict__:
                setattr(cls, name, _in_container(cls.__dict__[name]))

    def set_output(self, *, transform: _interop.Container | None = None) -> Self:
        """Choose what `transform` and `fit_transform` return.

        Parameters
        ----------
        transform : {"default", "pandas", "polars"}, optional
            An array, or a data frame of that library. None leaves the choice as it is.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            If the choice is none of these.
        """
        if transform is None:
            return self
        if transform not in _interop.CONTAINERS:
            raise ValueError(f"transform must be one of {_interop.CONTAINERS}, got {transform!r} instead.")
        # scikit-learn's clone copies the attribute of this name.
        self._sklearn_output_config = {"transform": transform}
        return self

    def get_feature_names_out(self, input_features: Any = None) -> NDArray[np.object_]:
        """Return the names of the columns that `transform` returns.

        Parameters
        ----------
        input_features : array-like of str, optional
            Only compared with the names, or the number, of the columns that `fit` saw.

        Returns
        -------
        ndarray of object, shape (n_features_out,)
            The class name in lower case with a number: ``pca0``, ``pca1``, ...

        Raises
        ------
        NotFittedError
            Before `fit`.
        ValueError
            If `input_features` differs from what `fit` saw.
        """
        self._check_is_fitted()
        self._check_input_features(input_features)
        prefix = type(self).__name__.lower()
        return np.array([f"{prefix}{i}" for i in range(self._n_features_out)], dtype=object)

    def _check_input_features(self, input_features: Any) -> None:
        if input_features is None:
            return
        given = np.asarray(input_features, dtype=object)
        fitted = self.__dict__.get("feature_names_in_")
        if fitted is not None and not np.array_equal(fitted, given):
            raise ValueError(
                f"input_features is not equal to feature_names_in_: got {given.tolist()}, but fit "
                f"saw {fitted.tolist()}."
            )
        if len(given) != self.n_features_in_:
            raise ValueError(
                "input_features should have length equal to number of features "
                f"({self.n_features_in_}), got {len(given)}"
            )

    @property
    def _n_features_out(self) -> int:
        """The number of columns that `transform` returns; fewer or more in most subclasses."""
        return int(self.n_features_in_)

    def __sklearn_tags__(self) -> Any:
        """Return scikit-learn's description of what this estimator takes and does."""
        tags = super().__sklearn_tags__()
        tags.transformer_tags = _interop.kind_tags("transformer")
        return tags


class Regressor(Estimator):
    """An estimator that predicts numbers."""

    def __sklearn_tags__(self) -> Any:
        """Return scikit-learn's description of what this estimator takes and does."""
        tags = super().__sklearn_tags__()
        tags.estimator_type = "regressor"
        tags.regressor_tags = _interop.kind_tags("regressor")
        tags.target_tags.required = True
        return tags


class Classifier(Estimator):
    """An estimator that predicts classes."""

    def __sklearn_tags__(self) -> Any:
        """Return scikit-learn's description of what this estimator takes and does."""
        tags = super().__sklearn_tags__()
        tags.estimator_type = "classifier"
        tags.classifier_tags = _interop.kind_tags("classifier")
        tags.target_tags.required = True
        return tags


class Clusterer(Estimator):
    """An estimator that groups samples without being told how."""

    def __sklearn_tags__(self) -> Any:
        """Return scikit-learn's description of what this estimator takes and does."""
        tags = super().__sklearn_tags__()
        tags.estimator_type = "clusterer"
        return tags


def _in_container(method: Any) -> Any:
    """Make a method answer in the container that `set_output` chose."""

    @functools.wraps(method)
    def wrapped(self: Transformer, X: Any, *args: Any, **kwargs: Any) -> Any:
        result = method(self, X, *args, **kwargs)
        config = self.__dict__.get("_sklearn_output_config")
        container = _interop.output_container(config and config["transform"])
        # An inner call of a wrapped method has wrapped it already.
        if container == "default" or not isinstance(result, np.ndarray):
            return result
        return _interop.in_container(result, container, self.get_feature_names_out(), X)

    return wrapped


def _version() -> str:
    from mlcore import __version__

    return str(__version__)
