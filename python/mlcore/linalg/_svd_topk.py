"""The few largest singular values and their vectors: by Lanczos iteration, and by random sketches."""

from __future__ import annotations

from typing import Any, Final, Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mlcore._core import blas
from mlcore._core import linalg as _linalg
from mlcore._validation import FloatArray, check_count, check_rng
from mlcore.exceptions import ConvergenceError
from mlcore.linalg._arrays import as_one_matrix
from mlcore.linalg._eigh_topk import eigh_topk
from mlcore.linalg._override import overridable
from mlcore.linalg._svd import svd

# A matrix of order less than twice k + 96 is decomposed whole, as by eigh_topk.
_WHOLE: Final = 2
_BASIS: Final = 96
# Vectors that the error is looked for in, and the factor by which all of them may fail to show it: once in 3^16 times.
_PROBES: Final = 16
_FACTOR: Final = 3 * (2 / np.pi) ** 0.5


class SVDTopkResult(NamedTuple):
    """What `svd_topk` returns."""

    U: Any
    """ndarray of shape (m, k): left singular vectors in the columns."""
    S: Any
    """ndarray of shape (k,): the largest singular values, descending."""
    Vh: Any
    """ndarray of shape (k, n): right singular vectors in the rows."""
    residuals: NDArray[np.float64]
    """ndarray of shape (k,): the larger of :math:`\\|A v_j - \\sigma_j u_j\\|` and :math:`\\|A^T u_j - \\sigma_j v_j\\|`, as a
    share of :math:`\\|A\\|`."""
    n_iter: int
    """Products of :math:`A^T A` with a block of 8 vectors."""
    method: Literal["block_lanczos", "svd"]
    """``"svd"`` if all singular values were computed and the largest taken."""


class RandomizedSVDResult(NamedTuple):
    """What `randomized_svd` returns."""

    U: Any
    """ndarray of shape (m, k): left singular vectors in the columns."""
    S: Any
    """ndarray of shape (k,): singular values, descending; each at most the true one, up to rounding."""
    Vh: Any
    """ndarray of shape (k, n): right singular vectors in the rows."""
    error: float
    """What :math:`\\|A - U \\,\\mathrm{diag}(S)\\, V^T\\|_2` is at most, with a probability of :math:`1 - 3^{-16}`."""
    method: Literal["block_krylov", "svd"]
    """``"svd"`` if all singular values were computed and the largest taken."""


