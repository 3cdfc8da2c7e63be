"""The function of an integral in several dimensions: its calls are counted and its values checked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mlcore._validation import as_float_array
from mlcore.calculus._region import Range

__all__ = ["Integrand"]


class Integrand:
    """The function on the box of a `Range`: it counts its calls and checks what comes back."""

    def __init__(self, f: Callable[[Any], Any], region: Range) -> None:
        if not callable(f):
            raise TypeError(f"f is {f!r}; expected a function of points, an array of shape (n, d).")
        self._f, self._region = f, region
        self.shape: tuple[int, ...] | None = None
        self.calls = 0

    def __call__(self, t: NDArray[Any]) -> NDArray[Any]:
        """Values times determinants, shape (values, n), at t, shape (d, n), which is written."""
        n = t.shape[1]
        x, scale = self._region.points(t)
        values = self.rows(self._f(x.T), n).reshape(n, -1).T
        self.calls += n
        if self._region.direct:
            return values
        # What vanishes faster than the determinant grows contributes nothing.
        with np.errstate(invalid="ignore", over="ignore"):
            return np.where(values == 0, 0.0, values * scale)

    def rows(self, y: Any, n: int) -> NDArray[np.float64]:
        """What the function returned for `n` points: shape (n,), or (n, values) if it has several."""
        if y is None:
            raise TypeError(f"f returned None; expected an array of shape ({n},) or ({n}, ...). Is a return missing?")
        y = np.asarray(y)
        if y.shape[:1] != (n,):
            points = (n, self._region.d)
            raise ValueError(
                f"f returned the shape {y.shape} for points of shape {points}; expected ({n},) or ({n}, ...): values for "
                "each point. Use operations that act along the last axis, such as x[..., 0] or x.sum(axis=-1)."
            )
        if y.dtype == object and any(value is None for value in y.ravel()):
            raise TypeError("f returned None for a point; expected a number. Is a return missing?")
        y = as_float_array(y, "f(x)")
        if self.shape is None:
            if not y.size:
                raise ValueError(f"f returned the shape {y.shape}; expected at least one number for each point.")
            self.shape = y.shape[1:]
        if y.shape[1:] != self.shape:
            raise ValueError(f"f returned values of shape {y.shape[1:]} after those of shape {self.shape}; expected one shape.")
        return np.ascontiguousarray(y.reshape(n, -1) if self.shape else y, dtype=np.float64)

    def result(self, value: NDArray[Any]) -> Any:
        """Values in the shape of the function's."""
        return value.reshape(self.shape) if self.shape else float(value[0])

    def zero(self) -> Any:
        """The integral over an empty range: a call at its centre tells the shape of the function's values."""
        y = self((self._region.low + self._region.high)[:, None] / 2)
        return self.result(np.zeros(len(y)))

