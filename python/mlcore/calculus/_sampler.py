"""Functions of one number, called with arrays if they take them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mlcore.calculus._refusals import TracingError, code_line
from mlcore.calculus._under_integral import traces_of

__all__ = ["Sampler"]


class Sampler:
    """A function, asked for its values at many points.

    Parameters
    ----------
    f : callable
        Takes a number, and perhaps an array, and returns real numbers.
    vectorized : bool, optional
        Whether it takes arrays. None finds out at the first call: an array is tried, and its answer is believed if it has the
        shape of the points, and two of its elements are what the function says for a single number.
    """

    def __init__(self, f: Callable[[Any], Any], vectorized: bool | None) -> None:
        if not callable(f):
            raise TypeError(f"f is {f!r} of type {type(f).__name__}; expected a function of one number.")
        self.f = f
        self.vectorized = vectorized
        self.eps = float(np.finfo(float).eps)  # of the answers: larger for float32

    def __call__(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        """The values at points x, all finite."""
        with np.errstate(all="ignore"):
            y = self._found_out(x) if self.vectorized is None else None
            if y is None:
                y = self._array(x) if self.vectorized else self._float([_real(self.f(float(t))) for t in x])
        if not np.isfinite(y).all():
            i = int(np.argmin(np.isfinite(y)))
            raise ValueError(
                f"f({float(x[i])!r}) is {y[i]}; expected finite values on all of the interval, its ends included. Move the "
                "ends, or define the value there; a pole cannot be integrated over."
            )
        return y

    def _array(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        y = np.asarray(_plain(self.f(x.copy())))
        if y.shape != x.shape:
            raise ValueError(f"f returned an array of shape {y.shape} for points of shape {x.shape}; pass vectorized=False.")
        if y.dtype.kind not in "fiub":
            raise TypeError(f"f returned an array of {y.dtype}; expected real numbers.")
        return self._float(y)

    def _float(self, y: Any) -> NDArray[np.float64]:
        y = np.asarray(y)
        if y.dtype.kind == "f":
            self.eps = max(self.eps, float(np.finfo(y.dtype).eps))
        return np.array(y, float)

    def _found_out(self, x: NDArray[np.float64]) -> NDArray[np.float64] | None:
        """The values if arrays are taken; what f raises for one is for the single numbers to raise again, or not."""
        self.vectorized = False
        try:
            y = self._array(x)
        except (RecursionError, MemoryError):  # not for want of arrays; f that calls itself without end would do so twice
            raise
        except Exception:
            return None
        places = [len(x) // 3, len(x) - 1]
        single = self._float([_real(self.f(float(x[i]))) for i in places])
        self.vectorized = bool(np.allclose(y[places], single, rtol=4096 * self.eps, atol=1e-300, equal_nan=True))
        return y if self.vectorized else None


def _plain(y: Any) -> Any:
    if traces_of(y):
        raise TracingError(
            f"{code_line()}f returns values under differentiation, and an antiderivative is not differentiated with respect to "
            "what f knows from outside. Write integrate(f, a, x).value in place of F(x), for each x that is wanted; it is "
            "differentiated with respect to that and to x."
        )
    return y


def _real(y: Any) -> Any:
    _plain(y)
    if np.ndim(y) != 0 or np.asarray(y).dtype.kind not in "fiub":
        raise TypeError(f"f returned {y!r} of type {type(y).__name__}; expected one real number.")
    return y
