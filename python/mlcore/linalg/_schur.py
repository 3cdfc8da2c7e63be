"""Condensed forms of general real matrices by orthogonal similarity."""

from __future__ import annotations

from typing import Any, NamedTuple

from numpy.typing import ArrayLike

from mlcore._core import linalg as _linalg
from mlcore.linalg._override import overridable


class SchurResult(NamedTuple):
    """What `schur` returns: ``A = Z @ T @ Z.T``."""

    T: Any
    """ndarray of shape (..., n, n): upper quasi-triangular."""
    Z: Any
    """ndarray of shape (..., n, n): orthogonal."""


class HessenbergResult(NamedTuple):
    """What `hessenberg` returns: ``A = Q @ H @ Q.T``."""

    H: Any
    """ndarray of shape (..., n, n): zero below the subdiagonal."""
    Q: Any
    """ndarray of shape (..., n, n): orthogonal."""


@overridable
def schur(a: ArrayLike, /) -> SchurResult:
    r"""Real Schur form, :math:`A = Z T Z^T` with orthogonal :math:`Z`.

    Parameters
    ----------
    a : array_like of shape (..., n, n)
        A real matrix or a stack of them. float32 gives float32; everything else real is computed in float64.

    Returns
    -------
    SchurResult
        ``(T, Z)``, as `scipy.linalg.schur` has them. `T` is upper triangular but for 2 x 2 blocks on its diagonal, one for
        each conjugate pair :math:`x \pm i y`, of the form :math:`[[x, b], [c, x]]` with :math:`b c = -y^2`. The first
        columns of `Z` span a subspace that `a` maps into itself.

    Raises
    ------
    numpy.linalg.LinAlgError
        If `a` is not square, contains NaN or infinity, or if the iteration does not converge.
    TypeError
        For complex, half-precision, object or text arrays.

    See Also
    --------
    eig : eigenvectors, by way of this form.

    Notes
    -----
    Hessenberg form, then shifted QR sweeps, about :math:`20 n^3` flops [1]_. :math:`\|A - Z T Z^T\|` is a small multiple of
    :math:`n \epsilon \|A\|`. The kernels are ``cpp/linalg/hessenberg_qr.cpp`` and the files it names.

    References
    ----------
    .. [1] G. Golub and C. Van Loan, "Matrix Computations", 4th ed., chapter 7.5, Johns Hopkins, 2013.

    Examples
    --------
    >>> from mlcore import linalg
    >>> T, Z = linalg.schur([[1.0, 2.0], [2.0, 1.0]])
    >>> T.diagonal().round(12) + 0.0
    array([ 3., -1.])
    >>> (Z @ T @ Z.T).round(12)
    array([[1., 2.],
           [2., 1.]])
    """
    return SchurResult(*_linalg.schur(a))


@overridable
def hessenberg(a: ArrayLike, /) -> HessenbergResult:
    r"""Hessenberg form, :math:`A = Q H Q^T` with orthogonal :math:`Q`.

    Parameters
    ----------
    a : array_like of shape (..., n, n)
        A real matrix or a stack of them. float32 gives float32; everything else real is computed in float64.

    Returns
    -------
    HessenbergResult
        ``(H, Q)``: what `scipy.linalg.hessenberg` returns with ``calc_q=True``.

    Raises
    ------
    numpy.linalg.LinAlgError
        If `a` is not square, or contains NaN or infinity.
    TypeError
        For complex, half-precision, object or text arrays.

    Notes
    -----
    Householder reflections, gathered into blocks and applied by matrix products: :math:`\frac{14}{3} n^3` flops. The kernel is
    ``cpp/linalg/hessenberg_reduction.cpp``.

    Examples
    --------
    >>> from mlcore import linalg
    >>> H, Q = linalg.hessenberg([[1.0, 2.0, 3.0], [3.0, 2.0, 1.0], [4.0, 1.0, 2.0]])
    >>> H.round(4)
    array([[ 1.  , -3.6 ,  0.2 ],
           [-5.  ,  2.96,  0.28],
           [ 0.  ,  0.28,  1.04]])
    """
    return HessenbergResult(*_linalg.hessenberg(a))
