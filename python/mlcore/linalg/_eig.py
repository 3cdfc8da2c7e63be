"""Eigenvalues and eigenvectors of general real matrices."""

from __future__ import annotations

from typing import Any, NamedTuple

from numpy.typing import ArrayLike

from mlcore._core import linalg as _linalg
from mlcore.linalg._override import overridable


class EigResult(NamedTuple):
    """What `eig` returns: ``A @ V = V @ diag(w)``."""

    eigenvalues: Any
    """ndarray of shape (..., n), in no particular order; conjugate pairs are neighbours, positive imaginary part first."""
    eigenvectors: Any
    """ndarray of shape (..., n, n): column ``[..., :, j]`` belongs to ``eigenvalues[..., j]``."""


@overridable
def eig(a: ArrayLike) -> EigResult:
    r"""Eigenvalues and right eigenvectors of a square matrix, :math:`A v_j = w_j v_j`.

    For a symmetric matrix, `eigh` is faster and more accurate.

    Parameters
    ----------
    a : array_like of shape (..., n, n)
        A real matrix or a stack of them. float32 gives float32 or complex64; everything else real is computed in float64.

    Returns
    -------
    EigResult
        ``(eigenvalues, eigenvectors)``, shapes (..., n) and (..., n, n). They are complex if an eigenvalue of any matrix in the
        stack is, else real. Columns have Euclidean norm 1; of a complex one the largest element is real and positive.
        Eigenvalues are repeated as often as they occur; a defective matrix has fewer independent eigenvectors than columns,
        and some of those returned are then nearly parallel.

    Raises
    ------
    numpy.linalg.LinAlgError
        If `a` is not square, contains NaN or infinity, or if the iteration does not converge (in 30 steps for each
        eigenvalue; it needs fewer than 2).
    TypeError
        For complex, half-precision, object or text arrays.

    See Also
    --------
    eigvals : the eigenvalues alone, in two thirds of the time.
    schur : an orthogonal basis, which exists for every matrix.

    Notes
    -----
    Powers of two even out rows and columns [1]_, Householder reflections bring the matrix to Hessenberg form, shifted QR sweeps
    bring that to Schur form [2]_, [3]_, and back-substitution gives the vectors: about :math:`20 n^3` flops. The matrix is
    scaled by a power of two first, so that elements of 1e200 or 1e-200 do no harm. Eigenvalues are those of a matrix within
    a small multiple of :math:`n \epsilon \|A\|` of `a` (after balancing); how far they move depends on the angle between
    their left and right eigenvectors. Where balancing scaled the elements of a vector so differently that it fails its
    equation by more than a few :math:`n \epsilon \|A\|`, it is found anew from `a` itself, by inverse iteration [4]_. The
    kernels are ``cpp/linalg/eig.cpp`` and the files it names.

    References
    ----------
    .. [1] R. James, J. Langou and B. Lowery, "On Matrix Balancing and Eigenvector Computation", arXiv:1401.5766, 2014.
    .. [2] G. Golub and C. Van Loan, "Matrix Computations", 4th ed., chapter 7, Johns Hopkins, 2013.
    .. [3] K. Braman, R. Byers and R. Mathias, "The Multishift QR Algorithm", parts I and II, SIAM Journal on Matrix Analysis
       and Applications 23(4), 2002.
    .. [4] I. Ipsen, "Computing an Eigenvector with Inverse Iteration", SIAM Review 39(2), 1997.

    Examples
    --------
    >>> from mlcore import linalg
    >>> w, V = linalg.eig([[0.0, -1.0], [1.0, 0.0]])
    >>> w
    array([0.+1.j, 0.-1.j])
    >>> abs(V).round(4)
    array([[0.7071, 0.7071],
           [0.7071, 0.7071]])
    """
    return EigResult(*_linalg.eig(a, True))


@overridable
def eigvals(a: ArrayLike) -> Any:
    r"""Eigenvalues of a square matrix.

    Parameters
    ----------
    a : array_like of shape (..., n, n)
        A real matrix or a stack of them.

    Returns
    -------
    ndarray of shape (..., n)
        As `eig` has them, up to rounding.

    Raises
    ------
    numpy.linalg.LinAlgError, TypeError
        As in `eig`.

    See Also
    --------
    eig : with eigenvectors, and notes on the method.

    Examples
    --------
    >>> from mlcore import linalg
    >>> linalg.eigvals([[2.0, 1.0], [0.0, 3.0]])
    array([2., 3.])
    """
    return _linalg.eig(a, False)[0]