@overridable
def svd_topk(
    A: ArrayLike,
    k: int,
    *,
    tol: float | None = None,
    max_iter: int = 1000,
    rng: int | np.random.Generator | None = None,
) -> SVDTopkResult:
    r"""Compute the `k` largest singular values of a matrix, and their vectors, to full accuracy.

    Parameters
    ----------
    A : array_like of shape (m, n)
        float32 gives float32; everything else real is computed in float64.
    k : int
        From 0 to min(m, n).
    tol : float, optional
        The largest residual, as a share of :math:`\|A\|`, that is accepted. The error of a singular value is at most that. The
        default is ``eps**(2/3)``: 4e-11 for float64, 2e-5 for float32.
    max_iter : int, default 1000
        How many products of :math:`A^T A` with a block of 8 vectors are allowed before `A` is decomposed whole.
    rng : None, int or numpy.random.Generator, optional
        Draws the start. The same seed gives the same bits on any number of threads.

    Returns
    -------
    SVDTopkResult
        ``(U, S, Vh, residuals, n_iter, method)``.

    Raises
    ------
    numpy.linalg.LinAlgError
        If `A` contains NaN or infinity.
    ValueError
        If `A` is not a matrix, or another argument is out of range.

    See Also
    --------
    randomized_svd : fewer products, for an approximation with an error estimate.
    svd : all singular values.

    Notes
    -----
    `eigh_topk` finds the dominant invariant subspace of :math:`A^T A` (of :math:`A A^T` if that is smaller) without forming
    it, and the decomposition of :math:`A V` gives singular values and vectors within it: squaring :math:`A` spoils the
    subspace, not the values found in it. Singular values below :math:`10^{-8} \|A\|` cannot be told apart that way. The
    residuals show it, and where they are larger than `tol`, `A` is decomposed whole, as it is if `A` is less than twice as
    large as k + 96; `method` says so.

    Examples
    --------
    >>> import numpy as np
    >>> from mlcore import linalg
    >>> A = np.zeros((500, 400))
    >>> A[:400] = np.diag(np.arange(400.0))
    >>> result = linalg.svd_topk(A, 3, rng=0)
    >>> result.S.round(8)
    array([399., 398., 397.])
    >>> result.method
    'block_lanczos'
    """
    matrix, k = _check(A, k)
    eps = float(np.finfo(matrix.dtype).eps)
    if tol is None:
        tol = eps ** (2 / 3)
    if not 0 <= tol < np.inf:
        raise ValueError(f"tol is {tol}; expected a number >= 0, the residual as a share of the norm of A.")
    max_iter = check_count(max_iter, "max_iter", 1)
    generator = check_rng(rng)
    if k == 0 or min(matrix.shape) < _WHOLE * (k + _BASIS):
        return _whole(matrix, k, 0)
    if matrix.shape[0] < matrix.shape[1]:
        result = svd_topk(matrix.T, k, tol=tol, max_iter=max_iter, rng=generator)
        return result._replace(U=np.ascontiguousarray(result.Vh.T), Vh=np.ascontiguousarray(result.U.T))

    scaled, exponent = scaled_into_range(matrix.astype(np.float64, copy=False))
    least = 32 * matrix.shape[1] ** 0.5 * float(np.finfo(np.float64).eps)
    try:
        pairs = eigh_topk(
            lambda X: blas.gram_apply(scaled, X), k, tol=least, max_iter=max_iter, rng=generator, n=matrix.shape[1]
        )
    except ConvergenceError as error:  # the residuals of what it found decide
        pairs = error.result
    if pairs.eigenvalues.size < k:
        return _whole(matrix, k, pairs.n_iter)
    U, s, Zt = svd(blas.matmul(scaled, pairs.eigenvectors), full_matrices=False)
    Vh = blas.matmul(Zt, pairs.eigenvectors.T)
    residuals = _residuals(scaled, U, s, Vh)
    if not residuals.max() <= tol:
        return _whole(matrix, k, pairs.n_iter)
    dtype = matrix.dtype
    S = np.ldexp(s, exponent).astype(dtype)
    return SVDTopkResult(U.astype(dtype), S, Vh.astype(dtype), residuals, pairs.n_iter, "block_lanczos")


