"""Errors and warnings that NumPy has no name for.

Ordinary mistakes raise Python's own exceptions: ``ValueError`` for shapes and values, ``TypeError``
for types, ``numpy.linalg.LinAlgError`` for a singular matrix or an iteration that did not converge.
Where scikit-learn has a class that its users catch, the class here bears the same name, and while
scikit-learn is loaded, what is raised is an instance of both.
"""

from __future__ import annotations

from typing import Any

from numpy.linalg import LinAlgError

__all__ = [
    "AccuracyWarning",
    "ConvergenceError",
    "ConvergenceWarning",
    "DataConversionWarning",
    "DataTypeError",
    "InvalidParameterError",
    "NotFittedError",
    "VersionWarning",
]


class ConvergenceError(LinAlgError):
    """An iteration did not reach its tolerance. What it did reach is its `result`, with a status and residuals.

    Parameters
    ----------
    message : str
        What was missed, and what to change.
    result : NamedTuple
        Of the type that the function returns when all is well.
    """

    def __init__(self, message: str, result: Any) -> None:
        super().__init__(message, result)
        self.result = result

    def __str__(self) -> str:
        return str(self.args[0])


class NotFittedError(ValueError, AttributeError):
    """A method that needs a fitted estimator was called before ``fit``."""


class InvalidParameterError(ValueError, TypeError):
    """A hyper-parameter has a type or a value that the estimator does not take."""


class DataTypeError(TypeError, ValueError):
    """An array holds something other than real numbers: complex values, text, objects.

    It is a ``TypeError``, as for every wrong type, and a ``ValueError`` because scikit-learn's
    contract for estimators asks for that.
    """


class AccuracyWarning(UserWarning):
    """Rounding has swallowed part of the answer that was asked for; the text says which part."""


class ConvergenceWarning(UserWarning):
    """An iteration stopped at its cap before it reached its tolerance."""


class DataConversionWarning(UserWarning):
    """Data was reshaped or converted in a way that its owner may not have meant."""


class VersionWarning(UserWarning):
    """An estimator was unpickled by another version than the one that pickled it."""
