"""Checks of arguments: arrays, weights, seeds.

Every public function passes its data through here once, and everything behind it may then rely on
the type, the shape and, where it asked for that, finite values. Nothing is copied that need not be,
and nothing that was passed in is ever written.
"""

from __future__ import annotations

import operator
from typing import Any, Final, NoReturn, TypeAlias

import numpy as np
from numpy.typing import NDArray

from mlcore import _interop
from mlcore.exceptions import DataConversionWarning, DataTypeError

__all__ = [
    "FloatArray",
    "as_float_array",
    "as_matrix",
    "as_vector",
    "check_count",
    "check_flag",
    "check_number",
    "check_rng",
    "check_sample_weight",
    "check_tolerances",
    "raise_not_finite",
    "require_finite",
]

FloatArray: TypeAlias = NDArray[Any]
"""An array of float32 or float64, in the machine's byte order."""

_F32: Final = np.dtype(np.float32)
_F64: Final = np.dtype(np.float64)

# Rows looked at together when the first bad value is searched: about 1 MB.
_SEARCH_BLOCK: Final = 1 << 17

_RESHAPE: Final = (
    "Reshape your data either using array.reshape(-1, 1) if your data has a single feature or "
    "array.reshape(1, -1) if it contains a single sample."
)


def as_float_array(X: Any, name: str = "X") -> FloatArray:
    """Turn anything array-like into an array of float32 or float64, of any dimension.

    Parameters
    ----------
    X : array-like, data frame
        float32 stays float32; every other real type (float16, longdouble, integers, booleans,
        objects that convert to float) becomes float64. An array that already fits is returned as it
        is, whatever its strides, and must not be written.
    name : str, default="X"
        How the caller calls it, for error messages.

    Returns
    -------
    ndarray of float32 or float64

    Raises
    ------
    DataTypeError
        If `X` holds complex numbers, dates, text that is no number, or other objects. It is a
        ``TypeError`` and a ``ValueError``.
    TypeError
        If `X` is a sparse matrix.
    """
    if type(X) is np.ndarray:
        # Identity of the two common dtypes: this line is all that most calls execute.
        if X.dtype is _F64 or X.dtype is _F32:
            return X
        array = X
    elif _interop.is_sparse(X):
        raise TypeError(
            f"{name} is a sparse matrix of type {type(X).__name__}, and sparse data is not "
            f"supported. Pass {name}.toarray() if it fits into memory."
        )
    elif isinstance(X, np.ndarray) and hasattr(X, "mask"):
        # A masked array: what is masked is missing, and what is missing is NaN.
        array = as_float_array(X.data, name)
        array = np.where(X.mask, array.dtype.type(np.nan), array)
    elif _interop.is_frame(X):
        array = _interop.frame_to_array(X, name)
    else:
        try:
            array = np.asarray(X)
        except ValueError as error:  # ragged lists
            raise ValueError(f"{name} cannot be made into an array: {error}") from error
    kind = array.dtype.kind
    if kind == "f":
        target = _F32 if array.dtype.itemsize == 4 else _F64
        return np.asarray(array, dtype=target)
    if kind in "iub":
        return array.astype(_F64)
    if kind == "c":
        raise DataTypeError(
            f"Complex data not supported: {name} is of dtype {array.dtype}. Pass its real and "
            f"imaginary parts as separate columns, or {name}.real."
        )
    if kind in "OUS":
        try:
            return array.astype(_F64)
        except (TypeError, ValueError) as error:
            _raise_not_numeric(array, name, error)
    raise DataTypeError(
        f"{name} must hold real numbers, got dtype {array.dtype}. Convert it explicitly, for "
        "example dates to a number of days."
    )


