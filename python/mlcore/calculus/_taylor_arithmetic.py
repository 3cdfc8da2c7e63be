"""+, -, *, /, ** of Taylor polynomials: the same recurrences that expand functions."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from mlcore._validation import check_count
from mlcore.calculus._rules_series import product, quotient, scaled, summed, whole_power
from mlcore.calculus._series import Coefficients
from mlcore.calculus._trace import Traced, shape_of, value_of

if TYPE_CHECKING:
    from mlcore.calculus._taylor_polynomial import TaylorPolynomial

__all__ = ["Arithmetic"]


class Arithmetic:
    """The operators. An answer has the lower order of its two operands."""

    __slots__ = ()
    __array_ufunc__ = None  # an array plus a polynomial is a polynomial

    def __add__(self, other: Any) -> TaylorPolynomial:
        return _joined(self, other, lambda n, a, b: summed(a, b))

    def __sub__(self, other: Any) -> TaylorPolynomial:
        return _joined(self, other, lambda n, a, b: summed(a, scaled(-1, b)))

    def __rsub__(self, other: Any) -> TaylorPolynomial:
        return _joined(self, other, lambda n, a, b: summed(scaled(-1, a), b))

    def __mul__(self, other: Any) -> TaylorPolynomial:
        return _joined(self, other, lambda n, a, b: product(n, a[0] * b[0], a, b))

    def __truediv__(self, other: Any) -> TaylorPolynomial:
        return _joined(self, other, _quotient)

    def __rtruediv__(self, other: Any) -> TaylorPolynomial:
        return _joined(self, other, lambda n, a, b: _quotient(n, b, a))

    def __pow__(self, exponent: Any) -> TaylorPolynomial:
        p = check_count(exponent, "the exponent of a Taylor polynomial", 0)
        return _joined(self, 1.0, lambda n, a, b: whole_power(n, a, np.int64(p)))

    def __neg__(self) -> TaylorPolynomial:
        return self * -1.0

    __radd__, __rmul__ = __add__, __mul__


def _joined(p: Any, other: Any, rule: Callable[[int, Coefficients, Coefficients], Coefficients]) -> TaylorPolynomial:
    """The rule takes the largest power whose coefficient is known, and the coefficients of both."""
    coefficients = list(p.known)
    order, n = p.order, len(coefficients) - 1
    if isinstance(other, type(p)):
        if value_of(other.center) != value_of(p.center):
            raise ValueError(
                f"polynomials about {value_of(p.center)} and {value_of(other.center)} meet; expected one centre. Expand both "
                "functions at the same x0."
            )
        second = list(other.known)
        order, n = min(order, other.order), min(n, len(second) - 1)
    elif isinstance(other, int | float | np.number | np.ndarray | Traced) and np.result_type(value_of(other)).kind in "fiub":
        second = [other]
    else:
        return NotImplemented  # type: ignore[no-any-return]
    found = rule(n, coefficients[: n + 1], second[: n + 1])[: n + 1]
    shape = np.broadcast_shapes(*[shape_of(c) for c in found])
    found = [np.broadcast_to(c, shape) for c in found] + [np.zeros(shape)] * (n + 1 - len(found))
    answer: TaylorPolynomial = p._made(np.stack(found), order)
    return answer


def _quotient(n: int, a: Coefficients, b: Coefficients) -> Coefficients:
    if np.any(value_of(b[0]) == 0):
        raise ZeroDivisionError("the divisor is zero at the centre, where the quotient has no Taylor polynomial.")
    return quotient(n, a[0] / b[0], a, b)
