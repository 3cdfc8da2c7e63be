"""Orthogonal factorisation by Householder reflections."""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from mlcore._core import linalg as _linalg
from mlcore.linalg._override import overridable


class QRResult(NamedTuple):
    """What `qr` returns: ``A = Q @ R``."""

    Q: Any
    """ndarray of shape (..., m, k): orthonormal columns."""
    R: Any
    """ndarray of shape (..., k, n): upper triangular."""


@overridable
def qr(a: ArrayLike, mode: Literal["reduced", "complete", "r", "raw"] = "reduced", *, positive: bool = False) -> Any:
    r"""Factors of an orthogonal factorisation, :math:`A = Q R`, :math:`Q^T Q = I`, R upper triangular.

    Parameters
    ----------
    a : array_like of shape (..., m, n)
        A matrix or a stack of them. float32 gives float32; everything else real is computed in float64.
    mode : {"reduced", "complete", "r", "raw"}, default "reduced"
        With k = min(m, n), ``"reduced"`` gives Q (m, k) and R (k, n); ``"complete"`` Q (m, m) and R (m, n); ``"r"`` R (k, n)
        alone; ``"raw"`` the reflections as LAPACK stores them.
    positive : bool, default False
        Whether to choose the signs so that the diagonal of R is not negative. R is then unique if `a` has full column rank.
        Not for ``"raw"``.

    Returns
    -------
    QRResult
        ``(Q, R)``, for ``"reduced"`` and ``"complete"``.
    R : ndarray of shape (..., k, n)
        For ``"r"``.
    (h, tau) : ndarrays of shapes (..., n, m) and (..., k)
        For ``"raw"``, the transpose of :math:`H` as `numpy.linalg.qr` has it. :math:`H` holds R on and above its diagonal and
        below it the vectors of the reflections :math:`I - \tau_j v_j v_j^T`, whose product is Q; element j of :math:`v_j`
        is 1 and not stored.

    Raises
    ------
    numpy.linalg.LinAlgError
        If `a` has fewer than two axes, or contains NaN or infinity.
    ValueError
        If `mode` is something else, or `positive` is asked for with ``"raw"``.
    TypeError
        For complex, half-precision, object or text arrays.

    See Also
    --------
    gram_schmidt : the same factorisation column by column, for the study of its errors.
    lstsq : least-squares solutions.

    Notes
    -----
    Householder reflections, in blocks that are applied by matrix products [1]_: :math:`2n^2(m - n/3)` flops for R and as
    many again for Q. Backward stable column by column: :math:`\|a_j - Q r_j\|` and :math:`\|Q^T Q - I\|` are small
    multiples of :math:`n \epsilon`, the former times :math:`\|a_j\|`, for every matrix, singular ones included. The signs are
    those of LAPACK.

    A tall matrix (at least eight rows for each column, and 256 KiB) is factored by Cholesky factors of :math:`A^T A`,
    :math:`Q^T Q` and so on, shifted if they must be, until Q is orthogonal [3]_; one of them is enough if columns, scaled to
    length 1, are well-conditioned. That is checked; where it does not come out, blocks of rows are taken [2]_. The bounds are
    the same. The diagonal of R is then not negative. The kernels are ``cpp/linalg/qr.cpp`` and the files it names.

    References
    ----------
    .. [1] R. Schreiber and C. Van Loan, "A Storage-Efficient WY Representation for Products of Householder Transformations",
       SIAM Journal on Scientific and Statistical Computing 10(1), 1989.
    .. [2] J. Demmel, L. Grigori, M. Hoemmen and J. Langou, "Communication-optimal Parallel and Sequential QR and LU
       Factorizations", SIAM Journal on Scientific Computing 34(1), 2012.
    .. [3] T. Fukaya, R. Kannan, Y. Nakatsukasa, Y. Yamamoto and Y. Yanagisawa, "Shifted Cholesky QR for Computing the QR
       Factorization of Ill-Conditioned Matrices", SIAM Journal on Scientific Computing 42(1), 2020.

    Examples
    --------
    >>> from mlcore import linalg
    >>> Q, R = linalg.qr([[3.0, 1.0], [4.0, 3.0]], positive=True)
    >>> Q.round(12)
    array([[ 0.6, -0.8],
           [ 0.8,  0.6]])
    >>> R.round(12)
    array([[5., 3.],
           [0., 1.]])
    """
    if mode not in ("reduced", "complete", "r", "raw"):
        raise ValueError(f"mode is {mode!r}; expected 'reduced', 'complete', 'r' or 'raw'.")
    if mode == "raw":
        if positive:
            raise ValueError("positive is True with mode 'raw'; the signs belong to the reflections. Choose another mode.")
        H, tau, _ = _linalg.qr_raw(a)
        return np.swapaxes(H, -1, -2), tau[..., 0, :]
    Q, R = _linalg.qr(a, mode == "complete", mode != "r")
    if positive:
        sign = np.where(np.diagonal(R, axis1=-2, axis2=-1) < 0, R.dtype.type(-1), R.dtype.type(1))
        k = sign.shape[-1]
        R[..., :k, :] *= sign[..., :, None]
        Q[..., :k] *= sign[..., None, :] if mode != "r" else 1
    return R if mode == "r" else QRResult(Q, R)
