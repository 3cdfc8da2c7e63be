"""Gaussian elimination with partial pivoting."""

from __future__ import annotations

from typing import Any, NamedTuple

from numpy.typing import ArrayLike

from mlcore._core import linalg as _linalg
from mlcore.linalg._override import overridable


class LUResult(NamedTuple):
    """What `lu` returns: ``A = P @ L @ U``, or ``A = (L @ U)[P]`` with indices."""

    P: Any
    """ndarray of shape (..., m, m), a permutation matrix; or of integers, shape (..., m)."""
    L: Any
    """ndarray of shape (..., m, k), k = min(m, n): unit lower triangular, no element larger than 1."""
    U: Any
    """ndarray of shape (..., k, n): upper triangular."""


@overridable
def lu(a: ArrayLike, /, *, p_indices: bool = False) -> LUResult:
    r"""Factors of Gaussian elimination with partial pivoting, :math:`A = P L U`.

    Parameters
    ----------
    a : array_like of shape (..., m, n)
        A matrix or a stack of them. float32 gives float32; everything else real is computed in float64.
    p_indices : bool, default False
        Whether to return the permutation as indices, with ``A = (L @ U)[P]``, instead of as a matrix.

    Returns
    -------
    LUResult
        ``(P, L, U)``, as `scipy.linalg.lu` has them.

    Raises
    ------
    numpy.linalg.LinAlgError
        If `a` has fewer than two axes.
    TypeError
        For complex, half-precision, object or text arrays.

    Notes
    -----
    :math:`n^2 (m - n/3)` flops, nearly all of them in matrix products: the matrix is cut in two by columns until panels of
    one cache line are left [1]_. The factors exist for every matrix; a singular one has zeros on the diagonal of `U`. NaN
    spreads. The kernel is ``cpp/linalg/lu.cpp``.

    References
    ----------
    .. [1] S. Toledo, "Locality of Reference in LU Decomposition with Partial Pivoting", SIAM Journal on Matrix Analysis
       and Applications 18(4), 1997.

    Examples
    --------
    >>> from mlcore import linalg
    >>> P, L, U = linalg.lu([[1.0, 2.0], [4.0, 4.0]])
    >>> L
    array([[1.  , 0.  ],
           [0.25, 1.  ]])
    >>> U
    array([[4., 4.],
           [0., 1.]])
    >>> P @ L @ U
    array([[1., 2.],
           [4., 4.]])
    """
    return LUResult(*_linalg.lu(a, p_indices))
