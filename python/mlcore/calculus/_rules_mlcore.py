"""mlcore.linalg: the rules of NumPy's namesakes over kernels of its own, and of what NumPy does not have.

A function that is not in this table refuses values under differentiation by name: those of eigenvectors of general matrices,
of bases that no derivative determines, and of iterations.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from mlcore import linalg
from mlcore.calculus._derivative_rule import Rule
from mlcore.calculus._refusals import TracingError
from mlcore.calculus._rules import bilinear, composed, constant, general, names_of, unbroadcast
from mlcore.calculus._rules_linalg import mT, pinv_vjp, qr_vjp, svd_vjp
from mlcore.calculus._rules_norms import matrix_norm, vector_norm
from mlcore.calculus._rules_products import matmul_left_vjp, matmul_right_vjp
from mlcore.calculus._table import RULES
from mlcore.calculus._trace import shape_of, value_of
from mlcore.linalg._chains import chain_product


def _same(function: Any, namesake: Any) -> None:
    """A function with the pullbacks of NumPy's."""
    rule = RULES[namesake]
    assert isinstance(rule, Rule)
    RULES[function] = Rule(function, rule.vjps, names=names_of(function), parameters=tuple(rule.parameters))


# ---- as NumPy ----
for _function, _namesake in {
    linalg.solve: np.linalg.solve,
    linalg.inv: np.linalg.inv,
    linalg.det: np.linalg.det,
    linalg.slogdet: np.linalg.slogdet,
    linalg.cholesky: np.linalg.cholesky,
    linalg.eigh: np.linalg.eigh,
}.items():
    _same(_function, _namesake)
RULES[linalg.cholesky].parameters = frozenset({"upper"})  # type: ignore[attr-defined]
bilinear(linalg.matmul, matmul_left_vjp, matmul_right_vjp)
general(linalg.pinv, pinv_vjp, parameters=("rcond", "rtol", "hermitian"))

for _function, _numpy in {
    linalg.add: np.add,
    linalg.subtract: np.subtract,
    linalg.scale: np.multiply,
    linalg.dot: np.dot,
    linalg.outer: np.outer,
}.items():
    composed(_function)(lambda x1, x2, _numpy=_numpy: _numpy(x1, x2))
constant(linalg.matrix_rank)


@composed(linalg.cross)
def _cross(x1: Any, x2: Any, *, axis: int = -1) -> Any:
    return np.cross(x1, x2, axis=axis)


@composed(linalg.cond)
def _cond(x: Any, p: Any = None) -> Any:
    return np.linalg.cond(x, p)


@composed(linalg.tensordot)
def _tensordot(a: Any, b: Any, *, axes: Any = 2) -> Any:
    return np.tensordot(a, b, axes)


@composed(linalg.matrix_power)
def _matrix_power(a: Any, n: int) -> Any:
    return np.linalg.matrix_power(a, n)


@composed(chain_product)
def _multi_dot(*arrays: Any) -> Any:
    return np.linalg.multi_dot(arrays)


@composed(linalg.axpy)
def _axpy(alpha: Any, x: Any, y: Any) -> Any:
    return alpha * x + y


@composed(linalg.vecdot)
def _vecdot(x1: Any, x2: Any, *, axis: int = -1) -> Any:
    return np.sum(np.moveaxis(x1, axis, -1) * np.moveaxis(x2, axis, -1), axis=-1)


@composed(linalg.matvec)
def _matvec(x1: Any, x2: Any) -> Any:
    return linalg.matmul(x1, np.expand_dims(x2, -1))[..., 0]


@composed(linalg.vecmat)
def _vecmat(x1: Any, x2: Any) -> Any:
    return linalg.matmul(np.expand_dims(x1, -2), x2)[..., 0, :]


@composed(linalg.diagonal)
def _diagonal(x: Any, *, offset: int = 0) -> Any:
    return np.diagonal(x, offset, -2, -1)


@composed(linalg.trace)
def _trace(x: Any, *, offset: int = 0, dtype: None = None) -> Any:
    return np.trace(x, offset, -2, -1)


