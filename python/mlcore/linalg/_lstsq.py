"""Least squares."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, overload

import numpy as np
from numpy.linalg import LinAlgError
from numpy.typing import ArrayLike

from mlcore._core import blas
from mlcore._core import linalg as _linalg
from mlcore._validation import FloatArray
from mlcore.linalg._arrays import as_float_array, check_share
from mlcore.linalg._norms import vector_norm
from mlcore.linalg._override import overridable
from mlcore.linalg._qr import qr
from mlcore.linalg._svd import svdvals
from mlcore.linalg._triangular import solve_triangular

_EPS = {np.dtype(kind): float(np.finfo(kind).eps) for kind in (np.float32, np.float64)}
# Right-hand sides beyond this number, and beyond n, are multiplied by an explicit Q instead of being factored along.
_FEW = 16
# Matrices of so few elements are refined, which costs little, from this condition number on.
_SMALL, _SOME = 2**16, 2.0**10
# Lengths of columns up to this, and from its reciprocal on, are refined as they are.
_FAR = {np.dtype(np.float32): 2.0**16, np.dtype(np.float64): 2.0**128}


class LstsqResult(NamedTuple):
    """What `lstsq` returns, as `numpy.linalg.lstsq` does."""

    x: Any
    """ndarray of shape (..., n) or (..., n, k): the solutions."""
    residuals: Any
    r"""ndarray of shape (..., k): :math:`\|b - A x\|^2` for each right-hand side; of one matrix that has not full column
    rank, or not more rows than columns, empty."""
    rank: Any
    """int or ndarray of int, shape (...): rank of `a`."""
    s: Any
    """ndarray of shape (..., min(m, n)): singular values of `a`, descending."""


@dataclass(frozen=True, slots=True)
class LstsqDiagnostics:
    """How good a least-squares solution is, and how it was found."""

    rank: Any
    """int or ndarray of int, shape (...): the rank taken for that of `a`."""
    condition: Any
    r"""float or ndarray of shape (...): :math:`\sigma_1 / \sigma_r` of `a`, r the rank."""
    scaled_condition: Any
    """The same with the columns of `a` (the rows, if m < n) scaled to length 1, and without a rank: what the error of the
    default method depends on. Infinite if one of them is zero."""
    residual_norms: Any
    r"""ndarray of shape (..., k): :math:`\|b - A x\|`."""
    method: Literal["qr", "svd"]
    """``"qr"`` if all matrices had full rank and were solved by substitution; ``"svd"`` if singular values were cut off."""
    refined: bool
    """Whether the solution was improved with residuals in twice the precision."""


@overload
def lstsq(a: ArrayLike, b: ArrayLike, rcond: float | None = None, *, diagnostics: Literal[False] = False) -> LstsqResult: ...
@overload
def lstsq(
    a: ArrayLike, b: ArrayLike, rcond: float | None = None, *, diagnostics: Literal[True]
) -> tuple[LstsqResult, LstsqDiagnostics]: ...
@overridable
def lstsq(a: ArrayLike, b: ArrayLike, rcond: float | None = None, *, diagnostics: bool = False) -> Any:
    r"""Least-squares solution of :math:`A x = b`: of the vectors with the least :math:`\|b - A x\|`, the shortest.

    Parameters
    ----------
    a : array_like of shape (..., m, n)
        The matrix of coefficients, or a stack of them. float32 gives float32; everything else real is computed in float64.
    b : array_like of shape (m,) or (..., m, k)
        The right-hand sides. Leading axes are broadcast against those of `a`; a vector belongs to every matrix of a stack.
    rcond : float, optional
        Singular values of `a` up to `rcond` times the largest count as zero, negative values meaning eps, as in NumPy. The
        default, unlike NumPy's, asks first, for m >= n, whether the columns of `a`, *scaled to length 1*, are independent:
        whether the singular values of the scaled matrix are all larger than ``max(m, n) * eps`` times the largest. Then the
        rank is full. If not, or if m < n, ``max(m, n) * eps`` is taken for `rcond`. See the notes.
    diagnostics : bool, default False
        Whether to say more about the solution.

    Returns
    -------
    LstsqResult
        ``(x, residuals, rank, s)``.
    (LstsqResult, LstsqDiagnostics)
        If `diagnostics`.

    Raises
    ------
    numpy.linalg.LinAlgError
        If `a` is not a matrix or a stack of them, the shapes do not fit, or there is NaN or infinity.
    TypeError
        For complex numbers, text or dates.

    See Also
    --------
    factor : for many right-hand sides that come one after another.
    solve : for a square matrix that is not singular.

    Notes
    -----
    Householder reflections reduce :math:`(A\; b)` to a triangle, :math:`2mn^2` flops in one read of `a`, and the rest is done
    with that: substitution if the rank is full, else the singular value decomposition of the triangle [1]_. The kernels are
    ``cpp/linalg/least_squares.cpp`` and ``cpp/linalg/svd_solve.cpp``.

    The Cholesky factor of :math:`A^T A`, by itself, would square the condition number. Of a tall matrix (at least eight rows
    for each column, and 256 KiB) it is the triangle only if columns, scaled to length 1, are well-conditioned, so that no more
    is lost than by reflections; up to a condition number of about :math:`10^6` (300 in float32) it is corrected by that of
    :math:`Q^T Q`, :math:`Q = A R^{-1}` [3]_. The solution is then improved with residuals :math:`b - A x` until they are
    orthogonal to the columns [2]_, which makes it as good as that of reflections. All other matrices take reflections. The
    kernel is ``cpp/linalg/cholesky_r.cpp``.

    Units of measurement scale the columns, and so, by themselves, do the powers in a polynomial: they make condition numbers
    large without making solutions uncertain. Substitution after reflections does not feel them: the relative error of
    :math:`x_j`, times the length of column j, is bounded by the condition number of the scaled matrix, times eps (its square
    if the residual is large). That is why it decides about the rank. A matrix with dependent columns but for rounding errors is
    recognised either way.

    Where that would cost half of the digits, or three of them if `a` has at most 65 536 elements, a solution for one
    matrix with m >= n is improved twice by :math:`R^T R\, d = A^T (b - A x)`, with the right-hand side computed in twice
    the precision [2]_.

    Where norms are within a factor of eps of overflow, or of the smallest normal number, powers of two are taken out of `a` and
    each column of `b`, and put back into the results: these are infinite only if they are beyond the range themselves.

    The singular values `s` are those of `a` itself, with an absolute error of some eps times the largest.

    References
    ----------
    .. [1] A. Bjorck, "Numerical Methods for Least Squares Problems", SIAM, 1996; for the scaling, A. van der Sluis, "Condition
       Numbers and Equilibration of Matrices", Numerische Mathematik 14, 1969.
    .. [2] A. Bjorck, "Stability Analysis of the Method of Seminormal Equations for Linear Least Squares Problems", Linear
       Algebra and its Applications 88/89, 1987.
    .. [3] Y. Yamamoto, Y. Nakatsukasa, Y. Yanagisawa and T. Fukaya, "Roundoff Error Analysis of the CholeskyQR2 Algorithm",
       Electronic Transactions on Numerical Analysis 44, 2015.

    Examples
    --------
    A line through four points:

    >>> import numpy as np
    >>> from mlcore import linalg
    >>> t = np.array([0.0, 1.0, 2.0, 3.0])
    >>> x, residuals, rank, s = linalg.lstsq(np.stack([t, np.ones(4)], axis=1), [-1.0, 0.2, 0.9, 2.1])
    >>> x.round(12)
    array([ 1.  , -0.95])
    >>> residuals.round(12)
    array([0.05])
    """
    A, B = as_float_array(a, "a"), as_float_array(b, "b")
    if A.dtype != B.dtype:
        A, B = A.astype(np.float64, copy=False), B.astype(np.float64, copy=False)
    dtype = A.dtype
    if A.ndim < 2:
        raise LinAlgError(f"a has shape {A.shape}; expected a matrix, or a stack of them, (..., m, n).")
    vector = B.ndim == 1
    if B.ndim == 0 or B.shape[0 if vector else -2] != A.shape[-2]:
        raise LinAlgError(f"b has shape {B.shape} and a {A.shape}: b needs {A.shape[-2]} rows, as many as a.")
    if vector:
        B = B[:, np.newaxis]
    m, n = A.shape[-2:]
    eps = _EPS[dtype]
    if rcond is not None:
        rcond = check_share(rcond, "rcond")
    limit = max(m, n) * eps if rcond is None else eps if rcond < 0 else rcond
    much = _SOME if A.size <= _SMALL else 1 / (16 * eps**0.5)

    columns = B.shape[-1]
    one = A.ndim == B.ndim == 2
    stack = B.shape[:-2] if A.ndim == 2 else ()
    if stack:  # of right-hand sides of one matrix: all columns at once
        B = np.moveaxis(B, -2, 0).reshape(m, math.prod(stack) * columns)
    # Scaling the rows of a wide matrix would say nothing of its columns.
    rule = (limit, rcond is None and m >= n, m < n, much if A.ndim == 2 and m >= n else np.inf)
    found, a_power, b_power = _solved(A, B, rule)
    x, s, lengths, rank, values = found.x, found.s, found.lengths, found.rank, found.s
    if a_power is not None:
        with np.errstate(over="ignore", under="ignore"):
            x, s, lengths = np.ldexp(x, b_power - a_power), np.ldexp(s, a_power[..., 0]), np.ldexp(lengths, b_power[..., 0, :])
    if stack:
        x = np.ascontiguousarray(np.moveaxis(x.reshape(n, *stack, columns), 0, -2))
        lengths = lengths.reshape(*stack, columns)
        rank, s, values = np.full(stack, rank), np.tile(s, (*stack, 1)), np.tile(values, (*stack, 1))
    with np.errstate(over="ignore", under="ignore"):
        residuals = lengths[..., :0] if one and (m <= n or rank < n) else lengths * lengths
    result = LstsqResult(x[..., 0] if vector else x, residuals, rank, s)
    if not diagnostics:
        return result
    condition, scaled = _last_condition(values, rank), np.broadcast_to(_scaled_condition(found.R), np.shape(rank)).copy()
    solver: Literal["qr", "svd"] = "qr" if found.by_substitution else "svd"
    return result, LstsqDiagnostics(rank, condition[()], scaled[()], lengths, solver, found.refined)


class _Solution(NamedTuple):
    x: FloatArray
    s: FloatArray
    lengths: FloatArray
    """Of the residuals."""
    rank: Any
    R: FloatArray
    by_substitution: bool
    refined: bool
    extreme: bool
    """Sums may have overflowed or lost digits."""


def _solved(A: FloatArray, B: FloatArray, rule: Any) -> tuple[_Solution, Any, Any]:
    """The solution; or, if that of A and B is extreme, the one for 2^-p A and 2^-q b, and p and the q of each column."""
    found = failure = None
    try:
        found = _solution(A, B, rule)
    except LinAlgError as error:  # or is it overflow?
        failure = error
    if found is not None and not found.extreme:
        return found, None, None
    beyond = found is not None and not np.isfinite(found.x).all()
    a_power, b_power = _excess(A, (-2, -1), beyond), _excess(B, -2, beyond)
    if a_power.any() or b_power.any():
        with np.errstate(under="ignore"):
            found = _solution(np.ldexp(A, -a_power), np.ldexp(B, -b_power), rule)
    if found is None:
        assert failure is not None
        raise failure
    return found, a_power, b_power


def _excess(X: FloatArray, axes: Any, beyond: bool) -> Any:
    """By what power of two each matrix, or column, is too large, or too small.

    Small ones are brought near 1, which is exact; large ones no farther than necessary, for small columns beside large ones.
    If an answer is `beyond` the range, so may be what it is computed from: columns of large numbers are brought near 1, too.
    """
    size = np.max(np.abs(X), axis=axes, keepdims=True, initial=0)
    power = np.frexp(size)[1]
    info = np.finfo(X.dtype)
    most, least = (0 if beyond and axes == -2 else info.maxexp - info.nmant), (0 if beyond else info.minexp + info.nmant)
    needed = np.where(power > most, power - most, np.where(power < least, power, 0))
    return np.where(np.isfinite(size) & (size > 0), needed, 0)


def _solution(A: FloatArray, B: FloatArray, rule: Any) -> _Solution:
    m, n = A.shape[-2:]
    if m < n:
        problem = _wide(A, B)
    elif B.shape[-1] <= max(n, _FEW):
        problem = _parts(_linalg.qr_beside(A, B), n)
    else:
        problem = _reduced_by_q(A, B)
    x, s, rank, by_substitution, ill, extreme = _linalg.least_squares(problem.R, problem.c, *rule)
    if problem.basis is not None:
        x = blas.matmul(problem.basis, x, None)
    refined = False
    if ill and by_substitution:
        x, refined = _refine(A, B, problem.R, x)
    if problem.rest is None or refined or not by_substitution:
        lengths = np.asarray(vector_norm(blas.matmul(A, x, None) - B, axis=-2), A.dtype)
    elif problem.rest.ndim == 2:
        lengths = blas.norm2(problem.rest.T)
    else:
        lengths = np.asarray(vector_norm(problem.rest, axis=-2), A.dtype)
    return _Solution(x, s, lengths, rank, problem.R, by_substitution, refined, extreme)


class _Core(NamedTuple):
    """The small problem that is left: ``R x = c``, or ``R.T y = c`` and ``x = basis @ y``."""

    R: FloatArray
    c: FloatArray
    rest: FloatArray | None
    basis: FloatArray | None


def _parts(T: FloatArray, n: int) -> _Core:
    return _Core(T[..., :n, :n], T[..., :n, n:], T[..., n:, n:], None)


def _reduced_by_q(A: FloatArray, B: FloatArray) -> _Core:
    Q, R = qr(A)
    return _Core(R, blas.matmul(np.swapaxes(Q, -1, -2), _finite(B), None), None, None)


def _wide(A: FloatArray, B: FloatArray) -> _Core:
    Q, R = qr(np.swapaxes(_finite(A, "a"), -1, -2))
    return _Core(R, _finite(B), None, Q)


def _finite(X: FloatArray, name: str = "b") -> FloatArray:
    if not np.isfinite(X).all():
        raise LinAlgError(f"{name} contains NaN or infinity; there is no solution. Remove or replace such elements first.")
    return X


def _scaled_condition(R: FloatArray) -> FloatArray:
    lengths: FloatArray = np.asarray(vector_norm(R, axis=-2))
    zero = (lengths == 0).any(-1)
    with np.errstate(under="ignore"):
        s = svdvals(R / np.where(lengths == 0, lengths.dtype.type(1), lengths)[..., np.newaxis, :])
    return np.where(zero, s.dtype.type(np.inf), _last_condition(s, np.full(s.shape[:-1], s.shape[-1])))


def _last_condition(s: FloatArray, rank: Any) -> FloatArray:
    """The quotient of the largest and the last singular value that counts; infinite if that is 0 or there is none."""
    if s.shape[-1] == 0:
        return np.full(s.shape[:-1], 0.0, s.dtype)
    last = np.take_along_axis(s, np.maximum(np.asarray(rank) - 1, 0)[..., np.newaxis], -1)[..., 0]
    with np.errstate(all="ignore"):
        quotient: FloatArray = np.where(last == 0, s.dtype.type(np.inf), s[..., 0] / last)
    return quotient


def _refine(A: FloatArray, B: FloatArray, R: FloatArray, x: FloatArray) -> tuple[FloatArray, bool]:
    """`_corrected`, with columns near 1: gradients, products of A and b, leave the range long before these do.

    Powers of two change no digit.
    """
    lengths = np.asarray(vector_norm(R, axis=-2))
    sizes = abs(B).max(axis=0, initial=0)
    both = [*lengths.tolist(), *(size for size in sizes.tolist() if size)]
    if 1 / _FAR[R.dtype] <= min(both) and max(both) <= _FAR[R.dtype]:
        return _corrected(A, B, R, x, lengths[:, np.newaxis])
    a_power, b_power, most = np.frexp(lengths)[1], np.frexp(sizes)[1], np.frexp(sizes.max(initial=0))[1]
    power = b_power - a_power[:, np.newaxis]
    with np.errstate(over="ignore", under="ignore"):
        weights = np.ldexp(lengths[:, np.newaxis], power - most)
        A, B, R = np.ldexp(A, -a_power), np.ldexp(B, -b_power), np.ldexp(R, -a_power)
        best, refined = _corrected(A, B, R, np.ldexp(x, -power), weights)
        return np.ldexp(best, power) if refined else x, refined


def _corrected(A: FloatArray, B: FloatArray, R: FloatArray, x: FloatArray, weights: FloatArray) -> tuple[FloatArray, bool]:
    """Two corrections ``R.T R d = A.T (b - A x)``, the right-hand side in twice the precision; none if they do not converge."""
    R = np.ascontiguousarray(R)
    before = np.inf
    best = x
    for _ in range(2):
        g = _linalg.precise_gradient(A, B, best)
        step: FloatArray = solve_triangular(R, solve_triangular(R, g, trans="T"))
        size = float(np.max(abs(step) * weights, initial=0))
        if not size < before / 8:
            return x, False
        before, best = size, best + step
    return best, True
