"""A polynomial in powers of x - x0 that knows which terms come next."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from mlcore.calculus._taylor_arithmetic import Arithmetic
from mlcore.calculus._taylor_text import polynomial_text
from mlcore.calculus._trace import shape_of, value_of

if TYPE_CHECKING:
    from mlcore.calculus._taylor_display import TaylorDisplay

__all__ = ["TaylorPolynomial"]


@dataclasses.dataclass(frozen=True, slots=True, eq=False, repr=False)
class TaylorPolynomial(Arithmetic):
    r"""What `taylor` returns: :math:`p(x) = \sum_{k=0}^n c_k (x - x_0)^k`.

    Polynomials about the same centre, numbers and arrays may be added, subtracted, multiplied and divided, and raised to whole
    powers. The answer has the lower order of the two, as what is beyond is not known.

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
    >>> p**2
    1 - x^2 + x^4/3 + O(x^5)
    >>> taylor(np.sin, 0.0, 4) / p
    x + x^3/3 + O(x^5)
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
        y = np.zeros(shape_of(h)) + self.coefficients[self.order]
        for k in range(self.order - 1, -1, -1):
            y = y * h + self.coefficients[k]
        return y

    def remainder(self, x: Any) -> Any:
        r"""An estimate of the error :math:`|f(x) - p(x)|`: the size of the terms that were left out first.

        .. math:: |c_{n+1} (x - x_0)^{n+1}| + |c_{n+2} (x - x_0)^{n+2}|

        If both coefficients are zero, as they may be of a function of x^4, eight terms are taken in place of two. It is an
        estimate, not a bound. Where coefficients fall as those of a geometric series with the radius of convergence r,
        the error is the estimate times :math:`1 / (1 - q^2)`, :math:`q = |x - x_0| / r`: 4/3 of it half-way to the
        singularity. Outside the estimate is worthless, and where these coefficients are all zero by chance it is too small.
        Rounding errors are not in it.

        Parameters
        ----------
        x : array_like
            Where.

        Returns
        -------
        ndarray of shape ``(*shape of x, *shape of a value)``
        """
        size = np.abs(self._step(x))
        total = np.zeros(np.broadcast_shapes(shape_of(size), shape_of(self.coefficients)[1:]))[()]
        for k in range(shape_of(self.following)[0]):
            total = total + np.abs(self.following[k]) * size ** (self.order + 1 + k)
        return total

    @property
    def radius(self) -> Any:
        r"""An estimate of the radius of convergence, inside which the series converges.

        Of a function with one nearest singularity the coefficients tend to :math:`a k^b / r^k`; r is fitted to those of the
        upper two thirds that are not zero. Infinite if they are all zero, NaN if fewer than four are not. For functions that
        are smooth everywhere, as exp, it grows with the order. An order of 20 or more tells most.
        """
        c = np.abs(value_of(self.known))
        flat = c.reshape(len(c), -1)
        return np.array([_radius(column) for column in flat.T]).reshape(c.shape[1:])[()]

    def derivative(self) -> TaylorPolynomial:
        """The polynomial of f', of an order less by one, but not below 0.

        Returns
        -------
        TaylorPolynomial

        Raises
        ------
        ValueError
            If the order is 0 and no further coefficient is known.
        """
        known = self.known
        if shape_of(known)[0] == 1:
            raise ValueError("the derivative is not known: no coefficient follows. Expand the function to a higher order.")
        return self._made(known[1:] * _column(range(1, shape_of(known)[0]), known), max(self.order - 1, 0))

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
        known = self.known
        first = np.broadcast_to(constant, (1, *shape_of(known)[1:]))
        return self._made(np.concatenate([first, known / _column(range(1, shape_of(known)[0] + 1), known)]), self.order + 1)

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

    @property
    def known(self) -> Any:
        """All coefficients that were computed: `coefficients`, then `following`."""
        return np.concatenate([self.coefficients, self.following])

    def _made(self, known: Any, order: int) -> TaylorPolynomial:
        """Another polynomial about the same centre, from all its coefficients."""
        return TaylorPolynomial(known[: order + 1], self.center, known[order + 1 :])

    def _step(self, x: Any) -> Any:
        """x - x0, with axes of length 1 for those of a value."""
        h = np.subtract(x, self.center)
        ndim = len(shape_of(self.coefficients)) - 1
        return np.reshape(h, shape_of(h) + (1,) * ndim) if ndim else h

    def __repr__(self) -> str:
        return polynomial_text(value_of(self.coefficients), float(value_of(self.center)))


def _column(numbers: range, like: Any) -> Any:
    """One number for each coefficient."""
    return np.reshape(np.array(numbers, float), (-1,) + (1,) * (len(shape_of(like)) - 1))


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
