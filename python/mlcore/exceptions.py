"""Errors and warnings that NumPy has no name for.

Ordinary mistakes raise Python's own exceptions: ``ValueError`` for shapes and values, ``TypeError``
for types, ``numpy.linalg.LinAlgError`` for a singular matrix or an iteration that did not converge.
Where scikit-learn has a class that its users catch, the class here bears the same name, and while
scikit-learn is loaded, what is raised is an instance of both.
"""

from __future__ import annotations

__all__ = [
    "AccuracyWarning",
    "ConvergenceWarning",
    "DataConversionWarning",
    "DataTypeError",
    "InvalidParameterError",
    "NotFittedError",
    "VersionWarning",
]


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
