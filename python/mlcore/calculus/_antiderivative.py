"""Indefinite integrals as functions: Chebyshev series on pieces found adaptively."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from mlcore._validation import check_count, check_flag, check_number
from mlcore.calculus import _chebyshev
from mlcore.calculus._cuts import Look, Piece, cut, even
from mlcore.calculus._piecewise import PiecewiseChebyshev, half_width, integrated, local
from mlcore.calculus._refusals import TracingError, code_line
from mlcore.calculus._sampler import Sampler
from mlcore.calculus._under_integral import traces_of

__all__ = ["antiderivative"]

_EPS: Final = float(np.finfo(float).eps)
# A kink is enclosed by a piece of this share of the interval: h where the error of its integral, h^2, and that allowed to a
# value, eps / h^(1/2), are both met.
_NARROW: Final = 1e-12
_DEGREES: Final = (16, 32, 64)
# If no more of the first 65 samples are apart from the median, there are more: a peak may lie between them.
_FEW: Final = 8
_MANY: Final = 1025
# Where an accepted series is compared with the function once more: no Chebyshev points, and no symmetry.
_CHECKS: Final = np.array([-0.95, -0.6180339887, -0.2360679775, 0.1459, 0.4142135624, 0.7320508076, 0.9877])


def antiderivative(
    f: Callable[[Any], Any],
    a: float,
    b: float,
    *,
    tol: float = _EPS,
    max_pieces: int = 1000,
    vectorized: bool | None = None,
) -> PiecewiseChebyshev:
    r"""The indefinite integral :math:`F(x) = \int_a^x f(s) \, ds` as a function on [a, b].

    Parameters
    ----------
    f : callable
        Takes a number, or an array and acts on each element, and returns finite real numbers.
    a, b : float
        The ends, finite, a < b.
    tol : float, default 2.2e-16
        The accuracy to which `f` is represented on each piece, relative to its size there; it is relaxed to the rounding of
        `f`'s own numbers if they are float32, to what the rounding of x alone does to `f`, and where `f` is too small to matter
        to the integral.
    max_pieces : int, default 1000
        The most pieces.
    vectorized : bool, optional
        Whether `f` takes arrays; by default that is found out, and ``math.sin`` works as ``np.sin`` does.

    Returns
    -------
    PiecewiseChebyshev
        F, with ``F(a) = 0`` up to rounding: call it, and ``F.derivative()``, ``F.integral()``, ``F.definite()``, ``F.roots()``,
        ``F.min()``, ``F.max()``, ``F + G``, ``F * G``. ``F.resolved`` is False where `max_pieces` did not suffice or `f` is
        not integrable, ``F.error`` estimates the error.

    Raises
    ------
    ValueError
        If `f` returns NaN or infinity; the limits are reversed, equal, infinite or NaN; the integral overflows; or an argument
        is out of range.
    TypeError
        If `f` is no function, or returns something else than real numbers.

    Notes
    -----
    `f` is sampled at 17, 33 and 65 Chebyshev points; a series whose coefficients have come down to the tolerance [2]_ is
    chopped there, compared with `f` at seven more points and with all earlier samples, and integrated term by term [1]_.
    Otherwise the piece is cut: at a jump, if a search for the largest difference of neighbouring samples ends between
    neighbouring floats; around a kink, found from second differences; else in the middle.
    The first look is at 65 points, and at 1025 more if `f` is nearly the same at most of them. A feature that all samples miss
    is missed; give a smaller interval if there may be one.

    The error is a small multiple of :math:`\epsilon \int |f|`, or of what the rounding of x costs where `f` oscillates fast or
    x is far from zero: :math:`\epsilon \int |x f'|`.

    F is differentiated with respect to x. With respect to what `f` knows from outside, use `integrate`.

    Over an infinite interval, substitute: :math:`\int f(x) dx = \int f(g(t)) g'(t) dt` with
    :math:`x = g(t) = t / (1 - t^2)`, and let the product be 0 at the ends, where it is 0 times infinity.

    References
    ----------
    .. [1] L. N. Trefethen, "Approximation Theory and Approximation Practice", SIAM, 2013.
    .. [2] J. Aurentz and L. N. Trefethen, "Chopping a Chebyshev Series", ACM Transactions on Mathematical Software 43(4), 2017.

    Examples
    --------
    >>> import numpy as np
    >>> from mlcore import calculus
    >>> F = calculus.antiderivative(lambda x: np.exp(-x * x), 0.0, 3.0)
    >>> F
    <PiecewiseChebyshev on [0, 3], 1 piece of degree up to 30, resolved>
    >>> F(1.0).round(12), F([0.5, 4.0])
    (np.float64(0.746824132812), array([0.46128101,        nan]))

    Integration by parts, :math:`\int u v' = u v - \int u' v`:

    >>> u, v = calculus.antiderivative(np.ones_like, 0.0, 1.0), calculus.antiderivative(np.cos, 0.0, 1.0)
    >>> left = (u * v.derivative()).definite()
    >>> right = (u * v)(1.0) - (u.derivative() * v).definite()
    >>> abs(left - right) < 1e-15
    np.True_
    """
    if traces_of(a) or traces_of(b):
        raise TracingError(
            f"{code_line()}a limit of antiderivative is under differentiation; expected numbers. Only F(x) depends on where it "
            "begins: take plain limits that enclose all points, and write F(b) - F(a), which is differentiated."
        )
    a, b, tol = check_number(a, "a"), check_number(b, "b"), check_number(tol, "tol")
    if not (np.isfinite(a) and np.isfinite(b) and a < b):
        raise ValueError(
            f"the limits are {a} and {b}; expected finite a < b. For reversed ones use F(x) - F(b), for infinite ones"
            " substitute."
        )
    if half_width(a, b) < np.finfo(float).tiny:
        raise ValueError(f"the interval from {a} to {b} is too narrow for float64 to divide; scale the variable.")
    if not 0 < tol < 1:
        raise ValueError(f"tol is {tol}; expected a number between 0 and 1.")
    max_pieces = check_count(max_pieces, "max_pieces", 1)
    with np.errstate(under="ignore"):
        return _found(Sampler(f, check_flag(vectorized, "vectorized")), a, b, tol, max_pieces)


def _found(sample: Sampler, a: float, b: float, tol: float, max_pieces: int) -> PiecewiseChebyshev:
    x = np.clip(_places(a, b, 64), a, b)
    y = sample(x)
    area = float(np.abs(y / 65).sum())  # of abs(f), the mean
    apart = np.abs(y / 2 - np.median(y) / 2)
    if np.sum(apart > 1e-3 * apart.max()) <= _FEW:
        more = np.clip(even(a, b, _MANY), a, b)
        x, y = np.concatenate([x, more]), np.concatenate([y, sample(more)])
        area = float(np.abs(y[65:] / _MANY).sum())
    whole = Piece(a, b, a, b, x, y)
    tol = max(tol, sample.eps)
    for _ in range(3):  # a spike met by a sample makes the first estimate of mean |f| too large, and tolerances with it
        breaks, parts, resolved, error, mean = _pieces(sample, whole, tol, max_pieces, area)
        if area <= 4 * mean:
            break
        area = mean
    return integrated(breaks, parts, resolved, error)


def _places(l: float, r: float, n: int) -> NDArray[np.float64]:
    t = _chebyshev.points(n)
    return l * ((1 - t) / 2) + r * ((1 + t) / 2)


def _pieces(
    sample: Sampler, whole: Piece, tol: float, max_pieces: int, mean: float
) -> tuple[NDArray[np.float64], tuple[Any, ...], bool, float, float]:
    """The breaks, the series, whether all are resolved, the error of the integral, and the mean of abs(f)."""
    width = half_width(whole.l, whole.r)
    stack = [whole]
    done: list[tuple[float, Any]] = []
    resolved, error, found = True, 0.0, 0.0
    while stack:
        piece = stack.pop()
        share = half_width(piece.l, piece.r) / width  # of the interval
        look = Look(sample, piece)
        c, missing, size, good = _fitted(look, piece, tol, mean, share)
        if not good:
            last = len(done) + len(stack) + 3 > max_pieces
            narrow = piece.r - piece.l <= 4 * np.spacing(max(abs(piece.l), abs(piece.r)))
            if not last and not narrow:
                stack += cut(look, piece, tol * mean * width / 16, width * 2 * _NARROW)[::-1]
                continue
            resolved = False
        done.append((piece.r, c))
        error += share * missing
        found += share * size
    breaks = np.array([whole.l, *[r for r, _ in done]])
    return breaks, tuple(c for _, c in done), resolved, error * width * 2, found


def _fitted(
    look: Look, piece: Piece, tol: float, mean: float, share: float
) -> tuple[Any, float, float, bool]:
    """The series on a piece, its estimated error, the mean of abs(f), and whether it is good."""
    values = np.zeros(0)
    for n in _DEGREES:
        x = np.clip(_places(piece.l, piece.r, n), piece.first, piece.last)
        if values.size:
            new = np.empty(n + 1)
            new[::2], new[1::2] = values, look(x[1::2])
            values = new
        else:
            values = look(x)
        most = float(np.abs(look.seen()[1]).max())
        top = float(np.abs(values).max()) or most
        size = float(np.abs(values / (n + 1)).sum())
        c = _chebyshev.coefficients(values / (top or 1.0))
        if most == 0 or (mean > 0 and share * (most / mean) <= tol / 8):  # too little to matter
            return c * top, tol * mean / 8, size, True
        with np.errstate(over="ignore"):
            steps = np.diff(x)
            slopes = np.abs(np.divide(np.diff(values / 2), steps, out=np.zeros(n), where=steps > 0))
            # What x (1 + eps / 8) does to f: the points and their places t are rounded.
            rounding = max(abs(piece.l), abs(piece.r)) * float(slopes.max()) / 4
        allowed = max(top, mean / share**0.5, min(rounding, 1e12 * top))
        limit = tol * (allowed / top)
        kept = _chebyshev.chopped_length(c, limit)
        if kept < len(c):
            inner = half_width(piece.l, piece.r) * _CHECKS + (piece.l / 2 + piece.r / 2)
            look(np.clip(inner, piece.first, piece.last))
            seen, expected = look.seen()
            t = np.clip(local(seen, piece.l, piece.r), -1, 1)
            difference = float(np.abs(expected / top - _chebyshev.values(t, c[:kept])).max())
            if difference <= 1e3 * limit + 16 * float(np.abs(c[kept:]).max()):
                return c[:kept] * top, top * max(float(np.abs(c[kept:]).max()), tol), size, True
    return c * top, top * float(np.abs(c[-16:]).max()), size, False
