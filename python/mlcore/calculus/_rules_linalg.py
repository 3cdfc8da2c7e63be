r"""Linear algebra: pullbacks of solutions, inverses, determinants and factorisations.

g stands for the gradient with respect to the answer. Matrices that NumPy takes for symmetric, reading one triangle alone, get a
symmetric gradient: that of the function of symmetric matrices.

Source: M. Giles, "An Extended Collection of Matrix Derivative Results for Forward and Reverse Mode Algorithmic
Differentiation", Oxford 2008; for QR, S. Walter and L. Lehmann, "Algorithmic Differentiation of Linear Algebra Functions with
Application in Optimum Experimental Design", 2010; for the pseudo-inverse, G. Golub and V. Pereyra, SIAM J. Numer. Anal. 10,
1973. Norms are in `_rules_norms.py`.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from operator import index
from typing import Any

import numpy as np

from mlcore.calculus._rules import composed, constant, general, unbroadcast
from mlcore.calculus._table import RULES
from mlcore.calculus._trace import shape_of, value_of


def mT(x: Any) -> Any:
    return np.swapaxes(x, -1, -2)


def _symmetric(x: Any) -> Any:
    return (x + mT(x)) / 2


def _diagonal_matrix(d: Any) -> Any:
    return np.expand_dims(d, -1) * np.eye(shape_of(d)[-1])


def _times(g: Any, matrix: Any) -> Any:
    """A number for each matrix, times it."""
    return np.reshape(g, (*shape_of(g), 1, 1)) * matrix


# ---- solutions ----
def _is_vector(x: Any, a: Any) -> bool:
    """Whether b was taken for a vector: NumPy 2 does so for one axis, NumPy 1 for one axis less than a has."""
    return len(shape_of(x)) < len(shape_of(a))


def _solve_right(g: Any, x: Any, a: Any, b: Any) -> Any:
    if _is_vector(x, a):
        return unbroadcast(np.linalg.solve(mT(a), np.expand_dims(g, -1))[..., 0], b)
    return unbroadcast(np.linalg.solve(mT(a), g), b)


def _solve_left(g: Any, x: Any, a: Any, b: Any) -> Any:
    if _is_vector(x, a):
        g, x = np.expand_dims(g, -1), np.expand_dims(x, -1)
    return unbroadcast(-np.matmul(np.linalg.solve(mT(a), g), mT(x)), a)


general(np.linalg.solve, _solve_left, _solve_right)
general(np.linalg.inv, lambda g, y, a: -mT(y) @ g @ mT(y))


def pinv_vjp(g: Any, p: Any, a: Any, **_: Any) -> Any:
    """The derivative among matrices of the same rank (Golub and Pereyra), which is that of all near ones if the rank is full.

    Below full rank the pseudo-inverse jumps, to 1 / s for the smallest s of a singular value that was 0, and has no derivative
    in directions that change the rank: the part of a direction that does so is left out.
    """
    m, n = shape_of(a)[-2:]
    gt, pt = mT(g), mT(p)
    return -pt @ g @ pt + (np.eye(m) - a @ p) @ gt @ p @ pt + pt @ p @ gt @ (np.eye(n) - p @ a)


general(np.linalg.pinv, pinv_vjp, parameters=("rcond", "rtol", "hermitian"))


# ---- determinants ----
def _det_vjp(g: Any, y: Any, a: Any) -> Any:
    if np.all(y != 0):
        return _times(g * y, mT(np.linalg.inv(a)))
    u, s, vh = np.linalg.svd(a)  # the matrix of cofactors exists all the same
    n = shape_of(s)[-1]
    others = np.stack([np.prod(s[..., np.arange(n) != i], axis=-1) for i in range(n)], -1)
    return _times(g * np.linalg.det(u @ vh), u @ (np.expand_dims(others, -1) * vh))


general(np.linalg.det, _det_vjp)
general(np.linalg.slogdet, lambda g, y, a: _times(g[1], mT(np.linalg.inv(a))))


# ---- factorisations ----
def _cholesky_vjp(g: Any, y: Any, a: Any, upper: bool = False) -> Any:
    lower, g = (mT(y), mT(g)) if upper else (y, g)
    n = shape_of(lower)[-1]
    half = np.tril(np.ones((n, n))) - np.eye(n) / 2
    middle = np.linalg.solve(mT(lower), half * (mT(lower) @ g))  # L^-T Phi(L^T g)
    return _symmetric(mT(np.linalg.solve(mT(lower), mT(middle))))


general(np.linalg.cholesky, _cholesky_vjp, parameters=("upper",))


def reciprocal_differences(x: Any, *gradients: Any) -> Any:
    """1 / (x_j - x_i), 0 on the diagonal; NaN where others are equal, as their vectors have no derivative, if they are used."""
    n = shape_of(x)[-1]
    difference = np.expand_dims(x, -2) - np.expand_dims(x, -1)
    size = np.max(np.abs(value_of(x))) if 0 not in shape_of(x) else 0.0
    equal = np.abs(value_of(difference)) <= 4 * n * np.finfo(float).eps * size
    used = any(np.any(g != 0) for g in gradients)
    instead = np.where(np.eye(n, dtype=bool) | (not used), 0.0, np.nan)
    return np.where(equal, instead, 1 / np.where(equal, 1.0, difference))


def _eigh_vjp(g: Any, y: Any, a: Any, UPLO: str = "L") -> Any:
    (gw, gv), (w, v) = g, y
    m = mT(v) @ gv
    m = (m - mT(m)) / 2
    return _symmetric(v @ (_diagonal_matrix(gw) + reciprocal_differences(w, gv) * m) @ mT(v))


general(np.linalg.eigh, _eigh_vjp, parameters=("UPLO",))


@composed(np.linalg.eigvalsh)
def _eigvalsh(a: Any, UPLO: Any = "L") -> Any:
    return np.linalg.eigh(a, UPLO)[0]


def _over(g: Any, s: Any) -> Any:
    """g / s, but 0 / 0 is 0: a vector that is not used needs no derivative, which those of singular value 0 do not have."""
    return g / np.where((s == 0) & (value_of(g) == 0), 1.0, s)


def svd_vjp(g: Any, y: Any, a: Any, full_matrices: bool = True, compute_uv: bool = True, hermitian: bool = False) -> Any:
    (gu, gs, gvh), (u, s, vh) = g, y
    m, n = shape_of(a)[-2:]
    if full_matrices and m != n:
        raise TypeError(
            f"the full SVD of a {m} x {n} matrix has columns that no derivative determines. Pass full_matrices=False."
        )
    left, right = mT(u) @ gu, vh @ mT(gvh)
    left, right = left - mT(left), right - mT(right)
    row, column = np.expand_dims(s, -2), np.expand_dims(s, -1)
    f = reciprocal_differences(s * s, gu, gvh)
    core = f * left * row + column * (f * right) + _diagonal_matrix(gs)
    result = u @ core @ vh
    if m > n:
        result = result + _over(gu - u @ (mT(u) @ gu), row) @ vh
    if n > m:
        result = result + u @ _over(gvh - (gvh @ mT(vh)) @ vh, column)
    return result


general(np.linalg.svd, svd_vjp, parameters=("full_matrices", "compute_uv", "hermitian"))
_svd = RULES[np.linalg.svd]


@composed(np.linalg.svd)
def _svd_call(a: Any, full_matrices: bool = True, compute_uv: bool = True, hermitian: bool = False) -> Any:
    if not compute_uv:
        return _svd(a, full_matrices=False)[1]
    return _svd(a, full_matrices=full_matrices)


if hasattr(np.linalg, "svdvals"):  # NumPy 2
    RULES[np.linalg.svdvals] = lambda x: _svd(x, full_matrices=False)[1]


def qr_vjp(g: Any, y: Any, a: Any, mode: str = "reduced") -> Any:
    (gq, gr), (q, r) = g, y
    m = r @ mT(gr) - mT(gq) @ q
    n = shape_of(m)[-1]
    below = np.tril(np.ones((n, n)), -1) * m
    return mT(np.linalg.solve(r, mT(gq + q @ (below + mT(below) + np.eye(n) * m))))


general(np.linalg.qr, qr_vjp, parameters=("mode",))
_qr = RULES[np.linalg.qr]


@composed(np.linalg.qr)
def _qr_call(a: Any, mode: str = "reduced") -> Any:
    m, n = shape_of(a)[-2:]
    if mode not in ("reduced", "r") and not (mode == "complete" and m <= n):
        raise TypeError(f"np.linalg.qr with mode={mode!r} has no derivative here; expected 'reduced' or 'r'.")
    if m >= n:
        q, r = _qr(a)
    else:
        q, r = _qr(a[..., :m])
        r = np.concatenate([r, mT(q) @ a[..., m:]], -1)
    return r if mode == "r" else type(np.linalg.qr(np.eye(1)))(q, r)


# ---- chains ----
@composed(np.linalg.matrix_power)
def _matrix_power(a: Any, n: int) -> Any:
    n = index(n)
    if n < 0:
        a, n = np.linalg.inv(a), -n
    result = None
    while n:
        if n & 1:
            result = a if result is None else result @ a
        a, n = (a @ a if n > 1 else a), n >> 1
    return a * 0 + np.eye(shape_of(a)[-1]) if result is None else result


@composed(np.linalg.multi_dot)
def _multi_dot(arrays: Sequence[Any], out: None = None) -> Any:
    return functools.reduce(np.matmul, arrays)


@composed(np.linalg.cond)
def _cond(x: Any, p: Any = None) -> Any:
    if p in (None, 2, -2):
        s = np.linalg.svd(x, compute_uv=False)
        return s[..., -1] / s[..., 0] if p == -2 else s[..., 0] / s[..., -1]
    return np.linalg.norm(x, p, axis=(-2, -1)) * np.linalg.norm(np.linalg.inv(x), p, axis=(-2, -1))


constant(np.linalg.matrix_rank)
