"""`taylor`: the polynomial that touches a function to a given order."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from mlcore._validation import check_count
from mlcore.calculus._modes import _own_value, _run
from mlcore.calculus._series import Power, Series, coefficients_of
from mlcore.calculus._taylor_polynomial import TaylorPolynomial
from mlcore.calculus._trace import shape_of, value_of
from mlcore.calculus._tree import leaf_array

__all__ = ["taylor"]

_MORE = 2  # further coefficients, for the estimate of the remainder


def taylor(f: Callable[[Any], Any], x0: Any = 0.0, order: int = 5) -> TaylorPolynomial:
    r"""The Taylor polynomial of a function of one number.

    .. math:: p(x) = \sum_{k=0}^{n} c_k (x - x_0)^k, \qquad c_k = \frac{f^{(k)}(x_0)}{k!}

    Parameters
    ----------
    f : callable
        A function of one number, written with NumPy. It may return an array: each element then has its polynomial.
    x0 : float, default 0.0
        The centre.
    order : int, default 5
        The largest power n, 0 or more.

    Returns
    -------
    TaylorPolynomial
        ``p(x)`` evaluates it, ``print(p)`` writes it out, ``p.remainder(x)`` estimates the error, ``p.plot((a, b))`` draws it
        beside `f`.

    Raises
    ------
    TypeError
        If `x0` is no real number, or `f` returns something other than one number or array.
    ValueError
        If `x0` is an array, a NaN or infinite, if `order` is negative, or if `f` has no such polynomial at `x0`: a pole, a
        kink, a root of zero.
    mlcore.calculus.TracingError
        If `f` does something whose derivative would be lost.

    See Also
    --------
    derivative : the n-th derivative as a function.

    Notes
    -----
    Taylor mode: `f` runs once with power series in place of numbers, and every operation computes the coefficients of its answer
    from those of its operands. There are no differences and nothing is nested: the coefficients are as exact as the value, and a
    multiplication costs about n^2/2 multiplications.

    A branch ``if x > 0``, a sort or a floor are decided by the value at the centre. A kink of abs, maximum, minimum or clip
    exactly at the centre is an error.

    For a function of several variables expand along a line, ``taylor(lambda t: f(x0 + t * v), 0.0, order)``.

    Source: A. Griewank and A. Walther, "Evaluating Derivatives", 2nd ed., SIAM 2008, chapter 13.

    Examples
    --------
    >>> import numpy as np
    >>> from mlcore.calculus import taylor
    >>> p = taylor(np.sin, 0.0, 5)
    >>> print(p)
    x - x^3/6 + x^5/120 + O(x^6)
    >>> float(round(p(0.5), 6)), round(np.sin(0.5), 6).item(), float(round(p.remainder(0.5), 8))
    (0.479427, 0.479426, 1.55e-06)
    >>> print(taylor(np.log, 1.0, 3))
    (x - 1) - (x - 1)^2/2 + (x - 1)^3/3 + O((x - 1)^4)
    """
    n = check_count(order, "order", 0)
    x0 = leaf_array(x0, "x0")
    if shape_of(x0) != ():
        raise ValueError(
            f"x0 has shape {shape_of(x0)}; expected one number. For a function of several variables expand along a line: "
            "taylor(lambda t: f(x0 + t * v), 0.0, order), where v is the direction."
        )
    if not np.isfinite(value_of(x0)):
        raise ValueError(f"x0 is {value_of(x0)}; expected a finite number.")
    x0 = x0 if x0 is not value_of(x0) else np.float64(x0)
    total = n + _MORE
    trace = Series(total)
    with np.errstate(divide="ignore", over="ignore", invalid="ignore"):  # found below, with what it means
        answer = _run(f, (Power(trace, [x0, np.ones(())[()]]),), trace)
    if isinstance(answer, tuple | list | dict):
        raise TypeError(
            f"the function returned a {type(answer).__name__}; expected a number or an array. Join the parts with np.stack or "
            "np.concatenate."
        )
    found = coefficients_of(trace, answer)
    found = [_own_value(found[0], trace), *found[1:]]
    shape = shape_of(found[0])
    found = [np.multiply(c, 1.0) for c in found] + [np.zeros(shape)] * (total + 1 - len(found))
    for k, c in enumerate(found[: n + 1]):
        if not np.all(np.isfinite(value_of(c))):
            what = "f(x0)" if k == 0 else f"the coefficient of the power {k}"
            raise ValueError(
                f"f has no Taylor polynomial of order {n} at x0 = {value_of(x0)}: {what} is {value_of(c)}. Choose a centre where "
                "f is smooth and its values are no larger than floating-point numbers can be, or a smaller order."
            )
    return TaylorPolynomial(np.stack(found[: n + 1]), x0, np.stack(found[n + 1 :]), f)
