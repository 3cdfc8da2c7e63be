"""Integrals of functions of one variable: adaptive Gauss-Kronrod in batches, tanh-sinh where an end is singular."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from math import isnan
from typing import Any, Literal

import numpy as np

from mlcore._core import calculus as _core
from mlcore._validation import check_count, check_flag, check_number, check_tolerances
from mlcore.calculus._refusals import TracingError, code_line
from mlcore.calculus._trace import Traced, plain_of
from mlcore.calculus._under_integral import moved, under_integral

__all__ = ["IntegrationResult", "integrate"]

Status = Literal["converged", "max_evaluations", "roundoff", "not_finite", "divergent"]


@dataclass(frozen=True, slots=True)
class IntegrationResult:
    """What `integrate` returns."""

    value: Any
    """float or complex, or ndarray of the shape of the function's values: the integral."""
    error: float
    """An estimate of the error, meant as a bound; of several values, of the largest."""
    n_evaluations: int
    """At how many points the function was evaluated."""
    status: Status
    """``"converged"``: `error` is within the tolerance. ``"max_evaluations"``: there were not enough. ``"roundoff"``: the
    function cannot be resolved any finer. ``"not_finite"``: it is NaN, or infinite in too many places, or the integral is
    beyond the largest float.
    ``"divergent"``: it grows like 1 / distance, or faster, toward an end of an interval. In the last two
    cases the value is NaN and `error` infinite."""
    method: Literal["gauss-kronrod", "tanh-sinh"]
    """``"tanh-sinh"`` if part of the value comes from it."""


def integrate(
    f: Callable[[Any], Any],
    a: float,
    b: float,
    *,
    rtol: float = 1e-8,
    atol: float | None = None,
    points: Sequence[float] = (),
    vectorized: bool | None = None,
    max_evaluations: int = 50_000,
) -> IntegrationResult:
    r"""The integral of a function of one variable, :math:`\int_a^b f(x)\,dx`.

    Parameters
    ----------
    f : callable
        Takes a number and returns a number, real or complex, or an array; or takes an array of n numbers and returns n values,
        an array of shape (n, ...). What it raises passes through.
    a, b : float
        The limits; either or both may be infinite. Reversed they change the sign; equal they give 0.0, without a call.
    rtol, atol : float, default 1e-8 and None
        Converged if the error is within ``max(atol, rtol * abs(value))``; of several values, the largest counts. None is the
        rounding error, 100 eps of the integral of \|f\|.
    points : sequence of float
        Between the limits: where the function is singular or jumps, and where a narrow peak begins and ends. It is not
        evaluated there.
    vectorized : bool, optional
        Whether `f` takes arrays. By default that is found out by a call with an array, compared with calls at three of its
        points; if `f` returns a float for a float, hence has nothing of NumPy in it, not before there are many points. A ufunc
        is not compared. True saves three calls.
    max_evaluations : int, default 50000
        At how many points `f` may be evaluated; some four, and those of a first call with an array that fails, come on top.

    Returns
    -------
    IntegrationResult
        ``value``, ``error``, ``n_evaluations``, ``status`` and ``method``.

    Raises
    ------
    TypeError
        If a limit is no real number, or `f` returns what is no number.
    mlcore.calculus.TracingError
        If `points` are under differentiation, or anything is under recording by `compile`.
    ValueError
        If a limit is NaN, a tolerance negative or not finite, a point not between the limits, or `max_evaluations` too small to
        begin; if `f` returns values of another shape than before.

    Notes
    -----
    The rule is that of Gauss and Kronrod with 21 points; all intervals that stand in the way of the tolerance are halved and
    evaluated in one call [1]_. One on which the function is smooth in two pieces is divided where these meet instead. The
    difference of the two rules is the estimate of the error only as long as four null rules agree that the function is smooth
    on the scale of the interval [2]_; beside each cut the function is compared with the polynomial through the points. Where
    the error sticks to one end of an interval, tanh-sinh takes over [3]_.

    The function is seen at 21 points at first if it takes numbers, returns a float for a float or is one of NumPy's elementary
    functions, else at 90; at 7 times as many if all values are the same, at 30 times as many if most of them are negligible.
    A peak, or a step and back, between two of these points is missed, and so is a jump or kink between a limit and the first
    of them: pass its place in `points`, of a peak one on either side.
    An infinite range is looked at on the scale 1 around its finite limit, or around 0 or the `points`.

    The error is an estimate, not a proof. Of random integrands with kinks, jumps, logarithms and poles at places that were not
    passed in `points`, 1 in 10000 has an error larger than the one reported, besides those with a feature that lies between
    two of the first points.

    Under `grad`, `jvp`, `taylor` and the like, limits and what `f` knows from outside are differentiated by Leibniz's rule
    [4]_: each derivative is an integral of its own to the same tolerances, in reverse mode one for each number. What a jump of
    `f` contributes that moves with a parameter is not seen: divide the integral there. Where `f` is infinite at a limit, the
    derivative with respect to that limit is minus or plus a large number, its value beside it. ``n_evaluations`` counts all of
    them, and ``status`` is that of the first that did not converge.

    References
    ----------
    .. [1] R. Piessens et al., "QUADPACK", Springer 1983.
    .. [2] J. Berntsen, T. O. Espelid, "Error estimation in automatic quadrature routines", ACM TOMS 17, 1991.
    .. [3] H. Takahasi, M. Mori, "Double exponential formulas for numerical integration", Publ. RIMS 9, 1974.
    .. [4] H. Flanders, "Differentiation under the integral sign", Amer. Math. Monthly 80, 1973.

    Examples
    --------
    >>> import numpy as np
    >>> from mlcore.calculus import integrate
    >>> found = integrate(lambda x: np.exp(-(x**2)), -np.inf, np.inf)
    >>> bool(abs(found.value - np.sqrt(np.pi)) <= found.error), found.status
    (True, 'converged')

    The derivative with respect to a parameter, and to a limit:

    >>> from mlcore.calculus import grad
    >>> def area(p, b):
    ...     return integrate(lambda x: np.exp(-p * x), 0.0, b).value
    >>> [round(float(slope), 12) for slope in grad(area, argnums=(0, 1))(1.0, np.log(2.0))]
    [-0.15342640972, 0.5]
    """
    try:
        found: IntegrationResult | None = _core.integrate(
            f, a, b, points, rtol, atol, vectorized, max_evaluations, IntegrationResult, False
        )
        return found if found is not None else _checked(f, a, b, rtol, atol, points, vectorized, max_evaluations)
    except TracingError:
        return _differentiated(f, a, b, rtol, atol, points, vectorized, max_evaluations)


