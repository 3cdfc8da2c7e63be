"""Norms of vectors and matrices."""

from __future__ import annotations

import math
import operator
from collections.abc import Sequence
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from mlcore._core import blas
from mlcore._validation import FloatArray
from mlcore.linalg._arrays import as_float_array
from mlcore.linalg._override import overridden
from mlcore.linalg._svd import svdvals

MatrixOrder: TypeAlias = float | Literal["fro", "nuc"]

_TYPES = {np.dtype(np.float32), np.dtype(np.float64)}


def norm(
    x: ArrayLike,
    ord: MatrixOrder | None = None,
    axis: int | tuple[int, ...] | None = None,
    keepdims: bool = False,
) -> Any:
    r"""Norm of a vector or a matrix, as `numpy.linalg.norm`.

    Parameters
    ----------
    x : array_like
        float32 gives float32; everything else real is computed in float64.
    ord : {None, 'fro', 'nuc', inf, -inf, 0, 1, -1, 2, -2} or float, optional
        See `vector_norm` and `matrix_norm`. None is the Euclidean norm, of a matrix the Frobenius norm.
    axis : int or tuple of two int, optional
        An int: norms of the vectors along that axis. Two: norms of the matrices in these axes. None: of the vector or
        matrix `x`, or, if `ord` is None too, of all elements of any array.
    keepdims : bool, default False
        Whether the axes stay in the result with length 1.

    Returns
    -------
    scalar or ndarray

    Raises
    ------
    ValueError
        If `ord` is unknown, or the axes do not fit.

    See Also
    --------
    vector_norm, matrix_norm

    Notes
    -----
    The Euclidean norm neither over- nor underflows unless its value does, see ``cpp/blas/nrm2.cpp``.

    Examples
    --------
    >>> from mlcore import linalg
    >>> linalg.norm([3.0, 4.0])
    np.float64(5.0)
    >>> linalg.norm([3e300, 4e300])
    np.float64(5e+300)
    >>> linalg.norm([[1.0, -2.0], [3.0, 4.0]], 1)
    np.float64(6.0)
    """
    # What most calls are, in half the time.
    if ord is None and axis is None and not keepdims and type(x) is np.ndarray and x.ndim == 1 and x.dtype in _TYPES:
        return blas.norm2(x)
    try:
        array = as_float_array(x, "x")
    except TypeError:
        return overridden(norm, x, ord, axis, keepdims)
    axes: tuple[int, ...]
    if axis is None:
        axes = tuple(range(array.ndim))
        if ord is None:
            return _restore(blas.norm2(array.ravel(order="K")), array, axes, keepdims)
    else:
        axes = normalize_axes(axis, array.ndim)
    if len(axes) == 1:
        if isinstance(ord, str):
            raise ValueError(f"ord is {ord!r}, which is a norm of matrices; for a vector use None or 2.")
        return _restore(_vector_norm(_gathered(array, axes), ord), array, axes, keepdims)
    if len(axes) == 2:
        matrices = np.moveaxis(array, axes, (-2, -1))
        return _restore(_matrix_norm(matrices, ord), array, axes, keepdims)
    raise ValueError(
        f"norm of an array of shape {array.shape} with ord={ord!r} over {len(axes)} axes: expected axis to name one "
        "axis (norms of vectors) or two (norms of matrices)."
    )


