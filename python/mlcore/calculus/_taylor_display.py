"""A Taylor polynomial drawn beside its function."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mlcore._validation import check_count
from mlcore.calculus._taylor_polynomial import TaylorPolynomial
from mlcore.calculus._trace import value_of

__all__ = ["TaylorDisplay"]


@dataclasses.dataclass(slots=True, eq=False)
class TaylorDisplay:
    """A Taylor polynomial and its function at the points of an interval, and the picture of both.

    Parameters
    ----------
    x : ndarray of shape (n_points,)
    polynomial : ndarray of shape (n_points,) or (n_points, m)
    function : ndarray of the same shape, or None
        NaN where the function is not defined.
    center : float
    value : ndarray of shape () or (m,)
        The value at the centre.
    order : int

    Attributes
    ----------
    ax_ : matplotlib Axes
    figure_ : matplotlib Figure
    lines_ : list of matplotlib Line2D
        For each element of a value the function's, if it is known, then the polynomial's.

    Examples
    --------
    >>> import numpy as np
    >>> from mlcore.calculus import taylor
    >>> display = taylor(np.tan, 0.5, 6).plot((-2.0, 3.0))  # doctest: +SKIP
    >>> display.figure_.savefig("tangent.png")  # doctest: +SKIP
    """

    x: NDArray[Any]
    polynomial: NDArray[Any]
    function: NDArray[Any] | None
    center: float
    value: NDArray[Any]
    order: int
    ax_: Any = dataclasses.field(default=None, init=False, repr=False)
    figure_: Any = dataclasses.field(default=None, init=False, repr=False)
    lines_: list[Any] = dataclasses.field(default_factory=list, init=False, repr=False)

    @classmethod
    def from_polynomial(cls, p: TaylorPolynomial, interval: tuple[float, float], *, n_points: int = 401) -> TaylorDisplay:
        """Evaluate both; arguments as of `TaylorPolynomial.plot`."""
        a, b = (float(end) for end in interval)
        if not (math.isfinite(a) and math.isfinite(b) and a < b):
            raise ValueError(f"interval is {interval!r}; expected two finite ends (a, b) with a < b.")
        value = np.asarray(value_of(p.coefficients)[0])
        if value.ndim > 1:
            raise ValueError(f"values of shape {value.shape} cannot be drawn; expected numbers or vectors. Draw p of f(x)[i].")
        x = np.linspace(a, b, check_count(n_points, "n_points", 2))
        function = None
        if p.function is not None:
            with np.errstate(all="ignore"):  # poles and ends of the domain show as gaps
                function = np.stack([np.asarray(p.function(t), float) for t in x])
        return cls(x, np.asarray(value_of(p(x))), function, float(value_of(p.center)), value, p.order)

    def plot(self, *, ax: Any = None) -> TaylorDisplay:
        """Draw.

        Parameters
        ----------
        ax : matplotlib Axes, default None
            Where to draw; a new figure if None.

        Returns
        -------
        TaylorDisplay
            Itself.

        Raises
        ------
        ImportError
            If matplotlib is missing: ``pip install "mlcore-math[plot]"``.
        """
        if ax is None:
            import matplotlib.pyplot as plt

            ax = plt.figure(figsize=(6.4, 4.8), layout="constrained").add_subplot()
        columns = self.polynomial.reshape(len(self.x), -1)
        exact = None if self.function is None else self.function.reshape(len(self.x), -1)
        low, high = _window(columns if exact is None or not np.isfinite(exact).any() else exact)
        lines: list[Any] = []
        for i, column in enumerate(columns.T):
            color, at = f"C{i % 10}", f"[{i}]" if self.value.ndim else ""
            if exact is not None:
                near = np.abs(exact[:, i] - (low + high) / 2) < 2 * (high - low)  # no line across a pole
                y = np.where(near, exact[:, i], np.nan)
                lines += ax.plot(self.x, y, color=color, linewidth=4, alpha=0.35, label=f"f(x){at}")
            lines += ax.plot(self.x, column, color=color, linewidth=1.5, label=f"p(x){at}, order {self.order}")
        if self.x[0] <= self.center <= self.x[-1]:
            ax.plot(np.full(self.value.size, self.center), self.value.ravel(), "o", color="black", markersize=5, label="centre")
        ax.set(xlim=(self.x[0], self.x[-1]), ylim=(low, high), xlabel="x")
        ax.legend()
        self.ax_, self.figure_, self.lines_ = ax, ax.figure, lines
        return self


def _window(y: NDArray[Any]) -> tuple[float, float]:
    """The y axis: the function's, which the polynomial far from its centre would dwarf; of a pole what is not near it."""
    finite = y[np.isfinite(y)]
    if not finite.size:
        return -1.0, 1.0
    low, high = finite.min(), finite.max()
    inner = np.quantile(finite, [0.05, 0.95])
    width = inner[1] - inner[0]
    low, high = max(low, inner[0] - 2 * width), min(high, inner[1] + 2 * width)
    margin = 0.15 * (high - low) or 1.0
    return float(low - margin), float(high + margin)