def _checked(f: Any, a: Any, b: Any, rtol: Any, atol: Any, points: Any, vectorized: Any, most: Any) -> IntegrationResult:
    """Of all arguments that are not in their usual form."""
    low, high = _limit(a, "a"), _limit(b, "b")
    rtol, atol = check_tolerances(rtol, atol)
    vectorized = check_flag(vectorized, "vectorized")
    most = check_count(most, "max_evaluations", 1)
    if np.ndim(points) != 1:
        raise TypeError(f"points is {points!r}; expected a sequence of numbers between the limits.")
    inner = tuple(sorted({_limit(p, "a point") for p in points}))
    if inner and not min(low, high) < inner[0] <= inner[-1] < max(low, high):
        raise ValueError(f"points are {inner}; expected numbers between the limits {low} and {high}.")
    if low == high:
        return IntegrationResult(0.0, 0.0, 0, "converged", "gauss-kronrod")
    result: IntegrationResult = _core.integrate(f, low, high, inner, rtol, atol, vectorized, most, IntegrationResult, True)
    return result


def _differentiated(f: Any, a: Any, b: Any, rtol: Any, atol: Any, points: Any, vectorized: Any, most: Any) -> IntegrationResult:
    """The same with limits, or values of f, under differentiation."""
    if any(isinstance(p, Traced) for p in (points if isinstance(points, list | tuple) else [points])):
        raise TracingError(
            f"{code_line()}points holds a value under differentiation, and what a jump there contributes would be lost. Divide "
            "the integral at p in place of points=[p]: integrate(f, a, p).value + integrate(f, p, b).value."
        )
    low, high = plain_of(a), plain_of(b)
    keywords = {"rtol": rtol, "atol": atol, "points": points, "vectorized": vectorized, "max_evaluations": most}
    found: IntegrationResult | None = under_integral(lambda h: integrate(h, low, high, **keywords), f)
    if found is None:  # the limits alone are under differentiation, or the error lies elsewhere
        found = _checked(f, low, high, rtol, atol, points, vectorized, most)
    for sign, limit, other in ((1, b, low), (-1, a, high)):
        if isinstance(limit, Traced):
            found = replace(found, value=found.value + sign * moved(f, limit, other, vectorized))
    return found


def _limit(value: Any, name: str) -> float:
    number = check_number(value, name)
    if isnan(number):
        raise ValueError(f"{name} is NaN; expected a number, or an infinity.")
    return number
