r"""Power series through choices, reductions, products of many factors and linear algebra.

Functions with a kink take the branch of the first coefficient that is not zero, if its power is even; there is no series
otherwise.
"""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np

from mlcore import linalg
from mlcore.calculus._refusals import code_line
from mlcore.calculus._rules_elementwise import LOG2
from mlcore.calculus._rules_norms import euclidean_norm
from mlcore.calculus._rules_products import einsum
from mlcore.calculus._rules_reductions import reduced_axes, spread
from mlcore.calculus._rules_series import root, scaled, square, summed
from mlcore.calculus._series import CHECKS, COMPOSED, RECURRENCES, Coefficients, convolved, degrees
from mlcore.calculus._trace import shape_of, value_of

__all__: list[str] = []


# ---- kinks and choices ----
def _branch(x: Coefficients, name: str) -> Any:
    """The sign of x near its centre: 1, -1, or 0 where all coefficients are zero."""
    sign = np.sign(value_of(x[0]))
    for k, c in enumerate(x[1:], 1):
        here = np.logical_and(sign == 0, value_of(c) != 0)
        if np.any(here) and k % 2:
            raise ValueError(
                f"{code_line()}np.{name} has a kink or jump exactly at the centre, and so no Taylor series there. Move the "
                "centre, or write the branch that is meant."
            )
        sign = np.where(here, np.sign(value_of(c)), sign)
    return sign


def _chosen(condition: Any, a: Coefficients, b: Coefficients) -> Coefficients:
    pairs = itertools.zip_longest(a, b, fillvalue=0.0)
    return [np.where(condition, x, y) for x, y in pairs]


def _larger(name: str, sign: int) -> Any:
    def recurrence(n: int, y0: Any, a: Coefficients, b: Coefficients) -> Coefficients:
        difference = summed(a, scaled(-1, b))
        none = np.isnan(value_of(difference[0]))
        first = np.where(none, value_of(a[0]) == value_of(y0), sign * _branch(difference, name) > 0)
        return [y0, *_chosen(first, a, b)[1:]]

    return recurrence


def _absolute(n: int, y0: Any, x: Coefficients) -> Coefficients:
    return [y0, *scaled(_branch(x, "abs"), x)[1:]]


def _copysign(n: int, y0: Any, a: Coefficients, b: Coefficients) -> Coefficients:
    side = _branch(b, "copysign")
    side = np.where(side == 0, np.copysign(1.0, value_of(b[0])), side)
    return [y0, *scaled(side * _branch(a, "copysign"), a)[1:]]


RECURRENCES[np.absolute] = RECURRENCES[np.fabs] = _absolute
RECURRENCES[np.copysign] = _copysign
RECURRENCES[np.maximum], RECURRENCES[np.fmax] = _larger("maximum", 1), _larger("fmax", 1)
RECURRENCES[np.minimum], RECURRENCES[np.fmin] = _larger("minimum", -1), _larger("fmin", -1)
RECURRENCES[np.where] = lambda n, y0, c, a, b: [y0, *_chosen(c[0], a, b)[1:]]


def _logaddexp(exp: Any, unit: float) -> Any:
    """By way of the smaller operand's distance from the larger: nothing cancels however large both are."""

    def composition(a: Any, b: Any) -> Any:
        first = value_of(a) >= value_of(b)
        larger = np.where(first, a, b)
        return larger + np.log1p(exp(np.where(first, b, a) - larger)) / unit

    return composition


COMPOSED[np.logaddexp] = _logaddexp(np.exp, 1.0)
COMPOSED[np.logaddexp2] = _logaddexp(np.exp2, LOG2)


