"""Products of vectors, matrices and tensors: linear in each factor."""

from __future__ import annotations

from typing import Any

import numpy as np

from mlcore.calculus._derivative_rule import Rule
from mlcore.calculus._rules import bilinear, composed, unbroadcast
from mlcore.calculus._table import RULES
from mlcore.calculus._trace import shape_of


def _ndim(x: Any) -> int:
    return len(shape_of(x))


# ---- matmul: (..., n, k) @ (..., k, m), vectors standing for one row or column ----
def matmul_left_vjp(g: Any, y: Any, a: Any, b: Any) -> Any:
    if _ndim(b) == 1:
        return unbroadcast(g * b if _ndim(a) == 1 else np.expand_dims(g, -1) * b, a)
    if _ndim(a) == 1:
        return unbroadcast(np.matmul(b, np.expand_dims(g, -1))[..., 0], a)
    return unbroadcast(np.matmul(g, np.swapaxes(b, -1, -2)), a)


def matmul_right_vjp(g: Any, y: Any, a: Any, b: Any) -> Any:
    if _ndim(a) == 1:
        return unbroadcast(g * a if _ndim(b) == 1 else np.expand_dims(a, -1) * np.expand_dims(g, -2), b)
    if _ndim(b) == 1:
        return unbroadcast(np.matmul(np.expand_dims(g, -2), a)[..., 0, :], b)
    return unbroadcast(np.matmul(np.swapaxes(a, -1, -2), g), b)


bilinear(np.matmul, matmul_left_vjp, matmul_right_vjp)


@composed(np.dot)
def _dot(a: Any, b: Any) -> Any:
    if _ndim(a) == 0 or _ndim(b) == 0:
        return a * b
    if _ndim(b) <= 2:
        return np.matmul(a, b)
    return np.tensordot(a, b, axes=([-1], [-2]))


# ---- einsum: the gradient of a factor is an einsum of the others ----
def einsum(*operands: Any, subscripts: str) -> Any:
    return np.einsum(subscripts, *operands)


def _einsum_vjp(i: int) -> Any:
    def vjp(g: Any, y: Any, *operands: Any, subscripts: str) -> Any:
        inputs, output = subscripts.split("->")
        names = inputs.split(",")
        mine = names[i]
        others = [(name, x) for j, (name, x) in enumerate(zip(names, operands, strict=True)) if j != i]
        once = "".join(dict.fromkeys(mine))
        known = set(output).union(*[set(name) for name, _ in others])
        kept = "".join(c for c in once if c in known)
        value = np.einsum(",".join([output, *[name for name, _ in others]]) + "->" + kept, g, *[x for _, x in others])
        shape = shape_of(operands[i])
        sizes = dict(zip(mine, shape, strict=True))
        stretched = tuple(k for k, c in enumerate(kept) if sizes[c] == 1)  # to the length it has elsewhere
        value = np.sum(value, axis=stretched, keepdims=True) if stretched else value
        value = np.reshape(value, [sizes[c] if c in kept else 1 for c in once]) if kept != once else value
        value = np.broadcast_to(value, [sizes[c] for c in once])  # summed alone: the same for all of that axis
        return value if mine == once else _on_diagonal(value, mine, once, sizes)

    return vjp


def _on_diagonal(value: Any, mine: str, once: str, sizes: dict[str, int]) -> Any:
    """An array with subscripts like "iij" from one with "ij": zero but where equal subscripts are equal."""
    first = {c: mine.index(c) for c in once}
    shape = [sizes[c] if first[c] == k else 1 for k, c in enumerate(mine)]
    result = np.reshape(np.transpose(value, [once.index(c) for c in sorted(once, key=mine.index)]), shape)
    for k, c in enumerate(mine):
        if k != first[c]:
            n = sizes[c]
            result = result * np.reshape(np.eye(n), [n if axis in (k, first[c]) else 1 for axis in range(len(mine))])
    return result


def _einsum_jvp(tangents: list[Any], y: Any, *operands: Any, subscripts: str) -> Any:
    total = None
    for i, t in enumerate(tangents):
        if t is not None:
            term = np.einsum(subscripts, *operands[:i], t, *operands[i + 1 :])
            total = term if total is None else total + term
    return total


_EINSUM = Rule(einsum, _einsum_vjp, _einsum_jvp, parameters=("subscripts",))


@composed(np.einsum)
def _einsum_call(subscripts: str, *operands: Any, optimize: Any = False) -> Any:
    return _EINSUM(*operands, subscripts=explicit(subscripts, [_ndim(x) for x in operands]))