@composed(linalg.matrix_transpose)
def _matrix_transpose(x: Any) -> Any:
    return mT(x)


# ---- norms ----
@composed(linalg.norm)
def _norm(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:
    return np.linalg.norm(x, ord, axis, keepdims)


@composed(linalg.vector_norm)
def _vector_norm_call(x: Any, *, axis: Any = None, keepdims: bool = False, ord: Any = 2) -> Any:
    return vector_norm(x, ord, tuple(range(len(shape_of(x)))) if axis is None else axis, keepdims)


@composed(linalg.matrix_norm)
def _matrix_norm_call(x: Any, *, keepdims: bool = False, ord: Any = "fro") -> Any:
    return matrix_norm(x, ord, (-2, -1), keepdims)


# ---- factorisations: the pullbacks are in terms of the answer, whatever the signs of its columns ----
def _svd_pullback(g: Any, y: Any, a: Any, full_matrices: bool = True, **_: Any) -> Any:
    return svd_vjp(g, y, a, full_matrices)


general(linalg.svd, _svd_pullback, parameters=("full_matrices", "method", "canonical_sign"))
_svd = RULES[linalg.svd]


@composed(linalg.svd)
def _svd_call(
    a: Any, full_matrices: bool = True, compute_uv: bool = True, *, method: str = "bidiagonal", canonical_sign: bool = False
) -> Any:
    if not compute_uv:
        return linalg.svdvals(a)
    return _svd(a, full_matrices=full_matrices, method=method, canonical_sign=canonical_sign)


@composed(linalg.svdvals)
def _svdvals(a: Any) -> Any:
    return linalg.svd(a, full_matrices=False)[1]


@composed(linalg.eigvalsh)
def _eigvalsh(a: Any, UPLO: Any = "L") -> Any:
    return linalg.eigh(a, UPLO)[0]


general(linalg.qr, lambda g, y, a, positive=False: qr_vjp(g, y, a), parameters=("positive",))
_qr = RULES[linalg.qr]


@composed(linalg.qr)
def _qr_call(a: Any, mode: str = "reduced", *, positive: bool = False) -> Any:
    m, n = shape_of(a)[-2:]
    if mode not in ("reduced", "r") and not (mode == "complete" and m <= n):
        raise TracingError(f"mlcore.linalg.qr with mode={mode!r} has no derivative here; expected 'reduced' or 'r'.")
    q, r = _qr(a[..., :m], positive=positive)
    if m < n:
        r = np.concatenate([r, mT(q) @ a[..., m:]], -1)
    return r if mode == "r" else linalg.QRResult(q, r)


@composed(linalg.polar)
def _polar(a: Any, side: str = "right") -> Any:
    if side not in ("left", "right"):
        raise ValueError(f"side is {side!r}; expected 'right' (a = U P) or 'left' (a = P U).")
    u, s, vh = linalg.svd(a, full_matrices=False)
    z = mT(vh) if side == "right" else u
    return linalg.PolarResult(u @ vh, (z * np.expand_dims(s, -2)) @ mT(z))


# ---- triangles: X = op(A)^-1 B has A's gradient -op(A)^-T G X^T, the product G B^T, both cut to the triangle that is read ----
def _columns(x: Any, b: Any) -> Any:
    return np.expand_dims(x, -1) if len(shape_of(b)) == 1 else x


def _cut(m: Any, a: Any, lower: bool, trans: Any, unit_diagonal: bool) -> Any:
    m = m if trans in ("N", 0) else mT(m)
    k = 1 if unit_diagonal else 0
    n = shape_of(a)[-1]
    mask = np.tril(np.ones((n, n)), -k) if lower else np.triu(np.ones((n, n)), k)
    return unbroadcast(m * mask, a)


def _other(trans: Any) -> str:
    return "T" if trans in ("N", 0) else "N"


def _back(function: Any, g: Any, a: Any, b: Any, lower: bool, trans: Any, unit_diagonal: bool) -> Any:
    return function(a, _columns(g, b), lower=lower, trans=_other(trans), unit_diagonal=unit_diagonal)


def _solve_triangular_left(
    g: Any, x: Any, a: Any, b: Any, lower: bool = False, trans: Any = "N", unit_diagonal: bool = False
) -> Any:
    back = _back(linalg.solve_triangular, g, a, b, lower, trans, unit_diagonal)
    return _cut(-back @ mT(_columns(x, b)), a, lower, trans, unit_diagonal)


def _multiply_left(
    g: Any, y: Any, a: Any, b: Any, lower: bool = False, trans: Any = "N", unit_diagonal: bool = False
) -> Any:
    return _cut(_columns(g, b) @ mT(_columns(b, b)), a, lower, trans, unit_diagonal)


def _right(function: Any) -> Any:
    def pullback(
        g: Any, y: Any, a: Any, b: Any, lower: bool = False, trans: Any = "N", unit_diagonal: bool = False
    ) -> Any:
        back = _back(function, g, a, b, lower, trans, unit_diagonal)
        return unbroadcast(back[..., 0] if len(shape_of(b)) == 1 else back, b)

    return pullback


_TRIANGLE = ("lower", "trans", "unit_diagonal")
general(linalg.solve_triangular, _solve_triangular_left, _right(linalg.solve_triangular), parameters=_TRIANGLE)
general(linalg.triangular_multiply, _multiply_left, _right(linalg.triangular_multiply), parameters=_TRIANGLE)


# ---- tensors as matrices ----
@composed(linalg.tensorinv)
def _tensorinv(a: Any, ind: int = 2) -> Any:
    shape = shape_of(a)
    rows = math.prod(shape[:ind])
    return np.reshape(linalg.inv(np.reshape(a, (rows, -1))), shape[ind:] + shape[:ind])


@composed(linalg.tensorsolve)
def _tensorsolve(a: Any, b: Any, axes: Sequence[int] | None = None) -> Any:
    if axes is not None:
        a = np.moveaxis(a, axes, range(len(shape_of(a)) - len(axes), len(shape_of(a))))
    unknowns = shape_of(a)[len(shape_of(b)) :]
    return np.reshape(linalg.solve(np.reshape(a, (-1, math.prod(unknowns))), np.ravel(b)), unknowns)


# ---- geometry ----
def _unit(x: Any, axis: int) -> Any:
    x = np.moveaxis(x, axis, -1)
    length = np.linalg.norm(x, axis=-1, keepdims=True)
    return x / np.where(length == 0, 1, length)


@composed(linalg.cosine_similarity)
def _cosine_similarity(x1: Any, x2: Any, *, axis: int = -1, pairwise: bool = False) -> Any:
    u, v = _unit(x1, axis), _unit(x2, axis)
    return linalg.matmul(u, mT(v)) if pairwise else np.sum(u * v, axis=-1)


@composed(linalg.angle)
def _angle(x1: Any, x2: Any, *, axis: int = -1) -> Any:
    u, v = _unit(x1, axis), _unit(x2, axis)
    zero = ~np.any(value_of(u), axis=-1) | ~np.any(value_of(v), axis=-1)
    return np.where(zero, np.nan, 2 * np.arctan2(np.linalg.norm(u - v, axis=-1), np.linalg.norm(u + v, axis=-1)))


@composed(linalg.project)
def _project(x1: Any, x2: Any, *, axis: int = -1) -> Any:
    a, v = np.moveaxis(x1, axis, -1), _unit(x2, axis)
    return np.moveaxis(np.sum(a * v, axis=-1, keepdims=True) * v, -1, axis)


@composed(linalg.gram)
def _gram(X: Any, *, center: bool = False, weights: Any = None) -> Any:
    weighted = np.expand_dims(np.ones(shape_of(X)[-2]) if weights is None else weights, -1)
    if center:
        X = X - np.sum(weighted * X, axis=-2, keepdims=True) / np.sum(weighted)
    return linalg.matmul(mT(X), weighted * X)