def as_matrix(
    X: Any,
    *,
    name: str = "X",
    min_samples: int = 1,
    min_features: int = 1,
    finite: bool = True,
) -> FloatArray:
    """Turn anything array-like into a matrix of float32 or float64.

    Parameters
    ----------
    X : array-like or data frame of shape (n_samples, n_features)
        See `as_float_array` for the types. An array that already fits is returned as it is, whatever
        its strides, and must not be written.
    name : str, default="X"
        How the caller calls it, for error messages.
    min_samples, min_features : int, default=1
        The least shape to accept.
    finite : bool, default=True
        Whether to refuse NaN and infinities, at the price of one pass over the data. A caller whose
        kernel reads all of `X` anyway passes False, looks at the kernel's result, and calls
        `raise_not_finite` if that is not finite.

    Returns
    -------
    ndarray of float32 or float64, shape (n_samples, n_features)

    Raises
    ------
    ValueError
        If `X` is not two-dimensional, is too small, or is not finite.
    TypeError
        If `X` is sparse or does not hold real numbers.

    Examples
    --------
    >>> as_matrix([[1, 2], [3, 4]])
    array([[1., 2.],
           [3., 4.]])
    """
    array = as_float_array(X, name)
    if array.ndim != 2:
        _raise_not_2d(array, X, name)
    n_samples, n_features = array.shape
    if n_samples < min_samples:
        raise ValueError(
            f"Found array with {n_samples} sample(s) (shape={array.shape}) while a minimum of "
            f"{min_samples} is required: pass an {name} with more rows."
        )
    if n_features < min_features:
        raise ValueError(
            f"Found array with {n_features} feature(s) (shape={array.shape}) while a minimum of "
            f"{min_features} is required. Pass an {name} with more columns."
        )
    if finite:
        require_finite(array, name)
    return array


def check_count(value: Any, name: str, least: int, most: int | None = None, most_is: str = "") -> int:
    """Turn what stands for an integer into an int between `least` and `most`.

    Parameters
    ----------
    value : int, or an object that is one
        A float is refused, even if it has no fraction, and so is a bool.
    name : str
        How the caller calls it, for error messages.
    least, most : int
        The range; no upper end if `most` is None.
    most_is : str, default ""
        What `most` is, for error messages.

    Returns
    -------
    int

    Raises
    ------
    TypeError
        If it is no integer.
    ValueError
        If it is out of range.
    """
    try:
        if isinstance(value, bool):
            raise TypeError
        count = operator.index(value)
    except TypeError:
        remedy = f" Pass {int(value)}." if isinstance(value, float) and value.is_integer() else ""
        raise TypeError(f"{name} is {value!r} of type {type(value).__name__}; expected an int.{remedy}") from None
    if count < least or (most is not None and count > most):
        expected = f"{least} or more" if most is None else f"{least} to {most}" + (f", {most_is}" if most_is else "")
        raise ValueError(f"{name} is {count}; expected {expected}.")
    return count


def check_number(value: Any, name: str, expected: str = "a real number") -> float:
    """Turn what stands for one real number into a float.

    Parameters
    ----------
    value : float, int, Fraction, Decimal, or an array without axes
        Text and complex numbers are refused, even if they could be converted. NaN and infinities pass.
    name : str
        How the caller calls it, for error messages.
    expected : str, default "a real number"
        What it should be, for error messages.

    Returns
    -------
    float

    Raises
    ------
    TypeError
        If it is no real number, or several.
    ValueError
        If it is finite, and too large for a float.
    """
    if isinstance(value, float):
        return float(value)
    array = np.asarray(value)
    if array.ndim == 0 and array.dtype.kind in "fiubO":
        try:
            number = float(value)
            if not np.isinf(number) or value == number:
                return number
            raise OverflowError  # of a Decimal or a long double
        except OverflowError:
            raise ValueError(f"{name} is beyond 1.8e308, the largest float; expected {expected} in its range.") from None
        except (TypeError, ValueError):
            pass
    raise TypeError(f"{name} is {value!r} of type {type(value).__name__}; expected {expected}.")


def check_flag(value: Any, name: str) -> bool | None:
    """True, False, or None for what is to be found out."""
    if value is None or isinstance(value, bool | np.bool_):
        return None if value is None else bool(value)
    raise TypeError(f"{name} is {value!r}; expected True, False or None.")


