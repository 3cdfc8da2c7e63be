"""Triangular matrices: solving and multiplying."""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

from numpy.typing import ArrayLike

from mlcore._core import blas
from mlcore.linalg._override import overridden

Trans: TypeAlias = Literal["N", "T", "C", 0, 1, 2]


def solve_triangular(
    a: ArrayLike, b: ArrayLike, /, *, lower: bool = False, trans: Trans = "N", unit_diagonal: bool = False
) -> Any:
    r"""Solve the triangular equations :math:`A x = b` or :math:`A^T x = b`.

    Parameters
    ----------
    a : array_like of shape (..., n, n)
        Only the triangle named by `lower` is read.
    b : array_like of shape (n,) or (..., n, k)
        Leading axes are broadcast against those of `a`. A vector belongs to every matrix of a stack.
    lower : bool, default False
        Whether `a` is lower triangular.
    trans : {'N', 'T', 'C', 0, 1, 2}, default 'N'
        'N' or 0 solves with :math:`A`, the others with its transpose (for real numbers 'T' and 'C' are the same). The
        names are SciPy's.
    unit_diagonal : bool, default False
        Whether the diagonal is taken to be 1; it is not read then.

    Returns
    -------
    ndarray of the shape of `b`, broadcast

    Raises
    ------
    numpy.linalg.LinAlgError
        If a diagonal element is exactly zero; the message names its place.
    ValueError
        If the shapes do not fit, or `trans` is unknown.

    Notes
    -----
    :math:`n^2 k` flops, by substitution in blocks: nearly all of them in matrix products. Each column of the result
    solves a system whose elements differ from those of `a` by at most :math:`n \epsilon` of themselves [1]_.

    References
    ----------
    .. [1] N. Higham, "Accuracy and Stability of Numerical Algorithms", 2nd ed., SIAM 2002, theorem 8.5.

    Examples
    --------
    >>> from mlcore import linalg
    >>> linalg.solve_triangular([[2.0, 0.0], [1.0, 4.0]], [2.0, 9.0], lower=True)
    array([1., 2.])
    """
    try:
        return blas.solve_triangular(a, b, lower, _is_transposed(trans), unit_diagonal)
    except TypeError:
        return overridden(solve_triangular, a, b, lower=lower, trans=trans, unit_diagonal=unit_diagonal)


def triangular_multiply(
    a: ArrayLike, b: ArrayLike, /, *, lower: bool = False, trans: Trans = "N", unit_diagonal: bool = False
) -> Any:
    r"""Product of a triangular matrix and another one, :math:`A B` or :math:`A^T B`, in half the work of `matmul`.

    Parameters
    ----------
    a : array_like of shape (..., n, n)
        Only the triangle named by `lower` is read; the other counts as zero.
    b : array_like of shape (n,) or (..., n, k)
        Leading axes are broadcast against those of `a`. A vector belongs to every matrix of a stack.
    lower, trans, unit_diagonal
        As for `solve_triangular`.

    Returns
    -------
    ndarray of the shape of `b`, broadcast

    Raises
    ------
    ValueError
        If the shapes do not fit, or `trans` is unknown.

    Examples
    --------
    >>> from mlcore import linalg
    >>> linalg.triangular_multiply([[2.0, 0.0], [1.0, 4.0]], [1.0, 2.0], lower=True)
    array([2., 9.])
    """
    try:
        return blas.triangular_multiply(a, b, lower, _is_transposed(trans), unit_diagonal)
    except TypeError:
        return overridden(triangular_multiply, a, b, lower=lower, trans=trans, unit_diagonal=unit_diagonal)


def _is_transposed(trans: Trans) -> bool:
    if trans not in ("N", "T", "C", 0, 1, 2):
        raise ValueError(f"trans is {trans!r}; expected 'N' or 0 (as it is), 'T' or 1, 'C' or 2 (transposed).")
    return trans not in ("N", 0)
