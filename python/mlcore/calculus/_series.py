r"""Taylor mode: every value carries the coefficients of its power series.

With :math:`x(t) = x_0 + x_1 t + x_2 t^2 + \ldots + x_n t^n` for every operand, the coefficients of the answer follow:

- a linear function is applied to each coefficient,
- a product is a convolution, :math:`z_k = \sum_{j=0}^k x_j y_{k-j}`,
- a function that solves a simple differential equation has a recurrence (`_rules_series.py`),
- any other has a derivative, :math:`y' = J(x, y)\, x'`. Its right side, computed with power series, is right to order k - 1 if
  y is, and then gives :math:`y_k`: one order after another, from the rule of forward or reverse mode alone.

Coefficients are computed with NumPy's functions, so they may be traced themselves.

Source: A. Griewank and A. Walther, "Evaluating Derivatives", 2nd ed., SIAM 2008, chapter 13.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import Any, Final

import numpy as np

from mlcore.calculus._derivative_rule import Rule
from mlcore.calculus._forward import transposed
from mlcore.calculus._trace import Trace, Traced, shape_of

__all__ = ["CHECKS", "COMPOSED", "RECURRENCES", "Coefficients", "Power", "Series", "coefficients_of", "convolved", "degrees"]

Coefficients = list[Any]
"""The coefficient of each power from 0 on; those that are left out at the end are zero."""

# A function -> (order, answer, *coefficients of the operands, **parameters) -> coefficients of the answer, the first any.
RECURRENCES: Final[dict[Any, Callable[..., Coefficients]]] = {}
# A function -> the same function, written with others that have rules.
COMPOSED: Final[dict[Any, Callable[..., Any]]] = {}
# A function -> (answer, *values of the operands), which raises an error where the rule holds and there is no series yet.
CHECKS: Final[dict[Any, Callable[..., None]]] = {}


class Power(Traced):
    """A value and the coefficients of its series, of which it is the first."""

    __slots__ = ("coefficients",)

    def __init__(self, trace: Series, coefficients: Coefficients) -> None:
        self.owner = trace
        self.value = coefficients[0]
        self.coefficients = coefficients


class Series(Trace):
    """The trace of Taylor mode, to a given order."""

    __slots__ = ("order",)

    def __init__(self, order: int) -> None:
        super().__init__()
        self.order = order

    def record(
        self, rule: Rule, operands: tuple[Any, ...], values: list[Any], parameters: Mapping[str, Any], answer: Any
    ) -> Any:
        series = [coefficients_of(self, x, v) for x, v in zip(operands, values, strict=True)]
        if rule.function in RECURRENCES:
            found = RECURRENCES[rule.function](self.order, answer, *series, **parameters)
        elif rule.function in COMPOSED:
            found = coefficients_of(self, COMPOSED[rule.function](*operands, **parameters))
        elif rule.kind == "linear":
            found = self._linear(rule, series, values, parameters, answer)
        elif rule.kind == "bilinear":
            a, b = series
            found = [answer, *[convolved(a, b, k, times=rule.function) for k in degrees(self.order, a, b)]]
        else:
            if rule.function in CHECKS:
                CHECKS[rule.function](answer, *values)
            return self._integrated(rule, operands, series, values, parameters, answer)
        return self._power(answer, found)

    def _power(self, answer: Any, found: Coefficients) -> Power:
        shape = shape_of(answer)
        return Power(self, [answer, *[c if shape_of(c) == shape else np.broadcast_to(c, shape) for c in found[1:]]])

    def _linear(self, rule: Rule, series: list[Coefficients], values: list[Any], parameters: Any, answer: Any) -> Coefficients:
        found = [answer]
        for k in range(1, max(len(c) for c in series)):
            terms = [c[k] if k < len(c) else None for c in series]
            found.append(rule.jvp(terms, answer, *values, **parameters))  # type: ignore[misc]
        return found

    def _integrated(
        self, rule: Rule, operands: Any, series: list[Coefficients], values: list[Any], parameters: Any, answer: Any
    ) -> Any:
        several = isinstance(answer, tuple)
        mine = [isinstance(x, Power) and x.owner is self for x in operands]
        found = [[item] for item in (answer if several else (answer,))]
        for k in range(1, self.order + 1):
            inner = Series(k - 1)
            x = [Power(inner, c[:k]) if own else v for own, c, v in zip(mine, series, values, strict=True)]
            tangents = [Power(inner, _derivative(c)[:k]) if own else None for own, c in zip(mine, series, strict=True)]
            y = _like(answer, [Power(inner, list(c)) for c in found])
            if rule.jvp is not None:
                slope = rule.jvp(tangents, y, *x, **parameters)
            else:
                slope = transposed(rule, tangents, y, x, parameters)
            for c, item in zip(found, slope if several else (slope,), strict=True):
                last = coefficients_of(inner, item)
                c.append(last[k - 1] / k if len(last) >= k else np.zeros(shape_of(c[0]))[()])
            inner.closed = True
        return _like(answer, [self._power(c[0], c) for c in found])


def _like(answer: Any, items: list[Any]) -> Any:
    """The only item, or a tuple of the answer's type."""
    if not isinstance(answer, tuple):
        return items[0]
    return type(answer)(*items) if hasattr(answer, "_fields") else tuple(items)


def coefficients_of(trace: Series, x: Any, value: Any = None) -> Coefficients:
    """Those of a value under this trace; any other is a constant."""
    if isinstance(x, Power) and x.owner is trace:
        return x.coefficients
    return [x if value is None else value]


def _derivative(c: Coefficients) -> Coefficients:
    return [k * c[k] for k in range(1, len(c))] or [np.zeros(shape_of(c[0]))[()]]


def degrees(order: int, *series: Coefficients) -> range:
    """The powers from 1 on of which a product of polynomials may hold something."""
    return range(1, min(order, sum(len(c) - 1 for c in series)) + 1)


def convolved(
    x: Coefficients, y: Coefficients, k: int, first: int = 0, last: int | None = None, *, times: Any = operator.mul
) -> Any:
    """The sum of x_j y_(k-j) for j = first ... last (k if left out), 0.0 if there are no such terms."""
    total: Any = 0.0
    for j in range(max(first, k + 1 - len(y)), min(k if last is None else last, len(x) - 1) + 1):
        total = total + times(x[j], y[k - j])
    return total
