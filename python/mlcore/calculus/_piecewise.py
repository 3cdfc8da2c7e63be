"""Functions on an interval as Chebyshev series on pieces, and what can be done with them."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, ClassVar, NamedTuple

import numpy as np
from numpy.polynomial import chebyshev
from numpy.typing import NDArray

from mlcore._core import calculus as _core
from mlcore.calculus import _chebyshev
from mlcore.calculus._derivative_rule import Rule
from mlcore.calculus._trace import Traced, apply

__all__ = ["Extremum", "PiecewiseChebyshev", "half_width", "integrated", "local"]

Series = NDArray[Any]
_EPS = float(np.finfo(float).eps)
_CLOSE = 1e-10


class Extremum(NamedTuple):
    """Where a function has its least or largest value, and that."""

    x: float
    value: float


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class PiecewiseChebyshev:
    r"""A function on an interval, a polynomial on each piece: what `antiderivative` returns.

    On the piece from :math:`l` to :math:`r` it is :math:`\sum_k c_k T_k(t)` with :math:`t = (2x - l - r) / (r - l)`. Calls
    take a number or an array and give NaN outside of the interval, and for NaN; at a break the right piece counts. ``+``,
    ``-`` and ``*`` take another one on the same interval, or a number; ``/`` a number. A call can be differentiated by `grad`
    and its relatives.

    Examples
    --------
    >>> import numpy as np
    >>> from mlcore import calculus
    >>> F = calculus.antiderivative(np.cos, 0.0, 10.0)
    >>> F.roots().round(10)
    array([0.        , 3.14159265, 6.28318531, 9.42477796])
    >>> F.max().value.round(12), F.definite().round(12)
    (np.float64(1.0), np.float64(1.839071529076))
    >>> (F * F).derivative()(1.0).round(12) == np.sin(2.0).round(12)
    np.True_
    """

    breaks: Series
    """ndarray of shape (pieces + 1,): the ends of the pieces, from a to b."""
    coefficients: tuple[Series, ...]
    """The Chebyshev coefficients on each piece."""
    resolved: bool
    """Whether the function it was made from is represented to the tolerance on every piece."""
    error: float
    """An estimate of the largest absolute error; NaN after `derivative`, which magnifies it by an unknown factor."""

    _table: Series = field(init=False)
    """The coefficients as rows of a matrix, zeros behind those of lower degree."""

    __array_ufunc__: ClassVar[None] = None

    def __post_init__(self) -> None:
        table = np.zeros((len(self.coefficients), max(len(c) for c in self.coefficients)))
        for row, c in zip(table, self.coefficients, strict=True):
            row[: len(c)] = c
        object.__setattr__(self, "_table", table)

    @property
    def domain(self) -> tuple[float, float]:
        """The ends (a, b)."""
        return float(self.breaks[0]), float(self.breaks[-1])

    def __repr__(self) -> str:
        a, b = self.domain
        count, degree = len(self.coefficients), max(len(c) for c in self.coefficients) - 1
        pieces = f"{count} piece{'s' if count > 1 else ''} of degree up to {degree}"
        return f"<PiecewiseChebyshev on [{a:g}, {b:g}], {pieces}, {'' if self.resolved else 'NOT '}resolved>"

    def __call__(self, x: Any) -> Any:
        """The values at x, in its shape; NaN outside."""
        if isinstance(x, Traced):
            return apply(self._rule(), (x,), {})
        return self._values(x)

    def _values(self, x: Any) -> Any:
        return _core.piecewise_values(_points(x), self.breaks, self._table)

    def _rule(self) -> Rule:
        def vjp(g: Any, y: Any, x: Any) -> Any:
            return g * self.derivative()(x)

        def jvp(tangents: list[Any], y: Any, x: Any) -> Any:
            return tangents[0] * self.derivative()(x)

        return Rule(self._values, (vjp,), jvp)

    def derivative(self) -> PiecewiseChebyshev:
        """The derivative, piece by piece; jumps at breaks are passed over."""
        parts = [
            chebyshev.chebder(c) / half_width(l, r) if len(c) > 1 else np.zeros(1)
            for c, l, r in zip(self.coefficients, self.breaks[:-1], self.breaks[1:], strict=True)
        ]
        return PiecewiseChebyshev(self.breaks, tuple(parts), self.resolved, math.nan)

    def integral(self) -> PiecewiseChebyshev:
        """The antiderivative that is 0 at the left end."""
        return integrated(self.breaks, self.coefficients, self.resolved, 2 * self.error * half_width(*self.domain))

    def definite(self, lower: float | None = None, upper: float | None = None) -> np.float64:
        """The integral from `lower` to `upper`, by default over the interval; negative if they are reversed, NaN outside."""
        F = self.integral()
        a, b = self.domain
        return np.float64(F(b if upper is None else upper) - F(a if lower is None else lower))

    def roots(self) -> Series:
        """All zeros, in order: those of each piece, from the eigenvalues of its colleague matrix.

        A multiple root comes once, to eps^(1/m) for multiplicity m. A change of sign by a jump is no zero, unless rounding
        explains the jump, and pieces that are zero everywhere have none.
        """
        found: list[float] = []
        before, size, end = 0.0, self._size(), math.nan
        for c, l, r in zip(self.coefficients, self.breaks[:-1], self.breaks[1:], strict=True):
            with np.errstate(under="ignore"):
                t = _chebyshev.roots(c)
            x = np.where(t < 0, l + (1 + t) * half_width(l, r), r - (1 - t) * half_width(l, r))
            here = float(np.abs(c).sum())
            start = float(_chebyshev.values(-1.0, c))
            crosses = np.sign(start) * np.sign(end) < 0 and abs(start - end) <= 16 * _EPS * size
            for z in [float(l), *x.tolist()] if crosses else x.tolist():
                if not found or not self._is_one_root(found[-1], z, max(before, here), size):
                    found.append(z)
            before, end = here, float(_chebyshev.values(1.0, c))
        return np.array(found)

    def _is_one_root(self, first: float, second: float, near: float, size: float) -> bool:
        """Whether two roots are one: all between them is zero up to rounding, to that of the pieces around them, `near`; or to
        that of the whole function, `size`, where they are as close as the ends of a piece around a kink."""
        if second - first <= 64 * _EPS * max(abs(first), abs(second)):
            return True
        a, b = self.domain
        size = size if second - first <= _CLOSE * (b - a) else near
        between = self._values(first * np.linspace(1, 0, 9) + second * np.linspace(0, 1, 9))
        return bool(np.abs(between).max() <= 16 * _EPS * size)

    def min(self) -> Extremum:
        """The least value and where it is: ``(x, value)``. At a jump both limits count, taken or not."""
        return self._extremum(np.argmin)

    def max(self) -> Extremum:
        """The largest value and where it is: ``(x, value)``."""
        return self._extremum(np.argmax)

    def _extremum(self, best: Callable[..., Any]) -> Extremum:
        x, y = [], []
        for c, l, r in zip(self.coefficients, self.breaks[:-1], self.breaks[1:], strict=True):
            with np.errstate(under="ignore"):
                inner = _chebyshev.roots(chebyshev.chebder(c)) if len(c) > 2 else np.zeros(0)
            t = np.concatenate([[-1.0], inner, [1.0]])
            y.append(_chebyshev.values(t, c))
            x.append(np.concatenate([[l], np.clip(l + (1 + inner) * half_width(l, r), l, r), [r]]))
        values = np.concatenate(y)
        i = int(best(values))
        return Extremum(float(np.concatenate(x)[i]), values[i])

    # ---- arithmetic ----

    def _size(self) -> float:
        return max(float(np.abs(c).sum()) for c in self.coefficients)

    def _each(self, change: Callable[[Series], Series], error: float) -> PiecewiseChebyshev:
        return PiecewiseChebyshev(self.breaks, tuple(change(c) for c in self.coefficients), self.resolved, error)

    def _with(self, other: PiecewiseChebyshev, join: Callable[[Series, Series], Series], error: float) -> PiecewiseChebyshev:
        if self.domain != other.domain:
            raise ValueError(f"one function is on {self.domain}, the other on {other.domain}; expected the same interval.")
        breaks = np.union1d(self.breaks, other.breaks)
        parts = [
            join(self._on(l, r), other._on(l, r)) for l, r in zip(breaks[:-1].tolist(), breaks[1:].tolist(), strict=True)
        ]
        return PiecewiseChebyshev(breaks, tuple(parts), self.resolved and other.resolved, error)

    def _on(self, low: float, high: float) -> Series:
        """The series on a part of one piece."""
        i = int(np.searchsorted(self.breaks, low, side="right")) - 1
        l, r = self.breaks[i], self.breaks[i + 1]
        return np.asarray(_chebyshev.restricted(self.coefficients[i], local(low, l, r), local(high, l, r)))

    def __add__(self, other: Any) -> Any:
        if isinstance(other, PiecewiseChebyshev):
            return self._with(other, _sum, self.error + other.error)
        return self._each(lambda c: _sum(c, np.array([_scalar(other)])), self.error) if _is_number(other) else NotImplemented

    def __mul__(self, other: Any) -> Any:
        if isinstance(other, PiecewiseChebyshev):
            error = self._size() * other.error + other._size() * self.error
            return self._with(other, _product, error)
        if not _is_number(other):
            return NotImplemented
        return self._each(lambda c: c * _scalar(other), abs(_scalar(other)) * self.error)

    def __truediv__(self, other: Any) -> Any:
        if not _is_number(other):
            return NotImplemented
        return self._each(lambda c: c / _scalar(other), self.error / abs(_scalar(other)))

    def __neg__(self) -> PiecewiseChebyshev:
        return self._each(np.negative, self.error)

    def __pos__(self) -> PiecewiseChebyshev:
        return self

    def __sub__(self, other: Any) -> Any:
        return self + (-other) if isinstance(other, PiecewiseChebyshev) or _is_number(other) else NotImplemented

    def __rsub__(self, other: Any) -> Any:
        return (-self) + other

    __radd__ = __add__
    __rmul__ = __mul__


# As float(), but neither text nor None is a number.
_float_of = np.frompyfunc(lambda x: math.ldexp(x, 0), 1, 1)


def _points(x: Any) -> Any:
    """x with those numbers converted that the kernel does not take: fractions, huge integers, half and long floats."""
    points = np.asanyarray(x)
    if points.dtype.kind == "O":
        return np.asarray(_float_of(points), float)
    return points.astype(float) if points.dtype.char in "eg" else points


def _is_number(x: Any) -> bool:
    return np.ndim(x) == 0 and np.asarray(x).dtype.kind in "fiu"


def _scalar(x: Any) -> float:
    return float(x)


def _sum(a: Series, b: Series) -> Series:
    return np.asarray(chebyshev.chebadd(a, b))


def _product(a: Series, b: Series) -> Series:
    """The product of two series, without coefficients that are nothing but rounding."""
    c: Series = chebyshev.chebmul(a, b)
    kept = np.flatnonzero(np.abs(c) > _EPS / 8 * np.abs(c).max(initial=0))
    return np.asarray(c[: kept[-1] + 1] if kept.size else c[:1])


def local(x: Any, l: float, r: float) -> Any:
    """The place t in [-1, 1] of x in [l, r], without overflow."""
    return ((x / 2 - l / 2) - (r / 2 - x / 2)) / half_width(l, r)


def half_width(l: float, r: float) -> float:
    """(r - l) / 2, without overflow."""
    return r / 2 - l / 2


def integrated(breaks: Series, parts: tuple[Series, ...], resolved: bool, error: float) -> PiecewiseChebyshev:
    """The antiderivative: each series integrated, and raised by the exact sum of the integrals before it."""
    pieces: list[Series] = []
    sums: list[float] = []
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        for c, l, r in zip(parts, breaks[:-1], breaks[1:], strict=True):
            C = _chebyshev.integral(c) * half_width(l, r)
            C[0] = _exact_sum(sums) - float(_chebyshev.values(-1.0, C))
            pieces.append(C)
            even = np.arange(0, len(c), 2)
            sums += (2 * half_width(l, r) * c[::2] / (1 - even**2.0)).tolist()  # the integral of T_k: 2 / (1 - k^2), k even
        finite = all(np.isfinite(C.sum()) for C in pieces)  # the values at their right ends
    if not finite:
        raise ValueError("the integral overflows: its values leave float64. Scale the function.")
    return PiecewiseChebyshev(breaks, tuple(pieces), resolved, float(error))


def _exact_sum(terms: list[float]) -> float:
    try:
        return math.fsum(terms)
    except (OverflowError, ValueError):  # a sum, or terms, beyond float64
        return math.inf
