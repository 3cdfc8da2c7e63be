r"""Least squares, tensors as matrices, and the eigenvectors of matrices that are not symmetric.

The solution of full rank is :math:`x = A^+ b`, and with :math:`q = A^{+T} g` and the residual :math:`r = b - A x`

.. math:: \bar b = q, \qquad \bar A = -q x^T + r (A^+ q)^T + (A^{+T} x) (g - A^T q)^T,

where the second term vanishes for square and wide matrices, the third for square and tall ones. With :math:`A = Q R` it is
:math:`A^{+T} = Q R^{-T}`, and with :math:`A^T = Q R` of a wide one :math:`A^{+T} = R^{-1} Q^T`. Below full rank the solution
jumps whenever the rank does, and there is an error instead.

For :math:`A V = V \Lambda` with columns of length 1, see M. Giles (`_rules_linalg.py`), section 3.1, with the part of
:math:`\bar V` that would change lengths taken out.

Source: G. Golub and V. Pereyra, SIAM J. Numer. Anal. 10, 1973.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from mlcore import linalg
from mlcore.calculus._refusals import TracingError, code_line, refuse
from mlcore.calculus._rules import composed, general, on_values, unbroadcast
from mlcore.calculus._rules_linalg import mT, reciprocal_differences
from mlcore.calculus._table import RULES
from mlcore.calculus._trace import Traced, shape_of


# ---- least squares ----
def _full_rank(answer: Any, a: Any, name: str) -> Any:
    m, n = np.shape(a)[-2:]
    rank = np.min(answer[2], initial=min(m, n))
    if rank < min(m, n):
        raise np.linalg.LinAlgError(
            f"{code_line()}{name} of a {m} x {n} matrix of rank {rank} has no derivative: the solution jumps when the rank "
            "does. Leave out dependent columns, or write np.linalg.pinv(a) @ b for the derivative among matrices of equal rank."
        )
    return answer[0]


def _lstsq(a: Any, b: Any, *, rcond: Any = None) -> Any:
    return _full_rank(np.linalg.lstsq(a, b, rcond=rcond), a, "np.linalg.lstsq")


def _lstsq_of_ours(a: Any, b: Any, *, rcond: Any = None) -> Any:
    return _full_rank(linalg.lstsq(a, b, rcond), a, "mlcore.linalg.lstsq")


def _columns(x: Any, b: Any) -> Any:
    return np.expand_dims(x, -1) if len(shape_of(b)) == 1 else x


def _back(g: Any, a: Any, b: Any) -> tuple[Any, Any, Any]:
    """A^+T g, and the factors: of A, or of a wide one's transpose."""
    m, n = shape_of(a)[-2:]
    q, r = np.linalg.qr(a if m >= n else mT(a))
    g = _columns(g, b)
    return (q @ np.linalg.solve(mT(r), g) if m >= n else np.linalg.solve(r, mT(q) @ g)), q, r


def _right(g: Any, x: Any, a: Any, b: Any, rcond: Any = None) -> Any:
    back = _back(g, a, b)[0]
    return unbroadcast(back[..., 0] if len(shape_of(b)) == 1 else back, b)


def _left(g: Any, x: Any, a: Any, b: Any, rcond: Any = None) -> Any:
    m, n = shape_of(a)[-2:]
    back, q, r = _back(g, a, b)
    g, x = _columns(g, b), _columns(x, b)
    result = -back @ mT(x)
    if m > n:
        result = result + (_columns(b, b) - a @ x) @ mT(np.linalg.solve(r, np.linalg.solve(mT(r), g)))
    if n > m:
        result = result + np.linalg.solve(r, mT(q) @ x) @ mT(g - mT(a) @ back)
    return unbroadcast(result, a)


general(_lstsq, _left, _right, parameters=("rcond",))
general(_lstsq_of_ours, _left, _right, parameters=("rcond",))
solution = RULES.pop(_lstsq)
"""``(a, b, rcond=None)``: the solution alone."""
_solution = RULES.pop(_lstsq_of_ours)


def _plain(a: Any, b: Any, rcond: Any) -> Any:
    x, squares, rank, s = np.linalg.lstsq(a, b, rcond)
    return x, squares, int(rank), s


@composed(np.linalg.lstsq)
def _lstsq_call(a: Any, b: Any, rcond: Any = None) -> Any:
    """The solution, the sums of squared residuals and the singular values with derivatives; the rank is a plain number."""
    if not _differentiated(a) and not _differentiated(b):
        return on_values(_plain, a, b, rcond)
    m, n = shape_of(a)
    x = solution(a, b, rcond=rcond)
    return x, _squares(x, a, b) if m > n else np.zeros(0), min(m, n), np.linalg.svd(a, compute_uv=False)


@composed(linalg.lstsq)
def _lstsq_of_stacks(a: Any, b: Any, rcond: Any = None, *, diagnostics: bool = False) -> Any:
    """The same, of stacks as well."""
    if diagnostics:
        refuse(linalg.lstsq, "diagnostics", diagnostics)
    if not _differentiated(a) and not _differentiated(b):
        return on_values(linalg.lstsq, a, b, rcond)
    *stack, m, n = shape_of(a)
    x = _solution(a, b, rcond=rcond)
    squares = _squares(x, a, b) if stack or m > n else np.zeros(0)
    return linalg.LstsqResult(x, squares, np.full(stack, min(m, n)) if stack else min(m, n), linalg.svdvals(a))


def _differentiated(x: Any) -> bool:
    return isinstance(x, Traced) and not x.recorded


def _squares(x: Any, a: Any, b: Any) -> Any:
    return np.sum(np.square(_columns(b, b) - a @ _columns(x, b)), axis=-2)


# ---- tensors as matrices ----
@composed(np.linalg.tensorinv)
def _tensorinv(a: Any, ind: int = 2) -> Any:
    shape = shape_of(a)
    return np.reshape(np.linalg.inv(np.reshape(a, (math.prod(shape[:ind]), -1))), shape[ind:] + shape[:ind])


@composed(np.linalg.tensorsolve)
def _tensorsolve(a: Any, b: Any, axes: Sequence[int] | None = None) -> Any:
    if axes is not None:
        a = np.moveaxis(a, axes, range(len(shape_of(a)) - len(axes), len(shape_of(a))))
    unknowns = shape_of(a)[len(shape_of(b)) :]
    return np.reshape(np.linalg.solve(np.reshape(a, (-1, math.prod(unknowns))), np.ravel(b)), unknowns)


# ---- eigenvectors ----
def _eig_vjp(g: Any, y: Any, a: Any) -> Any:
    (gw, gv), (w, v) = g, y
    gv = gv - v * np.sum(v * gv, axis=-2, keepdims=True)
    middle = np.expand_dims(gw, -1) * np.eye(shape_of(gw)[-1]) + reciprocal_differences(w, gv) * (mT(v) @ gv)
    return np.linalg.solve(mT(v), middle @ mT(v))


def _eig(a: Any) -> Any:
    answer = np.linalg.eig(a)
    if np.iscomplexobj(answer[0]):
        raise TracingError(
            f"{code_line()}np.linalg.eig gives complex numbers here; expected real eigenvalues. Write what is needed of them "
            "with np.trace, np.linalg.det or np.linalg.matrix_power, or use np.linalg.eigh if the matrix is symmetric."
        )
    return answer


general(_eig, _eig_vjp)
RULES[np.linalg.eig] = RULES.pop(_eig)


@composed(np.linalg.eigvals)
def _eigvals(a: Any) -> Any:
    return np.linalg.eig(a)[0]