def explicit(subscripts: str, ndims: list[int]) -> str:
    """The same with "->" and with letters in place of "..."."""
    if not isinstance(subscripts, str):
        raise TypeError("np.einsum of values under differentiation takes its subscripts as a string, 'ij,jk->ik'.")
    subscripts = subscripts.replace(" ", "")
    inputs, arrow, output = subscripts.partition("->")
    names = inputs.split(",")
    spare = [c for c in "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz" if c not in subscripts]
    widths = [n - len(name) + 3 if "..." in name else 0 for name, n in zip(names, ndims, strict=True)]
    widest = max(widths, default=0)
    letters = "".join(spare[:widest])
    if not arrow:
        once = [c for c in sorted(set(inputs) - set(".,")) if inputs.count(c) == 1]
        output = ("..." if "..." in inputs else "") + "".join(once)
    names = [name.replace("...", letters[widest - w :]) for name, w in zip(names, widths, strict=True)]
    return ",".join(names) + "->" + output.replace("...", letters)


# ---- the rest are einsums ----
@composed(np.tensordot)
def _tensordot(a: Any, b: Any, axes: Any = 2) -> Any:
    m, n = _ndim(a), _ndim(b)
    if isinstance(axes, int):
        first, second = list(range(m - axes, m)), list(range(axes))
    else:
        first, second = ([int(i) % size for i in np.atleast_1d(part)] for part, size in zip(axes, (m, n), strict=True))
    letters = "abcdefghijklmnopqrstuvwxyz"
    left = list(letters[:m])
    right = list(letters[m : m + n])
    for i, j in zip(first, second, strict=True):
        right[j] = left[i]
    kept = [c for i, c in enumerate(left) if i not in first] + [c for j, c in enumerate(right) if j not in second]
    return np.einsum(f"{''.join(left)},{''.join(right)}->{''.join(kept)}", a, b)


@composed(np.inner)
def _inner(a: Any, b: Any) -> Any:
    return a * b if _ndim(a) == 0 or _ndim(b) == 0 else np.tensordot(a, b, axes=([-1], [-1]))


@composed(np.outer)
def _outer(a: Any, b: Any, out: None = None) -> Any:
    return np.expand_dims(np.ravel(a), 1) * np.ravel(b)


@composed(np.vdot)
def _vdot(a: Any, b: Any) -> Any:
    return np.matmul(np.ravel(a), np.ravel(b))


@composed(np.kron)
def _kron(a: Any, b: Any) -> Any:
    ndim = max(_ndim(a), _ndim(b))
    p, q = ((1,) * (ndim - _ndim(x)) + shape_of(x) for x in (a, b))
    left = np.reshape(a, [size for n in p for size in (n, 1)])
    right = np.reshape(b, [size for n in q for size in (1, n)])
    return np.reshape(left * right, [m * n for m, n in zip(p, q, strict=True)])


@composed(np.trace)
def _trace(a: Any, offset: int = 0, axis1: int = 0, axis2: int = 1, dtype: None = None, out: None = None) -> Any:
    return np.sum(np.diagonal(a, offset, axis1, axis2), axis=-1)


@composed(np.cross)
def _cross(a: Any, b: Any, axis: int = -1) -> Any:
    a, b = np.moveaxis(a, axis, -1), np.moveaxis(b, axis, -1)
    if shape_of(a)[-1] != 3 or shape_of(b)[-1] != 3:
        raise ValueError(f"np.cross of shapes {shape_of(a)} and {shape_of(b)}; expected vectors of 3 elements.")
    i, j = np.array([1, 2, 0]), np.array([2, 0, 1])
    return np.moveaxis(a[..., i] * b[..., j] - a[..., j] * b[..., i], -1, axis)


def _vecdot(x1: Any, x2: Any, axis: int = -1) -> Any:
    return np.sum(np.moveaxis(x1, axis, -1) * np.moveaxis(x2, axis, -1), axis=-1)


def _matvec(x1: Any, x2: Any) -> Any:
    return np.matmul(x1, np.expand_dims(x2, -1))[..., 0]


def _vecmat(x1: Any, x2: Any) -> Any:
    return np.matmul(np.expand_dims(x1, -2), x2)[..., 0, :]


def _matrix_trace(x: Any, offset: int = 0, dtype: None = None) -> Any:
    return _trace(x, offset, -2, -1)


_NEW_NAMES: dict[str, Any] = {  # of NumPy 2
    "vecdot": _vecdot,
    "matvec": _matvec,
    "vecmat": _vecmat,
    "matmul": RULES[np.matmul],
    "tensordot": _tensordot,
    "outer": _outer,
    "trace": _matrix_trace,
    "cross": _cross,
}
for _name, _rule in _NEW_NAMES.items():
    for _place in (np, np.linalg):
        if hasattr(_place, _name):
            RULES.setdefault(getattr(_place, _name), _rule)