# ---- reductions ----
def _folded(function: Any, empty: float) -> Any:
    """A reduction by halves, function(x_0, x_1) and so on."""

    def reduction(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
        shape = shape_of(x)
        axes = reduced_axes(axis, len(shape))
        rest = [i for i in range(len(shape)) if i not in axes]
        flat = np.reshape(np.transpose(x, (*rest, *axes)), (*[shape[i] for i in rest], -1))
        while (m := shape_of(flat)[-1]) > 1:
            half = function(flat[..., : m // 2], flat[..., m // 2 : m // 2 * 2])
            flat = np.concatenate([half, flat[..., -1:]], -1) if m % 2 else half
        kept = [1 if i in axes else size for i, size in enumerate(shape) if keepdims or i not in axes]
        return np.reshape(flat, kept) if m else np.full(kept, empty)

    return reduction


def _cumprod(x: Any, axis: int | None = None) -> Any:
    x = np.ravel(x) if axis is None else np.moveaxis(x, axis, -1)
    found = [x[..., :1]]
    for i in range(1, shape_of(x)[-1]):
        found.append(found[-1] * x[..., i : i + 1])
    result = np.concatenate(found, -1)
    return result if axis is None else np.moveaxis(result, -1, axis)


def _hypot(n: int, y0: Any, a: Coefficients, b: Coefficients) -> Coefficients:
    """y^2 = a^2 + b^2, computed with a / y_0 and b / y_0: no overflow."""
    squares = summed(square(n, [c / y0 for c in a]), square(n, [c / y0 for c in b]))
    return [y0, *[y0 * c for c in root(n, 1.0, [1.0, *squares[1:]])[1:]]]


def _norm(n: int, y0: Any, x: Coefficients, axis: Any = None, keepdims: bool = False) -> Coefficients:
    size = spread(y0, x[0], axis, keepdims)
    squares = [np.sum(c, axis=axis, keepdims=keepdims) for c in square(n, [c / size for c in x])[1:]]
    return [y0, *[y0 * c for c in root(n, 1.0, [1.0, *squares])[1:]]]


RECURRENCES[np.hypot] = _hypot
RECURRENCES[euclidean_norm] = _norm
COMPOSED[np.prod] = _folded(np.multiply, 1.0)
COMPOSED[np.max] = _folded(np.maximum, -np.inf)
COMPOSED[np.min] = _folded(np.minimum, np.inf)
COMPOSED[np.cumprod] = _cumprod


# ---- products of many factors ----
def _einsum_recurrence(n: int, y0: Any, *operands: Coefficients, subscripts: str) -> Coefficients:
    """Two factors at a time, keeping the subscripts that are used later."""
    inputs, output = subscripts.split("->")
    names = inputs.split(",")
    result, name = operands[0], names[0]
    if len(operands) == 1:
        return [np.einsum(subscripts, c) for c in result]
    for i, factor in enumerate(operands[1:], 1):
        later = set(output).union(*names[i + 1 :])
        kept = output if i + 1 == len(operands) else "".join(dict.fromkeys(c for c in name + names[i] if c in later))

        def times(a: Any, b: Any, code: str = f"{name},{names[i]}->{kept}") -> Any:
            return np.einsum(code, a, b)

        first = times(result[0], factor[0])
        result = [first, *[convolved(result, factor, k, times=times) for k in degrees(n, result, factor)]]
        name = kept
    return [y0, *result[1:]]


RECURRENCES[einsum] = _einsum_recurrence


# ---- linear algebra: A X = B has  X_k = A_0^-1 (B_k - sum_{j=1}^k A_j X_{k-j}) ----
def _solution(solve: Any) -> Any:
    def recurrence(n: int, y0: Any, a: Coefficients, b: Coefficients) -> Coefficients:
        if len(shape_of(b[0])) == 1:
            columns = recurrence(n, np.expand_dims(y0, -1), a, [np.expand_dims(c, -1) for c in b])
            return [y0, *[c[..., 0] for c in columns[1:]]]
        y = [y0]
        for k in range(1, n + 1 if len(a) > 1 else len(b)):
            right = (b[k] if k < len(b) else 0.0) - convolved(a, y, k, 1, times=np.matmul)
            y.append(solve(a[0], right + np.zeros(shape_of(y0))))
        return y

    return recurrence


def _inverse(n: int, y0: Any, a: Coefficients) -> Coefficients:
    y = [y0]
    for k in range(1, n + 1 if len(a) > 1 else 1):
        y.append(-np.matmul(y0, convolved(a, y, k, 1, times=np.matmul)))
    return y


def _det(a: Any) -> Any:
    """Without divisions, so that the matrix may be singular at the centre: n - 1 products.

    F_1 = A, F_{k+1} = mu(F_k) A and det A = (-1)^(n-1) (F_n)_11, where mu keeps what is right of the diagonal and puts minus
    the sum of the diagonal elements below in place of each diagonal element.

    Source: R. S. Bird, "A simple division-free algorithm for computing determinants", Inform. Process. Lett. 111, 2011.
    """
    n = shape_of(a)[-1]
    if n == 0:
        return np.ones(shape_of(a)[:-2])[()]
    above, f = np.triu(np.ones((n, n)), 1), a
    for _ in range(n - 1):
        below = np.sum(np.expand_dims(np.diagonal(f, 0, -2, -1), -2) * above, axis=-1)
        f = np.matmul(above * f - np.expand_dims(below, -1) * np.eye(n), a)
    return (-1) ** (n - 1) * f[..., 0, 0]


# ---- factorisations follow from their derivatives, which need a gap or full rank at the centre ----
def _refuse(bad: Any, name: str, what: str) -> None:
    if np.any(bad):
        raise ValueError(
            f"{code_line()}{name} of a matrix with {what} exactly at the centre has no Taylor series that could be computed. "
            "Move the centre."
        )


def _close(values: Any) -> Any:
    """Whether two neighbours, or a matrix's size and nothing, are equal up to rounding."""
    limit = 4 * values.shape[-1] * np.finfo(float).eps * np.abs(values).max(axis=-1, initial=0.0, keepdims=True)
    return np.abs(np.diff(values, axis=-1)) <= limit


def _distinct_eigenvalues(answer: Any, *_: Any) -> None:
    _refuse(_close(value_of(answer[0])), "eigh", "equal eigenvalues")


def _distinct_singular_values(answer: Any, *_: Any) -> None:
    s = value_of(answer[1])
    end = np.concatenate([s, np.zeros((*s.shape[:-1], 1))], -1)
    _refuse(_close(end), "svd", "a singular value that is zero, or two that are equal,")


def _full_rank(answer: Any, a: Any) -> None:
    a = value_of(a)
    _refuse(np.linalg.matrix_rank(a) < min(a.shape[-2:]), "pinv", "linearly dependent rows and columns")


_modules: tuple[Any, ...] = (np.linalg, linalg)
for _module in _modules:
    RECURRENCES[_module.solve] = _solution(_module.solve)
    RECURRENCES[_module.inv] = _inverse
    COMPOSED[_module.det] = _det
    CHECKS[_module.eigh] = _distinct_eigenvalues
    CHECKS[_module.svd] = _distinct_singular_values
    CHECKS[_module.pinv] = _full_rank
