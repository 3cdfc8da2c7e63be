"""A matrix factored once, for many questions."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, Literal, overload

import numpy as np
from numpy.linalg import LinAlgError
from numpy.typing import ArrayLike

from mlcore._core import linalg as _linalg
from mlcore._validation import FloatArray
from mlcore.linalg._arrays import as_float_array
from mlcore.linalg._cholesky import cholesky
from mlcore.linalg._determinant import SlogdetResult
from mlcore.linalg._norms import matrix_norm
from mlcore.linalg._override import overridable
from mlcore.linalg._svd_topk import scaled_into_range
from mlcore.linalg._triangular import solve_triangular, triangular_multiply


class Factor(ABC):
    """What `factor` returns: a matrix of shape (m, n) in factors."""

    shape: tuple[int, int]
    """Of the matrix."""
    dtype: np.dtype[Any]
    """float32 or float64: in what the factors are kept and solutions are computed."""

    def __init__(self, a: FloatArray) -> None:
        self.shape = a.shape[0], a.shape[1]
        self.dtype = a.dtype
        scaled, self._exponent = scaled_into_range(a)
        self._norm = float(matrix_norm(scaled, ord=1)) if a.size else 0.0  # without 2^exponent

    def solve(self, b: ArrayLike) -> Any:
        """Solve :math:`A x = b`; in the sense of least squares if there are more equations than unknowns.

        Parameters
        ----------
        b : array_like of shape (m,) or (m, k)
            One right-hand side, or several in columns. Computed in the type of the factors.

        Returns
        -------
        ndarray of shape (n,) or (n, k)

        Raises
        ------
        numpy.linalg.LinAlgError
            If the matrix is singular: a diagonal element of a factor is exactly zero.
        ValueError
            If `b` does not have m rows.
        """
        array = as_float_array(b, "b").astype(self.dtype, copy=False)
        if array.ndim not in (1, 2) or array.shape[0] != self.shape[0]:
            m = self.shape[0]
            raise ValueError(f"b has shape {array.shape}; expected ({m},) or ({m}, k), as many rows as a.")
        self._refuse_singular()
        x = self._solve(array if array.ndim == 2 else array[:, np.newaxis])
        return x if array.ndim == 2 else x[:, 0]

    def slogdet(self) -> SlogdetResult:
        """Sign and logarithm of the absolute value of the determinant, as `slogdet` gives them."""
        self._refuse_rectangle("determinant")
        d, sign = self._pivots(), self._sign()
        with np.errstate(divide="ignore"):
            logarithm = np.log(abs(d.astype(np.float64))).sum()
        return SlogdetResult(self.dtype.type(sign * np.sign(d).prod()), self.dtype.type(logarithm))

    def det(self) -> Any:
        """Determinant; over- and underflows only if it does."""
        self._refuse_rectangle("determinant")
        return _product(self._pivots(), self._sign(), self.dtype)

    def inv(self) -> Any:
        """Inverse of a square matrix, ndarray of shape (n, n)."""
        self._refuse_rectangle("inverse")
        return self.solve(np.eye(self.shape[0], dtype=self.dtype))

    def condition_estimate(self) -> float:
        r"""Estimate of the condition number :math:`\|A\|_1 \|A^{-1}\|_1` of a square matrix.

        Infinity for a singular matrix. Never too large but for rounding, seldom below a third of the truth; about
        :math:`20 n^2` flops [1]_.

        References
        ----------
        .. [1] N. Higham, "FORTRAN Codes for Estimating the One-Norm of a Real or Complex Matrix", ACM Transactions on
           Mathematical Software 14(4), 1988.
        """
        self._refuse_rectangle("condition number")
        if self.shape[0] == 0:
            return 0.0
        if np.isnan(self._norm):
            return float("nan")
        inverse, exponent = self._inverse_norm()
        return float("inf") if inverse == float("inf") else float(np.ldexp(self._norm * inverse, self._exponent - exponent))

    def _refuse_rectangle(self, what: str) -> None:
        if self.shape[0] != self.shape[1]:
            raise LinAlgError(f"a has shape {self.shape}; only a square matrix has a {what}.")

    def _refuse_singular(self) -> None:
        zero = np.flatnonzero(self._pivots() == 0)
        if zero.size:
            raise LinAlgError(
                f"a is singular: diagonal element {zero[0]} of its factor is exactly zero. The equations have no solution or "
                "infinitely many; for a least-squares solution use mlcore.linalg.lstsq."
            )

    @abstractmethod
    def _pivots(self) -> FloatArray: ...

    @abstractmethod
    def _sign(self) -> int: ...

    @abstractmethod
    def _solve(self, b: FloatArray) -> FloatArray: ...

    @abstractmethod
    def _inverse_norm(self) -> tuple[float, int]:
        """Return the norm of the inverse of ``2^-exponent A``, and the exponent: the inverse of tiny numbers may overflow."""


class LUFactor(Factor):
    """Elimination with partial pivoting, ``A[rows] = L @ U``."""

    def __init__(self, a: FloatArray) -> None:
        super().__init__(a)
        self._lu, self._rows, self._odd = _linalg.lu_raw(a)

    def _pivots(self) -> FloatArray:
        return np.diagonal(self._lu)

    def _sign(self) -> int:
        return -1 if self._odd else 1

    def _solve(self, b: FloatArray) -> FloatArray:
        y: FloatArray = solve_triangular(self._lu, b[self._rows], lower=True, unit_diagonal=True)
        return solve_triangular(self._lu, y)  # type: ignore[no-any-return]

    def _inverse_norm(self) -> tuple[float, int]:
        U, exponent = scaled_into_range(np.triu(self._lu))
        return _linalg.inverse_norm(self._lu, True, U), exponent


class CholeskyFactor(Factor):
    """``A = L @ L.T``; `update` changes the matrix by a square of rank one."""

    def __init__(self, a: FloatArray) -> None:
        super().__init__(np.tril(a) + np.tril(a, -1).T)
        self._set(cholesky(a))

    @property
    def L(self) -> Any:
        """The factor, a read-only ndarray of shape (n, n)."""
        return self._L

    def update(self, x: ArrayLike, *, downdate: bool = False) -> None:
        r"""Change the factor to that of :math:`A + x x^T`, or of :math:`A - x x^T`.

        Parameters
        ----------
        x : array_like of shape (n,)
            Computed in the type of the factor.
        downdate : bool, default False
            Whether to subtract.

        Raises
        ------
        numpy.linalg.LinAlgError
            If :math:`A - x x^T` is not positive definite beyond rounding errors, or `x` contains NaN or infinity. The factor
            is then what it was.
        ValueError
            If `x` has another shape.

        Notes
        -----
        :math:`3n^2` to :math:`4n^2` flops, by plane rotations [1]_. A downdate that takes nearly everything away leaves few
        correct digits.

        References
        ----------
        .. [1] P. Gill, G. Golub, W. Murray and M. Saunders, "Methods for Modifying Matrix Factorizations", Mathematics of
           Computation 28, 1974.
        """
        vector = as_float_array(x, "x").astype(self.dtype, copy=False)
        if vector.shape != self.shape[:1]:
            raise ValueError(f"x has shape {vector.shape}; expected ({self.shape[0]},), the order of the matrix.")
        if not np.isfinite(vector).all():
            raise LinAlgError("x contains NaN or infinity; there is no such factor. Remove or replace such elements first.")
        L = _linalg.cholesky_update(self._L, vector, downdate)
        if L is None:
            raise LinAlgError(
                "A - x x^T is not positive definite, or too near to it for its factor to be known: the factor is unchanged. "
                "Factor the matrix itself if you have it, or subtract less."
            )
        self._set(L)
        self._norm = float("nan")  # not known until asked for

    def condition_estimate(self) -> float:
        if np.isnan(self._norm):
            L, exponent = scaled_into_range(self._L)
            self._norm = float(matrix_norm(triangular_multiply(L, L.T, lower=True), ord=1))
            self._exponent = 2 * exponent
        return super().condition_estimate()

    condition_estimate.__doc__ = Factor.condition_estimate.__doc__

    def _set(self, L: Any) -> None:
        L.flags.writeable = False
        self._L = L

    def _pivots(self) -> FloatArray:
        return np.diagonal(self._L)

    def _sign(self) -> int:
        return 1

    def slogdet(self) -> SlogdetResult:
        sign, logarithm = super().slogdet()
        return SlogdetResult(sign, 2 * logarithm)

    slogdet.__doc__ = Factor.slogdet.__doc__

    def det(self) -> Any:
        root = self._pivots()
        return _product(np.concatenate([root, root]), 1, self.dtype)

    det.__doc__ = Factor.det.__doc__

    def _solve(self, b: FloatArray) -> FloatArray:
        y: FloatArray = solve_triangular(self._L, b, lower=True)
        return solve_triangular(self._L, y, lower=True, trans="T")  # type: ignore[no-any-return]

    def _inverse_norm(self) -> tuple[float, int]:
        L, exponent = scaled_into_range(self._L)
        return _linalg.inverse_norm(L, False, L.T), 2 * exponent


class QRFactor(Factor):
    """Householder reflections, ``A = Q @ R``, with at least as many rows as columns."""

    def __init__(self, a: FloatArray) -> None:
        super().__init__(a)
        if a.shape[0] < a.shape[1]:
            raise LinAlgError(f"a has shape {a.shape}; kind 'qr' needs at least as many rows as columns. See lstsq.")
        self._h, tau, self._s = _linalg.qr_raw(a)
        self._tau = tau[0]

    def _pivots(self) -> FloatArray:
        return np.diagonal(self._h)

    def _sign(self) -> int:
        return -1 if np.count_nonzero(self._tau) % 2 else 1

    def _solve(self, b: FloatArray) -> FloatArray:
        n = self.shape[1]
        y = _linalg.qr_apply(self._h, self._tau, self._s, b, True)
        return solve_triangular(self._h[:n], y[:n])  # type: ignore[no-any-return]

    def _inverse_norm(self) -> tuple[float, int]:
        R, exponent = scaled_into_range(np.triu(self._h))
        return _linalg.inverse_norm_qr(np.tril(self._h, -1) + R, self._tau, self._s), exponent


def _product(factors: FloatArray, sign: int, dtype: np.dtype[Any]) -> Any:
    """Multiply numbers whose product may leave the range on the way."""
    mantissas, exponents = np.frexp(factors.astype(np.float64))
    product, power = float(sign), int(exponents.sum())
    for start in range(0, mantissas.size, 512):  # mantissas are 1/2 or more: 512 of them do not underflow
        product, shift = np.frexp(product * mantissas[start : start + 512].prod())
        power += int(shift)
    with np.errstate(over="ignore", under="ignore"):
        return dtype.type(np.ldexp(product, max(min(power, 5000), -5000)))


@overload
def factor(a: ArrayLike, kind: Literal["cholesky"]) -> CholeskyFactor: ...
@overload
def factor(a: ArrayLike, kind: Literal["lu", "qr"] = "lu") -> Factor: ...
@overridable
def factor(a: ArrayLike, kind: Literal["lu", "cholesky", "qr"] = "lu") -> Factor:
    r"""Factor a matrix once, to solve, to invert, for determinants and the condition number.

    Parameters
    ----------
    a : array_like of shape (n, n), or (m, n) with m >= n for ``"qr"``
        One matrix. float32 gives float32; everything else real is computed in float64.
    kind : {"lu", "cholesky", "qr"}, default "lu"
        ``"lu"``: elimination with partial pivoting, for any square matrix. ``"cholesky"``: :math:`A = L L^T`, for symmetric
        positive definite ones, half the work, of which the lower triangle is read; its `update` adds or subtracts
        :math:`x x^T`. ``"qr"``: reflections, twice the work, which also solve least-squares problems of full rank.

    Returns
    -------
    LUFactor, CholeskyFactor or QRFactor
        With ``solve(b)``, ``det()``, ``slogdet()``, ``inv()`` and ``condition_estimate()``.

    Raises
    ------
    numpy.linalg.LinAlgError
        If `a` is not one matrix of such a shape, is not positive definite (``"cholesky"``), or contains NaN or infinity
        (``"qr"``).
    ValueError
        If `kind` is something else.
    TypeError
        For complex numbers, text or dates.

    See Also
    --------
    solve, lu, cholesky, qr : the same once, or the factors themselves.

    Notes
    -----
    A solution costs :math:`2n^2` flops for each right-hand side once the :math:`\frac{2}{3} n^3` of the factors are paid. The
    condition number is estimated from a few solutions (``cpp/linalg/condition_estimate.cpp``); a relative error of the elements
    of `a` or `b` appears in the solution up to that many times as large.

    Examples
    --------
    >>> from mlcore import linalg
    >>> A = linalg.factor([[4.0, 2.0], [2.0, 5.0]], "cholesky")
    >>> A.solve([6.0, 7.0])
    array([1., 1.])
    >>> round(float(A.det()), 12), round(A.condition_estimate(), 12)
    (16.0, 3.0625)
    >>> A.update([1.0, 0.0])
    >>> A.solve([7.0, 7.0]).round(12)
    array([1., 1.])
    """
    array = as_float_array(a, "a")
    if array.ndim != 2 or (kind != "qr" and array.shape[0] != array.shape[1]):
        what = "one matrix (m, n), m >= n" if kind == "qr" else "one square matrix"
        raise LinAlgError(f"a has shape {array.shape}; expected {what}. Matrices of a stack are factored one by one.")
    if kind == "lu":
        return LUFactor(array)
    if kind == "cholesky":
        return CholeskyFactor(array)
    if kind == "qr":
        return QRFactor(array)
    raise ValueError(f"kind is {kind!r}; expected 'lu', 'cholesky' or 'qr'.")