def vector_norm(
    x: ArrayLike, /, *, axis: int | tuple[int, ...] | None = None, keepdims: bool = False, ord: float | None = 2
) -> Any:
    r"""Norms of vectors, :math:`(\sum_i |x_i|^p)^{1/p}`.

    Parameters
    ----------
    x : array_like
    axis : int or tuple of int, optional
        The axes whose elements make up a vector; None: all.
    keepdims : bool, default False
        Whether the axes stay in the result with length 1.
    ord : float, default 2
        The power :math:`p`; None means 2. ``inf`` is the largest and ``-inf`` the smallest absolute value, 0 counts the
        elements that are not zero.

    Returns
    -------
    scalar or ndarray

    Raises
    ------
    ValueError
        If `ord` is text or NaN, an axis is out of range, or ``ord=-inf`` of an empty vector is asked for.

    Notes
    -----
    Powers are taken of :math:`|x_i| / \max_i |x_i|` (for :math:`p < 0`, of the inverse ratio to the smallest), which
    neither over- nor underflow.

    Examples
    --------
    >>> import numpy as np
    >>> from mlcore import linalg
    >>> linalg.vector_norm([[3.0, 4.0], [6.0, 8.0]], axis=1)
    array([ 5., 10.])
    >>> linalg.vector_norm([1.0, -7.0, 3.0], ord=np.inf)
    np.float64(7.0)
    """
    try:
        array = as_float_array(x, "x")
    except TypeError:
        return overridden(vector_norm, x, axis=axis, keepdims=keepdims, ord=ord)
    axes = tuple(range(array.ndim)) if axis is None else normalize_axes(axis, array.ndim)
    vectors = array.ravel(order="K") if axis is None else _gathered(array, axes)
    return _restore(_vector_norm(vectors, ord), array, axes, keepdims)


def matrix_norm(x: ArrayLike, /, *, keepdims: bool = False, ord: MatrixOrder | None = "fro") -> Any:
    r"""Norm of a matrix, or of each matrix of a stack.

    Parameters
    ----------
    x : array_like of shape (..., m, n)
    keepdims : bool, default False
        Whether the last two axes stay in the result with length 1.
    ord : {'fro', 'nuc', 1, -1, 2, -2, inf, -inf}, default 'fro'
        'fro' (or None): :math:`\sqrt{\sum_{ij} x_{ij}^2}`. 1: the largest column sum of absolute values, :math:`\max_j \sum_i
        |x_{ij}|`; ``inf``: the largest row sum; -1 and ``-inf``: the smallest ones. 2 and -2: the largest and the smallest
        singular value; 'nuc': the sum of all.

    Returns
    -------
    scalar or ndarray of shape (...)

    Raises
    ------
    ValueError
        If `x` has fewer than two axes, or for other norms.

    Notes
    -----
    NaN gives NaN; infinity gives infinity, but NaN for the smallest singular value.

    Examples
    --------
    >>> from mlcore import linalg
    >>> linalg.matrix_norm([[1.0, 2.0], [2.0, 4.0]])
    np.float64(5.0)
    """
    try:
        array = as_float_array(x, "x")
    except TypeError:
        return overridden(matrix_norm, x, keepdims=keepdims, ord=ord)
    if array.ndim < 2:
        raise ValueError(f"x has shape {array.shape}; expected a matrix (2 axes) or a stack of matrices.")
    return _restore(_matrix_norm(array, ord), array, (array.ndim - 2, array.ndim - 1), keepdims)


def normalize_axes(axis: int | Sequence[int], ndim: int) -> tuple[int, ...]:
    """Axes counted from the front, each in range and different."""
    if isinstance(axis, int):
        axes: tuple[int, ...] = (axis,)
    else:
        try:
            axes = tuple(map(operator.index, axis if np.iterable(axis) else (axis,)))
        except TypeError:
            raise TypeError(f"axis is {axis!r}; expected an int or a tuple of ints, the numbers of axes.") from None
    for each in axes:
        if not -ndim <= each < ndim:
            raise np.exceptions.AxisError(each, ndim)
    normal = tuple(each % ndim for each in axes)
    if len(set(normal)) < len(normal):
        raise ValueError(f"axis is {axis}; expected different axes, but one is named twice.")
    return normal


def _gathered(x: FloatArray, axes: tuple[int, ...]) -> FloatArray:
    """`x` with `axes` made into one, the last."""
    if len(axes) == x.ndim:
        return x.ravel(order="K")
    if axes == (x.ndim - 1,):
        return x
    if len(axes) == 1 and x.ndim == 2:
        return x.T
    moved = np.moveaxis(x, axes, tuple(range(-len(axes), 0)))
    kept = moved.shape[: x.ndim - len(axes)]
    return moved if len(axes) == 1 else moved.reshape(*kept, math.prod(moved.shape[len(kept) :]))


