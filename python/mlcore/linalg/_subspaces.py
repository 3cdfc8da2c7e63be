"""The spaces that belong to a matrix: its range, its null space, and the projector onto the range."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from mlcore._core import blas
from mlcore._validation import FloatArray
from mlcore.linalg._arrays import as_float_array
from mlcore.linalg._override import overridable
from mlcore.linalg._rank import in_range, singular_value_limit
from mlcore.linalg._svd import svd


@overridable
def orth(A: ArrayLike, rcond: float | None = None) -> Any:
    r"""Orthonormal basis of the range of `A`, the space that its columns span.

    Parameters
    ----------
    A : array_like of shape (m, n)
    rcond : float, optional
        Singular values up to `rcond` times the largest count as zero. Default ``max(m, n) * eps``.

    Returns
    -------
    ndarray of shape (m, r)
        Left singular vectors; r is the rank.

    Raises
    ------
    ValueError
        If `A` is not a matrix.
    numpy.linalg.LinAlgError
        If `A` contains NaN or infinity.

    See Also
    --------
    null_space, projector
    gram_schmidt : a basis whose first j vectors span what the first j columns do.

    Examples
    --------
    >>> from mlcore import linalg
    >>> abs(linalg.orth([[3.0, 6.0], [4.0, 8.0]]).round(12))
    array([[0.6],
           [0.8]])
    """
    U, _, _, rank = _decompose(A, rcond, full=False)
    return np.ascontiguousarray(U[:, :rank])


@overridable
def null_space(A: ArrayLike, rcond: float | None = None) -> Any:
    r"""Orthonormal basis of the null space of `A`, the vectors with :math:`A x = 0`.

    Parameters
    ----------
    A : array_like of shape (m, n)
    rcond : float, optional
        Singular values up to `rcond` times the largest count as zero. Default ``max(m, n) * eps``.

    Returns
    -------
    ndarray of shape (n, n - r)
        The last right singular vectors; r is the rank.

    Raises
    ------
    ValueError
        If `A` is not a matrix.
    numpy.linalg.LinAlgError
        If `A` contains NaN or infinity.

    See Also
    --------
    orth

    Examples
    --------
    >>> from mlcore import linalg
    >>> Z = linalg.null_space([[1.0, 1.0], [1.0, 1.0]])
    >>> abs(Z).round(4)
    array([[0.7071],
           [0.7071]])
    >>> abs(Z.sum()) < 1e-15
    np.True_
    """
    _, _, Vh, rank = _decompose(A, rcond, full=True)
    return np.ascontiguousarray(Vh[rank:].T)


@overridable
def projector(A: ArrayLike, rcond: float | None = None) -> Any:
    r"""Orthogonal projector onto the range of `A`, :math:`P = Q Q^T = A A^+`.

    Parameters
    ----------
    A : array_like of shape (m, n)
    rcond : float, optional
        Singular values up to `rcond` times the largest count as zero. Default ``max(m, n) * eps``.

    Returns
    -------
    ndarray of shape (m, m)
        Exactly symmetric, with :math:`P^2 = P` up to rounding. ``numpy.eye(m) - P`` projects onto the orthogonal complement.

    Raises
    ------
    ValueError
        If `A` is not a matrix.
    numpy.linalg.LinAlgError
        If `A` contains NaN or infinity.

    Notes
    -----
    To project a few vectors, ``Q @ (Q.T @ x)`` with ``Q = orth(A)`` is less work.

    Examples
    --------
    >>> from mlcore import linalg
    >>> linalg.projector([[3.0], [4.0]]).round(12)
    array([[0.36, 0.48],
           [0.48, 0.64]])
    """
    return blas.gram(orth(A, rcond).T)


def _decompose(A: ArrayLike, rcond: float | None, *, full: bool) -> tuple[FloatArray, FloatArray, FloatArray, int]:
    """Return the singular value decomposition and the rank."""
    array = as_float_array(A, "A")
    if array.ndim != 2:
        raise ValueError(f"A has shape {array.shape}; expected one matrix: those of a stack may differ in rank.")
    U, s, Vh = svd(in_range(array)[0], full_matrices=full)
    return U, s, Vh, int(np.count_nonzero(s > singular_value_limit(s, array, rcond)))
