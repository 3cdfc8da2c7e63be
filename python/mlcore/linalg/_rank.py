"""What the singular values say of a matrix: its rank and its condition number."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from mlcore._validation import FloatArray
from mlcore.linalg._arrays import as_float_array
from mlcore.linalg._norms import MatrixOrder, matrix_norm
from mlcore.linalg._override import overridable
from mlcore.linalg._solve import inv
from mlcore.linalg._svd import svd, svdvals


@overridable
def matrix_rank(
    A: ArrayLike, tol: ArrayLike | None = None, hermitian: bool = False, *, rtol: ArrayLike | None = None
) -> Any:
    r"""Rank of a matrix: how many singular values are larger than `tol`.

    Parameters
    ----------
    A : array_like of shape (..., m, n) or (n,)
        A matrix or a stack of them; a vector has rank 0 if it is zero and else 1.
    tol : array_like of shape (...), optional
        Singular values up to here count as zero. Default: ``rtol`` times the largest.
    hermitian : bool, default False
        Take `A` for symmetric and read its lower triangle only, which is faster.
    rtol : array_like of shape (...), optional
        `tol` as a share of the largest singular value. Default: ``max(m, n) * eps``, the rounding errors of a matrix that was
        computed [1]_. Not both can be given.

    Returns
    -------
    int or ndarray of int, shape (...)

    Raises
    ------
    ValueError
        If both `tol` and `rtol` are given, or one is NaN.
    numpy.linalg.LinAlgError
        If `A` contains NaN or infinity.

    References
    ----------
    .. [1] W. Press et al., "Numerical Recipes", 3rd ed., section 2.6, Cambridge University Press, 2007.

    Examples
    --------
    >>> from mlcore import linalg
    >>> linalg.matrix_rank([[1.0, 2.0], [2.0, 4.0]])
    np.int64(1)
    """
    if tol is not None and rtol is not None:
        raise ValueError(f"tol={tol!r} and rtol={rtol!r}: only one of them can be given.")
    array = as_float_array(A, "A")
    if array.ndim < 2:
        return int(np.any(array != 0))
    if tol is None:
        s = svd(in_range(array)[0], compute_uv=False, hermitian=hermitian)
        limit = singular_value_limit(s, array, rtol)
    else:
        s = svd(array, compute_uv=False, hermitian=hermitian)
        limit = _threshold(tol, "tol")
    return np.count_nonzero(s > limit, axis=-1)


def in_range(array: FloatArray) -> tuple[FloatArray, Any]:
    """Return each matrix times a power of two, 1 but for elements near the largest number, beyond which their norm may be.

    The powers have shape (..., 1, 1). Infinite singular values would all count as zero beside each other.
    """
    if array.ndim < 2:
        return array, array.dtype.type(1)  # svd refuses it
    largest = abs(array).max(axis=(-2, -1), keepdims=True, initial=0)
    power = np.where(largest > np.finfo(array.dtype).max / 2**32, array.dtype.type(2.0**-64), array.dtype.type(1))
    return (array, power) if (power == 1).all() else (array * power, power)


def singular_value_limit(s: FloatArray, array: FloatArray, rtol: ArrayLike | None) -> Any:
    """What counts as zero: `rtol`, or the default ``max(m, n) * eps``, times the largest singular value; shape (..., 1)."""
    if rtol is None:
        rtol = max(array.shape[-2:], default=0) * np.finfo(array.dtype).eps
    with np.errstate(under="ignore"):
        return _threshold(rtol, "rtol (or rcond)") * s.max(axis=-1, initial=0, keepdims=True)


def _threshold(value: ArrayLike, name: str) -> Any:
    """One for each matrix, shape (..., 1)."""
    threshold = np.asarray(value)
    if threshold.dtype.kind not in "fiub" or np.isnan(threshold).any():
        raise (ValueError if threshold.dtype.kind == "f" else TypeError)(
            f"{name} is {value!r}; expected a number, or an array with one for each matrix, up to which singular values count "
            "as zero."
        )
    return threshold[..., np.newaxis]


@overridable
def cond(x: ArrayLike, p: MatrixOrder | None = None) -> Any:
    r"""Condition number, :math:`\kappa(A) = \|A\|\,\|A^{-1}\|`.

    Parameters
    ----------
    x : array_like of shape (..., m, n)
        A matrix or a stack of them; square unless `p` is None, 2 or -2.
    p : {None, 2, -2, 1, -1, inf, -inf, 'fro', 'nuc'}, optional
        The norm. None or 2: :math:`\sigma_{\max} / \sigma_{\min}` from the singular values; -2: its reciprocal. The others
        are those of `matrix_norm`, of `x` and of its inverse.

    Returns
    -------
    float or ndarray of shape (...)
        Infinity for a singular matrix (0 with ``p=-2``), NaN for one with NaN or infinity.

    Raises
    ------
    numpy.linalg.LinAlgError
        If `x` has fewer than two axes or no elements, or is not square where it must be.
    ValueError
        If `p` is something else.

    Notes
    -----
    Relative errors of the elements of :math:`A` or :math:`b` appear in the solution of :math:`Ax = b` up to :math:`\kappa(A)`
    times as large. A condition number near :math:`1/\epsilon` is itself known to an order of magnitude only.

    Examples
    --------
    >>> from mlcore import linalg
    >>> linalg.cond([[1.0, 0.0], [0.0, 4.0]])
    np.float64(4.0)
    >>> linalg.cond([[1.0, 2.0], [2.0, 4.0]], 1)
    np.float64(inf)
    """
    array = as_float_array(x, "x")
    if array.ndim < 2 or 0 in array.shape[-2:]:
        raise np.linalg.LinAlgError(f"x has shape {array.shape}; expected a matrix with elements, or a stack of them.")
    if p is not None and p not in (1, -1, 2, -2, np.inf, -np.inf, "fro", "f", "nuc"):
        raise ValueError(f"p is {p!r}; expected None, 2, -2, 1, -1, inf, -inf, 'fro' or 'nuc'.")
    finite = np.asarray(np.isfinite(array).all(axis=(-2, -1)))
    array = np.where(finite[..., np.newaxis, np.newaxis], array, array.dtype.type(0))
    if p is None or p in (2, -2):
        s = svdvals(in_range(array)[0])
        above, below = (s[..., -1], s[..., 0]) if p == -2 else (s[..., 0], s[..., -1])
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            result = above / below
        result = np.where(np.isnan(result), array.dtype.type(np.inf), result)
    else:
        if array.shape[-1] != array.shape[-2]:
            raise np.linalg.LinAlgError(f"x has shape {array.shape}; for p={p!r} expected square matrices; p=2 takes any.")
        size = np.asarray(matrix_norm(array, ord=p))
        flat = array.reshape(-1, *array.shape[-2:])
        inverse_size = np.array([_norm_of_inverse(a, p) for a in flat], array.dtype).reshape(size.shape)
        with np.errstate(over="ignore", under="ignore"):
            result = np.multiply(size, inverse_size, where=inverse_size < np.inf, out=inverse_size)
    return np.where(finite, result, array.dtype.type(np.nan))[()]


def _norm_of_inverse(a: FloatArray, p: MatrixOrder) -> float:
    try:
        return float(matrix_norm(inv(a), ord=p))
    except np.linalg.LinAlgError:
        return np.inf
