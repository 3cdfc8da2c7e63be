"""Certificates: how exact a result is, by what the mathematics promises of it.

A factorisation A = F G is judged by its residual, ||A - F G|| / (n eps ||A||), orthonormal columns by what they lack,
||I - Q'Q|| / (n eps); the norms are Frobenius's, n the smaller size of A. Of a backward stable method both are below a small
constant, mostly far below 1 (Higham, Accuracy and Stability, chapters 10, 18 to 20). The two sides of a comparison are
judged by the same function, and none of it is timed.

Computed in float64, the residual of a float64 factorisation would be drowned in its own rounding. So it is computed in long
double, and, as a long double product of large matrices takes minutes, not as a matrix: for R = A - F G and random signs x,
R x = A x - F (G x) costs a few products with a vector, and the mean of ||R x||^2 is ||R||^2 (Hutchinson 1990). Four such
vectors give the norm to some 10 to 30 %; small matrices get the unit vectors, and the norm itself. Of a stack the worst matrix
counts.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from mlcore.lab.case import Certify
from mlcore.lab.results import Accuracy

__all__ = [
    "determinant",
    "eigenpairs",
    "factors",
    "inverse",
    "least_squares",
    "of_values",
    "orthonormality",
    "product_error",
    "solution",
    "triplets",
]

PROBES = 4
WHOLE = 32  # up to this size the norm itself is cheap


def factors(A: NDArray[Any], parts: Any = tuple, orthonormal: tuple[int, ...] = ()) -> Certify:
    """Of a factorisation of A: `parts` takes from the raw result the factors in the order of the product.

    A factor of one axis less than A is a diagonal. `orthonormal` numbers those with orthonormal columns; -1 stands for the
    last one, by its rows.
    """

    def certify(result: Any) -> Accuracy:
        found = [np.asarray(part) for part in parts(result)]
        losses = [orthonormality(found[i] if i >= 0 else found[i].swapaxes(-1, -2)) for i in orthonormal]
        return Accuracy(product_error(A, found), max(losses, default=None))

    return certify


def product_error(A: NDArray[Any], parts: list[NDArray[Any]]) -> float:
    """||A - product|| / (n eps ||A||)."""
    X = _probes(A)
    Y = X
    for part in reversed(parts):
        Y = _wide(part)[..., None] * Y if part.ndim == A.ndim - 1 else _wide(part) @ Y
    return _in_units(_size(_wide(A) @ X - Y, X), A, _size(_wide(A)))


def orthonormality(Q: NDArray[Any]) -> float:
    """||I - Q'Q|| / (n eps), n the number of columns."""
    X, W = _probes(Q), _wide(Q)
    return _in_units(_size(X - W.swapaxes(-1, -2) @ (W @ X), X), Q, 1.0)


def eigenpairs(A: NDArray[Any], *, orthonormal: bool = True, last: int | None = None) -> Certify:
    """Of ``(w, V)``: ||A V - V diag(w)|| / (n eps ||A||), for the `last` pairs alone if only those are asked for."""

    def certify(result: Any) -> Accuracy:
        w, V = np.asarray(result[0]), np.asarray(result[1])
        if last is not None:
            w, V = w[..., -last:], V[..., -last:]
        X, W = _probes(V), _wide(V)
        residual = _wide(A) @ (W @ X) - W @ (_wide(w)[..., None] * X)
        return Accuracy(_in_units(_size(residual, X), A, _size(_wide(A))), orthonormality(V) if orthonormal else None)

    return certify


def triplets(A: NDArray[Any]) -> Certify:
    """Of k singular triplets ``(U, s, Vh)``: the larger of ||A V - U S|| and ||A'U - V S||, in n eps ||A||."""

    def certify(result: Any) -> Accuracy:
        U, s, V = np.asarray(result[0]), np.asarray(result[1]), np.asarray(result[2]).T
        X, B, left, right = _probes(V), _wide(A), _wide(U), _wide(V)
        SX = _wide(s)[:, None] * X
        apart = max(float(_size(B @ (right @ X) - left @ SX, X)), float(_size(B.T @ (left @ X) - right @ SX, X)))
        return Accuracy(_in_units(apart, A, _size(B)), max(orthonormality(U), orthonormality(V)))

    return certify


