"""Singular values and singular vectors."""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from mlcore._core import linalg as _linalg
from mlcore.linalg._eigh import eigh, eigvalsh
from mlcore.linalg._override import overridable, overridden


class SVDResult(NamedTuple):
    """What `svd` returns: ``a = U @ diag(S) @ Vh``."""

    U: Any
    """ndarray of shape (..., m, m) or (..., m, k), k = min(m, n): left singular vectors in the columns."""
    S: Any
    """ndarray of shape (..., k): singular values, descending."""
    Vh: Any
    """ndarray of shape (..., n, n) or (..., k, n): right singular vectors in the rows."""


@overridable
def svd(
    a: ArrayLike,
    full_matrices: bool = True,
    compute_uv: bool = True,
    hermitian: bool = False,
    *,
    method: Literal["bidiagonal", "jacobi"] = "bidiagonal",
    canonical_sign: bool = False,
) -> Any:
    r"""Singular value decomposition, :math:`A = U \,\mathrm{diag}(s)\, V^T`, :math:`U^T U = I`, :math:`V^T V = I`.

    Parameters
    ----------
    a : array_like of shape (..., m, n)
        A matrix or a stack of them. float32 gives float32; everything else real is computed in float64.
    full_matrices : bool, default True
        Whether `U` and `Vh` are square, (m, m) and (n, n), or reduced to the first k = min(m, n) columns and rows.
    compute_uv : bool, default True
        Whether to compute singular vectors. If not, the result is the array of singular values alone, as `svdvals` has it.
    hermitian : bool, default False
        Take `a` for symmetric and read its lower triangle only: the decomposition follows from `eigh`, in about half the time.
    method : {"bidiagonal", "jacobi"}, default "bidiagonal"
        ``"jacobi"`` takes several times as long and finds also the small singular values of a graded matrix to nearly all
        digits; see Notes. It does not go with `hermitian`.
    canonical_sign : bool, default False
        Whether to fix the signs: in each column of `U`, the element of largest absolute value (the first of equal ones) is made
        positive, and the row of `Vh` goes with it. Columns and rows that have no singular value are left alone. Otherwise
        signs are arbitrary.

    Returns
    -------
    SVDResult
        ``(U, S, Vh)``; or S alone, ndarray of shape (..., k), if not `compute_uv`.

    Raises
    ------
    numpy.linalg.LinAlgError
        If `a` has fewer than two axes, contains NaN or infinity, or if the iteration does not converge (in 30 sweeps for each
        singular value, or 40 sweeps of rotations; it needs about 2, or 8). If `hermitian` and `a` is not square.
    ValueError
        If `method` is something else, or ``"jacobi"`` together with `hermitian`.
    TypeError
        For complex, half-precision, object or text arrays.

    See Also
    --------
    svdvals : singular values alone.
    svd_topk, randomized_svd : the few largest.

    Notes
    -----
    Householder reflections from both sides bring `a` to bidiagonal form [1]_. That is cut into halves, and so on down to
    pieces of 32 rows, which the implicit QR iteration diagonalises [2]_; two halves are put together by the roots of a
    secular equation [3]_. `a` is scaled by a power of two first, so that elements of 1e200 or 1e-200 do no harm. Backward
    stable: :math:`\|A - U \,\mathrm{diag}(s)\, V^T\|` is a small multiple of :math:`\max(m, n)\, \epsilon \|A\|`, so singular
    values far below the largest have few correct digits. The kernels are ``cpp/linalg/svd.cpp`` and the files it names.

    Of a matrix with half as many rows again as columns, R of :math:`A = Q R` is decomposed,
    :math:`R = X \,\mathrm{diag}(s)\, V^T`, and :math:`U = Q X`; a tall one (see `qr`) is multiplied once, by
    :math:`R^{-1} X`, if its columns are well-conditioned.

    Matrices of at most 16 rows and 8 columns, or 8 and 16, are taken one in each SIMD lane, by one-sided Jacobi rotations
    (``cpp/linalg/svd_small.cpp``): stacks of them are fast, and columns (rows, if there are fewer of them) of very different
    sizes cost no digits.

    With ``method="jacobi"``, two QR factorisations with pivoting prepare a one-sided Jacobi iteration [4]_
    (``cpp/linalg/jacobi_svd.cpp``). For :math:`A = D_1 B D_2` with diagonal :math:`D_1, D_2`, however graded, each singular
    value has a relative error of a small multiple of :math:`n\, \epsilon\, \kappa(B)`, down to :math:`2^{-900}` (in float32
    :math:`2^{-80}`) of the largest element of `a`; what is less is returned as zero.

    References
    ----------
    .. [1] G. Golub and C. Van Loan, "Matrix Computations", 4th ed., chapter 8.6, Johns Hopkins, 2013.
    .. [2] J. Demmel and W. Kahan, "Accurate Singular Values of Bidiagonal Matrices", SIAM Journal on Scientific and
       Statistical Computing 11(5), 1990.
    .. [3] M. Gu and S. Eisenstat, "A Divide-and-Conquer Algorithm for the Bidiagonal SVD", SIAM Journal on Matrix Analysis
       and Applications 16(1), 1995.
    .. [4] Z. Drmac and K. Veselic, "New Fast and Accurate Jacobi SVD Algorithm", SIAM Journal on Matrix Analysis and
       Applications 29(4), 2008.

    Examples
    --------
    >>> from mlcore import linalg
    >>> U, s, Vh = linalg.svd([[3.0, 0.0], [4.0, 5.0]], canonical_sign=True)
    >>> (s**2).round(12)
    array([45.,  5.])
    >>> ((U * s) @ Vh).round(12)
    array([[3., 0.],
           [4., 5.]])
    """
    if method not in ("bidiagonal", "jacobi"):
        raise ValueError(f"method is {method!r}; expected 'bidiagonal' or 'jacobi'.")
    jacobi = method == "jacobi"
    if jacobi and hermitian:
        raise ValueError("method='jacobi' does not go with hermitian=True, which means eigh; leave one of them out.")
    if not compute_uv:
        return _absolute_eigenvalues(a) if hermitian else _linalg.svdvals(a, jacobi)
    U, s, Vh = _from_eigh(a) if hermitian else _linalg.svd(a, full_matrices, jacobi)
    if canonical_sign:
        _fix_signs(U, s, Vh)
    return SVDResult(U, s, Vh)


