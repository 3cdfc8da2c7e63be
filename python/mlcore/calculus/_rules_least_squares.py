r"""Least squares, tensors as matrices, and the eigenvectors of matrices that are not symmetric.

The solution of full rank is :math:`x = A^+ b`, and with :math:`q = A^{+T} g` and the residual :math:`r = b - A x`

.. math:: \bar b = q, \qquad \bar A = -q x^T + r (A^+ q)^T + (A^{+T} x) (g - A^T q)^T,

where the second term vanishes for square and wide matrices, the third for square and tall ones. Below full rank the solution
jumps whenever the rank does, and there is an error instead.

For :math:`A V = V \Lambda` with columns of length 1, see M. Giles (`_rules_linalg.py`), section 3.1, with the part of
:math:`\bar V` that would change lengths taken out.

Source: G. Golub and V. Pereyra, SIAM J. Numer. Anal. 10, 1973.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from mlcore.calculus._rules import composed, general
from mlcore.calculus._rules_linalg import _reciprocal_differences, _t
from mlcore.calculus._trace import RULES, TracingError, _line, plain_of, shape_of, value_of


# ---- least squares ----
def _solution(a: Any, b: Any, *, rcond: Any = None) -> Any:
    return np.linalg.lstsq(a, b, rcond=rcond)[0]


def _columns(x: Any, b: Any) -> Any:
    return np.expand_dims(x, -1) if len(shape_of(b)) == 1 else x


def _right(g: Any, x: Any, a: Any, b: Any, rcond: Any = None) -> Any:
    return np.matmul(_t(np.linalg.pinv(a)), g)


def _left(g: Any, x: Any, a: Any, b: Any, rcond: Any = None) -> Any:
    m, n = shape_of(a)
    g, x, b = (_columns(part, b) for part in (g, x, b))
    p = np.linalg.pinv(a)
    q = _t(p) @ g
    result = -q @ _t(x)
    if m > n:
        result = result + (b - a @ x) @ _t(p @ q)
    if n > m:
        result = result + (_t(p) @ x) @ _t(g - _t(a) @ q)
    return result


general(_solution, _left, _right, parameters=("rcond",))
solution = RULES.pop(_solution)
"""``(a, b, rcond=None)``: the solution alone."""


def require_full_rank(a: Any, rcond: Any, name: str, what: str, s: Any = None) -> int:
    """The rank by NumPy's criterion, if there is a derivative."""
    m, n = shape_of(a)
    s = np.linalg.svd(value_of(a), compute_uv=False) if s is None else value_of(s)
    eps = np.finfo(plain_of(s).dtype).eps
    limit = eps * max(m, n) if rcond is None else eps if rcond < 0 else rcond
    rank = int(np.sum(s > limit * s[0])) if min(m, n) else 0
    if rank < min(m, n):
        raise np.linalg.LinAlgError(
            f"{_line()}{name} with a {m} x {n} matrix of rank {rank} has no derivative: its solution jumps when the rank "
            f"changes. Expected {what}; or write np.linalg.pinv(a) @ b, whose derivative is that among matrices of equal rank."
        )
    return rank


@composed(np.linalg.lstsq)
def _lstsq(a: Any, b: Any, rcond: Any = None) -> Any:
    """The solution, the sums of squared residuals and the singular values with derivatives; the rank is a plain number."""
    m, n = shape_of(a)
    s = np.linalg.svd(a, compute_uv=False)
    rank = require_full_rank(a, rcond, "np.linalg.lstsq", "columns that are independent", s)
    x = solution(a, b, rcond=rcond)
    squares = np.sum(np.square(_columns(b, b) - a @ _columns(x, b)), axis=0) if m > n else np.zeros(0)
    return x, squares, rank, s


# ---- tensors as matrices ----
@composed(np.linalg.tensorinv)
def _tensorinv(a: Any, ind: int = 2) -> Any:
    shape = shape_of(a)
    return np.reshape(np.linalg.inv(np.reshape(a, (int(np.prod(shape[:ind])), -1))), shape[ind:] + shape[:ind])


@composed(np.linalg.tensorsolve)
def _tensorsolve(a: Any, b: Any, axes: Sequence[int] | None = None) -> Any:
    if axes is not None:
        a = np.moveaxis(a, axes, range(len(shape_of(a)) - len(axes), len(shape_of(a))))
    unknowns = shape_of(a)[len(shape_of(b)) :]
    return np.reshape(np.linalg.solve(np.reshape(a, (-1, int(np.prod(unknowns)))), np.ravel(b)), unknowns)


# ---- eigenvectors ----
def _eig_vjp(g: Any, y: Any, a: Any) -> Any:
    (gw, gv), (w, v) = g, y
    gv = gv - v * np.sum(v * gv, axis=-2, keepdims=True)
    middle = np.expand_dims(gw, -1) * np.eye(shape_of(gw)[-1]) + _reciprocal_differences(w, gv) * (_t(v) @ gv)
    return np.linalg.solve(_t(v), middle @ _t(v))


def _real_eig(a: Any) -> Any:
    answer = np.linalg.eig(a)
    if np.iscomplexobj(answer[0]):
        raise TracingError(
            f"{_line()}np.linalg.eig gives complex numbers here; expected real eigenvalues. Write what is needed of them with "
            "np.trace, np.linalg.det or np.linalg.matrix_power, or use np.linalg.eigh if the matrix is symmetric."
        )
    return answer


general(_real_eig, _eig_vjp)
RULES[np.linalg.eig] = RULES.pop(_real_eig)


@composed(np.linalg.eigvals)
def _eigvals(a: Any) -> Any:
    return np.linalg.eig(a)[0]
