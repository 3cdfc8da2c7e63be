"""The eigenvalue of largest modulus, by repeated multiplication."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Sequence
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.linalg import LinAlgError
from numpy.typing import ArrayLike

from mlcore._core import linalg as _linalg
from mlcore._validation import check_count, check_rng
from mlcore.exceptions import ConvergenceWarning
from mlcore.linalg._arrays import as_one_matrix
from mlcore.linalg._gram_schmidt import gram_schmidt
from mlcore.linalg._override import overridable


class PowerIterationResult(NamedTuple):
    """What `power_iteration` returns."""

    value: Any
    """The eigenvalue; with status ``"max_iter"`` only the last Rayleigh quotient."""
    vector: Any
    """ndarray of shape (n,), of length 1."""
    status: Literal["converged", "max_iter"]
    """Whether the residual reached `tol`."""
    n_iter: int
    """Number of products with `A`."""
    history: Any
    """ndarray of shape (n_iter,): the Rayleigh quotient after each product."""
    residual: float
    r""":math:`\|A v - \lambda v\| / \|A\|`, with the largest :math:`\|A v\|` seen for :math:`\|A\|`."""


@overridable
def power_iteration(
    A: ArrayLike,
    *,
    tol: float | None = None,
    max_iter: int = 1000,
    shift: float | None = None,
    rng: int | np.random.Generator | None = None,
    deflate: PowerIterationResult | Sequence[PowerIterationResult] = (),
) -> PowerIterationResult:
    r"""The eigenvalue of `A` that is largest in modulus, and its eigenvector, by the power method.

    .. math:: v_{k+1} = (A - s I) v_k / \|(A - s I) v_k\|, \qquad \lambda_k = v_k^T A v_k

    Parameters
    ----------
    A : array_like of shape (n, n)
        A square matrix, symmetric or not, n at least 1. float32 gives float32; everything else real is computed in
        float64.
    tol : float, optional
        The iteration stops when :math:`\|Av - \lambda v\| \le` ``tol`` :math:`\|A\|`. For a symmetric matrix the error
        of :math:`\lambda` is then about the square of that. The default is ``eps**(2/3)``: 4e-11 for float64, 2e-5 for
        float32.
    max_iter : int, default 1000
        The most products to make.
    shift : float, optional
        Iterate with :math:`A - sI`, which finds the eigenvalue farthest from s; the value returned is one of `A`. A shift
        in the middle of the unwanted eigenvalues speeds the iteration up.
    rng : None, int or numpy.random.Generator, optional
        Draws the start, from a normal distribution.
    deflate : PowerIterationResult or sequence of them, optional
        Pairs found before. Their directions are projected out of each product, so that the next pair is found. For a
        symmetric matrix (Hotelling's deflation) that is an eigenpair. For others it is the next eigenvalue and its Schur
        vector, which is orthogonal to the earlier ones, and the residual is that of the projected matrix.

    Returns
    -------
    PowerIterationResult
        ``(value, vector, status, n_iter, history, residual)``.

    Warns
    -----
    mlcore.exceptions.ConvergenceWarning
        If `max_iter` products were not enough. The status is then ``"max_iter"``. It stays so however long one waits when
        two eigenvalues of largest modulus are :math:`\pm\lambda` (a shift helps) or a complex pair (nothing helps).

    Raises
    ------
    numpy.linalg.LinAlgError
        If `A` is not square, or a product is not finite.
    ValueError
        If `tol` or `max_iter` is out of range, or `deflate` leaves no direction.
    TypeError
        For complex, object or text arrays, if `max_iter` is no integer, or if `deflate` holds anything but results.

    See Also
    --------
    eigh_topk : many eigenpairs, and close ones, in far fewer products.

    Notes
    -----
    The error falls by :math:`|\lambda_2 - s| / |\lambda_1 - s|` a step; each step reads `A` once. The kernel is
    ``cpp/linalg/power_iteration.cpp``; its first steps stand in ``cpp/ladder`` [1]_.

    References
    ----------
    .. [1] B. Parlett, "The Symmetric Eigenvalue Problem", chapter 4, SIAM, 1998.

    Examples
    --------
    >>> from mlcore import linalg
    >>> A = [[2.0, 1.0, 0.0], [1.0, 3.0, 1.0], [0.0, 1.0, 4.0]]
    >>> first = linalg.power_iteration(A, rng=0)
    >>> round(float(first.value), 6), first.status
    (4.732051, 'converged')
    >>> second = linalg.power_iteration(A, rng=0, deflate=first)
    >>> round(float(second.value), 6)
    3.0
    """
    matrix = as_one_matrix(A, "A")
    n = matrix.shape[0]
    if matrix.shape[1] != n:
        raise LinAlgError(f"A has shape {matrix.shape}; expected a square matrix.")
    if tol is None:
        tol = float(np.finfo(matrix.dtype).eps) ** (2 / 3)
    if not 0 <= tol < np.inf:
        raise ValueError(f"tol is {tol}; expected a number >= 0, the residual as a share of the norm of A.")
    max_iter = check_count(max_iter, "max_iter", 1)
    if shift is not None and not np.isfinite(shift):
        raise ValueError(f"shift is {shift}; expected a finite number.")
    found = list(deflate) if isinstance(deflate, Iterable) and not isinstance(deflate, PowerIterationResult) else [deflate]
    if len(found) >= n:
        raise ValueError(f"deflate holds {len(found)} pairs; expected fewer than {n}, the order of A: no direction is left.")
    for pair in found:
        if not hasattr(pair, "vector"):
            raise TypeError(f"deflate holds {pair!r} of type {type(pair).__name__}; expected results of power_iteration.")
        if np.shape(pair.vector) != (n,):
            raise ValueError(f"deflate holds a vector of shape {np.shape(pair.vector)}; expected ({n},), the order of A.")
    vectors = np.array([pair.vector for pair in found], dtype=matrix.dtype).reshape(len(found), n).T
    start = check_rng(rng).standard_normal((n,))
    value, vector, converged, history, residual = _linalg.power_iteration(
        matrix, start, gram_schmidt(vectors).Q, 0.0 if shift is None else shift, tol, max_iter
    )
    if not converged:
        warnings.warn(
            f"{len(history)} products left a residual of {residual:.1e} of the norm of A, and tol is {tol:.1e}: the value "
            "is no eigenvalue yet. Raise max_iter or tol; a shift helps if two eigenvalues are close in modulus.",
            ConvergenceWarning,
            stacklevel=2,
        )
    return PowerIterationResult(value, vector, "converged" if converged else "max_iter", len(history), history, residual)
