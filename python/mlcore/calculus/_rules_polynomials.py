"""Polynomials by their coefficients, and the products of sequences that they are multiplied by."""

from __future__ import annotations

from typing import Any

import numpy as np

from mlcore.calculus._refusals import refuse
from mlcore.calculus._rules import bilinear, composed
from mlcore.calculus._rules_least_squares import solution
from mlcore.calculus._table import RULES
from mlcore.calculus._trace import Traced, plain_of, settled, shape_of, value_of


# ---- sequences: z_k = sum_i a_i v_(k-i), so that a_i has the gradient sum_k g_k v_(k-i) ----
def _convolve(a: Any, v: Any) -> Any:
    return np.convolve(a, v)


def _correlated(g: Any, v: Any) -> Any:
    """Where all of v lies within g."""
    n, m = shape_of(g)[0], shape_of(v)[0]
    return _convolution(g, np.flip(v))[m - 1 : n]


bilinear(_convolve, lambda g, z, a, v: _correlated(g, v), lambda g, z, a, v: _correlated(g, a))
_convolution = RULES.pop(_convolve)


def _part(function: Any, whole: Any, a: Any, v: Any, mode: Any, later: bool = False) -> Any:
    """What is left of a full product; of an odd number of elements one more is cut off at the front if `later`."""
    n, m = np.size(plain_of(a)), np.size(plain_of(v))
    lengths = {"full": n + m - 1, "same": max(n, m), "valid": max(n, m) - min(n, m) + 1}
    if mode not in lengths:
        refuse(function, "mode", mode)
    more = n + m - 1 - lengths[mode]
    before = (more + 1) // 2 if later else more // 2
    return whole[before : before + lengths[mode]] if more else whole


@composed(np.convolve)
def _convolve_call(a: Any, v: Any, mode: Any = "full") -> Any:
    return _part(np.convolve, _convolution(np.atleast_1d(a), np.atleast_1d(v)), a, v, mode)


@composed(np.correlate)
def _correlate(a: Any, v: Any, mode: Any = "valid") -> Any:
    whole = _convolution(np.atleast_1d(a), np.flip(np.atleast_1d(v)))
    return _part(np.correlate, whole, a, v, mode, later=np.size(plain_of(a)) < np.size(plain_of(v)))


# ---- coefficients, that of the highest power first ----
def _coefficients(p: Any) -> Any:
    if isinstance(p, np.poly1d):
        p = p.coeffs
    return np.atleast_1d(p if isinstance(p, Traced) else np.asarray(p))


@composed(np.polyval)
def _polyval(p: Any, x: Any) -> Any:
    if isinstance(x, np.poly1d):
        refuse(np.polyval, "x", x)
    p = _coefficients(p)
    y: Any = np.zeros(shape_of(x), np.result_type(plain_of(p), plain_of(x)))
    for i in range(shape_of(p)[0]):
        y = y * x + p[i]
    return y


def _padded(p: Any, n: int) -> Any:
    return np.concatenate([np.zeros(n - shape_of(p)[0]), p]) if shape_of(p)[0] < n else p


@composed(np.polyadd)
def _polyadd(a1: Any, a2: Any) -> Any:
    a, b = _coefficients(a1), _coefficients(a2)
    n = max(shape_of(a)[0], shape_of(b)[0])
    return _padded(a, n) + _padded(b, n)


@composed(np.polysub)
def _polysub(a1: Any, a2: Any) -> Any:
    a, b = _coefficients(a1), _coefficients(a2)
    n = max(shape_of(a)[0], shape_of(b)[0])
    return _padded(a, n) - _padded(b, n)


@composed(np.polymul)
def _polymul(a1: Any, a2: Any) -> Any:
    """Without leading zeros, as NumPy's."""

    def trimmed(p: Any) -> Any:
        first = np.flatnonzero(settled(np.not_equal(value_of(p), 0)))
        return p[first[0] :] if len(first) else p[-1:]

    return _convolution(trimmed(_coefficients(a1)), trimmed(_coefficients(a2)))


@composed(np.polyder)
def _polyder(p: Any, m: int = 1) -> Any:
    p = _coefficients(p)
    for _ in range(m):
        p = p[:-1] * np.arange(shape_of(p)[0] - 1, 0, -1)
    return p


@composed(np.polyint)
def _polyint(p: Any, m: int = 1, k: Any = None) -> Any:
    p = _coefficients(p)
    constants = np.zeros(m) if k is None else np.broadcast_to(k, (m,)) if np.size(k) == 1 else np.asarray(k)
    for i in range(m):
        p = np.concatenate([p / np.arange(shape_of(p)[0], 0, -1), constants[i : i + 1]])
    return p


@composed(np.poly)
def _poly(seq_of_zeros: Any) -> Any:
    zeros = seq_of_zeros if len(shape_of(seq_of_zeros)) == 1 else np.linalg.eigvals(seq_of_zeros)
    p: Any = np.ones(1)
    for i in range(shape_of(zeros)[0]):
        p = np.concatenate([p, np.zeros(1)]) - np.concatenate([np.zeros(1), p * zeros[i]])
    return p


@composed(np.vander)
def _vander(x: Any, N: int | None = None, increasing: bool = False) -> Any:
    n = shape_of(x)[0] if N is None else N
    columns = [np.ones(shape_of(x))] if n else []
    for _ in range(n - 1):
        columns.append(columns[-1] * x)
    result = np.stack(columns, -1) if columns else np.reshape(x, (-1, 1))[:, :0]
    return result if increasing else np.flip(result, -1)


@composed(np.polyfit)
def _polyfit(x: Any, y: Any, deg: int, rcond: Any = None, full: bool = False, w: Any = None, cov: Any = False) -> Any:
    """As NumPy: least squares with columns of the same length."""
    for name, value in (("full", full), ("cov", cov)):
        if value:
            refuse(np.polyfit, name, value)
    left = np.vander(x, int(deg) + 1)
    if w is not None:
        column = np.reshape(w, (-1, 1))
        left, y = left * column, y * (column if len(shape_of(y)) == 2 else w)
    scale = np.sqrt(np.sum(left * left, axis=0))
    limit = shape_of(x)[0] * np.finfo(float).eps if rcond is None else rcond
    return np.transpose(np.transpose(solution(left / scale, y, rcond=limit)) / scale)
