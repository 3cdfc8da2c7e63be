"""``set_fit_request`` and its kin: scikit-learn's metadata routing, for those who use it.

A pipeline under ``sklearn.set_config(enable_metadata_routing=True)`` hands ``sample_weight`` only to
those steps that asked for it by ``est.set_fit_request(sample_weight=True)``. The methods are made on
access, from the signature of the method that they speak of; nobody else pays for them.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, Final

from mlcore import _interop

__all__ = ["SetRequest", "consumed_by"]

# What scikit-learn routes; it composes fit_transform and fit_predict from these.
_METHODS: Final = (
    "fit",
    "partial_fit",
    "predict",
    "predict_proba",
    "predict_log_proba",
    "decision_function",
    "score",
    "transform",
    "inverse_transform",
)
_DATA: Final = frozenset({"self", "X", "y"})


def consumed_by(cls: type) -> dict[str, tuple[str, ...]]:
    """Return, for each method of an estimator, its arguments beside the data.

    Parameters
    ----------
    cls : type
        The estimator's class.

    Returns
    -------
    dict of str to tuple of str
        Without the methods that take nothing beside the data, as ``{"fit": ("sample_weight",)}``.
    """
    if cls in _consumed:
        return _consumed[cls]
    consumed = {}
    for method in _METHODS:
        function = getattr(cls, method, None)
        if function is not None:
            names = tuple(n for n in inspect.signature(function).parameters if n not in _DATA)
            if names:
                consumed[method] = names
    _consumed[cls] = consumed
    return consumed


_consumed: dict[type, dict[str, tuple[str, ...]]] = {}


class SetRequest:
    """The descriptor behind ``set_fit_request``: an attribute only where `fit` takes extras.

    Parameters
    ----------
    method : str
        The method of the estimator that it speaks of.
    """

    def __init__(self, method: str) -> None:
        self.method = method

    def __get__(self, instance: Any, owner: type) -> Callable[..., Any]:
        """Return the method that stores a request."""
        names = consumed_by(owner).get(self.method, ())
        if not names or instance is None:
            raise AttributeError(
                f"{owner.__name__}.{self.method} takes no metadata, so there is no set_{self.method}_request."
            )
        return lambda **requests: _set_request(instance, self.method, names, requests)


def _set_request(estimator: Any, method: str, names: tuple[str, ...], requests: dict[str, Any]) -> Any:
    if not _interop.routing_enabled():
        raise RuntimeError(
            "Metadata routing is switched off. Switch it on by sklearn.set_config(enable_metadata_routing=True)."
        )
    unknown = set(requests) - set(names)
    if unknown:
        raise TypeError(f"Unexpected args: {sorted(unknown)} in {method}. Accepted arguments are: {names}")
    stored = estimator.get_metadata_routing()
    for name, alias in requests.items():
        getattr(stored, method).add_request(param=name, alias=alias)
    estimator._metadata_request = stored
    return estimator
