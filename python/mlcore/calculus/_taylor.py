"""`taylor`: the polynomial that touches a function to a given order."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy as np

from mlcore._validation import check_count
from mlcore.calculus._modes import answer_value
from mlcore.calculus._series import Power, Series, coefficients_of
from mlcore.calculus._taylor_polynomial import TaylorPolynomial
from mlcore.calculus._trace import Traced, shape_of, value_of
from mlcore.calculus._tree import leaf_array

__all__ = ["taylor"]

_MORE: Final = 2  # further coefficients, for the estimate of the remainder
_MOST: Final = 8  # if those are zero, as they are of cos(x^2) and of other functions of a power
_LARGEST: Final = 200


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
        The largest power n, 0 ... 200.

    Returns
    -------
    TaylorPolynomial
        ``p(x)`` evaluates it, ``print(p)`` writes it out, ``p.remainder(x)`` estimates the error, ``p.plot((a, b))`` draws it
        beside `f`.

    Raises
    ------
    TypeError
        If `x0` is no real number, `order` no integer, or `f` returns something other than one number or array of real numbers.
    ValueError
        If `x0` is an array, a NaN or infinite, if `order` is out of range, or if `f` has no Taylor series at `x0` that could be
        computed: at a pole, a kink, a root or logarithm of zero, equal eigenvalues.
    numpy.linalg.LinAlgError
        If `f` solves with, inverts or factorises a matrix that is singular at `x0`.
    mlcore.calculus.TracingError
        If `f` does something whose derivative would be lost, or calls a function without a rule.

    See Also
    --------
    derivative : the n-th derivative as a function.

    Notes
    -----
    Taylor mode: `f` runs once with power series in place of numbers, and every operation computes the coefficients of its
    answer from those of its operands. There are no differences and nothing is nested: a multiplication costs about n^2/2
    multiplications, and coefficient k has rounding errors of the order of eps / r^k, where r is the distance to the nearest
    singularity of any step, even a removable one, as that of ``np.sin(x) / x`` at 0.

    Decided by the value at the centre, once for all powers: branches as ``if x > 0``, the masks of ``np.where``, the order of
    sorted elements, and functions that are constant in pieces, as ``np.sign`` and ``np.floor``. Where such a decision changes
    exactly at the centre, the polynomial is that of the piece which was chosen there. A kink of ``abs``, ``maximum``,
    ``minimum`` or ``clip`` exactly at the centre is an error. What is computed by way of a pole or a root of zero is refused
    even if the singularity is removable: write ``np.sinc(x / np.pi)`` for ``np.sin(x) / x``.

    A function of several variables is expanded along a line, ``taylor(lambda t: f(x0 + t * v), 0.0, order)``: coefficient k is
    the k-th directional derivative along v, divided by k!.

    Taylor mode may be mixed with the other derivatives: `f` may be a `grad` or a `derivative`, and the coefficients may be
    differentiated with respect to `x0` or to anything else that `f` depends on.

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
    >>> print(taylor(lambda t: np.exp(np.array([1.0, 2.0]) * t), 0.0, 2))
    Taylor polynomials of order 2 at x = 0, of shape (2,):
      [0]  1 + x + x^2/2 + O(x^3)
      [1]  1 + 2x + 2x^2 + O(x^3)
    """
    n = check_count(order, "order", 0, _LARGEST, "the largest order; expand about several centres instead")
    try:
        x0 = leaf_array(x0, "x0")
    except TypeError:
        raise TypeError(f"x0 is {x0!r} of type {type(x0).__name__}; expected one real number.") from None
    if shape_of(x0) != ():
        raise ValueError(
            f"x0 has shape {shape_of(x0)}; expected one number. For a function of several variables expand along a line: "
            "taylor(lambda t: f(x0 + t * v), 0.0, order), where v is the direction."
        )
    if not np.isfinite(value_of(x0)):
        raise ValueError(f"x0 is {value_of(x0)}; expected a finite number.")
    x0 = x0 if isinstance(x0, Traced) else np.float64(x0)
    found = _coefficients(f, x0, n + _MORE)
    if not np.all(np.any([value_of(c) != 0 for c in found[n + 1 :]], axis=0)):
        found = _coefficients(f, x0, n + _MOST)
    for k, c in enumerate(found):
        if not np.all(np.isfinite(value_of(c))):
            what = "f(x0)" if k == 0 else f"the coefficient of the power {k}"
            raise ValueError(
                f"f has no Taylor series at x0 = {value_of(x0)} that could be computed: {what} is {value_of(c)}. "
                "Choose a centre where every step of the computation is smooth, away from poles and roots of zero, and nothing "
                "overflows."
            )
    return TaylorPolynomial(np.stack(found[: n + 1]), x0, np.stack(found[n + 1 :]), f)


def _coefficients(f: Callable[[Any], Any], x0: Any, order: int) -> list[Any]:
    trace = Series(order)
    with np.errstate(divide="ignore", over="ignore", under="ignore", invalid="ignore"):  # the caller looks at the answer
        answer = trace.run(f, Power(trace, [x0, np.ones(())[()]]))
    if isinstance(answer, tuple | list | dict):
        raise TypeError(
            f"the function returned a {type(answer).__name__}; expected a number or an array. Join the parts with np.stack or "
            "np.concatenate."
        )
    found = coefficients_of(trace, answer)
    found = [answer_value(found[0], trace), *found[1:]]
    one = np.ones(())  # integers become floats
    return [np.multiply(c, one) for c in found] + [np.zeros(shape_of(found[0]))] * (order + 1 - len(found))