@overridable
def randomized_svd(
    A: ArrayLike,
    k: int,
    *,
    oversample: int = 10,
    n_iter: int = 4,
    rng: int | np.random.Generator | None = None,
) -> RandomizedSVDResult:
    r"""Approximate the `k` largest singular values of a matrix, and their vectors, from a few products with random vectors.

    Parameters
    ----------
    A : array_like of shape (m, n)
        float32 gives float32; everything else real is computed in float64.
    k : int
        From 0 to min(m, n).
    oversample : int, default 10
        Random vectors beyond k.
    n_iter : int, default 4
        Products with :math:`A A^T` after the first product; 0 gives the plain random sketch.
    rng : None, int or numpy.random.Generator, optional
        Draws the vectors. The same seed gives the same bits on any number of threads.

    Returns
    -------
    RandomizedSVDResult
        ``(U, S, Vh, error, method)``. The best approximation of rank `k` has the error :math:`\sigma_{k+1}`.

    Raises
    ------
    numpy.linalg.LinAlgError
        If `A` contains NaN or infinity.
    ValueError
        If `A` is not a matrix, or another argument is out of range.

    See Also
    --------
    svd_topk : to full accuracy.

    Notes
    -----
    Block Krylov iteration [1]_: with a random block :math:`\Omega` of ``k + oversample`` columns, `A` is projected onto

    .. math:: A\Omega,\ (A A^T) A\Omega,\ \ldots,\ (A A^T)^q A\Omega

    that is, onto all blocks, not the last one alone as in subspace iteration; for a relative error :math:`\varepsilon` that
    takes :math:`1/\sqrt\varepsilon` instead of :math:`1/\varepsilon` products. If the space were as large as `A` allows, all
    singular values are computed instead; `method` says so.

    The error :math:`E = A - U \,\mathrm{diag}(S)\, V^T` is estimated from 16 new random vectors [2]_,

    .. math:: \|E\|^3 \le 3 \sqrt{2/\pi}\, \max_i \|E E^T E \omega_i\|,

    usually between 1.3 and 3 times too large. Products of `A` with blocks: ``2 n_iter + 2``, and 3 for the estimate.

    References
    ----------
    .. [1] C. Musco and C. Musco, "Randomized Block Krylov Methods for Stronger and Faster Approximate Singular Value
       Decomposition", Advances in Neural Information Processing Systems 28, 2015.
    .. [2] N. Halko, P. Martinsson and J. Tropp, "Finding Structure with Randomness", SIAM Review 53(2), 2011, section 4.3.

    Examples
    --------
    >>> import numpy as np
    >>> from mlcore import linalg
    >>> A = 1.0 / (np.arange(300)[:, None] + np.arange(200) + 1)
    >>> result = linalg.randomized_svd(A, 5, rng=0)
    >>> bool(abs(result.S - linalg.svdvals(A)[:5]).max() < 1e-12)
    True
    >>> s6 = linalg.svdvals(A)[5]
    >>> bool(s6 < result.error < 5 * s6)
    True
    """
    matrix, k = _check(A, k)
    oversample, n_iter = check_count(oversample, "oversample", 0), check_count(n_iter, "n_iter", 0)
    generator = check_rng(rng)
    width = k + oversample
    if k == 0 or width * (n_iter + 1) >= min(matrix.shape):
        full = _whole(matrix, k, 0)
        scaled, exponent = scaled_into_range(matrix)
        error = _error(scaled, full.U, np.ldexp(full.S, -exponent), full.Vh, generator)
        return RandomizedSVDResult(*full[:3], float(np.ldexp(error, exponent)), "svd")
    if matrix.shape[0] < matrix.shape[1]:
        result = randomized_svd(matrix.T, k, oversample=oversample, n_iter=n_iter, rng=generator)
        return result._replace(U=np.ascontiguousarray(result.Vh.T), Vh=np.ascontiguousarray(result.U.T))

    scaled, exponent = scaled_into_range(matrix)
    Qt, B = _krylov_basis(scaled, width, n_iter, generator)
    W, s, Vh = svd(B, full_matrices=False)
    U = blas.matmul(Qt.T, W[:, :k])
    s, Vh = s[:k].copy(), np.ascontiguousarray(Vh[:k])
    error = float(np.ldexp(_error(scaled, U, s, Vh, generator), exponent))
    return RandomizedSVDResult(U, np.ldexp(s, exponent), Vh, error, "block_krylov")


def _check(A: ArrayLike, k: int) -> tuple[FloatArray, int]:
    matrix = as_one_matrix(A, "A")
    if not np.isfinite(abs(matrix).max(initial=0)):
        raise np.linalg.LinAlgError(
            "A contains NaN or infinity; its singular values are not defined. Remove or replace such elements first."
        )
    return matrix, check_count(k, "k", 0, min(matrix.shape), f"the smaller size of A, of shape {matrix.shape}")