def _restore(value: Any, x: FloatArray, axes: tuple[int, ...], keepdims: bool) -> Any:
    """`value` with the summed axes put back, if they are wanted."""
    if not keepdims:
        return value
    return np.reshape(value, [1 if axis in axes else size for axis, size in enumerate(x.shape)])


def _vector_norm(x: FloatArray, order: float | None) -> Any:
    order = _as_power(order)
    if order == 2:
        return blas.norm2(x)
    if order == 1:
        return blas.norm1(x)
    if order == np.inf:
        return blas.norm_inf(x)
    if order == -np.inf:
        if x.shape[-1] == 0:
            raise ValueError("ord is -inf, the smallest absolute value, which an empty vector does not have.")
        return np.abs(x).min(axis=-1)
    if order == 0:
        return np.count_nonzero(x, axis=-1).astype(x.dtype) if x.ndim > 1 else x.dtype.type(np.count_nonzero(x))
    return _power_norm(x, order)


def _as_power(order: float | None) -> float:
    try:
        power = 2.0 if order is None else math.nan if isinstance(order, str) else float(order)
    except (TypeError, ValueError):
        power = math.nan
    if power != power:
        raise ValueError(f"ord is {order!r}; for a vector expected a number, inf or -inf.")
    return power


def _power_norm(x: FloatArray, order: float) -> Any:
    magnitude = np.abs(x)
    if magnitude.shape[-1] == 0:
        magnitude = np.zeros((*x.shape[:-1], 1), x.dtype)
    unit = magnitude.max(axis=-1) if order > 0 else magnitude.min(axis=-1)
    divisor = np.where((unit > 0) & np.isfinite(unit), unit, unit.dtype.type(1))[..., np.newaxis]
    with np.errstate(divide="ignore", over="ignore", under="ignore"):  # 1/0 for a zero and order < 0, and what follows
        total = ((magnitude / divisor) ** order).sum(axis=-1)
        return (divisor[..., 0] * total ** (1 / order))[()].astype(x.dtype)


def _matrix_norm(x: FloatArray, order: MatrixOrder | None) -> Any:
    if order is None or order in ("fro", "f"):  # NumPy takes "f" too
        return blas.norm2(_gathered(x, (x.ndim - 2, x.ndim - 1)))
    if order in (2, -2, "nuc"):
        return _spectral_norm(x, order)
    if order in (1, -1):
        sums = blas.norm1(x.swapaxes(-1, -2))
    elif order in (np.inf, -np.inf):
        sums = blas.norm1(x)
    else:
        raise ValueError(f"ord is {order!r}; for a matrix expected 'fro', 'nuc', 1, -1, 2, -2, inf or -inf.")
    if order > 0:
        return blas.norm_inf(sums)
    if sums.shape[-1] == 0:
        raise ValueError(f"ord is {order!r}, the smallest of no sums: x has shape {x.shape}.")
    return sums.min(axis=-1)


def _spectral_norm(x: FloatArray, order: MatrixOrder) -> Any:
    finite = np.asarray(np.isfinite(x).all(axis=(-2, -1)))
    s = svdvals(x if finite.all() else np.where(finite[..., np.newaxis, np.newaxis], x, x.dtype.type(0)))
    if order == "nuc":
        result = s.sum(axis=-1)
    elif order == 2:
        result = s.max(axis=-1, initial=0)
    elif s.shape[-1] == 0:
        raise ValueError(f"ord is -2, the smallest of no singular values: x has shape {x.shape}.")
    else:
        result = s[..., -1]
    if finite.all():
        return result[()]
    undefined = x.dtype.type(np.nan if order == -2 else np.inf)
    return np.where(finite, result, np.where(np.isnan(x).any(axis=(-2, -1)), x.dtype.type(np.nan), undefined))[()]
