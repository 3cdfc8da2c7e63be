"""All eigenvalues, and eigenvectors, of a symmetric matrix."""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

from numpy.typing import ArrayLike

from mlcore._core import linalg as _linalg
from mlcore.linalg._override import overridable


class EighResult(NamedTuple):
    """What `eigh` returns: ``A = V @ diag(w) @ V.T``."""

    eigenvalues: Any
    """ndarray of shape (..., n), ascending."""
    eigenvectors: Any
    """ndarray of shape (..., n, n): column ``[..., :, j]`` belongs to ``eigenvalues[..., j]``."""


@overridable
def eigh(a: ArrayLike, UPLO: Literal["L", "U", "l", "u"] = "L") -> EighResult:
    r"""Eigenvalues and eigenvectors of a symmetric matrix, :math:`A = V \,\mathrm{diag}(w)\, V^T`, :math:`V^T V = I`.

    Parameters
    ----------
    a : array_like of shape (..., n, n)
        A symmetric matrix or a stack of them. Only one triangle is read. float32 gives float32; everything else real is
        computed in float64.
    UPLO : {"L", "U"}, default "L"
        Which triangle is read, the lower or the upper one. The other may hold anything.

    Returns
    -------
    EighResult
        ``(eigenvalues, eigenvectors)``: eigenvalues ascending, shape (..., n); orthonormal eigenvectors in the columns,
        shape (..., n, n). The sign of each vector, and the basis for a repeated eigenvalue, are arbitrary.

    Raises
    ------
    numpy.linalg.LinAlgError
        If `a` is not square, contains NaN or infinity in the triangle that is read, or if the iteration does not
        converge (in 30 sweeps for each eigenvalue; it needs about 2).
    ValueError
        If `UPLO` is something else.
    TypeError
        For complex, half-precision, object or text arrays.

    See Also
    --------
    eigvalsh : the eigenvalues alone, in less than half the time.
    eigh_topk : the few largest eigenvalues of a big matrix, or of a function ``x -> A x``.

    Notes
    -----
    Householder reflections bring `a` to tridiagonal form [1]_. That is cut into halves, and so on down to pieces of 32
    rows, which the implicit QL iteration with Wilkinson's shift diagonalises [2]_; two halves are put together by the roots
    of a secular equation [3]_. At most about :math:`5n^3` flops, nearly all of them in matrix products. `a` is scaled by a
    power of two first, so that elements of 1e200 or 1e-200 do no harm. Backward stable:
    :math:`\|AV - V\,\mathrm{diag}(w)\|` is a small multiple of :math:`n \epsilon \|A\|`, so eigenvalues far below the largest
    have few correct digits. The kernels are ``cpp/linalg/eigh.cpp`` and the files it names.

    Matrices of order up to 8 are taken one in each SIMD lane, by Jacobi's method (``cpp/linalg/eigh_small.cpp``): stacks of
    them are fast, and small eigenvalues of positive definite matrices with graded rows and columns keep their digits.

    References
    ----------
    .. [1] G. Golub and C. Van Loan, "Matrix Computations", 4th ed., chapter 8.3, Johns Hopkins, 2013.
    .. [2] B. Parlett, "The Symmetric Eigenvalue Problem", chapter 8, SIAM, 1998.
    .. [3] M. Gu and S. Eisenstat, "A Divide-and-Conquer Algorithm for the Symmetric Tridiagonal Eigenproblem", SIAM Journal
       on Matrix Analysis and Applications 16(1), 1995.

    Examples
    --------
    >>> from mlcore import linalg
    >>> w, V = linalg.eigh([[2.0, 1.0], [1.0, 2.0]])
    >>> w.round(12)
    array([1., 3.])
    >>> abs(V).round(4)
    array([[0.7071, 0.7071],
           [0.7071, 0.7071]])
    """
    return EighResult(*_linalg.eigh(a, _is_lower(UPLO)))


@overridable
def eigvalsh(a: ArrayLike, UPLO: Literal["L", "U", "l", "u"] = "L") -> Any:
    r"""Eigenvalues of a symmetric matrix, in ascending order.

    Parameters
    ----------
    a : array_like of shape (..., n, n)
        A symmetric matrix or a stack of them. Only one triangle is read. float32 gives float32; everything else real is
        computed in float64.
    UPLO : {"L", "U"}, default "L"
        Which triangle is read, the lower or the upper one. The other may hold anything.

    Returns
    -------
    ndarray of shape (..., n)

    Raises
    ------
    numpy.linalg.LinAlgError
        If `a` is not square, contains NaN or infinity in the triangle that is read, or if the iteration does not
        converge (in 30 sweeps for each eigenvalue; it needs about 2).
    ValueError
        If `UPLO` is something else.
    TypeError
        For complex, half-precision, object or text arrays.

    See Also
    --------
    eigh : eigenvectors as well.

    Notes
    -----
    Tridiagonal form as in `eigh`, then the QL iteration on squares, which needs no square roots [1]_:
    :math:`\tfrac43 n^3` flops. The absolute error of each eigenvalue is a small multiple of :math:`n \epsilon \|A\|`. The last
    digits may differ from those of `eigh`. The kernel is ``cpp/linalg/tridiagonal_values.cpp``.

    References
    ----------
    .. [1] B. Parlett, "The Symmetric Eigenvalue Problem", chapter 8.15, SIAM, 1998.

    Examples
    --------
    >>> from mlcore import linalg
    >>> linalg.eigvalsh([[2.0, 1.0], [1.0, 2.0]]).round(12)
    array([1., 3.])
    """
    return _linalg.eigvalsh(a, _is_lower(UPLO))


def _is_lower(UPLO: str) -> bool:
    if UPLO not in ("L", "U", "l", "u"):
        raise ValueError(f"UPLO is {UPLO!r}; expected 'L' (read the lower triangle) or 'U' (the upper one).")
    return UPLO in ("L", "l")