def check_tolerances(rtol: Any, atol: Any) -> tuple[float, float | None]:
    """Both as floats, finite and from 0 on, or an error; `atol` may be None, for the default of the function."""
    found = check_number(rtol, "rtol")
    if not 0 <= found < np.inf:
        raise ValueError(f"rtol is {rtol}; expected a finite number of at least 0.")
    if atol is None:
        return found, None
    least = check_number(atol, "atol", "a real number or None")
    if not 0 <= least < np.inf:
        raise ValueError(f"atol is {atol}; expected a finite number of at least 0, or None.")
    return found, least


def as_vector(
    y: Any,
    *,
    name: str = "y",
    length: int | None = None,
    finite: bool = True,
    column: bool = False,
) -> FloatArray:
    """Turn anything array-like into a vector of float32 or float64.

    Parameters
    ----------
    y : array-like of shape (n,)
        See `as_float_array` for the types.
    name : str, default="y"
        How the caller calls it, for error messages.
    length : int, optional
        The length that it must have.
    finite : bool, default=True
        Whether to refuse NaN and infinities.
    column : bool, default=False
        Whether a matrix of one column is taken too, with a `DataConversionWarning`.

    Returns
    -------
    ndarray of float32 or float64, shape (n,)

    Raises
    ------
    ValueError
        If `y` is not one-dimensional, has another length, or is not finite.
    TypeError
        If `y` is sparse or does not hold real numbers.
    """
    array = as_float_array(y, name)
    if column and array.ndim == 2 and array.shape[1] == 1:
        import warnings

        warnings.warn(
            f"A column-vector {name} was passed when a 1d array was expected. Please change the "
            f"shape of {name} to (n_samples,), for example using ravel().",
            _interop.twin(DataConversionWarning),
            stacklevel=3,
        )
        array = array[:, 0]
    if array.ndim != 1:
        raise ValueError(
            f"{name} should be a 1d array, got an array of shape {array.shape} instead. "
            f"Pass {name}.ravel() if it holds one value per sample."
        )
    if length is not None and array.shape[0] != length:
        raise ValueError(f"{name} has {array.shape[0]} entries, but {length} were expected, one per sample.")
    if finite:
        require_finite(array, name)
    return array


def check_sample_weight(sample_weight: Any, n_samples: int, dtype: np.dtype[Any]) -> FloatArray | None:
    """Check sample weights: one weight per sample, none negative, not all zero.

    A weight of 2 means that the sample counts as if it stood twice in the data; a weight of 0, as if
    it were absent.

    Parameters
    ----------
    sample_weight : array-like of shape (n_samples,), float or None
        A single number stands for that number at every sample.
    n_samples : int
        The number of samples.
    dtype : dtype
        float32 or float64, the type of the data.

    Returns
    -------
    ndarray of `dtype`, shape (n_samples,), or None
        None if there are no weights.

    Raises
    ------
    ValueError
        If the shape is wrong, a weight is negative, infinite or NaN, or all weights are zero.
    """
    if sample_weight is None:
        return None
    weights = as_float_array(sample_weight, "sample_weight").astype(dtype, copy=False)
    if weights.ndim == 0:
        weights = np.full(n_samples, weights)
    if weights.shape != (n_samples,):
        raise ValueError(
            f"sample_weight.shape == {weights.shape}, expected {(n_samples,)}: one weight per sample of X."
        )
    require_finite(weights, "sample_weight")
    if weights.size and weights.min() < 0:
        i = int(weights.argmin())
        raise ValueError(f"sample_weight[{i}] is {weights[i]}, but weights count repetitions and must not be negative.")
    if not weights.any():
        raise ValueError("Sample weights must contain at least one non-zero number.")
    return weights


