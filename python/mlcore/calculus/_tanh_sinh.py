r"""Integrals of functions that are singular at an end of the interval: the tanh-sinh rule.

The distance d from the singular end is written :math:`d = L / (1 + e^{\pi \sinh t})`, and the integral over all t summed by
the trapezoidal rule, whose error falls exponentially with the number of points since everything decays like :math:`e^{-\pi
\sinh t}`: an algebraic or logarithmic singularity at d = 0 does not matter. d goes down to 1e-280 where the end is 0;
elsewhere x is a rounded number, the function of it is noise if d is small, and below :math:`d_0 = 2^{-36} |x|` it is taken
to be the power :math:`f(d_0) (d / d_0)^{-\alpha}` that passes through its values at :math:`d_0` and :math:`16 d_0`. What
another :math:`\alpha`, from :math:`16 d_0` and :math:`256 d_0`, would give tells how good that is, and :math:`\alpha \ge 1`
that there is no integral.

Source: H. Takahasi, M. Mori, "Double exponential formulas for numerical integration", Publ. RIMS 9, 1974.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from mlcore.calculus._quadrature import EPS

__all__ = ["End", "Settled", "tanh_sinh"]

_FIRST, _LAST = 3, 7  # levels: steps of 2^-3 ... 2^-7
_REGULAR = -3.2  # t where the rule ends on the side that is not singular: what is beyond weighs 1e-17
_FLAT = 1e-4  # with alpha above 1 - 1e-4 there is no telling it from 1
_CANDIDATES: Final = (-930, -465, -230, -100)  # powers of two for d_0 where numbers go down to 0


class End(NamedTuple):
    """An interval of the parameter u that is singular at an end; x is u, or ``origin + kind / u`` where kind is not 0."""

    lo: float
    hi: float
    origin: float
    kind: int
    left: bool


class Settled(NamedTuple):
    """The integral over such an interval."""

    value: NDArray[np.float64]
    error: float
    size: float
    divergent: bool


def tanh_sinh(
    f: Callable[[Any], NDArray[np.float64]], end: End, tolerance: float, rounding: float, budget: int
) -> Settled | None:
    """Integrate over an interval that is singular at an end.

    Parameters
    ----------
    f : callable
        Takes points of shape (n,), gives values of shape (n, m).
    end : End
        The interval.
    tolerance : float
        Of the error; where to stop.
    rounding : float
        The relative error of a value of `f`.
    budget : int
        How many points there may be.

    Returns
    -------
    Settled or None
        None if the function is not what this rule is made for, or the budget too small.
    """
    length = end.hi - end.lo
    base = end.lo if end.left else end.hi

    def at(d: NDArray[np.float64]) -> NDArray[np.float64]:
        """The values, as a function of the distance."""
        u = np.clip(base + d if end.left else base - d, np.nextafter(end.lo, np.inf), np.nextafter(end.hi, -np.inf))
        if end.kind == 0:
            return f(u)
        u = u[:, None]
        return np.asarray(f(end.origin + end.kind / u[:, 0]) / u / u)

    powers = _CANDIDATES[end.kind != 0 :] if base == 0 else (int(np.frexp(base)[1]) - 37,)
    starts = np.array([2.0**p for p in powers if 2.0**p < length / 2**13])
    if len(starts) == 0 or budget < 3 * len(starts):
        return None
    probes = at(np.concatenate([starts, 16 * starts, 256 * starts])).reshape(3, len(starts), -1)
    usable = np.isfinite(probes).all((0, 2))
    if not usable.any():
        return None
    first = int(np.argmax(usable))
    d0, y0 = starts[first], probes[0, first]
    alpha, other = (_exponent(probes[i, first], probes[i + 1, first]) for i in (0, 1))
    if np.any((alpha > 1 - _FLAT) & (other > 1 - _FLAT) & (y0 != 0)):
        return Settled(np.full(len(y0), np.nan), np.inf, np.inf, True)
    alpha, other = np.minimum(alpha, 1 - _FLAT), np.minimum(other, 1 - _FLAT)
    steepest = float(max(alpha.max(), other.max(), 0.5))
    # The model's share is |y0| d0 e^((1 - alpha) log(d / d0)), and is followed until that is 1e-17.
    last = float(np.arcsinh((40 / (1 - steepest) + abs(np.log(d0 / length))) / np.pi))

    def terms(t: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64], int]:
        """What the points t contribute, with either exponent, and at how many of them the function was evaluated."""
        s = np.pi * np.sinh(t)
        log_d = np.log(length) - np.logaddexp(0.0, s)
        log_weight = log_d + np.log(np.pi * np.cosh(t)) - np.logaddexp(0.0, -s)  # of dd / dt
        near = log_d < np.log(d0)
        known = at(np.exp(log_d[~near])) * np.exp(log_weight[~near])[:, None]
        logs = (log_weight[near])[:, None], (log_d[near] - np.log(d0))[:, None]
        tails = [y0 * np.exp(logs[0] - a * logs[1]) for a in (alpha, other)]
        return np.concatenate([known, tails[0]]), (tails[0] - tails[1]).sum(0), len(known)

    used = 3 * len(starts)
    total = weight = np.zeros(len(y0))
    changes = [np.inf, np.inf]
    bound = np.inf
    for level in range(_FIRST - 2, _LAST + 1):
        h = 2.0**-level
        count = int((last - _REGULAR) / h) + 1
        odd = int(level > _FIRST - 2)
        t: NDArray[np.float64] = np.asarray(_REGULAR + h * np.arange(odd, count, 1 + odd), np.float64)
        if used + len(t) > budget:
            return None
        parts, doubt, calls = terms(t)
        used += calls
        now = total / 2 + h * parts.sum(0) if odd else h * parts.sum(0)
        weight = weight / 2 + h * abs(parts).sum(0) if odd else h * abs(parts).sum(0)
        if not np.isfinite(now).all():
            return None
        changes = [changes[1], float(abs(now - total).max())]
        total = now
        if level < _FIRST:
            continue
        # Each level has about twice as many digits as the last if the function is as this rule wants it. If not, a
        # change can be small by chance, but hardly beside the one before it.
        error = max(changes[1], 0.1 * changes[0])
        # x is rounded: each value is that of a point up to eps |base| away.
        uncertain = 4 * h * abs(doubt)  # of every second point of the tail, with a factor of 2 for safety
        # The tail of the model is its first value over 1 - alpha, and alpha has rounding errors of its own.
        noise = (rounding + 4 * EPS / (1 - steepest)) * float(weight.max()) + 2 * EPS * abs(base) * float(abs(y0).max())
        bound = error + float(uncertain.max()) + noise
        if bound <= tolerance or error <= noise:
            break
    return Settled(total, bound, float(weight.max()), False)


def _exponent(near: NDArray[np.float64], far: NDArray[np.float64]) -> NDArray[np.float64]:
    """The alpha of a power d^-alpha that has these values at d and 16 d; a rapid decay if one of them is 0."""
    both = (near != 0) & (far != 0)
    ratio = np.where(both, abs(near), 1.0) / np.where(both, abs(far), 1.0)
    return np.where(both, np.log2(np.where(ratio > 0, ratio, 1.0)) / 4, -8.0)
