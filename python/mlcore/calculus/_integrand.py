"""The function of a cubature: its calls are counted, its values checked and a rule applied to them on many regions at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from mlcore._validation import as_float_array
from mlcore.calculus._region import Range
from mlcore.calculus._rule import Applied, Rule

__all__ = ["Integrand", "apply", "values"]

# Numbers in one block of points, small enough for the second level of a cache together with what the function makes of them.
_BLOCK: Final = 1 << 15


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
        y = np.asarray(self._f(x.T))
        if y.shape[:1] != (n,):
            raise ValueError(
                f"f returned the shape {y.shape} for points of shape {(n, len(t))}; expected ({n},) or ({n}, ...): values for "
                "each point. Use operations that act along the last axis, such as x[..., 0] or x.sum(axis=-1)."
            )
        y = as_float_array(y, "f(x)")
        if self.shape is None:
            self.shape = y.shape[1:]
        if y.shape[1:] != self.shape:
            raise ValueError(f"f returned values of shape {y.shape[1:]} after those of shape {self.shape}; expected one shape.")
        self.calls += n
        values = y.reshape(n, -1).T.astype(np.float64, copy=False)
        if self._region.direct:
            return values
        # What vanishes faster than the determinant grows contributes nothing.
        with np.errstate(invalid="ignore", over="ignore"):
            return np.where(values == 0, 0.0, values * scale)

    def result(self, value: NDArray[Any]) -> Any:
        """Values in the shape of the function's."""
        return value.reshape(self.shape) if self.shape else float(value[0])

    def zero(self) -> Any:
        """The integral over an empty range: a call at its centre tells the shape of the function's values."""
        y = self((self._region.low + self._region.high)[:, None] / 2)
        return self.result(np.zeros(len(y)))


def values(integrand: Integrand, nodes: NDArray[Any], centre: NDArray[Any], half: NDArray[Any]) -> NDArray[Any]:
    """Of each region, the function at the nodes, shape (regions, values, nodes)."""
    d, n = nodes.shape
    t = half.T[:, :, None] * nodes[:, None, :]
    t += centre.T[:, :, None]
    y = integrand(t.reshape(d, -1))
    return y.reshape(len(y), -1, n).swapaxes(0, 1)


def apply(integrand: Integrand, rule: Rule, centre: NDArray[Any], half: NDArray[Any]) -> Applied:
    """The rule on each region, in blocks."""
    d, n = rule.nodes.shape
    step = max(1, _BLOCK // (d * n))
    found = []
    for start in range(0, len(centre), step):
        middle, length = centre[start : start + step], half[start : start + step]
        y = values(integrand, rule.nodes, middle, length)
        with np.errstate(all="ignore"):  # values that are not finite come back as such
            found.append(rule(y, (2 * length).prod(1)))
    return found[0] if len(found) == 1 else Applied(*(np.concatenate(parts) for parts in zip(*found, strict=True)))
