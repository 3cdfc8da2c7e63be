"""The door of the functions that are written in Python: arrays of real numbers, or an error."""

from typing import Any

import numpy as np
from numpy.linalg import LinAlgError

from mlcore import _validation
from mlcore._validation import FloatArray


def as_float_array(x: Any, name: str) -> FloatArray:
    """`mlcore._validation.as_float_array` without its place for missing values.

    There, None and the elements under a mask become NaN, for models to fill in. A matrix with holes has no inverse and no
    norm: the kernels' own door (``cpp/bindings/ndarray.cpp``) refuses it, and so does this one.
    """
    if type(x) is not np.ndarray:
        if x is None:
            raise TypeError(f"{name} is None; expected an array of real numbers.")
        if np.ma.is_masked(x):
            raise ValueError(
                f"{name} has masked elements; expected numbers throughout. Fill them in first, e.g. {name}.filled(0), or leave "
                "their rows out."
            )
    return _validation.as_float_array(x, name)


def as_one_matrix(x: Any, name: str) -> FloatArray:
    """The same, and it must have two axes."""
    array = as_float_array(x, name)
    if array.ndim != 2:
        raise LinAlgError(f"{name} has shape {array.shape}; expected one matrix, of two axes.")
    return array


def check_share(value: Any, name: str) -> float:
    """A number by which singular values are judged; NaN would make all comparisons false."""
    try:
        share = float(value)
    except (TypeError, ValueError):
        raise TypeError(f"{name} is {value!r} of type {type(value).__name__}; expected a number.") from None
    if share != share:
        raise ValueError(f"{name} is NaN; expected the share of the largest singular value that counts as zero.")
    return share