def scaled_into_range(matrix: FloatArray) -> tuple[FloatArray, int]:
    """Return the matrix times a power of two, so that squares of its norm stay in range, and the exponent to undo it."""
    size = float(abs(matrix).max(initial=0))
    exponent = int(np.frexp(size)[1])
    limit = 300 if matrix.dtype == np.float64 else 30
    return (matrix, 0) if abs(exponent) <= limit else (np.ldexp(matrix, -exponent), exponent)


def _whole(matrix: FloatArray, k: int, n_iter: int) -> SVDTopkResult:
    U, s, Vh = svd(matrix, full_matrices=False)
    U, s, Vh = np.ascontiguousarray(U[:, :k]), s[:k].copy(), np.ascontiguousarray(Vh[:k])
    scaled, exponent = scaled_into_range(matrix)
    return SVDTopkResult(U, s, Vh, _residuals(scaled, U, np.ldexp(s, -exponent), Vh), n_iter, "svd")


def _residuals(A: FloatArray, U: FloatArray, s: FloatArray, Vh: FloatArray) -> NDArray[np.float64]:
    if s.size == 0:
        return np.zeros(0)
    right, left = blas.matmul(A, Vh.T) - U * s, blas.matmul(U.T, A) - s[:, np.newaxis] * Vh
    largest: NDArray[np.float64] = np.maximum(blas.norm2(right.T), blas.norm2(left)).astype(np.float64)
    return largest / float(s[0]) if s[0] > 0 else largest


def _krylov_basis(A: FloatArray, width: int, n_iter: int, rng: np.random.Generator) -> tuple[FloatArray, FloatArray]:
    """Return an orthonormal basis of the Krylov space, in the rows of ``Qt``, and ``B = Qt @ A``."""
    m, n = A.shape
    Qt, B = np.empty((width * (n_iter + 1), m), A.dtype), np.empty((width * (n_iter + 1), n), A.dtype)
    rtol = max(m, n) * float(np.finfo(A.dtype).eps)  # less is rounding error
    W = blas.matmul(A, rng.normal(size=(n, width)).astype(A.dtype))
    for i in range(n_iter + 1):
        rows = slice(i * width, (i + 1) * width)
        for _ in range(2):  # W becomes orthonormal; a column that adds nothing becomes zero, and is drawn anew
            if not _linalg.orthogonalize_block(Qt[: rows.start], W, rtol)[2]:
                break
            empty = ~W.any(axis=0)
            W[:, empty] = rng.normal(size=(m, int(empty.sum())))
        Qt[rows] = W.T
        B[rows] = blas.matmul(Qt[rows], A)
        if i < n_iter:
            W = blas.matmul(A, B[rows].T)
    return Qt, B


def _error(A: FloatArray, U: FloatArray, s: FloatArray, Vh: FloatArray, rng: np.random.Generator) -> float:
    """Bound the norm of ``A - U diag(s) Vh`` as the docstring of `randomized_svd` says."""
    m, n = A.shape
    if m == 0 or n == 0:
        return 0.0

    def times(X: FloatArray, *, transposed: bool) -> FloatArray:
        if transposed:
            product: FloatArray = blas.matmul(A.T, X) - blas.matmul(Vh.T, s[:, np.newaxis] * blas.matmul(U.T, X))
        else:
            product = blas.matmul(A, X) - blas.matmul(U, s[:, np.newaxis] * blas.matmul(Vh, X))
        return product

    X = times(rng.normal(size=(n, _PROBES)).astype(A.dtype), transposed=False)
    size = float(blas.norm_inf(X.ravel()))  # the powers of E must not underflow
    if size == 0:
        return 0.0
    X = times(X / X.dtype.type(size), transposed=True)
    again = float(blas.norm_inf(X.ravel()))
    if again == 0:
        return 0.0
    X = times(X / X.dtype.type(again), transposed=False)
    largest = float(blas.norm2(X.T).max())
    return float(np.cbrt(_FACTOR * size) * np.cbrt(again) * np.cbrt(largest))