def svdvals(a: ArrayLike, /) -> Any:
    r"""Singular values in descending order.

    Parameters
    ----------
    a : array_like of shape (..., m, n)
        A matrix or a stack of them. float32 gives float32; everything else real is computed in float64.

    Returns
    -------
    ndarray of shape (..., min(m, n))

    Raises
    ------
    numpy.linalg.LinAlgError
        If `a` has fewer than two axes, or contains NaN or infinity.
    TypeError
        For complex, half-precision, object or text arrays.

    Notes
    -----
    Bidiagonal form as in `svd`, whose singular values are then found by bisection, each for itself [1]_. The absolute error is
    a small multiple of :math:`\max(m, n)\, \epsilon \|A\|`. The kernel is ``cpp/linalg/bidiagonal_values.cpp``;
    small matrices go the way described at `svd`.

    References
    ----------
    .. [1] K. Fernando, "Accurately Counting Singular Values of Bidiagonal Matrices and Eigenvalues of Skew-Symmetric
       Tridiagonal Matrices", SIAM Journal on Matrix Analysis and Applications 20(2), 1998.

    Examples
    --------
    >>> from mlcore import linalg
    >>> linalg.svdvals([[3.0, 4.0], [0.0, 0.0]]).round(12)
    array([5., 0.])
    """
    try:
        return _linalg.svdvals(a, False)
    except TypeError:
        return overridden(svdvals, a)


def _absolute_eigenvalues(a: ArrayLike) -> Any:
    return np.sort(abs(eigvalsh(a)), axis=-1)[..., ::-1]


def _from_eigh(a: ArrayLike) -> tuple[Any, Any, Any]:
    w, V = eigh(a)
    order = np.argsort(abs(w), axis=-1)[..., ::-1]
    w, V = np.take_along_axis(w, order, -1), np.take_along_axis(V, order[..., None, :], -1)
    return V * np.where(w < 0, -1, 1).astype(w.dtype)[..., None, :], abs(w), np.ascontiguousarray(np.swapaxes(V, -1, -2))


def _fix_signs(U: Any, s: Any, Vh: Any) -> None:
    """Make the largest element of each left singular vector positive, in place."""
    k = s.shape[-1]
    if U.size == 0:
        return
    left = U[..., :k]
    largest = np.take_along_axis(left, abs(left).argmax(-2, keepdims=True), -2)
    sign = np.where(largest < 0, -1, 1).astype(U.dtype)
    left *= sign
    Vh[..., :k, :] *= np.swapaxes(sign, -1, -2)