def require_finite(array: FloatArray, name: str = "X") -> None:
    """Raise a ValueError that names the place if `array` holds NaN or an infinity.

    Parameters
    ----------
    array : ndarray of float32 or float64
        Any shape.
    name : str, default="X"
        How the caller calls it, for the error message.
    """
    # A NaN or an infinity anywhere makes the sum NaN or infinite. So does overflow, whence the
    # second look; it is the only case that costs two passes.
    with np.errstate(over="ignore", invalid="ignore"):
        total = array.sum()
    if not np.isfinite(total):
        raise_not_finite(array, name)


def raise_not_finite(array: FloatArray, name: str = "X") -> None:
    """Raise the error of `require_finite`, or return if `array` is finite after all.

    Callers come here once a result has turned out not to be finite, and the question is whether the
    data or an overflow is to blame.

    Parameters
    ----------
    array : ndarray of float32 or float64
        Any shape.
    name : str, default="X"
        How the caller calls it, for the error message.
    """
    rows = array if array.ndim else array.reshape(1)
    step = max(1, _SEARCH_BLOCK // max(1, rows[:1].size))
    for start in range(0, rows.shape[0], step):
        bad = ~np.isfinite(rows[start : start + step])
        if bad.any():
            first = tuple(int(i[0]) for i in np.nonzero(bad))
            value = rows[start : start + step][first]
            place = ", ".join(str(i) for i in (start + first[0], *first[1:]))
            # scikit-learn's users know these two phrases.
            what = "NaN" if np.isnan(value) else "infinity (inf)"
            raise ValueError(
                f"Input {name} contains {what}: {name}[{place}] is {value}. Drop such rows, or fill "
                "them in, for example with the column's median."
            )


def check_rng(seed: Any = None, *, name: str = "rng") -> np.random.Generator:
    """Turn a seed into a random number generator.

    Parameters
    ----------
    seed : None, int, numpy.random.Generator or numpy.random.RandomState
        None takes fresh entropy from the operating system; an int gives the same digits every time; a
        Generator is used, and advanced, itself; a RandomState is advanced to draw a seed from it.
    name : str, default="rng"
        How the caller calls it, for error messages.

    Returns
    -------
    numpy.random.Generator

    Raises
    ------
    TypeError, ValueError
        If `seed` is something else, or negative.

    Examples
    --------
    >>> int(check_rng(0).integers(100))
    85
    """
    if isinstance(seed, np.random.Generator):
        return seed
    if seed is None:
        return np.random.default_rng()
    if isinstance(seed, int | np.integer) and not isinstance(seed, bool):
        if seed < 0:
            raise ValueError(f"{name} must not be negative, got {seed}. Pass 0 or a positive int.")
        return np.random.default_rng(int(seed))
    if isinstance(seed, np.random.RandomState):
        return np.random.default_rng(seed.randint(0, 2**32, size=4, dtype=np.uint32))
    raise TypeError(
        f"{name} must be None, an int or a numpy.random.Generator, got {seed!r} of type {type(seed).__name__}."
    )


def _raise_not_2d(array: FloatArray, original: Any, name: str) -> NoReturn:
    if array.ndim == 0:
        raise ValueError(f"Expected 2D array, got scalar array instead:\n{name}={array}.\n{_RESHAPE}")
    if array.ndim == 1:
        raise ValueError(
            f"Expected 2D array, got 1D array instead:\n{name}={array} "
            f"({type(original).__name__} of length {array.shape[0]}).\n{_RESHAPE}"
        )
    raise ValueError(
        f"Found array with dim {array.ndim}, while dim <= 2 is required: {name} has the shape "
        f"{array.shape}. Flatten each sample with {name}.reshape(len({name}), -1)."
    )


def _raise_not_numeric(array: NDArray[Any], name: str, error: Exception) -> NoReturn:
    for place, value in np.ndenumerate(array):
        try:
            float(value)
        except (TypeError, ValueError) as reason:
            where = ", ".join(str(i) for i in place)
            raise DataTypeError(
                f"{name} must hold real numbers, but {name}[{where}] is {value!r}: {reason}. Drop "
                "that column or encode it as numbers."
            ) from error
    raise DataTypeError(f"{name} must hold real numbers: {error}") from error