def solution(A: NDArray[Any], b: NDArray[Any]) -> Certify:
    """Of A x = b: ||A x - b|| / (n eps (||A|| ||x|| + ||b||)), the backward error (Rigal and Gaches)."""

    def certify(result: Any) -> Accuracy:
        column = np.ndim(b) == A.ndim - 1
        x, rhs = (_wide(v)[..., None] if column else _wide(v) for v in (result, b))
        return Accuracy(_in_units(_size(_wide(A) @ x - rhs), A, _size(_wide(A)) * _size(x) + _size(rhs)))

    return certify


def inverse(A: NDArray[Any]) -> Certify:
    """||A Y - I|| / (n eps ||A|| ||Y||) of an inverse Y."""

    def certify(result: Any) -> Accuracy:
        Y, X = _wide(result), _probes(A)
        return Accuracy(_in_units(_size(_wide(A) @ (Y @ X) - X, X), A, _size(_wide(A)) * _size(Y)))

    return certify


def least_squares(A: NDArray[Any], b: NDArray[Any]) -> Certify:
    """||A'r|| / (n eps ||A|| ||r||), r = b - A x, of the first entry of a result: 0 for the exact one.

    x is exact for A - r r'A / ||r||^2 (Stewart), so this is a backward error.
    """

    def certify(result: Any) -> Accuracy:
        W = _wide(A)
        r = (_wide(b) - W @ _wide(result[0]))[:, None]
        return Accuracy(_in_units(_size(W.T @ r), A, _size(W) * _size(r)))

    return certify


def of_values(exact: NDArray[Any], n: int, dtype: str) -> Certify:
    """The largest error of eigenvalues or singular values in any order, over n eps times the largest.

    By Weyl's theorem that is at most the backward error.
    """
    expected = np.sort(_wide(exact))

    def certify(result: Any) -> Accuracy:
        apart = abs(np.sort(_wide(result)) - expected).max()
        return Accuracy(float(apart / abs(expected).max() / (n * np.finfo(dtype).eps)))

    return certify


def determinant(log_abs: NDArray[Any] | float, n: int, dtype: str) -> Certify:
    """The relative error of a determinant, or the absolute one of ``(sign, log)``, in units of n eps."""

    def certify(result: Any) -> Accuracy:
        found = _wide(result[1]) if isinstance(result, tuple) else np.log(abs(_wide(result)))
        return Accuracy(float(abs(found - log_abs).max() / (n * np.finfo(dtype).eps)))

    return certify


def _wide(x: Any) -> NDArray[Any]:
    return np.asarray(x, dtype=np.clongdouble if np.iscomplexobj(x) else np.longdouble)


def _probes(A: NDArray[Any]) -> NDArray[Any]:
    n = A.shape[-1]
    if n <= WHOLE:
        return np.eye(n, dtype=np.longdouble)
    return np.asarray(np.random.default_rng(n).choice([-1, 1], (n, PROBES)), dtype=np.longdouble)


def _size(R: NDArray[Any], probes: NDArray[Any] | None = None) -> Any:
    """The Frobenius norm of each matrix; of R X the one of R, if the probes X are given."""
    size = np.sqrt((abs(R) ** 2).sum((-2, -1)))
    return size if probes is None or probes.shape[0] <= WHOLE else size / PROBES**0.5


def _in_units(size: Any, A: NDArray[Any], scale: Any) -> float:
    unit = min(A.shape[-2:]) * np.finfo(A.dtype).eps * np.asarray(scale)
    return float(np.max(size / np.where(unit == 0, 1, unit)))
