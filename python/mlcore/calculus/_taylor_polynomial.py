"""A polynomial in powers of x - x0 that knows which terms come next."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from mlcore.calculus._taylor_text import polynomial_text
from mlcore.calculus._trace import shape_of, value_of

if TYPE_CHECKING:
    from mlcore.calculus._taylor_display import TaylorDisplay

__all__ = ["TaylorPolynomial"]


@dataclasses.dataclass(frozen=True, slots=True, eq=False, repr=False)
class TaylorPolynomial:
    r"""What `taylor` returns: :math:`p(x) = \sum_{k=0}^n c_k (x - x_0)^k`.

    Polynomials about the same centre, and numbers, may be added, subtracted and multiplied; the answer has the lower order of
    the two, as what is beyond is not known.

    Parameters
    ----------
    coefficients : ndarray of shape (order + 1, ...)
        :math:`c_0 \ldots c_n`, each of the shape of the function's values.
    center : float
        :math:`x_0`.
    following : ndarray of shape (m, ...)
        The coefficients of the powers after these, of which `remainder` is made.
    function : callable or None, default None
        What is expanded.

    Examples
    --------
    >>> import numpy as np
    >>> from mlcore.calculus import taylor
    >>> p = taylor(np.cos, 0.0, 4)
    >>> p.coefficients[2], p.order
    (np.float64(-0.5), 4)
    >>> p.derivative()
    -x + x^3/6 + O(x^4)
    >>> p.integral()
    x - x^3/6 + x^5/120 + O(x^6)
    >>> p * p + taylor(np.sin, 0.0, 4) * taylor(np.sin, 0.0, 4)
    1 + O(x^5)
    """

    coefficients: Any
    center: Any
    following: Any
    function: Callable[[Any], Any] | None = None

    @property
    def order(self) -> int:
        """The largest power."""
        return shape_of(self.coefficients)[0] - 1

    def __call__(self, x: Any) -> Any:
        """The value, by Horner's scheme.

        Parameters
        ----------
        x : array_like
            Where.

        Returns
        -------
        ndarray of shape ``(*shape of x, *shape of a value)``
        """
        h = self._step(x)
        y = self.coefficients[self.order] + 0 * h
        for k in range(self.order - 1, -1, -1):
            y = y * h + self.coefficients[k]
        return y

    def remainder(self, x: Any) -> Any:
        r"""An estimate of the error :math:`|f(x) - p(x)|`: the size of the terms that were left out first.

        .. math:: |c_{n+1} (x - x_0)^{n+1}| + |c_{n+2} (x - x_0)^{n+2}|

        It is an estimate, not a bound: good while x is well inside the radius of convergence, where further terms are much
        smaller, and worthless outside.

        Parameters
        ----------
        x : array_like
            Where.

        Returns
        -------
        ndarray of shape ``(*shape of x, *shape of a value)``
        """
        h = self._step(x)
        count = shape_of(self.following)[0]
        return sum((np.abs(self.following[k] * h ** (self.order + 1 + k)) for k in range(count)), start=np.abs(0 * h))

    @property
    def radius(self) -> Any:
        r"""An estimate of the radius of convergence, inside which the series converges.

        Of a function with one nearest singularity the coefficients tend to :math:`a k^b / r^k`; r is fitted to those of the upper
        two thirds that are not zero. Infinite if they are all zero, NaN if fewer than four are not, or they grow in no such
        way. For functions that are smooth everywhere, as exp, it grows with the order. An order of 20 or more tells most.
        """
        c = np.abs(np.concatenate([value_of(self.coefficients), value_of(self.following)]))
        flat = c.reshape(len(c), -1)
        return np.array([_radius(column) for column in flat.T]).reshape(c.shape[1:])[()]

    def derivative(self) -> TaylorPolynomial:
        """The polynomial of f', of an order less by one; 0 stays 0 if more coefficients are known."""
        known = self._known()
        if self.order == 0:
            return self._made(known[:0], known[1:2] * 1.0, None) if len(known) < 2 else self._made(known[1:2], known[2:], None)
        powers = np.arange(1, len(known)).reshape((-1,) + (1,) * (len(shape_of(known)) - 1))
        found = known[1:] * powers
        return self._made(found[: self.order], found[self.order :], None)

    def integral(self, constant: Any = 0.0) -> TaylorPolynomial:
        """The polynomial of the integral of f from the centre on, of an order more by one.

        Parameters
        ----------
        constant : array_like, default 0.0
            The value at the centre.

        Returns
        -------
        TaylorPolynomial
        """
        known = self._known()
        shape = shape_of(known)
        powers = np.arange(1, shape[0] + 1).reshape((-1,) + (1,) * (len(shape) - 1))
        first = np.broadcast_to(constant, shape[1:])
        found = np.concatenate([np.expand_dims(first, 0), known / powers])
        return self._made(found[: self.order + 2], found[self.order + 2 :], None)

    def plot(self, interval: tuple[float, float], *, ax: Any = None, n_points: int = 401) -> TaylorDisplay:
        """Draw the polynomial beside the function.

        Parameters
        ----------
        interval : tuple of 2 floats
            The ends of the x axis.
        ax : matplotlib Axes, default None
            Where to draw; a new figure if None.
        n_points : int, default 401
            At how many points, 2 or more.

        Returns
        -------
        TaylorDisplay

        Raises
        ------
        ValueError
            If the ends are equal, reversed or not finite, or values are arrays of two axes or more.
        """
        from mlcore.calculus._taylor_display import TaylorDisplay

        return TaylorDisplay.from_polynomial(self, interval, n_points=n_points).plot(ax=ax)

    def _known(self) -> Any:
        return np.concatenate([self.coefficients, self.following])

    def _made(self, coefficients: Any, following: Any, function: Any) -> TaylorPolynomial:
        return TaylorPolynomial(coefficients, self.center, following, function)

    def _step(self, x: Any) -> Any:
        h = np.subtract(x, self.center)
        ndim = len(shape_of(self.coefficients)) - 1
        return np.reshape(h, shape_of(h) + (1,) * ndim) if ndim else h

    # ---- arithmetic ----
    def _other(self, other: Any) -> TaylorPolynomial | None:
        if isinstance(other, TaylorPolynomial):
            if value_of(other.center) != value_of(self.center):
                raise ValueError(
                    f"polynomials about {value_of(self.center)} and {value_of(other.center)} meet; expected one centre. Expand "
                    "both functions at the same x0."
                )
            return other
        if isinstance(other, int | float | np.number | np.ndarray):
            known = np.concatenate([np.expand_dims(np.multiply(other, 1.0), 0), np.zeros((len(self._known()) - 1, *np.shape(other)))])
            return self._made(known[: self.order + 1], known[self.order + 1 :], None)
        return None

    def _joined(self, other: Any, coefficient: Callable[[Any, Any, int], Any]) -> Any:
        second = self._other(other)
        if second is None:
            return NotImplemented
        a, b = self._known(), second._known()
        order = min(self.order, second.order)
        found = np.stack([coefficient(a, b, k) for k in range(min(len(a), len(b)))])
        return self._made(found[: order + 1], found[order + 1 :], None)

    def __add__(self, other: Any) -> TaylorPolynomial:
        return self._joined(other, lambda a, b, k: a[k] + b[k])

    def __sub__(self, other: Any) -> TaylorPolynomial:
        return self._joined(other, lambda a, b, k: a[k] - b[k])

    def __mul__(self, other: Any) -> TaylorPolynomial:
        return self._joined(other, lambda a, b, k: sum(a[j] * b[k - j] for j in range(k + 1)))

    def __neg__(self) -> TaylorPolynomial:
        return self * -1.0

    def __rsub__(self, other: Any) -> TaylorPolynomial:
        return -self + other

    __radd__, __rmul__ = __add__, __mul__
    __array_ufunc__ = None  # an array plus a polynomial is a polynomial

    def __repr__(self) -> str:
        return polynomial_text(value_of(self.coefficients), float(value_of(self.center)))


def _radius(c: Any) -> float:
    first = len(c) // 3
    upper = np.arange(max(first, 1), len(c))
    upper = upper[c[upper] > 0]
    if not len(upper):
        return np.inf
    if len(upper) < 4:
        return np.nan
    design = np.stack([np.ones(len(upper)), -upper, np.log(upper)], -1)
    return float(np.exp(np.linalg.lstsq(design, np.log(c[upper]), rcond=None)[0][1]))
