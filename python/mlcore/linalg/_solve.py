"""Systems of linear equations, and the inverse."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import Any, Literal, overload

import numpy as np
from numpy.typing import ArrayLike

from mlcore._core import blas
from mlcore._core import linalg as _linalg
from mlcore.linalg._arrays import as_float_array
from mlcore.linalg._factor import factor
from mlcore.linalg._norms import matrix_norm, vector_norm
from mlcore.linalg._override import overridden


@dataclass(frozen=True, slots=True)
class SolveDiagnostics:
    """How far the solution of equations can be trusted."""

    condition: Any
    r"""float or ndarray of shape (...): an estimate of :math:`\|A\|_1 \|A^{-1}\|_1`, as `Factor.condition_estimate` gives it.
    Relative errors of `a` and `b` appear in the solution up to that many times as large."""
    residual_norms: Any
    r"""ndarray of shape (..., k): :math:`\|b - A x\|_\infty` for each right-hand side."""
    backward_error: Any
    r"""ndarray of shape (..., k): :math:`\|b - A x\|_\infty / (\|A\|_\infty \|x\|_\infty + \|b\|_\infty)`, by how much of
    themselves `a` and `b` must change for x to be exact. About eps is as good as can be."""
    method: Literal["lu"]


@overload
def solve(a: ArrayLike, b: ArrayLike, *, diagnostics: Literal[False] = False) -> Any: ...
@overload
def solve(a: ArrayLike, b: ArrayLike, *, diagnostics: Literal[True]) -> tuple[Any, SolveDiagnostics]: ...
def solve(a: ArrayLike, b: ArrayLike, *, diagnostics: bool = False) -> Any:
    r"""Solve the equations :math:`A x = b` by elimination with partial pivoting.

    Parameters
    ----------
    a : array_like of shape (..., n, n)
        The matrix of coefficients, or a stack of them. float32 gives float32; everything else real is computed in float64.
    b : array_like of shape (n,) or (..., n, k)
        The right-hand sides. Leading axes are broadcast against those of `a`. As in NumPy 2, only an array of one axis is
        a vector; it belongs to every matrix of a stack.
    diagnostics : bool, default False
        Whether to say how far the solution can be trusted, for which `a` is factored once more.

    Returns
    -------
    ndarray of the shape of `b`, broadcast
    (ndarray, SolveDiagnostics)
        If `diagnostics`.

    Raises
    ------
    numpy.linalg.LinAlgError
        If `a` is not square, or a pivot is exactly zero. NaN gives NaN; infinity is not looked for and follows the
        arithmetic, to a result that may be NaN, infinite or finite.
    ValueError
        If the shapes do not fit.
    TypeError
        For complex, half-precision, object or text arrays.

    See Also
    --------
    cholesky, solve_triangular : half the work where `a` is symmetric and positive definite.

    Notes
    -----
    :math:`\frac{2}{3} n^3 + 2 n^2 k` flops, nearly all of them in matrix products: `lu`, then two triangular solves. The result
    solves exactly a system whose matrix differs from `a` by a small multiple of :math:`n \epsilon \|A\|` [1]_, so it has
    about as many wrong digits as the condition number of `a` has digits: a nearly singular `a` gives no error, but a result
    that means little. Stacks of order up to 16 are solved side by side, one matrix in each SIMD lane; a larger `a` with a
    stack of right-hand sides is factored once. The kernels are ``cpp/linalg/lu.cpp`` and ``cpp/linalg/lu_small.cpp``.

    References
    ----------
    .. [1] N. Higham, "Accuracy and Stability of Numerical Algorithms", 2nd ed., chapter 9, SIAM, 2002.

    Examples
    --------
    >>> from mlcore import linalg
    >>> linalg.solve([[3.0, 1.0], [1.0, 2.0]], [9.0, 8.0])
    array([2., 3.])
    """
    try:
        x = _linalg.solve(a, b)
    except TypeError:
        return overridden(solve, a, b, diagnostics=diagnostics or None)
    return (x, _diagnose(as_float_array(a, "a"), as_float_array(b, "b"), x)) if diagnostics else x


def _diagnose(A: Any, B: Any, x: Any) -> SolveDiagnostics:
    if B.ndim == 1:
        B, x = B[:, np.newaxis], x[..., np.newaxis]
    matrices = A.reshape(prod(A.shape[:-2]), *A.shape[-2:])
    conditions = [factor(matrix).condition_estimate() for matrix in matrices]
    residual = np.asarray(vector_norm(B - blas.matmul(A, x, None), axis=-2, ord=np.inf))
    sizes = np.asarray(matrix_norm(A, ord=np.inf))[..., np.newaxis] if A.size else np.zeros((*A.shape[:-2], 1), A.dtype)
    size = sizes * vector_norm(x, axis=-2, ord=np.inf) + vector_norm(B, axis=-2, ord=np.inf)
    with np.errstate(invalid="ignore"):  # NaN stays NaN
        error = np.divide(residual, size, where=size != 0, out=np.zeros_like(residual))
    return SolveDiagnostics(np.array(conditions, float).reshape(A.shape[:-2])[()], residual, error, "lu")


def inv(a: ArrayLike) -> Any:
    r"""Inverse of a square matrix, :math:`A A^{-1} = I`.

    To solve equations, `solve` is faster and more accurate.

    Parameters
    ----------
    a : array_like of shape (..., n, n)
        A matrix or a stack of them.

    Returns
    -------
    ndarray of shape (..., n, n)

    Raises
    ------
    numpy.linalg.LinAlgError
        If `a` is not square, or a pivot is exactly zero. NaN and infinity as in `solve`.
    TypeError
        For complex, half-precision, object or text arrays.

    Notes
    -----
    The solution of :math:`A X = I` by `solve`, :math:`\frac{8}{3} n^3` flops. Each column of the result has the error bound
    given there.

    Examples
    --------
    >>> from mlcore import linalg
    >>> linalg.inv([[1.0, 2.0], [3.0, 4.0]]).round(12)
    array([[-2. ,  1. ],
           [ 1.5, -0.5]])
    """
    try:
        return _linalg.inv(a)
    except TypeError:
        return overridden(inv, a)
